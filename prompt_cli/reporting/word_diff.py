"""What differs within a line, word by word."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.reporting.sequence_diff import compare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


LONGEST: Final = 20_000
"""How long a line may be to be compared by words."""
_BUDGET: Final = 65_536
_ALIKE: Final = 0.3

# A tag without spaces is one word, so is a version, a run of letters or of spaces. Scripts that write no spaces (kana
# and Han) are compared by characters.
_WORD: Final = re.compile(
    r"\{\{[^{}\s]*\}\}|\d+(?:\.\d+)+|[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+|\s+|.", re.DOTALL
)


class Mark(StrEnum):
    """Whose text it is."""

    SAME = "same"
    OLD = "old"
    NEW = "new"


class Segment(NamedTuple):
    """A part of a line: in both versions of it, or in one."""

    mark: Mark
    text: str


def words(line: str) -> list[str]:
    """Divide a line into words, spaces and signs; together they are the line.

    >>> words("Dear {{name}}, hi")
    ['Dear', ' ', '{{name}}', ',', ' ', 'hi']
    """
    return _WORD.findall(line)


def word_diff(old: str, new: str) -> tuple[Segment, ...]:
    """Return what differs between two lines: those of mark SAME and OLD are the old line, SAME and NEW the new one.

    Lines that have little in common, or are too long to be compared by words, are replaced as a whole.
    """
    if max(len(old), len(new)) > LONGEST:
        return _whole(old, new)
    segments = tuple(_joined(_segments(old, new)))
    return segments if alike(segments) or is_space_alone(segments) else _whole(old, new)


def alike(segments: Iterable[Segment]) -> bool:
    """Tell whether enough words are in both lines for the rest to be read as an edit."""
    sizes = dict.fromkeys(Mark, 0)
    for mark, text in segments:
        sizes[mark] += sum(not word.isspace() for word in words(text))
    return sizes[Mark.SAME] >= _ALIKE * (sizes[Mark.SAME] + max(sizes[Mark.OLD], sizes[Mark.NEW]))


def is_space_alone(segments: Iterable[Segment]) -> bool:
    """Tell whether two lines differ, and in nothing but spaces."""
    sides = {Mark.OLD: "", Mark.NEW: ""}
    differs = False
    for mark, text in segments:
        for side in sides:
            sides[side] += "".join(text.split()) if mark in {side, Mark.SAME} else ""
        differs |= mark is not Mark.SAME
    return differs and sides[Mark.OLD] == sides[Mark.NEW]


def _whole(old: str, new: str) -> tuple[Segment, ...]:
    return tuple(segment for segment in (Segment(Mark.OLD, old), Segment(Mark.NEW, new)) if segment.text)


def _segments(old: str, new: str) -> Iterator[Segment]:
    old_words, new_words = words(old), words(new)
    for block in compare(old_words, new_words, budget=_BUDGET):
        before = "".join(old_words[block.old_start : block.old_end])
        after = "".join(new_words[block.new_start : block.new_end])
        yield from [Segment(Mark.SAME, before)] if block.equal else _whole(before, after)


def _joined(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Make one edit of edits that only spaces part: ``[-two words-]{+three other words+}``."""
    old = new = space = ""
    for mark, text in segments:
        if mark is Mark.SAME and not text.isspace():
            yield from _closed(old, new, space)
            yield Segment(mark, text)
            old = new = space = ""
        elif mark is Mark.SAME:
            space = text
        else:
            # A space that begins the line, or follows what is the same, parts no edits.
            if space and not (old or new):
                yield Segment(Mark.SAME, space)
            elif space:
                old, new = old + space, new + space
            space = ""
            old, new = (old + text, new) if mark is Mark.OLD else (old, new + text)
    yield from _closed(old, new, space)


def _closed(old: str, new: str, space: str) -> Iterator[Segment]:
    yield from _whole(old, new)
    if space:
        yield Segment(Mark.SAME, space)
