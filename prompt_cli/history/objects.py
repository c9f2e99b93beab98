"""The contents of files by their object ids: one process for any number of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.domain.ids import SUFFIX, are_ids, id_problem
from prompt_cli.history.errors import GitProblem, damaged, history_error

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
    from pathlib import Path

    from prompt_cli.errors import HistoryError
    from prompt_cli.history.process import Git, GitProcess
    from prompt_cli.history.repository import RepositoryLocation


MAX_BLOB: Final = 16 * 1024 * 1024
"""Bytes of content, beyond which a file is taken for no prompt: sixteen times what the file format allows."""

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
        """Yield each blob with its content, in the order asked for; None where it is larger than `MAX_BLOB`.

        Raises:
            HistoryError: A blob is missing, or cannot be read.

        Source: git-cat-file(1), "Batch output".
        """
        if self._process.input is None:
            raise TypeError("cat-file needs an input")
        self._process.input.write("".join(f"{blob}\n" for blob in blobs).encode())
        for blob in blobs:
            # Most are there already: waiting for each by itself would take longer than git does.
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
        # Joined from what is left and what comes, for a content may be of many parts.
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
        """Return why there is no content: mostly the process says it, and ends."""
        await self._process.check()
        return damaged(f"{blob} is no file's content")

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
    async with git.start("cat-file", "--batch", given_input=True) as process:
        yield BlobReader(process)
        await process.check()


def is_partial(common_dir: Path) -> bool:
    """Tell whether the clone is a partial one, so that contents may be missing."""
    # Every pack that came from a promisor remote carries this mark; a clone has its first one from the beginning.
    try:
        return any(pack.suffix == ".promisor" for pack in (common_dir / "objects" / "pack").iterdir())
    except FileNotFoundError:
        return False


_FILE = "100"
"""How the modes of regular files begin."""
_DIRECTORY = "040000"
_LINK = "120000"
_MOST_LINKS = 10


class Entry(NamedTuple):
    """A file as a tree or the index has it: its mode, and the object id of its content."""

    mode: str
    blob: str


class Entries(Mapping[str, Entry]):
    """The files of prompts by their ids. There may be thousands, of which few are asked for.

    Args:
        told: The mode and the object id of each, with a space between.
    """

    def __init__(self, told: dict[str, str]) -> None:
        self.told = told

    def __getitem__(self, prompt_id: str) -> Entry:
        mode, _, blob = self.told[prompt_id].partition(" ")
        return Entry(mode, blob)

    def __contains__(self, prompt_id: object) -> bool:
        return prompt_id in self.told

    def __iter__(self) -> Iterator[str]:
        return iter(self.told)

    def __len__(self) -> int:
        return len(self.told)

    def files(self) -> tuple[str, ...]:
        """Return the ids of those that are regular files, sorted."""
        return tuple(sorted([one for one, told in self.told.items() if told.startswith(_FILE)]))


async def read_entries(location: RepositoryLocation, label: str, entries: Mapping[str, Entry]) -> dict[str, bytes]:
    """Return the contents of files: one process, however many they are.

    Args:
        location: Where the prompt directory is.
        label: What the state they are in is called.
        entries: The files, by the ids of their prompts.

    Raises:
        HistoryError: A file is a symbolic link or too large; git could not answer.

    Source: git-cat-file(1).
    """
    for one, entry in entries.items():
        if not is_file(entry.mode):
            raise _unfit(one, label, "a symbolic link" if entry.mode == _LINK else "no regular file")
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
    """Return the bytes of those files that a commit has: two processes, however many they are.

    Args:
        location: Where the prompt directory is.
        commit: The commit's object id.
        label: What the commit is called.
        paths: Where the files would be in the working tree, absolute.

    Raises:
        HistoryError: A file is a symbolic link or too large; git could not answer.

    Source: git-ls-tree(1), git-cat-file(1).
    """
    top = location.toplevel.resolve()
    inside = {path.relative_to(top).as_posix(): path for path in paths if path.is_relative_to(top)}
    output = await location.git.run("ls-tree", "-z", "--full-tree", commit, "--", *inside) if inside else b""
    entries = {path: Entry(*information.split(" ")[0::2]) for information, path in listed(os.fsdecode(output))}
    contents = await read_entries(location, label, entries)
    return {inside[path]: content for path, content in contents.items() if path in inside}


async def directory_at(location: RepositoryLocation, commit: str, label: str, path: str) -> str | None:
    """Return where a directory is in a commit, below the top, with the commit's own links followed.

    Args:
        location: Where the repository is.
        commit: The commit's object id.
        label: What the commit is called.
        path: The directory, below the top of the worktree, with ``/`` between its parts.

    Returns:
        Its path; empty for the top itself, None where the commit has no such directory.

    Raises:
        HistoryError: Git could not answer.
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
        mode, blob = next((tuple(told.split(" ")[0::2]) for told, _ in listed(os.fsdecode(output))), ("", ""))
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


class Listed(NamedTuple):
    """What is in a prompt directory: its prompts, and the modes and paths of what else is there, below the top."""

    prompts: dict[str, str]
    others: list[tuple[str, str]]


def prompts_listed(location: RepositoryLocation, output: str) -> Listed:
    """Read what ``ls-files --stage -z`` wrote: what is in no merge conflict.

    Returns:
        What is told of each prompt, for `Entries`; what is no prompt, or in a conflict, is among the others, with its
        stage after its mode.
    """
    records = output.split("\0")[:-1]
    if not records:
        return Listed({}, [])
    tab, start = records[0].index("\t"), location.prefix  # what is said of each is of one length
    path, stage = tab + 1, tab - 1
    name = path + len(start)
    prompts = {
        one[name : -len(SUFFIX)]: one[: stage - 1]
        for one in records
        if one[stage] == "0" and one.startswith(start, path) and one.endswith(SUFFIX)
    }
    if len(prompts) == len(records) and are_ids(prompts):
        return Listed(prompts, [])
    prompts = {one: told for one, told in prompts.items() if id_problem(one) is None}
    rest = [one for one in records if prompts.get(one[name : -len(SUFFIX)]) != one[: stage - 1] or one[stage] != "0"]
    return Listed(prompts, [(one[:tab], one[path:]) for one in rest])


def listed(output: str) -> Iterator[tuple[str, str]]:
    """Yield what git says of each file, and its path, from what ``ls-tree -z`` or ``ls-files --stage -z`` wrote."""
    for record in output.split("\0"):
        information, tab, path = record.partition("\t")
        if tab:
            yield information, path


def non_prompt_paths(location: RepositoryLocation, entries: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return what is in the prompt directory and is no prompt, links and submodules included: paths below it, sorted.

    Args:
        location: Where the prompt directory is.
        entries: Modes, and paths below the top of the worktree.
    """
    others = {location.below(path) for mode, path in entries if location.id_of(path) is None or not is_file(mode)}
    return tuple(sorted(path for path in others if path is not None))


def is_file(mode: str) -> bool:
    """Tell whether a mode is a regular file's: no symbolic link, no submodule."""
    return mode.startswith(_FILE)


def _unfit(prompt_id: str, label: str, what: str) -> HistoryError:
    message = f"{prompt_id!r} is {what} in {label}"
    return history_error(
        GitProblem.NO_FILE, message, help="it has to be a regular file of 1 MiB at most", prompt_id=prompt_id
    )
