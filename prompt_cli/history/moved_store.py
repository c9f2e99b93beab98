"""The version store of a prompt directory that moved: its history is where it was, its files are where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.domain.revision import Tree
from prompt_cli.history.protocol import ChangedPrompts
from prompt_cli.history.version_store import GitVersionStore

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from prompt_cli.domain.protocols import Snapshot
    from prompt_cli.domain.revision import Revision
    from prompt_cli.history.file_history import VersionOf
    from prompt_cli.history.protocol import StoredSnapshot
    from prompt_cli.history.status import FileStatus


class MovedVersionStore(GitVersionStore):
    """A version store whose commits have the prompts in another directory than the index and the working tree.

    Args:
        directory: The prompt directory as it is.
        former: The prompt directory as commits have it, below the top, with ``/`` at its end.
        files: The files of the working tree.
        version_of: Parses a content exactly, and returns the version in it; None where it has no valid one.
    """

    def __init__(self, directory: Path, former: str, files: Snapshot, *, version_of: VersionOf) -> None:
        super().__init__(directory, version_of=version_of, prefix=former)
        self._now = GitVersionStore(directory, version_of=version_of)
        self._files = files

    async def snapshot(self, prompt_id: str, revision: Revision) -> StoredSnapshot:
        """Return the state that a revision names; raises as `GitVersionStore.snapshot` does."""
        if revision is Tree.INDEX:
            return await self._now.snapshot(prompt_id, revision)
        return await super().snapshot(prompt_id, revision)

    async def changed_ids(self, old: StoredSnapshot, new: StoredSnapshot | Tree) -> ChangedPrompts:
        """Return the prompts whose content differs: contents are compared, for git compares no two directories.

        Raises:
            StorageError: A file could not be read.
            HistoryError: Git could not answer.
        """
        there = self._files if isinstance(new, Tree) else new
        before, after = set(await old.ids()), set(await there.ids())
        both = sorted(before & after)
        was, is_ = await old.read_many(both), await there.read_many(both)
        changed = tuple(one for one in both if was.get(one) != is_.get(one))
        return ChangedPrompts(tuple(sorted(after - before)), changed, tuple(sorted(before - after)))

    async def statuses(self, prompt_ids: Collection[str]) -> dict[str, FileStatus]:
        """Return how prompts' files stand between HEAD, the index and the working tree, where they are now."""
        return await self._now.statuses(prompt_ids)

    async def commit(self, prompt_ids: Sequence[str], message: str) -> str:
        """Commit prompts as they are in the working tree, where they are now, and nothing else."""
        return await self._now.commit(prompt_ids, message)
