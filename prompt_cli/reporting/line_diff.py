"""Hunks: what differs between two texts, with the lines around it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.reporting.sequence_diff import compare
from prompt_cli.reporting.word_diff import LONGEST, Mark, Segment, alike, is_space_alone, word_diff, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prompt_cli.reporting.sequence_diff import Block


CONTEXT: Final = 3
"""How many unchanged lines are shown on each side of what differs."""


class Hunk(NamedTuple):
    """A stretch of two texts with something that differs: blocks of lines, in order."""

    blocks: tuple[Block, ...]

    @property
    def header(self) -> str:
        """Where it is, as unified diffs have it: ``@@ -1,7 +1,8 @@``."""
        first, last = self.blocks[0], self.blocks[-1]
        return f"@@ -{_range(first.old_start, last.old_end)} +{_range(first.new_start, last.new_end)} @@"


def hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[Hunk]:
    """Yield what differs between two sequences of lines, each with the lines around it."""
    open_hunk: list[Block] = []
    blocks = compare(old, new)
    for n, block in enumerate(blocks):
        if not block.equal:
            open_hunk.append(block)
            continue
        length = block.old_end - block.old_start
        last = n == len(blocks) - 1
        if open_hunk and not last and length <= 2 * CONTEXT:
            open_hunk.append(block)
            continue
        if open_hunk:
            yield Hunk((*open_hunk, *_kept(block, 0, min(CONTEXT, length))))
        open_hunk = [] if last else _kept(block, max(0, length - CONTEXT), length)
    if open_hunk:
        yield Hunk(tuple(open_hunk))


def _kept(block: Block, start: int, end: int) -> list[Block]:
    """Cut an equal block; none where nothing is left."""
    if start == end:
        return []
    old, new = block.old_start, block.new_start
    return [block._replace(old_start=old + start, old_end=old + end, new_start=new + start, new_end=new + end)]


def _range(start: int, end: int) -> str:
    """Write a range of lines as unified diffs do: an empty one names the line before it, and one line stands alone."""
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


_MOST_PAIRS: Final = 1024
_MOST_WORK: Final = 200_000
_LINE: Final = 32
_MOST_WORDS: Final = 200
_SIMILAR: Final = 0.3


class Row(NamedTuple):
    """A line: in both texts (all of it SAME), in one (all of it OLD or NEW), or changed.

    Attributes:
        segments: Its parts, in order.
        space_alone: Whether it differs in nothing but spaces.
    """

    segments: tuple[Segment, ...]
    space_alone: bool = False

    @property
    def mark(self) -> Mark | None:
        """Whose line it is; None where it is in both texts, and changed."""
        return self.segments[0].mark if len(self.segments) == 1 else None


class RowHunk(NamedTuple):
    """A stretch of rows, and where it is."""

    header: str
    rows: tuple[Row, ...]


class LineDiff(NamedTuple):
    """What differs between two texts.

    Attributes:
        hunks: The lines that differ, with those around them.
        space_alone: Whether the texts differ in nothing but spaces and line ends.
        last_newline: Which text alone ends with a newline, if one does.
    """

    hunks: tuple[RowHunk, ...]
    space_alone: bool
    last_newline: Mark | None


def line_diff(old: str | None, new: str | None) -> LineDiff:
    """Compare two texts; None is no text, all of the other differs from it."""
    before, after = _lines(old), _lines(new)
    last_newline = None
    if old and new and old.endswith("\n") != new.endswith("\n"):
        last_newline = Mark.OLD if old.endswith("\n") else Mark.NEW
    return LineDiff(tuple(_row_hunks(before, after)), only_spaces(old, new), last_newline)


def only_spaces(old: str | None, new: str | None) -> bool:
    """Tell whether two texts differ, and in nothing but spaces and line ends."""
    if old is None or new is None or old == new:
        return False
    return "".join(old.split()) == "".join(new.split())


def _lines(text: str | None) -> list[str]:
    """Split at newlines alone; other line breaks are characters of a line."""
    return (text or "").removesuffix("\n").split("\n") if text else []


def _row_hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[RowHunk]:
    left = _MOST_WORK  # how many characters may still be compared by words; a line costs something too
    for hunk in hunks(old, new):
        rows: list[Row] = []
        for block in hunk.blocks:
            before, after = old[block.old_start : block.old_end], new[block.new_start : block.new_end]
            if block.equal:
                rows += [_row(Mark.SAME, line) for line in before]
            elif (work := sum(len(line) + _LINE for line in (*before, *after))) <= left:
                left -= work
                rows += _replaced(before, after)
            else:
                rows += [_row(Mark.OLD, line) for line in before] + [_row(Mark.NEW, line) for line in after]
        yield RowHunk(hunk.header, tuple(rows))


def _row(mark: Mark, line: str) -> Row:
    return Row((Segment(mark, line),))


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a replaced block: lines that belong together as one, and what is between them."""
    at_old = at_new = 0
    for i, j in [*_pairs(old, new), (len(old), len(new))]:
        yield from (_row(Mark.OLD, line) for line in old[at_old:i])
        yield from (_row(Mark.NEW, line) for line in new[at_new:j])
        if i < len(old):
            yield from _changed(old[i], new[j])
        at_old, at_new = i + 1, j + 1


def _changed(old: str, new: str) -> Iterator[Row]:
    segments = word_diff(old, new)
    space_alone = is_space_alone(segments)
    if space_alone or (alike(segments) and any(mark is Mark.SAME for mark, _ in segments)):
        yield Row(segments, space_alone)
    else:
        yield from (_row(Mark.OLD, old), _row(Mark.NEW, new))


def _pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pair the lines of a replaced block that are most alike, in order."""
    if len(old) * len(new) > _MOST_PAIRS:
        yield from zip(range(len(old)), range(len(new)), strict=False) if len(old) == len(new) else ()
        return
    before, after = [_bag(line) for line in old], [_bag(line) for line in new]
    best = [[0.0] * (len(new) + 1)]  # best[-1 - i][j]: how much pairs of old[i:] and new[j:] can be alike in all
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
    """Count the words of a line, spaces aside; of a very long one the first."""
    return Counter([word for word in words(line[:LONGEST]) if not word.isspace()][:_MOST_WORDS])


def _similarity(one: Counter[str], other: Counter[str]) -> float:
    """Tell how much two lines have in common: 1 where all, 0 where too little for one to be the other, edited."""
    if not one and not other:
        return 1.0
    ratio = 2 * (one & other).total() / (one.total() + other.total())
    return ratio if ratio >= _SIMILAR else 0.0
