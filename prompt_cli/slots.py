"""Slots: a bound on callers at work at once, for objects that outlive an event loop."""

from __future__ import annotations

import asyncio


class Slots:
    """Semaphore of the running event loop; one of asyncio's own cannot be used in a second loop.

    Args:
        size: The maximum number of callers at once; 1 makes it a lock.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._current: tuple[asyncio.AbstractEventLoop, asyncio.Semaphore] | None = None

    def one(self) -> asyncio.Semaphore:
        """Return the semaphore to enter: ``async with slots.one():``."""
        loop = asyncio.get_running_loop()
        if self._current is None or self._current[0] is not loop:
            self._current = (loop, asyncio.Semaphore(self._size))
        return self._current[1]
