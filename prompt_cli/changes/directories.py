"""Prompt directories of a change: those of its new side, and those that it moves or drops."""

import asyncio
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from prompt_cli.changes.changeset import settings_at
from prompt_cli.changes.comparison import PromptComparison, Verdict
from prompt_cli.domain.revision import CommitIsh, Tree
from prompt_cli.errors import StorageError
from prompt_cli.history.protocol import StoredSnapshot
from prompt_cli.history.version_store import GitVersionStore
from prompt_cli.settings import DEFAULT_DIRECTORY
from prompt_cli.storage.project import Project
from prompt_cli.storage.scan import from_here, list_ids
from prompt_cli.workspace import Workspace


class FormerDirectory(NamedTuple):
    """A prompt directory that only the old side has: the prompts that are left there, and their ids."""

    workspace: Workspace
    ids: Collection[str]
    current: Workspace | None  # the directory that its prompts are compared with; None if nothing replaces it


class ChangeDirectories(NamedTuple):
    """The prompt directories of a change, all of one project, and notices for the user."""

    current: Sequence[Workspace]  # the directories of the new side, each compared with that of the old side
    former: Sequence[FormerDirectory] = ()  # those that only the old side has, with prompts or without replacement
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
    prefixes = [await _prefix_of(one) for one in workspaces]
    old = await (store.tip(ref) if direct else store.merge_base(ref))
    before = await _directories_at(workspaces[0].project, store, old, ref)
    earlier, dropped = await _pair_directories(workspaces, prefixes, before, staged=staged)
    current: list[Workspace] = []
    former: list[FormerDirectory] = []
    notices: list[str] = []
    for workspace, prefix, one in zip(workspaces, prefixes, earlier, strict=True):
        if one is None or one.prefix == prefix:
            current.append(workspace)
            continue
        nested = _nested([one.prefix], prefix)
        moved = workspace.at(workspace.project, former_prefix=one.prefix, nested_prefixes=nested)
        current.append(moved)
        remaining = await _former_directory(workspace, one.prefix, prefixes, staged=staged)
        notice = f"the prompt directory is now {_display_name(prefix)} (was {_display_name(one.prefix)} at {old.label})"
        notices.append(notice + _checked_too(remaining, one.prefix))
        former += [remaining._replace(current=moved)] if remaining.ids else []
    for one in dropped:
        remaining = await _former_directory(workspaces[0], one.prefix, prefixes, staged=staged)
        notice = f"{_display_name(one.prefix)} is no longer a prompt directory (it was one at {old.label})"
        notices.append(notice + _checked_too(remaining, one.prefix))
        former.append(remaining)
    return ChangeDirectories(current, former, tuple(notices))


async def _pair_directories(
    workspaces: Sequence[Workspace], prefixes: Sequence[str], before: Sequence[_OldDirectory], *, staged: bool
) -> tuple[list[_OldDirectory | None], list[_OldDirectory]]:
    """Return the old directory of each workspace, if any, and the old directories that nothing replaces.

    A new directory replaces the old one with which it shares most prompts.
    """
    project = workspaces[0].project
    dropped = [one for one in before if one.path not in project.directories and one.prefix not in prefixes]
    pairs: list[_OldDirectory | None] = []
    for workspace, prefix in zip(workspaces, prefixes, strict=True):
        earlier = next((one for one in before if one.path == workspace.project.directory), None)
        if earlier is None and dropped and prefix not in [one.prefix for one in before]:
            ids = await _ids_now(project, prefix, staged=staged) if dropped[1:] else frozenset[str]()
            earlier = max(dropped, key=lambda one: len(one.ids & ids))
            dropped.remove(earlier)
        pairs.append(earlier)
    return pairs, dropped


async def _prefix_of(workspace: Workspace) -> str:
    """Return the prompt directory relative to the repository, ending in ``/``; one in a submodule is an error."""
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
        file, settings = await settings_at(project, store, old)
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
    return await asyncio.to_thread(list_ids, project.root, prefix)


def _nested(directories: Sequence[str], parent: str) -> tuple[str, ...]:
    """Return the directories below a parent, relative to it."""
    return tuple(one.removeprefix(parent) for one in directories if one.startswith(parent) and one != parent)


def _display_name(prefix: str) -> str:
    return prefix.rstrip("/") or "the top of the repository"
