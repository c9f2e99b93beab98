"""A YAML file's data, positions and comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.yaml.compose import compose
from prompt_cli.yaml.nodes import Alias, Lines, Mapping, Scalar, Sequence, resolved, scalars
from prompt_cli.yaml.positions import CharacterSpans, after_header, character_spans, content_start
from prompt_cli.yaml.text import decode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as MappingType

    from prompt_cli.problems import DataPath, Region
    from prompt_cli.yaml.nodes import Node, YamlData

# Outside scalars and aliases a '#' always begins a comment.
_COMMENT = re.compile(r"#[^\r\n]*")


class Comment(NamedTuple):
    """A comment: its line and column, from 1, and its text from the ``#`` to the end of the line."""

    line: int
    column: int
    text: str


class YamlSource:
    r"""A file's text, data and positions; immutable.

    It is YAML 1.2.2 with the core schema (section 10.3.2). Merge keys, tags beyond the core, several documents and keys
    that are not strings are errors.

    Args:
        content: The bytes of the file.
        c_parser: Whether to try ruamel.yaml's C parser first, if it is installed.

    Attributes:
        content: The bytes of the file.
        text: Its text, without a byte order mark.
        marked: Whether the file begins with a byte order mark.
        lines: Its lines, for lines and columns.
        root: Its nodes.

    >>> source = YamlSource.parse(b"id: greeting\nversion: 1.0.0\n")
    >>> source.data["version"], source.region(("version",))
    ('1.0.0', Region(line=2, column=10, end_line=2, end_column=15))
    """

    __slots__ = ("_spans", "content", "lines", "marked", "root", "text")

    def __init__(self, content: bytes, *, c_parser: bool = True) -> None:
        self.content: bytes = content
        self.marked: bool
        self.text: str
        self.marked, self.text = decode(content)
        self.lines: Lines = Lines(self.text)
        self.root: Mapping = compose(self.text, self.lines, c_parser=c_parser)
        self._spans: dict[int, CharacterSpans] = {}

    @classmethod
    def parse(cls, content: bytes) -> YamlSource:
        """Read a file.

        Raises:
            PromptFormatError: The file is not valid; ``problems`` holds each error with its position.
        """
        return cls(content)

    @property
    def data(self) -> dict[str, YamlData]:
        """The data of the file, not to be changed; an alias is the same object as its target."""
        return self.root.data

    def region(self, path: DataPath) -> Region:
        """Return the position of a value; of its key if the value is missing, of the nearest parent if both are."""
        key, node = self._find(path)
        if key is not None and node.start == node.end:
            return self._region(key)
        return self._region(node)

    def key_region(self, path: DataPath) -> Region:
        """Return the position of a value's key, or of an item of a list."""
        key, node = self._find(path)
        return self._region(node if key is None else key)

    def value_region(self, path: DataPath, start: int, end: int) -> Region:
        """Return the position in the file of a part of a string.

        Args:
            path: The path of the string; through an alias, the position is in the alias's target.
            start: The first character, from 0.
            end: The character after the last.
        """
        node = resolved(self._find(path)[1])
        if not isinstance(node, Scalar):
            return self._region(node)
        if id(node) not in self._spans:
            self._spans[id(node)] = character_spans(self.text, node)
        starts, ends = self._spans[id(node)]
        first = starts[start] if start < len(starts) else ends[-1] if ends else node.end
        last = ends[min(end, len(ends)) - 1] if ends and start < end else first
        return self.lines.region(first, last)

    def comments(self) -> tuple[Comment, ...]:
        """Return the comments of the file, in order."""
        return tuple(_comments(self.text, self.root, self.lines))

    def lines_beside(self) -> dict[int, list[int]]:
        """Return, by line, the other lines whose comments apply to it.

        A scalar of several lines cannot hold a comment, so one on its first or last line applies to all its lines.
        """
        return _lines_beside(self.root, self.lines)

    def replace_scalar(self, path: DataPath, text: str) -> YamlSource:
        """Return the source with another text in the scalar at a path; all other bytes stay.

        The style stays if the text allows it. The anchor stays; a tag stays only if it means text.

        Raises:
            StorageError: The path has no scalar, an alias uses it too, or the file would exceed a limit.
        """
        from prompt_cli.yaml.edit import replace_scalar

        return replace_scalar(self, path, text)

    def updated(self, data: MappingType[str, object]) -> YamlSource:
        """Return the source with other data; lines that need not change stay.

        A new key goes after the key it follows in the data. Existing keys keep the file's order.

        Raises:
            StorageError: A changed value is used by an alias too, or YAML cannot hold the data.
        """
        from prompt_cli.yaml.edit import update

        return update(self, data)

    def _find(self, path: DataPath) -> tuple[Node | None, Node]:
        """Return the key and the value at a path, or of its nearest existing parent."""
        key: Node | None = None
        node: Node = self.root
        for segment in path:
            inside = resolved(node)
            if isinstance(inside, Mapping) and isinstance(segment, str) and segment in inside.entries:
                key, node = inside.entries[segment]
            elif isinstance(inside, Sequence) and isinstance(segment, int) and 0 <= segment < len(inside.items):
                key, node = None, inside.items[segment]
            else:
                break
        return key, node

    def _region(self, node: Node) -> Region:
        return self.lines.region(node.start, node.end)


def _comments(text: str, root: Node, lines: Lines) -> Iterator[Comment]:
    """Yield the comments of a file in order."""
    start = 0
    for span_start, span_end in [*_scalar_spans(text, root), (len(text), len(text))]:
        for match in _COMMENT.finditer(text, start, span_start):
            yield Comment(*lines.position(match.start()), match[0])
        start = max(start, span_end)


def _lines_beside(root: Node, lines: Lines) -> dict[int, list[int]]:
    """Return the first and last line of each scalar of several lines, by each of its lines."""
    beside: dict[int, list[int]] = {}
    for scalar in scalars(root):
        first, last = lines.position(scalar.start)[0], lines.position(scalar.end)[0]
        for line in range(first, last + 1) if first < last else ():
            beside.setdefault(line, []).extend((first, last))
    return beside


def _scalar_spans(text: str, node: Node) -> Iterator[tuple[int, int]]:
    """Yield the spans in which a ``#`` is text, in the order of the file."""
    match node:
        case Mapping():
            for key, value in node.entries.values():
                yield from _scalar_spans(text, key)
                yield from _scalar_spans(text, value)
        case Sequence():
            for item in node.items:
                yield from _scalar_spans(text, item)
        case Scalar():
            block = node.style in {"|", ">"}
            yield (after_header(text, node), node.raw_end) if block else (content_start(text, node), node.end)
        case Alias():
            yield node.start, node.end
