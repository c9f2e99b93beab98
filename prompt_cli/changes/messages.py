"""Changes of the messages of a chat: added, removed, renamed and reordered ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.change import Change, ChangeKind, change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from prompt_cli.domain.message import Message


_MOST_COMPARED = 250_000
"""The maximum number of pairs of messages to compare for the best alignment; beyond it the first one is used."""


class Alignment(NamedTuple):
    """The alignment of old and new messages, by index.

    Attributes:
        pairs: The messages on both sides, old and new index.
        removed: The removed messages, old index.
        added: The added messages, new index.
    """

    pairs: Sequence[tuple[int, int]]
    removed: Sequence[int] = ()
    added: Sequence[int] = ()


def align(old: Sequence[Message], new: Sequence[Message], same: Callable[[Message, Message], bool]) -> Alignment | None:
    """Align messages by role so that as many as possible are unchanged; None if messages were reordered.

    The roles of one side must be a subsequence of the roles of the other.

    Args:
        old: The old messages.
        new: The new messages.
        same: Returns whether an old and a new message have the same content.
    """
    if len(old) <= len(new):
        indexes = _embed(old, new, same)
        return None if indexes is None else Alignment(list(enumerate(indexes)), added=_others(len(new), indexes))
    indexes = _embed(new, old, lambda after, before: same(before, after))
    return None if indexes is None else Alignment([(n, m) for m, n in enumerate(indexes)], _others(len(old), indexes))


def _others(size: int, indexes: Sequence[int]) -> list[int]:
    return sorted(set(range(size)).difference(indexes))


def _embed(
    few: Sequence[Message], many: Sequence[Message], same: Callable[[Message, Message], bool]
) -> list[int] | None:
    """Return the index of each of the few among the many, in order and by role; None if they do not fit."""
    first = _first_fit(few, many)
    if first is None or len(few) == len(many) or len(few) * len(many) > _MOST_COMPARED:
        return first
    never = len(few) + 1

    def pair_cost(i: int, j: int) -> int:
        return costs[i + 1][j + 1] + (not same(few[i], many[j])) if few[i].role is many[j].role else never

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


def _first_fit(few: Sequence[Message], many: Sequence[Message]) -> list[int] | None:
    indexes: list[int] = []
    candidates = iter(range(len(many)))
    for message in few:
        index = next((n for n in candidates if many[n].role is message.role), None)
        if index is None:
            return None
        indexes.append(index)
    return indexes


def message_changes(old: Sequence[Message], new: Sequence[Message], aligned: Alignment | None) -> Iterator[Change]:
    """Yield the changes of messages, except those of their contents."""
    if aligned is None:
        before, after = [str(one.role) for one in old], [str(one.role) for one in new]
        message = f"the roles of the messages were {', '.join(before)} and are {', '.join(after)}"
        yield change(ChangeKind.MESSAGES_REORDERED, ("messages",), message, before, after)
        return
    for n in aligned.removed:
        message = f"message {n + 1} ({old[n].role}) was removed"
        yield change(ChangeKind.MESSAGE_REMOVED, ("messages", n), message, old[n].to_json(), None)
    for n in aligned.added:
        message = f"message {n + 1} ({new[n].role}) was added"
        yield change(ChangeKind.MESSAGE_ADDED, ("messages", n), message, None, new[n].to_json())
    for n, m in aligned.pairs:
        if old[n].name != new[m].name:
            message = f"the name of message {m + 1} ({new[m].role}) was changed"
            yield change(ChangeKind.TEXT_CHANGED, ("messages", m, "name"), message, old[n].name, new[m].name)
