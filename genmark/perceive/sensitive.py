"""What is never asked of a photo: words that would sort people by what the law and decency keep out of advertising.

A network that answers any question or finds any label would answer these, too. GDPR Art. 9, AI Act Art. 5(1)(g) and
DSA Art. 26(3) name the subjects; the lists are genmark's own and hold stems, in English and Korean.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from genmark.errors import UsageError

_ENGLISH = (
    r"(?:ethnic|racial|national(?:ity|ities)|religio|muslim|islam|christian|catholic|protestant|jew(?:s|ish)?\b|hindu|"
    r"buddhis|sikh|hijab|gay\b|gays\b|lesbian|bisexual|homosexual|heterosexual|transgender|queer|lgbt|sexual|"
    r"republican|democrat\b|communis|socialist|conservative\b|liberal\b|politic|trade union|immigrant|refugee|"
    r"asian (?:wo)?m[ae]n|black (?:wo)?m[ae]n|white (?:wo)?m[ae]n|caucasian|hispanic|latin[ao]s?\b|african american|"
    r"race of|(?:what|which|his|her|their) race|disab(?:led|ility)|disease|diagnos|depress(?:ed|ion)|cancer|hiv\b|"
    r"pregnan|illness|mentally ill|autis|criminal)"
)
_KOREAN = (
    r"(?:인종|민족|국적|종교|무슬림|이슬람|기독교|천주교|불교|유대인|힌두교|게이|레즈비언|양성애|동성애|이성애|성소수자|"
    r"트랜스젠더|성적 ?지향|정치|진보|보수 ?성향|노조|난민|이민자|흑인|백인|황인|동양인|서양인|장애인|질병|진단|"
    r"우울증|암 ?환자|임신|임산부|정신 ?질환|자폐|범죄자)"
)
_STEMS = re.compile(rf"\b{_ENGLISH}|{_KOREAN}")


def refuse_sensitive(texts: Iterable[str], what: str) -> None:
    """Let texts pass that ask nothing sensitive of people; `what` is what they are called: "question" or "label".

    Raises UsageError that names the first one and the word. A list stops what it lists: it is the first of several
    guards, and no proof that an answer is harmless.
    """
    for text in texts:
        found = _STEMS.search(unicodedata.normalize("NFC", text).casefold())
        if found:
            raise UsageError(
                f"the {what} {text!r} is about {found[0]!r}: photos are not searched for people's origin, faith, "
                "politics, sexuality or health here; ask about things, places and activities"
            )
