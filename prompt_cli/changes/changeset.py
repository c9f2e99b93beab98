"""A change in git: its two sides, the affected prompts and the settings that apply."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.changes.comparer import Affected, PromptComparer, settings_at
from prompt_cli.domain.revision import CommitIsh, PromptReference, Tree
from prompt_cli.errors import HistoryError
from prompt_cli.history.errors import GitProblem

if TYPE_CHECKING:
    from collections.abc import Callable

    from prompt_cli.changes.comparison import PromptComparison
    from prompt_cli.domain.revision import Snapshot
    from prompt_cli.history.protocol import ChangeStoreProtocol, StoredSnapshot
    from prompt_cli.settings import Settings
    from prompt_cli.workspace import Workspace


class ChangeRequest(NamedTuple):
    """A request for the change in the working tree or the index.

    Attributes:
        against: The commit whose branch the change goes into; None for the change since HEAD.
        staged: Whether the new side is the index instead of the working tree.
    """

    against: str | None
    staged: bool


class MergeTarget(NamedTuple):
    """The branch that a change goes into. Versions are compared with the merge base and with the tip.

    Attributes:
        start: The merge base.
        tip: The tip.
        name: The name of the branch; HEAD without one.
    """

    start: StoredSnapshot
    tip: StoredSnapshot
    name: str


class ChangeSet(NamedTuple):
    """A change.

    Attributes:
        old: The old side; None before the first commit.
        new: The new side, the index or the working tree.
        tree: The kind of the new side.
        base: The merge target; None before the first commit.
        affected: The affected prompts.
        settings: The settings that apply to the change.
        strict: Whether settings and ignore comments of the old side apply.
    """

    old: StoredSnapshot | None
    new: Snapshot
    tree: Tree
    base: MergeTarget | None
    affected: Affected
    settings: Settings
    strict: bool


async def find_changes(workspace: Workspace, request: ChangeRequest) -> ChangeSet:
    """Find the change that a request asks for.

    With `ChangeRequest.against` the old side is the merge base with that commit, and its settings apply. Otherwise the
    old side is HEAD, and the merge target is the branch that the settings name.

    Args:
        workspace: The prompts and their history.
        request: The request.

    Raises:
        HistoryError: The commit does not exist, a shallow clone lacks the merge base, or git failed.
        SettingsError: The settings of the old side are invalid.
        StorageError: A file could not be read.
    """
    store, tree = workspace.change_store("check a change"), Tree.INDEX if request.staged else Tree.WORKING
    new = await store.snapshot("", tree) if request.staged else workspace.registry.working_tree
    base: MergeTarget | None
    if request.against is not None:
        base = await _merge_target(store, request.against)
        old: StoredSnapshot | None = base.start
        settings = await settings_at(store, base.start, workspace.project.settings_paths)
    else:
        old, settings = await _head(store), await workspace.settings()
        base = None if old is None else await _merge_target(store, settings.base or await store.default_base())
    if old is None:
        affected = Affected(await new.ids(), (), (), ())
    else:
        affected = await comparer_for(workspace, settings).affected(store, old, _side(new, tree))
    return ChangeSet(old, new, tree, base, affected, settings, request.against is not None)


async def affected_since(workspace: Workspace, changes: ChangeSet, base: MergeTarget) -> Affected:
    """Return the prompts that differ from the merge base, which may be older than the old side of the change.

    Raises:
        HistoryError: Git failed.
        StorageError: A file could not be read.
    """
    if changes.old is not None and base.start.commit == changes.old.commit:
        return changes.affected
    comparer = comparer_for(workspace, changes.settings)
    return await comparer.affected(
        workspace.change_store("check a change"), base.start, _side(changes.new, changes.tree)
    )


async def comparer_at(workspace: Workspace, judge: StoredSnapshot | None = None) -> PromptComparer:
    """Create a comparer with the levels that the settings of a commit set; without a commit, those of the project.

    Raises:
        SettingsError: A settings file is invalid.
        HistoryError: Git failed.
    """
    if judge is None:
        return comparer_for(workspace, await workspace.settings())
    store = workspace.change_store("compare with a commit")
    return comparer_for(workspace, await settings_at(store, judge, workspace.project.settings_paths))


def comparer_for(workspace: Workspace, settings: Settings) -> PromptComparer:
    """Create a comparer that uses the levels of the settings."""
    return PromptComparer(
        workspace.registry, workspace.snapshot, workspace.pinned, settings.levels, workspace.template_engine
    )


async def compare(workspace: Workspace, old: PromptReference, new: PromptReference | None) -> PromptComparison:
    """Compare a prompt at two revisions, or two prompts; see `PromptManager.diff`."""
    if new is None:
        new = PromptReference(old.id, Tree.WORKING)
        old = PromptReference(old.id, CommitIsh("HEAD")) if old == new else old
    comparison = await (await comparer_at(workspace)).between(old, new)
    return await _without_converted_line_ends(workspace, comparison, old, new)


async def compare_with(
    workspace: Workspace, ref: str, *, staged: bool, direct: bool, wanted: Callable[[str], bool]
) -> list[PromptComparison]:
    """Compare the prompts that differ from a commit or its merge base; see `PromptManager.diff_against`."""
    store = workspace.change_store("compare with a commit")
    old = await (store.tip(ref) if direct else store.merge_base(ref))
    new = await store.snapshot("", Tree.INDEX) if staged else Tree.WORKING
    return await (await comparer_at(workspace, old)).against(store, old, new, label=ref, wanted=wanted)


async def _without_converted_line_ends(
    workspace: Workspace, comparison: PromptComparison, old: PromptReference, new: PromptReference
) -> PromptComparison:
    """Return a comparison whose sides are equal if git converts the line ends in which alone they differ.

    Raises:
        HistoryError: Git failed.
    """
    before, after = comparison.old.content, comparison.new.content
    is_checkout = new.revision is Tree.WORKING is not old.revision and old.id == new.id
    if not is_checkout or not before or not after or before == after or before != after.replace(b"\r\n", b"\n"):
        return comparison
    store = workspace.change_store("compare with a commit")
    changed = await store.changed_ids(await store.snapshot(old.id, old.revision), Tree.WORKING)
    return comparison if new.id in changed.changed else comparison._replace(new=comparison.new._replace(content=before))


def _side(new: Snapshot, tree: Tree) -> StoredSnapshot | Tree:
    from prompt_cli.history.protocol import StoredSnapshot  # only a staged change needs it

    return new if tree is Tree.INDEX and isinstance(new, StoredSnapshot) else tree


async def _head(store: ChangeStoreProtocol) -> StoredSnapshot | None:
    try:
        return await store.tip("HEAD")
    except HistoryError as error:
        if error.reason is GitProblem.UNBORN:
            return None
        raise


async def _merge_target(store: ChangeStoreProtocol, name: str | None) -> MergeTarget:
    """Find the merge target by the name of its branch; HEAD without one."""
    if name is None:
        head = await store.tip("HEAD")
        return MergeTarget(head, head, "HEAD")
    return MergeTarget(await store.merge_base(name), await store.tip(name), name)
