"""Differences between two texts: line by line in hunks, and word by word within similar lines."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from difflib import Match, SequenceMatcher
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

Item = TypeVar("Item", bound="Hashable")

MAX_LINE: Final = 20_000
"""The longest line that is compared by words."""
_MIN_SHARED: Final = 0.3
"""The least share of common words that makes one line an edit of another."""
_MAX_PAIRS: Final = 1024
_MAX_WORDS: Final = 200
_WORD_BUDGET: Final = 200_000  # characters compared by words in one diff
_LINE_COST: Final = 32  # characters, for comparing a line at all

# A word is a tag without spaces, a version, or a run of letters or spaces. Scripts that write no spaces (kana and Han)
# are compared by characters.
_WORD: Final = re.compile(
    r"\{\{[^{}\s]*\}\}|\d+(?:\.\d+)+|[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+|\s+|.", re.DOTALL
)

_BUDGET: Final = 2_000_000  # pairs of items compared in stretches without anchors, in total
_MAX_STRETCH: Final = 65_536


class Mark(StrEnum):
    """The side of a text."""

    SAME = "same"
    OLD = "old"
    NEW = "new"


class Segment(NamedTuple):
    """A part of a line, in both versions of the line or in one."""

    mark: Mark
    text: str


class Row(NamedTuple):
    """A line: in both texts (one SAME segment), in one (one OLD or NEW segment), or changed."""

    segments: tuple[Segment, ...]
    whitespace_only: bool = False

    @property
    def mark(self) -> Mark | None:
        """The side of the line; None for a changed line."""
        return self.segments[0].mark if len(self.segments) == 1 else None


class Hunk(NamedTuple):
    """Lines that differ, with those around them, below a header as in unified diffs."""

    header: str
    rows: tuple[Row, ...]


class LineDiff(NamedTuple):
    """The differences between two texts."""

    hunks: tuple[Hunk, ...]
    whitespace_only: bool
    last_newline: Mark | None  # the only side that ends with a newline; None if neither or both do


def line_diff(old: str | None, new: str | None) -> LineDiff:
    """Compare two texts; None is a missing text, from which all lines of the other differ."""
    last_newline = None
    if old and new and old.endswith("\n") != new.endswith("\n"):
        last_newline = Mark.OLD if old.endswith("\n") else Mark.NEW
    return LineDiff(tuple(_hunks(_lines(old), _lines(new))), differ_in_whitespace(old, new), last_newline)


def opcodes_by_hunk(
    old: Sequence[str], new: Sequence[str]
) -> Iterator[tuple[str, Sequence[tuple[str, int, int, int, int]]]]:
    """Yield the header and the opcodes (as `difflib` has them) of each hunk, which has three lines of context."""
    for opcodes in PatienceMatcher(old, new).get_grouped_opcodes(3):
        _, start, _, new_start, _ = opcodes[0]
        _, _, end, _, new_end = opcodes[-1]
        yield f"@@ -{_range(start, end)} +{_range(new_start, new_end)} @@", opcodes


def _range(start: int, end: int) -> str:
    """Return a range as in unified diffs: an empty one names the line before it, a single line has no length."""
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


def _lines(text: str | None) -> list[str]:
    """Split a text at newlines; other line breaks are characters of a line."""
    return text.removesuffix("\n").split("\n") if text else []


def _hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[Hunk]:
    budget = _WORD_BUDGET
    for header, opcodes in opcodes_by_hunk(old, new):
        rows: list[Row] = []
        for kind, start, end, new_start, new_end in opcodes:
            before, after = old[start:end], new[new_start:new_end]
            if kind == "equal":
                rows += _rows(Mark.SAME, before)
            elif (cost := sum(len(line) + _LINE_COST for line in (*before, *after))) <= budget:
                budget -= cost
                rows += _replaced_rows(before, after)
            else:
                rows += [*_rows(Mark.OLD, before), *_rows(Mark.NEW, after)]
        yield Hunk(header, tuple(rows))


def _rows(mark: Mark, lines: Sequence[str]) -> list[Row]:
    return [Row((Segment(mark, line),)) for line in lines]


def _replaced_rows(old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a replaced stretch, with similar lines paired."""
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
    if whitespace_only or any(mark is Mark.SAME for mark, _ in segments):
        return [Row(segments, whitespace_only)]
    return [*_rows(Mark.OLD, [old]), *_rows(Mark.NEW, [new])]


def _pairs(old: Sequence[str], new: Sequence[str]) -> Sequence[tuple[int, int]]:
    """Pair the lines of a replaced stretch in order, the most similar ones first."""
    if len(old) * len(new) > _MAX_PAIRS:
        return [(n, n) for n in range(len(old))] if len(old) == len(new) else []
    bags = [_count_words(line) for line in new]
    scores = [(-_similarity(_count_words(line), bag), i, j) for i, line in enumerate(old) for j, bag in enumerate(bags)]
    pairs: list[tuple[int, int]] = []
    for score, i, j in sorted(scores):
        if -score >= _MIN_SHARED and all((i < m and j < n) or (i > m and j > n) for m, n in pairs):
            pairs.append((i, j))
    return sorted(pairs)


def _count_words(line: str) -> Counter[str]:
    return Counter([word for word in words(line[:MAX_LINE]) if not word.isspace()][:_MAX_WORDS])


def _similarity(one: Counter[str], other: Counter[str]) -> float:
    """Return the share of common words; of two blank lines, the least that pairs them."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else _MIN_SHARED


def words(line: str) -> list[str]:
    """Split a line into words, spaces and punctuation; joined, they are the line.

    >>> words("Dear {{name}}, hi")
    ['Dear', ' ', '{{name}}', ',', ' ', 'hi']
    """
    return _WORD.findall(line)


def word_diff(old: str, new: str) -> tuple[Segment, ...]:
    """Return the differences between two lines: SAME and OLD segments are the old line, SAME and NEW the new one.

    Lines with little in common, or longer than `MAX_LINE`, are replaced as a whole.
    """
    if max(len(old), len(new)) > MAX_LINE:
        return _replace(old, new)
    segments = tuple(_segments(words(old), words(new)))
    return segments if _is_edit(segments) or differ_in_whitespace(old, new) else _replace(old, new)


def _segments(old: Sequence[str], new: Sequence[str]) -> Iterator[Segment]:
    # Spaces are junk: alone between two edits they do not match, so that the edits become one.
    for kind, start, end, new_start, new_end in PatienceMatcher(old, new, str.isspace).get_opcodes():
        before, after = "".join(old[start:end]), "".join(new[new_start:new_end])
        yield from [Segment(Mark.SAME, before)] if kind == "equal" else _replace(before, after)


def _replace(old: str, new: str) -> tuple[Segment, ...]:
    return tuple(segment for segment in (Segment(Mark.OLD, old), Segment(Mark.NEW, new)) if segment.text)


def _is_edit(segments: Iterable[Segment]) -> bool:
    """Return whether two lines share enough words to read their differences as an edit."""
    counts = dict.fromkeys(Mark, 0)
    for mark, text in segments:
        counts[mark] += sum(not word.isspace() for word in words(text))
    return counts[Mark.SAME] >= _MIN_SHARED * (counts[Mark.SAME] + max(counts[Mark.OLD], counts[Mark.NEW]))


def differ_in_whitespace(old: str | None, new: str | None) -> bool:
    """Return whether two texts differ in whitespace only."""
    if old is None or new is None or old == new:
        return False
    return "".join(old.split()) == "".join(new.split())


class PatienceMatcher(SequenceMatcher[Item]):
    """A matcher for `difflib` in bounded time, by patience diff (https://bramcohen.livejournal.com/73318.html).

    Items that occur once on both sides are anchors. Between anchors, `difflib` compares short stretches; long ones, and
    those beyond the budget, in pairs of items, are replaced. Junk matches only beside other items that do.
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
        in_new = _unique_items(self._new)
        pairs = [(i, in_new[item]) for item, i in _unique_items(self._old).items() if item in in_new]
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


def _unique_items(items: Sequence[Item]) -> dict[Item, int]:
    """Return the items that occur once, in order, with their positions."""
    places: dict[Item, int] = {}
    for n, item in enumerate(items):
        places[item] = -1 if item in places else n
    return {item: n for item, n in places.items() if n >= 0}
