"""A change in git: its two sides, the affected prompts, and the settings that apply."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from prompt_cli.changes.comparer import AffectedPrompts, PromptComparer
from prompt_cli.changes.comparison import PromptComparison
from prompt_cli.domain.revision import CommitIsh, PromptReference, Snapshot, Tree
from prompt_cli.errors import HistoryError
from prompt_cli.history.errors import GitProblem
from prompt_cli.history.protocol import ChangeStoreProtocol, StoredSnapshot
from prompt_cli.settings import DEFAULTS, Settings
from prompt_cli.storage.project import Project, read_settings
from prompt_cli.workspace import Workspace


class ChangeRequest(NamedTuple):
    """A request for the change in the working tree or the index."""

    against: str | None  # the commit whose branch the change goes into; None for the change since HEAD
    staged: bool


class MergeTarget(NamedTuple):
    """The branch that a change goes into, or HEAD; versions are compared with its merge base and with its tip."""

    start: StoredSnapshot
    tip: StoredSnapshot
    name: str


class ChangeSet(NamedTuple):
    """A change; without an old side and a merge target before the first commit."""

    old: StoredSnapshot | None
    new: Snapshot
    tree: Tree
    base: MergeTarget | None
    affected: AffectedPrompts
    comparer: PromptComparer  # the comparer of the two sides
    settings: Settings
    strict: bool  # whether settings and ignore comments of the old side apply


async def find_changes(workspace: Workspace, request: ChangeRequest) -> ChangeSet:
    """Find the change that a request asks for.

    With `ChangeRequest.against` the old side is the merge base with that commit, and its settings apply. Otherwise the
    old side is HEAD, and the merge target is the branch that the settings name.
    """
    store, tree = workspace.change_store("check a change"), Tree.INDEX if request.staged else Tree.WORKING
    new = await store.snapshot("", tree) if request.staged else workspace.registry.working_tree
    base: MergeTarget | None
    if request.against is not None:
        base = await _merge_target(store, request.against)
        old: StoredSnapshot | None = base.start
        _, settings = await settings_at(workspace.project, store, base.start)
    else:
        old, settings = await _head(store), await workspace.settings()
        base = None if old is None else await _settled_target(store, settings)
    comparer = PromptComparer(workspace, settings.levels)
    affected = await comparer.affected(store, old, new) if old else AffectedPrompts(await new.ids(), (), (), ())
    return ChangeSet(old, new, tree, base, affected, comparer, settings, request.against is not None)


async def affected_since(workspace: Workspace, changes: ChangeSet, base: MergeTarget) -> AffectedPrompts:
    """Return the prompts that differ from the merge base, which may be older than the old side of the change."""
    if changes.old is not None and base.start.commit == changes.old.commit:
        return changes.affected
    return await changes.comparer.affected(workspace.change_store("check a change"), base.start, changes.new)


async def comparer_at(workspace: Workspace, judge: StoredSnapshot | None = None) -> PromptComparer:
    """Create a comparer with the levels that the settings of a commit set; without a commit, those of the project."""
    if judge is None:
        return PromptComparer(workspace, (await workspace.settings()).levels)
    store = workspace.change_store("compare with a commit")
    _, settings = await settings_at(workspace.project, store, judge)
    return PromptComparer(workspace, settings.levels)


async def compare(workspace: Workspace, old: PromptReference, new: PromptReference | None) -> PromptComparison:
    """Compare a prompt at two revisions, or two prompts; see `PromptManager.diff`."""
    if new is None:
        new = PromptReference(old.id, Tree.WORKING)
        old = PromptReference(old.id, CommitIsh("HEAD")) if old == new else old
    comparison = await (await comparer_at(workspace)).between(old, new)
    return await _ignore_converted_line_ends(workspace, comparison, old, new)


async def compare_with(
    workspace: Workspace, ref: str, *, staged: bool, direct: bool, selects: Callable[[str], bool]
) -> list[PromptComparison]:
    """Compare the prompts that differ from a commit or its merge base; see `PromptManager.diff_against`."""
    store = workspace.change_store("compare with a commit")
    old = await (store.tip(ref) if direct else store.merge_base(ref))
    new = await store.snapshot("", Tree.INDEX) if staged else workspace.registry.working_tree
    return await (await comparer_at(workspace, old)).against(store, old, new, label=ref, selects=selects)


async def _ignore_converted_line_ends(
    workspace: Workspace, comparison: PromptComparison, old: PromptReference, new: PromptReference
) -> PromptComparison:
    """Return a comparison whose sides are equal if git converts the line ends in which alone they differ."""
    before, after = comparison.old.content, comparison.new.content
    is_checkout = new.revision is Tree.WORKING is not old.revision and old.id == new.id
    if not is_checkout or not before or not after or before == after or before != after.replace(b"\r\n", b"\n"):
        return comparison
    store = workspace.change_store("compare with a commit")
    changed = await store.changed_ids(await store.snapshot(old.id, old.revision), Tree.WORKING)
    return comparison if new.id in changed.changed else comparison._replace(new=comparison.new._replace(content=before))


async def settings_at(project: Project, store: ChangeStoreProtocol, at: StoredSnapshot) -> tuple[Path | None, Settings]:
    """Return the settings of a commit and their file, if any, so that a change cannot relax its own checks."""
    paths = project.settings_paths
    contents = await store.read_files(at, paths)
    for path in paths:
        if path in contents and (settings := read_settings(path, contents[path], at.label)):
            return path, settings
    return None, DEFAULTS


async def _head(store: ChangeStoreProtocol) -> StoredSnapshot | None:
    try:
        return await store.tip("HEAD")
    except HistoryError as error:
        if error.reason is GitProblem.UNBORN:
            return None
        raise


async def _settled_target(store: ChangeStoreProtocol, settings: Settings) -> MergeTarget:
    """Find the merge target that the settings name, else the default one."""
    if settings.base is None:
        return await _merge_target(store, await store.default_base())
    try:
        return await _merge_target(store, settings.base)
    except HistoryError as error:
        raise settings.choice.locate(error, settings.base) from None


async def _merge_target(store: ChangeStoreProtocol, name: str | None) -> MergeTarget:
    """Find the merge target by the name of its branch; HEAD without one."""
    if name is None:
        head = await store.tip("HEAD")
        return MergeTarget(head, head, "HEAD")
    return MergeTarget(await store.merge_base(name), await store.tip(name), name)
