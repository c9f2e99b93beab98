"""Changes of the messages of a chat and their parts: added, removed, renamed and reordered ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from prompt_cli.domain.change import Change, ChangeKind, change
from prompt_cli.domain.message import Each, History, Message, TextPart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from prompt_cli.domain.message import Entry, Part, RenderedPart
    from prompt_cli.problems import DataPath

Item = TypeVar("Item")

_MOST_COMPARED = 250_000
"""The maximum number of pairs of messages to compare for the best alignment; beyond it the first one is used."""


class Alignment(NamedTuple):
    """The alignment of old and new messages or parts, by index.

    Attributes:
        pairs: Those on both sides, old and new index.
        removed: The removed ones, old index.
        added: The added ones, new index.
    """

    pairs: Sequence[tuple[int, int]]
    removed: Sequence[int] = ()
    added: Sequence[int] = ()


class TextPair(NamedTuple):
    """A template on both sides, with its new path."""

    path: DataPath
    old: str
    new: str


class ChatComparison(NamedTuple):
    """The comparison of two chats.

    Attributes:
        changes: The changes, except those of texts.
        texts: The templates on both sides.
    """

    changes: list[Change]
    texts: list[TextPair]


def compare_entries(
    old: Sequence[Entry], new: Sequence[Entry], same: Callable[[str, str], bool], at: DataPath = ("messages",)
) -> ChatComparison:
    """Compare the entries of two chats.

    Args:
        old: The old entries.
        new: The new entries.
        same: Returns whether two templates render alike.
        at: The path of the entries in the prompt's data.
    """
    comparison = ChatComparison([], [])
    aligned = align(old, new, _entry_key, lambda one, other: _same_entry(one, other, same))
    if aligned is None:
        before, after = [_entry_key(one) for one in old], [_entry_key(one) for one in new]
        message = f"the roles of the messages were {', '.join(before)} and are {', '.join(after)}"
        comparison.changes.append(change(ChangeKind.MESSAGES_REORDERED, at, message, before, after))
    for n in aligned.removed if aligned else ():
        message = f"{title(old[n], n)} was removed"
        data = old[n].model_dump(mode="json", by_alias=True)
        comparison.changes.append(change(ChangeKind.MESSAGE_REMOVED, (*at, n), message, data, None))
    for n in aligned.added if aligned else ():
        message = f"{title(new[n], n)} was added"
        data = new[n].model_dump(mode="json", by_alias=True)
        comparison.changes.append(change(ChangeKind.MESSAGE_ADDED, (*at, n), message, None, data))
    for n, m in aligned.pairs if aligned else _by_key(old, new):
        one, other, path = old[n], new[m], (*at, m)
        if isinstance(one, Each) and isinstance(other, Each):
            inner = compare_entries(one.messages, other.messages, same, (*path, "messages"))
            comparison.changes.extend(inner.changes)
            comparison.texts.extend(inner.texts)
        elif isinstance(one, Message) and isinstance(other, Message):
            comparison.changes.extend(_message_changes(one, other, path, title(other, m)))
            comparison.texts.extend(_compare_parts(one, other, path, same, comparison.changes))
    return comparison


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


def _same_entry(one: Entry, other: Entry, same: Callable[[str, str], bool]) -> bool:
    if not isinstance(one, Message) or not isinstance(other, Message):
        return one == other
    before, after = one.parts, other.parts
    return (
        one.name == other.name
        and [*map(_part_key, before)] == [*map(_part_key, after)]
        and all(same(*pair) for pair in zip(_texts(before), _texts(after), strict=True))
    )


def _texts(parts: Sequence[Part | RenderedPart]) -> list[str]:
    return [part.text for part in parts if isinstance(part, TextPart)]


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


def _message_changes(old: Message, new: Message, path: DataPath, of: str) -> Iterator[Change]:
    if old.name != new.name:
        message = f"the name of {of} was changed"
        yield change(ChangeKind.TEXT_CHANGED, (*path, "name"), message, old.name, new.name)
    yield from _mark_changes(old, new, path, of)
    if old.optional != new.optional:
        message = f"{of} {'is left out' if new.optional else 'is no longer left out'} if its text is empty"
        yield change(ChangeKind.TEXT_CHANGED, (*path, "optional"), message, old.optional, new.optional)


def _mark_changes(
    old: Message | Part | RenderedPart, new: Message | Part | RenderedPart, path: DataPath, of: str
) -> Iterator[Change]:
    if old.cache != new.cache:
        message = f"the stable prefix {'ends' if new.cache else 'no longer ends'} after {of}"
        yield change(ChangeKind.CACHE_MARK_MOVED, (*path, "cache"), message, old.cache, new.cache)


def _compare_parts(
    old: Message, new: Message, path: DataPath, same: Callable[[str, str], bool], changes: list[Change]
) -> Iterator[TextPair]:
    """Yield the texts of a message on both sides, and add the changes of its parts."""
    if isinstance(old.content, str) and isinstance(new.content, str):
        yield TextPair((*path, "content"), old.content, new.content)
        return
    before, after, at = old.parts, new.parts, (*path, "content")

    def alike(one: Part | RenderedPart, other: Part | RenderedPart) -> bool:
        return all(map(same, _texts([one]), _texts([other])))

    aligned = align(before, after, _part_key, alike)
    if aligned is None:
        aligned = Alignment((), range(len(before)), range(len(after)))
    for n in aligned.removed:
        message = f"the {_part_key(before[n])} of message {path[-1] + 1} was removed"  # type: ignore[operator] # an index
        changes.append(change(ChangeKind.PART_REMOVED, at, message, _part_key(before[n]), None))
    for n in aligned.added:
        message = f"the {_part_key(after[n])} of message {path[-1] + 1} was added"  # type: ignore[operator] # as above
        changes.append(change(ChangeKind.PART_ADDED, (*at, n), message, None, _part_key(after[n])))
    for n, m in aligned.pairs:
        one, other, here = before[n], after[m], at if isinstance(new.content, str) else (*at, m)
        changes.extend(_mark_changes(one, other, here, f"part {m + 1}"))
        if isinstance(one, TextPart) and isinstance(other, TextPart):
            yield TextPair(here if isinstance(new.content, str) else (*here, "text"), one.text, other.text)
        elif getattr(one, "detail", None) != getattr(other, "detail", None):
            message = f"the detail of the {_part_key(other)} was changed"
            changes.append(change(ChangeKind.TEXT_CHANGED, here, message))


def align(
    old: Sequence[Item], new: Sequence[Item], key: Callable[[Item], str], same: Callable[[Item, Item], bool]
) -> Alignment | None:
    """Align messages or parts so that as many as possible are unchanged; None if they were reordered.

    The keys of one side must be a subsequence of the keys of the other.

    Args:
        old: The old ones.
        new: The new ones.
        key: Returns the role of a message, the kind of a part.
        same: Returns whether an old and a new one have the same content.
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
    if first is None or len(few) == len(many) or len(few) * len(many) > _MOST_COMPARED:
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
