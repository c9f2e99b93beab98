"""Edits of a file: replace few bytes, parse the result, and compare its data before accepting it."""

import re
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as MappingType
from collections.abc import Sequence as SequenceType
from contextlib import suppress
from typing import NamedTuple

from prompt_cli.errors import PromptFormatError, StorageError
from prompt_cli.problems import DataPath
from prompt_cli.yaml.emit import (
    WIDTH,
    Notation,
    block_entry,
    block_item,
    block_mapping,
    flow_entry,
    folded,
    inline_scalar,
    literal,
    plain_data,
    write_flow,
    write_value,
)
from prompt_cli.yaml.nodes import (
    BREAK,
    NON_SPECIFIC,
    STR,
    Alias,
    Collection,
    Mapping,
    Node,
    Scalar,
    Sequence,
    YamlData,
    resolve_alias,
    same_data,
)
from prompt_cli.yaml.positions import BLANK, after_colon, content_start
from prompt_cli.yaml.source import YamlSource
from prompt_cli.yaml.text import (
    BOM,
    OverlapError,
    Splice,
    after_blank_lines,
    apply,
    column,
    end_of_line,
    line_break,
    start_of_line,
)

_ATTEMPTS = 3  # ways to update a file, least change first
_HEADER = re.compile(r"[|>][-+0-9]*")
_DIGIT = re.compile(r"[1-9]")
_INDENTED = re.compile(r"(?:\r\n?|\n)( *)[^ \r\n]")
_BLANK = re.compile(BLANK)
_BLANK_IN_FLOW = re.compile(BLANK.replace(r"\t", r"\t,"))


def replace_scalar(source: YamlSource, key: str, text: str) -> YamlSource:
    """Return a source with a text in place of the scalar under a key; see `YamlSource.replace_scalar`."""
    if key not in source.root.entries:
        raise StorageError(f"no {key!r} to change")
    _, node = source.root.entries[key]
    if not isinstance(resolve_alias(node), Scalar):
        raise StorageError(f"{key!r} is not a single value")
    site = next(site for site in edit_sites(source.text, source.root) if site.node is node)
    edited = apply(source.text, site.replace_text(text))
    return _accept(source, [edited], {**source.data, key: text}, [key])


def update(source: YamlSource, data: MappingType[str, object]) -> YamlSource:
    """Return a source that holds other data; see `YamlSource.replace_data`."""
    new_data = plain_data(data)
    if same_data(source.data, new_data):
        return source
    changed = [key for key in source.data if key not in new_data or not same_data(source.data[key], new_data[key])]
    return _accept(source, _edits(source, new_data), new_data, changed)


def _edits(source: YamlSource, data: dict[str, YamlData]) -> Iterator[str]:
    """Yield texts that may hold the data, least change first."""
    for attempt in range(_ATTEMPTS):
        with suppress(OverlapError):  # the next attempt changes more at once
            yield apply(source.text, _Updater(source.text, attempt).splices(source.root, data))


def _accept(source: YamlSource, edits: Iterable[str], data: YamlData, changed: SequenceType[str]) -> YamlSource:
    """Return the first edited text that, parsed again, holds the data.

    A text that ends with a block may need a last line break that the file lacks.
    """
    failure: PromptFormatError | None = None
    for edit in edits:
        for text in (edit, edit + line_break(edit)):
            try:
                edited = type(source).parse(((BOM if source.has_bom else "") + text).encode())
            except PromptFormatError as error:
                failure = error
                continue
            if same_data(edited.data, data):
                return edited
    reasons = ((repr(key), _describe_sharing(source, key)) for key in changed)
    otherwise = repr(changed[0]) if changed else "the file", ""
    subject, reason = next(((subject, reason) for subject, reason in reasons if reason), otherwise)
    reason = reason or (failure.message if failure else "the edited file would hold other data")
    raise StorageError(f"{subject} cannot be changed in place: {reason}") from failure


def _describe_sharing(source: YamlSource, key: str) -> str:
    """Describe the anchor by which a value, or a part of the value, is used twice; empty without one."""
    _, node = source.root.entries[key]
    for alias in source.leaves:
        if isinstance(alias, Alias) and node.start <= alias.target.start < node.end:
            line, _ = source.lines.position(alias.start)
            return f"&{alias.target.anchor} in it is used in line {line} too: write the value out there"
    return ""


class EntrySpan(NamedTuple):
    """The span of an entry: from its key, ``?`` or dash to the end of its value."""

    start: int
    end: int


class EditSite(NamedTuple):
    """A value to replace in the text of a file, its mapping or list, and the end of the colon or dash before it."""

    text: str
    node: Node
    parent: Collection
    lead: int

    @property
    def column(self) -> int:
        """The column of the entries of the parent, from 0."""
        return column(self.text, first_entry(self.text, self.parent))

    @property
    def newline(self) -> str:
        """The line break of the file."""
        return line_break(self.text)

    def replace_text(self, value: str) -> list[Splice]:
        """Return the splices that replace a scalar's text; its style stays if the text allows it."""
        keeps_tag = isinstance(self.node, Scalar) and self.node.tag in {STR, NON_SPECIFIC}
        return self.replace(self._in_style(value), keeps_tag=keeps_tag)

    def replace(self, notation: Notation, *, keeps_tag: bool = False) -> list[Splice]:
        """Return the splices that replace the value; its anchor and comments stay."""
        node = self.node
        if isinstance(node, Mapping | Sequence) and not node.flow:
            return self._replace_collection(node, notation)
        start = node.start if isinstance(node, Alias) else content_start(self.text, node)
        head = notation.inline
        is_missing = start == node.end
        if not isinstance(node, Alias) and node.tag is not None and not keeps_tag:
            start = node.start
            head = f"&{node.anchor} {head}".rstrip(" ") if node.anchor else head
        if is_missing:
            head = self._space(start) + head
        if not head:
            start = len(self.text[:start].rstrip(" "))
        if isinstance(node, Scalar) and node.style in {"|", ">"}:
            return self._replace_block(node, Splice(start, content_start(self.text, node), head), notation)
        rest = end_of_line(self.text, node.end)
        return [Splice(start, node.end, head), *self._below(rest, rest, notation)]

    def _replace_block(self, node: Scalar, head: Splice, notation: Notation) -> list[Splice]:
        header = _HEADER.match(self.text, head.end)
        head_end = header.end() if header else head.end
        first_line = end_of_line(self.text, head_end)
        end = node.end
        if notation.keeps_breaks:
            end = node.raw_end - (len(self.newline) if self.text.endswith(self.newline, 0, node.raw_end) else 0)
        return [Splice(head.start, head_end, head.text), *self._below(first_line, max(end, first_line), notation)]

    def _replace_collection(self, node: Collection, notation: Notation) -> list[Splice]:
        """Write the value after the colon or dash, and remove the lines of the block collection."""
        anchor = f" &{node.anchor}" if node.anchor else ""
        head = anchor + (f" {notation.inline}" if notation.inline else "")
        line = end_of_line(self.text, self.lead)
        if node.start <= line:
            rest = end_of_line(self.text, node.end)
            return [Splice(self.lead, node.end, head), *self._below(rest, rest, notation)]
        below = self._below(line, end_of_line(self.text, node.end), notation)
        return [Splice(self.lead, self.lead, head), *below]

    def _below(self, start: int, end: int, notation: Notation) -> list[Splice]:
        """Replace the lines between two ends of lines by the lines of a value."""
        lines = "".join(self.newline + line for line in notation.lines)
        return [Splice(start, end, lines)] if lines or start != end else []

    def _space(self, start: int) -> str:
        """Return the text needed before a value that was missing."""
        if isinstance(self.parent, Mapping) and self.text[self.lead - 1 : self.lead] != ":":
            return ": " if self.parent.flow else f"{self.newline}{' ' * self.column}: "
        return "" if self.text[start - 1 : start] == " " else " "

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
        match = BREAK.match(self.text, end_of_line(self.text, self.node.end))
        return match is not None and BREAK.match(self.text, match.end()) is not None

    def _indentation(self, node: Scalar) -> tuple[int, bool]:
        """Return the column of a block scalar's lines, and whether its header states it."""
        start = content_start(self.text, node)
        header = _HEADER.match(self.text, start)
        if header and (digit := _DIGIT.search(header[0])):
            return self.column + int(digit[0]), True
        first = _INDENTED.search(self.text, start, node.raw_end)
        return (len(first[1]) if first else self.column + 2), False


class _EntriesPlan(NamedTuple):
    """Plan for the entries of a mapping or list."""

    old_entries: dict[int, str | int]  # the new key or index of each entry that stays, by its index
    # The index of the old entry before a new one (None for the first), its key or index, and its value.
    new_entries: list[tuple[int | None, str | int, YamlData]]


class _Updater:
    """The splices that make a text hold other data.

    Attempt 0 changes least. Attempt 1 also writes no block that could absorb the lines after it. Attempt 2 also
    rewrites each changed top-level value as a whole.
    """

    def __init__(self, text: str, attempt: int) -> None:
        self._text = text
        self._newline = line_break(text)
        self._avoids_blocks = attempt > 0
        self._rewrites_values = attempt > 1
        self._splices: list[Splice] = []

    def splices(self, root: Mapping, new: dict[str, YamlData]) -> list[Splice]:
        plan = _plan(root, new)
        if plan.old_entries:
            self._entries(root, plan, new, ())
        else:
            self._root(root, new)
        return self._splices

    def _root(self, node: Mapping, new: dict[str, YamlData]) -> None:
        start = entry_spans(self._text, node)[0].start if node.entries and not node.flow else node.start
        margin = column(self._text, start)
        lines = [write_flow(new)] if node.flow or not new else block_mapping(new, margin, ())
        end = node.end if node.flow else after_blank_lines(self._text, end_of_line(self._text, node.end))
        self._splices.append(Splice(start, end, self._newline.join(lines).lstrip(" ")))

    def _value(self, site: EditSite, new: YamlData, path: DataPath) -> None:
        node, parent = site.node, site.parent
        if same_data(node.data, new):
            return
        whole = self._rewrites_values and len(path) == 1
        if isinstance(node, Mapping | Sequence) and not whole:
            plan = _plan(node, new)
            if plan.old_entries and isinstance(new, dict | list):
                self._entries(node, plan, new, path)
                return
        if isinstance(node, Scalar) and isinstance(node.data, str) and isinstance(new, str) and not whole:
            self._splices += site.replace_text(new)
        elif parent.flow:
            self._splices += site.replace(Notation(write_flow(new)))
        else:
            notation = write_value(new, site.column, path, room=WIDTH - column(self._text, site.lead) - 1)
            if self._avoids_blocks and _ends_in_text(new):
                notation = Notation(write_flow(new))
            self._splices += site.replace(_join_to_dash(notation, parent, site.column))

    def _entries(
        self, node: Collection, plan: _EntriesPlan, new: dict[str, YamlData] | list[YamlData], path: DataPath
    ) -> None:
        sites, spans = edit_sites(self._text, node), entry_spans(self._text, node)
        before_new = {after for after, _, _ in plan.new_entries}
        ends: dict[int, int] = {}
        for index, label in plan.old_entries.items():
            first = len(self._splices)
            value = new[label]  # type: ignore[index] # a label is a key of a dict, an index of a list
            self._value(sites[index], value, (*path, label))
            end = spans[index].end if node.flow else end_of_line(self._text, spans[index].end)
            ends[index] = max(end, *(splice.end for splice in self._splices[first:]), 0)
            if index in before_new:
                self._close(sites[index], self._splices[first:])
        if node.flow:
            self._reshape_flow(spans, plan, ends)
        else:
            self._reshape_block(spans, plan, ends, path)

    def _reshape_flow(self, spans: list[EntrySpan], plan: _EntriesPlan, ends: dict[int, int]) -> None:
        """Remove and add entries between brackets."""
        first, last = min(plan.old_entries), max(plan.old_entries)
        for after, label, value in plan.new_entries:
            entry = flow_entry(label, value) if isinstance(label, str) else write_flow(value)
            if after is None:
                self._splices.append(Splice(spans[first].start, spans[first].start, f"{entry}, "))
                continue
            # A colon right before a comma would be text.
            gap = " " if self._text.endswith(":", 0, ends[after]) else ""
            self._splices.append(Splice(ends[after], ends[after], f"{gap}, {entry}"))
        for index in range(last):
            if index not in plan.old_entries:
                self._splices.append(Splice(spans[index].start, spans[index + 1].start, ""))
        if last < len(spans) - 1:
            self._splices.append(Splice(spans[last].end, spans[-1].end, ""))

    def _reshape_block(self, spans: list[EntrySpan], plan: _EntriesPlan, ends: dict[int, int], path: DataPath) -> None:
        """Remove and add entries that have lines of their own."""
        first = min(plan.old_entries)
        margin = column(self._text, spans[0].start)
        for after, label, value in plan.new_entries:
            lines = self._lines(label, value, margin, path)
            if after is None:
                added = self._newline.join([lines[0][margin:], *lines[1:], " " * margin])
                self._splices.append(Splice(spans[first].start, spans[first].start, added))
            else:
                added = "".join(self._newline + line for line in lines)
                self._splices.append(Splice(ends[after], ends[after], added))
        if self._text[start_of_line(self._text, spans[0].start) : spans[0].start].strip(" "):
            # The first entry stands beside a dash: the next one moves up to it.
            self._splices.append(Splice(spans[0].start, spans[first].start, ""))
        else:
            self._splices += [self._line(spans[index]) for index in range(first)]
        removed = (index for index in range(first, len(spans)) if index not in plan.old_entries)
        self._splices += [self._line_before(spans[index]) for index in removed]

    def _lines(self, label: str | int, value: YamlData, margin: int, path: DataPath) -> list[str]:
        if self._avoids_blocks and _ends_in_text(value):
            return [" " * margin + (flow_entry(label, value) if isinstance(label, str) else f"- {write_flow(value)}")]
        path = (*path, label)
        return block_entry(label, value, margin, path) if isinstance(label, str) else block_item(value, margin, path)

    def _line(self, span: EntrySpan) -> Splice:
        """Remove an entry's lines and the break after them."""
        following = end_of_line(self._text, span.end)
        following += 2 if self._text.startswith("\r\n", following) else 1
        return Splice(start_of_line(self._text, span.start), following, "")

    def _line_before(self, span: EntrySpan) -> Splice:
        """Remove an entry's lines and the break before them; the file may lack the one after."""
        start = start_of_line(self._text, span.start)
        start -= 2 if self._text.endswith("\r\n", 0, start) else 1
        return Splice(start, end_of_line(self._text, span.end), "")

    def _close(self, site: EditSite, splices: list[Splice]) -> None:
        """Fix the header of a block at the end of the file, before lines are added after the block."""
        while not isinstance(site.node, Scalar):
            sites = edit_sites(self._text, site.node) if isinstance(site.node, Mapping | Sequence) else []
            if not sites:
                return
            site = sites[-1]
        node = site.node
        is_last = node.style in {"|", ">"} and node.raw_end == len(self._text) and not node.text.endswith("\n")
        has_strip = "-" in self._text[node.start : end_of_line(self._text, node.start)]
        if is_last and not has_strip and not any(splice.end > node.start for splice in splices):
            self._splices += site.replace_text(node.text)


def _plan(node: Collection, new: YamlData) -> _EntriesPlan:
    if isinstance(node, Mapping) and isinstance(new, dict):
        return _plan_mapping(list(node.entries), new)
    if isinstance(node, Sequence) and isinstance(new, list):
        return _plan_list(node.data, new)
    return _EntriesPlan({}, [])


def _plan_mapping(old: list[str], new: dict[str, YamlData]) -> _EntriesPlan:
    indexes = {key: index for index, key in enumerate(old)}
    old_entries: dict[int, str | int] = {index: key for key, index in indexes.items() if key in new}
    new_entries: list[tuple[int | None, str | int, YamlData]] = []
    after: int | None = None
    for key, value in new.items():
        if key in indexes:
            after = indexes[key]
        else:
            new_entries.append((after, key, value))
    return _EntriesPlan(old_entries, new_entries)


def _plan_list(old: list[YamlData], new: list[YamlData]) -> _EntriesPlan:
    """Keep equal items at both ends, and pair those between in order."""
    shorter = min(len(old), len(new))
    head = next((n for n in range(shorter) if not same_data(old[n], new[n])), shorter)
    tail = next((n for n in range(shorter - head) if not same_data(old[-1 - n], new[-1 - n])), shorter - head)
    paired = shorter - tail
    old_entries: dict[int, str | int] = {n: n for n in range(paired)}
    old_entries |= {len(old) - n: len(new) - n for n in range(tail, 0, -1)}
    after = paired - 1 if paired else None
    return _EntriesPlan(old_entries, [(after, n, new[n]) for n in range(paired, len(new) - tail)])


def _ends_in_text(value: YamlData) -> bool:
    """Return whether a value may end in a block that could absorb the lines after it."""
    while isinstance(value, dict | list) and value:
        value = list(value.values())[-1] if isinstance(value, dict) else value[-1]
    return isinstance(value, str)


def _join_to_dash(notation: Notation, parent: Collection, margin: int) -> Notation:
    """Move the first line of a value beside its dash."""
    if notation.inline or not isinstance(parent, Sequence):
        return notation
    return Notation(notation.lines[0][margin + 2 :], notation.lines[1:])


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
        return [EditSite(text, value, parent, after_colon(text, key, value)) for key, value in parent.entries.values()]
    dash = 0 if parent.flow else 1
    spans = entry_spans(text, parent)
    return [EditSite(text, item, parent, span.start + dash) for item, span in zip(parent.items, spans, strict=True)]


def first_entry(text: str, parent: Collection) -> int:
    """Return the start of the first entry of a mapping or list."""
    opened = content_start(text, parent)
    bracket = parent.flow and text[opened : opened + 1] in {"{", "["}
    return _next_entry(text, parent, opened + bracket)


def _next_entry(text: str, parent: Collection, index: int) -> int:
    match = (_BLANK_IN_FLOW if parent.flow else _BLANK).match(text, index)
    return match.end() if match else index
