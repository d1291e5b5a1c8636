"""Time several ways of doing a thing in turns, and report the least of each as ratios."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Mapping
from time import perf_counter, process_time
from typing import NamedTuple


class Took(NamedTuple):
    """The least of several runs, in milliseconds.

    wall   by the clock on the wall, which other programs on the machine disturb
    cores  of all cores of this process together, which they disturb less; set OMP_NUM_THREADS=1 beside a busy program,
           because threads that wait for each other count, too
    """

    wall: float
    cores: float

    def share(self, part: float) -> Took:
        """`part` of it."""
        return Took(part * self.wall, part * self.cores)


def interleave(ways: Mapping[str, Callable[[], object]], rounds: int = 15) -> dict[str, Took]:
    """The least of each way; one warm-up each, then `rounds` rounds in which every way runs once."""
    for way in ways.values():
        way()
    least = dict.fromkeys(ways, Took(float("inf"), float("inf")))
    for _ in range(rounds):
        for name, way in ways.items():
            wall, cores = perf_counter(), process_time()
            way()
            cores, wall = process_time() - cores, perf_counter() - wall
            least[name] = Took(min(least[name].wall, 1000 * wall), min(least[name].cores, 1000 * cores))
    return least


def report(title: str, times: Mapping[str, Took], ours: str) -> None:
    """Print each time and how many times ours it takes, by the wall and in the cores, and the memory taken so far."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{title}  (load average {load}, peak {peak_mb():.0f} MB)")
    print(f"  {'':<58} {'wall':>9} {'cores':>10}     times {ours}: wall, cores")
    for name, took in times.items():
        ratios = f"{took.wall / times[ours].wall:9.3g} x {took.cores / times[ours].cores:9.3g} x"
        print(f"  {name:<58} {took.wall:9.1f} {took.cores:10.1f} ms {ratios}")


def peak_mb() -> float:
    """The most memory that this process has held, in megabytes (2**20 bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
