"""Concurrency: a bound on callers at work at once, and a thread for work that would block the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


_LARGE = 16 * 1024
"""Bytes of a file that take about 20 ms to read and compile."""


async def offload(size: int, work: Callable[[], Result]) -> Result:
    """Return the result of work on a file of `size` bytes, done in a thread if it would block the loop for long."""
    return work() if size < _LARGE else await asyncio.to_thread(work)


class LoopSemaphore:
    """Semaphore of the running event loop; one of asyncio's own cannot be used in a second loop.

    Args:
        size: The maximum number of callers at once; 1 makes it a lock.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._current: tuple[asyncio.AbstractEventLoop, asyncio.Semaphore] | None = None

    def get(self) -> asyncio.Semaphore:
        """Return the semaphore to enter: ``async with semaphore.get():``."""
        loop = asyncio.get_running_loop()
        if self._current is None or self._current[0] is not loop:
            self._current = (loop, asyncio.Semaphore(self._size))
        return self._current[1]
