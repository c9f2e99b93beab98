"""Version store of a prompt directory that moved: commits hold it at another path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.domain.revision import Tree
from prompt_cli.history.protocol import ChangedPrompts
from prompt_cli.history.snapshots import CommitSnapshot
from prompt_cli.history.version_store import GitVersionStore

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from prompt_cli.domain.revision import Revision, Snapshot
    from prompt_cli.history.protocol import StoredSnapshot
    from prompt_cli.history.status import FileStatus


class MovedVersionStore(GitVersionStore):
    """Version store that reads commits at other paths than the index and the working tree.

    Args:
        directory: The current prompt directory.
        files: The files of the working tree.
        prefix: As for `GitVersionStore`.
        former: As for `GitVersionStore`.
    """

    def __init__(self, directory: Path, files: Snapshot, *, prefix: str | None, former: Sequence[Path]) -> None:
        super().__init__(directory, prefix=prefix, former=former)
        self._current = GitVersionStore(directory)
        self._files = files

    async def snapshot(self, prompt_id: str, revision: Revision) -> StoredSnapshot:
        """Return the snapshot of a revision; raises as `GitVersionStore.snapshot` does."""
        if revision is Tree.INDEX:
            return await self._current.snapshot(prompt_id, revision)
        return await super().snapshot(prompt_id, revision)

    async def changed_ids(self, old: StoredSnapshot, new: StoredSnapshot | Tree) -> ChangedPrompts:
        """Return the prompts whose content differs, comparing bytes if they are in two directories: git cannot.

        Raises:
            StorageError: A file could not be read.
            HistoryError: Git failed.
        """
        current_prefix = (await self._current.location()).prefix
        if not isinstance(old, CommitSnapshot) or (await old.location()).prefix == current_prefix:
            return await self._current.changed_ids(old, new)
        current = self._files if isinstance(new, Tree) else new
        before, after = set(await old.ids()), set(await current.ids())
        both = sorted(before & after)
        old_contents, new_contents = await old.read_many(both), await current.read_many(both)
        changed = tuple(one for one in both if old_contents.get(one) != new_contents.get(one))
        return ChangedPrompts(tuple(sorted(after - before)), changed, tuple(sorted(before - after)))

    async def statuses(self, prompt_ids: Collection[str]) -> dict[str, FileStatus]:
        """Return the status of prompts at their current path."""
        return await self._current.statuses(prompt_ids)

    async def commit(self, prompt_ids: Sequence[str], message: str) -> str:
        """Commit these prompts alone, at their current path."""
        return await self._current.commit(prompt_ids, message)
