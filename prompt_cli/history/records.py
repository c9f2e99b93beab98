"""What was learned of a file's history: for one commit, which of those it reaches touched the file.

A record belongs to one path, and says for one commit, HEAD at the time, which of the commits reachable from it touched
the file, and the version each left in it. Its keys are git's own ids, so it cannot become stale; where ids do not tell
the whole story (shallow clones, replace refs, grafts) none is kept.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.history.kept import KeptFiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_SCHEMA: Final = 1
_COMPLETE: Final = "complete"
_PARTIAL: Final = "partial"


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

    def newest(self, version: str) -> Touch | None:
        """Return the newest touch that left the file with a version, as text."""
        return next((touch for touch in self.touches if touch.version == version), None)


class RecordStore:
    """Records on disk. Whatever goes wrong with them costs time and nothing else.

    Args:
        common_dir: The git directory that all worktrees share.
    """

    def __init__(self, common_dir: Path) -> None:
        self._files = KeptFiles(common_dir, "history", _SCHEMA)

    def load(self, paths: Iterable[str]) -> dict[str, Record]:
        """Return the records of those paths, below the top of the worktree, that have one that can be read."""
        loaded = ((path, self._load(path)) for path in paths)
        return {path: record for path, record in loaded if record is not None}

    def save(self, records: Mapping[str, Record]) -> None:
        """Keep records, where the repository can be written to; none where they are more than would be kept."""
        self._files.save({path: _written(path, record) for path, record in records.items()})

    def _load(self, path: str) -> Record | None:
        body = self._files.load(path)
        if body is None:
            return None
        try:
            return _read(body.decode("ascii"), path)
        except (ValueError, TypeError):  # written by somebody who knows our check sum, and not our form
            return None


def _written(path: str, record: Record) -> bytes:
    lines = [os.fsencode(path).hex(), record.head, _COMPLETE if record.complete else _PARTIAL]
    lines += [" ".join(touch) for touch in record.touches]
    return "\n".join(lines).encode("ascii")


def _read(body: str, path: str) -> Record | None:
    named, head, extent, *lines = body.split("\n")
    if named != os.fsencode(path).hex():
        return None
    return Record(head, tuple([Touch(*line.split(" ")) for line in lines]), complete=extent == _COMPLETE)
