r"""What differs between two texts as lines to read.

In one column a line is ``  unchanged``, ``- removed``, ``+ added`` or ``~ changed [-here-]{+there+}``, with the marks
of git's ``--word-diff=plain``; a line that begins with ``\`` is ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.reporting.lines import line_diff
from prompt_cli.reporting.painting import Style, paint
from prompt_cli.reporting.side_by_side import Piece, side_by_side
from prompt_cli.reporting.visible import one_line, spelled, visible
from prompt_cli.reporting.words import Mark, Segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from prompt_cli.reporting.lines import LineDiff, Row
    from prompt_cli.reporting.texts import TextPair

WIDE: Final = 120
"""From how many columns on both texts are shown, side by side."""

_GUTTER: Final = {Mark.SAME: " ", Mark.OLD: "-", Mark.NEW: "+", None: "~"}
_STYLES: Final = {Mark.SAME: None, Mark.OLD: Style.OLD, Mark.NEW: Style.NEW, None: None}
_SPACE_ALONE: Final = "\\ whitespace only"


class Look(NamedTuple):
    """For whom a report is drawn.

    Attributes:
        colour: Whether there are colours.
        width: How many columns a terminal has; None in a pipe, where no line is broken.
    """

    colour: bool = False
    width: int | None = None

    def paint(self, text: str, style: Style | None) -> str:
        """Return a text in a style, where there are colours."""
        return paint(text, style, colour=self.colour)


PLAIN: Final = Look()
"""For a pipe."""


def text_rows(pair: TextPair, look: Look) -> Iterator[str]:
    """Yield what differs between two texts, below a line that names them."""
    found = line_diff(pair.old, pair.new)
    yield look.paint(f"{one_line(pair.heading)}{' (whitespace only)' if found.space_alone else ''}", Style.TITLE)
    wide = look.width if pair.old is not None and pair.new is not None else None
    for hunk in found.hunks:
        yield look.paint(hunk.header, Style.PLACE)
        for stretch in _stretches(hunk.rows, quiet=found.space_alone):
            if wide is not None and wide >= WIDE:
                yield from _wide(stretch, look, wide)
            else:
                yield from (_line(row, look) for row in stretch)
            if stretch[-1].space_alone and not found.space_alone:
                yield look.paint(_SPACE_ALONE, Style.PLACE)
    yield from (look.paint(note, Style.PLACE) for note in _notes(found))


def _stretches(rows: Iterable[Row], *, quiet: bool) -> Iterator[Sequence[Row]]:
    """Divide rows after each that is to be said to differ in spaces alone; `quiet` where all do and it is said once."""
    stretch: list[Row] = []
    for row in rows:
        stretch.append(row)
        if row.space_alone and not quiet:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def pieces(segments: Iterable[Segment]) -> Iterator[Piece]:
    """Yield the parts of a changed line with marks around what was removed and added."""
    for mark, text in segments:
        match mark:
            case Mark.SAME:
                yield Piece(visible(text), None)
            case Mark.OLD:
                yield Piece(f"[-{spelled(text)}-]", Style.OLD)
            case Mark.NEW:
                yield Piece(f"{{+{spelled(text)}+}}", Style.NEW)


def _line(row: Row, look: Look) -> str:
    gutter = _GUTTER[row.mark]
    if row.mark is None:
        return f"{look.paint(gutter, Style.CARE)} " + "".join(look.paint(*piece) for piece in pieces(row.segments))
    return look.paint(f"{gutter} {_whole(row.segments[0])}".rstrip(" "), _STYLES[row.mark])


def _whole(segment: Segment) -> str:
    """Return a line that is in one text alone, or in both as it is."""
    mark, text = segment
    if mark is Mark.SAME:
        return visible(text)
    kept = text.rstrip(" \t")
    # Spaces at the end would not be seen.
    return spelled(kept) + text[len(kept) :].replace(" ", "\\x20").replace("\t", "\\t")


def _notes(found: LineDiff) -> Iterator[str]:
    if found.last_newline is not None:
        yield f"\\ only the {found.last_newline} text ends with a newline"


def _wide(rows: Iterable[Row], look: Look, width: int) -> Iterator[str]:
    waiting: list[Row] = []  # removed lines, for added ones to be set beside
    for row in rows:
        if row.mark is Mark.OLD:
            waiting.append(row)
        elif row.mark is Mark.NEW and waiting:
            yield from side_by_side(_half(waiting.pop(0), Mark.OLD), _half(row, Mark.NEW), width, colour=look.colour)
        else:
            yield from _left_over(waiting, look, width)
            waiting = []
            left = () if row.mark is Mark.NEW else _half(row, Mark.OLD)
            yield from side_by_side(left, _half(row, Mark.NEW), width, colour=look.colour)
    yield from _left_over(waiting, look, width)


def _left_over(rows: Iterable[Row], look: Look, width: int) -> Iterator[str]:
    for row in rows:
        yield from side_by_side(_half(row, Mark.OLD), (), width, colour=look.colour)


def _half(row: Row, side: Mark) -> tuple[Piece, ...]:
    """Return a line as one side has it."""
    if row.mark is not None:
        return (Piece(f"{_GUTTER[row.mark]} {_whole(row.segments[0])}", _STYLES[row.mark]),)
    kept = [segment for segment in row.segments if segment.mark in {side, Mark.SAME}]
    return Piece(f"{_GUTTER[side]} ", _STYLES[side]), *pieces(kept)
