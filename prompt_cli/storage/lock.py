"""The lock that lets one process write at a time."""

from __future__ import annotations

import errno
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING

from prompt_cli.errors import StorageError
from prompt_cli.storage.tree import reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from threading import Event

    from filelock import BaseFileLock

WAIT = 10.0
"""How long a command waits for another one that is writing, in seconds."""
_POLL = 0.05
_NAME = "lock"


@contextmanager
def exclusive(directory: Path, cancelled: Event, *, wait: float = WAIT) -> Iterator[None]:
    """Hold the lock of a state directory, which is created where it is missing.

    The lock's file stays: whoever waits for it has it open, and would hold a lock that no later comer sees.

    Args:
        directory: The state directory.
        cancelled: Ends the waiting when it is set.
        wait: How long to wait, in seconds.

    Raises:
        StorageError: Another process holds it for longer, the waiting was cancelled, the directory cannot be used, or
            the lock cannot be released, which an error in the block wins over.
    """
    import filelock

    lock = filelock.FileLock(directory / _NAME)
    deadline = monotonic() + wait
    while not _acquired(lock, directory):
        if monotonic() >= deadline:
            raise StorageError("another prompt-cli is writing; nothing was written", help="try again when it is done")
        if cancelled.wait(_POLL):
            raise StorageError("interrupted while another prompt-cli was writing; nothing was written")
    try:
        yield
    except BaseException:
        with suppress(OSError):  # the process's end releases it; the error is what people must know of
            lock.release()
        raise
    try:
        lock.release()
    except OSError as error:
        raise StorageError(
            f"the prompts are written, but the lock {lock.lock_file} could not be released: {reason(error)}",
            help="check the disk; the lock ends with this process, and nothing need be written again",
            path=lock.lock_file,
        ) from error


def _acquired(lock: BaseFileLock, directory: Path) -> bool:
    from filelock import Timeout

    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout:
        return False
    except OSError as error:
        raise StorageError(
            f"the state directory {directory} cannot be used: {reason(error)}",
            help="if another user made it, `sudo chown -R` it to yours, or delete it" if _is_denied(error) else "",
        ) from error
    return True


def _is_denied(error: OSError) -> bool:
    return error.errno in {errno.EACCES, errno.EPERM}
