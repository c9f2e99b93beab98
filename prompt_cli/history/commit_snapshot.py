"""The prompts as of a commit."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from prompt_cli.history.derived import derived
from prompt_cli.history.entries import Entry, is_file, listed, others_of, read_entries

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

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
        self._all: Mapping[str, Entry] | None = None

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
        entries = self._all
        if entries is None:
            entries = await self._list(self._place.pathspecs([self._place.path_of(one) for one in asked]))
        return await read_entries(self._place, self.label, {one: entries[one] for one in asked if one in entries})

    async def derived(self, kind: str, derive: Callable[[bytes], str]) -> Mapping[str, str]:
        """Return what follows from the content of each prompt's file; raises as `read_many`."""
        await self.ids()
        files = {one: entry for one, entry in (self._all or {}).items() if is_file(entry.mode)}
        return await derived(self._place, self.label, kind, files, derive)

    async def ids(self) -> tuple[str, ...]:
        """Return the id of every prompt the commit has, sorted: one process, the first time.

        Raises:
            HistoryError: Git could not answer.
        """
        if self._all is None:
            self._all = await self._list(self._place.pathspecs())
        return tuple(sorted(one for one, entry in self._all.items() if is_file(entry.mode)))

    async def others(self) -> tuple[str, ...]:
        """Return the paths, below the prompt directory, of the commit's files there that are no prompts, sorted.

        Raises:
            HistoryError: Git could not answer.
        """
        entries = await self._listed(self._place.pathspecs())
        return others_of(self._place, ((entry.mode, path) for path, entry in entries))

    async def _list(self, pathspecs: Iterable[str]) -> dict[str, Entry]:
        entries = await self._listed(pathspecs)
        return {one: entry for path, entry in entries if (one := self._place.id_of(path)) is not None}

    async def _listed(self, pathspecs: Iterable[str]) -> list[tuple[str, Entry]]:
        output = await self._place.git.run("ls-tree", "-r", "-z", "--full-tree", self._commit, "--", *pathspecs)
        return [(path, Entry(*information.split(" ")[0::2])) for information, path in listed(os.fsdecode(output))]
