"""What was learned of files' histories, kept in the repository's common git directory: one file a path.

A file is replaced as a whole: two processes that write the same one both write the truth. It is plain text under a
check sum, for reading it takes no import that a command would not pay for anyway: sqlite3 costs more to import than a
walk through most histories.
"""

from __future__ import annotations

import os
import re
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from prompt_cli import __version__

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
        self._form = f"prompt-cli {kind} {schema}"

    def load(self, path: str) -> bytes | None:
        """Return what is kept for a path, below the top of the worktree, where it is whole and this release's."""
        try:
            heading, _, body = self._file(path).read_bytes().partition(b"\n")
        except OSError:
            return None
        return body if heading == self._heading(body) else None

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
        new = file.with_name(f"{file.name}.{os.urandom(8).hex()}.new")
        try:
            new.write_bytes(self._heading(body) + b"\n" + body)
            new.replace(file)
        finally:
            new.unlink(missing_ok=True)
        return is_new

    def _file(self, path: str) -> Path:
        # The name is for people; the check sum tells paths apart, and what is kept names its path in full.
        readable = re.sub(r"[^a-z0-9_.-]", ".", path.removesuffix(".yaml").lower())[-100:]
        return self._directory / f"{readable}-{zlib.crc32(os.fsencode(path)):08x}"

    def _heading(self, body: bytes) -> bytes:
        # Versions are read by this release's rules, so what another release kept is no use.
        return f"{self._form} {__version__} {zlib.crc32(body):08x}".encode("ascii")

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
