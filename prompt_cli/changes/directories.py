"""The prompt directories of a change whose old side has its prompts in another directory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.changes.comparer import settings_file_at
from prompt_cli.changes.comparison import Verdict
from prompt_cli.domain.revision import CommitIsh, Tree
from prompt_cli.errors import StorageError
from prompt_cli.history.version_store import GitVersionStore
from prompt_cli.settings import DEFAULT_DIRECTORY
from prompt_cli.storage.project import from_here
from prompt_cli.storage.scan import walk

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from prompt_cli.changes.comparison import PromptComparison
    from prompt_cli.history.protocol import StoredSnapshot
    from prompt_cli.storage.project import Project
    from prompt_cli.workspace import Workspace


class ChangeDirectories(NamedTuple):
    """The prompt directories of a change.

    Attributes:
        current: The directory of the new side, compared with that of the old side.
        former: The directory of the old side, if it is another one that still has prompts.
        former_ids: The prompts that `former` still has.
        notices: Notices for the user.
    """

    current: Workspace
    former: Workspace | None = None
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

    Args:
        workspace: The prompt directory of the new side.
        ref: The commit to compare with.
        staged: Whether the new side is the index.
        direct: Whether the old side is the commit itself, not its merge base with HEAD.

    Raises:
        SettingsError: The settings of the old side are invalid.
        HistoryError: Git failed.
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
    notice = f"the prompt directory is now {_shown(new_prefix)} (was {_shown(old_prefix)} at {old.label})"
    if former_ids:
        notice += f"; prompts left in {_shown(old_prefix)} are checked too"
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
    if file := await settings_file_at(store, old, project.settings_paths):
        path, settings = file
        return [path.parent / settings.directory]
    return list(dict.fromkeys(path.parent / DEFAULT_DIRECTORY for path in project.settings_paths))


async def _ids_at(project: Project, prefix: str, commit: str) -> Collection[str]:
    return await (await _store(project, prefix).snapshot("", CommitIsh(commit))).ids()


async def _remaining_ids(project: Project, prefix: str, *, staged: bool) -> Collection[str]:
    """Return the prompts that the new side has in a directory, not following symbolic links."""
    if staged:
        return await (await _store(project, prefix).snapshot("", Tree.INDEX)).ids()
    return await asyncio.to_thread(_ids_in, project.root, prefix)


def _ids_in(root: Path, prefix: str) -> Collection[str]:
    directory = root.resolve() / prefix
    if directory.resolve() != directory or not directory.is_dir():
        return ()
    try:
        return walk(str(directory)).ids
    except OSError as error:
        raise StorageError(f"{error.filename} could not be read: {error.strerror}", path=str(error.filename)) from error


def _store(project: Project, prefix: str) -> GitVersionStore:
    return GitVersionStore(project.root, version_of=lambda _: None, prefix=prefix)


def _nested(directory: str, parent: str) -> str:
    """Return a directory relative to its parent; empty if it is not below that."""
    return directory.removeprefix(parent) if directory.startswith(parent) else ""


def _shown(prefix: str) -> str:
    return prefix.rstrip("/") or "the top of the repository"
