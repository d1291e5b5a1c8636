"""How good cuts and perms are: the same requests by several methods, beside real photos."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genmark.evaluate.counts import count_up
from genmark.evaluate.judges import cross_examine
from genmark.evaluate.kid import Features, measure_floor, measure_kid
from genmark.evaluate.methods import Method
from genmark.evaluate.noise import describe_noise
from genmark.evaluate.outcomes import Outcome, crop_people
from genmark.evaluate.people import Person, Request
from genmark.evaluate.trials import Tell, Trial, run_trials
from genmark.evaluate.zones import describe_crops, look_where
from genmark.protocols import Parser
from genmark.types import Floats, Pixels

Describe = Callable[[Sequence[Pixels]], Features]
"""Pictures of one size -> features (N, D)."""
FEWEST = 8
"""Results below which distances and judges say nothing."""


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


@dataclass(frozen=True, eq=False)
class Customers:
    """The untouched photos' heads, looked at once for all methods: `crops` uint8 (SIDE, SIDE, 3) by `names`."""

    names: tuple[str, ...]
    crops: Sequence[Pixels]

    @cached_property
    def noise(self) -> Features:
        """(N, COUNT)."""
        return describe_noises(self.crops)

    @cached_property
    def patches(self) -> Floats:
        """(N, patches, COUNT)."""
        return describe_crops(self.crops)

    def rows(self, names: Sequence[str]) -> NDArray[np.intp]:
        """Whose photo belongs to each of `names`."""
        place = {name: k for k, name in enumerate(self.names)}
        return np.array([place[name] for name in names], np.intp)


def compare(
    methods: Mapping[str, Method],
    people: Sequence[Person],
    requests: Sequence[Request],
    parser: Parser,
    spaces: Mapping[str, Space],
    tell: Tell = lambda method, request, outcome: None,
) -> dict[str, Any]:
    """Judge methods on the same requests: what none refused; and say what real photos get for the same measures.

    spaces  feature spaces for KID by name, left out where they hold next to no real heads; the judge that learns always
            looks at noise (`describe_noise`)
    Returns plain values: "requests", "compared", "people" and "real" (floors of KID, and KID of the customers' own
    photos), and for each method under "methods" what `summarise` says.
    """
    trials = run_trials(methods, people, requests, parser, tell)
    common = [request for request in requests if all(request in trial.outcomes for trial in trials.values())]
    customers = Customers(tuple(person.photo.name for person in people), crop_people(people))
    spaces = {name: space for name, space in spaces.items() if len(space.real) >= FEWEST}
    report: dict[str, Any] = {"requests": len(requests), "compared": len(common), "people": len(people)}
    report["real"] = {name: _real(space, customers.crops) for name, space in spaces.items()}
    report["methods"] = {
        name: summarise([trial.outcomes[request] for request in common], trial, customers, spaces)
        for name, trial in trials.items()
    }
    return report


def _real(space: Space, own: Sequence[Pixels]) -> dict[str, Any]:
    found: dict[str, Any] = {"floor": asdict(measure_floor(space.real)), "pictures": len(space.real)}
    if len(own) >= FEWEST:
        found["customers"] = asdict(measure_kid(space.real, space.describe(own)))
    return found


def summarise(
    outcomes: Sequence[Outcome], trial: Trial, customers: Customers, spaces: Mapping[str, Space]
) -> dict[str, Any]:
    """One method's numbers over `outcomes`, plain values.

    made, refused      results, and refusals by code
    kid                by feature space
    judge              a judge's verdict on noise, and by zone where it looks
    and what `count_up` says
    """
    report: dict[str, Any] = {"made": len(trial.outcomes), "refused": dict(trial.refused)}
    report |= count_up(outcomes)
    if len(outcomes) < FEWEST:
        return report
    crops, names = [outcome.crop for outcome in outcomes], [outcome.person for outcome in outcomes]
    report["kid"] = {
        name: asdict(measure_kid(space.real, space.describe(crops), np.array(names))) for name, space in spaces.items()
    }
    enough = len(set(names)) >= FEWEST  # both halves of the people must say something
    report["judge"] = _judge(outcomes, customers) if enough else None
    return report


def _judge(outcomes: Sequence[Outcome], customers: Customers) -> dict[str, Any]:
    """A learnt judge's verdict on noise, and by zone where it looks."""
    names, crops = [outcome.person for outcome in outcomes], [outcome.crop for outcome in outcomes]
    rows = customers.rows(names)
    once = np.unique(rows)
    features = np.concatenate([customers.noise[once], describe_noises(crops)])
    made = np.repeat([False, True], [len(once), len(crops)])
    verdict = cross_examine(features, made, np.array([customers.names[row] for row in once] + names))
    where = look_where(customers.patches[rows], describe_crops(crops), [outcome.zones for outcome in outcomes], names)
    return asdict(verdict) | {"where": dict(where)}
