"""The prompt directory: a walk over its prompts and invalid prompt files, and safe reading."""

import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from prompt_cli.domain.ids import SUFFIX, id_problem, id_to_path, path_to_id
from prompt_cli.errors import StorageError

LARGEST = 64 << 20  # maximum size of a file, in bytes; the parser has a lower limit with a better message
# Maximum length of a path on Windows, in characters; other systems have lower limits. The time to resolve a path grows
# with the square of its length.
LONGEST_PATH = 32_767

# Without O_NONBLOCK, opening a named pipe waits for a writer. Windows lacks the flag, and such pipes.
_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_PART = 1 << 16
_NO_LINK: int = getattr(os, "O_NOFOLLOW", 0)
_MISSING = (FileNotFoundError, NotADirectoryError)


class InvalidPromptFile(NamedTuple):
    """A file that looks like a prompt but cannot be one.

    Attributes:
        path: The path below the prompt directory, separated by ``/``.
        reason: The reason for skipping the file.
        help: The remedy.

    Examples:
        >>> InvalidPromptFile("note.yml", "it ends in .yml", "rename it to note.yaml").path
        'note.yml'
    """

    path: str
    reason: str
    help: str


class Listing(NamedTuple):
    """The ids of prompts and the invalid files of a prompt directory, sorted."""

    ids: tuple[str, ...]
    invalid_files: tuple[InvalidPromptFile, ...]


def from_here(path: Path) -> str:
    """Return a path relative to the current directory, with ``/``; absolute if nothing but the root is common."""
    here = Path.cwd()
    try:
        is_near = os.path.commonpath([path, here]) != path.anchor
    except ValueError:  # on another drive
        is_near = False
    return Path(os.path.relpath(path, here)).as_posix() if is_near else path.as_posix()


def list_ids(root: Path, prefix: str) -> frozenset[str]:
    """Return the ids of the prompts in a directory below a root; none if it is missing or reached by a link."""
    directory = root.resolve() / prefix
    is_real = directory.resolve() == directory and directory.is_dir()
    return frozenset(PromptDirectory(directory).list().ids if is_real else ())


def invalid_file_at(path: str) -> InvalidPromptFile | None:
    """Return the invalid prompt file at a path below the prompt directory; None for valid prompt files and others.

    >>> invalid_file_at("New Prompt.yml")
    InvalidPromptFile(path='New Prompt.yml', reason='prompt files end in .yaml', help='rename it')
    """
    if not _looks_like_prompt(path) or path_to_id(path) is not None or "/." in f"/{path}":
        return None
    fault = f"prompt files end in {SUFFIX}"
    if path.endswith(SUFFIX):
        fault = id_problem(path.removesuffix(SUFFIX)) or "its name is not a valid id"
    return InvalidPromptFile(_readable(path), fault, "rename it")


def is_inside(path: str, folder: str) -> bool:
    """Return whether a path without links is a directory or below it, and not in a git directory there."""
    below = path.removeprefix(folder.rstrip(os.sep))
    return path == folder or (below != path and below.startswith(os.sep) and ".git" not in Path(below.lower()).parts)


def check_links(path: Path, folder: Path, advice: str) -> None:
    """Raise a StorageError if a link leads a path in a folder out of it, because a pull request can add links."""
    root = os.path.realpath(folder)
    for part in (*reversed(path.parents), path):
        real = os.path.realpath(part)
        if part.is_symlink() and part.is_relative_to(folder) and part != folder and not is_inside(real, root):
            message = f"{from_here(part)} is a link to {real}, which is not part of the project"
            raise StorageError(message, path=str(part), help=advice, transient=False)


class PromptDirectory:
    """Synchronous access to a prompt directory; the asynchronous storage calls it in threads."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)

    def location(self, prompt_id: str) -> str:
        """Return the path of a prompt's file below the directory, links unresolved."""
        return f"{self._root}{os.sep}{id_to_path(prompt_id).replace('/', os.sep)}"

    def real_root(self) -> str:
        """Return the path of the directory with its links resolved; raise a StorageError if it does not exist."""
        real = os.path.realpath(self._root)
        if not Path(real).is_dir():
            problem = "is not a directory" if Path(real).exists() else "does not exist"
            advice = "create it with `prompt-cli init`, or pass another --directory"
            shown = from_here(Path(self._root))
            message = f"the prompt directory {shown} {problem}"
            raise StorageError(message, path=self._root, help=advice, transient=False)
        return real

    def resolve(self, prompt_id: str) -> str:
        """Return the path of a prompt's file with its links resolved, inside the directory; it need not exist."""
        location = self.location(prompt_id)
        real = os.path.realpath(location)
        if not is_inside(real, self.real_root()):
            raise _outside_error(location)
        return real

    def read(self, prompt_id: str) -> bytes | None:
        """Return the bytes of a prompt's file; None if it does not exist."""
        return next((content for _, content in self.read_batch([prompt_id])), None)

    def read_batch(self, prompt_ids: Iterable[str]) -> list[tuple[str, bytes]]:
        """Return the ids and bytes of the existing files."""
        folders: dict[str, str] = {}
        contents: list[tuple[str, bytes]] = []
        for prompt_id in prompt_ids:
            descriptor = self.open(prompt_id, folders)
            if descriptor is not None:
                try:
                    contents.append((prompt_id, _content(descriptor)))
                except OSError as error:
                    raise read_error(self.location(prompt_id), error) from error
        return contents

    def open(self, prompt_id: str, folders: dict[str, str] | None = None) -> int | None:
        """Open a prompt's file for reading and return its descriptor; None if it does not exist.

        `folders` caches directories with their links resolved, by path.
        """
        location = self.location(prompt_id)
        try:
            return self._open(prompt_id, location, {} if folders is None else folders)
        except _MISSING:
            self.real_root()
            return None
        except OSError as error:
            raise read_error(location, error) from error

    def list(self, prefix: str = "") -> Listing:
        """Return the files, or those with a prefix, without hidden ones and links that lead out of the directory."""
        walker = _Walker(self.real_root(), prefix)
        try:
            walker.run()
        except OSError as error:
            raise read_error(error.filename or self._root, error) from error
        return Listing(tuple(sorted(walker.ids)), tuple(sorted(walker.invalid_files)))

    def _open(self, prompt_id: str, location: str, folders: dict[str, str]) -> int:
        try:
            return _open_regular(self._without_links(location, folders))
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
        return _open_regular(self.resolve(prompt_id))

    def _without_links(self, location: str, folders: dict[str, str]) -> str:
        """Return the path with the links of its directory resolved; the file itself may be a link."""
        folder, _, name = location.rpartition(os.sep)
        if folder not in folders:
            real = os.path.realpath(folder)
            if not is_inside(real, os.path.realpath(self._root)):
                raise _outside_error(location)
            folders[folder] = real
        return f"{folders[folder]}{os.sep}{name}"


def _outside_error(location: str) -> StorageError:
    advice = "copy the file into the prompt directory instead of linking to it"
    return StorageError(f"{location} leads out of the prompt directory", path=location, help=advice)


def read_error(location: str, error: OSError) -> StorageError:
    """Return the error for an unreadable file, with the system's reason."""
    cause = reason(error)
    advice = "split it, or move its data elsewhere" if error.errno == errno.EFBIG else ""
    return StorageError(f"{location} could not be read: {cause}", path=location, reason=cause, help=advice)


def read_file(path: Path) -> bytes | None:
    """Return the bytes of a regular file, whose path must not be a link; None if it does not exist."""
    try:
        return _content(_open_regular(str(path)))
    except _MISSING:
        return None


def reason(error: OSError) -> str:
    """Return the system's description of an error."""
    return (error.strerror or str(error)).lower()


class _Walker:
    def __init__(self, root: str, prefix: str) -> None:
        self.ids: list[str] = []
        self.invalid_files: list[InvalidPromptFile] = []
        self._root = root
        self._prefix = prefix
        # The directories to enter, each with its path from the root and the directories on that path.
        self._folders: list[tuple[str, str, tuple[str, ...]]] = [(root, "", (root,))]
        # A directory is entered through one link at most: links to links would multiply.
        self._linked: set[str] = set()

    def run(self) -> None:
        while self._folders:
            folder, prefix, through = self._folders.pop()
            with os.scandir(folder) as entries:
                for entry in sorted(entries, key=lambda one: one.name):
                    if not entry.name.startswith("."):
                        self._entry(entry, prefix + entry.name, through)

    def _entry(self, entry: os.DirEntry[str], path: str, through: tuple[str, ...]) -> None:
        if entry.is_symlink():
            self._link(os.path.realpath(entry.path), path, through)
        elif entry.is_dir():
            below = f"{path}/"
            if not below.startswith(self._prefix) and not self._prefix.startswith(below):
                return
            self._folders.append((entry.path, below, (*through, entry.path)))
            if _looks_like_prompt(path):
                self._skip(path, "it is a directory", f"rename it: only files may end in {SUFFIX}")
        else:
            self._file(path, regular=entry.is_file())

    def _file(self, path: str, *, regular: bool) -> None:
        if not _looks_like_prompt(path):
            return
        if not regular:
            self._skip(path, "it is not a regular file", "replace it by a file")
        elif (prompt_id := path_to_id(path)) is not None:
            self.ids.append(prompt_id)
        elif (invalid := invalid_file_at(path)) is not None:
            self.invalid_files.append(invalid)

    def _link(self, real: str, path: str, through: tuple[str, ...]) -> None:
        target = Path(real)
        if not is_inside(real, self._root):
            if target.is_dir() or _looks_like_prompt(path):
                self._skip(path, "it is a link out of the prompt directory", "copy the target instead")
        elif not target.is_dir():
            if target.exists():
                self._file(path, regular=target.is_file())
            elif _looks_like_prompt(path):
                self._skip(path, "it is a broken link", "remove it, or restore its target")
        elif real in through:
            self._skip(path, "it is a link to a parent directory", "remove it")
        elif real in self._linked:
            self._skip(path, "another link already leads to this directory", "remove one of them")
        else:
            self._linked.add(real)
            self._folders.append((real, f"{path}/", (*through, real)))

    def _skip(self, path: str, reason: str, advice: str) -> None:
        self.invalid_files.append(InvalidPromptFile(_readable(path), reason, advice))


def _readable(path: str) -> str:
    return os.fsencode(path).decode(errors="replace")


def _looks_like_prompt(path: str) -> bool:
    return path.lower().endswith((SUFFIX, ".yml"))


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
        raise OSError(errno.EINVAL, "it is not a regular file", path)
    if status.st_size > LARGEST:
        raise OSError(errno.EFBIG, f"it has {status.st_size:,} bytes, too large for a prompt", path)


def _content(descriptor: int) -> bytes:
    # File objects would make reading thousands of files 50% slower.
    parts: list[bytes] = []
    try:
        while part := os.read(descriptor, _PART):
            parts.append(part)
    finally:
        os.close(descriptor)
    return b"".join(parts)
