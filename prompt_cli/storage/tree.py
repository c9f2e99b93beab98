"""The files below the prompt directory: from an id to its file, and to what is in it."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_cli.domain.identifiers import id_to_path
from prompt_cli.errors import StorageError
from prompt_cli.storage.walk import Listing, inside, walk

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST = 64 << 20
"""A file of more bytes than this is not even read; what is smaller and too large for a prompt, the parser refuses."""

# Without O_NONBLOCK, opening a named pipe waits for a writer; Windows has neither flag, and no such pipes in its trees.
_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_PART = 1 << 16
_NO_LINK: int = getattr(os, "O_NOFOLLOW", 0)
_MISSING = (FileNotFoundError, NotADirectoryError)


class PromptTree:
    """The prompt directory, read synchronously: what the asynchronous storage does in its threads.

    Args:
        root: The directory.
    """

    def __init__(self, root: Path) -> None:
        self._root = str(root)

    def location(self, prompt_id: str) -> str:
        """Return the path of a prompt's file below the directory as it was given.

        Raises:
            PromptIdError: The text is no id.
        """
        return f"{self._root}{os.sep}{id_to_path(prompt_id).replace('/', os.sep)}"

    def real_root(self) -> str:
        """Return the directory without links.

        Raises:
            StorageError: There is no such directory.
        """
        real = os.path.realpath(self._root)
        if not Path(real).is_dir():
            what = "is no directory" if Path(real).exists() else "does not exist"
            advice = "create it, or name the prompt directory with --directory"
            raise StorageError(f"the prompt directory {self._root} {what}", help=advice)
        return real

    def resolve(self, prompt_id: str) -> str:
        """Return the path of a prompt's file without links; the file need not exist.

        Raises:
            PromptIdError: The text is no id.
            StorageError: It leads out of the directory, or there is no such directory.
        """
        location = self.location(prompt_id)
        real = os.path.realpath(location)
        if not inside(real, self.real_root()):
            self._refuse_outside(location)
        return real

    def read(self, prompt_id: str) -> bytes | None:
        """Return the bytes of a prompt's file, or None where there is none.

        Raises:
            PromptIdError: The text is no id.
            StorageError: The file could not be read, or leads out of the directory.
        """
        return next((content for _, content in self.read_batch([prompt_id])), None)

    def read_batch(self, prompt_ids: Iterable[str]) -> list[tuple[str, bytes]]:
        """Return id and bytes of those files that exist.

        Raises:
            PromptIdError: A text is no id.
            StorageError: A file could not be read, or leads out of the directory.
        """
        folders: dict[str, str] = {}
        found: list[tuple[str, bytes]] = []
        for prompt_id in prompt_ids:
            descriptor = self.open(prompt_id, folders)
            if descriptor is not None:
                found.append((prompt_id, self._read(descriptor, prompt_id)))
        return found

    def open(self, prompt_id: str, folders: dict[str, str] | None = None) -> int | None:
        """Open a prompt's file for reading and return its descriptor, or None where there is none.

        Args:
            prompt_id: The prompt's id.
            folders: The directories whose links were resolved already, by the directory's path; filled in.
        """
        location = self.location(prompt_id)
        try:
            return self._open(prompt_id, location, {} if folders is None else folders)
        except _MISSING:
            self.real_root()
            return None
        except OSError as error:
            raise unreadable(location, error) from error

    def list(self) -> Listing:
        """Return what the directory holds.

        Raises:
            StorageError: A directory could not be read.
        """
        root = self.real_root()
        try:
            return walk(root)
        except OSError as error:
            raise unreadable(error.filename or self._root, error) from error

    def _open(self, prompt_id: str, location: str, folders: dict[str, str]) -> int:
        try:
            return _open_regular(self._without_links(location, folders))
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
        return _open_regular(self.resolve(prompt_id))

    def _read(self, descriptor: int, prompt_id: str) -> bytes:
        try:
            return _content(descriptor)
        except OSError as error:
            raise unreadable(self.location(prompt_id), error) from error

    def _without_links(self, location: str, folders: dict[str, str]) -> str:
        """Return the path with the links of its directory resolved; the file itself may still be one."""
        folder, _, name = location.rpartition(os.sep)
        if folder not in folders:
            real = os.path.realpath(folder)
            if not inside(real, os.path.realpath(self._root)):
                self._refuse_outside(location)
            folders[folder] = real
        return f"{folders[folder]}{os.sep}{name}"

    def _refuse_outside(self, location: str) -> None:
        advice = "copy the file into the prompt directory instead of linking to it"
        raise StorageError(f"{location} leads out of the prompt directory", help=advice)


def unreadable(location: str, error: OSError) -> StorageError:
    """Return the error for a file that could not be read, with the system's reason."""
    why = reason(error)
    advice = "split it, or move its data elsewhere" if error.errno == errno.EFBIG else ""
    return StorageError(f"{location} could not be read: {why}", path=location, reason=why, help=advice)


def read_file(path: Path) -> bytes | None:
    """Return the bytes of a regular file by its path without links, or None where there is nothing.

    Raises:
        OSError: It could not be read, or is no regular file.
    """
    try:
        return _content(_open_regular(str(path)))
    except _MISSING:
        return None


def reason(error: OSError) -> str:
    """Return the system's reason in words."""
    return (error.strerror or str(error)).lower()


def _open_regular(path: str) -> int:
    if not _NO_LINK and Path(path).is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    descriptor = os.open(path, _READING | _NO_LINK)
    try:
        _check_regular(os.fstat(descriptor), path)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _check_regular(status: os.stat_result, path: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a directory", path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", path)
    if status.st_size > LARGEST:
        raise OSError(errno.EFBIG, f"it has {status.st_size:,} bytes, which is no prompt", path)


def _content(descriptor: int) -> bytes:
    # Without a file object: thousands of files are read in a third less time.
    parts: list[bytes] = []
    try:
        while part := os.read(descriptor, _PART):
            parts.append(part)
    finally:
        os.close(descriptor)
    return b"".join(parts)
