"""The prompts as of a commit."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from prompt_cli.history.entries import Entries, Entry, listed, others_of, read_entries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from prompt_cli.history.changed import Staged
    from prompt_cli.history.index_snapshot import IndexSnapshot
    from prompt_cli.history.repository import Place


class CommitSnapshot:
    """The prompts as of a commit. It holds no process and need not be closed.

    Args:
        place: Where the prompt directory is.
        commit: The commit's object id.
        notice: What whoever asked for it should be told; empty mostly.
    """

    def __init__(self, place: Place, commit: str, *, notice: str = "") -> None:
        self._place = place
        self._commit = commit
        self._notice = notice
        self._all: Entries | None = None
        self._index: IndexSnapshot | None = None
        self._staged: Staged | None = None

    def follow(self, index: IndexSnapshot, staged: Staged) -> None:
        """Take its files from the index, where those that differ are known: nothing has to be listed then.

        Args:
            index: The index.
            staged: How it differs from the commit.
        """
        self._index, self._staged = index, staged

    def others_since(self, state: object) -> tuple[str, ...] | None:
        """Return the paths of what is no prompt in another state and was none here; None where that is not known."""
        return self._staged.others if self._staged and state is self._index else None

    @property
    def commit(self) -> str:
        """The commit's object id, 40 or 64 hexadecimal digits."""
        return self._commit

    @property
    def label(self) -> str:
        """What to call it in a message: ``commit 1a2b3c4``."""
        return f"commit {self._commit[:7]}"

    @property
    def notice(self) -> str:
        """What whoever asked for this state should be told, as a sentence; empty mostly."""
        return self._notice

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of those prompts' files that the commit has: two processes, however many they are.

        Raises:
            HistoryError: A file is a symbolic link or too large; git could not answer.

        Source: git-ls-tree(1), git-cat-file(1).
        """
        asked = set(prompt_ids)
        if not asked:
            return {}
        entries = await self._entries_of(asked)
        return await read_entries(self._place, self.label, {one: entries[one] for one in asked if one in entries})

    async def matching(self, _pattern: str) -> None:
        """Return None: of a commit nobody asks which files match a pattern."""

    async def ids(self) -> tuple[str, ...]:
        """Return the id of every prompt the commit has, sorted: one process, the first time.

        Raises:
            HistoryError: Git could not answer.
        """
        entries = await self._known()
        if entries is None:
            self._all = entries = await self._list(self._place.pathspecs())
        return entries.files()

    async def others(self) -> tuple[str, ...]:
        """Return the paths, below the prompt directory, of the commit's files there that are no prompts, sorted.

        Raises:
            HistoryError: Git could not answer.
        """
        entries = await self._listed(self._place.pathspecs())
        return others_of(self._place, ((entry.mode, path) for path, entry in entries))

    async def _entries_of(self, asked: set[str]) -> Mapping[str, Entry]:
        if self._all is not None:
            return self._all
        if self._index and self._staged:
            before = self._staged.before
            told = await self._index.entries_of(asked.difference(before))
            if told is not None:
                return told | {one: entry for one in asked if (entry := before.get(one))}
        return await self._list(self._place.pathspecs([self._place.path_of(one) for one in asked]))

    async def _known(self) -> Entries | None:
        """Return the entries of all its prompts where they are known."""
        if self._all is None and self._index and self._staged:
            self._all = await self._index.entries_before(self._staged.before)
        return self._all

    async def _list(self, pathspecs: Iterable[str]) -> Entries:
        entries = await self._listed(pathspecs)
        return Entries(
            {one: " ".join(entry) for path, entry in entries if (one := self._place.id_of(path)) is not None}
        )

    async def _listed(self, pathspecs: Iterable[str]) -> list[tuple[str, Entry]]:
        output = await self._place.git.run("ls-tree", "-r", "-z", "--full-tree", self._commit, "--", *pathspecs)
        return [(path, Entry(*information.split(" ")[0::2])) for information, path in listed(os.fsdecode(output))]
