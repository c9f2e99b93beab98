"""Nodes of a YAML file: values with their positions.

Positions are indexes into the text without its byte order mark, in code points, the end exclusive. `Lines` converts
them to lines and columns.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import TypeAlias

from prompt_cli.problems import DataPath, Region

MAX_DEPTH = 64
"""The deepest nesting of mappings and lists, with aliases expanded."""

YamlScalar: TypeAlias = "str | int | float | bool | None"
YamlData: TypeAlias = "str | int | float | bool | list[YamlData] | dict[str, YamlData] | None"
"""A value by the core schema: JSON's types, ``.inf`` and ``.nan``."""

BREAK = re.compile(r"\r\n?|\n")
"""A line break."""


class Scalar:
    """A single value.

    Attributes:
        start: Its start, tag and anchor included; the position a missing value would have.
        end: Its end; of a block scalar without the last line break and the blank lines after it.
        raw_end: Its end with those.
        text: Its text, decoded, before the schema is applied.
        style: "" (plain), "'", '"', "|" or ">".
        tag: Its tag in full.
        anchor: Its anchor's name.
        data: The value.
    """

    __slots__ = ("anchor", "data", "end", "raw_end", "start", "style", "tag", "text")

    def __init__(self, start: int, end: int, text: str, style: str, tag: str | None, anchor: str | None) -> None:
        self.start: int = start
        self.end: int = end
        self.raw_end: int = end
        self.text: str = text
        self.style: str = style
        self.tag: str | None = tag
        self.anchor: str | None = anchor
        self.data: YamlData = text


class Mapping:
    """A mapping; `flow` means written in braces."""

    __slots__ = ("anchor", "data", "end", "entries", "flow", "start", "tag")

    def __init__(self, start: int, *, flow: bool, tag: str | None, anchor: str | None) -> None:
        self.start: int = start
        self.end: int = start
        self.flow: bool = flow
        self.tag: str | None = tag
        self.anchor: str | None = anchor
        self.entries: dict[str, tuple[Node, Node]] = {}
        self.data: dict[str, YamlData] = {}


class Sequence:
    """A list; `flow` means written in brackets."""

    __slots__ = ("anchor", "data", "end", "flow", "items", "start", "tag")

    def __init__(self, start: int, *, flow: bool, tag: str | None, anchor: str | None) -> None:
        self.start: int = start
        self.end: int = start
        self.flow: bool = flow
        self.tag: str | None = tag
        self.anchor: str | None = anchor
        self.items: list[Node] = []
        self.data: list[YamlData] = []


class Alias:
    """An alias of an anchored value."""

    __slots__ = ("data", "end", "start", "target")

    def __init__(self, start: int, end: int, target: Scalar | Mapping | Sequence) -> None:
        self.start: int = start
        self.end: int = end
        self.target: Scalar | Mapping | Sequence = target
        self.data: YamlData = target.data


Collection: TypeAlias = Mapping | Sequence
Anchored: TypeAlias = Scalar | Mapping | Sequence
Leaf: TypeAlias = Scalar | Alias
Node: TypeAlias = Scalar | Mapping | Sequence | Alias


def resolve_alias(node: Node) -> Anchored:
    """Return the node, or an alias's target."""
    return node.target if isinstance(node, Alias) else node


def follow(root: Node, path: DataPath) -> Iterator[tuple[Node | None, Node]]:
    """Yield the root and the values along a path, as far as it exists, each with its key in a mapping."""
    key: Node | None = None
    node = root
    yield key, node
    for segment in path:
        parent = resolve_alias(node)
        if isinstance(parent, Mapping) and isinstance(segment, str) and segment in parent.entries:
            key, node = parent.entries[segment]
        elif isinstance(parent, Sequence) and isinstance(segment, int) and 0 <= segment < len(parent.items):
            key, node = None, parent.items[segment]
        else:
            return
        yield key, node


def same_data(left: object, right: object) -> bool:
    """Return whether two values are the same data: 1, 1.0 and True differ, and ``.nan`` equals itself."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same_data(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_data, left, right))
    if type(left) is not type(right):
        return False
    return left == right or (left != left and right != right)  # noqa: PLR0124 - only nan differs from itself


class Lines:
    """The lines of a text; converts indexes to lines and columns. Lines are split on first use."""

    __slots__ = ("_cached_starts", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._cached_starts: list[int] = []

    def position(self, index: int) -> tuple[int, int]:
        """Return line and column, both from 1."""
        index = min(index, len(self._text))
        if self._text[index - 1 : index + 1] == "\r\n" and index:
            index -= 1  # no column stands between the two
        line = bisect_right(self._starts(), index)
        return line, index - self._cached_starts[line - 1] + 1

    def index(self, line: int, column: int) -> int:
        """Return the index of a line and column, both from 1; the inverse of `position`."""
        return self._starts()[line - 1] + column - 1

    def region(self, start: int, end: int) -> Region:
        """Return the stretch between two indexes, the end exclusive."""
        return Region(*self.position(start), *self.position(max(start, end)))

    def start_of(self, index: int) -> int:
        """Return the start of an index's line."""
        starts = self._starts()
        return starts[bisect_right(starts, index) - 1]

    def _starts(self) -> list[int]:
        if not self._cached_starts:
            self._cached_starts = [0, *(match.end() for match in BREAK.finditer(self._text))]
        return self._cached_starts
