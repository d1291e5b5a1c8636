"""Time several ways of doing a thing in turns, and report their medians as ratios."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter


def interleave(ways: Mapping[str, Callable[[], object]], rounds: int = 15) -> dict[str, float]:
    """Median milliseconds of each way; one warm-up each, then `rounds` rounds in which every way runs once."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for _ in range(rounds):
        for name, way in ways.items():
            began = perf_counter()
            way()
            times[name].append(1000 * (perf_counter() - began))
    return {name: median(values) for name, values in times.items()}


def report(title: str, medians: Mapping[str, float], ours: str) -> None:
    """Print each median and how many times ours it takes."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{title}  (load average {load})")
    for name, value in medians.items():
        print(f"  {name:<58} {value:8.1f} ms   {value / medians[ours]:6.2f} x {ours}")
