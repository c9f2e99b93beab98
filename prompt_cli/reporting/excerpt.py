"""A line of a file, with a mark under the part that is meant."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from prompt_cli.reporting.visible import columns, is_blank, spelled, visible

if TYPE_CHECKING:
    from prompt_cli.errors import Region

_TAB = 4
_WIDEST = 160


def excerpt(text: str, region: Region) -> str:
    """Quote the first line of a region and mark the region under it; empty where the text has no such line.

    Args:
        text: The file's text.
        region: What to mark; of a region of several lines the rest of the first is marked.
    """
    lines = _lines(text)
    if region.line > len(lines):
        return ""
    line = lines[region.line - 1].removesuffix("\r")
    start = region.column - 1
    end = region.end_column - 1 if region.end_line == region.line else len(line)
    if (marked := line[start:end]).strip() and is_blank(marked):
        # What nobody sees is what it is about.
        line = f"{line[:start]}{spelled(marked)}{line[end:]}"
        end = start + len(spelled(marked))
    line, start, end = _window(line, start, max(end, start + 1))
    number = str(region.line)
    margin = " " * len(number)
    before = columns(visible(line[:start].expandtabs(_TAB)))
    width = max(1, columns(visible(line[:end].expandtabs(_TAB))) - before)
    return f"{number} | {visible(line.expandtabs(_TAB))}\n{margin} | {' ' * before}{'^' * width}"


@lru_cache(1)
def _lines(text: str) -> list[str]:
    """Part a text; findings come file by file, and a file may have thousands of them."""
    return text.split("\n")


def _window(line: str, start: int, end: int) -> tuple[str, int, int]:
    """Cut a very long line down to what surrounds the mark."""
    if len(line) <= _WIDEST:
        return line, start, end
    first = max(0, start - _WIDEST // 4)
    cut = ("..." if first else "") + line[first : first + _WIDEST] + ("..." if first + _WIDEST < len(line) else "")
    shift = (3 if first else 0) - first
    return cut, start + shift, min(end + shift, len(cut))
