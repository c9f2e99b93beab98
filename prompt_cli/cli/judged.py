"""The prompt directories in which a change is judged: the settings of the old side name them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.changes.comparer import settings_file_at
from prompt_cli.changes.comparison import Verdict
from prompt_cli.cli.output import note
from prompt_cli.domain.revision import CommitIsh, Tree
from prompt_cli.errors import StorageError
from prompt_cli.history.version_store import GitVersionStore
from prompt_cli.settings import DEFAULT_DIRECTORY
from prompt_cli.storage.scan import walk

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from prompt_cli.changes.comparison import PromptComparison
    from prompt_cli.cli.session import Workspace
    from prompt_cli.history.protocol import StoredSnapshot
    from prompt_cli.storage.project import Project


class JudgedDirectories(NamedTuple):
    """Where a change is judged.

    Attributes:
        directory: The change's own prompt directory, compared with that of the old side.
        former: The old side's prompt directory, where that is another one and still holds prompts.
        left: The prompts it holds.
        notices: What users must know of that.
    """

    directory: Workspace
    former: Workspace | None = None
    left: Collection[str] = ()
    notices: tuple[str, ...] = ()

    @property
    def workspaces(self) -> Sequence[Workspace]:
        """All of them."""
        return [self.directory] if self.former is None else [self.former, self.directory]

    def repeats(self, workspace: Workspace, comparison: PromptComparison) -> bool:
        """Tell whether a prompt that a directory lacks is in the other one, where it is compared."""
        if self.former is None or comparison.verdict is not Verdict.DELETED:
            return False
        return workspace is self.former or comparison.id in self.left


async def judged_directories(
    workspace: Workspace, ref: str, *, staged: bool, direct: bool = False
) -> JudgedDirectories:
    """Find the prompt directories in which a change is judged, and say where there is more than the change's own.

    The settings of the old side name the prompt directory, unless the user does. Where the change has it elsewhere,
    prompts are compared with those of the same ids in the old side's directory, and what is left in that is judged
    as well: a change of the settings, or a link, takes nothing out of sight.

    Args:
        workspace: The change's own prompt directory.
        ref: The commit that the change is measured by.
        staged: Whether the new side is the index.
        direct: Whether the old side is that commit itself, not where HEAD parted from it.

    Raises:
        SettingsError: The settings of the old side cannot be used.
        HistoryError: Git could not answer.
        StorageError: A directory could not be read, or is in another repository.
    """
    workspace.uses_history = True
    project, store = workspace.project, workspace.version_store
    location = await store.location()
    if _is_elsewhere(project, location.toplevel):
        raise StorageError(
            f"the prompt directory {project.directory} is in another repository than its settings",
            help=f"`--directory {project.shown(project.directory)}` judges it by what it has there",
            transient=False,
        )
    old = await (store.tip(ref) if direct else store.merge_base(ref))
    now, before = location.prefix, await _former(project, store, old)
    if before is None or before == now or not await _ids_at(project, before, old.commit or ref):
        return JudgedDirectories(workspace)
    former = workspace.at(project._replace(directory=project.root / before), others=_below(now, before))
    left = [one for one in await _left(project, before, staged=staged) if former.has(one)]
    follower = workspace.at(project, former=before, others=_below(before, now))
    notice = f"the prompt directory is {_shown(now)}, and was {_shown(before)} at {old.label}: it is followed"
    if left:
        notice += f"; what is left in {_shown(before)} is judged as well"
    note(notice)
    return JudgedDirectories(follower, former if left else None, frozenset(left), (notice,))


def _is_elsewhere(project: Project, top: Path) -> bool:
    """Tell whether settings put the prompt directory into another repository, as a submodule is one."""
    return not project.is_named and project.git_directory is not None and project.root.resolve() != top.resolve()


async def _former(project: Project, store: GitVersionStore, old: StoredSnapshot) -> str | None:
    """Return the prompt directory of the old side, below the top; None where it has none."""
    for directory in await _candidates(project, store, old):
        if directory.is_relative_to(project.root):
            found = await store.prefix_at(old, directory.relative_to(project.root).as_posix())
            if found is not None:
                return found
    return None


async def _candidates(project: Project, store: GitVersionStore, old: StoredSnapshot) -> Sequence[Path]:
    """Return the directories of which the first that the old side has is its prompt directory."""
    if project.is_named:
        return [project.directory]
    if found := await settings_file_at(store, old, project.settings_paths):
        path, settings = found
        return [path.parent / settings.directory]
    return list(dict.fromkeys(path.parent / DEFAULT_DIRECTORY for path in project.settings_paths))


async def _ids_at(project: Project, prefix: str, commit: str) -> Collection[str]:
    return await (await _store(project, prefix).snapshot("", CommitIsh(commit))).ids()


async def _left(project: Project, prefix: str, *, staged: bool) -> Collection[str]:
    """Return the prompts that the new side has in a directory, reached without links."""
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
        raise StorageError(f"{error.filename} could not be read: {error.strerror}", source=error.filename) from error


def _store(project: Project, prefix: str) -> GitVersionStore:
    return GitVersionStore(project.root, version_of=lambda _: None, prefix=prefix)


def _below(directory: str, other: str) -> str:
    """Return how the ids begin in a prompt directory of what is in another one below it; empty where it is not."""
    return directory.removeprefix(other) if directory.startswith(other) else ""


def _shown(prefix: str) -> str:
    return prefix.rstrip("/") or "the top of the repository"
