"""A writer that is killed: run as `store_writer.py URL FOLDER MODE`, it forks children that add photos, and kills them.

steps   child after child dies at its first, second, third … step of adding a photo with SIGKILL, until one comes
        through; a step is a file that is opened, made, renamed or removed, a statement, a commit
deletes a customer with two photos is deleted, and the child dies at the 1st, 4th, 7th … step of that
NUMBER  ten children add photos without end, and are killed after a few, at a time that the number draws

Prints the ids of the photos that were acknowledged, or of the customers, one a line; last, how many were killed.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from store_cases import KEY, Clock, intake, picture

from genmark.audience.store.intake import add_customer, add_photo
from genmark.audience.store.opening import Parts, Store, open_store
from genmark.audience.store.removal import delete_customer

FILES = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(store: Store, step: int) -> None:
    """Count what the process does from here on, and kill it in front of the `step`-th."""
    left = itertools.count(step - 1, -1)

    def count(*_: Any) -> None:
        if next(left) == 0:
            die()

    def hear(name: str, _arguments: Any) -> None:
        if name in FILES:
            count()

    sys.addaudithook(hear)
    event.listen(store.engine, "before_cursor_execute", count)
    event.listen(store.engine, "commit", count)


def child(work: Callable[[int], None], lines: int = 0, pause: float | None = None) -> tuple[int, list[str]]:
    """Fork, work, and wait: the signal or code that ended it, and what it wrote.

    pause: kill it so many seconds after it has written `lines` lines.
    """
    ear, mouth = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ear)
        work(mouth)
        os._exit(0)
    os.close(mouth)
    with os.fdopen(ear) as told:
        said = [told.readline().strip() for _ in range(lines)]
        if pause is not None:
            time.sleep(pause)
            os.kill(pid, signal.SIGKILL)
        said += told.read().split()
    return os.waitpid(pid, 0)[1], said


def one_step(url: str, folder: str, step: int) -> Callable[[int], None]:
    def work(mouth: int) -> None:
        with open_store(url, folder, KEY, Parts(Clock())) as store:
            customer = add_customer(store, "K-1001")
            die_at(store, step)
            kept = add_photo(store, customer, picture(step), intake())
            os.write(mouth, f"{kept.id}\n".encode())

    return work


def one_deletion(url: str, folder: str, step: int) -> Callable[[int], None]:
    def work(mouth: int) -> None:
        with open_store(url, folder, KEY, Parts(Clock())) as store:
            customer = add_customer(store, f"K-{step}")
            for seed in range(2):
                add_photo(store, customer, picture(2 * step + seed), intake())
            os.write(mouth, f"{customer}\n".encode())
            die_at(store, step)
            delete_customer(store, customer)

    return work


def for_a_while(url: str, folder: str, seed: int) -> Callable[[int], None]:
    def work(mouth: int) -> None:
        with open_store(url, folder, KEY, Parts(Clock())) as store:
            customer = add_customer(store, "K-1001")
            for number in itertools.count():
                kept = add_photo(store, customer, picture(1000 * seed + number), intake())
                os.write(mouth, f"{kept.id}\n".encode())

    return work


def main(url: str, folder: str, mode: str) -> None:
    killed = 0
    if mode in ("steps", "deletes"):
        work, stride = (one_step, 1) if mode == "steps" else (one_deletion, 3)
        for step in itertools.count(1, stride):
            status, said = child(work(url, folder, step))
            print(*said, sep="\n")
            if status == 0:
                break
            killed += 1
    else:
        pauses = random.Random(int(mode))
        for seed in range(1, 11):
            status, said = child(for_a_while(url, folder, seed), pauses.randint(1, 3), pauses.uniform(0, 0.03))
            print(*said, sep="\n")
            killed += status == signal.SIGKILL
    print(killed)


if __name__ == "__main__":
    main(*sys.argv[1:])
