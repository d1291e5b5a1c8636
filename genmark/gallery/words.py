"""Every text that the gallery shows, in English and Korean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

Pair = tuple[str, str]
"""One text for people: (English, Korean)."""

WORDS: Mapping[str, Pair] = MappingProxyType(
    {
        "title": ("Preview", "미리보기"),
        "hair_title": ("Hair colour preview", "헤어 컬러 미리보기"),
        "all_photos": ("All photos", "모든 사진"),
        "ai": ("AI preview", "AI 미리보기"),
        "ai_long": (
            "AI-generated preview. The result in the salon can differ.",
            "AI로 생성한 미리보기입니다. 실제 시술 결과와 다를 수 있습니다.",
        ),
        "made_by_ai": ("AI-generated preview.", "AI로 생성한 미리보기입니다."),
        "original": ("Original", "원본"),
        "original_alt": ("The original photo", "원본 사진"),
        "area": ("Allowed to change", "변경 허용 영역"),
        "compare": ("Compare with the original", "원본과 비교"),
        "hold": ("Hold to see the original", "누르고 있으면 원본 보기"),
        "enlarge": ("View large", "크게 보기"),
        "all_looks": ("All looks", "전체 보기"),
        "previous": ("Previous", "이전"),
        "next": ("Next", "다음"),
        "shades": ("Choose a look", "스타일 선택"),
        "proof": ("Proof and files", "검증 정보와 파일"),
        "lossy": (
            "Measured before the picture was saved as JPEG, which changes every pixel a little.",
            "JPEG으로 저장하기 전에 측정했습니다. JPEG 저장은 모든 화소를 조금씩 바꿉니다.",
        ),
        "picture_file": ("Full picture", "원본 크기 이미지"),
        "mask_file": ("Mask", "마스크"),
        "clip_file": ("Before/after clip", "비교 영상"),
        "card_file": ("Proof card", "검증 카드"),
        "sheet_file": ("Contact sheet", "전체 시트"),
        "manifest_file": ("Manifest", "매니페스트"),
        "photo_file": ("Original picture", "원본 사진 파일"),
        "note": ("Good to know", "참고"),
        "seed": ("Seed", "시드"),
        "backend": ("Method", "생성 방식"),
        "version": ("Version", "버전"),
        "weights": ("Model", "모델"),
        "fingerprint": ("Picture SHA-256", "이미지 SHA-256"),
        "date": ("Date", "날짜"),
        "front": ("No other look beats it", "더 나은 스타일 없음"),
        "front_long": (
            "Not beaten by another look here in brand fit, colour and edge at once (Pareto front)",
            "브랜드 적합도, 색상, 경계를 함께 볼 때 이보다 나은 스타일이 없음 (파레토 최적)",
        ),
        "elsewhere": ("Changed elsewhere", "그 외 변경"),
        "departs": ("Beside the brand's look", "브랜드 이미지와 비교"),
        "like": ("Most like these posts", "가장 비슷한 게시물"),
        "why": ("Decision", "판정"),
        "self_judged": (
            "The brand fit shown is by the scorer that ranked these looks. No independent scorer has checked it.",
            "표시된 브랜드 적합도는 순위를 정한 평가기의 점수입니다. 독립된 평가기로 확인하지 않았습니다.",
        ),
        "judged": (
            "Looks are ranked by one scorer's brand fit. The judge is another scorer, which chose nothing.",
            "순위는 한 평가기의 브랜드 적합도로 정했습니다. 심사 점수는 선택에 쓰이지 않은 다른 평가기의 점수입니다.",
        ),
    }
)

REGIONS: Mapping[str, Pair] = MappingProxyType(
    {"hair": ("hair", "머리카락"), "wall": ("walls", "벽"), "floor": ("floor", "바닥"), "ceiling": ("ceiling", "천장")}
)

DECISIONS: Mapping[str, Pair] = MappingProxyType(
    {
        "accept": ("Fits the brand", "브랜드에 적합"),
        "review": ("For a person to decide", "사람의 확인 필요"),
        "reject": ("Does not fit the brand", "브랜드에 부적합"),
    }
)
"""What a brand's file decides, as people say it."""

_MONTHS = MappingProxyType(
    {
        **{1: "January", 2: "February", 3: "March", 4: "April", 5: "May", 6: "June"},
        **{7: "July", 8: "August", 9: "September", 10: "October", 11: "November", 12: "December"},
    }
)


def region(name: str) -> Pair:
    """What people call a region; a region without a word here is "the marked area"."""
    return REGIONS.get(name, ("marked area", "표시 영역"))


def day(made: date) -> Pair:
    """A date as people write it, whatever the computer's locale: ("21 November 2026", "2026년 11월 21일")."""
    return f"{made.day} {_MONTHS[made.month]} {made.year}", f"{made.year}년 {made.month}월 {made.day}일"


def looks(count: int) -> Pair:
    """How many looks there are."""
    return f"{count} look" if count == 1 else f"{count} looks", f"스타일 {count}가지"


def photo_count(count: int) -> Pair:
    """How many photos there are."""
    return f"{count} photo" if count == 1 else f"{count} photos", f"사진 {count}장"
