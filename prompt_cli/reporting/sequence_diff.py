"""Patience diff of two sequences, in bounded time (https://bramcohen.livejournal.com/73318.html).

Items that occur once on both sides are anchors, and the stretches between anchors are compared separately. A stretch
without anchors is compared by its longest common subsequence, within a budget; beyond the budget it counts as replaced.
`difflib` takes quadratic time or worse.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence


_BUDGET: Final = 2_000_000  # pairs of items compared in stretches without anchors, in total
_MAX_STRETCH: Final = 65_536
_MAX_DEPTH: Final = 16


class Block(NamedTuple):
    """A stretch of both sequences, equal or replaced, with exclusive ends."""

    equal: bool
    old_start: int
    old_end: int
    new_start: int
    new_end: int


class _Span(NamedTuple):
    """A stretch to compare; `depth` is the number of times it may still be divided."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int
    depth: int


def compare(old: Sequence[Hashable], new: Sequence[Hashable], *, budget: int = _BUDGET) -> tuple[Block, ...]:
    """Divide two sequences into equal and replaced blocks, in order.

    Args:
        old: The old sequence.
        new: The new sequence.
        budget: The pairs of items to compare in stretches without anchors.
    """
    blocks: list[Block] = []
    at_old = at_new = 0
    for i, j in [*sorted(_matches(old, new, budget)), (len(old), len(new))]:
        if i > at_old or j > at_new:
            blocks.append(Block(False, at_old, i, at_new, j))  # noqa: FBT003 - the fields' names are above
        if i < len(old):
            _add_equal(blocks, i, j)
        at_old, at_new = i + 1, j + 1
    return tuple(blocks)


def _add_equal(blocks: list[Block], i: int, j: int) -> None:
    if blocks and blocks[-1].equal:
        blocks[-1] = blocks[-1]._replace(old_end=i + 1, new_end=j + 1)
    else:
        blocks.append(Block(True, i, i + 1, j, j + 1))  # noqa: FBT003 - as above


def _matches(old: Sequence[Hashable], new: Sequence[Hashable], budget: int) -> Iterator[tuple[int, int]]:
    """Yield the pairs of positions that match, unordered; no two of them cross."""
    todo = [_Span(0, len(old), 0, len(new), _MAX_DEPTH)]
    while todo:
        start, end, new_start, new_end, depth = todo.pop()
        while start < end and new_start < new_end and old[start] == new[new_start]:
            yield start, new_start
            start, new_start = start + 1, new_start + 1
        while start < end and new_start < new_end and old[end - 1] == new[new_end - 1]:
            end, new_end = end - 1, new_end - 1
            yield end, new_end
        span = _Span(start, end, new_start, new_end, depth)
        cells = (end - start) * (new_end - new_start)
        if not cells:
            continue
        if depth and (anchors := _anchors(old, new, span)):
            yield from anchors
            todo += _between(anchors, span)
        elif cells <= min(budget, _MAX_STRETCH):
            budget -= cells
            yield from _longest_common(old, new, span)


def _between(anchors: Sequence[tuple[int, int]], span: _Span) -> Iterator[_Span]:
    start, new_start = span.old_start, span.new_start
    for i, j in [*anchors, (span.old_end, span.new_end)]:
        yield _Span(start, i, new_start, j, span.depth - 1)
        start, new_start = i + 1, j + 1


def _anchors(old: Sequence[Hashable], new: Sequence[Hashable], span: _Span) -> list[tuple[int, int]]:
    """Pair the items that occur once on both sides, and return the longest chain of pairs that do not cross."""
    in_old = _once(old, span.old_start, span.old_end)
    in_new = _once(new, span.new_start, span.new_end)
    pairs = [(i, in_new[item]) for item, i in in_old.items() if item in in_new]
    ends: list[int] = []  # for each length, the lowest position in `new` at which a chain of that length ends
    last: list[int] = []  # the pair at that position
    before: list[int | None] = []  # the pair before each pair in its chain
    for n, (_, j) in enumerate(pairs):
        length = bisect_left(ends, j)
        before.append(last[length - 1] if length else None)
        ends[length : length + 1] = [j]
        last[length : length + 1] = [n]
    chain: list[tuple[int, int]] = []
    at = last[-1] if last else None
    while at is not None:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


def _once(items: Sequence[Hashable], start: int, end: int) -> dict[Hashable, int]:
    """Return the items that occur once in a stretch, in order, with their positions."""
    places: dict[Hashable, int] = {}
    for n in range(start, end):
        places[items[n]] = -1 if items[n] in places else n
    return {item: n for item, n in places.items() if n >= 0}


def _longest_common(old: Sequence[Hashable], new: Sequence[Hashable], span: _Span) -> Iterator[tuple[int, int]]:
    """Yield the pairs of a longest common subsequence, in order."""
    left, right = old[span.old_start : span.old_end], new[span.new_start : span.new_end]
    rows = [[0] * (len(right) + 1)]  # rows[-1 - i][j]: the length for left[i:] and right[j:]
    for item in reversed(left):
        below, row = rows[-1], [0] * (len(right) + 1)
        for j in range(len(right) - 1, -1, -1):
            row[j] = below[j + 1] + 1 if item == right[j] else max(below[j], row[j + 1])
        rows.append(row)
    rows.reverse()
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] == right[j]:
            yield span.old_start + i, span.new_start + j
            i, j = i + 1, j + 1
        elif rows[i + 1][j] >= rows[i][j + 1]:
            i += 1
        else:
            j += 1
