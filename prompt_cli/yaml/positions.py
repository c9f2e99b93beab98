"""Positions in the file of the characters of a scalar, in every style, and of a file's decoded text.

A literal block is its lines less their indentation. In the other styles folding changes white space alone, so the n-th
non-space character of the value is the n-th non-space character of the raw text, escapes decoded (YAML 1.2.2, sections
7.3 and 8.1.3). White space between two of them maps to the white space between the two raw ones.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from prompt_cli.yaml.nodes import BREAK, Alias, Anchored, Leaf, Node, Scalar

Span: TypeAlias = tuple[int, int]
"""The start and the exclusive end of a part of the file."""
_WHITE = frozenset(" \t\r\n")
BLANK = r"[ \t\r\n]*+(?:#[^\r\n]*+[ \t\r\n]*+)*+"  # white space and comments, as a regular expression
_COLON = re.compile(f"{BLANK}:")
_PROPERTY = rf"[&!][^ \t\r\n]*{BLANK}"
_ONE_PROPERTY, _TWO_PROPERTIES = re.compile(_PROPERTY), re.compile(_PROPERTY * 2)
_SINGLE = re.compile(r"''|[^']", re.DOTALL)
_DOUBLE = re.compile(
    r"\\(?:x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})|(?P<named>\r\n|.))|[^\\]", re.DOTALL
)
# Section 5.7; a backslash before a line break continues the line.
_NAMED = dict(zip("0abt\tnvfreN_LP\n\r", "\0\a\b\t\t\n\v\f\r\x1b\x85\xa0\u2028\u2029  ", strict=True)) | {"\r\n": " "}


class CharacterSpans(NamedTuple):
    """The starts and ends of the characters of a text, in arrays: a text may have a million characters."""

    starts: Sequence[int]
    ends: Sequence[int]


def content_start(text: str, node: Anchored) -> int:
    """Return the start of a value after its tag and anchor."""
    properties = (node.tag is not None) + (node.anchor is not None)
    if not properties:
        return node.start
    match = (_ONE_PROPERTY if properties == 1 else _TWO_PROPERTIES).match(text, node.start)
    return min(match.end(), max(node.end, node.start)) if match else node.start


def after_colon(text: str, key: Node, value: Node) -> int:
    """Return the end of the colon between a key and its value, or of a key without one."""
    colon = _COLON.match(text, key.end)
    return colon.end() if colon and colon.end() <= value.start else key.end


def character_spans(text: str, node: Scalar) -> CharacterSpans:
    """Return the spans of the characters of a scalar's text."""
    if node.style == "|":
        return _literal_spans(text, node)
    characters, raw = _raw_characters(text, node)
    non_space = (n for n, character in enumerate(characters) if character not in _WHITE)
    starts, ends = array("I"), array("I")
    white, after = 0, 0
    for character in node.text:
        if character in _WHITE:
            white += 1
            continue
        n = next(non_space)
        for span in _white_spans(raw, after, n, white, raw.starts[n]):
            starts.append(span[0])
            ends.append(span[1])
        starts.append(raw.starts[n])
        ends.append(raw.ends[n])
        white, after = 0, n + 1
    for span in _white_spans(raw, after, len(characters), white, node.end):
        starts.append(span[0])
        ends.append(span[1])
    return CharacterSpans(starts, ends)


def _white_spans(raw: CharacterSpans, first: int, last: int, count: int, otherwise: int) -> list[Span]:
    """Map white space to the raw white space from `first` to `last`: one to one without folding."""
    if first == last:
        return [(otherwise, otherwise)] * count
    indexes = [min(first + n, last - 1) for n in range(count)]
    return [(raw.starts[n], raw.ends[n]) for n in indexes]


def _literal_spans(text: str, node: Scalar) -> CharacterSpans:
    lines = node.text.split("\n")
    raw = list(_raw_lines(text, after_header(text, node), node.raw_end))
    indents = (end - start - len(line) for line, (start, end, _) in zip(lines, raw, strict=False) if line)
    indent = next(indents, 0)
    starts, ends = array("I"), array("I")
    # The raw text may have more lines, which chomping removes.
    for line, (start, end, following) in zip(lines, raw, strict=False):
        first = min(start + indent, end)
        starts.extend((*range(first, first + len(line)), end))
        ends.extend((*range(first + 1, first + len(line) + 1), following))
    return CharacterSpans(starts[: len(node.text)], ends[: len(node.text)])


def _raw_lines(text: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield each line's start, its end before the break, and the next line's start."""
    for match in BREAK.finditer(text, start, end):
        yield start, match.start(), match.end()
        start = match.end()
    yield start, end, end


def after_header(text: str, node: Scalar) -> int:
    """Return the start of a block scalar's lines, after the line of its ``|`` or ``>``."""
    match = BREAK.search(text, content_start(text, node), node.raw_end)
    return match.end() if match else node.raw_end


def _raw_characters(text: str, node: Scalar) -> tuple[str, CharacterSpans]:
    """Return the characters that the raw text of a scalar encodes, with their spans."""
    start = content_start(text, node)
    match node.style:
        case "'" | '"':
            return _quoted_characters(text, start + 1, node.end - 1, is_double=node.style == '"')
        case ">":
            start, end = after_header(text, node), node.raw_end
        case _:
            end = node.end
    return text[start:end], CharacterSpans(range(start, end), range(start + 1, end + 1))


def _quoted_characters(text: str, start: int, end: int, *, is_double: bool) -> tuple[str, CharacterSpans]:
    characters: list[str] = []
    starts, ends = array("I"), array("I")
    for match in (_DOUBLE if is_double else _SINGLE).finditer(text, start, end):
        characters.append(_decode(match) if is_double else match[0][0])
        starts.append(match.start())
        ends.append(match.end())
    return "".join(characters), CharacterSpans(starts, ends)


def _decode(match: re.Match[str]) -> str:
    if (named := match["named"]) is not None:
        return _NAMED.get(named, named)
    digits = match["x"] or match["u"] or match["U"]
    return chr(int(digits, 16)) if digits else match[0]


_QUOTES = {"": 0, "'": 2, '"': 2}  # the number of quotes by style


class DecodedText:
    """A file's `text` in which each scalar is decoded; quotes, keys and comments stay.

    The leaves are its scalars and aliases in order, none if the file is not valid YAML.
    """

    def __init__(self, raw: str, leaves: Iterable[Leaf]) -> None:
        self._raw = raw
        # The start of each part in the decoded text, and its start in the file or its scalar.
        self._starts = [0]
        self._parts: list[int | Scalar] = [0]
        self._spans: dict[int, CharacterSpans] = {}
        texts: list[str] = []
        size = at = 0
        for scalar in leaves:
            if isinstance(scalar, Alias) or scalar.end - scalar.start - len(scalar.text) == _QUOTES.get(scalar.style):
                continue  # the file holds its text verbatim: escapes and folding only lengthen a text
            start, end = _content(raw, scalar)
            if start < at:
                continue  # a missing value
            texts += (raw[at:start], scalar.text)
            size += start - at
            self._starts += (size, size + len(scalar.text))
            self._parts += (scalar, end)
            size += len(scalar.text)
            at = end
        self.text: str = "".join((*texts, raw[at:]))

    def span(self, start: int, end: int) -> Span:
        """Return the span in the file of a part of the decoded text."""
        first = self._character_span(start)[0]
        return first, max(first, self._character_span(end - 1)[1]) if end > start else first

    def is_verbatim(self, start: int, end: int) -> bool:
        """Return whether the file holds a part of the decoded text without escapes."""
        first, last = self.span(start, end)
        return self._raw[first:last] == self.text[start:end]

    def _character_span(self, index: int) -> Span:
        n = bisect_right(self._starts, index) - 1
        offset, part = index - self._starts[n], self._parts[n]
        if isinstance(part, int):
            return part + offset, part + offset + 1
        if n not in self._spans:
            self._spans[n] = character_spans(self._raw, part)
        starts, ends = self._spans[n]
        return starts[offset], ends[offset]


def _content(raw: str, scalar: Scalar) -> Span:
    """Return the span of a scalar's content, without quotes or the header of a block."""
    match scalar.style:
        case "'" | '"':
            return content_start(raw, scalar) + 1, scalar.end - 1
        case "|" | ">":
            return after_header(raw, scalar), max(scalar.end, after_header(raw, scalar))
        case _:
            return content_start(raw, scalar), scalar.end
