"""What was learned by checking, kept in one file: in the git directory, else in the user's cache directory.

Each line holds what holds in one context: a release of ours with a choice of rules. It is JSON, which executes nothing
when it is read, under a check sum; whatever is wrong with the file costs time and nothing else. It is replaced as a
whole, so two processes that write it at once both leave a whole one, of which the later stays.
"""

from __future__ import annotations

import json
import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prompt_cli.storage.tree import read_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prompt_cli.storage.discovery import Project

MAX_CONTEXTS: Final = 4
"""How many contexts are remembered; those longest unused are forgotten first."""
MAX_BYTES: Final = 48 << 20
"""How many bytes they take together; a prompt without findings takes about 100."""

_FORM: Final = "prompt-cli results 1"
_NAME: Final = "results"


class ResultFile:
    """The file of results.

    Args:
        path: Where it is; None where there is no place for it, and then nothing is kept.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    @classmethod
    def of_project(cls, project: Project) -> ResultFile:
        """Return the file for a project: in its git directory where it has one."""
        directory = project.state_directory or _cache_directory()
        return cls(directory / _NAME if directory else None)

    def load(self, context: str) -> Mapping[str, object]:
        """Return what was kept in a context; nothing where that is nothing that can be read."""
        line = next((body for name, body in self._lines() if name == context), None)
        if line is None:
            return {}
        try:
            found: object = json.loads(line)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def save(self, context: str, results: Mapping[str, object]) -> None:
        """Keep results for a context, where the file can be written."""
        if self._path is None or self._path.parent.is_symlink() or self._path.is_symlink():
            return  # a link is not ours: it leads elsewhere
        own = json.dumps(results, separators=(",", ":")).encode("ascii")
        others = [(name, body) for name, body in self._lines() if name != context]
        body = _joined([(context, own), *others][:MAX_CONTEXTS])
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = self._path.with_name(f"{_NAME}.{os.urandom(8).hex()}.new")
            try:
                new.write_bytes(_heading(body) + b"\n" + body)
                new.replace(self._path)
            finally:
                new.unlink(missing_ok=True)

    def _lines(self) -> Iterator[tuple[str, bytes]]:
        try:
            content = read_file(self._path) if self._path else None
        except OSError:
            return
        heading, _, body = (content or b"").partition(b"\n")
        if heading != _heading(body):
            return
        for line in body.split(b"\n"):
            name, _, rest = line.partition(b" ")
            yield name.decode("ascii", "replace"), rest


def _joined(lines: list[tuple[str, bytes]]) -> bytes:
    left, kept = MAX_BYTES, list[bytes]()
    for name, body in lines:
        left -= len(name) + len(body) + 2
        if left < 0:
            break
        kept.append(name.encode("ascii", "replace") + b" " + body)
    return b"\n".join(kept)


def _heading(body: bytes) -> bytes:
    return f"{_FORM} {zlib.crc32(body):08x}".encode("ascii")


def _cache_directory() -> Path | None:
    """Return where a user's programs keep what can be made again.

    Source: https://specifications.freedesktop.org/basedir-spec/latest/, which says that a relative path is ignored.
    """
    given = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(given):  # noqa: PTH117 - there may be nothing to make a path of
        return Path(given) / "prompt-cli"
    home = os.path.expanduser("~")  # noqa: PTH111 - of a user without one, a Path is an error
    return Path(home) / ".cache" / "prompt-cli" if home != "~" else None
