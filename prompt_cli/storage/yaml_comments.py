"""The comments of a file (YAML 1.2.2, section 6.6)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.storage.yaml_nodes import Alias, Mapping, Scalar, Sequence
from prompt_cli.storage.yaml_offsets import after_header, content_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.storage.yaml_nodes import Lines, Node

# Between the scalars a '#' always begins a comment: libyaml takes none in anchors, tags and directives.
_COMMENT = re.compile(r"#[^\r\n]*")


class Comment(NamedTuple):
    """A comment: its line and column, from 1, and its text from the ``#`` to the end of the line."""

    line: int
    column: int
    text: str


def comments(text: str, root: Node, lines: Lines) -> Iterator[Comment]:
    """Yield the comments of a file in order; a ``#`` inside a scalar is none."""
    start = 0
    for span_start, span_end in [*_scalar_spans(text, root), (len(text), len(text))]:
        for match in _COMMENT.finditer(text, start, span_start):
            yield Comment(*lines.position(match.start()), match[0])
        start = max(start, span_end)


def lines_beside(root: Node, lines: Lines) -> dict[int, list[int]]:
    """Return the first and last line of the scalars of several lines, by every line of them."""
    beside: dict[int, list[int]] = {}
    for scalar in _scalars(root):
        first, last = lines.position(scalar.start)[0], lines.position(scalar.end)[0]
        for line in range(first, last + 1) if first < last else ():
            beside.setdefault(line, []).extend((first, last))
    return beside


def _scalars(node: Node) -> Iterator[Scalar]:
    match node:
        case Mapping():
            for key, value in node.entries.values():
                yield from _scalars(key)
                yield from _scalars(value)
        case Sequence():
            for item in node.items:
                yield from _scalars(item)
        case Scalar():
            yield node


def _scalar_spans(text: str, node: Node) -> Iterator[tuple[int, int]]:
    """Yield the stretches in which a ``#`` is text, in the order of the file."""
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
