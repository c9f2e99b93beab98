"""Which commits touched a file, and the version each left in it.

A commit *touched* a file when the file differs there, in content or in mode, from what it is in every one of the
commit's parents; a commit without parents touched the files it has. So a merge that took one side's file did not touch
it, and one that made a file of its own did: these are the commits that ``git log --full-history -c --raw`` lists with
the file, and their order is the order in which that command meets them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.history.contents import VersionReader
from prompt_cli.history.extension import extended
from prompt_cli.history.records import Record, RecordStore, Touch
from prompt_cli.history.shallow import horizon_of
from prompt_cli.history.touches import open_touches
from prompt_cli.history.troubles import shallow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from prompt_cli.history.contents import VersionOf
    from prompt_cli.history.repository import Place, State
    from prompt_cli.history.touches import Descriptions


class Found(NamedTuple):
    """What a search for a version came to.

    Attributes:
        touch: The newest commit that touched the file and left it with the version; None where there is none.
        touches: The touches that were looked at, newest first; all there are, where the version is in none.
    """

    touch: Touch | None
    touches: tuple[Touch, ...]


class Histories:
    """The histories of files, as far as commits reach them.

    Args:
        version_of: Parses a content exactly.
    """

    def __init__(self, version_of: VersionOf) -> None:
        self._version_of = version_of

    async def of(
        self, state: State, head: str, paths: Collection[str], told: Descriptions | None = None
    ) -> dict[str, tuple[Touch, ...]]:
        """Return the touches of files, newest first: one walk for all of them together.

        Args:
            state: The repository's state.
            head: The commit to walk from.
            paths: The files, below the top of the worktree.
            told: Filled with what is told of those commits that had to be walked, where that is wanted.

        Raises:
            HistoryError: The clone is shallow, so that older commits may be missing; git could not answer.
        """
        if await horizon_of(state, head):
            raise shallow("which versions there are")
        async with self.reader(state.place) as versions:
            records = await self._load(state, head, paths, versions)
            records = {path: record for path, record in records.items() if record.complete}
            if rest := frozenset(paths) - records.keys():
                walked: dict[str, list[Touch]] = {path: [] for path in rest}
                async with open_touches(state.place, head, rest, versions, whole=True, told=told) as batches:
                    async for batch in batches:
                        for path, touch in batch:
                            walked[path].append(touch)
                new = {path: Record(head, tuple(touches), complete=True) for path, touches in walked.items()}
                await self._save(state, new)
                records |= new
        return {path: record.touches for path, record in records.items()}

    async def find(self, state: State, head: str, path: str, version: str) -> Found:
        """Return the newest commit that touched a file and left it with a version; the walk ends where it is met.

        In a shallow clone it must be met before the boundary is, for behind that there may be newer commits.

        Args:
            state: The repository's state.
            head: The commit to walk from.
            path: The file, below the top of the worktree.
            version: The version, as text.

        Raises:
            HistoryError: The clone is shallow, and commits missing from it may matter; git could not answer.
        """
        horizon = await horizon_of(state, head)
        async with self.reader(state.place) as versions:
            record = (await self._load(state, head, [path], versions)).get(path)
            if record is None or not (record.complete or record.newest(version)):
                record = await self._searched(state, head, path, versions, version)
                await self._save(state, {path: record})
        touch = record.newest(version)
        if horizon and (touch is None or touch.commit not in horizon.certain):
            raise shallow(f"which commit has version {version}")
        return Found(touch, record.touches)

    def reader(self, place: Place) -> VersionReader:
        """Return a reader of the versions in contents, for an ``async with`` block."""
        return VersionReader(place, self._version_of)

    async def _searched(self, state: State, head: str, path: str, versions: VersionReader, version: str) -> Record:
        touches: list[Touch] = []
        async with open_touches(state.place, head, {path}, versions) as batches:
            async for batch in batches:
                met = [touch for _, touch in batch]
                touches += met
                if any(touch.version == version for touch in met):
                    return Record(head, tuple(touches), complete=False)
        return Record(head, tuple(touches), complete=True)

    async def _load(self, state: State, head: str, paths: Iterable[str], versions: VersionReader) -> dict[str, Record]:
        """Return what the records tell of a commit; the versions they know of are known to the reader then."""
        if not self.keeps(state):
            return {}
        records = await asyncio.to_thread(RecordStore(state.place.common_dir).load, paths)
        for record in records.values():
            versions.known.update((touch.blob, touch.version) for touch in record.touches)
        old = {path: record for path, record in records.items() if record.head != head}
        new = await extended(state.place, head, old, versions)
        await self._save(state, new)
        return {path: record for path, record in records.items() if record.head == head} | new

    async def _save(self, state: State, records: Mapping[str, Record]) -> None:
        # Those of HEAD alone: other walks profit from them as well, and must not take their place.
        new = {path: record for path, record in records.items() if record.head == state.commit}
        if new and self.keeps(state):
            await asyncio.to_thread(RecordStore(state.place.common_dir).save, new)

    @staticmethod
    def keeps(state: State) -> bool:
        """Tell whether what is learned of a repository in such a state is kept."""
        return state.place.keeps and not state.shallow and not state.replaced
