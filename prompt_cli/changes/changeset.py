"""A change in git: its two sides, their directories, the affected prompts, and the settings that apply."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.changes.comparer import Affected, PromptComparer
from prompt_cli.changes.comparison import Verdict
from prompt_cli.domain.revision import CommitIsh, PromptReference, Tree
from prompt_cli.errors import HistoryError, StorageError
from prompt_cli.history.errors import GitProblem
from prompt_cli.history.protocol import StoredSnapshot
from prompt_cli.history.version_store import GitVersionStore
from prompt_cli.settings import DEFAULT_DIRECTORY, DEFAULTS, Settings
from prompt_cli.storage.project import from_here, read_settings
from prompt_cli.storage.scan import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from prompt_cli.changes.comparison import PromptComparison
    from prompt_cli.domain.protocols import Snapshot
    from prompt_cli.history.protocol import ChangeStoreProtocol
    from prompt_cli.storage.project import Project
    from prompt_cli.workspace import Workspace


class ChangeRequest(NamedTuple):
    """A request for the change in the working tree or the index."""

    against: str | None
    """The commit whose branch the change goes into; None for the change since HEAD."""
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
    affected: Affected
    settings: Settings
    strict: bool
    """Whether settings and ignore comments of the old side apply."""


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
        settings = await _settings_at(store, base.start, workspace.project.settings_paths)
    else:
        old, settings = await _head(store), await workspace.settings()
        base = None if old is None else await _merge_target(store, settings.base or await store.default_base())
    if old is None:
        affected = Affected(await new.ids(), (), (), ())
    else:
        affected = await comparer_for(workspace, settings).affected(store, old, _side(new, tree))
    return ChangeSet(old, new, tree, base, affected, settings, request.against is not None)


async def affected_since(workspace: Workspace, changes: ChangeSet, base: MergeTarget) -> Affected:
    """Return the prompts that differ from the merge base, which may be older than the old side of the change."""
    if changes.old is not None and base.start.commit == changes.old.commit:
        return changes.affected
    comparer = comparer_for(workspace, changes.settings)
    return await comparer.affected(
        workspace.change_store("check a change"), base.start, _side(changes.new, changes.tree)
    )


async def comparer_at(workspace: Workspace, judge: StoredSnapshot | None = None) -> PromptComparer:
    """Create a comparer with the levels that the settings of a commit set; without a commit, those of the project."""
    if judge is None:
        return comparer_for(workspace, await workspace.settings())
    store = workspace.change_store("compare with a commit")
    return comparer_for(workspace, await _settings_at(store, judge, workspace.project.settings_paths))


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
    return await _ignore_converted_line_ends(workspace, comparison, old, new)


async def compare_with(
    workspace: Workspace, ref: str, *, staged: bool, direct: bool, selects: Callable[[str], bool]
) -> list[PromptComparison]:
    """Compare the prompts that differ from a commit or its merge base; see `PromptManager.diff_against`."""
    store = workspace.change_store("compare with a commit")
    old = await (store.tip(ref) if direct else store.merge_base(ref))
    new = await store.snapshot("", Tree.INDEX) if staged else Tree.WORKING
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


async def _settings_at(store: ChangeStoreProtocol, at: StoredSnapshot, paths: Sequence[Path]) -> Settings:
    """Return the settings of a commit, so that a change cannot relax its own checks."""
    file = await _settings_file_at(store, at, paths)
    return file[1] if file else DEFAULTS


async def _settings_file_at(
    store: ChangeStoreProtocol, at: StoredSnapshot, paths: Sequence[Path]
) -> tuple[Path, Settings] | None:
    """Return the settings of a commit and their path, one of these absolute ones; the first with settings applies."""
    contents = await store.read_files(at, paths)
    for path in paths:
        if path in contents and (settings := read_settings(path, contents[path], at.label)):
            return path, settings
    return None


def _side(new: Snapshot, tree: Tree) -> StoredSnapshot | Tree:
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


class ChangeDirectories(NamedTuple):
    """The prompt directories of a change, and notices for the user."""

    current: Workspace
    """The directory of the new side, compared with that of the old side."""
    former: Workspace | None = None
    """The directory of the old side, if it is another one that still has prompts."""
    former_ids: Collection[str] = ()
    notices: tuple[str, ...] = ()

    @property
    def workspaces(self) -> Sequence[Workspace]:
        """The former directory, if any, and the current one."""
        return [self.current] if self.former is None else [self.former, self.current]

    def is_moved(self, workspace: Workspace, comparison: PromptComparison) -> bool:
        """Return whether a prompt that a directory has lost is compared in the other directory."""
        if self.former is None or comparison.verdict is not Verdict.DELETED:
            return False
        return workspace is self.former or comparison.id in self.former_ids


async def find_change_directories(
    workspace: Workspace, ref: str, *, staged: bool, direct: bool = False
) -> ChangeDirectories:
    """Return the prompt directories of a change, and note it if there are two.

    The settings of the old side name its directory, unless the user does. If the new side has its prompts in another
    directory, they are compared with those of the same ids in the old one, and prompts that remain there are checked
    too. So a change cannot evade checks by a new setting or a symbolic link.

    Raises:
        StorageError: A directory could not be read, or is in another repository.
    """
    store = workspace.change_store("compare with a commit")
    if not isinstance(store, GitVersionStore):
        return ChangeDirectories(workspace)
    project = workspace.project
    location = await store.location()
    if _is_in_other_repository(project, location.toplevel):
        raise StorageError(
            f"the prompt directory {project.directory} is in another repository than its settings",
            help=f"`--directory {from_here(project.directory)}` checks it with the settings of its repository",
            transient=False,
        )
    old = await (store.tip(ref) if direct else store.merge_base(ref))
    new_prefix, old_prefix = location.prefix, await _prefix_at(project, store, old)
    if old_prefix is None or old_prefix == new_prefix or not await _ids_at(project, old_prefix, old.commit or ref):
        return ChangeDirectories(workspace)
    former = workspace.at(
        project._replace(directory=project.root / old_prefix), nested_prefix=_nested(new_prefix, old_prefix)
    )
    former_ids = [one for one in await _remaining_ids(project, old_prefix, staged=staged) if former.owns(one)]
    current = workspace.at(project, former_prefix=old_prefix, nested_prefix=_nested(old_prefix, new_prefix))
    notice = f"the prompt directory is now {_display_name(new_prefix)} (was {_display_name(old_prefix)} at {old.label})"
    if former_ids:
        notice += f"; prompts left in {_display_name(old_prefix)} are checked too"
    workspace.on_notice(notice)
    return ChangeDirectories(current, former if former_ids else None, frozenset(former_ids), (notice,))


def _is_in_other_repository(project: Project, top: Path) -> bool:
    """Return whether settings put the prompt directory into another repository, such as a submodule."""
    return not project.is_named and project.git_directory is not None and project.root.resolve() != top.resolve()


async def _prefix_at(project: Project, store: GitVersionStore, old: StoredSnapshot) -> str | None:
    """Return the prompt directory of the old side, relative to the repository; None if it has none."""
    for directory in await _possible_directories(project, store, old):
        if directory.is_relative_to(project.root):
            prefix = await store.prefix_at(old, directory.relative_to(project.root).as_posix())
            if prefix is not None:
                return prefix
    return None


async def _possible_directories(project: Project, store: GitVersionStore, old: StoredSnapshot) -> Sequence[Path]:
    """Return directories; the first that exists in the old side is its prompt directory."""
    if project.is_named:
        return [project.directory]
    if file := await _settings_file_at(store, old, project.settings_paths):
        path, settings = file
        return [path.parent / settings.directory]
    return list(dict.fromkeys(path.parent / DEFAULT_DIRECTORY for path in project.settings_paths))


async def _ids_at(project: Project, prefix: str, commit: str) -> Collection[str]:
    return await (await _history(project, prefix).snapshot("", CommitIsh(commit))).ids()


async def _remaining_ids(project: Project, prefix: str, *, staged: bool) -> Collection[str]:
    """Return the prompts that the new side has in a directory, not following symbolic links."""
    if staged:
        return await (await _history(project, prefix).snapshot("", Tree.INDEX)).ids()
    return await asyncio.to_thread(_ids_in, project.root, prefix)


def _ids_in(root: Path, prefix: str) -> Collection[str]:
    directory = root.resolve() / prefix
    if directory.resolve() != directory or not directory.is_dir():
        return ()
    try:
        return walk(str(directory)).ids
    except OSError as error:
        raise StorageError(f"{error.filename} could not be read: {error.strerror}", path=str(error.filename)) from error


def _history(project: Project, prefix: str) -> GitVersionStore:
    return GitVersionStore(project.root, version_of=lambda _: None, prefix=prefix)


def _nested(directory: str, parent: str) -> str:
    """Return a directory relative to its parent; empty if it is not below that."""
    return directory.removeprefix(parent) if directory.startswith(parent) else ""


def _display_name(prefix: str) -> str:
    return prefix.rstrip("/") or "the top of the repository"
