"""What was learned of files' histories, kept in the repository's common git directory: one file a path.

It is plain text, for reading it takes no import that a command would not pay for anyway: sqlite3 costs more to import
than a walk through most histories.
"""

from __future__ import annotations

import os
import re
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from prompt_cli import __version__
from prompt_cli.keeping import put, unsealed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAX_FILES: Final = 4096
"""How many paths are remembered of a kind; those longest unchanged are forgotten first."""
MAX_BYTES: Final = 64 * 1024 * 1024
"""How many bytes these files take together."""

_NAME: Final = r"[a-z0-9_.-]{0,100}-[0-9a-f]{8}(?:\.[0-9a-f]{16}\.new)?"


class KeptFiles:
    """Texts on disk by paths. Whatever goes wrong with them costs time and nothing else.

    Args:
        common_dir: The git directory that all worktrees share.
        kind: What is kept: the name of the directory it is kept in.
        schema: The number of its form.
    """

    def __init__(self, common_dir: Path, kind: str, schema: int) -> None:
        self._directory = common_dir / "prompt-cli" / kind
        # Versions are read by this release's rules, so what another release kept is no use.
        self._form = f"prompt-cli {kind} {schema} {__version__}"

    def exists(self) -> bool:
        """Tell whether anything was kept."""
        return self._directory.is_dir()

    def load(self, path: str) -> bytes | None:
        """Return what is kept for a path, below the top of the worktree, where it is whole and this release's."""
        try:
            return unsealed(self._file(path).read_bytes(), self._form)
        except OSError:
            return None

    def save(self, bodies: Mapping[str, bytes]) -> None:
        """Keep texts, where the repository can be written to; none where they are more than would be kept."""
        if len(bodies) > MAX_FILES // 2:
            return
        if self._directory.parent.is_symlink() or self._directory.is_symlink():
            return  # not ours: it leads out of the git directory
        with suppress(OSError):
            self._directory.mkdir(parents=True, exist_ok=True)
            grown = [self._save(path, body) for path, body in bodies.items()]
            if any(grown):
                self._forget()

    def _save(self, path: str, body: bytes) -> bool:
        """Keep a text, and tell whether it is a new path's."""
        file = self._file(path)
        is_new = not file.exists()
        put(file, body, self._form)
        return is_new

    def _file(self, path: str) -> Path:
        # The name is for people; the check sum tells paths apart, and what is kept names its path in full.
        readable = re.sub(r"[^a-z0-9_.-]", ".", path.removesuffix(".yaml").lower())[-100:]
        return self._directory / f"{readable}-{zlib.crc32(os.fsencode(path)):08x}"

    def _forget(self) -> None:
        with os.scandir(self._directory) as entries:
            ours = [(entry.stat(follow_symlinks=False), entry.name) for entry in entries if _is_ours(entry.name)]
        left = MAX_BYTES
        for number, (stat, name) in enumerate(sorted(ours, key=lambda one: one[0].st_mtime_ns, reverse=True)):
            left -= stat.st_size
            if number >= MAX_FILES or left < 0:
                (self._directory / name).unlink(missing_ok=True)


def _is_ours(name: str) -> bool:
    return re.fullmatch(_NAME, name) is not None
