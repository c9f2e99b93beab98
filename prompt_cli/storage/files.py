"""Safe writes and the lock of a state directory, over replaceable system calls."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

from prompt_cli.errors import StorageError
from prompt_cli.storage.scan import reason

if TYPE_CHECKING:
    from filelock import BaseFileLock


TEMPORARY_SUFFIX = ".prompt-cli.tmp"
WAIT = 10.0  # seconds to wait for the lock while another command writes
_POLL = 0.05
# O_EXCL does not follow a link at the end of a path (POSIX, open). Windows needs O_BINARY, which exists only there.
_NEW_FILE: int = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)


class FileSystem:
    """The system calls of a transaction; tests pass a faulty one."""

    def create(self, path: Path) -> int:
        """Create a file that must not exist, without following a link, and return its descriptor."""
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
        """Wait until a directory's entries are on the disk, on systems that support this."""
        if os.name == "nt":
            return  # Windows cannot open a directory
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno != errno.EINVAL:  # some network file systems have no such call
                raise
        finally:
            os.close(descriptor)


def write_temporary(system: FileSystem, path: Path, content: bytes, mode: int | None) -> Path:
    """Write the new content of a file to its temporary path, and return that path; see `write_new`."""
    temporary = temporary_path(path)
    remove(system, temporary)
    try:
        write_new(system, temporary, content, mode)
    except OSError as error:
        error.filename = str(path)  # users do not know the temporary path
        raise
    return temporary


def write_new(system: FileSystem, path: Path, content: bytes, mode: int | None) -> None:
    """Write a file that must not exist, and wait until it is on the disk.

    Without a mode, the umask decides on the permissions. After an OSError, an incomplete file may remain.
    """
    descriptor = system.create(path)
    try:
        if mode is not None:
            system.chmod(path, mode)  # before writing, as a private file's content must stay private
        rest = memoryview(content)
        while rest:
            rest = rest[system.write(descriptor, rest) :]
        system.sync(descriptor)
    finally:
        system.close(descriptor)


def remove(system: FileSystem, path: Path) -> None:
    """Delete a file if it exists."""
    with suppress(FileNotFoundError):
        system.unlink(path)


def temporary_path(path: Path) -> Path:
    """Return the hidden path next to a file at which its new content is prepared."""
    return path.with_name(f".{path.name}{TEMPORARY_SUFFIX}")


@contextmanager
def exclusive(directory: Path, cancelled: Event, *, wait: float = WAIT) -> Iterator[None]:
    """Hold the lock of a state directory, which is created if it is missing.

    The lock file is never deleted: a waiting process has it open, and would lock a file that no later process sees. It
    is an error if another process holds the lock for longer than `wait` seconds, or if `cancelled` is set. An error in
    the block takes precedence over a lock that cannot be released.
    """
    import filelock

    lock = filelock.FileLock(directory / "lock")
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


@asynccontextmanager
async def exclusive_commit(directory: Path) -> AsyncIterator[None]:
    """Hold the lock of commands that write files and commit them; the writes between take the lock of `exclusive`."""
    import filelock

    lock = filelock.FileLock(directory / "commit.lock")
    deadline = monotonic() + WAIT
    while not _acquired(lock, directory):
        if monotonic() >= deadline:
            raise StorageError(
                "another prompt-cli is committing; nothing was written", help="try again when it is done"
            )
        await asyncio.sleep(_POLL)
    try:
        yield
    finally:
        lock.release()


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
            help="if another user made it, `sudo chown -R` it to yours, or delete it"
            if error.errno in {errno.EACCES, errno.EPERM}
            else "",
        ) from error
    return True
