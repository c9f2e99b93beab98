r"""What differs between two texts as lines to read.

In one column a line is ``  unchanged``, ``- removed``, ``+ added`` or ``~ changed [-here-]{+there+}``, with the marks
of git's ``--word-diff=plain``; a line that begins with ``\`` is ours.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.changes.comparison import Verdict
from prompt_cli.domain.version import Level
from prompt_cli.errors import format_path
from prompt_cli.reporting.line_diff import line_diff
from prompt_cli.reporting.summary import Section, sections, sign, signature, summary, values, verdict
from prompt_cli.reporting.terminal import Style, columns, one_line, paint, spelled, visible
from prompt_cli.reporting.text_pairs import rendered_texts, texts
from prompt_cli.reporting.word_diff import Mark, Segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from prompt_cli.changes.comparison import PromptComparison, RenderedComparison
    from prompt_cli.domain.change import Change
    from prompt_cli.reporting.line_diff import LineDiff, Row
    from prompt_cli.reporting.text_pairs import TextPair


WIDE: Final = 120
"""From how many columns on both texts are shown, side by side."""

_GUTTER: Final = {Mark.SAME: " ", Mark.OLD: "-", Mark.NEW: "+", None: "~"}
_STYLES: Final = {Mark.SAME: None, Mark.OLD: Style.OLD, Mark.NEW: Style.NEW, None: None}
_SPACE_ALONE: Final = "\\ whitespace only"


class TerminalOptions(NamedTuple):
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


PLAIN: Final = TerminalOptions()
"""For a pipe."""


def text_rows(pair: TextPair, look: TerminalOptions) -> Iterator[str]:
    """Yield what differs between two texts, below a line that names them."""
    found = line_diff(pair.old, pair.new)
    yield look.paint(f"{one_line(pair.heading)}{' (whitespace only)' if found.space_alone else ''}", Style.TITLE)
    wide = look.width if pair.old is not None and pair.new is not None else None
    for hunk in found.hunks:
        yield look.paint(hunk.header, Style.LOCATION)
        for stretch in _stretches(hunk.rows, quiet=found.space_alone):
            if wide is not None and wide >= WIDE:
                yield from _wide(stretch, look, wide)
            else:
                yield from (_line(row, look) for row in stretch)
            if stretch[-1].space_alone and not found.space_alone:
                yield look.paint(_SPACE_ALONE, Style.LOCATION)
    yield from (look.paint(note, Style.LOCATION) for note in _notes(found))


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


def _line(row: Row, look: TerminalOptions) -> str:
    gutter = _GUTTER[row.mark]
    if row.mark is None:
        return f"{look.paint(gutter, Style.WARNING)} " + "".join(look.paint(*piece) for piece in pieces(row.segments))
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


def _wide(rows: Iterable[Row], look: TerminalOptions, width: int) -> Iterator[str]:
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


def _left_over(rows: Iterable[Row], look: TerminalOptions, width: int) -> Iterator[str]:
    for row in rows:
        yield from side_by_side(_half(row, Mark.OLD), (), width, colour=look.colour)


def _half(row: Row, side: Mark) -> tuple[Piece, ...]:
    """Return a line as one side has it."""
    if row.mark is not None:
        return (Piece(f"{_GUTTER[row.mark]} {_whole(row.segments[0])}", _STYLES[row.mark]),)
    kept = [segment for segment in row.segments if segment.mark in {side, Mark.SAME}]
    return Piece(f"{_GUTTER[side]} ", _STYLES[side]), *pieces(kept)


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


_VERDICTS: Final = {
    Verdict.TOO_LOW: Style.OLD,
    Verdict.WENT_DOWN: Style.OLD,
    Verdict.UNJUDGED: Style.WARNING,
    Verdict.SUFFICES: Style.NEW,
    Verdict.NONE_NEEDED: Style.NEW,
}
_SIGNS: Final = {"+": Style.NEW, "-": Style.OLD, "~": Style.WARNING}
_LEVEL_WIDTH: Final = max(len(str(level)) for level in Level)


def comparison_text(comparison: PromptComparison, look: TerminalOptions = PLAIN) -> str:
    """Return how one prompt differs, the verdict first; every part of it that is not ours is `visible`."""
    return _ended(_lines(comparison, look))


def comparisons_text(comparisons: Sequence[PromptComparison], look: TerminalOptions = PLAIN) -> str:
    """Return how many prompts differ, each below its id, and a line that counts them."""
    blocks = [_ended(_headed(one, look)) for one in comparisons if one.verdict is not Verdict.UNCHANGED]
    return "\n".join([*blocks, f"{look.paint(summary(comparisons), Style.TITLE)}\n"])


def rendered_text(comparison: RenderedComparison, look: TerminalOptions = PLAIN) -> str:
    """Return how what a model would read differs; empty where nothing does."""
    if comparison.problem:
        return _ended([f"could not be rendered: {one_line(comparison.problem)}"])
    return _ended(line for pair in rendered_texts(comparison) for line in text_rows(pair, look))


def heading(comparison: PromptComparison | RenderedComparison) -> str:
    """Name a prompt and what is compared: ``support/triage (HEAD -> working tree)``."""
    return one_line(f"{comparison.id} ({comparison.old.label} -> {comparison.new.label})")


def _headed(comparison: PromptComparison, look: TerminalOptions) -> Iterator[str]:
    yield look.paint(heading(comparison), Style.TITLE)
    yield from _lines(comparison, look)


def _lines(comparison: PromptComparison, look: TerminalOptions) -> Iterator[str]:
    yield look.paint(one_line(verdict(comparison)), _VERDICTS.get(comparison.verdict))
    about = sections(comparison.changes)
    found = texts(comparison)
    for section in Section:
        own = signature(comparison) if section is Section.SIGNATURE else ()
        if section in about or own or (section is Section.TEXT and found):
            yield ""
            yield look.paint(section, Style.TITLE)
        yield from (f"  {line}" for line in own)
        for change in about.get(section, ()):
            yield from _change(change, look)
        if section is Section.TEXT:
            yield from (line for pair in found for line in text_rows(pair, look))


def _change(change: Change, look: TerminalOptions) -> Iterator[str]:
    mark = sign(change)
    level = f"{change.level!s:{_LEVEL_WIDTH}}"
    yield f"  {look.paint(mark, _SIGNS[mark])} {level}  {one_line(f'{format_path(change.path)}: {change.message}')}"
    if shown := values(change):
        yield f"    {'':{_LEVEL_WIDTH}}  {' -> '.join(shown)}"


def _ended(lines: Iterator[str] | Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
