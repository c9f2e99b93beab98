"""Caches: JSON values by kind and key on disk, and a bounded cache in memory.

A key contains everything that its value depends on, so entries never become stale. A missing, damaged, unreadable or
foreign entry on disk is a cache miss, and write errors are ignored. Reading an entry executes nothing.
"""

import hashlib
import json
import os
import stat
import sys
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final, Generic, TypeVar

from prompt_cli import __version__
from prompt_cli.log import log

MAX_ENTRIES: Final = 4096  # maximum number of entries of one kind; the oldest are deleted first
MAX_BYTES: Final = 64 << 20  # maximum size of all entries of one kind

_FORMAT: Final = "prompt-cli cache 1"
_FOLDER: Final = "prompt-cli"
# Links are not followed, and opening a named pipe does not wait for a writer; Windows has neither flag.
_READ: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Cache:
    """Cache on disk that processes share, because entries are replaced atomically; without a directory, it is empty."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory

    @classmethod
    def in_repository(cls, git_directory: Path | None) -> "Cache":
        """Return the cache of a repository: in its git directory, else in the user's cache directory.

        Another user's git directory is not used, because its owner could not replace entries that root wrote.
        """
        if git_directory and _is_own(git_directory.resolve()) and _is_own(git_directory / _FOLDER):
            return cls(git_directory / _FOLDER / "cache")
        directory = _user_directory()
        return cls(directory and directory / _FOLDER / "cache")

    def get(self, kind: str, key: str) -> Any:  # noqa: ANN401 - JSON
        """Return the value of a key; None on a miss."""
        folder, name = self._folder(kind), _name(kind, key)
        if folder is None:
            return None
        try:
            heading, _, body = _read(folder / name).partition(b"\n")
            if heading != _heading(name, body):
                error = "a cache entry fails its checksum; it is not used"
                log("critical", "storage_corrupted", error=error, path=str(folder / name), reason="damaged cache entry")
                return None
            value = json.loads(body)
        except (OSError, ValueError, RecursionError):
            return None
        log("debug", "cache_hit", kind=kind)
        return value

    def put(self, kind: str, key: str, value: object) -> None:
        """Cache a value."""
        self.put_many(kind, {key: value})

    def put_many(self, kind: str, values: Mapping[str, object]) -> None:
        """Cache values by their keys; too many are not cached, because they would evict each other."""
        folder = self._folder(kind)
        if folder is None or len(values) > MAX_ENTRIES // 2:
            return
        with suppress(OSError):
            folder.mkdir(0o700, parents=True, exist_ok=True)  # entries quote prompts, whose files may be private
            for key, value in values.items():
                _write(folder, _name(kind, key), json.dumps(value, separators=(",", ":")).encode("ascii"))
            _delete_oldest(folder)

    def _folder(self, kind: str) -> Path | None:
        """Return the directory of a kind; None if another user owns it or it is a link."""
        if self._directory is None:
            return None
        folder = self._directory / kind
        return folder if all(map(_is_own, (self._directory.parent, self._directory, folder))) else None


Value = TypeVar("Value")


class LRUCache(Generic[Value]):
    """A cache of at most `size` entries in memory that drops the least recently used entry first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Hashable) -> Value | None:
        """Return the value of a key; None on a miss."""
        with self._lock:  # large files are parsed in threads
            if key in self._entries:
                self._entries.move_to_end(key)
            return self._entries.get(key)

    def put(self, key: Hashable, value: Value) -> Value:
        """Cache a value, and return it."""
        with self._lock:
            self._entries[key] = value
            self._entries.move_to_end(key)
            if len(self._entries) > self._size:
                self._entries.popitem(last=False)
        return value

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of a key; `make` provides it on a miss."""
        value = self.find(key)
        return self.put(key, make()) if value is None else value


def digest_of(content: bytes) -> str:
    """Return the digest of a file's content."""
    return hashlib.sha256(content).hexdigest()


@cache
def tool_fingerprint() -> str:
    """Return a fingerprint of the installed tool, its Python and its libraries; an upgrade invalidates every entry."""
    package = Path(__file__).parent
    parts = [__version__, sys.version, *_libraries(), *(_installed(package) or _sources(str(package)))]
    return digest_of("\0".join(parts).encode("utf-8", "surrogateescape"))


def _name(kind: str, key: str) -> str:
    return digest_of(f"{tool_fingerprint()}\0{kind}\0{key}".encode("utf-8", "surrogatepass"))


def _heading(name: str, body: bytes) -> bytes:
    return f"{_FORMAT} {name} {zlib.crc32(body):08x}".encode("ascii")


def _read(path: Path) -> bytes:
    with os.fdopen(os.open(path, _READ), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_uid != _user() or status.st_size > MAX_BYTES:
            raise OSError(f"{path} is not an entry of this user")
        return file.read()


def _write(folder: Path, name: str, body: bytes) -> None:
    new = folder / f"{name}.{os.urandom(8).hex()}.new"
    try:
        new.write_bytes(_heading(name, body) + b"\n" + body)
        new.replace(folder / name)
    finally:
        new.unlink(missing_ok=True)


def _delete_oldest(folder: Path) -> None:
    with os.scandir(folder) as entries:
        ours = [(one.stat(follow_symlinks=False), one.path) for one in entries]
    remaining = MAX_BYTES
    for number, (status, path) in enumerate(sorted(ours, key=lambda one: one[0].st_mtime_ns, reverse=True)):
        remaining -= status.st_size
        if number >= MAX_ENTRIES or remaining < 0:
            Path(path).unlink(missing_ok=True)


def _is_own(path: Path) -> bool:
    """Return whether a directory belongs to this user, or does not exist."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == _user()


def _user() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0  # on Windows every file has the owner 0


def _user_directory() -> Path | None:
    """Return the user's cache directory (https://specifications.freedesktop.org/basedir-spec/latest/)."""
    value = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(value):  # noqa: PTH117 - the value may be empty
        return Path(value)
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home() raises without a home
    return Path(home) / ".cache" if home != "~" else None


def _installed(package: Path) -> list[str]:
    """Return the digest of the wheel's RECORD, which contains the hashes of its files; nothing without a wheel.

    Source: https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file
    """
    try:
        return [digest_of((package.parent / f"prompt_cli-{__version__}.dist-info" / "RECORD").read_bytes())]
    except OSError:
        return []


def _sources(folder: str) -> Iterator[str]:
    """Yield the name, size and time of each source file; Python validates its bytecode by them too."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda one: one.name):
            if entry.name.endswith(".py"):
                status = entry.stat()
                yield f"{entry.name} {status.st_size} {status.st_mtime_ns}"
            elif entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False):
                yield from _sources(entry.path)


def _libraries() -> Iterator[str]:
    """Yield the names of the libraries' metadata directories, which contain their versions."""
    for folder in sys.path:
        if folder.endswith("-packages") and Path(folder).is_dir():
            names = sorted(entry.name for entry in os.scandir(folder) if entry.name.startswith(("pydantic", "ruamel")))
            yield from (one for one in names if one.endswith("-info"))
