"""From what a user names to the prompts that are meant: paths of files and directories, and ids."""

from __future__ import annotations

import os
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.ids import SUFFIX, id_problem, id_to_path, near_names, path_to_id
from prompt_cli.errors import PromptNotFoundError, StorageError
from prompt_cli.storage.project import listing_of
from prompt_cli.storage.scan import Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_cli.cli.session import Workspace
    from prompt_cli.storage.project import Project
    from prompt_cli.storage.scan import InvalidPromptFile


class ChosenPrompts(NamedTuple):
    """What a user named."""

    ids: tuple[str, ...]
    invalid_files: tuple[InvalidPromptFile, ...]


def choose(targets: Sequence[str], listing: Listing, directory: Path) -> ChosenPrompts:
    """Find the prompts that paths and ids name; all of them where none is named.

    Args:
        targets: Paths, relative to the current directory; ids, the first part of ids, and patterns of ids.
        listing: What there is.
        directory: The prompt directory.

    Raises:
        PromptNotFoundError: A target is neither a file nor an id.
        StorageError: A target is outside the prompt directory.
    """
    if not targets:
        return ChosenPrompts(listing.ids, listing.invalid_files)
    ids: dict[str, None] = {}
    invalid_files: dict[InvalidPromptFile, None] = {}
    for target in targets:
        found = _named(target, listing, directory)
        ids.update(dict.fromkeys(found.ids))
        invalid_files.update(dict.fromkeys(found.invalid_files))
    return ChosenPrompts(tuple(ids), tuple(invalid_files))


def listing_for(targets: Sequence[str], project: Project) -> Listing:
    """Return what there is of what a user names.

    Where all are files of prompts, these alone are looked at: hooks name a few of thousands.

    Raises:
        StorageError: There is no prompt directory, or it could not be read.
    """
    named = [_file_at(target, project.directory) for target in targets]
    ids = tuple(sorted({one for one in named if one is not None}))
    return Listing(ids, (), complete=False) if named and None not in named else listing_of(project)


async def shown_strays(workspace: Workspace, invalid_files: Sequence[InvalidPromptFile]) -> list[InvalidPromptFile]:
    """Return files that are no prompts, by their paths as people are shown them."""
    import asyncio  # what is known is answered without the event loop

    if not invalid_files:
        return []
    project = workspace.project
    shown = await asyncio.to_thread(lambda: [project.shown(project.directory / one.path) for one in invalid_files])
    return [one._replace(path=path) for one, path in zip(invalid_files, shown, strict=True)]


def id_at(path: str, directory: Path) -> str:
    """Return the id that the path of a file gives it; the file need not exist.

    Args:
        path: The path, relative to the current directory.
        directory: The prompt directory.

    Raises:
        StorageError: No prompt can be there.
    """
    below = _within(path, directory)
    if (prompt_id := path_to_id(below)) is None:
        reason = id_problem(below.removesuffix(SUFFIX)) if below.endswith(SUFFIX) else f"it does not end in {SUFFIX}"
        raise StorageError(f"{path} is no prompt: {reason}", transient=False)
    return prompt_id


def _named(target: str, listing: Listing, directory: Path) -> ChosenPrompts:
    if target in listing.ids:
        return ChosenPrompts((target,), ())
    matching = tuple(one for one in listing.ids if fnmatchcase(one, target) or one.startswith(f"{target}/"))
    if matching and not os.path.lexists(target):
        return ChosenPrompts(matching, ())
    if not os.path.lexists(target):
        raise PromptNotFoundError(target, near=near_names(target.removesuffix(SUFFIX), listing.ids))
    below = _within(target, directory)
    prefix = "" if below == "." else f"{below}/"
    found = ChosenPrompts(
        tuple(one for one in listing.ids if one + SUFFIX == below or one.startswith(prefix)),
        tuple(one for one in listing.invalid_files if one.path == below or one.path.startswith(prefix)),
    )
    if not found.ids and not found.invalid_files:
        raise StorageError(f"{target} is no prompt", help=f"prompts are files that end in {SUFFIX}", transient=False)
    return found


def _file_at(target: str, directory: Path) -> str | None:
    """Return the id of the prompt whose file is named; None where only a walk can tell what is meant."""
    if sys.platform != "linux":  # elsewhere a file may be found by a name that differs from its own in case
        return None
    prompt_id = target if id_problem(target) is None else None
    if prompt_id is None or not _is_plain(directory, prompt_id):
        below = path_below(target, directory)
        prompt_id = path_to_id(below) if below is not None else None
    return prompt_id if prompt_id is not None and _is_plain(directory, prompt_id) else None


def _is_plain(directory: Path, prompt_id: str) -> bool:
    """Tell whether a prompt's file is one, reached without links below the prompt directory."""
    location = f"{os.path.realpath(directory)}/{id_to_path(prompt_id)}"
    return Path(location).is_file() and os.path.realpath(location) == location


def path_below(target: str, directory: Path) -> str | None:
    """Return the path of a target below the prompt directory, with ``/`` between its parts; None outside of it."""
    root, path = directory.resolve(), Path.cwd() / target
    # The links of the way there are followed, a link at the end is what is named: its target may be a prompt as well.
    for real in (path.parent.resolve() / path.name, path.resolve()):
        if real.is_relative_to(root):
            return real.relative_to(root).as_posix()
    return None


def _within(target: str, directory: Path) -> str:
    """Return the path of a target below the prompt directory.

    Raises:
        StorageError: It is outside.
    """
    if (below := path_below(target, directory)) is not None:
        return below
    raise StorageError(
        f"{target} is not in the prompt directory {directory}",
        help="--directory names another prompt directory",
        transient=False,
    )
