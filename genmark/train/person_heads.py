"""`genmark train person`: heads on frozen features, thresholds certified, norms of measures, one file that ships."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genmark.brand.calibration import clopper_pearson, fit_temperature, soften
from genmark.brand.certify import certify
from genmark.brand.probe import choose_l2, cross_logits, fit_probe
from genmark.perceive.person.words import LEAST, grade
from genmark.perceive.subject import HAT
from genmark.train.person_table import Doubles, Rows
from genmark.types import Bools

ANSWERS: Mapping[str, tuple[str, ...]] = {
    "age": ("young", "adult", "older adult"),
    "expression": ("neutral", "smile", "other"),
    "glasses": ("none", "glasses", "sunglasses"),
}
"""What each head may say. Age: "young" is whoever looks under about 25; children and teenagers fall there."""
PRECISIONS = (0.9, 0.8, 0.7)
"""What is promised of an answer: the first of these that can be certified."""
SUREST = 0.7
"""No answer is given below this, even where so rare a kind as glasses lets "none" be right blindly."""
STRENGTHS = (3.0, 1.0, 0.3, 0.1, 0.03)
RECALL = 0.985
"""Share of young-looking train portraits that the guard holds back, each judged by a probe that never saw it."""
FLOOR = 0.02
"""Least noise of a measure, as a share of what lies between low and high."""
CHINS = 0.005
"""Share of the train portraits, all of adults, whose chin is too near to the eyes for the guard."""
LOW, HIGH = 0.1, 0.9
"""Shares of the train portraits that a measure calls low, and all but which it calls high."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """One head and what is known of it. `held` are cross-fitted shares (N, K) on train, `val` shares on val."""

    weight: Doubles
    bias: Doubles
    held: Doubles
    val: Doubles
    about: dict[str, Any]


def labels(rows: Rows, name: str) -> NDArray[np.int64]:
    """Places in `ANSWERS`; "teen" counts as "young"."""
    return np.array([ANSWERS[name].index("young" if word == "teen" else word) for word in rows.told[name]])


def fit_head(rows: Rows, name: str) -> Fitted:
    """A probe on the train rows: strength and temperature by grouped folds, a threshold for each answer."""
    train, wanted, seen = rows.of("train"), labels(rows, name), rows.features
    groups = [group for group, taken in zip(rows.groups, train, strict=True) if taken]
    l2, _ = choose_l2(seen[train], wanted[train], groups, ANSWERS[name], STRENGTHS)
    held = cross_logits(seen[train], wanted[train], groups, ANSWERS[name], l2)
    temperature = fit_temperature(held, wanted[train])
    probe = fit_probe(seen[train], wanted[train], ANSWERS[name], l2)
    weight, bias = probe.plain()
    shares = soften(held, temperature)
    on_val = soften(probe.logits(seen[~train]), temperature)
    thresholds, promised = _thresholds(shares, wanted[train], ANSWERS[name])
    about = {
        "answers": list(ANSWERS[name]),
        "l2": l2,
        "temperature": temperature,
        "thresholds": thresholds,
        "promised": promised,
        **_errors(on_val, wanted[~train], ANSWERS[name], thresholds),
    }
    return Fitted(weight, bias, shares, on_val, about)


def _thresholds(
    shares: Doubles, wanted: NDArray[np.int64], answers: Sequence[str]
) -> tuple[dict[str, float], dict[str, float]]:
    """For each answer the least share from which it may be given, and the precision that is promised then; the three
    precisions that are tried split the risk of 0.05 among them."""
    best, sure = shares.argmax(1), shares.max(1)
    thresholds, promised = {}, {}
    for place, answer in enumerate(answers):
        given = best == place
        for precision in PRECISIONS if given.any() else ():
            found = certify(sure[given], wanted[given] == place, precision, 1 - 0.05 / len(PRECISIONS))
            if found.threshold is not None:
                thresholds[answer], promised[answer] = max(found.threshold, SUREST), precision
                break
    return thresholds, promised


def given(shares: Doubles, answers: Sequence[str], thresholds: Mapping[str, float]) -> Bools:
    """Which rows get an answer."""
    least = np.array([thresholds.get(answer, 2.0) for answer in answers])
    return np.asarray(shares.max(1) >= least[shares.argmax(1)])


def _errors(
    shares: Doubles, wanted: NDArray[np.int64], answers: Sequence[str], thresholds: Mapping[str, float]
) -> dict[str, Any]:
    said, best = given(shares, answers, thresholds), shares.argmax(1)
    wrong = best != wanted
    each = {
        answer: {
            "labelled": int((wanted == place).sum()),
            "said": int((said & (best == place)).sum()),
            "wrong": int((said & (best == place) & wrong).sum()),
        }
        for place, answer in enumerate(answers)
    }
    rate = float(wrong[said].mean()) if said.any() else None
    interval = clopper_pearson(int(wrong[said].sum()), int(said.sum())) if said.any() else None
    return {
        "error_rate": rate,
        "error_interval": interval,
        "answered": float(said.mean()),
        "accuracy": float(1 - wrong.mean()),
        "val": each,
    }


def fit_guard(rows: Rows, age: Fitted) -> dict[str, Any]:
    """From which share of "young" on a face counts as a possible minor's, and what that gives on train and val."""
    train, words = rows.of("train"), np.array(rows.told["age"])
    young = np.isin(words, ("young", "teen"))
    place = ANSWERS["age"].index("young")
    held = np.sort(age.held[young[train], place])
    start = float(held[int((1 - RECALL) * len(held))]) - 1e-6
    scores = {"train": age.held[:, place], "val": age.val[:, place]}
    report: dict[str, Any] = {"from": start, "chin": float(np.quantile(rows.chins[train], CHINS))}
    for split, rows_of in (("train", train), ("val", ~train)):
        for word in ("teen", "young", "adult", "older adult"):
            chosen = scores[split][words[rows_of] == word] >= start
            report[f"{split} {word}"] = [int(chosen.sum()), len(chosen)]
    return report


def fit_norms(rows: Rows, relit: Sequence[Rows]) -> dict[str, dict[str, float]]:
    """Of each measure where low ends and high begins, how much light and compression move it, and how often they change
    a word on val. `relit` hold some of the same portraits in other lights."""
    place = {name: k for k, name in enumerate(rows.ids)}
    train = rows.of("train")
    norms = {}
    for column, name in enumerate(rows.names):
        low, high = _borders(rows.numbers[train, column])
        pairs = [
            (rows.numbers[place[key], column], other.numbers[k, column], split)
            for other in relit
            for k, (key, split) in enumerate(zip(other.ids, other.splits, strict=True))
        ]
        moved = [after - before for before, after, split in pairs if split == "train" and np.isfinite(after - before)]
        noise = max(float(np.std(moved)), FLOOR * (high - low))
        norm = {"low": low, "high": high, "noise": noise, "flips": 0.0}
        norms[name] = {**norm, "flips": _flips([(a, b) for a, b, split in pairs if split == "val"], norm)}
    return norms


def _borders(numbers: Doubles) -> tuple[float, float]:
    """Where low ends and high begins; of a measure that most faces have none of, half its least is high."""
    low, high = np.nanquantile(numbers, (LOW, HIGH)).tolist()
    above = numbers[numbers > low]
    return low, high if high > low or not len(above) else (low + float(above.min())) / 2


def _flips(pairs: Sequence[tuple[float, float]], norm: Mapping[str, float]) -> float:
    """How often a word was said of a photo and another one of the same photo in another light."""
    said = changed = 0
    for before, after in pairs:
        one, other = (grade(None if np.isnan(v) else v, norm, "unseen") for v in (before, after))
        if one.value is not None and other.value is not None:
            said += 1
            changed += one.value != other.value
    return changed / said if said else 0.0


def hat_errors(rows: Rows) -> dict[str, float]:
    """How often "hat" and "none" are wrong on val; headbands and crowns count as neither."""
    judged = ~rows.of("train") & np.array([word != "band" for word in rows.told["hat"]])
    worn = np.array([word in ("hat", "cover") for word in rows.told["hat"]])[judged]
    said = rows.hats[judged] > HAT
    return {"hat": float((~worn)[said].mean()), "none": float(worn[~said].mean())}


def by_group(rows: Rows, fitted: Mapping[str, Fitted], groups: Mapping[str, Bools]) -> dict[str, Any]:
    """Of each head and group: answers given and answers wrong, over val and the cross-fitted train rows together."""
    train = rows.of("train")
    report: dict[str, Any] = {}
    for name, head in fitted.items():
        shares = np.zeros((len(train), len(ANSWERS[name])))
        shares[train], shares[~train] = head.held, head.val
        said = given(shares, ANSWERS[name], head.about["thresholds"])
        wrong = said & (shares.argmax(1) != labels(rows, name))
        report[name] = {
            group: [int(of.sum()), int((said & of).sum()), int((wrong & of).sum())] for group, of in groups.items()
        }
    return report


def group_rows(rows: Rows) -> dict[str, Bools]:
    """Groups that can be told without anybody's say: tone of lit skin, and the sex in the pack's search words."""
    tone = rows.numbers[:, rows.names.index("tone")]
    words = [f" {text.replace('=', ' ').replace('|', ' ')} " for text in rows.words]
    women = np.array([any(f" {word} " in text for word in ("woman", "female")) for text in words])
    men = np.array([any(f" {word} " in text for word in ("man", "male")) for text in words]) & ~women
    return {
        "lit skin light (ITA 41 and more)": tone >= 41,
        "lit skin medium or tan (10 to 41)": (tone >= 10) & (tone < 41),
        "lit skin brown or deep (below 10)": tone < 10,
        "tone not told": np.isnan(tone),
        "searched as a woman": women,
        "searched as a man": men,
    }


def train_heads(rows: Rows, relit: Sequence[Rows], encoder: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and record of the weights file. `encoder` is the SHA-256 of the face parser's weights."""
    return pack_heads(rows, relit, encoder, {name: fit_head(rows, name) for name in ANSWERS})


def pack_heads(
    rows: Rows, relit: Sequence[Rows], encoder: str, fitted: Mapping[str, Fitted]
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What `train_heads` gives, of heads that are fitted already."""
    tensors = {
        f"{name}.{part}": torch.tensor(getattr(head, part), dtype=torch.float32)
        for name, head in fitted.items()
        for part in ("weight", "bias")
    }
    record = {
        "encoder": encoder,
        "heads": {name: head.about for name, head in fitted.items()},
        "guard": fit_guard(rows, fitted["age"]),
        "norms": fit_norms(rows, relit),
        "groups": by_group(rows, fitted, group_rows(rows)),
        "hat": hat_errors(rows),
        "least": LEAST,
    }
    return tensors, record
