"""A change in git: its two sides, their directories, the affected prompts, and the settings that apply."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.changes.comparer import Affected, PromptComparer
from prompt_cli.changes.comparison import Verdict
from prompt_cli.domain.revision import CommitIsh, PromptReference, Tree
from prompt_cli.errors import HistoryError, StorageError
from prompt_cli.history.errors import GitProblem
from prompt_cli.history.version_store import GitVersionStore
from prompt_cli.settings import DEFAULT_DIRECTORY, DEFAULTS, Settings
from prompt_cli.storage.project import read_settings
from prompt_cli.storage.scan import from_here, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from prompt_cli.changes.comparison import PromptComparison
    from prompt_cli.domain.revision import Snapshot
    from prompt_cli.history.protocol import ChangeStoreProtocol, StoredSnapshot
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
        _, settings = await _settings_at(workspace.project, store, base.start)
    else:
        old, settings = await _head(store), await workspace.settings()
        base = None if old is None else await _merge_target(store, settings.base or await store.default_base())
    if old is None:
        affected = Affected(await new.ids(), (), (), ())
    else:
        affected = await PromptComparer(workspace, settings.levels).affected(store, old, new)
    return ChangeSet(old, new, tree, base, affected, settings, request.against is not None)


async def affected_since(workspace: Workspace, changes: ChangeSet, base: MergeTarget) -> Affected:
    """Return the prompts that differ from the merge base, which may be older than the old side of the change."""
    if changes.old is not None and base.start.commit == changes.old.commit:
        return changes.affected
    comparer = PromptComparer(workspace, changes.settings.levels)
    return await comparer.affected(workspace.change_store("check a change"), base.start, changes.new)


async def comparer_at(workspace: Workspace, judge: StoredSnapshot | None = None) -> PromptComparer:
    """Create a comparer with the levels that the settings of a commit set; without a commit, those of the project."""
    if judge is None:
        return PromptComparer(workspace, (await workspace.settings()).levels)
    store = workspace.change_store("compare with a commit")
    _, settings = await _settings_at(workspace.project, store, judge)
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


async def _settings_at(
    project: Project, store: ChangeStoreProtocol, at: StoredSnapshot
) -> tuple[Path | None, Settings]:
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


async def _merge_target(store: ChangeStoreProtocol, name: str | None) -> MergeTarget:
    """Find the merge target by the name of its branch; HEAD without one."""
    if name is None:
        head = await store.tip("HEAD")
        return MergeTarget(head, head, "HEAD")
    return MergeTarget(await store.merge_base(name), await store.tip(name), name)


class FormerDirectory(NamedTuple):
    """A prompt directory that only the old side has: the prompts that are left there, and their ids."""

    workspace: Workspace
    ids: Collection[str]
    current: Workspace | None
    """The directory that its prompts are compared with; None if nothing replaces it."""


class ChangeDirectories(NamedTuple):
    """The prompt directories of a change, all of one project, and notices for the user."""

    current: Sequence[Workspace]
    """The directories of the new side, each compared with that of the old side."""
    former: Sequence[FormerDirectory] = ()
    """The directories that only the old side has, as far as they have prompts or nothing replaces them."""
    notices: tuple[str, ...] = ()

    @property
    def workspaces(self) -> Sequence[Workspace]:
        """The former directories, if any, and the current ones."""
        return [*(one.workspace for one in self.former), *self.current]

    def is_moved(self, workspace: Workspace, comparison: PromptComparison) -> bool:
        """Return whether a prompt that a directory has lost is compared in the other directory."""
        return comparison.verdict is Verdict.DELETED and any(
            workspace is one.workspace or (workspace is one.current and comparison.id in one.ids)
            for one in self.former
            if one.current is not None
        )


class _OldDirectory(NamedTuple):
    """A prompt directory of the old side: the path in its settings, the resolved path in the commit, and its ids."""

    path: Path
    prefix: str
    ids: frozenset[str]


async def find_change_directories(
    workspaces: Sequence[Workspace], ref: str, *, staged: bool, direct: bool = False
) -> Sequence[ChangeDirectories]:
    """Return the prompt directories of a change by project, and note those that it moves or drops.

    The settings of the old side name its directories, unless the user does. If the new side has its prompts in another
    directory, they are compared with those of the same ids in the old one, and prompts that remain there are checked
    too, as are those of a directory that nothing replaces. So a change cannot evade checks by a new setting or a
    symbolic link.

    Raises:
        StorageError: A directory could not be read, or is in another repository.
    """
    projects: dict[object, list[Workspace]] = {}
    for one in workspaces:
        projects.setdefault(one.project.settings_paths if one.is_directory else one, []).append(one)
    changes = [await _find_in_project(group, ref, staged=staged, direct=direct) for group in projects.values()]
    for directories in changes:
        for notice in directories.notices:
            workspaces[0].on_notice(notice)
    return changes


async def _find_in_project(
    workspaces: Sequence[Workspace], ref: str, *, staged: bool, direct: bool
) -> ChangeDirectories:
    store = workspaces[0].change_store("compare with a commit")
    if not isinstance(store, GitVersionStore):
        return ChangeDirectories(workspaces)
    project = workspaces[0].project
    prefixes = [await _prefix_of(one) for one in workspaces]
    old = await (store.tip(ref) if direct else store.merge_base(ref))
    before = await _directories_at(project, store, old, ref)
    dropped = [one for one in before if one.path not in project.directories and one.prefix not in prefixes]
    current: list[Workspace] = []
    former: list[FormerDirectory] = []
    notices: list[str] = []
    for workspace, prefix in zip(workspaces, prefixes, strict=True):
        earlier = next((one for one in before if one.path == workspace.project.directory), None)
        if earlier is None and dropped and prefix not in [one.prefix for one in before]:
            ids = await _ids_now(project, prefix, staged=staged) if dropped[1:] else frozenset[str]()
            earlier = max(dropped, key=lambda one: len(one.ids & ids))
            dropped.remove(earlier)
        if earlier is None or earlier.prefix == prefix:
            current.append(workspace)
            continue
        nested = _nested([earlier.prefix], prefix)
        moved = workspace.at(workspace.project, former_prefix=earlier.prefix, nested_prefixes=nested)
        current.append(moved)
        remaining = await _former_directory(workspace, earlier.prefix, prefixes, staged=staged)
        notice = (
            f"the prompt directory is now {_display_name(prefix)} (was {_display_name(earlier.prefix)} at {old.label})"
        )
        notices.append(notice + _checked_too(remaining, earlier.prefix))
        former += [remaining._replace(current=moved)] if remaining.ids else []
    for one in dropped:
        remaining = await _former_directory(workspaces[0], one.prefix, prefixes, staged=staged)
        notice = f"{_display_name(one.prefix)} is no longer a prompt directory (it was one at {old.label})"
        notices.append(notice + _checked_too(remaining, one.prefix))
        former.append(remaining)
    return ChangeDirectories(current, former, tuple(notices))


async def _prefix_of(workspace: Workspace) -> str:
    """Return the prompt directory relative to the repository, ending in ``/``.

    Raises:
        StorageError: The settings put it into another repository, such as a submodule.
    """
    project, store = workspace.project, workspace.version_store
    if not isinstance(store, GitVersionStore):
        return ""
    location = await store.location()
    top = location.toplevel.resolve()
    if not project.is_named and project.git_directory is not None and project.root.resolve() != top:
        directory = from_here(project.directory)
        raise StorageError(
            f"the prompt directory {directory} is in another repository than its settings",
            help=f"`--directory {directory}` checks it with the settings of its repository",
            transient=False,
        )
    return location.prefix


async def _directories_at(
    project: Project, store: GitVersionStore, old: StoredSnapshot, ref: str
) -> Sequence[_OldDirectory]:
    """Return the prompt directories of the old side that have prompts."""
    paths, only_first = project.directories, project.is_named
    if not project.is_named:
        file, settings = await _settings_at(project, store, old)
        only_first = file is None
        if file:
            paths = [file.parent / one for one in settings.directories]
        else:
            paths = [one.parent / DEFAULT_DIRECTORY for one in project.settings_paths]
    directories: list[_OldDirectory] = []
    for path in dict.fromkeys(paths):
        if not path.is_relative_to(project.root):
            continue
        prefix = await store.prefix_at(old, path.relative_to(project.root).as_posix())
        if prefix is None:
            continue
        ids = await _ids_at(project, prefix, CommitIsh(old.commit or ref))
        directories.append(_OldDirectory(path, prefix, ids))
        if only_first:
            break
    return [one for one in directories if one.ids]


async def _former_directory(
    workspace: Workspace, prefix: str, prefixes: Sequence[str], *, staged: bool
) -> FormerDirectory:
    """Return a directory with the prompts that remain there, without the prompt directories below."""
    project = workspace.project
    place = workspace.at(project._replace(directory=project.root / prefix), nested_prefixes=_nested(prefixes, prefix))
    ids = await _ids_now(project, prefix, staged=staged)
    return FormerDirectory(place, frozenset(filter(place.owns, ids)), None)


def _checked_too(remaining: FormerDirectory, prefix: str) -> str:
    return f"; prompts left in {_display_name(prefix)} are checked too" if remaining.ids else ""


async def _ids_at(project: Project, prefix: str, revision: CommitIsh | Tree) -> frozenset[str]:
    store = GitVersionStore(project.root, version_of=lambda _: None, prefix=prefix)
    return frozenset(await (await store.snapshot("", revision)).ids())


async def _ids_now(project: Project, prefix: str, *, staged: bool) -> frozenset[str]:
    """Return the prompts that the new side has in a directory, not following symbolic links."""
    if staged:
        return await _ids_at(project, prefix, Tree.INDEX)
    return await asyncio.to_thread(_ids_in, project.root, prefix)


def _ids_in(root: Path, prefix: str) -> frozenset[str]:
    directory = root.resolve() / prefix
    if directory.resolve() != directory or not directory.is_dir():
        return frozenset()
    try:
        return frozenset(walk(str(directory)).ids)
    except OSError as error:
        raise StorageError(f"{error.filename} could not be read: {error.strerror}", path=str(error.filename)) from error


def _nested(directories: Sequence[str], parent: str) -> tuple[str, ...]:
    """Return the directories below a parent, relative to it."""
    return tuple(one.removeprefix(parent) for one in directories if one.startswith(parent) and one != parent)


def _display_name(prefix: str) -> str:
    return prefix.rstrip("/") or "the top of the repository"
