"""The prompt directories of a change: those of the new side, and those that only the old side has."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.changes.comparer import settings_file_at
from prompt_cli.changes.comparison import Verdict
from prompt_cli.domain.revision import CommitIsh, Tree
from prompt_cli.errors import StorageError
from prompt_cli.history.version_store import GitVersionStore
from prompt_cli.settings import DEFAULT_DIRECTORY
from prompt_cli.storage.scan import from_here, walk

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from prompt_cli.changes.comparison import PromptComparison
    from prompt_cli.history.protocol import StoredSnapshot
    from prompt_cli.storage.project import Project
    from prompt_cli.workspace import Workspace


class FormerDirectory(NamedTuple):
    """A prompt directory that only the old side has.

    Attributes:
        workspace: The prompts that are left there.
        ids: Their ids.
        current: The directory that its prompts are compared with; None if nothing replaces it.
    """

    workspace: Workspace
    ids: Collection[str]
    current: Workspace | None


class ChangeDirectories(NamedTuple):
    """The prompt directories of a change, all of one project.

    Attributes:
        current: The directories of the new side, each compared with that of the old side.
        former: The directories that only the old side has, as far as they have prompts or nothing replaces them.
        notices: Notices for the user.
    """

    current: Sequence[Workspace]
    former: Sequence[FormerDirectory] = ()
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
    """A prompt directory of the old side: the path in its settings, where that leads in the commit, and its ids."""

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

    Args:
        workspaces: The prompt directories of the new side.
        ref: The commit to compare with.
        staged: Whether the new side is the index.
        direct: Whether the old side is the commit itself, not its merge base with HEAD.

    Raises:
        SettingsError: The settings of the old side are invalid.
        HistoryError: Git failed.
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
        left = await _left(workspace, earlier.prefix, prefixes, staged=staged)
        notice = f"the prompt directory is now {_shown(prefix)} (was {_shown(earlier.prefix)} at {old.label})"
        notices.append(notice + _checked_too(left, earlier.prefix))
        former += [left._replace(current=moved)] if left.ids else []
    for one in dropped:
        left = await _left(workspaces[0], one.prefix, prefixes, staged=staged)
        notice = f"{_shown(one.prefix)} is no longer a prompt directory (it was one at {old.label})"
        notices.append(notice + _checked_too(left, one.prefix))
        former.append(left)
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
        file = await settings_file_at(store, old, project.settings_paths)
        only_first = file is None
        paths = [one.parent / DEFAULT_DIRECTORY for one in project.settings_paths]
        if file is not None:
            path, settings = file
            paths = [path.parent / one for one in settings.directories]
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


async def _left(workspace: Workspace, prefix: str, prefixes: Sequence[str], *, staged: bool) -> FormerDirectory:
    """Return what the new side has left in a directory, without the prompt directories below it."""
    project = workspace.project
    place = workspace.at(project._replace(directory=project.root / prefix), nested_prefixes=_nested(prefixes, prefix))
    ids = await _ids_now(project, prefix, staged=staged)
    return FormerDirectory(place, frozenset(filter(place.owns, ids)), None)


def _checked_too(left: FormerDirectory, prefix: str) -> str:
    return f"; prompts left in {_shown(prefix)} are checked too" if left.ids else ""


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


def _shown(prefix: str) -> str:
    return prefix.rstrip("/") or "the top of the repository"
