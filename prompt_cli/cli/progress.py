"""Progress of what takes long: on standard error, on a terminal alone."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress

PATIENCE = 1.0
"""Seconds for which nobody wonders."""
_INTERVAL = 0.1


@contextmanager
def progress(patience: float = PATIENCE) -> Iterator[Callable[[int, int], None]]:
    """Give what is to be told how many of how many are done; it shows that once it has taken a while.

    Args:
        patience: Seconds before anything is shown.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    bar = _Bar(patience)
    try:
        yield bar.tell
    finally:
        bar.close()


class _Bar:
    """A bar that is drawn once the work has taken long, a few times a second."""

    def __init__(self, patience: float) -> None:
        self._next = time.monotonic() + patience
        self._shown: Progress | None = None

    def tell(self, done: int, every: int) -> None:
        """Take note of how many of how many are done."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _INTERVAL
        if self._shown is None:
            self._shown = _drawn(every)
        self._shown.update(self._shown.task_ids[0], completed=done, refresh=True)

    def close(self) -> None:
        """Wipe it away."""
        if self._shown is not None:
            self._shown.stop()


def _drawn(every: int) -> Progress:
    from rich.console import Console  # few runs take so long
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("checking prompts"), BarColumn(), MofNCompleteColumn())
    shown = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
    shown.add_task("", total=every)
    shown.start()
    return shown
