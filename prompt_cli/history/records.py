"""What was learned of a file's history, kept in the repository's common git directory.

A record belongs to one path, and says for one commit, HEAD at the time, which of the commits reachable from it touched
the file, and the version each left in it. Its keys are git's own ids, so it cannot become stale; where ids do not tell
the whole story (shallow clones, replace refs, grafts) none is kept. A file for each path, replaced as a whole: two
processes that write the same one both write the truth. It is plain text, for reading it takes no import that a command
would not pay for anyway: sqlite3 costs more to import than a walk through most histories.
"""

from __future__ import annotations

import os
import re
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MAX_RECORDS: Final = 4096
"""How many paths are remembered; those longest unchanged are forgotten first."""
MAX_BYTES: Final = 64 * 1024 * 1024
"""How many bytes the records take together; a commit that touched a file takes about 100."""

_SCHEMA: Final = 1
_COMPLETE: Final = "complete"
_PARTIAL: Final = "partial"
_NAME: Final = r"[a-z0-9_.-]{0,100}-[0-9a-f]{8}(?:\.[0-9a-f]{16}\.new)?"


class Touch(NamedTuple):
    """A commit that touched a file and left it there.

    Attributes:
        commit: The commit's object id.
        blob: The object id of the content it left.
        version: The version in that content, as text; empty where it has no valid one.
    """

    commit: str
    blob: str
    version: str


class Record(NamedTuple):
    """A file's history as of one commit.

    Attributes:
        head: The commit's object id.
        touches: Newest first, in the order of ``git log``.
        complete: Whether these are all; else the walk ended early, and they are the newest.
    """

    head: str
    touches: tuple[Touch, ...]
    complete: bool


class RecordStore:
    """Records on disk. Whatever goes wrong with them costs time and nothing else.

    Args:
        common_dir: The git directory that all worktrees share.
    """

    def __init__(self, common_dir: Path) -> None:
        self._directory = common_dir / "prompt-cli" / "history"

    def load(self, paths: Iterable[str]) -> dict[str, Record]:
        """Return the records of those paths, below the top of the worktree, that have one that can be read."""
        loaded = ((path, self._load(path)) for path in paths)
        return {path: record for path, record in loaded if record is not None}

    def save(self, records: Mapping[str, Record]) -> None:
        """Keep records, where the repository can be written to; none where they are more than would be kept."""
        if len(records) > MAX_RECORDS // 2:
            return
        if self._directory.parent.is_symlink() or self._directory.is_symlink():
            return  # not ours: it leads out of the git directory
        with suppress(OSError):
            self._directory.mkdir(parents=True, exist_ok=True)
            grown = [self._save(path, record) for path, record in records.items()]
            if any(grown):
                self._forget()

    def _load(self, path: str) -> Record | None:
        try:
            heading, _, body = self._file(path).read_bytes().partition(b"\n")
        except OSError:
            return None
        if heading != _heading(body):
            return None
        try:
            return _read(body.decode("ascii"), path)
        except (ValueError, TypeError):  # written by somebody who knows our check sum, and not our form
            return None

    def _save(self, path: str, record: Record) -> bool:
        """Keep a record, and tell whether it is a new path's."""
        body = _written(path, record)
        file = self._file(path)
        is_new = not file.exists()
        new = file.with_name(f"{file.name}.{os.urandom(8).hex()}.new")
        try:
            new.write_bytes(_heading(body) + b"\n" + body)
            new.replace(file)
        finally:
            new.unlink(missing_ok=True)
        return is_new

    def _file(self, path: str) -> Path:
        # The name is for people; the check sum tells paths apart, and a record names its path in full.
        readable = re.sub(r"[^a-z0-9_.-]", ".", path.removesuffix(".yaml").lower())[-100:]
        return self._directory / f"{readable}-{zlib.crc32(os.fsencode(path)):08x}"

    def _forget(self) -> None:
        with os.scandir(self._directory) as entries:
            ours = [(entry.stat(follow_symlinks=False), entry.name) for entry in entries if _is_ours(entry.name)]
        left = MAX_BYTES
        for number, (stat, name) in enumerate(sorted(ours, key=lambda one: one[0].st_mtime_ns, reverse=True)):
            left -= stat.st_size
            if number >= MAX_RECORDS or left < 0:
                (self._directory / name).unlink(missing_ok=True)


def _is_ours(name: str) -> bool:
    return re.fullmatch(_NAME, name) is not None


def _heading(body: bytes) -> bytes:
    # Versions are read by this release's rules, so another release's record is no use.
    return f"prompt-cli history {_SCHEMA} {__version__} {zlib.crc32(body):08x}".encode("ascii")


def _written(path: str, record: Record) -> bytes:
    lines = [os.fsencode(path).hex(), record.head, _COMPLETE if record.complete else _PARTIAL]
    lines += [" ".join(touch) for touch in record.touches]
    return "\n".join(lines).encode("ascii")


def _read(body: str, path: str) -> Record | None:
    named, head, extent, *lines = body.split("\n")
    if named != os.fsencode(path).hex():
        return None
    return Record(head, tuple([Touch(*line.split(" ")) for line in lines]), complete=extent == _COMPLETE)
