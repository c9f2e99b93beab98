"""Which prompts of a change are to be judged."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.changes.changeset import comparer_for
from prompt_cli.cli.targets import path_below
from prompt_cli.domain.ids import SUFFIX, near_names, path_to_id
from prompt_cli.domain.revision import Tree
from prompt_cli.errors import PromptNotFoundError, StorageError
from prompt_cli.history.protocol import StoredSnapshot
from prompt_cli.storage.project import listing_of
from prompt_cli.storage.scan import InvalidPromptFile, invalid_file_at

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from prompt_cli.changes.changeset import ChangeSet
    from prompt_cli.cli.session import Workspace


class Scope(NamedTuple):
    """What is to be judged.

    Attributes:
        ids: The prompts.
        strays: Files that look like prompts and are none, by their paths below the prompt directory.
        missing: Files that were named and are not in the index.
        outside: How many files were named that have nothing to do with prompts.
    """

    ids: tuple[str, ...]
    invalid_files: tuple[InvalidPromptFile, ...]
    missing: tuple[str, ...] = ()
    outside: int = 0


class _Named(NamedTuple):
    """What targets name: prompts, files that are none but look like it, paths where nothing is, and other files."""

    ids: set[str]
    invalid_files: set[str]
    missing: list[str]
    outside: int


async def scope_of(workspace: Workspace, changes: ChangeSet, targets: Sequence[str]) -> Scope:
    """Find what is to be judged of a change.

    That is what changed, and every prompt that includes what changed. Where something is named, it is that, and what
    includes it or what was deleted; of what is staged also where it has not changed, as hooks ask about all files.

    Args:
        workspace: Where prompts are.
        changes: The change.
        targets: Paths, ids and patterns of ids; all of the change where there is none.

    Raises:
        PromptNotFoundError: A target is neither a file nor an id.
        StorageError: There is no prompt at all.
    """
    there, affected = workspace.project.directory.is_dir() or changes.tree is Tree.INDEX, changes.affected
    # With its last prompt, git removes the directory.
    if affected.ids and not targets and changes.tree is Tree.INDEX:
        present = set(affected.ids).difference(affected.deleted)  # which is so without reading all of the index
    else:
        present = set(await changes.new.ids()) if there else set[str]()
    if not present and not affected.ids:
        raise StorageError(
            f"there are no prompts in {workspace.project.directory}, as {changes.new.label} has it",
            help="`prompt-cli create ID` makes one; --directory names another directory",
        )
    present = set(filter(workspace.has, present))
    if not targets:
        invalid_files = await _new_strays(workspace, changes) if there else ()
        invalid_files = tuple(one for one in invalid_files if workspace.has(one.path))
        return Scope(tuple(sorted(present.intersection(affected.ids))), invalid_files)
    others = await _others(workspace, changes) if there else dict[str, InvalidPromptFile]()
    named = _named(targets, present, set(affected.deleted), others, workspace.project.directory)
    sources = {*named.ids.intersection((*affected.added, *affected.changed)), *affected.deleted}
    includers = await comparer_for(workspace.manager, changes.settings).includers(sources, changes.new)
    ids = sorted((named.ids | includers) & present & (set(affected.ids) if changes.strict else present))
    return Scope(
        tuple(ids), tuple(others[path] for path in sorted(named.invalid_files)), tuple(named.missing), named.outside
    )


async def _new_strays(workspace: Workspace, changes: ChangeSet) -> tuple[InvalidPromptFile, ...]:
    """Return the files of the new side that look like prompts and are none, where they came with the change, sorted."""
    if changes.tree is Tree.INDEX and isinstance(changes.new, StoredSnapshot):
        paths = await workspace.manager.version_store.others_since(changes.old, changes.new)
        return tuple(stray for path in paths if (stray := _stray(path)) is not None)
    others = await _others(workspace, changes)
    known = set(await changes.old.others()) if others and changes.old else set[str]()
    return tuple(stray for path, stray in others.items() if path not in known)


async def _others(workspace: Workspace, changes: ChangeSet) -> dict[str, InvalidPromptFile]:
    """Return the files of the new side that look like prompts and are none, by their paths, sorted."""
    if changes.tree is Tree.WORKING:
        return {one.path: one for one in listing_of(workspace.project).invalid_files}
    index = changes.new  # which has been read, and is read once
    if not isinstance(index, StoredSnapshot):
        index = await workspace.manager.version_store.snapshot("", Tree.INDEX)
    return {path: stray for path in await index.others() if (stray := _stray(path)) is not None}


def _stray(path: str) -> InvalidPromptFile | None:
    if path_to_id(path) is not None:
        return InvalidPromptFile(path, "it is no regular file", "replace it by a file")
    return invalid_file_at(path)


def _named(
    targets: Sequence[str], present: set[str], deleted: set[str], others: Collection[str], directory: Path
) -> _Named:
    ids, invalid_files, missing, outside = set[str](), set[str](), list[str](), 0
    for target in targets:
        below = path_below(target, directory)
        prefix = None if below is None else "" if below == "." else f"{below}/"
        found = {one for one in present | deleted if _names(target, below, prefix, one)}
        stray = {one for one in others if below is not None and (one == below or one.startswith(prefix or ""))}
        ids |= found
        invalid_files |= stray
        if found or stray:
            continue
        if below is not None and path_to_id(below) is not None:
            missing.append(target)
        elif os.path.lexists(target) or below is not None:
            outside += 1
        else:
            raise PromptNotFoundError(target, near=near_names(target.removesuffix(SUFFIX), present))
    return _Named(ids, invalid_files, missing, outside)


def _names(target: str, below: str | None, prefix: str | None, prompt_id: str) -> bool:
    if prefix is not None and (prompt_id + SUFFIX == below or prompt_id.startswith(prefix)):
        return True
    return target == prompt_id or prompt_id.startswith(f"{target}/") or fnmatchcase(prompt_id, target)
