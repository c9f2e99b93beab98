"""System calls for writing, behind one seam; safe writes and the lock built from them."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING

from prompt_cli.errors import StorageError
from prompt_cli.storage.scan import reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from threading import Event

    from filelock import BaseFileLock


TEMPORARY_SUFFIX = ".prompt-cli.tmp"

# O_EXCL follows no link in the last place (POSIX, open); Windows alone has O_BINARY, and needs it.
_NEW_FILE: int = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)


class FileSystem:
    """The calls by which a transaction changes the disk; tests pass a faulty one."""

    def create(self, path: Path) -> int:
        """Create a file that must not exist, never through a link, and return its descriptor."""
        return os.open(path, _NEW_FILE, 0o666)

    def write(self, descriptor: int, content: memoryview) -> int:
        """Write to a descriptor and return how many bytes were written."""
        return os.write(descriptor, content)

    def sync(self, descriptor: int) -> None:
        """Wait until a file's content is on the disk."""
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        """Close a descriptor."""
        os.close(descriptor)

    def chmod(self, path: Path, mode: int) -> None:
        """Set a file's permissions."""
        path.chmod(mode)

    def replace(self, source: Path, target: Path) -> None:
        """Rename a file over another, atomically."""
        source.replace(target)

    def unlink(self, path: Path) -> None:
        """Delete a file."""
        path.unlink()

    def mkdir(self, path: Path) -> None:
        """Create a directory."""
        path.mkdir()

    def rmdir(self, path: Path) -> None:
        """Delete an empty directory."""
        path.rmdir()

    def sync_directory(self, path: Path) -> None:
        """Wait until a directory's entries are on the disk, where the system can promise that."""
        if os.name == "nt":
            return  # a directory cannot be opened there
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno != errno.EINVAL:  # some network file systems have no such call
                raise
        finally:
            os.close(descriptor)


def temporary_path(path: Path) -> Path:
    """Return the name under which a file's new content is written: next to it, and hidden."""
    return path.with_name(f".{path.name}{TEMPORARY_SUFFIX}")


def write_temporary(system: FileSystem, path: Path, content: bytes, mode: int | None) -> Path:
    """Write a file's new content next to it, wait until it is on the disk, and return where it is.

    Args:
        system: The system calls.
        path: The file that is to be replaced.
        content: Its new content.
        mode: The permissions it is to have; None leaves them to the umask.

    Raises:
        OSError: It could not be written; recovery removes the incomplete file.
    """
    temporary = temporary_path(path)
    remove(system, temporary)
    try:
        write_new(system, temporary, content, mode)
    except OSError as error:
        error.filename = str(path)  # the system call names no file, and users know this one
        raise
    return temporary


def write_new(system: FileSystem, path: Path, content: bytes, mode: int | None) -> None:
    """Write a file that must not exist, and wait until it is on the disk.

    Raises:
        OSError: It could not be written; an incomplete file may remain.
    """
    descriptor = system.create(path)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[system.write(descriptor, rest) :]
        if mode is not None:
            system.chmod(path, mode)
        system.sync(descriptor)
    finally:
        system.close(descriptor)


def remove(system: FileSystem, path: Path) -> None:
    """Delete a file if it is there."""
    with suppress(FileNotFoundError):
        system.unlink(path)


WAIT = 10.0
"""Seconds that a command waits for another one that is writing."""
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
        with suppress(OSError):  # the lock ends with the process; the first error matters more
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
            path=str(directory),
            help="if another user made it, `sudo chown -R` it to yours, or delete it" if _is_denied(error) else "",
        ) from error
    return True


def _is_denied(error: OSError) -> bool:
    return error.errno in {errno.EACCES, errno.EPERM}
