"""Differences between two texts, line by line, in hunks."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.reporting.sequence_diff import compare
from prompt_cli.reporting.word_diff import LONGEST, Mark, Segment, differ_in_whitespace, is_edit, word_diff, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prompt_cli.reporting.sequence_diff import Block


_CONTEXT: Final = 3  # unchanged lines on each side of a difference


class Hunk(NamedTuple):
    """A stretch of two texts with differences: blocks of lines, in order."""

    blocks: tuple[Block, ...]

    @property
    def header(self) -> str:
        """The ranges of lines as in unified diffs: ``@@ -1,7 +1,8 @@``."""
        first, last = self.blocks[0], self.blocks[-1]
        return f"@@ -{_range(first.old_start, last.old_end)} +{_range(first.new_start, last.new_end)} @@"


def hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[Hunk]:
    """Yield the differences between two sequences of lines, with the lines around them."""
    hunk: list[Block] = []
    blocks = compare(old, new)
    for n, block in enumerate(blocks):
        if not block.equal:
            hunk.append(block)
            continue
        length = block.old_end - block.old_start
        is_last = n == len(blocks) - 1
        if hunk and not is_last and length <= 2 * _CONTEXT:
            hunk.append(block)
            continue
        if hunk:
            yield Hunk((*hunk, *_slice(block, 0, min(_CONTEXT, length))))
        hunk = [] if is_last else _slice(block, max(0, length - _CONTEXT), length)
    if hunk:
        yield Hunk(tuple(hunk))


def _slice(block: Block, start: int, end: int) -> list[Block]:
    """Return a part of an equal block; nothing if the part is empty."""
    if start == end:
        return []
    old, new = block.old_start, block.new_start
    return [block._replace(old_start=old + start, old_end=old + end, new_start=new + start, new_end=new + end)]


def _range(start: int, end: int) -> str:
    """Return a range as in unified diffs: an empty one names the line before it, a single line has no length."""
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


class Row(NamedTuple):
    """A line: in both texts (one SAME segment), in one (one OLD or NEW segment), or changed.

    Attributes:
        segments: Its parts, in order.
        whitespace_only: Whether it changed in whitespace only.
    """

    segments: tuple[Segment, ...]
    whitespace_only: bool = False

    @property
    def mark(self) -> Mark | None:
        """The side of the line; None for a changed line."""
        return self.segments[0].mark if len(self.segments) == 1 else None


class RowHunk(NamedTuple):
    """A hunk as rows."""

    header: str
    rows: tuple[Row, ...]


class LineDiff(NamedTuple):
    """The differences between two texts.

    Attributes:
        hunks: The lines that differ, with those around them.
        whitespace_only: Whether the texts differ in whitespace only.
        last_newline: The only side that ends with a newline; None if neither or both do.
    """

    hunks: tuple[RowHunk, ...]
    whitespace_only: bool
    last_newline: Mark | None


def line_diff(old: str | None, new: str | None) -> LineDiff:
    """Compare two texts; None is a missing text, from which all lines of the other differ."""
    last_newline = None
    if old and new and old.endswith("\n") != new.endswith("\n"):
        last_newline = Mark.OLD if old.endswith("\n") else Mark.NEW
    return LineDiff(tuple(_row_hunks(_lines(old), _lines(new))), differ_in_whitespace(old, new), last_newline)


def _lines(text: str | None) -> list[str]:
    """Split a text at newlines; other line breaks are characters of a line."""
    return text.removesuffix("\n").split("\n") if text else []


_WORD_BUDGET: Final = 200_000  # characters compared by words in one diff
_LINE_COST: Final = 32  # characters, for comparing a line at all


def _row_hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[RowHunk]:
    budget = _WORD_BUDGET
    for hunk in hunks(old, new):
        rows: list[Row] = []
        for block in hunk.blocks:
            before, after = old[block.old_start : block.old_end], new[block.new_start : block.new_end]
            if block.equal:
                rows += _rows(Mark.SAME, before)
            elif (cost := sum(len(line) + _LINE_COST for line in (*before, *after))) <= budget:
                budget -= cost
                rows += _replaced_rows(before, after)
            else:
                rows += [*_rows(Mark.OLD, before), *_rows(Mark.NEW, after)]
        yield RowHunk(hunk.header, tuple(rows))


def _rows(mark: Mark, lines: Sequence[str]) -> list[Row]:
    return [Row((Segment(mark, line),)) for line in lines]


def _replaced_rows(old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a replaced block, with similar lines paired."""
    at_old = at_new = 0
    for i, j in [*_pairs(old, new), (len(old), len(new))]:
        yield from _rows(Mark.OLD, old[at_old:i])
        yield from _rows(Mark.NEW, new[at_new:j])
        if i < len(old):
            yield from _changed_rows(old[i], new[j])
        at_old, at_new = i + 1, j + 1


def _changed_rows(old: str, new: str) -> list[Row]:
    segments = word_diff(old, new)
    whitespace_only = differ_in_whitespace(old, new)
    if whitespace_only or (is_edit(segments) and any(mark is Mark.SAME for mark, _ in segments)):
        return [Row(segments, whitespace_only)]
    return [*_rows(Mark.OLD, [old]), *_rows(Mark.NEW, [new])]


_MAX_PAIRS: Final = 1024
_MAX_WORDS: Final = 200
_MIN_SIMILARITY: Final = 0.3


def _pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pair the lines of a replaced block, in order, so that the sum of their similarities is highest."""
    if len(old) * len(new) > _MAX_PAIRS:
        yield from zip(range(len(old)), range(len(new)), strict=False) if len(old) == len(new) else ()
        return
    before, after = [_bag(line) for line in old], [_bag(line) for line in new]
    best = [[0.0] * (len(new) + 1)]  # best[-1 - i][j]: the highest sum for old[i:] and new[j:]
    for bag in reversed(before):
        below, row = best[-1], [0.0] * (len(new) + 1)
        for j in range(len(new) - 1, -1, -1):
            row[j] = max(below[j], row[j + 1], below[j + 1] + _similarity(bag, after[j]))
        best.append(row)
    best.reverse()
    i = j = 0
    while i < len(old) and j < len(new):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            yield i, j
            i, j = i + 1, j + 1


def _bag(line: str) -> Counter[str]:
    """Count the words of a line, up to a bound."""
    return Counter([word for word in words(line[:LONGEST]) if not word.isspace()][:_MAX_WORDS])


def _similarity(one: Counter[str], other: Counter[str]) -> float:
    """Return the share of common words; 0 if it is too low for one line to be an edit of the other."""
    if not one and not other:
        return 1.0
    ratio = 2 * (one & other).total() / (one.total() + other.total())
    return ratio if ratio >= _MIN_SIMILARITY else 0.0
