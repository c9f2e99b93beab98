"""The commit of HEAD, read from the files of refs: one look that starts no process."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_BRANCH = "ref: refs/heads/"
_REWRITING = ("shallow", "info/grafts", "refs/replace", "reftable")
"""Files that say history is not all there, or is shown otherwise than committed, or whose refs only git can read."""


def head_commit(git_directory: Path) -> str | None:
    """Return the object id of HEAD's commit; None where only git can tell, or the id does not tell all of history.

    Source: gitrepository-layout(5).
    """
    try:
        common = _common(git_directory)
        if any((common / name).exists() for name in _REWRITING):
            return None
        packed = _text(common / "packed-refs")
        if " refs/replace/" in packed:
            return None
        head = _text(git_directory / "HEAD").rstrip("\n")
        if head.startswith(_BRANCH):
            name = head.removeprefix("ref: ")
            packed_id = next((line[: -len(name) - 1] for line in packed.split("\n") if line.endswith(f" {name}")), "")
            head = _text(common / name).rstrip("\n") or packed_id
    except OSError:
        return None
    return head if re.fullmatch(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", head) else None


def _common(git_directory: Path) -> Path:
    """Return the git directory that all worktrees share."""
    return git_directory / _text(git_directory / "commondir").rstrip("\n")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return ""
