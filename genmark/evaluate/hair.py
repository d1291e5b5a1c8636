"""How good cuts and perms are: the same requests by several methods, beside real photos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from genmark.evaluate.judges import cross_examine
from genmark.evaluate.kid import Features, measure_floor, measure_kid
from genmark.evaluate.methods import Method
from genmark.evaluate.noise import describe_noise
from genmark.evaluate.outcomes import Outcome, crop_people, try_method
from genmark.evaluate.people import Person, Request
from genmark.evaluate.zones import look_where
from genmark.protocols import Parser
from genmark.types import Pixels

Describe = Callable[[Sequence[Pixels]], Features]
"""Pictures of one size -> features (N, D)."""
Tell = Callable[[str, Request, Outcome | str], None]
"""Told of each result: the method's name, the request, and what came out or the code of the refusal."""
FEWEST = 8
"""Results below which distances and judges say nothing."""
GONE = 0.03
"""Old hair that may be left, as a share of what had to go."""


@dataclass(frozen=True, eq=False)
class Trial:
    """What one method made: `outcomes` by request, and how often it `refused`, by the error's code."""

    outcomes: Mapping[Request, Outcome]
    refused: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Space:
    """A feature space, and where real heads lie in it.

    describe  pictures -> features
    real      features of real heads, of people who are not restyled (N, D)
    """

    describe: Describe
    real: Features


def describe_noises(pictures: Sequence[Pixels]) -> Features:
    """`describe_noise` of each picture, (N, COUNT)."""
    return np.stack([describe_noise(picture) for picture in pictures])


def noise_space(crops: Sequence[Pixels]) -> Space:
    """The space of noise statistics, each in standard deviations of real heads: as they are, they hardly differ."""
    raw = describe_noises(crops)
    mean, spread = raw.mean(axis=0), raw.std(axis=0) + 1e-4
    return Space(lambda pictures: (describe_noises(pictures) - mean) / spread, (raw - mean) / spread)


def run_trial(
    method: Method, name: str, people: Sequence[Person], requests: Sequence[Request], parser: Parser, tell: Tell
) -> Trial:
    """Try a method on every request; `tell` hears of each."""
    outcomes: dict[Request, Outcome] = {}
    refused: Counter[str] = Counter()
    for request in requests:
        found = try_method(method, people[request.person], request, parser)
        tell(name, request, found)
        if isinstance(found, str):
            refused[found] += 1
        else:
            outcomes[request] = found
    return Trial(outcomes, dict(refused))


def list_facts(outcome: Outcome) -> dict[str, Any]:
    """A result's numbers for JSON, without its pictures."""
    plain = {name: value for name, value in vars(outcome).items() if name not in {"crop", "zones", "look", "person"}}
    look = None if outcome.look is None else outcome.look.facts()
    return {"photo": outcome.person, **plain, "look": look}


def compare(
    methods: Mapping[str, Method],
    people: Sequence[Person],
    requests: Sequence[Request],
    parser: Parser,
    spaces: Mapping[str, Space],
    tell: Tell = lambda method, request, outcome: None,
) -> dict[str, Any]:
    """Judge methods on the same requests: what none refused; and say what real photos get for the same measures.

    spaces  feature spaces for KID by name; the judge that learns always looks at noise (`describe_noise`)
    Returns plain values: "requests", "compared", "people" and "real" (floors of KID, and KID of the customers' own
    photos), and for each method under "methods" what `summarise` says.
    """
    trials = {name: run_trial(method, name, people, requests, parser, tell) for name, method in methods.items()}
    common = [request for request in requests if all(request in trial.outcomes for trial in trials.values())]
    own = crop_people(people)
    report: dict[str, Any] = {"requests": len(requests), "compared": len(common), "people": len(people)}
    report["real"] = {name: _real(space, own) for name, space in spaces.items()}
    report["methods"] = {
        name: summarise([trial.outcomes[request] for request in common], trial, own, people, spaces)
        for name, trial in trials.items()
    }
    return report


def _real(space: Space, own: Sequence[Pixels]) -> dict[str, Any]:
    found: dict[str, Any] = {"floor": asdict(measure_floor(space.real)), "pictures": len(space.real)}
    if len(own) >= FEWEST:
        found["customers"] = asdict(measure_kid(space.real, space.describe(own)))
    return found


def summarise(
    outcomes: Sequence[Outcome],
    trial: Trial,
    own: Sequence[Pixels],
    people: Sequence[Person],
    spaces: Mapping[str, Space],
) -> dict[str, Any]:
    """One method's numbers over `outcomes`, plain values.

    made, refused      results, and refusals by code
    kept, features     the greatest difference of any result where nothing may change
    leftover           mean share of old hair left; `leftover_gone`: share of results with at most 3 % of it
    wishes             by name: asked, told (could be measured), met (share of those told)
    edge               medians of results and photos; `edge_off`: median of |log(result / own photo)|
    seam               medians of results and photos
    kid                by feature space
    judge              a judge's verdict on noise, and by zone where it looks
    milliseconds       median
    """
    report: dict[str, Any] = {"made": len(trial.outcomes), "refused": dict(trial.refused)}
    report |= _plain(outcomes)
    if len(outcomes) < FEWEST:
        return report
    crops, names = [outcome.crop for outcome in outcomes], np.array([outcome.person for outcome in outcomes])
    report["kid"] = {
        name: asdict(measure_kid(space.real, space.describe(crops), names)) for name, space in spaces.items()
    }
    place = {person.photo.name: k for k, person in enumerate(people)}
    photos = [own[place[name]] for name in names]
    report["judge"] = _judge(photos, crops, names, outcomes)
    return report


def _judge(
    photos: Sequence[Pixels], crops: Sequence[Pixels], names: np.ndarray[Any, Any], outcomes: Sequence[Outcome]
) -> dict[str, Any] | None:
    """A learnt judge's verdict; None with fewer people than make two halves that say anything."""
    _, once = np.unique(names, return_index=True)
    if len(once) < FEWEST:
        return None
    features = np.concatenate([describe_noises([photos[k] for k in once]), describe_noises(crops)])
    made = np.repeat([False, True], [len(once), len(crops)])
    verdict = cross_examine(features, made, np.concatenate([names[once], names]))
    where = look_where(photos, crops, [outcome.zones for outcome in outcomes], names.tolist())
    return asdict(verdict) | {"where": dict(where)}


def _plain(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    left = [outcome.leftover for outcome in outcomes if outcome.leftover is not None]
    edges = [(o.edge, o.own_edge) for o in outcomes if o.edge is not None and o.own_edge is not None]
    seams = [(o.seam, o.own_seam) for o in outcomes if o.seam is not None and o.own_seam is not None]
    logs = [abs(float(np.log(max(made, 1e-3) / max(own, 1e-3)))) for made, own in edges]
    return {
        "kept": max((outcome.kept for outcome in outcomes), default=None),
        "features": max((outcome.features for outcome in outcomes), default=None),
        "leftover": float(np.mean(left)) if left else None,
        "leftover_gone": float(np.mean([share <= GONE for share in left])) if left else None,
        "wishes": count_wishes(outcomes),
        "edge": _medians(edges),
        "edge_off": float(np.median(logs)) if logs else None,
        "seam": _medians(seams),
        "milliseconds": float(np.median([outcome.milliseconds for outcome in outcomes])) if outcomes else None,
    }


def _medians(pairs: Sequence[tuple[float, float]]) -> dict[str, float] | None:
    if not pairs:
        return None
    made, own = np.median(pairs, axis=0).tolist()
    return {"made": made, "photo": own}


def count_wishes(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float | int | None]]:
    """By name: how often it was asked, how often the result could be told, and the share of these that met it."""
    found: dict[str, dict[str, float | int | None]] = {}
    for name in ("length", "curl", "fringe", "colour"):
        answers = [outcome.wishes[name] for outcome in outcomes if name in outcome.wishes]
        told = [answer for answer in answers if answer is not None]
        if answers:
            found[name] = {"asked": len(answers), "told": len(told), "met": float(np.mean(told)) if told else None}
    return found
