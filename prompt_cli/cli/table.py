"""Tables of aligned columns, truncated to the width of a terminal."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from prompt_cli.reporting.terminal import columns, visible

if TYPE_CHECKING:
    from collections.abc import Sequence


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows in aligned columns; empty without rows.

    On a terminal the last column is truncated to the window; wide characters count as two columns.
    """
    if not rows:
        return ""
    *padded, last = [_clean(column) for column in zip(headings, *rows, strict=True)]
    cells = zip(*map(_pad, padded), last, strict=True)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    return "".join([f"{_truncate('  '.join(row).rstrip(), width)}\n" for row in cells])


def _clean(column: Sequence[str]) -> Sequence[str]:
    """Return cells on one line each, with terminal controls made visible."""
    # One test of the joined column is much faster for thousands of rows, which rarely need cleaning.
    joined = "\0".join(["", *column, ""])
    is_plain = joined.isascii() and joined.replace("\0", "").isprintable() and joined.count("\0") == len(column) + 1
    if is_plain and not any(spaces in joined for spaces in ("  ", "\0 ", " \0")):
        return column
    return [visible(" ".join(cell.split())) for cell in column]


def _pad(column: Sequence[str]) -> Sequence[str]:
    if all(map(str.isascii, column)):
        width = max(map(len, column))
        return [cell.ljust(width) for cell in column]
    widths = list(map(columns, column))
    return [cell + " " * (max(widths) - width) for cell, width in zip(column, widths, strict=True)]


def _truncate(line: str, width: int | None) -> str:
    if width is None or columns(line) <= width:
        return line
    from rich.cells import set_cell_size  # slow to import

    return set_cell_size(line, width - 1) + "…"
