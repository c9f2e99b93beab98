"""The smallest splices that make a file hold other data."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.storage.yaml_nodes import Mapping, Scalar, Sequence, same_data
from prompt_cli.storage.yaml_scalars import Written
from prompt_cli.storage.yaml_splice import (
    Place,
    Span,
    Splice,
    after_blank_lines,
    column,
    end_of_line,
    entry_spans,
    leads,
    line_break,
    start_of_line,
)
from prompt_cli.storage.yaml_write import (
    WIDTH,
    block_entry,
    block_item,
    block_mapping,
    flow_entry,
    write_flow,
    write_value,
)

if TYPE_CHECKING:
    from prompt_cli.errors import DataPath
    from prompt_cli.storage.yaml_nodes import Collection, Node, YamlData


ATTEMPTS = 3
"""How many ways there are to update a file, the one that changes least first."""


class _Plan(NamedTuple):
    """What becomes of the entries of a mapping or list.

    Attributes:
        kept: The index of each entry that stays, and the place its value has in the new data.
        added: For each new entry: the index of the kept one it follows (None for the first), its key or index, its
            value.
    """

    kept: dict[int, str | int]
    added: list[tuple[int | None, str | int, YamlData]]


def update_splices(text: str, root: Mapping, data: dict[str, YamlData], attempt: int) -> list[Splice]:
    """Return the splices that make a file hold other data.

    Args:
        text: The text of the file.
        root: Its nodes.
        data: The data it is to hold.
        attempt: 0 changes least; 1 writes no block that the lines after it could become part of; 2 besides writes the
            values of the top level that differ anew as a whole.
    """
    updater = _Updater(text, attempt)
    updater.root(root, data)
    return updater.splices


class _Slot(NamedTuple):
    """A value, the mapping or list that holds it, and where the colon or dash before it ends."""

    node: Node
    parent: Collection
    lead: int


class _Updater:
    def __init__(self, text: str, attempt: int) -> None:
        self.splices: list[Splice] = []
        self._text = text
        self._careful = attempt > 0
        self._coarse = attempt > 1
        self._newline = line_break(text)

    def root(self, node: Mapping, new: dict[str, YamlData]) -> None:
        plan = _plan(node, new)
        if plan.kept:
            self._entries(node, plan, new, ())
            return
        start = entry_spans(self._text, node)[0].start if node.entries and not node.flow else node.start
        margin = column(self._text, start)
        lines = [write_flow(new)] if node.flow or not new else block_mapping(new, margin, ())
        end = node.end if node.flow else after_blank_lines(self._text, end_of_line(self._text, node.end))
        self.splices.append(Splice(start, end, self._newline.join(lines).lstrip(" ")))

    def _value(self, slot: _Slot, new: YamlData, path: DataPath) -> None:
        node, parent, lead = slot
        if same_data(node.data, new):
            return
        whole = self._coarse and len(path) == 1
        if isinstance(node, Mapping | Sequence) and not whole:
            plan = _plan(node, new)
            if plan.kept and isinstance(new, dict | list):
                self._entries(node, plan, new, path)
                return
        place = Place(self._text, node, parent, lead)
        if isinstance(node, Scalar) and isinstance(node.data, str) and isinstance(new, str) and not whole:
            self.splices += place.replace_text(new)
        elif parent.flow:
            self.splices += place.put(Written(write_flow(new)))
        else:
            written = write_value(new, place.column, path, room=WIDTH - column(self._text, lead) - 1)
            if self._careful and _ends_in_text(new):
                written = Written(write_flow(new))
            self.splices += place.put(_beside_dash(written, parent, place.column))

    def _entries(
        self, node: Collection, plan: _Plan, new: dict[str, YamlData] | list[YamlData], path: DataPath
    ) -> None:
        slots, spans = _slots(self._text, node), entry_spans(self._text, node)
        followed = {after for after, _, _ in plan.added}
        ends: dict[int, int] = {}
        for index, label in plan.kept.items():
            done = len(self.splices)
            value = new[label]  # type: ignore[index] # a label is a key of a dict, an index of a list
            self._value(slots[index], value, (*path, label))
            end = spans[index].end if node.flow else end_of_line(self._text, spans[index].end)
            ends[index] = max(end, *(splice.end for splice in self.splices[done:]), 0)
            if index in followed:
                self._close(slots[index], self.splices[done:])
        if node.flow:
            self._reshape_flow(spans, plan, ends)
        else:
            self._reshape_block(spans, plan, ends, path)

    def _reshape_flow(self, spans: list[Span], plan: _Plan, ends: dict[int, int]) -> None:
        """Remove and add entries between brackets."""
        first, last = min(plan.kept), max(plan.kept)
        for after, label, value in plan.added:
            entry = flow_entry(label, value) if isinstance(label, str) else write_flow(value)
            if after is None:
                self.splices.append(Splice(spans[first].start, spans[first].start, f"{entry}, "))
                continue
            # libyaml reads a colon right before a comma as text.
            gap = " " if self._text.endswith(":", 0, ends[after]) else ""
            self.splices.append(Splice(ends[after], ends[after], f"{gap}, {entry}"))
        for index in range(last):
            if index not in plan.kept:
                self.splices.append(Splice(spans[index].start, spans[index + 1].start, ""))
        if last < len(spans) - 1:
            self.splices.append(Splice(spans[last].end, spans[-1].end, ""))

    def _reshape_block(self, spans: list[Span], plan: _Plan, ends: dict[int, int], path: DataPath) -> None:
        """Remove and add entries that have lines of their own."""
        first = min(plan.kept)
        margin = column(self._text, spans[0].start)
        for after, label, value in plan.added:
            lines = self._lines(label, value, margin, path)
            if after is None:
                added = self._newline.join([lines[0][margin:], *lines[1:], " " * margin])
                self.splices.append(Splice(spans[first].start, spans[first].start, added))
            else:
                added = "".join(self._newline + line for line in lines)
                self.splices.append(Splice(ends[after], ends[after], added))
        if self._text[start_of_line(self._text, spans[0].start) : spans[0].start].strip(" "):
            # The first entry stands beside a dash: what follows moves up to it.
            self.splices.append(Splice(spans[0].start, spans[first].start, ""))
        else:
            self.splices += [self._line(spans[index]) for index in range(first)]
        removed = (index for index in range(first, len(spans)) if index not in plan.kept)
        self.splices += [self._line_before(spans[index]) for index in removed]

    def _lines(self, label: str | int, value: YamlData, margin: int, path: DataPath) -> list[str]:
        if self._careful and _ends_in_text(value):
            return [" " * margin + (flow_entry(label, value) if isinstance(label, str) else f"- {write_flow(value)}")]
        where = (*path, label)
        return block_entry(label, value, margin, where) if isinstance(label, str) else block_item(value, margin, where)

    def _line(self, span: Span) -> Splice:
        """Take an entry's lines away, with the break that ends them."""
        following = end_of_line(self._text, span.end)
        following += 2 if self._text.startswith("\r\n", following) else 1
        return Splice(start_of_line(self._text, span.start), following, "")

    def _line_before(self, span: Span) -> Splice:
        """Take an entry's lines away, with the break before them: a file may lack the last."""
        start = start_of_line(self._text, span.start)
        start -= 2 if self._text.endswith("\r\n", 0, start) else 1
        return Splice(start, end_of_line(self._text, span.end), "")

    def _close(self, slot: _Slot, splices: list[Splice]) -> None:
        """Make a block scalar that the end of the file ends say so, as other lines are to follow."""
        while not isinstance(slot.node, Scalar):
            slots = _slots(self._text, slot.node) if isinstance(slot.node, Mapping | Sequence) else []
            if not slots:
                return
            slot = slots[-1]
        node = slot.node
        ended = node.style in {"|", ">"} and node.raw_end == len(self._text) and not node.text.endswith("\n")
        chomped = "-" in self._text[node.start : end_of_line(self._text, node.start)]
        if ended and not chomped and not any(splice.end > node.start for splice in splices):
            self.splices += Place(self._text, node, slot.parent, slot.lead).replace_text(node.text)


def _plan(node: Collection, new: YamlData) -> _Plan:
    if isinstance(node, Mapping) and isinstance(new, dict):
        return _plan_mapping(list(node.entries), new)
    if isinstance(node, Sequence) and isinstance(new, list):
        return _plan_list(node.data, new)
    return _Plan({}, [])


def _plan_mapping(old: list[str], new: dict[str, YamlData]) -> _Plan:
    places = {key: index for index, key in enumerate(old)}
    kept: dict[int, str | int] = {index: key for key, index in places.items() if key in new}
    added: list[tuple[int | None, str | int, YamlData]] = []
    after: int | None = None
    for key, value in new.items():
        if key in places:
            after = places[key]
        else:
            added.append((after, key, value))
    return _Plan(kept, added)


def _plan_list(old: list[YamlData], new: list[YamlData]) -> _Plan:
    """Keep what is alike at both ends, and pair what stands between, first with first."""
    shorter = min(len(old), len(new))
    head = next((n for n in range(shorter) if not same_data(old[n], new[n])), shorter)
    tail = next((n for n in range(shorter - head) if not same_data(old[-1 - n], new[-1 - n])), shorter - head)
    paired = shorter - tail
    kept: dict[int, str | int] = {n: n for n in range(paired)}
    kept |= {len(old) - n: len(new) - n for n in range(tail, 0, -1)}
    after = paired - 1 if paired else None
    return _Plan(kept, [(after, n, new[n]) for n in range(paired, len(new) - tail)])


def _slots(text: str, node: Collection) -> list[_Slot]:
    return [_Slot(child, node, lead) for child, lead in leads(text, node)]


def _ends_in_text(value: YamlData) -> bool:
    """Tell whether a value may end in a block, to which blank lines and comments that follow could be added."""
    while isinstance(value, dict | list) and value:
        value = list(value.values())[-1] if isinstance(value, dict) else value[-1]
    return isinstance(value, str)


def _beside_dash(written: Written, parent: Collection, margin: int) -> Written:
    """Begin the lines of a value in the line of its dash."""
    if written.inline or not isinstance(parent, Sequence):
        return written
    return Written(written.lines[0][margin + 2 :], written.lines[1:])
