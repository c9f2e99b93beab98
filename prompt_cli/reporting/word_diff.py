"""Differences within a line, word by word."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.reporting.sequence_diff import compare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


LONGEST: Final = 20_000
"""The longest line that is compared by words."""
_BUDGET: Final = 65_536
_MIN_SHARED: Final = 0.3

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


def words(line: str) -> list[str]:
    """Split a line into words, spaces and punctuation; joined, they are the line.

    >>> words("Dear {{name}}, hi")
    ['Dear', ' ', '{{name}}', ',', ' ', 'hi']
    """
    return _WORD.findall(line)


def word_diff(old: str, new: str) -> tuple[Segment, ...]:
    """Return the differences between two lines: SAME and OLD segments are the old line, SAME and NEW the new one.

    Lines with little in common, or longer than `LONGEST`, are replaced as a whole.
    """
    if max(len(old), len(new)) > LONGEST:
        return _replace(old, new)
    segments = tuple(_merge_edits(_segments(old, new)))
    return segments if is_edit(segments) or differ_in_whitespace(old, new) else _replace(old, new)


def is_edit(segments: Iterable[Segment]) -> bool:
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


def _replace(old: str, new: str) -> tuple[Segment, ...]:
    return tuple(segment for segment in (Segment(Mark.OLD, old), Segment(Mark.NEW, new)) if segment.text)


def _segments(old: str, new: str) -> Iterator[Segment]:
    old_words, new_words = words(old), words(new)
    for block in compare(old_words, new_words, budget=_BUDGET):
        before = "".join(old_words[block.old_start : block.old_end])
        after = "".join(new_words[block.new_start : block.new_end])
        yield from [Segment(Mark.SAME, before)] if block.equal else _replace(before, after)


def _merge_edits(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Merge edits with only spaces between them: ``[-two words-]{+three other words+}``."""
    old = new = space = ""
    for mark, text in segments:
        if mark is Mark.SAME and not text.isspace():
            yield from _edit(old, new, space)
            yield Segment(mark, text)
            old = new = space = ""
        elif mark is Mark.SAME:
            space = text
        else:
            # A space at the start of the line or after equal text is not between two edits.
            if space and not (old or new):
                yield Segment(Mark.SAME, space)
            elif space:
                old, new = old + space, new + space
            space = ""
            old, new = (old + text, new) if mark is Mark.OLD else (old, new + text)
    yield from _edit(old, new, space)


def _edit(old: str, new: str, space: str) -> Iterator[Segment]:
    yield from _replace(old, new)
    if space:
        yield Segment(Mark.SAME, space)
