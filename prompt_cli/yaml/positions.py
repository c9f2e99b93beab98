"""Positions in the file of the characters of a scalar, in every style.

A literal block is its lines less their indentation. In the other styles folding changes white space alone, so the n-th
non-space character of the value is the n-th non-space character of the raw text, escapes decoded (YAML 1.2.2, sections
7.3 and 8.1.3). White space between two of them maps to the white space between the two raw ones.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.yaml.nodes import Anchored, Scalar

Span: TypeAlias = tuple[int, int]
"""Start and end of a character in the file, the end exclusive."""

_BREAK = re.compile(r"\r\n?|\n")
_WHITE = frozenset(" \t\r\n")
BLANK = r"[ \t\r\n]*+(?:#[^\r\n]*+[ \t\r\n]*+)*+"
"""White space and comments, as a regular expression."""
COLON = re.compile(f"{BLANK}:")
"""The colon after a key, with the white space and comments before it."""

_PROPERTY = rf"[&!][^ \t\r\n]*{BLANK}"
_ONE_PROPERTY, _TWO_PROPERTIES = re.compile(_PROPERTY), re.compile(_PROPERTY * 2)
_SINGLE = re.compile(r"''|[^']", re.DOTALL)
_DOUBLE = re.compile(
    r"\\(?:x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})|(?P<named>\r\n|.))|[^\\]", re.DOTALL
)
# Section 5.7; a backslash before a line break continues the line.
_NAMED = dict(
    zip("0abt\tnvfreN_LP\n\r", "\0\a\b\t\t\n\v\f\r\x1b\x85\xa0\u2028\u2029  ", strict=True),
) | {"\r\n": " "}


class _Unit(NamedTuple):
    """A span of raw text that encodes one character."""

    character: str
    start: int
    end: int


def content_start(text: str, node: Anchored) -> int:
    """Return the start of a value after its tag and anchor."""
    properties = (node.tag is not None) + (node.anchor is not None)
    if not properties:
        return node.start
    match = (_ONE_PROPERTY if properties == 1 else _TWO_PROPERTIES).match(text, node.start)
    return min(match.end(), max(node.end, node.start)) if match else node.start


def character_spans(text: str, node: Scalar) -> list[Span]:
    """Return the span of each character of a scalar's text."""
    if node.style == "|":
        return _literal_spans(text, node)
    units = list(_units(text, node))
    solid = [n for n, unit in enumerate(units) if unit.character not in _WHITE]
    spans: list[Span] = []
    white, seen, after = 0, 0, 0
    for character in node.text:
        if character in _WHITE:
            white += 1
            continue
        spans += _white_spans(units[after : solid[seen]], white, units[solid[seen]].start)
        spans.append((units[solid[seen]].start, units[solid[seen]].end))
        after, white, seen = solid[seen] + 1, 0, seen + 1
    return spans + _white_spans(units[after:], white, node.end)


def _white_spans(units: list[_Unit], count: int, otherwise: int) -> list[Span]:
    """Map white space to raw white space: one to one where nothing was folded."""
    if not units:
        return [(otherwise, otherwise)] * count
    return [(units[min(n, len(units) - 1)].start, units[min(n, len(units) - 1)].end) for n in range(count)]


def _literal_spans(text: str, node: Scalar) -> list[Span]:
    lines = node.text.split("\n")
    raw = list(_raw_lines(text, after_header(text, node), node.raw_end))
    indents = (end - start - len(line) for line, (start, end, _) in zip(lines, raw, strict=False) if line)
    indent = next(indents, 0)
    spans: list[Span] = []
    # The raw text may have more lines, which chomping removes.
    for line, (start, end, following) in zip(lines, raw, strict=False):
        first = min(start + indent, end)
        spans += [(first + n, first + n + 1) for n in range(len(line))]
        spans.append((end, following))
    return spans[: len(node.text)]


def _raw_lines(text: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield each line's start, its end before the break, and the next line's start."""
    for match in _BREAK.finditer(text, start, end):
        yield start, match.start(), match.end()
        start = match.end()
    yield start, end, end


def after_header(text: str, node: Scalar) -> int:
    """Return the start of a block scalar's lines, after the line of its ``|`` or ``>``."""
    match = _BREAK.search(text, content_start(text, node), node.raw_end)
    return match.end() if match else node.raw_end


def _units(text: str, node: Scalar) -> Iterator[_Unit]:
    start = content_start(text, node)
    match node.style:
        case ">":
            start = after_header(text, node)
            yield from map(_Unit, text[start : node.raw_end], *_ranges(start, node.raw_end))
        case "'":
            for match in _SINGLE.finditer(text, start + 1, node.end - 1):
                yield _Unit(match[0][0], match.start(), match.end())
        case '"':
            for match in _DOUBLE.finditer(text, start + 1, node.end - 1):
                yield _Unit(_decoded(match), match.start(), match.end())
        case _:
            yield from map(_Unit, text[start : node.end], *_ranges(start, node.end))


def _ranges(start: int, end: int) -> tuple[range, range]:
    return range(start, end), range(start + 1, end + 1)


def _decoded(match: re.Match[str]) -> str:
    if (named := match["named"]) is not None:
        return _NAMED.get(named, named)
    digits = match["x"] or match["u"] or match["U"]
    return chr(int(digits, 16)) if digits else match[0]
