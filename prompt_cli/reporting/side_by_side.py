"""Two lines beside each other, broken where they do not fit."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.reporting.painting import Style, paint
from prompt_cli.reporting.visible import columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BETWEEN: Final = " | "
_INDENT: Final = "  "
_TAB: Final = 4


class Piece(NamedTuple):
    """A part of a line, safe for a terminal, and how it looks."""

    text: str
    style: Style | None


class _Line(NamedTuple):
    """A line that fits, and how many columns it takes."""

    pieces: list[Piece]
    taken: int


def side_by_side(left: Iterable[Piece], right: Iterable[Piece], width: int, *, colour: bool) -> Iterator[str]:
    """Yield a line of both sides, and as many more as what does not fit needs.

    Args:
        left: The old line; empty where there is none.
        right: The new line.
        width: The columns there are, for both.
        colour: Whether there are colours.
    """
    room = (width - len(_BETWEEN)) // 2
    for one, other in zip_longest(_broken(left, room), _broken(right, room), fillvalue=_Line([], 0)):
        padded = _painted(one, colour=colour) + " " * (room - one.taken)
        yield f"{padded}{_BETWEEN}{_painted(other, colour=colour)}".rstrip(" ")


def _painted(line: _Line, *, colour: bool) -> str:
    return "".join(paint(text, style, colour=colour) for text, style in line.pieces)


def _broken(pieces: Iterable[Piece], room: int) -> Iterator[_Line]:
    """Break a line between characters, so that each part fits; all but the first are indented."""
    line: list[Piece] = []
    taken = 0
    for text, style in pieces:
        spread, at = text.expandtabs(_TAB), 0
        while at < len(spread):
            fits = _fitting(spread, at, room - taken)
            line.append(Piece(fits, style))
            taken += columns(fits)
            at += len(fits)
            if at < len(spread):
                yield _Line(line, taken)
                line, taken = [Piece(_INDENT, None)], len(_INDENT)
    if line:
        yield _Line(line, taken)


def _fitting(text: str, start: int, room: int) -> str:
    """Return as much of the rest of a text as fits."""
    if text.isascii():
        return text[start : start + room]
    end = start
    while end < len(text) and (room := room - columns(text[end])) >= 0:
        end += 1
    return text[start:end]
