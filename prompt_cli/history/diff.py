"""Differences between commits, the index and the working tree: changed prompts, and the status of files."""

import asyncio
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple

from prompt_cli.concurrency import split
from prompt_cli.domain.ids import near_names
from prompt_cli.domain.revision import Tree
from prompt_cli.errors import PromptNotFoundError
from prompt_cli.history.objects import RAW, GitEntry, RawChange, compare_index, is_file, parse_changes
from prompt_cli.history.process import Git
from prompt_cli.history.protocol import ChangedPrompts, StoredSnapshot
from prompt_cli.history.repository import RepositoryLocation
from prompt_cli.history.snapshots import CommitSnapshot

_RAW: Final = (*RAW, "--ignore-submodules=all")
_UNKNOWN: Final = "?"  # object id of a content that git has not stored; different from all others
_LINE_ENDINGS: Final = "line endings"  # object id of a content that differs in these alone, which git may convert
_BATCH_SIZE: Final = 500  # files to hash with one process: command lines are limited
_SHA1_DIGITS: Final = 40


class _Difference(NamedTuple):
    """Object ids of a prompt's file in two states; None without a file."""

    prompt_id: str
    old: str | None
    new: str | None


async def changed_prompts(
    location: RepositoryLocation, old: StoredSnapshot, new: StoredSnapshot | Tree
) -> ChangedPrompts:
    """Return the prompts whose content differs between two states.

    A changed mode alone does not count, nor do line endings that git converts. The working tree is compared without
    filters, and includes untracked and ignored files. The old side is the index only if the new side is the working
    tree.

    Source: git-diff-tree(1), git-diff-index(1), git-diff-files(1), "Raw output format".
    """
    side = new if isinstance(new, Tree) else new.commit or Tree.INDEX
    git = await location.git.without_filters() if side is Tree.WORKING else location.git
    output = await git.run(*_command(old.commit, side), "--", *location.pathspecs())
    differences = list(_differences(location, output))
    if side is Tree.WORKING:
        untracked = os.fsdecode(await location.git.run("ls-files", "--others", "-z", "--", *location.pathspecs()))
        ids = [one for path in untracked.split("\0") if (one := location.id_of(path)) is not None]
        differences = _merge([*differences, *(_Difference(one, None, _UNKNOWN) for one in ids)])
        differences = await asyncio.to_thread(_hash_files, location, differences)
        differences = await _without_converted(git, location, differences)
    return _group_by_kind(differences)


def _command(old: str | None, new: str | Tree) -> tuple[str, ...]:
    if isinstance(new, str) and old is not None:
        return ("diff-tree", *_RAW, old, new)
    if new is Tree.WORKING:
        return ("diff-files", *_RAW) if old is None else ("diff-index", *_RAW, old)
    if old is None:
        raise ValueError("the index can be compared with the working tree only, on the old side")
    return compare_index(old)


def _differences(location: RepositoryLocation, output: bytes) -> Iterator[_Difference]:
    for change in parse_changes(output):
        if isinstance(change, RawChange) and (prompt_id := location.id_of(change.path)) is not None:
            after = _UNKNOWN if change.unmerged else _content(change.after)
            yield _Difference(prompt_id, _content(change.before[0]), after)


def _merge(differences: Iterable[_Difference]) -> list[_Difference]:
    """Merge the two differences of a file in a conflict, or removed from the index only."""
    merged: dict[str, _Difference] = {}
    for one in differences:
        first = merged.get(one.prompt_id, one)
        merged[one.prompt_id] = _Difference(one.prompt_id, first.old or one.old, one.new or first.new)
    return list(merged.values())


def _content(entry: GitEntry) -> str | None:
    if not is_file(entry.mode):
        return None
    return entry.blob if entry.blob.strip("0") else _UNKNOWN


def _hash_files(location: RepositoryLocation, differences: Iterable[_Difference]) -> list[_Difference]:
    """Fill in the object ids of files that changed since git last read them."""
    return [
        one._replace(new=_object_id(location.toplevel / location.path_of(one.prompt_id), one.old))
        if one.old and one.new == _UNKNOWN
        else one
        for one in differences
    ]


async def _without_converted(
    git: Git, location: RepositoryLocation, differences: Sequence[_Difference]
) -> list[_Difference]:
    """Leave out the files whose line endings git converts back, as `core.autocrlf` and attributes say."""
    converted: set[str] = set()
    candidates = [one for one in differences if one.new == _LINE_ENDINGS]
    for batch in split(candidates, _BATCH_SIZE):
        output = await git.run("hash-object", "--", *[location.path_of(one.prompt_id) for one in batch])
        object_ids = output.decode("ascii").split()
        converted |= {one.prompt_id for one, blob in zip(batch, object_ids, strict=True) if blob == one.old}
    return [one for one in differences if one.prompt_id not in converted]


def _object_id(file: Path, old: str) -> str:
    """Return the object id of a file, or `_LINE_ENDINGS` if only its line endings differ from the old content."""
    try:
        content = file.read_bytes()
    except OSError:
        return _UNKNOWN  # reading the prompt reports the error
    object_id = _hash(content, len(old))
    is_converted = object_id != old and _hash(content.replace(b"\r\n", b"\n"), len(old)) == old
    return _LINE_ENDINGS if is_converted else object_id


def _hash(content: bytes, digits: int) -> str:
    from hashlib import sha1, sha256

    data = b"blob %d\0%b" % (len(content), content)
    return sha1(data, usedforsecurity=False).hexdigest() if digits == _SHA1_DIGITS else sha256(data).hexdigest()


def _group_by_kind(differences: Sequence[_Difference]) -> ChangedPrompts:
    added = {one.prompt_id for one in differences if one.old is None and one.new is not None}
    changed = {one.prompt_id for one in differences if one.old and one.new and one.old != one.new}
    deleted = {one.prompt_id for one in differences if one.old is not None and one.new is None}
    return ChangedPrompts(tuple(sorted(added)), tuple(sorted(changed)), tuple(sorted(deleted)))


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
    """Return the status of each prompt's file (git-status(1), "Porcelain Format Version 2") with two processes."""
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
    """Return the error for a prompt that no commit up to `head` has."""
    commits = f"any commit up to {head[:7]}"
    status = (await read_statuses(location, [prompt_id]))[prompt_id]
    if status in _HELP:
        error = PromptNotFoundError(prompt_id, commits, help=_HELP[status])
    else:
        near = near_names(prompt_id, await CommitSnapshot(location, head).ids())
        error = PromptNotFoundError(prompt_id, commits, near=near)
    error.context.pop("version")  # no revision that a caller could name
    return error
