"""The system calls that writing is made of, behind one seam, and the step built from them."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TEMPORARY_SUFFIX = ".prompt-cli.tmp"

# O_EXCL follows no link in the last place (POSIX, open); Windows alone has O_BINARY, and needs it.
_NEW_FILE: int = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)


class FileSystem:
    """Every call by which a transaction alters the disk; a test puts a faulty one in its place."""

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
        OSError: It could not be written; what there is of it goes with the journal.
    """
    temporary = temporary_path(path)
    remove(system, temporary)
    try:
        write_new(system, temporary, content, mode)
    except OSError as error:
        error.filename = str(path)  # a write names no file, and people know this one
        raise
    return temporary


def write_new(system: FileSystem, path: Path, content: bytes, mode: int | None) -> None:
    """Write a file that must not exist, and wait until it is on the disk.

    Raises:
        OSError: It could not be written; what there is of it stays.
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
