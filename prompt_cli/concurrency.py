"""Concurrency: a bound on callers at work at once, a thread for blocking work, and processes for many prompts."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import suppress
from typing import Any, TypeAlias, TypeVar

from prompt_cli.log import log

Item = TypeVar("Item")
Result = TypeVar("Result")
StartWorker: TypeAlias = Callable[[], Callable[[Sequence[str]], Result]]
"""Returns the function that works on a batch of ids; a process calls it once."""

_LARGE = 16 * 1024  # bytes of a file that take about 20 ms to read and compile
BATCH_SIZE = 250  # prompts held in memory together; smaller batches would parse common partials again
_SPLIT_BATCHES = 3  # the last batches are split into pieces: all processes then end at about the same time
_PIECE_SIZE = 63  # prompts of a piece
_MAX_PROCESSES = 8  # one process combines the results
_FORKS = sys.platform == "linux"  # forking takes a hundredth of the time of a new interpreter
_MIN_BATCHES = 2 if _FORKS else 16  # the least number of batches for which several processes are faster


async def offload(size: int, work: Callable[[], Result]) -> Result:
    """Return the result of work on a file of `size` bytes, done in a thread if it would block the loop for long."""
    return work() if size < _LARGE else await asyncio.to_thread(work)


async def complete(work: Awaitable[Result], on_cancel: Callable[[], None] = lambda: None) -> Result:
    """Await work that must not stop half way; a cancellation is raised after its end."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError as stop:
        on_cancel()
        while not task.done():
            with suppress(asyncio.CancelledError):  # raised below
                await asyncio.wait([task])
        raise stop from task.exception()


class LoopSemaphore:
    """Semaphore of the running event loop; one of asyncio's own cannot be used in a second loop. Size 1 is a lock."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._current: tuple[asyncio.AbstractEventLoop, asyncio.Semaphore] | None = None

    def get(self) -> asyncio.Semaphore:
        """Return the semaphore to enter: ``async with semaphore.get():``."""
        loop = asyncio.get_running_loop()
        if self._current is None or self._current[0] is not loop:
            self._current = (loop, asyncio.Semaphore(self._size))
        return self._current[1]


def split(items: Sequence[Item], size: int = BATCH_SIZE) -> Sequence[Sequence[Item]]:
    """Split items, such as ids, into batches."""
    return [items[first : first + size] for first in range(0, len(items), size)]


def split_evenly(ids: Sequence[str]) -> Sequence[Sequence[str]]:
    """Split ids into batches for processes; the last ones are small, so that no process waits long for another."""
    batches = split(ids)
    pieces = [piece for batch in batches[-_SPLIT_BATCHES:] for piece in split(batch, _PIECE_SIZE)]
    return [*batches[:-_SPLIT_BATCHES], *pieces]


async def run_in_processes(
    start: StartWorker[Result], batches: Sequence[Sequence[str]]
) -> AsyncGenerator[Result | None]:
    """Yield the result of each batch of ids, in order; None for a batch that this process must work on.

    `start` starts the worker of a process; it and the results are pickled where processes are not forked.
    """
    count = min(len(batches), _processors(), _MAX_PROCESSES)
    pool = _pool(count, start) if count > 1 and len(batches) >= _MIN_BATCHES else None
    if pool is None:
        for _ in batches:
            yield None
        return
    log("info", "workers_started", processes=count, batches=len(batches))
    try:
        futures = [_submit(pool, batch) for batch in batches]
        for future in futures:
            yield await _result(future)
    finally:
        # Without a shutdown, the pool would still run when the interpreter ends, and print a traceback.
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)


_workers: list[Callable[[Sequence[str]], Any]] = []  # the worker of this process, in a worker process


def _begin(start: StartWorker[Any]) -> None:
    # The parent handles interruptions, and stops workers by closing their pipes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _workers.append(start())


def _work(batch: Sequence[str]) -> Any:  # noqa: ANN401 - the worker's result
    return _workers[-1](batch)


def _pool(count: int, start: StartWorker[Any]) -> Executor | None:
    """Start processes; None if the system refuses, as some sandboxes do."""
    from concurrent.futures import ProcessPoolExecutor  # brings multiprocessing
    from multiprocessing import get_context

    if not _FORKS:
        # Without this variable, a new interpreter would import untrusted files of the current directory.
        os.environ["PYTHONSAFEPATH"] = "1"
    try:
        return ProcessPoolExecutor(count, get_context("fork" if _FORKS else "spawn"), _begin, (start,))
    except (OSError, ImportError, NotImplementedError):  # no shared memory or semaphores
        return None


def _submit(pool: Executor, batch: Sequence[str]) -> Future[Any] | None:
    try:
        return pool.submit(_work, batch)
    except (OSError, BrokenExecutor):
        return None


async def _result(future: Future[Result] | None) -> Result | None:
    if future is None:
        return None
    try:
        return await asyncio.wrap_future(future)
    except BrokenExecutor:
        return None  # a process was killed, for example when memory ran out; this process works on the batch


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
