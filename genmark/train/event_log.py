"""Scores by epoch for TensorBoard."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from genmark.errors import UsageError
from genmark.train.loop import Scores


class EventLog:
    """Writes what it is called with into a folder that `tensorboard --logdir` shows.

    Raises UsageError where TensorBoard, which is an extra, is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter  # here, because it is an extra
        except ImportError as error:
            raise UsageError("a log for TensorBoard needs it: pip install 'genmark[train]'") from error
        self._writer = SummaryWriter(str(folder))

    def __call__(self, scores: Scores) -> None:
        """Write every score of an epoch, which `scores["epoch"]` numbers."""
        for name, value in scores.items():
            if name != "epoch":
                self._writer.add_scalar(name, value, int(scores["epoch"]))

    def __enter__(self) -> EventLog:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._writer.close()
