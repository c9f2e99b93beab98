"""What was learned of a file's history: for one commit, which of those it reaches touched the file.

A record belongs to one path, and says for one commit, HEAD at the time, which of the commits reachable from it touched
the file, and the version each left in it. Its keys are git's own ids, so it cannot become stale; where ids do not tell
the whole story (shallow clones, replace refs, grafts) none is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from prompt_cli.cache import Cache

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_KIND: Final = "history"


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
    """Records in the cache.

    Args:
        common_dir: The git directory that all worktrees share.
    """

    def __init__(self, common_dir: Path) -> None:
        self._cache = Cache.in_repository(common_dir)
        self._repository = str(common_dir)

    def load(self, paths: Iterable[str]) -> dict[str, Record]:
        """Return the cached records of paths below the top of the worktree."""
        loaded = ((path, _decode(self._cache.get(_KIND, self._key(path)))) for path in paths)
        return {path: record for path, record in loaded if record is not None}

    def save(self, records: Mapping[str, Record]) -> None:
        """Cache records."""
        self._cache.put_many(_KIND, {self._key(path): record for path, record in records.items()})

    def _key(self, path: str) -> str:
        return f"{self._repository}\0{path}"


def _decode(data: Any) -> Record | None:  # noqa: ANN401 - JSON
    """Return the record that data stands for; None where it has another shape."""
    try:
        head, rows, complete = data
        touches = tuple([Touch(commit, blob, version) for commit, blob, version in rows])
    except (TypeError, ValueError):
        return None
    words = [head, *(word for touch in touches for word in touch)]
    if type(complete) is not bool or not all(type(word) is str for word in words):
        return None
    # They become arguments of git: an object id never is an option.
    ids = [head, *(one for touch in touches for one in (touch.commit, touch.blob))]
    return Record(head, touches, complete) if all(map(str.isalnum, ids)) else None
