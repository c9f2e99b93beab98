"""Quoting a file without what may never be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.yaml.nodes import Lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prompt_cli.errors import Region


def masked(text: str, hidden: Iterable[Region]) -> str:
    """Return a text with stars for every character that may not be shown.

    A log of CI is often readable to more people than the repository: what `validate` warns of, it shall not repeat.
    """
    lines = Lines(text)
    for region in hidden:
        start = lines.index(region.line, region.column)
        end = lines.index(region.end_line, region.end_column)
        stars = "".join(sign if sign in "\r\n" else "*" for sign in text[start:end])
        text = text[:start] + stars + text[end:]
    return text
