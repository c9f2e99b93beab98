"""What was learned, kept in a file: in the git directory, else in the user's cache directory.

Each line holds what holds in one context: a release of ours with a choice of rules, say. It is JSON, which executes
nothing when it is read, under a check sum; whatever is wrong with the file costs time and nothing else.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prompt_cli.keeping import put, unsealed
from prompt_cli.storage.tree import read_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prompt_cli.storage.discovery import Project

MAX_CONTEXTS: Final = 4
"""How many contexts are remembered; those longest unused are forgotten first."""
MAX_BYTES: Final = 48 << 20
"""How many bytes they take together; a prompt without findings takes about 100."""

_FORM: Final = "prompt-cli results 1"
RESULTS: Final = "results"
"""The file of what checking gave."""


class ResultFile:
    """A file of results.

    Args:
        path: Where it is; None where there is no place for it, and then nothing is kept.
        contexts: How many contexts are remembered; those longest not saved are forgotten first.
        most: How many bytes they take together.
    """

    def __init__(self, path: Path | None, contexts: int = MAX_CONTEXTS, most: int = MAX_BYTES) -> None:
        self._path = path
        self._contexts = contexts
        self._most = most

    @classmethod
    def of_project(
        cls, project: Project, name: str = RESULTS, contexts: int = MAX_CONTEXTS, most: int = MAX_BYTES
    ) -> ResultFile:
        """Return a file of a project by its name: in the git directory where there is one."""
        directory = project.state_directory or _cache_directory()
        return cls(directory / name if directory else None, contexts, most)

    def load(self, context: str) -> Mapping[str, object]:
        """Return what was kept in a context; nothing where that is nothing that can be read."""
        line = next((body for name, body in self.lines() if name == context), None)
        if line is None:
            return {}
        try:
            found: object = json.loads(line)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def save(self, context: str, results: Mapping[str, object]) -> None:
        """Keep results for a context, where the file can be written."""
        self.save_many({context: results})

    def save_many(self, results: Mapping[str, object]) -> None:
        """Keep results by their contexts, where the file can be written."""
        if self._path is None or self._path.parent.is_symlink() or self._path.is_symlink():
            return  # a link is not ours: it leads elsewhere
        own = [(name, json.dumps(one, separators=(",", ":")).encode("ascii")) for name, one in results.items()]
        others = [(name, body) for name, body in self.lines() if name not in results]
        body = _joined([*own, *others][: self._contexts], self._most)
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            put(self._path, body, _FORM)

    def lines(self) -> Iterator[tuple[str, bytes]]:
        """Yield what is kept: each context, and the JSON of its results."""
        try:
            content = read_file(self._path) if self._path else None
        except OSError:
            return
        body = unsealed(content or b"", _FORM)
        if body is None:
            return
        for line in body.split(b"\n"):
            name, _, rest = line.partition(b" ")
            yield name.decode("ascii", "replace"), rest


def _joined(lines: list[tuple[str, bytes]], most: int) -> bytes:
    left, kept = most, list[bytes]()
    for name, body in lines:
        size = len(name) + len(body) + 2
        if size <= left:
            left -= size
            kept.append(name.encode("ascii", "replace") + b" " + body)
    return b"\n".join(kept)


def _cache_directory() -> Path | None:
    """Return where a user's programs keep what can be made again.

    Source: https://specifications.freedesktop.org/basedir-spec/latest/, which says that a relative path is ignored.
    """
    given = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(given):  # noqa: PTH117 - there may be nothing to make a path of
        return Path(given) / "prompt-cli"
    home = os.path.expanduser("~")  # noqa: PTH111 - of a user without one, a Path is an error
    return Path(home) / ".cache" / "prompt-cli" if home != "~" else None
