"""Status of files between HEAD, the index and the working tree, as ``git status`` reports it."""

from __future__ import annotations

import os
from enum import Enum
from typing import TYPE_CHECKING, Final

from prompt_cli.domain.ids import near_names
from prompt_cli.errors import PromptNotFoundError
from prompt_cli.history.snapshots import CommitSnapshot

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from prompt_cli.history.repository import RepositoryLocation


class FileStatus(Enum):
    """Status of a file between HEAD, the index and the working tree.

    Examples:
        >>> from prompt_cli import FileStatus
        >>> FileStatus.STAGED.value
        'staged'
    """

    CLEAN = "committed"
    """Also the status of a file that does not exist."""
    EDITED = "edited, not staged"
    STAGED = "staged"
    PARTLY_STAGED = "edited after staging"
    UNMERGED = "in a merge conflict"
    UNTRACKED = "untracked"
    IGNORED = "ignored by git"


_OPTIONS: Final = (
    "--porcelain=v2",
    "-z",
    "--untracked-files=all",
    "--ignored=traditional",
    "--no-renames",
    "--ignore-submodules=all",
)


async def read_statuses(location: RepositoryLocation, prompt_ids: Collection[str]) -> dict[str, FileStatus]:
    """Return the status of each prompt's file with two processes.

    Raises:
        PromptIdError: A text is not a valid prompt id.
        HistoryError: Git failed.

    Source: git-status(1), "Porcelain Format Version 2".
    """
    if not prompt_ids:
        return {}
    git = await location.git.without_filters()
    pathspecs = location.pathspecs([location.path_of(one) for one in prompt_ids])
    output = await git.run("status", *_OPTIONS, "--", *pathspecs)
    statuses: dict[str, FileStatus] = {}
    for path, status in _entries(os.fsdecode(output)):
        if (prompt_id := location.id_of(path)) is not None:
            # Git lists a file twice that was removed from the index only: as staged and as untracked.
            statuses[prompt_id] = FileStatus.PARTLY_STAGED if prompt_id in statuses else status
    return {one: statuses.get(one, FileStatus.CLEAN) for one in prompt_ids}


def _entries(output: str) -> Iterator[tuple[str, FileStatus]]:
    for entry in output.split("\0"):
        match entry[:1]:
            case "1":
                _, both, _, _, _, _, _, _, path = entry.split(" ", 8)
                yield path, _edit_status(index=both[0], tree=both[1])
            case "u":
                yield entry.split(" ", 10)[10], FileStatus.UNMERGED
            case "?":
                yield entry[2:], FileStatus.UNTRACKED
            case "!":
                yield entry[2:], FileStatus.IGNORED
            case _:
                pass  # the end of the output


def _edit_status(*, index: str, tree: str) -> FileStatus:
    if index == ".":
        return FileStatus.EDITED
    return FileStatus.STAGED if tree == "." else FileStatus.PARTLY_STAGED


_NEW: Final = "its file is not committed yet: `git add` and commit it, or leave the revision out"
_HELP: Final = {
    FileStatus.UNTRACKED: _NEW,
    FileStatus.EDITED: _NEW,  # of `git add --intent-to-add`
    FileStatus.STAGED: "its file is staged and not committed yet: commit it, or ask for :staged",
    FileStatus.PARTLY_STAGED: "its file is staged and not committed yet: commit it, or ask for :staged",
    FileStatus.IGNORED: "git ignores its file; `git check-ignore --verbose FILE` shows the rule",
}


async def never_committed(location: RepositoryLocation, head: str, prompt_id: str) -> PromptNotFoundError:
    """Return the error for a prompt that no commit up to `head` has.

    Raises:
        HistoryError: Git failed.
    """
    commits = f"any commit up to {head[:7]}"
    status = (await read_statuses(location, [prompt_id]))[prompt_id]
    if status in _HELP:
        error = PromptNotFoundError(prompt_id, commits, help=_HELP[status])
    else:
        near = near_names(prompt_id, await CommitSnapshot(location, head).ids())
        error = PromptNotFoundError(prompt_id, commits, near=near)
    error.context.pop("version")  # no revision that a caller could name
    return error
