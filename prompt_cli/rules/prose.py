"""Code and maths in prose, whose braces are not placeholders."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TICKS = re.compile(r"`+")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
# Pandoc's rule, which excludes prices: no space inside the dollars and no digit after them.
_INLINE_MATHS = re.compile(r"(?<![\\$])\$(?![\s{$])[^$\n]*(?<![\s\\])\$(?![\d{$])")
_MATHS = (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"))
_CODE_LINE = re.compile(r"\s*(?:#!|\$ |>>> |const |var |import |def |console\.|print\()")
# Programs and words that rarely begin a sentence.
_SHELL_LINE = re.compile(
    r"\s*(?:(?:chmod|cp|curl|docker|echo|export|kubectl|mkdir|mv|npm|pip|ssh|sudo|wget) |"
    r"[A-Z_][A-Z0-9_]*=|cd [./~$]|if \[|(?:for \w+ in|while) [^\n]*; *do\b)"
)


class CodeSpans:
    """The spans of a Markdown text that are code or maths.

    Args:
        text: The text.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        spans = sorted([*_fences(text), *_inline_code(text), *_maths(text)])
        self._starts = [start for start, _ in spans]
        self._ends = list(accumulate((end for _, end in spans), max))
        self._line = (0, -1, False)

    def contains(self, offset: int) -> bool:
        """Return whether an offset is between fences, backticks or dollars, or on a line that reads like code."""
        before = bisect_right(self._starts, offset)
        if before and offset < self._ends[before - 1]:
            return True
        first, last, is_code = self._line
        if not first <= offset <= last:  # callers go through the text in order, and one line may have many offsets
            first, last = self._text.rfind("\n", 0, offset) + 1, self._text.find("\n", offset)
            last = last if last >= 0 else len(self._text)
            # A backslash continues a line.
            is_code = self._text.endswith("\\\n", 0, first) or _reads_like_code(self._text[first:last])
            self._line = first, last, is_code
        return is_code


def _reads_like_code(line: str) -> bool:
    f_string = any(f" f{quote}" in line or f"(f{quote}" in line for quote in "'\"")
    ends_like_code = line.rstrip().endswith((";", "{", "\\"))
    return f_string or ends_like_code or bool(_CODE_LINE.match(line) or _SHELL_LINE.match(line))


def _fences(text: str) -> Iterator[tuple[int, int]]:
    fence: tuple[str, int] | None = None
    at = 0
    for line in text.splitlines(keepends=True):
        mark = line.lstrip()[:3]
        if fence is None and mark in {"```", "~~~"}:
            fence = mark, at
        elif fence is not None and mark == fence[0]:
            yield fence[1], at + len(line)
            fence = None
        at += len(line)
    if fence is not None:
        yield fence[1], at


def _inline_code(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans between two runs of equally many backticks in one paragraph."""
    start = 0
    for end in [*(match.start() for match in _BLANK_LINE.finditer(text)), len(text)]:
        runs = list(_TICKS.finditer(text, start, end))
        following: dict[int, int] = {}
        partner: list[int | None] = [None] * len(runs)
        for n in range(len(runs) - 1, -1, -1):
            partner[n] = following.get(len(runs[n][0]))
            following[len(runs[n][0])] = n
        n = 0
        while n < len(runs):
            other = partner[n]
            if other is not None:
                yield runs[n].start(), runs[other].end()
            n = n + 1 if other is None else other + 1
        start = end


def _maths(text: str) -> Iterator[tuple[int, int]]:
    for opening, closing in _MATHS:
        start = text.find(opening)
        while start >= 0:
            end = text.find(closing, start + 2)
            if end < 0:
                break
            yield start, end + 2
            start = text.find(opening, end + 2)
    yield from (match.span() for match in _INLINE_MATHS.finditer(text))
