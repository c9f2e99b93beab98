"""A YAML file's data, positions and comments."""

import re
from bisect import bisect_right
from collections.abc import Mapping as MappingType
from operator import attrgetter
from typing import NamedTuple

from prompt_cli.problems import DataPath, Region
from prompt_cli.yaml.nodes import Leaf, Lines, Mapping, Node, Scalar, YamlData, follow, resolve_alias
from prompt_cli.yaml.positions import CharacterSpans, after_header, character_spans, content_start
from prompt_cli.yaml.text import decode, end_of_line

_ANCHOR, _SEPARATOR = re.compile(r"[^\s,\[\]{}]+"), re.compile(r"[\s,\[\]{}]")


class Comment(NamedTuple):
    """A comment: its line and column, from 1, and its text from the ``#`` to the end of the line."""

    line: int
    column: int
    text: str


class YamlSource:
    r"""A file's text, data and positions; immutable.

    Files are YAML 1.2.2 with the core schema (section 10.3.2). Merge keys, tags outside the core schema, several
    documents and keys that are not strings are errors. With `c_parser`, ruamel.yaml's C parser is tried first, if it is
    installed.

    >>> source = YamlSource.parse(b"id: greeting\nversion: 1.0.0\n")
    >>> source.data["version"], source.region(("version",))
    ('1.0.0', Region(line=2, column=10, end_line=2, end_column=15))
    """

    __slots__ = ("_spans", "content", "has_bom", "leaves", "lines", "root", "text")

    def __init__(self, content: bytes, *, c_parser: bool = True) -> None:
        from prompt_cli.yaml.compose import compose  # imports ruamel.yaml

        self.content: bytes = content
        self.has_bom: bool
        self.text: str
        self.has_bom, self.text = decode(content)
        self.lines: Lines = Lines(self.text)
        self.root: Mapping
        self.leaves: list[Leaf]  # scalars and aliases in order, keys included
        self.root, self.leaves = compose(self.text, self.lines, c_parser=c_parser)
        self._spans: dict[int, CharacterSpans] = {}

    @classmethod
    def parse(cls, content: bytes) -> "YamlSource":
        """Read a file; the `problems` of an error are those of the file with their positions."""
        return cls(content)

    @property
    def data(self) -> dict[str, YamlData]:
        """The data of the file, which callers must not change; an alias is the same object as its target."""
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
        """Return the position in the file of a part of a string; through an alias, that in the alias's target."""
        node = resolve_alias(self._find(path)[1])
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
        comments: list[Comment] = []
        index = self.text.find("#")
        while index >= 0:
            n = bisect_right(self.leaves, index, key=attrgetter("start"))
            start, end = _text_span(self.text, self.leaves[n - 1]) if n else (0, 0)
            if not start <= index < end:
                first = end if end <= index else self.leaves[n - 1].start
                first = max(first, self.text.rfind("\n", first, index) + 1)
                if "&" in _SEPARATOR.split(self.text[first:index])[-1]:
                    end = next(_ANCHOR.finditer(self.text, index)).end()
                else:  # outside scalars, aliases and anchors it always begins a comment
                    after = self.leaves[n].start if n < len(self.leaves) else len(self.text)
                    end = min(end_of_line(self.text, index), start if index < start else after)
                    comments.append(Comment(*self.lines.position(index), self.text[index:end]))
            index = self.text.find("#", end)
        return tuple(comments)

    def lines_beside(self) -> dict[int, list[int]]:
        """Return, by line, the other lines whose comments apply to it.

        A scalar of several lines cannot hold a comment, so one on its first or last line applies to all its lines.
        """
        beside: dict[int, list[int]] = {}
        for leaf in self.leaves:
            first, last = self.lines.position(leaf.start)[0], self.lines.position(leaf.end)[0]
            for line in range(first, last + 1) if first < last else ():
                beside.setdefault(line, []).extend((first, last))
        return beside

    def replace_scalar(self, key: str, text: str) -> "YamlSource":
        """Return the source with another text in the scalar under a key; all other bytes stay.

        The style stays if the text allows it. The anchor stays; a tag stays only if it means text. It is an error if an
        alias uses the scalar too, or the file would exceed a limit.
        """
        from prompt_cli.yaml.edit import replace_scalar

        return replace_scalar(self, key, text)

    def replace_data(self, data: MappingType[str, object]) -> "YamlSource":
        """Return the source with other data; lines that need not change stay.

        A new key goes after the key that precedes it in the data. Existing keys keep the file's order. It is an error
        if an alias uses a changed value too, or YAML cannot hold the data.
        """
        from prompt_cli.yaml.edit import update

        return update(self, data)

    def _find(self, path: DataPath) -> tuple[Node | None, Node]:
        """Return the key and the value at a path, or of its nearest existing parent."""
        *_, entry = follow(self.root, path)
        return entry

    def _region(self, node: Node) -> Region:
        return self.lines.region(node.start, node.end)


def _text_span(text: str, leaf: Leaf) -> tuple[int, int]:
    """Return the span in which a ``#`` is text."""
    if not isinstance(leaf, Scalar):
        return leaf.start, leaf.end
    is_block = leaf.style in {"|", ">"}
    return (after_header(text, leaf), leaf.raw_end) if is_block else (content_start(text, leaf), leaf.end)
