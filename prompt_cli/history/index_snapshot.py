"""The prompts as they are staged."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from prompt_cli.history.derived import derived
from prompt_cli.history.entries import Entry, is_file, listed, others_of, read_entries
from prompt_cli.history.troubles import Trouble, trouble
from prompt_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from prompt_cli.errors import HistoryError
    from prompt_cli.history.repository import Place

_EMPTY: Final = frozenset(
    {
        "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
        "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
    }
)
"""The object ids of a file without content, in repositories that use SHA-1 and SHA-256."""


class _Staged(NamedTuple):
    """What is staged: each prompt's entry, None where it is in a merge conflict; and what is no prompt."""

    entries: Mapping[str, Entry | None]
    others: tuple[str, ...]


class IndexSnapshot:
    """The prompts as they are staged. The index is read once, when first asked about; nothing need be closed.

    Args:
        place: Where the prompt directory is.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._read: _Staged | None = None

    @property
    def commit(self) -> None:
        """None: the index is no commit."""
        return

    @property
    def label(self) -> str:
        """What to call it in a message."""
        return "the index"

    @property
    def notice(self) -> str:
        """What whoever asked for this state should be told: nothing."""
        return ""

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of those prompts' files that are staged, as a commit would have them.

        Raises:
            HistoryError: A file is in a merge conflict, a symbolic link or too large; git could not answer.

        Source: git-ls-files(1), git-cat-file(1).
        """
        entries = await self._entries()
        return await read_entries(
            self._place, self.label, _merged(entries, (one for one in prompt_ids if one in entries))
        )

    async def derived(self, kind: str, derive: Callable[[bytes], str]) -> Mapping[str, str]:
        """Return what follows from the content of each prompt's file; raises as `read_many`."""
        entries = await self._entries()
        wanted = [one for one, entry in entries.items() if entry is None or is_file(entry.mode)]
        return await derived(self._place, self.label, kind, _merged(entries, wanted), derive)

    async def ids(self) -> tuple[str, ...]:
        """Return the id of every staged prompt, those in a merge conflict included, sorted.

        Raises:
            HistoryError: Git could not answer.
        """
        entries = await self._entries()
        return tuple(sorted(one for one, entry in entries.items() if entry is None or is_file(entry.mode)))

    async def others(self) -> tuple[str, ...]:
        """Return the paths, below the prompt directory, of what is staged there and is no prompt, sorted.

        Raises:
            HistoryError: Git could not answer.
        """
        return (await self._staged()).others

    async def _entries(self) -> Mapping[str, Entry | None]:
        return (await self._staged()).entries

    async def _staged(self) -> _Staged:
        if self._read is None:
            self._read = await self._list()
        return self._read

    async def _list(self) -> _Staged:
        place = self._place
        output = os.fsdecode(await place.git.run("ls-files", "--stage", "-z", "--", *place.pathspecs()))
        entries: dict[str, Entry | None] = {}
        others: list[tuple[str, str]] = []
        for information, path in listed(output):
            mode, blob, stage = information.split(" ")
            prompt_id = place.id_of(path)
            if prompt_id is None or not is_file(mode):
                others.append((mode, path))
            if prompt_id is not None:
                entries[prompt_id] = Entry(mode, blob) if stage == "0" else None
        empty = [one for one, entry in entries.items() if entry and entry.blob in _EMPTY]
        for one in await self._announced(empty):
            del entries[one]
        return _Staged(entries, others_of(place, others))

    async def _announced(self, empty: Collection[str]) -> set[str]:
        """Return those of the prompts staged as empty that are only announced (`git add --intent-to-add`)."""
        if not empty:
            return set()
        paths = [self._place.path_of(one) for one in empty]
        # Compared with nothing at all, the index has every file that a commit of it would have.
        output = await self._place.git.run(
            *("diff-index", "--cached", "--ita-invisible-in-index", "--name-only", "-z", "--no-relative"),
            *(await self._empty_tree(), "--", *self._place.pathspecs(paths)),
        )
        return set(empty) - {self._place.id_of(path) for path in os.fsdecode(output).split("\0")}

    async def _empty_tree(self) -> str:
        return (await self._place.git.run("hash-object", "-t", "tree", "--stdin")).decode("ascii").strip()


def _merged(entries: Mapping[str, Entry | None], wanted: Iterable[str]) -> dict[str, Entry]:
    """Return the entries of those prompts, none of which may be in a merge conflict."""
    merged: dict[str, Entry] = {}
    for one in wanted:
        entry = entries[one]
        if entry is None:
            raise _unmerged(one)
        merged[one] = entry
    return merged


def _unmerged(prompt_id: str) -> HistoryError:
    return trouble(
        Trouble.CONFLICT,
        f"the prompt {prompt_id!r} is in a merge conflict: the index holds several contents of it",
        help="resolve the conflict and `git add` the file",
        prompt_id=prompt_id,
    )
