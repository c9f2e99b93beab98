"""A progress bar on standard error, shown on a terminal once the work takes long."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from prompt_cli.cli.output import is_colored, is_quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress

_DELAY = 1.0
_INTERVAL = 0.1


@contextmanager
def progress(delay: float = _DELAY) -> Iterator[Callable[[int, int], None]]:
    """Yield a callback that takes the number of finished items and of all items.

    Args:
        delay: Seconds before the bar is shown.
    """
    if is_quiet() or not sys.stderr.isatty():
        yield lambda _finished, _total: None
        return
    bar = _Bar(delay)
    try:
        yield bar.update
    finally:
        bar.close()


class _Bar:
    """A bar that is drawn after a delay, then at most every 0.1 seconds."""

    def __init__(self, delay: float) -> None:
        self._next_draw = time.monotonic() + delay
        self._progress: Progress | None = None

    def update(self, finished: int, total: int) -> None:
        now = time.monotonic()
        if now < self._next_draw:
            return
        self._next_draw = now + _INTERVAL
        if self._progress is None:
            self._progress = _start(total)
        self._progress.update(self._progress.task_ids[0], completed=finished, refresh=True)

    def close(self) -> None:
        if self._progress is not None:
            self._progress.stop()


def _start(total: int) -> Progress:
    from rich.console import Console  # slow to import
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("checking prompts"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # Rich reads other variables of the environment, and none of the options.
    console = Console(stderr=True, color_system="auto" if is_colored(sys.stderr) else None, no_color=False)
    progress_bar = Progress(*columns, console=console, transient=True, auto_refresh=False)
    progress_bar.add_task("", total=total)
    progress_bar.start()
    return progress_bar
