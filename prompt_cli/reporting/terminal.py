"""Untrusted text made safe for a terminal, colours, and JSON."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


# Directions that reorder displayed text ("Trojan Source", CVE-2021-42574): the isolates and overrides of UAX #9.
_BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
# C0 and C1 controls without tab and newline.
_CONTROLS = (*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0))
_ESCAPES: Mapping[int, str] = {
    **{code: f"\\x{code:02x}" for code in _CONTROLS},
    **{code: f"\\u{code:04x}" for code in _BIDI},
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


class Style(StrEnum):
    """The style of a part of a report: an escape sequence of ECMA-48 that every terminal supports."""

    OLD = "\x1b[31m"
    NEW = "\x1b[32m"
    LOCATION = "\x1b[36m"
    WARNING = "\x1b[33m"
    TITLE = "\x1b[1m"


_RESET: Final = "\x1b[0m"


def paint(text: str, style: Style | None, *, colour: bool = True) -> str:
    """Return a `visible` text in a style; unchanged without a style or without colour."""
    return text if style is None or not colour or not text else f"{style}{text}{_RESET}"


def json_text(document: Mapping[str, object]) -> str:
    """Return a JSON document with its keys in order; characters that control a terminal are JSON escapes."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False).translate(_JSON_ESCAPES) + "\n"
