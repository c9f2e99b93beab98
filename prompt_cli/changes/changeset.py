"""What a change is: its two sides, what judges it, and the prompts it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.changes.comparer import Affected, PromptComparer, settings_at
from prompt_cli.domain.revision import Tree
from prompt_cli.errors import HistoryError
from prompt_cli.history.errors import GitProblem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from prompt_cli.domain.protocols import Snapshot
    from prompt_cli.history.protocol import StoredSnapshot, VersionStoreProtocol
    from prompt_cli.manager import PromptManager
    from prompt_cli.settings import Settings


DEFAULT_BASE: Final = "origin/HEAD"
"""The branch that changes go into, where the settings name none."""


class ChangeRequest(NamedTuple):
    """Which change is asked about.

    Attributes:
        against: The commit whose branch the change goes into; None where only what is staged is asked about.
        staged: Whether the new side is the index; it is the working tree otherwise.
    """

    against: str | None
    staged: bool


class MergeTarget(NamedTuple):
    """What versions are measured by: where the change began, and the tip of the branch it goes into."""

    start: StoredSnapshot
    tip: StoredSnapshot


class ChangeSet(NamedTuple):
    """A change.

    Attributes:
        old: What it is a change of; None where nothing is committed yet.
        new: The index or the working tree.
        tree: Which of the two that is.
        base: What versions are measured by; None where nothing is committed yet.
        affected: The prompts it means.
        settings: The settings that judge it.
        strict: Whether it is judged by the old side's settings and ignores.
    """

    old: StoredSnapshot | None
    new: Snapshot
    tree: Tree
    base: MergeTarget | None
    affected: Affected
    settings: Settings
    strict: bool


async def find_changes(manager: PromptManager, request: ChangeRequest, settings_paths: Sequence[Path]) -> ChangeSet:
    """Find out what changed.

    With `ChangeRequest.against` it is what differs from the merge base with that commit, judged by the settings there.
    Otherwise it is what is staged; versions are measured by the merge base with the branch that the settings name.

    Args:
        manager: Gives prompts and history.
        request: Which change is asked about.
        settings_paths: Where settings are looked for in the old side, absolute.

    Raises:
        HistoryError: There is no such commit, a shallow clone lacks the merge base, or git could not answer.
        SettingsError: The settings of the old side cannot be used.
        StorageError: A file could not be read.
    """
    store, tree = manager.version_store, Tree.INDEX if request.staged else Tree.WORKING
    new = await store.snapshot("", tree) if request.staged else manager.registry.storage
    base: MergeTarget | None
    if request.against is not None:
        base = MergeTarget(await store.merge_base(request.against), await store.tip(request.against))
        old: StoredSnapshot | None = base.start
        settings = await settings_at(store, base.start, settings_paths)
    else:
        old, settings = await _head(store), manager.settings
        base = await _base(store, old, settings.base) if old is not None else None
    if old is None:
        affected = Affected(await new.ids(), (), (), ())
    else:
        affected = await comparer_for(manager, settings).affected(store, old, _side(new, tree))
    return ChangeSet(old, new, tree, base, affected, settings, request.against is not None)


async def affected_since(manager: PromptManager, changes: ChangeSet, base: MergeTarget) -> Affected:
    """Return the prompts that differ from the base, which may be further back than what the change is a change of.

    Raises:
        HistoryError: Git could not answer.
        StorageError: A file could not be read.
    """
    if changes.old is not None and base.start.commit == changes.old.commit:
        return changes.affected
    comparer = comparer_for(manager, changes.settings)
    return await comparer.affected(manager.version_store, base.start, _side(changes.new, changes.tree))


def comparer_for(manager: PromptManager, settings: Settings) -> PromptComparer:
    """Return what compares prompts by the levels that are settled."""
    return PromptComparer(manager.registry, manager.snapshot, settings.levels)


def _side(new: Snapshot, tree: Tree) -> StoredSnapshot | Tree:
    from prompt_cli.history.protocol import StoredSnapshot  # a protocol, which is only asked here

    return new if tree is Tree.INDEX and isinstance(new, StoredSnapshot) else tree


async def _head(store: VersionStoreProtocol) -> StoredSnapshot | None:
    try:
        return await store.tip("HEAD")
    except HistoryError as error:
        if error.context.get("reason") is GitProblem.UNBORN:
            return None
        raise


async def _base(store: VersionStoreProtocol, head: StoredSnapshot, name: str | None) -> MergeTarget:
    """Find the base that is settled; HEAD where none is, and the clone knows of no branch that it was made from."""
    if name is None and await store.find(DEFAULT_BASE) is None:
        return MergeTarget(head, head)
    ref = name or DEFAULT_BASE
    return MergeTarget(await store.merge_base(ref), await store.tip(ref))
