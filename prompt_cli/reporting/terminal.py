"""Text of others, made safe for a terminal."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


# Directions that reorder what a reader sees ("Trojan Source", CVE-2021-42574); the isolates and overrides of UAX #9.
_BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
# C0 and C1 controls, less tab and newline: what a terminal would obey.
_CONTROLS = (*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0))
_VISIBLE: Mapping[int, str] = {
    **{code: f"\\x{code:02x}" for code in _CONTROLS},
    **{code: f"\\u{code:04x}" for code in _BIDI},
}

_SEEN_BESIDE = frozenset("\t\u200c\u200d")

UNSAFE = frozenset(map(chr, _VISIBLE))
"""The characters that a terminal would obey."""


def visible(text: str) -> str:
    r"""Return a text with what a terminal would obey written as escapes: ``\x1b[31m``, ``\u202e``."""
    return text if text.isascii() and text.isprintable() else text.translate(_VISIBLE)


def one_line(text: str) -> str:
    r"""Return a text on one line, its line breaks and tabs written as escapes as well."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def columns(text: str) -> int:
    """Count the columns a text without control characters takes on a terminal."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # most text is ASCII

    return cell_len(text)


def is_blank(text: str) -> bool:
    """Tell whether nobody would see anything of a text."""
    return not any(sign.isprintable() and sign != " " for sign in text)


def spelled(text: str) -> str:
    r"""Return a part that differs, safe for a terminal, and what nobody would see in it by its name: ``\u200b``.

    Tabs, and what joins letters and signs, are named where there is nothing else.
    """
    kept = frozenset() if is_blank(text) else _SEEN_BESIDE
    return "".join(sign if sign.isprintable() or sign in kept else _name(sign) for sign in text)


def _name(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")


_RESET: Final = "\x1b[0m"


class Style(StrEnum):
    """How a part of a report looks: the codes of ECMA-48 that every terminal knows."""

    OLD = "\x1b[31m"
    NEW = "\x1b[32m"
    LOCATION = "\x1b[36m"
    WARNING = "\x1b[33m"
    TITLE = "\x1b[1m"


def paint(text: str, style: Style | None, *, colour: bool = True) -> str:
    """Return a text in a style, as it is where there is no style or no colour; the text has to be `visible`."""
    return text if style is None or not colour or not text else f"{style}{text}{_RESET}"


_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in UNSAFE}


def json_text(document: Mapping[str, object]) -> str:
    """Return a JSON document, its keys in their order.

    What a terminal would obey is escaped as JSON has it, so that the document means the same wherever it is read.
    """
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False).translate(_ESCAPES) + "\n"
