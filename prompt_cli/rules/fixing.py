"""How findings are mended: fixes made of as few edits as will do."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from prompt_cli.domain.findings import Edit, Fix
from prompt_cli.errors import StorageError

if TYPE_CHECKING:
    from prompt_cli.errors import DataPath, Problem
    from prompt_cli.rules.subject import Subject
    from prompt_cli.storage.loader import LoadedPrompt
    from prompt_cli.yaml.nodes import Lines


def scalar_fix(loaded: LoadedPrompt, path: DataPath, text: str) -> Fix | None:
    """Return the fix that puts a text in the place of a scalar; None where that cannot be changed alone."""
    if loaded.source is None:
        return None
    try:
        new = loaded.source.replace_scalar(path, text)
    except StorageError:
        return None
    edit = edit_between(loaded.source.text, new.text, loaded.source.lines)
    return Fix(f"make it {text}", (edit,))


def fix_id(subject: Subject, _problem: Problem) -> Fix | None:
    """Return the fix that makes an id what the file's path says."""
    return scalar_fix(subject.resolved.loaded, ("id",), subject.id)


def edit_between(old: str, new: str, lines: Lines) -> Edit:
    """Return the one edit that makes a text of another.

    Args:
        old: The text.
        new: What it becomes.
        lines: The lines of the old text.
    """
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    return Edit(lines.region(start, len(old) - end), new[start : len(new) - end])


def _alike(left: str, right: str) -> int:
    """Count the characters at the beginning of two texts that are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))
