"""The prompts as they are staged."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from prompt_cli.history.entries import Entry, is_file, listed, others_of, read_entries
from prompt_cli.history.troubles import Trouble, trouble

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from prompt_cli.errors import HistoryError
    from prompt_cli.history.repository import Place

_EMPTY: Final = frozenset(
    {
        "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
        "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
    }
)
"""The object ids of a file without content, in repositories that use SHA-1 and SHA-256."""


class IndexSnapshot:
    """The prompts as they are staged. The index is read once, when first asked about; nothing need be closed.

    Args:
        place: Where the prompt directory is.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._all: Mapping[str, Entry | None] | None = None

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
        wanted: dict[str, Entry] = {}
        for one in prompt_ids:
            if one not in entries:
                continue
            entry = entries[one]
            if entry is None:
                raise _unmerged(one)
            wanted[one] = entry
        return await read_entries(self._place, self.label, wanted)

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
        return others_of(self._place, ((entry.partition(" ")[0], path) for entry, path in await self._staged()))

    async def _staged(self) -> list[tuple[str, str]]:
        place = self._place
        return list(listed(await place.git.run("ls-files", "--stage", "-z", "--", *place.pathspecs())))

    async def _entries(self) -> Mapping[str, Entry | None]:
        if self._all is None:
            self._all = await self._list()
        return self._all

    async def _list(self) -> dict[str, Entry | None]:
        place = self._place
        entries: dict[str, Entry | None] = {}
        for information, path in await self._staged():
            if (one := place.id_of(path)) is not None:
                mode, blob, stage = information.split(" ")
                entries[one] = Entry(mode, blob) if stage == "0" else None
        empty = [one for one, entry in entries.items() if entry and entry.blob in _EMPTY]
        for one in await self._announced(empty):
            del entries[one]
        return entries

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


def _unmerged(prompt_id: str) -> HistoryError:
    return trouble(
        Trouble.CONFLICT,
        f"the prompt {prompt_id!r} is in a merge conflict: the index holds several contents of it",
        help="resolve the conflict and `git add` the file",
        prompt_id=prompt_id,
    )
