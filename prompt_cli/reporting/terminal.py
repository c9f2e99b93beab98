"""Untrusted text made safe for a terminal, parts of reports with styles, and JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

# Directions that reorder displayed text ("Trojan Source", CVE-2021-42574): the isolates and overrides of UAX #9.
_BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
# C0 and C1 controls without tab and newline, and the separators that many programs take for line breaks.
_CONTROLS = (*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0))
_SEPARATORS = (0x2028, 0x2029)
_ESCAPES: Mapping[int, str] = {
    **{code: f"\\x{code:02x}" for code in _CONTROLS},
    **{code: f"\\u{code:04x}" for code in (*_BIDI, *_SEPARATORS)},
}
_JSON_ESCAPES = {code: f"\\u{code:04x}" for code in _ESCAPES}
_JOINERS = frozenset("\t\u200c\u200d")

UNSAFE = frozenset(map(chr, _ESCAPES))
"""The characters that control a terminal."""


def visible(text: str) -> str:
    r"""Return a text with characters that control a terminal as escapes: ``\x1b[31m``, ``\u202e``."""
    return text if text.isascii() and text.isprintable() else text.translate(_ESCAPES)


def one_line(text: str) -> str:
    r"""Return a `visible` text on one line, with line breaks and tabs as escapes too."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def escape_invisible(text: str) -> str:
    r"""Return a text with invisible characters as escapes: ``\u200b``.

    Tabs and joiners stay unless there is nothing visible beside them.
    """
    allowed = frozenset() if is_blank(text) else _JOINERS
    return "".join(
        one if one.isprintable() or one in allowed else one.encode("unicode_escape").decode("ascii") for one in text
    )


def is_blank(text: str) -> bool:
    """Return whether no character of a text is visible."""
    return not any(one.isprintable() and one != " " for one in text)


def columns(text: str) -> int:
    """Return the columns of a text without control characters on a terminal."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # most text is ASCII

    return cell_len(text)


class StyledText(NamedTuple):
    """A part of a line, `visible`, with the name of a style: ``old``, ``new``, ``title``, ``place`` or ``warning``."""

    text: str
    style: str = ""


Line: TypeAlias = tuple[StyledText, ...]
"""A line of a report."""


class Table(NamedTuple):
    """A table of a report; on a terminal, its last column wraps."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str | StyledText]]
    shortened: str = ""  # the heading of a column that a terminal shows cut, to leave room for the last one


class Code(NamedTuple):
    """Lines in a language (``yaml``, ``diff`` or ``findings``), `visible`."""

    text: str
    language: str


Block: TypeAlias = "Sequence[Line] | Table | Code"
"""A block of a report, with an empty line to the next. A pipe gets the text, a terminal a drawing."""


def line(text: str, style: str = "") -> Line:
    """Return a line in one style."""
    return (StyledText(text, style),)


def plain_text(blocks: Iterable[Block]) -> str:
    """Return blocks of a report as text, without styles."""
    return "\n".join(map(_plain, blocks))


def _plain(block: Block) -> str:
    match block:
        case Table(headings, rows):
            texts = [[cell if isinstance(cell, str) else cell.text for cell in row] for row in rows]
            *padded, last = [_clean(column) for column in zip(headings, *texts, strict=True)]
            return "".join([f"{'  '.join(row).rstrip()}\n" for row in zip(*map(_pad, padded), last, strict=True)])
        case Code(text):
            return f"{text}\n"
        case lines:
            return "".join(f"{''.join(text for text, _ in one)}\n" for one in lines)


def _clean(column: Sequence[str]) -> Sequence[str]:
    """Return cells on one line each, with terminal controls made visible."""
    # One test of the joined column is much faster for thousands of rows, which rarely need cleaning.
    joined = "\0".join(["", *column, ""])
    is_plain = joined.isascii() and joined.replace("\0", "").isprintable() and joined.count("\0") == len(column) + 1
    if is_plain and not any(spaces in joined for spaces in ("  ", "\0 ", " \0")):
        return column
    return [visible(" ".join(cell.split())) for cell in column]


def _pad(column: Sequence[str]) -> Sequence[str]:
    """Return cells of one width; wide characters count as two columns."""
    if all(map(str.isascii, column)):
        width = max(map(len, column))
        return [cell.ljust(width) for cell in column]
    widths = list(map(columns, column))
    return [cell + " " * (max(widths) - width) for cell, width in zip(column, widths, strict=True)]


def json_text(document: Mapping[str, object]) -> str:
    """Return a JSON document with its keys in order; characters that control a terminal are JSON escapes."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False).translate(_JSON_ESCAPES) + "\n"
