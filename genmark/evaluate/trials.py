"""Methods tried on the same requests, person by person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import Any

from genmark.evaluate.methods import Method
from genmark.evaluate.outcomes import Outcome, try_method
from genmark.evaluate.people import Person, Request
from genmark.protocols import Parser
from genmark.types import Photo, Regions

Tell = Callable[[str, Request, Outcome | str], None]
"""Told of each result: the method's name, the request, and what came out or the code of the refusal."""


@dataclass(frozen=True, eq=False)
class Trial:
    """What one method made: `outcomes` by request, and how often it `refused`, by the error's code."""

    outcomes: Mapping[Request, Outcome]
    refused: Mapping[str, int]


def run_trials(
    methods: Mapping[str, Method], people: Sequence[Person], requests: Sequence[Request], parser: Parser, tell: Tell
) -> dict[str, Trial]:
    """Try every method on every request; `tell` hears of each."""
    outcomes: dict[str, dict[Request, Outcome]] = {name: {} for name in methods}
    refused: dict[str, Counter[str]] = {name: Counter() for name in methods}
    for place, theirs in groupby(sorted(requests, key=attrgetter("person")), key=attrgetter("person")):
        # what methods remember of a photo's regions, a lot in all, goes when this copy of them does
        someone = replace(people[place], regions=replace(people[place].regions))
        for request in theirs:
            reader = parse_once(parser)
            for name, method in methods.items():
                found = try_method(method, someone, request, reader)
                tell(name, request, found)
                if isinstance(found, str):
                    refused[name][found] += 1
                else:
                    outcomes[name][request] = found
    return {name: Trial(outcomes[name], dict(refused[name])) for name in methods}


def parse_once(parser: Parser) -> Parser:
    """The same parser, which takes no second look at the same pixels: methods often agree."""
    known: dict[tuple[bytes, int], Regions] = {}

    def read(photo: Photo, face: int = 0, /) -> Regions:
        key = photo.pixels.tobytes(), face
        if key not in known:
            known[key] = parser(photo, face)
        return known[key]

    return read


def list_facts(outcome: Outcome) -> dict[str, Any]:
    """A result's numbers for JSON, without its pictures."""
    plain = {name: value for name, value in vars(outcome).items() if name not in {"crop", "zones", "look", "person"}}
    look = None if outcome.look is None else outcome.look.facts()
    return {"photo": outcome.person, **plain, "look": look}
