r"""Comparisons of prompts as text.

In one column a line is ``  unchanged``, ``- removed``, ``+ added`` or ``~ changed [-old-]{+new+}``, with the marks of
git's ``--word-diff=plain``; a line that begins with ``\`` is a note.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.changes.comparison import PromptComparison, Verdict
from prompt_cli.domain.version import Level
from prompt_cli.errors import format_path
from prompt_cli.reporting.line_diff import line_diff
from prompt_cli.reporting.summary import Section, name, sections, sign, signature, summary, values, verdict
from prompt_cli.reporting.terminal import Style, columns, escape_invisible, one_line, paint, visible
from prompt_cli.reporting.text_pairs import rendered_texts, texts
from prompt_cli.reporting.word_diff import Mark, Segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from prompt_cli.changes.comparison import RenderedComparison
    from prompt_cli.domain.change import Change
    from prompt_cli.reporting.line_diff import Row
    from prompt_cli.reporting.text_pairs import TextPair


class TerminalOptions(NamedTuple):
    """The terminal that a report is drawn for.

    Attributes:
        colour: Whether to use colours.
        width: The columns of the terminal; None for a pipe, where lines are not broken.
    """

    colour: bool = False
    width: int | None = None

    def paint(self, text: str, style: Style | None) -> str:
        """Return a text in a style, if colours are on."""
        return paint(text, style, colour=self.colour)


PLAIN: Final = TerminalOptions()
"""Options for a pipe."""

_VERDICTS: Final = {
    Verdict.TOO_LOW: Style.OLD,
    Verdict.WENT_DOWN: Style.OLD,
    Verdict.UNJUDGED: Style.WARNING,
    Verdict.SUFFICES: Style.NEW,
    Verdict.NONE_NEEDED: Style.NEW,
}
_SIGNS: Final = {"+": Style.NEW, "-": Style.OLD, "~": Style.WARNING}
_LEVEL_WIDTH: Final = max(len(str(level)) for level in Level)


def comparison_text(comparison: PromptComparison, options: TerminalOptions = PLAIN) -> str:
    """Return the changes of one prompt, below its verdict; text from the prompt is `visible`."""
    return _join(_lines(comparison, options))


def comparisons_text(comparisons: Sequence[PromptComparison], options: TerminalOptions = PLAIN) -> str:
    """Return the changes of several prompts, each below its id, and a line that counts them."""
    blocks = [
        _join([options.paint(heading(one), Style.TITLE), *_lines(one, options)])
        for one in comparisons
        if one.verdict is not Verdict.UNCHANGED
    ]
    return "\n".join([*blocks, f"{options.paint(summary(comparisons), Style.TITLE)}\n"])


def stat_text(comparisons: Sequence[PromptComparison], options: TerminalOptions = PLAIN) -> str:
    """Return a line for each changed prompt with its verdict, and a line that counts them."""
    changed = [one for one in comparisons if one.verdict is not Verdict.UNCHANGED]
    width = max((len(name(one)) for one in changed), default=0)
    lines = [
        f"{name(one):{width}}  {options.paint(one_line(verdict(one)), _VERDICTS.get(one.verdict))}" for one in changed
    ]
    return _join([*lines, options.paint(summary(comparisons), Style.TITLE)])


def rendered_text(comparison: RenderedComparison, options: TerminalOptions = PLAIN) -> str:
    """Return the differences between two rendered prompts; empty if there are none."""
    if comparison.problem:
        return _join([f"could not be rendered: {one_line(comparison.problem)}"])
    return _join(line for pair in rendered_texts(comparison) for line in _text_lines(pair, options))


def heading(comparison: PromptComparison | RenderedComparison) -> str:
    """Return the prompt and the two sides: ``support/triage (HEAD -> working tree)``."""
    prompt = name(comparison) if isinstance(comparison, PromptComparison) else comparison.id
    return one_line(f"{prompt} ({comparison.old.label} -> {comparison.new.label})")


def _join(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _lines(comparison: PromptComparison, options: TerminalOptions) -> Iterator[str]:
    yield options.paint(one_line(verdict(comparison)), _VERDICTS.get(comparison.verdict))
    changes = sections(comparison.changes)
    pairs = texts(comparison)
    for section in Section:
        variables = signature(comparison) if section is Section.SIGNATURE else ()
        if section in changes or variables or (section is Section.TEXT and pairs):
            yield ""
            yield options.paint(section, Style.TITLE)
        yield from (f"  {line}" for line in variables)
        for change in changes.get(section, ()):
            yield from _change_lines(change, options)
        if section is Section.TEXT:
            yield from (line for pair in pairs for line in _text_lines(pair, options))


def _change_lines(change: Change, options: TerminalOptions) -> Iterator[str]:
    mark = sign(change)
    level = f"{change.level!s:{_LEVEL_WIDTH}}"
    yield f"  {options.paint(mark, _SIGNS[mark])} {level}  {one_line(f'{format_path(change.path)}: {change.message}')}"
    if both := values(change):
        yield f"    {'':{_LEVEL_WIDTH}}  {' -> '.join(both)}"


_WIDE: Final = 120  # the columns from which both texts are side by side
_GUTTER: Final = {Mark.SAME: " ", Mark.OLD: "-", Mark.NEW: "+", None: "~"}
_STYLES: Final = {Mark.SAME: None, Mark.OLD: Style.OLD, Mark.NEW: Style.NEW, None: None}


def _text_lines(pair: TextPair, options: TerminalOptions) -> Iterator[str]:
    """Yield the differences between two texts, below a line that names them."""
    diff = line_diff(pair.old, pair.new)
    note = " (whitespace only)" if diff.whitespace_only else ""
    yield options.paint(f"{one_line(pair.heading)}{note}", Style.TITLE)
    is_wide = options.width is not None and options.width >= _WIDE and pair.old is not None and pair.new is not None
    for hunk in diff.hunks:
        yield options.paint(hunk.header, Style.LOCATION)
        for rows in [hunk.rows] if diff.whitespace_only else _split_at_whitespace(hunk.rows):
            yield from _wide_lines(rows, options) if is_wide else (_line(row, options) for row in rows)
            if rows[-1].whitespace_only and not diff.whitespace_only:
                yield options.paint("\\ whitespace only", Style.LOCATION)
    if diff.last_newline is not None:
        yield options.paint(f"\\ only the {diff.last_newline} text ends with a newline", Style.LOCATION)


def _split_at_whitespace(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    """Split rows after each that differs in whitespace only, for a note below it."""
    part: list[Row] = []
    for row in rows:
        part.append(row)
        if row.whitespace_only:
            yield part
            part = []
    if part:
        yield part


class _Piece(NamedTuple):
    """A part of a line, safe for a terminal, with its style."""

    text: str
    style: Style | None


def _line(row: Row, options: TerminalOptions) -> str:
    gutter = _GUTTER[row.mark]
    if row.mark is None:
        text = "".join(options.paint(*piece) for piece in _pieces(row.segments))
        return f"{options.paint(gutter, Style.WARNING)} {text}"
    return options.paint(f"{gutter} {_whole_line(row.segments[0])}".rstrip(" "), _STYLES[row.mark])


def _pieces(segments: Iterable[Segment]) -> Iterator[_Piece]:
    """Yield the parts of a changed line, with marks around removed and added text."""
    for mark, text in segments:
        match mark:
            case Mark.SAME:
                yield _Piece(visible(text), None)
            case Mark.OLD:
                yield _Piece(f"[-{escape_invisible(text)}-]", Style.OLD)
            case Mark.NEW:
                yield _Piece(f"{{+{escape_invisible(text)}+}}", Style.NEW)


def _whole_line(segment: Segment) -> str:
    """Return a line of one text, with its trailing whitespace as escapes, or a line of both texts."""
    mark, text = segment
    if mark is Mark.SAME:
        return visible(text)
    body = text.rstrip(" \t")
    return escape_invisible(body) + text[len(body) :].replace(" ", "\\x20").replace("\t", "\\t")


_SEPARATOR: Final = " | "
_INDENT: Final = "  "
_TAB: Final = 4


class _Cell(NamedTuple):
    """One side of a line, and its columns."""

    pieces: list[_Piece]
    width: int


def _wide_lines(rows: Iterable[Row], options: TerminalOptions) -> Iterator[str]:
    """Yield the old and new rows side by side, on as many lines as the longer one needs."""
    room = ((options.width or _WIDE) - len(_SEPARATOR)) // 2
    for old, new in _pair_rows(rows):
        left, right = _break(_side(old, Mark.OLD), room), _break(_side(new, Mark.NEW), room)
        for one, other in zip_longest(left, right, fillvalue=_Cell([], 0)):
            padding = " " * (room - one.width)
            yield f"{_paint(one, options)}{padding}{_SEPARATOR}{_paint(other, options)}".rstrip(" ")


def _pair_rows(rows: Iterable[Row]) -> Iterator[tuple[Row | None, Row | None]]:
    """Pair removed rows with the added rows after them, and other rows with themselves."""
    removed: list[Row] = []
    for row in rows:
        if row.mark is Mark.OLD:
            removed.append(row)
        elif row.mark is Mark.NEW and removed:
            yield removed.pop(0), row
        else:
            yield from ((one, None) for one in removed)
            removed = []
            yield None if row.mark is Mark.NEW else row, row
    yield from ((one, None) for one in removed)


def _side(row: Row | None, side: Mark) -> Iterator[_Piece]:
    """Yield one side of a row; nothing if the row is missing there."""
    if row is None:
        return
    if row.mark is not None:
        yield _Piece(f"{_GUTTER[row.mark]} {_whole_line(row.segments[0])}", _STYLES[row.mark])
        return
    yield _Piece(f"{_GUTTER[side]} ", _STYLES[side])
    yield from _pieces(segment for segment in row.segments if segment.mark in {side, Mark.SAME})


def _break(pieces: Iterable[_Piece], room: int) -> Iterator[_Cell]:
    """Break a line between characters into cells that fit; all but the first are indented."""
    cell: list[_Piece] = []
    width = 0
    for text, style in pieces:
        expanded, at = text.expandtabs(_TAB), 0
        while at < len(expanded):
            part = _fitting(expanded, at, room - width)
            cell.append(_Piece(part, style))
            width += columns(part)
            at += len(part)
            if at < len(expanded):
                yield _Cell(cell, width)
                cell, width = [_Piece(_INDENT, None)], len(_INDENT)
    if cell:
        yield _Cell(cell, width)


def _fitting(text: str, start: int, room: int) -> str:
    """Return the longest part from `start` that fits."""
    if text.isascii():
        return text[start : start + room]
    end = start
    while end < len(text) and (room := room - columns(text[end])) >= 0:
        end += 1
    return text[start:end]


def _paint(cell: _Cell, options: TerminalOptions) -> str:
    return "".join(options.paint(*piece) for piece in cell.pieces)
