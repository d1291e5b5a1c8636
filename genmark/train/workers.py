"""Examples that take long to make, made by several processes."""

from __future__ import annotations

import os
from typing import Any

from torch.utils.data import DataLoader, Dataset


def make_each(jobs: Dataset[Any], count: int, workers: int | None = None) -> DataLoader[Any]:
    """The `count` items of `jobs`, in their order.

    workers   processes, which inherit what `jobs` holds; None: one per core, 0: this one
    """
    processes = (os.cpu_count() or 1) if workers is None else workers
    return DataLoader(jobs, batch_size=None, num_workers=processes if count else 0)
