"""Splices: spans of a text with their replacements, and the splices that replace a value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.yaml.emit import Written, folded, inline_scalar, literal
from prompt_cli.yaml.nodes import Alias, Mapping, Scalar, Sequence
from prompt_cli.yaml.positions import BLANK, COLON, content_start
from prompt_cli.yaml.schema import NON_SPECIFIC, STR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prompt_cli.yaml.nodes import Collection, Node

_END_OF_LINE = re.compile(r"[^\r\n]*")
_BREAK = re.compile(r"\r\n?|\n")
_BLANK_LINES = re.compile(r"(?:(?:\r\n?|\n)[ \t]*(?=[\r\n]))*")
_HEADER = re.compile(r"[|>][-+0-9]*")
_DIGIT = re.compile(r"[1-9]")
_INDENTED = re.compile(r"(?:\r\n?|\n)( *)[^ \r\n]")
_BLANK = re.compile(BLANK)
_BLANK_IN_FLOW = re.compile(BLANK.replace(r"\t", r"\t,"))


class Splice(NamedTuple):
    """A span of a text, the end exclusive, and its replacement."""

    start: int
    end: int
    text: str


class Span(NamedTuple):
    """The span of an entry: from its key, ``?`` or dash to the end of its value."""

    start: int
    end: int


class OverlapError(ValueError):
    """Two splices overlap."""


def apply(text: str, splices: Iterable[Splice]) -> str:
    """Return the text with splices applied; those at one index in the given order.

    Raises:
        OverlapError: Two splices overlap.
    """
    parts: list[str] = []
    done = 0
    for splice in sorted(splices, key=lambda one: (one.start, one.end)):
        if splice.start < done:
            raise OverlapError(f"the splices overlap at {splice.start}")
        parts += [text[done : splice.start], splice.text]
        done = splice.end
    return "".join([*parts, text[done:]])


class EditSite:
    """A value with the surroundings that an edit needs.

    Args:
        text: The text of the file.
        node: The value.
        parent: The mapping or list that holds it.
        lead: The end of the colon or dash before it.
    """

    __slots__ = ("_lead", "_node", "_parent", "_text", "column", "newline")

    def __init__(self, text: str, node: Node, parent: Collection, lead: int) -> None:
        self._text = text
        self._node = node
        self._parent = parent
        self._lead = lead
        self.column: int = column(text, first_entry(text, parent))
        """The column of the entries of the parent, from 0."""
        self.newline: str = line_break(text)

    def replace_text(self, value: str) -> list[Splice]:
        """Return the splices that replace a scalar's text; its style stays if the text allows it."""
        keeps_tag = isinstance(self._node, Scalar) and self._node.tag in {STR, NON_SPECIFIC}
        return self.put(self._styled(value), keeps_tag=keeps_tag)

    def put(self, written: Written, *, keeps_tag: bool = False) -> list[Splice]:
        """Return the splices that replace the value; its anchor and comments stay."""
        node = self._node
        if isinstance(node, Mapping | Sequence) and not node.flow:
            return self._put_for_collection(node, written)
        start = node.start if isinstance(node, Alias) else content_start(self._text, node)
        head = written.inline
        missing = start == node.end
        if not isinstance(node, Alias) and node.tag is not None and not keeps_tag:
            start = node.start
            head = f"&{node.anchor} {head}".rstrip(" ") if node.anchor else head
        if missing:
            head = self._space(start) + head
        if not head:
            start = len(self._text[:start].rstrip(" "))
        if isinstance(node, Scalar) and node.style in {"|", ">"}:
            return self._put_for_block(node, Splice(start, content_start(self._text, node), head), written)
        rest = end_of_line(self._text, node.end)
        return [Splice(start, node.end, head), *self._below(rest, rest, written)]

    def _put_for_block(self, node: Scalar, head: Splice, written: Written) -> list[Splice]:
        header = _HEADER.match(self._text, head.end)
        head_end = header.end() if header else head.end
        first_line = end_of_line(self._text, head_end)
        end = node.end
        if written.keeps_breaks:
            end = node.raw_end - (len(self.newline) if self._text.endswith(self.newline, 0, node.raw_end) else 0)
        return [Splice(head.start, head_end, head.text), *self._below(first_line, max(end, first_line), written)]

    def _put_for_collection(self, node: Collection, written: Written) -> list[Splice]:
        """Replace a block collection: the value goes after the colon or dash, the lines below go."""
        anchor = f" &{node.anchor}" if node.anchor else ""
        head = anchor + (f" {written.inline}" if written.inline else "")
        line = end_of_line(self._text, self._lead)
        if node.start <= line:
            rest = end_of_line(self._text, node.end)
            return [Splice(self._lead, node.end, head), *self._below(rest, rest, written)]
        below = self._below(line, end_of_line(self._text, node.end), written)
        return [Splice(self._lead, self._lead, head), *below]

    def _below(self, start: int, end: int, written: Written) -> list[Splice]:
        """Replace the lines between two ends of lines by the lines of a value."""
        lines = "".join(self.newline + line for line in written.lines)
        return [Splice(start, end, lines)] if lines or start != end else []

    def _space(self, start: int) -> str:
        """Return the text needed before a value that was missing."""
        if isinstance(self._parent, Mapping) and self._text[self._lead - 1 : self._lead] != ":":
            return ": " if self._parent.flow else f"{self.newline}{' ' * self.column}: "
        return "" if self._text[start - 1 : start] == " " else " "

    def _styled(self, value: str) -> Written:
        style = self._node.style if isinstance(self._node, Scalar) else ""
        block = None if self._parent.flow else self._block(value, style)
        quotes = style if style in {"'", '"'} else ""
        return block or Written(inline_scalar(value, flow=self._parent.flow, style=quotes))

    def _block(self, value: str, style: str) -> Written | None:
        """Return a text as a block, if it was one or has several lines and no quotes."""
        if isinstance(self._node, Scalar) and style in {"|", ">"}:
            indent, indicator = self._indentation(self._node)
            block = folded(value, indent=indent, parent=self.column, indicator=indicator) if style == ">" else None
            return block or literal(value, indent=indent, parent=self.column, indicator=indicator)
        if style or "\n" not in value:
            return None
        block = literal(value, indent=self.column + 2, parent=self.column)
        return None if block and block.keeps_breaks and self._blank_line_follows() else block

    def _blank_line_follows(self) -> bool:
        match = _BREAK.match(self._text, end_of_line(self._text, self._node.end))
        return match is not None and _BREAK.match(self._text, match.end()) is not None

    def _indentation(self, node: Scalar) -> tuple[int, bool]:
        """Return the column of a block scalar's lines, and whether its header states it."""
        start = content_start(self._text, node)
        header = _HEADER.match(self._text, start)
        if header and (digit := _DIGIT.search(header[0])):
            return self.column + int(digit[0]), True
        first = _INDENTED.search(self._text, start, node.raw_end)
        return (len(first[1]) if first else self.column + 2), False


def entry_spans(text: str, parent: Collection) -> list[Span]:
    """Return the span of each entry of a mapping or list."""
    if isinstance(parent, Sequence):
        ends = [item.end for item in parent.items]
    else:
        ends = [max(key.end, value.end) for key, value in parent.entries.values()]
    starts = [first_entry(text, parent), *(_next_entry(text, parent, end) for end in ends[:-1])]
    return list(map(Span, starts, ends))


def leads(text: str, parent: Collection) -> list[tuple[Node, int]]:
    """Return each value with the end of the colon or dash before it; of its key if it has no colon."""
    if isinstance(parent, Sequence):
        dash = 0 if parent.flow else 1
        return [(item, span.start + dash) for item, span in zip(parent.items, entry_spans(text, parent), strict=True)]
    return [(value, _after_colon(text, key, value)) for key, value in parent.entries.values()]


def _after_colon(text: str, key: Node, value: Node) -> int:
    colon = COLON.match(text, key.end)
    return colon.end() if colon and colon.end() <= max(value.start, key.end) else key.end


def first_entry(text: str, parent: Collection) -> int:
    """Return the start of the first entry of a mapping or list."""
    opened = content_start(text, parent)
    bracket = parent.flow and text[opened : opened + 1] in {"{", "["}
    return _next_entry(text, parent, opened + bracket)


def _next_entry(text: str, parent: Collection, index: int) -> int:
    match = (_BLANK_IN_FLOW if parent.flow else _BLANK).match(text, index)
    return match.end() if match else index


def column(text: str, index: int) -> int:
    """Return the column of an index, from 0."""
    return index - start_of_line(text, index)


def start_of_line(text: str, index: int) -> int:
    """Return the start of an index's line."""
    return max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1


def end_of_line(text: str, index: int) -> int:
    """Return the end of an index's line, before its break."""
    match = _END_OF_LINE.match(text, index)
    return match.end() if match else index


def after_blank_lines(text: str, index: int) -> int:
    """Return the end of the last of the blank lines after the end of a line."""
    match = _BLANK_LINES.match(text, index)
    return match.end() if match else index


def line_break(text: str) -> str:
    """Return the first line break of a file."""
    match = _BREAK.search(text)
    return match[0] if match else "\n"
