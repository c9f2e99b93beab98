"""Fixes of findings."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from prompt_cli.domain.finding import Edit, Fix
from prompt_cli.errors import StorageError

if TYPE_CHECKING:
    from prompt_cli.errors import DataPath
    from prompt_cli.storage.loader import LoadedPrompt


def scalar_fix(loaded: LoadedPrompt, path: DataPath, text: str) -> Fix | None:
    """Return a fix that replaces a scalar, as the smallest edit; None if the scalar cannot be replaced alone."""
    if loaded.source is None:
        return None
    try:
        new = loaded.source.replace_scalar(path, text).text
    except StorageError:
        return None
    old = loaded.source.text
    start = _shared_prefix(old, new)
    tail = _shared_prefix(old[start:][::-1], new[start:][::-1])
    region = loaded.source.lines.region(start, len(old) - tail)
    return Fix(f"make it {text}", (Edit(region, new[start : len(new) - tail]),))


def _shared_prefix(left: str, right: str) -> int:
    """Return the length of the prefix that two texts share."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))
