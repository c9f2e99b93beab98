"""The text of a template: places in it, and what JavaScript's regular expressions take for white space."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from .errors import HandlebarsSyntaxError

if TYPE_CHECKING:
    from collections.abc import Iterator

WHITE_SPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""The characters of `\\s` in JavaScript (ECMA-262, 22.2.2.9): not those of Python's."""

_LINE_END = re.compile(r"\r\n?|\n")


class Span(NamedTuple):
    r"""A stretch of a template's source.

    Attributes:
        offset: The first character, in code points from 0.
        line: The line of the first character, from 1; `\n`, `\r\n` and `\r` end a line.
        column: The column of the first character, in code points from 1.
        end: The offset after the last character.
    """

    offset: int
    line: int
    column: int
    end: int


class Source:
    """A template's source, with its lines.

    Attributes:
        text: The source.
        name: What errors call the template.
    """

    __slots__ = ("_known", "_lines", "_mixed", "name", "text")

    def __init__(self, text: str, name: str | None) -> None:
        self.text = text
        self.name = name
        self._mixed = "\r" in text
        self._lines = [(0, 1)]  # the first offset and the number of lines met so far, in order
        self._known = (0, 0, 1)  # the line asked for last: its first offset, where it ends, its number

    def span(self, offset: int, end: int) -> Span:
        """The span from `offset` to before `end`; spans asked for in order cost least."""
        first, after, line = self._known
        if not first <= offset < after:
            first, after, line = self._known = self._find(offset)
        return Span(offset, line, offset - first + 1, end)

    def _find(self, offset: int) -> tuple[int, int, int]:
        """The line of `offset`, counted from the nearest line before it that is known."""
        text = self.text
        first, line = self._lines[bisect_right(self._lines, (offset, offset + 1)) - 1]
        if first > offset:  # another thread was adding lines
            first, line = 0, 1
        if self._mixed:
            ends = [match.end() for match in _line_ends(text, first, offset + 1) if match.end() <= offset]
            line += len(ends)
            first = ends[-1] if ends else first
            following = next(_line_ends(text, offset), None)
            after = following.start() + 1 if following else len(text) + 1
        else:
            lines = text.count("\n", first, offset)
            first = text.rfind("\n", first, offset) + 1 if lines else first
            line += lines
            after = (text.find("\n", offset) + 1) or len(text) + 1
        if first > self._lines[-1][0]:
            self._lines.append((first, line))
        return first, after, line

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Source) and (self.text, self.name) == (other.text, other.name)

    def __hash__(self) -> int:
        return hash((self.text, self.name))

    def error(self, message: str, offset: int, end: int) -> HandlebarsSyntaxError:
        """A syntax error about the stretch from `offset` to before `end`."""
        return HandlebarsSyntaxError(message, self.span(offset, end), self.name)


def _line_ends(text: str, start: int, end: int | None = None) -> Iterator[re.Match[str]]:
    return _LINE_END.finditer(text, start, len(text) if end is None else end)
