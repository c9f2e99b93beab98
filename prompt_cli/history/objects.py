"""Objects of git: contents by object id, and the entries of trees and of the index."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.history.errors import GitProblem, damaged, history_error

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from prompt_cli.errors import HistoryError
    from prompt_cli.history.process import Git, GitProcess
    from prompt_cli.history.repository import RepositoryLocation


MAX_BLOB: Final = 16 * 1024 * 1024
"""Largest content that is read, in bytes: sixteen times the limit of the file format."""

_CHUNK: Final = 1 << 16


class BlobReader:
    """Reads contents through one ``git cat-file --batch``.

    Args:
        process: The process, its input open.
    """

    def __init__(self, process: GitProcess) -> None:
        self._process = process
        self._read = b""
        self._at = 0

    async def read(self, blobs: Sequence[str]) -> AsyncIterator[tuple[str, bytes | None]]:
        """Yield each blob with its content, in this order; None for one larger than `MAX_BLOB`.

        Raises:
            HistoryError: A blob is missing, or cannot be read.

        Source: git-cat-file(1), "Batch output".
        """
        if self._process.input is None:
            raise TypeError("cat-file needs an input")
        self._process.input.write("".join(f"{blob}\n" for blob in blobs).encode())
        for blob in blobs:
            # One read holds many contents: awaiting each would take longer than git does.
            while (end := self._read.find(b"\n", self._at)) < 0:
                await self._more(blob)
            size, self._at = self._size(self._read[self._at : end], blob), end + 1
            if size is None:
                raise await self._ended(blob)
            if size > MAX_BLOB:
                await self._skip(size + 1, blob)
                yield blob, None
                continue
            while len(self._read) <= self._at + size:
                await self._more(blob)
            content, self._at = self._read[self._at : self._at + size], self._at + size + 1
            yield blob, content

    @staticmethod
    def _size(header: bytes, blob: str) -> int | None:
        match header.split():
            case [_, b"blob", size]:
                return int(size)
            case [_, b"missing"]:
                raise damaged(f"it lacks the object {blob}")
            case _:
                return None

    async def _more(self, blob: str) -> None:
        wanted = max(_CHUNK, len(self._read) - self._at)
        parts = [self._read[self._at :]]
        while wanted > 0:
            part = await self._process.output.read(_CHUNK)
            parts.append(part)
            wanted -= len(part)
            if len(part) < _CHUNK:
                break
        if not parts[-1]:
            raise await self._ended(blob)
        self._read, self._at = b"".join(parts), 0

    async def _ended(self, blob: str) -> HistoryError:
        """Return the error for a missing content; git's own message if it ended."""
        await self._process.check()
        return damaged(f"{blob} is not the content of a file")

    async def _skip(self, left: int, blob: str) -> None:
        while left > len(self._read) - self._at:
            left -= len(self._read) - self._at
            self._read, self._at = b"", 0
            await self._more(blob)
        self._at += left


@asynccontextmanager
async def blob_reader(git: Git) -> AsyncIterator[BlobReader]:
    """Start a reader, and end it with the block.

    Raises:
        HistoryError: Git is not installed.
    """
    async with git.start("cat-file", "--batch", open_input=True) as process:
        yield BlobReader(process)
        await process.check()


def is_partial(common_dir: Path) -> bool:
    """Return whether the clone is partial, so contents may be missing."""
    # Git marks each pack from a promisor remote, and the first comes with the clone.
    try:
        return any(pack.suffix == ".promisor" for pack in (common_dir / "objects" / "pack").iterdir())
    except FileNotFoundError:
        return False


_FILE = "100"
"""Prefix of the modes of regular files."""
_DIRECTORY = "040000"
_LINK = "120000"
_MOST_LINKS = 10


class Entry(NamedTuple):
    """Entry of a tree or the index: the mode and the object id of a file."""

    mode: str
    blob: str


async def read_entries(location: RepositoryLocation, label: str, entries: Mapping[str, Entry]) -> dict[str, bytes]:
    """Return the contents of files with one process.

    Args:
        location: The repository of the prompt directory.
        label: The name of their state in error messages.
        entries: The files, by the ids of their prompts.

    Raises:
        HistoryError: A file is a symbolic link or too large; git failed.

    Source: git-cat-file(1).
    """
    for one, entry in entries.items():
        if not is_file(entry.mode):
            raise _unfit(one, label, "a symbolic link" if entry.mode == _LINK else "not a regular file")
    if not entries:
        return {}
    ids: dict[str, list[str]] = {}
    for one, entry in entries.items():
        ids.setdefault(entry.blob, []).append(one)
    contents: dict[str, bytes] = {}
    async with blob_reader(location.git) as reader:
        async for blob, content in reader.read(list(ids)):
            if content is None:
                raise _unfit(ids[blob][0], label, "too large for a prompt")
            contents |= dict.fromkeys(ids[blob], content)
    return contents


async def files_at(location: RepositoryLocation, commit: str, label: str, paths: Sequence[Path]) -> dict[Path, bytes]:
    """Return the bytes of the files that exist in a commit, with two processes.

    Args:
        location: The repository of the prompt directory.
        commit: The commit's object id.
        label: The name of the commit in error messages.
        paths: The paths of the files in the working tree, absolute.

    Raises:
        HistoryError: A file is a symbolic link or too large; git failed.

    Source: git-ls-tree(1), git-cat-file(1).
    """
    top = location.toplevel.resolve()
    inside = {path.relative_to(top).as_posix(): path for path in paths if path.is_relative_to(top)}
    output = await location.git.run("ls-tree", "-z", "--full-tree", commit, "--", *inside) if inside else b""
    contents = await read_entries(location, label, dict(parse_tree(output)))
    return {inside[path]: content for path, content in contents.items() if path in inside}


async def directory_at(location: RepositoryLocation, commit: str, label: str, path: str) -> str | None:
    """Return the path of a directory in a commit, below the top, following the links of that commit.

    Args:
        location: The repository.
        commit: The commit's object id.
        label: The name of the commit in error messages.
        path: The directory, below the top of the worktree, with ``/`` between its parts.

    Returns:
        Its path; empty for the top itself, None if the commit has no such directory.

    Raises:
        HistoryError: Git failed.
    """
    found, parts, links = "", path.split("/"), 0
    while parts:
        part = parts.pop(0)
        if part in {"", "."}:
            continue
        if part == "..":
            if not found:
                return None
            found = found.rpartition("/")[0]
            continue
        here = f"{found}/{part}" if found else part
        output = await location.git.run("ls-tree", "-z", "--full-tree", commit, "--", here)
        mode, blob = next((entry for _, entry in parse_tree(output)), Entry("", ""))
        if mode == _DIRECTORY:
            found = here
        elif mode == _LINK and links < _MOST_LINKS:
            links += 1
            target = await read_entries(location, label, {here: Entry(f"{_FILE}644", blob)})
            parts = [*os.fsdecode(target[here]).split("/"), *parts]
            if not parts[0]:
                return None  # an absolute path leads out of the repository
        else:
            return None
    return found


def parse_listing(output: bytes) -> Iterator[tuple[list[str], str]]:
    """Parse the output of ``ls-tree -z`` and ``ls-files --stage -z``: the fields before each path, and the path."""
    for record in os.fsdecode(output).split("\0"):
        fields, tab, path = record.partition("\t")
        if tab:
            yield fields.split(" "), path


def parse_tree(output: bytes) -> list[tuple[str, Entry]]:
    """Parse the output of ``ls-tree -z``: paths and entries."""
    return [(path, Entry(mode, blob)) for (mode, _, blob), path in parse_listing(output)]


def non_prompt_paths(location: RepositoryLocation, entries: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the paths below the prompt directory that are not prompts, links and submodules included, sorted.

    Args:
        location: The repository of the prompt directory.
        entries: Modes, and paths below the top of the worktree.
    """
    paths = {location.below(path) for mode, path in entries if not is_file(mode) or location.id_of(path) is None}
    return tuple(sorted(path for path in paths if path is not None))


def regular_files(entries: Mapping[str, Entry]) -> list[str]:
    """Return the ids of the prompts whose entry is a regular file, sorted."""
    return sorted(prompt_id for prompt_id, entry in entries.items() if is_file(entry.mode))


def is_file(mode: str) -> bool:
    """Return whether a mode is that of a regular file, not of a symbolic link or a submodule."""
    return mode.startswith(_FILE)


def _unfit(prompt_id: str, label: str, what: str) -> HistoryError:
    message = f"{prompt_id!r} is {what} in {label}"
    return history_error(
        GitProblem.NO_FILE, message, help="it must be a regular file of 1 MiB at most", prompt_id=prompt_id
    )
