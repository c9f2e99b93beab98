"""Which messages of a chat were added and removed, and which are still there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.change import Change, ChangeKind, change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from prompt_cli.domain.message import Message


_MOST_COMPARED = 250_000
"""How many pairs of messages are looked at for the best alignment; a first one serves for more."""


class Alignment(NamedTuple):
    """Which message became which.

    Attributes:
        pairs: Those that are there on both sides, by their places.
        removed: The places of those that are gone.
        added: The places of those that are new.
    """

    pairs: Sequence[tuple[int, int]]
    removed: Sequence[int] = ()
    added: Sequence[int] = ()


def align(old: Sequence[Message], new: Sequence[Message], same: Callable[[Message, Message], bool]) -> Alignment | None:
    """Find which message became which; None where the roles of neither side are in those of the other, in order.

    Where there is a choice, as many messages as can be are unchanged.

    Args:
        old: The messages as they were.
        new: The messages as they are.
        same: Whether two messages say the same.
    """
    if len(old) <= len(new):
        found = _embedded(old, new, same)
        return None if found is None else Alignment(list(enumerate(found)), added=_others(len(new), found))
    found = _embedded(new, old, lambda one, other: same(other, one))
    return None if found is None else Alignment([(n, at) for at, n in enumerate(found)], _others(len(old), found))


def _others(size: int, found: Sequence[int]) -> list[int]:
    taken = set(found)
    return [n for n in range(size) if n not in taken]


def _embedded(
    few: Sequence[Message], many: Sequence[Message], same: Callable[[Message, Message], bool]
) -> list[int] | None:
    """Return the place of each of the few among the many, in order and by role; None where there is none."""
    first = _first_fit(few, many)
    if first is None or len(few) == len(many) or len(few) * len(many) > _MOST_COMPARED:
        return first
    never = len(few) + 1

    def taken(i: int, j: int) -> int:
        return costs[i + 1][j + 1] + (not same(few[i], many[j])) if few[i].role is many[j].role else never

    # costs[i][j]: how many of the few from i on differ at best, if only the many from j on may be taken.
    costs = [[0] * (len(many) + 1) for _ in range(len(few) + 1)]
    for i in reversed(range(len(few))):
        costs[i][len(many)] = never
        for j in reversed(range(len(many))):
            costs[i][j] = min(taken(i, j), costs[i][j + 1])
    found: list[int] = []
    j = 0
    for i in range(len(few)):
        while taken(i, j) > costs[i][j]:
            j += 1
        found.append(j)
        j += 1
    return found


def _first_fit(few: Sequence[Message], many: Sequence[Message]) -> list[int] | None:
    places = iter(range(len(many)))
    found = [next((n for n in places if many[n].role is one.role), None) for one in few]
    return None if None in found else [n for n in found if n is not None]


def message_changes(old: Sequence[Message], new: Sequence[Message], aligned: Alignment | None) -> Iterator[Change]:
    """Yield which messages were removed, added and renamed, or that their order is another; not what they say."""
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
