"""Nodes of a YAML file: values with their positions, and the core schema, which gives a scalar its type.

Positions are indexes into the text without its byte order mark, in code points, the end exclusive. `Lines` converts
them to lines and columns.

The schema is that of YAML 1.2.2, section 10.3.2. Only values that the section names are not strings: ``yes``, ``on``,
``2026-01-01``, ``1_000``, ``0b1`` and ``1:30`` are strings.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import TypeAlias

from prompt_cli.domain.json_values import MAX_NUMBER_LENGTH, NUMBER_RANGE, in_number_range
from prompt_cli.problems import DataPath, Region, SourceProblem

MAX_DEPTH = 64  # the deepest nesting of mappings and lists, with aliases expanded
MAX_TAG = 1_000  # characters; the time of the YAML 1.2 parser grows with the square of a tag's length
YamlScalar: TypeAlias = "str | int | float | bool | None"
YamlData: TypeAlias = "str | int | float | bool | list[YamlData] | dict[str, YamlData] | None"
"""A value by the core schema: JSON's types, ``.inf`` and ``.nan``."""
BREAK = re.compile(r"\r\n?|\n")  # a line break


class Scalar:
    """A single value, with its decoded text before the schema is applied."""

    __slots__ = ("anchor", "data", "end", "raw_end", "start", "style", "tag", "text")

    def __init__(self, start: int, end: int, text: str, style: str, tag: str | None, anchor: str | None) -> None:
        self.start: int = start  # tag and anchor included; the position a missing value would have
        self.end: int = end  # of a block scalar without the last line break and the blank lines after it
        self.raw_end: int = end  # with those
        self.text: str = text
        self.style: str = style  # "" (plain), "'", '"', "|" or ">"
        self.tag: str | None = tag  # in full
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

    def __init__(self, text: str) -> None:
        self._text = text

    def position(self, index: int) -> tuple[int, int]:
        """Return line and column, both from 1."""
        index = min(index, len(self._text))
        if self._text[index - 1 : index + 1] == "\r\n" and index:
            index -= 1  # no column stands between the two
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1

    def index(self, line: int, column: int) -> int:
        """Return the index of a line and column, both from 1; the inverse of `position`."""
        return self._starts[line - 1] + column - 1

    def region(self, start: int, end: int) -> Region:
        """Return the stretch between two indexes, the end exclusive."""
        return Region(*self.position(start), *self.position(max(start, end)))

    def start_of(self, index: int) -> int:
        """Return the start of an index's line."""
        return self._starts[bisect_right(self._starts, index) - 1]

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in BREAK.finditer(self._text))]


_TAG = "tag:yaml.org,2002:"
STR, INT, FLOAT, BOOL, NULL = (f"{_TAG}{name}" for name in ("str", "int", "float", "bool", "null"))
MAP, SEQ = f"{_TAG}map", f"{_TAG}seq"
CORE_TAGS = frozenset({STR, INT, FLOAT, BOOL, NULL, MAP, SEQ})
NON_SPECIFIC = "!"  # the tag that turns the schema off: a scalar with it is a string (section 6.9.1)

# Plain scalars that are null or booleans.
WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_RADIX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = {
    **{f"{sign}.{word}": float(f"{sign}inf") for sign in ("", "+", "-") for word in ("inf", "Inf", "INF")},
    **{f".{word}": float("nan") for word in ("nan", "NaN", "NAN")},
}
_KINDS: dict[str, type] = {INT: int, FLOAT: float, BOOL: bool, NULL: type(None)}
NUMBER_BEGINNINGS = frozenset("0123456789+-.")  # first characters of plain scalars that may be numbers


class SchemaError(ValueError):
    """A scalar outside the core schema, with the kind of its problem and the help."""

    def __init__(self, message: str, kind: SourceProblem, advice: str) -> None:
        super().__init__(message)
        self.kind: SourceProblem = kind
        self.help: str = advice


def resolve_plain(text: str) -> YamlScalar:
    """Return the value of a plain scalar without a tag; raise a SchemaError for a number out of JSON's range.

    >>> [resolve_plain(text) for text in ("yes", "true", "0o17", "1_000", "1e3", "~", "2026-01-01")]
    ['yes', True, 15, '1_000', 1000.0, None, '2026-01-01']
    """
    if text in WORDS:
        return WORDS[text]
    if text[0] not in NUMBER_BEGINNINGS:
        return text
    if _DECIMAL.fullmatch(text):
        return _in_range(int(_check_length(text)))
    if _RADIX.fullmatch(text):
        return _in_range(int(_check_length(text), 0))
    if _FLOAT.fullmatch(text):
        return _in_range(float(_check_length(text)))
    return _SPECIAL.get(text, text)


def resolve_tagged(text: str, tag: str) -> YamlScalar:
    """Return the value of a scalar with a tag; raise a SchemaError if the tag is unknown, or not that of the value."""
    if tag in {STR, NON_SPECIFIC}:
        return text
    if tag not in CORE_TAGS:
        raise unknown_tag(tag)
    value = resolve_plain(text)
    if tag == FLOAT and type(value) is int:
        return float(value)
    if type(value) is not _KINDS.get(tag):
        raise tag_mismatch(repr(shorten(text)), tag)
    return value


def unknown_tag(tag: str) -> SchemaError:
    """Return the error for a tag outside the core schema."""
    kind: SourceProblem = "long_tag" if len(tag) > MAX_TAG else "unknown_tag"
    name = tag.replace(_TAG, "!!", 1) if tag.startswith(_TAG) else tag if tag.startswith("!") else f"!<{tag}>"
    return SchemaError(f"the tag {shorten(name)} is not in YAML's core schema", kind, "remove the tag")


def tag_mismatch(value: str, tag: str) -> SchemaError:
    """Return the error for a value that is not of its tag's type."""
    message = f"{value} is not a valid {tag.removeprefix(_TAG)}"
    return SchemaError(message, "tag_mismatch", "correct the value, or remove the tag")


def shorten(text: str, limit: int = 40) -> str:
    """Return a text shortened for a message."""
    return text if len(text) <= limit else f"{text[:limit]}…"


def _check_length(text: str) -> str:
    if len(text) > MAX_NUMBER_LENGTH:
        message = f"a number of {len(text):,} characters, and JSON readers do not agree on it"
        raise SchemaError(message, "long_number", "write it in quotes")
    return text


def _in_range(value: float) -> int | float:
    if not in_number_range(value):
        raise SchemaError(NUMBER_RANGE, "long_number", "write it in quotes")
    return value
