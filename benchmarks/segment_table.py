"""The README's table: captions in, segments and evidence out, in English and Korean; printed as it is, as Markdown.

`python benchmarks/segment_table.py [--audience everyday.toml] [--words]`; --words does without the sentence encoder.
"""

from __future__ import annotations

import argparse

from genmark.audience.matching import Matched, Matcher
from genmark.audience.meaning import open_embedder
from genmark.audience.segments import load_segments

CAPTIONS = (
    "A dog runs on a mountain trail.",
    "A baby's room with an empty crib and a mobile.",
    "Friends around a charcoal grill in the backyard.",
    "A man lifts dumbbells in front of a mirror at the gym.",
    "A passport and a boarding pass on a table.",
    "A child's face, smiling.",
    "A hot dog with mustard on a paper plate.",
    "Two teddy bears on a bunk bed.",
    "A woman typing on her laptop with a latte beside it.",
    "A batter waits for the pitch at home plate.",
    "A hairdresser cuts a customer's hair in a salon.",
    "A blurry picture of something.",
    "강아지가 산길을 달린다",
    "바닷가에서 서핑보드를 든 남자",
    "미용실에서 파마하는 여자",
    "아기 방에 놓인 아기침대와 유모차",
    "교회에서 기도하는 사람들",
    "고양이가 소파 위에서 책을 베고 잔다",
)


def row(caption: str, answer: Matched) -> str:
    """One line of the table."""
    if answer.abstained:
        return f"| {caption} | nothing ({answer.reason}) | |"
    names = ", ".join(f"{found.name} {found.score:.2f}" for found in answer.matches[:3])
    words = "; ".join(" + ".join(f"“{why.text}”" for why in found.evidence) for found in answer.matches[:3])
    return f"| {caption} | {names} | {words} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--audience")
    parser.add_argument("--words", action="store_true")
    asked = parser.parse_args()
    matcher = Matcher(load_segments(asked.audience), None if asked.words else open_embedder())
    print("| caption | segments | because |\n| --- | --- | --- |")
    for caption, answer in zip(CAPTIONS, matcher.stream((caption, ()) for caption in CAPTIONS), strict=True):
        print(row(caption, answer))


if __name__ == "__main__":
    main()
