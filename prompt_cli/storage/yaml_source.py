"""A prompt's file: its data, and where each part of it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.storage.yaml_lines import read_lines
from prompt_cli.storage.yaml_nodes import Lines, Mapping, Scalar, Sequence, resolved
from prompt_cli.storage.yaml_text import decode

if TYPE_CHECKING:
    from collections.abc import Mapping as MappingType

    from prompt_cli.errors import DataPath, Region
    from prompt_cli.storage.yaml_comments import Comment
    from prompt_cli.storage.yaml_nodes import Node, YamlData
    from prompt_cli.storage.yaml_offsets import Span


class YamlSource:
    r"""The text of a prompt's file with the place of every value in it; immutable.

    Read as YAML 1.2.2 with its core schema (section 10.3.2), less what a prompt's file may not use: merge keys, tags
    beyond the core, several documents, keys that are no strings.

    Attributes:
        content: The bytes of the file.
        text: Its text, without a byte order mark.
        marked: Whether a byte order mark stands before the text.
        lines: What tells the line and column of a place.

    >>> source = YamlSource.parse(b"id: greeting\nversion: 1.0.0\n")
    >>> source.data["version"], source.region(("version",))
    ('1.0.0', Region(line=2, column=10, end_line=2, end_column=15))
    """

    __slots__ = ("_data", "_root", "_spans", "content", "lines", "marked", "text")

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.marked, self.text = decode(content)
        self.lines = Lines(self.text)
        # Most files are read for their data alone: where a value stands is asked of those with findings.
        self._data = read_lines(self.text)
        # What is unusual, and so may be wrong, is said at once; the nodes of any other file wait until they are needed.
        self._root = None if self._data else _composed(self.text, self.lines)
        self._spans: dict[int, list[Span]] = {}

    @classmethod
    def parse(cls, content: bytes) -> YamlSource:
        """Read a file.

        Raises:
            PromptFormatError: The file is no YAML a prompt may be written in; its ``problems`` say what and where.
        """
        return cls(content)

    @property
    def root(self) -> Mapping:
        """Its nodes, with their places."""
        if self._root is None:
            self._root = _composed(self.text, self.lines)
        return self._root

    @property
    def data(self) -> dict[str, YamlData]:
        """The data of the file; an alias is the same object as what it stands for. Not to be altered."""
        return self.root.data if self._data is None else self._data

    def region(self, path: DataPath) -> Region:
        """Return where a value stands; of its key where it is left out, of the nearest above where there is none."""
        key, node = self._find(path)
        if key is not None and node.start == node.end:
            return self._region(key)
        return self._region(node)

    def key_region(self, path: DataPath) -> Region:
        """Return where the key of a value stands; of an item of a list, where the item does."""
        key, node = self._find(path)
        return self._region(node if key is None else key)

    def value_region(self, path: DataPath, start: int, end: int) -> Region:
        """Return where a part of a string stands: the template text from one index to another, in the file.

        Args:
            path: The path of the string; through an alias, the region is in the value it stands for.
            start: The first character, from 0.
            end: The character after the last.
        """
        node = resolved(self._find(path)[1])
        if not isinstance(node, Scalar):
            return self._region(node)
        if id(node) not in self._spans:
            from prompt_cli.storage.yaml_offsets import character_spans  # most files are read for their data alone

            self._spans[id(node)] = character_spans(self.text, node)
        spans = self._spans[id(node)]
        first = spans[start][0] if start < len(spans) else spans[-1][1] if spans else node.end
        last = spans[min(end, len(spans)) - 1][1] if spans and start < end else first
        return self.lines.region(first, last)

    def comments(self) -> tuple[Comment, ...]:
        """Return the comments of the file, in order."""
        from prompt_cli.storage.yaml_comments import comments  # the same

        return tuple(comments(self.text, self.root, self.lines))

    def lines_beside(self) -> dict[int, list[int]]:
        """Return on which other lines a comment can stand that is about a line, by that line.

        No comment can stand inside a scalar of several lines: one on its first or last line is about all of it.
        """
        from prompt_cli.storage.yaml_comments import lines_beside  # the same

        return lines_beside(self.root, self.lines)

    def replace_scalar(self, path: DataPath, text: str) -> YamlSource:
        """Return the source with a text in place of the scalar at a path, every other byte as it was.

        The style of the scalar is kept where it can hold the text, and its anchor; a tag only where it says text.

        Raises:
            StorageError: There is no scalar at the path, or it cannot be changed alone: it is used elsewhere by an
                alias, or the file would break a bound.
        """
        from prompt_cli.storage.yaml_edit import replace_scalar

        return replace_scalar(self, path, text)

    def updated(self, data: MappingType[str, object]) -> YamlSource:
        """Return the source with other data, every line that need not change as it was.

        New keys follow the key they follow in the data; keys that are in another order stay in the file's.

        Raises:
            StorageError: The file cannot be made to hold the data without being written anew: a value that changes is
                used elsewhere by an alias, or the data is nothing that a file can hold.
        """
        from prompt_cli.storage.yaml_edit import update

        return update(self, data)

    def _find(self, path: DataPath) -> tuple[Node | None, Node]:
        """Return the key and the value at a path, or of the nearest that exists above it."""
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


def _composed(text: str, lines: Lines) -> Mapping:
    from prompt_cli.storage.yaml_compose import compose  # the same

    return compose(text, lines)
