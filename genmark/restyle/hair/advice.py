"""What a colourist would say about a dye on this hair, in English and Korean."""

from __future__ import annotations

from math import ceil

import numpy as np

from genmark.recipes import Dye, Style
from genmark.restyle.hair.light import Light, measure_light
from genmark.restyle.hair.own import greyness, own_pixels
from genmark.types import Lab, Photo, Regions

Note = tuple[str, str]

_NO_GREY = ("No grey shows in this photo, so nothing changes.", "이 사진에는 새치가 보이지 않아 바뀌는 곳이 없습니다.")
_DRAWN = (
    "The photo shows few strands in hair this dark, so some are drawn in.",
    "머리가 아주 어둡게 찍혀 머릿결 일부는 그려 넣었습니다.",
)
_BETWEEN = (
    "Between rounds the hair is orange, then yellow, before it is toned.",
    "탈색 중에는 주황색과 노란색을 거친 뒤 색을 입힙니다.",
)
_WARM = (
    "Shown in this photo's warm light; cooler in daylight.",
    "사진의 따뜻한 조명에서 본 색입니다. 햇빛에서는 더 차갑게 보입니다.",
)
_COOL = (
    "Shown in this photo's cool light; warmer in daylight.",
    "사진의 차가운 조명에서 본 색입니다. 햇빛에서는 더 따뜻하게 보입니다.",
)
_DIM = (
    "Shown in this photo's dim light; lighter in daylight.",
    "사진의 어두운 조명에서 본 색입니다. 햇빛에서는 더 밝게 보입니다.",
)

_BLACK = 10.0
"""L of natural black hair, from which a dye's rounds of bleaching count."""
_LIFTED = {1: 36.0, 2: 52.0, 3: 66.0}
"""L that hair has to be lifted to before toning, by the rounds it takes from black."""
_SPARE = 0.2
"""Part of a round that a strong toner makes up for."""


def notes_for(photo: Photo, regions: Regions, style: Style) -> tuple[Note, ...]:
    """Short facts about `style` on the hair in this photo, as (English, Korean) pairs; () for a style without dye."""
    if style.dye is None:
        return ()
    hair = own_pixels(photo, regions)
    lightness, a, b = np.median(hair, axis=0).tolist()
    notes = _bleach_notes((lightness, a, b), style.dye)
    if style.dye.cover == "grey" and greyness(hair) == 0.0 and lightness < 45.0:
        notes.append(_NO_GREY)
    if lightness < 6.0 and style.dye.lab[0] > lightness + 20.0:
        notes.append(_DRAWN)
    return (*notes, *_light_notes(measure_light(photo, regions)))


def rounds(own: Lab, dye: Dye) -> int:
    """Rounds of bleaching, 0 to `dye.bleach`, that hair of colour `own` needs: fewer the paler it is already."""
    if dye.bleach == 0:
        return 0
    lifted = _LIFTED[dye.bleach]
    missing = dye.bleach * (lifted - own[0]) / (lifted - _BLACK)
    return min(dye.bleach, max(0, ceil(missing - _SPARE)))


def _bleach_notes(own: Lab, dye: Dye) -> list[Note]:
    count = rounds(own, dye)
    if count == 0:
        return []
    times = "1 round" if count == 1 else f"{count} rounds"
    korean = f"이 모발은 탈색 {count}회가 필요합니다. 미리보기는 완성된 색입니다."
    needs = (f"Needs {times} of bleaching from this hair; shown as finished.", korean)
    return [needs, _BETWEEN] if count >= 2 else [needs]


def _light_notes(light: Light) -> list[Note]:
    notes = []
    if abs(light.warmth) > 0.05:
        notes.append(_WARM if light.warmth > 0.0 else _COOL)
    if light.brightness < 0.95:
        notes.append(_DIM)
    return notes
