"""Patience diff (https://bramcohen.livejournal.com/73318.html); `difflib` alone takes quadratic time or worse."""

from __future__ import annotations

from bisect import bisect_left
from difflib import Match, SequenceMatcher
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

Item = TypeVar("Item", bound="Hashable")

_BUDGET: Final = 2_000_000  # pairs of items compared in stretches without anchors, in total
_MAX_STRETCH: Final = 65_536


class PatienceMatcher(SequenceMatcher[Item]):
    """A matcher for `difflib` in bounded time.

    Items that occur once on both sides are anchors. Between anchors, `difflib` compares short stretches; long ones, and
    those beyond the budget, are replaced.

    Args:
        old: The old sequence.
        new: The new sequence.
        is_junk: Returns whether an item matches only beside other items that do.
        budget: The pairs of items to compare in stretches without anchors.
    """

    def __init__(
        self,
        old: Sequence[Item],
        new: Sequence[Item],
        is_junk: Callable[[Item], bool] | None = None,
        *,
        budget: int = _BUDGET,
    ) -> None:
        super().__init__(is_junk, old, new, autojunk=False)
        self._old, self._new, self._is_junk, self._budget = old, new, is_junk, budget

    def get_matching_blocks(self) -> list[Match]:
        """Return the equal stretches in order, and an empty one at the end; the opcodes follow from them."""
        blocks: list[Match] = []
        for match in self._matches():
            last = blocks[-1] if blocks else Match(0, 0, 0)
            if blocks and (last.a + last.size, last.b + last.size) == match[:2]:
                blocks[-1] = last._replace(size=last.size + match.size)
            elif match.size:
                blocks.append(match)
        return [*blocks, Match(len(self._old), len(self._new), 0)]

    def _matches(self) -> Iterator[Match]:
        start = new_start = 0
        for end, new_end in self._anchors():
            yield from self._stretch(start, end, new_start, new_end)
            yield Match(end, new_end, 1)
            start, new_start = end + 1, new_end + 1
        yield from self._stretch(start, len(self._old), new_start, len(self._new))

    def _stretch(self, start: int, end: int, new_start: int, new_end: int) -> Iterator[Match]:
        """Yield the matches between two anchors: at both ends, then those that `difflib` finds."""
        old, new = self._old, self._new
        while start < end and new_start < new_end and old[start] == new[new_start]:
            yield Match(start, new_start, 1)
            start, new_start = start + 1, new_start + 1
        tail = 0
        while start < end and new_start < new_end and old[end - 1] == new[new_end - 1]:
            end, new_end, tail = end - 1, new_end - 1, tail + 1
        cells = (end - start) * (new_end - new_start)
        if 0 < cells <= min(self._budget, _MAX_STRETCH):
            self._budget -= cells
            inner = SequenceMatcher(self._is_junk, old[start:end], new[new_start:new_end], autojunk=False)
            yield from (Match(start + i, new_start + j, size) for i, j, size in inner.get_matching_blocks())
        yield Match(end, new_end, tail)

    def _anchors(self) -> list[tuple[int, int]]:
        """Return the longest chain of anchors that do not cross."""
        in_new = _once(self._new)
        pairs = [(i, in_new[item]) for item, i in _once(self._old).items() if item in in_new]
        if self._is_junk:
            pairs = [pair for pair in pairs if not self._is_junk(self._old[pair[0]])]
        ends: list[int] = []  # for each length, the lowest new position at which a chain of that length ends
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


def _once(items: Sequence[Item]) -> dict[Item, int]:
    """Return the items that occur once, in order, with their positions."""
    places: dict[Item, int] = {}
    for n, item in enumerate(items):
        places[item] = -1 if item in places else n
    return {item: n for item, n in places.items() if n >= 0}
