"""Changes of the messages of a chat and their parts: added, removed, renamed and reordered ones."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from prompt_cli.domain.change import Change, ChangeKind, change
from prompt_cli.domain.json_values import JsonValue
from prompt_cli.domain.message import Each, Entry, History, Message, Part, RenderedPart, TextPart
from prompt_cli.problems import DataPath

Item = TypeVar("Item")

_MAX_COMPARED = 250_000
"""The maximum number of pairs of messages to compare for the best alignment; beyond, the first alignment is used."""


class Alignment(NamedTuple):
    """The alignment of old and new messages or parts, by index."""

    pairs: Sequence[tuple[int, int]]
    removed: Sequence[int] = ()
    added: Sequence[int] = ()


class TemplatePair(NamedTuple):
    """A template on both sides, with its new path."""

    path: DataPath
    old: str
    new: str


class ChatComparison:
    """The changes of a chat, and its texts on both sides, which are compared later."""

    def __init__(self, same: Callable[[str, str], bool]) -> None:
        self.changes: list[Change] = []
        self.texts: list[TemplatePair] = []
        self._same = same

    def compare(self, old: Sequence[Entry], new: Sequence[Entry], at: DataPath = ("messages",)) -> None:
        """Add the changes between entries; `at` is their path in the prompt's data."""
        alignment = align(old, new, _entry_key, self._same_entry)
        if alignment is None:
            before, after = [_entry_key(one) for one in old], [_entry_key(one) for one in new]
            message = f"the roles of the messages were {', '.join(before)} and are {', '.join(after)}"
            self._add(ChangeKind.MESSAGES_REORDERED, at, message, before, after)
            alignment = Alignment([*_by_key(old, new)])
        for n in alignment.removed:
            data = old[n].model_dump(mode="json", by_alias=True)
            self._add(ChangeKind.MESSAGE_REMOVED, (*at, n), f"{title(old[n], n)} was removed", data, None)
        for n in alignment.added:
            data = new[n].model_dump(mode="json", by_alias=True)
            self._add(ChangeKind.MESSAGE_ADDED, (*at, n), f"{title(new[n], n)} was added", None, data)
        for n, m in alignment.pairs:
            one, other, path = old[n], new[m], (*at, m)
            if isinstance(one, Each) and isinstance(other, Each):
                self.compare(one.messages, other.messages, (*path, "messages"))
            elif isinstance(one, Message) and isinstance(other, Message):
                self._compare_messages(one, other, path, title(other, m))
                self._compare_parts(one, other, path, m + 1)

    def _add(self, kind: ChangeKind, path: DataPath, text: str, old: JsonValue = None, new: JsonValue = None) -> None:
        self.changes.append(change(kind, path, text, old, new))

    def _same_entry(self, one: Entry, other: Entry) -> bool:
        if not isinstance(one, Message) or not isinstance(other, Message):
            return one == other
        before, after = one.parts, other.parts
        is_alike = one.name == other.name and [*map(_part_key, before)] == [*map(_part_key, after)]
        return is_alike and all(map(self._same_part, before, after))

    def _same_part(self, one: Part | RenderedPart, other: Part | RenderedPart) -> bool:
        if isinstance(one, TextPart) and isinstance(other, TextPart):
            return self._same(one.text, other.text)
        return True

    def _compare_messages(self, old: Message, new: Message, path: DataPath, of: str) -> None:
        if old.name != new.name:
            message = f"the name of {of} was changed"
            self._add(ChangeKind.TEXT_CHANGED, (*path, "name"), message, old.name, new.name)
        self._compare_marks(old, new, path, of)
        if old.optional != new.optional:
            message = f"{of} {'is left out' if new.optional else 'is no longer left out'} if its text is empty"
            self._add(ChangeKind.TEXT_CHANGED, (*path, "optional"), message, old.optional, new.optional)

    def _compare_marks(
        self, old: Message | Part | RenderedPart, new: Message | Part | RenderedPart, path: DataPath, of: str
    ) -> None:
        if old.cache != new.cache:
            message = f"the stable prefix {'ends' if new.cache else 'no longer ends'} after {of}"
            self._add(ChangeKind.CACHE_MARK_MOVED, (*path, "cache"), message, old.cache, new.cache)

    def _compare_parts(self, old: Message, new: Message, path: DataPath, number: int) -> None:
        at = (*path, "content")
        if isinstance(old.content, str) and isinstance(new.content, str):
            self.texts.append(TemplatePair(at, old.content, new.content))
            return
        before, after = old.parts, new.parts
        alignment = align(before, after, _part_key, self._same_part)
        if alignment is None:
            alignment = Alignment((), range(len(before)), range(len(after)))
        for n in alignment.removed:
            kind = _part_key(before[n])
            self._add(ChangeKind.PART_REMOVED, at, f"the {kind} of message {number} was removed", kind, None)
        for n in alignment.added:
            kind = _part_key(after[n])
            self._add(ChangeKind.PART_ADDED, (*at, n), f"the {kind} of message {number} was added", None, kind)
        for n, m in alignment.pairs:
            one, other, here = before[n], after[m], at if isinstance(new.content, str) else (*at, m)
            self._compare_marks(one, other, here, f"part {m + 1}")
            if isinstance(one, TextPart) and isinstance(other, TextPart):
                self.texts.append(TemplatePair(here if here == at else (*here, "text"), one.text, other.text))
            elif getattr(one, "detail", None) != getattr(other, "detail", None):
                self._add(ChangeKind.TEXT_CHANGED, here, f"the detail of the {_part_key(other)} was changed")


def title(entry: Entry, n: int) -> str:
    """Name an entry for a message: ``message 2 (user)``."""
    match entry:
        case History():
            return f"the history {entry.history!r}"
        case Each():
            return f"the messages for each of {entry.each!r}"
    return f"message {n + 1} ({entry.role})"


def _entry_key(entry: Entry) -> str:
    match entry:
        case History():
            return f"history {entry.history}"
        case Each():
            return f"each {entry.each}"
    return str(entry.role)


def _part_key(part: Part | RenderedPart) -> str:
    return part.label or "text"


def _by_key(old: Sequence[Entry], new: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    """Pair reordered entries: the first of a role with the first of that role, and so on."""
    by_key: dict[str, list[int]] = {}
    for n, entry in enumerate(old):
        by_key.setdefault(_entry_key(entry), []).append(n)
    for m, entry in enumerate(new):
        if by_key.get(_entry_key(entry)):
            yield by_key[_entry_key(entry)].pop(0), m


def align(
    old: Sequence[Item], new: Sequence[Item], key: Callable[[Item], str], same: Callable[[Item, Item], bool]
) -> Alignment | None:
    """Align messages or parts so that as many as possible are unchanged; None if they were reordered.

    The keys (roles of messages, kinds of parts) of one side must be a subsequence of the keys of the other.
    """
    before, after = [*map(key, old)], [*map(key, new)]
    if len(old) <= len(new):
        indexes = _embed(before, after, lambda n, m: same(old[n], new[m]))
        return None if indexes is None else Alignment(list(enumerate(indexes)), added=_others(len(new), indexes))
    indexes = _embed(after, before, lambda n, m: same(old[m], new[n]))
    return None if indexes is None else Alignment([(n, m) for m, n in enumerate(indexes)], _others(len(old), indexes))


def _others(size: int, indexes: Sequence[int]) -> list[int]:
    return sorted(set(range(size)).difference(indexes))


def _embed(few: Sequence[str], many: Sequence[str], same: Callable[[int, int], bool]) -> list[int] | None:
    """Return the index of each of the few among the many, in order and by key; None if they do not fit."""
    first = _first_fit(few, many)
    if first is None or len(few) == len(many) or len(few) * len(many) > _MAX_COMPARED:
        return first
    never = len(few) + 1

    def pair_cost(i: int, j: int) -> int:
        return costs[i + 1][j + 1] + (not same(i, j)) if few[i] == many[j] else never

    # costs[i][j]: the least number of differing messages among few[i:], paired with many[j:].
    costs = [[0] * (len(many) + 1) for _ in range(len(few) + 1)]
    for i in reversed(range(len(few))):
        costs[i][len(many)] = never
        for j in reversed(range(len(many))):
            costs[i][j] = min(pair_cost(i, j), costs[i][j + 1])
    indexes: list[int] = []
    j = 0
    for i in range(len(few)):
        while pair_cost(i, j) > costs[i][j]:
            j += 1
        indexes.append(j)
        j += 1
    return indexes


def _first_fit(few: Sequence[str], many: Sequence[str]) -> list[int] | None:
    indexes: list[int] = []
    candidates = iter(range(len(many)))
    for key in few:
        index = next((n for n in candidates if many[n] == key), None)
        if index is None:
            return None
        indexes.append(index)
    return indexes
