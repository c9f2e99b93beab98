"""Tables: aligned columns in a pipe, fitted to the window on a terminal."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from prompt_cli.reporting.visible import columns, visible

if TYPE_CHECKING:
    from collections.abc import Sequence


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Set rows in columns; empty where there are none.

    On a terminal what does not fit of the last column is cut, and wide characters count as two.
    """
    if not rows:
        return ""
    cleaned = [[visible(" ".join(cell.split())) for cell in row] for row in (headings, *rows)]
    widths = [max(map(columns, column)) for column in zip(*cleaned, strict=True)]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    return "".join(f"{_line(row, widths, room)}\n" for row in cleaned)


def _line(row: Sequence[str], widths: Sequence[int], room: int | None) -> str:
    cells = [cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True)]
    line = "  ".join(cells).rstrip()
    if room is None or columns(line) <= room:
        return line
    from rich.cells import set_cell_size  # only a terminal needs it

    return set_cell_size(line, room - 1) + "…"
