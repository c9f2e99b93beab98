"""Differences between two texts: line by line in hunks, and word by word within similar lines."""

from __future__ import annotations

import re
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.reporting.sequence_diff import PatienceMatcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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
    last_newline: Mark | None
    """The only side that ends with a newline; None if neither or both do."""


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
    bags = [_bag(line) for line in new]
    scored = [(-_similarity(_bag(line), bag), i, j) for i, line in enumerate(old) for j, bag in enumerate(bags)]
    pairs: list[tuple[int, int]] = []
    for score, i, j in sorted(scored):
        if -score >= _MIN_SHARED and all((i < m and j < n) or (i > m and j > n) for m, n in pairs):
            pairs.append((i, j))
    return sorted(pairs)


def _bag(line: str) -> Counter[str]:
    """Count the words of a line, up to a bound."""
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
        before = "".join(old[start:end])
        yield from (
            [Segment(Mark.SAME, before)] if kind == "equal" else _replace(before, "".join(new[new_start:new_end]))
        )


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
