"""Splices: spans of a text with their replacements, and the splices that replace a value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from prompt_cli.yaml.emit import Notation, folded, inline_scalar, literal
from prompt_cli.yaml.nodes import BREAK, Alias, Collection, Mapping, Node, Scalar, Sequence
from prompt_cli.yaml.positions import BLANK, COLON, content_start
from prompt_cli.yaml.schema import NON_SPECIFIC, STR

_LINE_END = re.compile(r"[\r\n]")
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


class EntrySpan(NamedTuple):
    """The span of an entry: from its key, ``?`` or dash to the end of its value."""

    start: int
    end: int


class OverlapError(ValueError):
    """Two splices overlap."""


def apply(text: str, splices: Iterable[Splice]) -> str:
    """Return the text with splices applied; those at one index in their order.

    Raises:
        OverlapError: Two splices overlap.
    """
    parts: list[str] = []
    end = 0
    for splice in sorted(splices, key=lambda one: (one.start, one.end)):
        if splice.start < end:
            raise OverlapError(f"the splices overlap at {splice.start}")
        parts += [text[end : splice.start], splice.text]
        end = splice.end
    return "".join([*parts, text[end:]])


class EditSite:
    """A value to replace in the text of a file.

    Args:
        text: The text.
        node: The value.
        parent: Its mapping or list.
        lead: The end of the colon or dash before the value.
    """

    __slots__ = ("_text", "lead", "node", "parent")

    def __init__(self, text: str, node: Node, parent: Collection, lead: int) -> None:
        self._text = text
        self.node: Node = node
        self.parent: Collection = parent
        self.lead: int = lead

    @property
    def column(self) -> int:
        """The column of the entries of the parent, from 0."""
        return column(self._text, first_entry(self._text, self.parent))

    @property
    def newline(self) -> str:
        """The line break of the file."""
        return line_break(self._text)

    def replace_text(self, value: str) -> list[Splice]:
        """Return the splices that replace a scalar's text; its style stays if the text allows it."""
        keeps_tag = isinstance(self.node, Scalar) and self.node.tag in {STR, NON_SPECIFIC}
        return self.replace(self._in_style(value), keeps_tag=keeps_tag)

    def replace(self, notation: Notation, *, keeps_tag: bool = False) -> list[Splice]:
        """Return the splices that replace the value; its anchor and comments stay."""
        node = self.node
        if isinstance(node, Mapping | Sequence) and not node.flow:
            return self._replace_collection(node, notation)
        start = node.start if isinstance(node, Alias) else content_start(self._text, node)
        head = notation.inline
        is_missing = start == node.end
        if not isinstance(node, Alias) and node.tag is not None and not keeps_tag:
            start = node.start
            head = f"&{node.anchor} {head}".rstrip(" ") if node.anchor else head
        if is_missing:
            head = self._space(start) + head
        if not head:
            start = len(self._text[:start].rstrip(" "))
        if isinstance(node, Scalar) and node.style in {"|", ">"}:
            return self._replace_block(node, Splice(start, content_start(self._text, node), head), notation)
        rest = end_of_line(self._text, node.end)
        return [Splice(start, node.end, head), *self._below(rest, rest, notation)]

    def _replace_block(self, node: Scalar, head: Splice, notation: Notation) -> list[Splice]:
        header = _HEADER.match(self._text, head.end)
        head_end = header.end() if header else head.end
        first_line = end_of_line(self._text, head_end)
        end = node.end
        if notation.keeps_breaks:
            end = node.raw_end - (len(self.newline) if self._text.endswith(self.newline, 0, node.raw_end) else 0)
        return [Splice(head.start, head_end, head.text), *self._below(first_line, max(end, first_line), notation)]

    def _replace_collection(self, node: Collection, notation: Notation) -> list[Splice]:
        """Write the value after the colon or dash, and remove the lines of the block collection."""
        anchor = f" &{node.anchor}" if node.anchor else ""
        head = anchor + (f" {notation.inline}" if notation.inline else "")
        line = end_of_line(self._text, self.lead)
        if node.start <= line:
            rest = end_of_line(self._text, node.end)
            return [Splice(self.lead, node.end, head), *self._below(rest, rest, notation)]
        below = self._below(line, end_of_line(self._text, node.end), notation)
        return [Splice(self.lead, self.lead, head), *below]

    def _below(self, start: int, end: int, notation: Notation) -> list[Splice]:
        """Replace the lines between two ends of lines by the lines of a value."""
        lines = "".join(self.newline + line for line in notation.lines)
        return [Splice(start, end, lines)] if lines or start != end else []

    def _space(self, start: int) -> str:
        """Return the text needed before a value that was missing."""
        if isinstance(self.parent, Mapping) and self._text[self.lead - 1 : self.lead] != ":":
            return ": " if self.parent.flow else f"{self.newline}{' ' * self.column}: "
        return "" if self._text[start - 1 : start] == " " else " "

    def _in_style(self, value: str) -> Notation:
        style = self.node.style if isinstance(self.node, Scalar) else ""
        block = None if self.parent.flow else self._block(value, style)
        quotes = style if style in {"'", '"'} else ""
        return block or Notation(inline_scalar(value, flow=self.parent.flow, style=quotes))

    def _block(self, value: str, style: str) -> Notation | None:
        """Return a text as a block, if it was one or has several lines and no quotes."""
        if isinstance(self.node, Scalar) and style in {"|", ">"}:
            indent, indicator = self._indentation(self.node)
            block = folded(value, indent=indent, parent=self.column, indicator=indicator) if style == ">" else None
            return block or literal(value, indent=indent, parent=self.column, indicator=indicator)
        if style or "\n" not in value:
            return None
        block = literal(value, indent=self.column + 2, parent=self.column)
        return None if block and block.keeps_breaks and self._blank_line_follows() else block

    def _blank_line_follows(self) -> bool:
        match = BREAK.match(self._text, end_of_line(self._text, self.node.end))
        return match is not None and BREAK.match(self._text, match.end()) is not None

    def _indentation(self, node: Scalar) -> tuple[int, bool]:
        """Return the column of a block scalar's lines, and whether its header states it."""
        start = content_start(self._text, node)
        header = _HEADER.match(self._text, start)
        if header and (digit := _DIGIT.search(header[0])):
            return self.column + int(digit[0]), True
        first = _INDENTED.search(self._text, start, node.raw_end)
        return (len(first[1]) if first else self.column + 2), False


def entry_spans(text: str, parent: Collection) -> list[EntrySpan]:
    """Return the spans of the entries of a mapping or list."""
    if isinstance(parent, Sequence):
        ends = [item.end for item in parent.items]
    else:
        ends = [max(key.end, value.end) for key, value in parent.entries.values()]
    starts = [first_entry(text, parent), *(_next_entry(text, parent, end) for end in ends[:-1])]
    return list(map(EntrySpan, starts, ends))


def edit_sites(text: str, parent: Collection) -> list[EditSite]:
    """Return the edit sites of the values of a mapping or list."""
    if isinstance(parent, Mapping):
        return [EditSite(text, value, parent, _after_colon(text, key, value)) for key, value in parent.entries.values()]
    dash = 0 if parent.flow else 1
    spans = entry_spans(text, parent)
    return [EditSite(text, item, parent, span.start + dash) for item, span in zip(parent.items, spans, strict=True)]


def _after_colon(text: str, key: Node, value: Node) -> int:
    """Return the end of the colon after a key, or of a key without one."""
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
    match = _LINE_END.search(text, index)
    return match.start() if match else len(text)


def after_blank_lines(text: str, index: int) -> int:
    """Return the end of the last of the blank lines after the end of a line."""
    match = _BLANK_LINES.match(text, index)
    return match.end() if match else index


def line_break(text: str) -> str:
    """Return the first line break of a file."""
    match = BREAK.search(text)
    return match[0] if match else "\n"
