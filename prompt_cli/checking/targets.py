"""Targets of a command line: the paths, ids and patterns that select prompts, in the working tree or in a change."""

from __future__ import annotations

import os
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.ids import NO_PROMPTS_HELP, SUFFIX, id_problem, id_to_path, not_found, path_to_id
from prompt_cli.domain.revision import Tree
from prompt_cli.errors import StorageError
from prompt_cli.history.protocol import StoredSnapshot
from prompt_cli.storage.project import listing_of
from prompt_cli.storage.scan import InvalidPromptFile, Listing, invalid_file_at

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from prompt_cli.changes.changeset import ChangeSet
    from prompt_cli.storage.project import Project
    from prompt_cli.workspace import Workspace


class SelectedFiles(NamedTuple):
    """The prompts, and the files that look like prompts, that targets select."""

    ids: tuple[str, ...]
    invalid_files: tuple[InvalidPromptFile, ...]


class ChangeScope(NamedTuple):
    """The files of a change to check.

    Attributes:
        ids: The prompts.
        invalid_files: Files that look like prompts.
        missing: Targets that are not in the new side.
        outside: Number of targets that cannot be prompts.
    """

    ids: tuple[str, ...]
    invalid_files: tuple[InvalidPromptFile, ...]
    missing: tuple[str, ...] = ()
    outside: int = 0


class _ChangeTargets(NamedTuple):
    """The prompts, invalid files, missing prompts and other files that targets name in a change."""

    ids: set[str]
    invalid_paths: set[str]
    missing: list[str]
    outside: int


def select_files(targets: Sequence[str], listing: Listing, directory: Path) -> SelectedFiles:
    """Return the files that targets select; all files without targets.

    Args:
        targets: Paths, relative to the current directory; ids, beginnings of ids, and patterns of ids.
        listing: The files in the prompt directory.
        directory: The prompt directory.

    Raises:
        PromptNotFoundError: A target is neither a file nor an id.
        StorageError: A target is outside the prompt directory, or not a prompt.
    """
    if not targets:
        return SelectedFiles(listing.ids, listing.invalid_files)
    selections = [_select(target, listing, directory) for target in targets]
    ids = dict.fromkeys(prompt_id for one in selections for prompt_id in one.ids)
    invalid_files = dict.fromkeys(file for one in selections for file in one.invalid_files)
    return SelectedFiles(tuple(ids), tuple(invalid_files))


def select_present(targets: Sequence[str], listing: Listing, directory: Path) -> SelectedFiles:
    """Return the files that targets select, as `select_files` does.

    Raises:
        StorageError: There are none, or as `select_files`.
        PromptNotFoundError: As `select_files`.
    """
    selected = select_files(targets, listing, directory)
    if not selected.ids and not selected.invalid_files:
        raise StorageError(
            f"no prompts in {directory}",
            help=NO_PROMPTS_HELP,
        )
    return selected


async def list_prompts(workspace: Workspace, targets: Sequence[str]) -> SelectedFiles:
    """Return the prompts of a workspace that targets select; raises as `select_present`."""
    import asyncio  # a cached report needs no event loop

    if workspace.is_directory:
        project = workspace.project
        listing = await asyncio.to_thread(list_files, targets, project)
        return select_present(targets, listing, project.directory)
    ids = await workspace.registry.working_tree.ids()
    if not targets:
        return SelectedFiles(ids, ())
    selected = [_match_ids(target, ids) for target in targets]
    return SelectedFiles(tuple(dict.fromkeys(one for matches in selected for one in matches)), ())


def list_files(targets: Sequence[str], project: Project) -> Listing:
    """List the prompt directory, or only the targets if each is a prompt's file: hooks name a few of thousands.

    Raises:
        StorageError: There is no prompt directory, or it could not be read.
    """
    ids = [_id_of_file(target, project.directory) for target in targets]
    if not ids or None in ids:
        return listing_of(project)
    return Listing(tuple(sorted({one for one in ids if one is not None})), (), complete=False)


async def shown_files(workspace: Workspace, files: Sequence[InvalidPromptFile]) -> list[InvalidPromptFile]:
    """Return files with their paths as users see them."""
    import asyncio  # a cached report needs no event loop

    if not files:
        return []
    project = workspace.project
    paths = await asyncio.to_thread(lambda: [project.shown(project.directory / one.path) for one in files])
    return [one._replace(path=path) for one, path in zip(files, paths, strict=True)]


def id_at(path: str, directory: Path) -> str:
    """Return the id that a prompt at a path has; the file need not exist.

    Args:
        path: The path, relative to the current directory.
        directory: The prompt directory.

    Raises:
        StorageError: A prompt cannot have this path.
    """
    below = _require_below(path, directory)
    if (prompt_id := path_to_id(below)) is None:
        reason = id_problem(below.removesuffix(SUFFIX)) if below.endswith(SUFFIX) else f"it does not end in {SUFFIX}"
        raise StorageError(f"{path} is not a prompt: {reason}", transient=False)
    return prompt_id


async def find_change_scope(workspace: Workspace, changes: ChangeSet, targets: Sequence[str]) -> ChangeScope:
    """Return the prompts of a change to check.

    Without targets these are the changed prompts and all that include them. With targets they are the named prompts,
    and those that include a named change or a deleted prompt. Hooks name unchanged files too; with the index as new
    side these are checked as well.

    Args:
        workspace: The prompt directory.
        changes: The change.
        targets: Paths, ids and patterns of ids.

    Raises:
        PromptNotFoundError: A target is neither a file nor an id.
        StorageError: There are no prompts.
    """
    # git removes a directory with its last file.
    has_files = workspace.project.directory.is_dir() or changes.tree is Tree.INDEX
    present = await _present_ids(changes, has_targets=bool(targets)) if has_files else set[str]()
    affected = changes.affected
    if not present and not affected.ids:
        raise StorageError(
            f"no prompts in {workspace.project.directory}, as {changes.new.label} has it",
            help=NO_PROMPTS_HELP,
        )
    present = set(filter(workspace.owns, present))
    if not targets:
        new_files = await _new_invalid_files(workspace, changes) if has_files else ()
        invalid_files = tuple(one for one in new_files if workspace.owns(one.path))
        return ChangeScope(tuple(sorted(present.intersection(affected.ids))), invalid_files)
    from prompt_cli.changes.changeset import comparer_for

    files = await _invalid_files(workspace, changes) if has_files else dict[str, InvalidPromptFile]()
    named = _match_targets(targets, present, set(affected.deleted), files, workspace.project.directory)
    sources = {*named.ids.intersection((*affected.added, *affected.changed)), *affected.deleted}
    includers = await comparer_for(workspace, changes.settings).includers(sources, changes.new)
    ids = sorted((named.ids | includers) & present & (set(affected.ids) if changes.strict else present))
    invalid_files = tuple(files[path] for path in sorted(named.invalid_paths))
    return ChangeScope(tuple(ids), invalid_files, tuple(named.missing), named.outside)


def path_below(target: str, directory: Path) -> str | None:
    """Return the path of a target relative to the prompt directory, with ``/``; None if it is outside."""
    root, path = directory.resolve(), Path.cwd() / target
    try:
        # Try the target itself before the file that it links to, which may be a prompt as well.
        candidates = path.parent.resolve() / path.name, path.resolve()
    except ValueError:  # a text that no file can have as its name: it holds NUL or half a surrogate pair
        return None
    for real in candidates:
        if real.is_relative_to(root):
            return real.relative_to(root).as_posix()
    return None


def _require_below(target: str, directory: Path) -> str:
    if (below := path_below(target, directory)) is not None:
        return below
    raise StorageError(
        f"{target} is not in the prompt directory {directory}",
        help="--directory names another prompt directory",
        transient=False,
    )


def _select(target: str, listing: Listing, directory: Path) -> SelectedFiles:
    if target in listing.ids or not os.path.lexists(target):
        return SelectedFiles(_match_ids(target, listing.ids), ())
    below = _require_below(target, directory)
    prefix = "" if below == "." else f"{below}/"
    selected = SelectedFiles(
        tuple(one for one in listing.ids if one + SUFFIX == below or one.startswith(prefix)),
        tuple(one for one in listing.invalid_files if one.path == below or one.path.startswith(prefix)),
    )
    if not selected.ids and not selected.invalid_files:
        raise StorageError(f"{target} is not a prompt", help=f"prompt files end in {SUFFIX}", transient=False)
    return selected


def _match_ids(target: str, ids: Collection[str]) -> tuple[str, ...]:
    """Return the ids that a target names: an id, the beginning of ids, or a pattern of ids."""
    if target in ids:
        return (target,)
    matches = tuple(one for one in ids if fnmatchcase(one, target) or one.startswith(f"{target}/"))
    if not matches:
        raise not_found(target, ids)
    return matches


def _id_of_file(target: str, directory: Path) -> str | None:
    """Return the id of the prompt whose file a target names; None if only a listing of the directory can tell."""
    if sys.platform != "linux":  # other file systems may ignore case, and a listing has the exact name
        return None
    if id_problem(target) is None and _is_regular(directory, target):
        return target
    below = path_below(target, directory)
    prompt_id = path_to_id(below) if below is not None else None
    return prompt_id if prompt_id is not None and _is_regular(directory, prompt_id) else None


def _is_regular(directory: Path, prompt_id: str) -> bool:
    """Return whether a prompt has a regular file without symbolic links below the prompt directory."""
    location = f"{os.path.realpath(directory)}/{id_to_path(prompt_id)}"
    return Path(location).is_file() and os.path.realpath(location) == location


async def _present_ids(changes: ChangeSet, *, has_targets: bool) -> set[str]:
    """Return the ids in the new side, at least those of the change."""
    affected = changes.affected
    if affected.ids and not has_targets and changes.tree is Tree.INDEX:
        return set(affected.ids).difference(affected.deleted)  # saves reading the whole index
    return set(await changes.new.ids())


async def _new_invalid_files(workspace: Workspace, changes: ChangeSet) -> tuple[InvalidPromptFile, ...]:
    """Return the invalid files that the change adds, sorted."""
    if changes.tree is Tree.INDEX and isinstance(changes.new, StoredSnapshot):
        paths = await workspace.change_store("check a change").new_non_prompt_files(changes.old, changes.new)
        return tuple(file for path in paths if (file := _invalid_file(path)) is not None)
    files = await _invalid_files(workspace, changes)
    old_paths = set(await changes.old.non_prompt_files()) if files and changes.old else set[str]()
    return tuple(file for path, file in files.items() if path not in old_paths)


async def _invalid_files(workspace: Workspace, changes: ChangeSet) -> dict[str, InvalidPromptFile]:
    """Return the invalid files of the new side by path, sorted."""
    if changes.tree is Tree.WORKING:
        return {one.path: one for one in listing_of(workspace.project).invalid_files}
    index = changes.new
    if not isinstance(index, StoredSnapshot):
        index = await workspace.change_store("check a change").snapshot("", Tree.INDEX)
    return {path: file for path in await index.non_prompt_files() if (file := _invalid_file(path)) is not None}


def _invalid_file(path: str) -> InvalidPromptFile | None:
    if path_to_id(path) is not None:
        return InvalidPromptFile(path, "it is not a regular file", "replace it by a file")
    return invalid_file_at(path)


def _match_targets(
    targets: Sequence[str], present: set[str], deleted: set[str], invalid_paths: Collection[str], directory: Path
) -> _ChangeTargets:
    named = _ChangeTargets(set(), set(), [], 0)
    for target in targets:
        below = path_below(target, directory)
        prefix = None if below is None else "" if below == "." else f"{below}/"
        ids = {one for one in present | deleted if _matches(target, below, prefix, one)}
        paths = {one for one in invalid_paths if below is not None and (one == below or one.startswith(prefix or ""))}
        named.ids.update(ids)
        named.invalid_paths.update(paths)
        if ids or paths:
            continue
        if below is not None and path_to_id(below) is not None:
            named.missing.append(target)
        elif os.path.lexists(target) or below is not None:
            named = named._replace(outside=named.outside + 1)
        else:
            raise not_found(target, present)
    return named


def _matches(target: str, below: str | None, prefix: str | None, prompt_id: str) -> bool:
    if prefix is not None and (prompt_id + SUFFIX == below or prompt_id.startswith(prefix)):
        return True
    return target == prompt_id or prompt_id.startswith(f"{target}/") or fnmatchcase(prompt_id, target)
