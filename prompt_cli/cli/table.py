"""Tables: aligned columns in a pipe, fitted to the window on a terminal."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from prompt_cli.reporting.terminal import columns, visible

if TYPE_CHECKING:
    from collections.abc import Sequence


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Set rows in columns; empty where there are none.

    On a terminal what does not fit of the last column is cut, and wide characters count as two.
    """
    if not rows:
        return ""
    *padded, last = [_cleaned(column) for column in zip(headings, *rows, strict=True)]
    cells = zip(*map(_padded, padded), last, strict=True)
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    return "".join([f"{_fitting('  '.join(row).rstrip(), room)}\n" for row in cells])


def _cleaned(column: Sequence[str]) -> Sequence[str]:
    """Return cells, each on one line and without what a terminal would obey."""
    # Looked at as a whole first: a table may have thousands of rows, and there is rarely anything to clean.
    whole = "\0".join(["", *column, ""])
    is_plain = whole.isascii() and whole.replace("\0", "").isprintable() and whole.count("\0") == len(column) + 1
    if is_plain and not any(spaces in whole for spaces in ("  ", "\0 ", " \0")):
        return column
    return [visible(" ".join(cell.split())) for cell in column]


def _padded(column: Sequence[str]) -> Sequence[str]:
    if all(map(str.isascii, column)):
        width = max(map(len, column))
        return [cell.ljust(width) for cell in column]
    widths = list(map(columns, column))
    return [cell + " " * (max(widths) - width) for cell, width in zip(column, widths, strict=True)]


def _fitting(line: str, room: int | None) -> str:
    if room is None or columns(line) <= room:
        return line
    from rich.cells import set_cell_size  # only a terminal needs it

    return set_cell_size(line, room - 1) + "…"
