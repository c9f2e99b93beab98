"""Objects of git: contents by object id, entries of trees and of the index, their differences, and commits."""

import os
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

from prompt_cli.cache import LRUCache
from prompt_cli.errors import HistoryError
from prompt_cli.history.errors import GitProblem, damaged, history_error
from prompt_cli.history.process import Git, GitProcess
from prompt_cli.history.repository import RepositoryLocation

MAX_BLOB: Final = 16 * 1024 * 1024  # largest content that is read, in bytes: sixteen times the limit of the file format
_CHUNK: Final = 1 << 16


class BlobReader:
    """Reads contents through one ``git cat-file --batch``, whose input is open."""

    def __init__(self, process: GitProcess) -> None:
        self._process = process
        self._unread = bytearray()

    async def read(self, blobs: Sequence[str]) -> AsyncIterator[tuple[str, bytes | None]]:
        """Yield each blob with its content, in this order; None for one larger than `MAX_BLOB`."""
        self._process.write("".join(f"{blob}\n" for blob in blobs).encode())
        for blob in blobs:
            while (end := self._unread.find(b"\n")) < 0:
                await self._receive(blob)
            match self._take(end + 1).split():
                case [_, b"blob", size]:
                    yield blob, await self._content(int(size), blob)
                case [_, b"missing"]:
                    raise damaged(f"it lacks the object {blob}")
                case _:
                    raise await self._unreadable(blob)

    async def _content(self, size: int, blob: str) -> bytes | None:
        rest = size + 1  # a line break follows
        while rest > len(self._unread):
            if size > MAX_BLOB:
                rest -= len(self._unread)
                self._unread.clear()
            await self._receive(blob)
        content = self._take(rest)[:-1]
        return None if size > MAX_BLOB else content

    async def _receive(self, blob: str) -> None:
        """Read what git has written: many contents at once, because a wait for each takes longer than git does."""
        received = await self._process.output.read(_CHUNK)
        if not received:
            raise await self._unreadable(blob)
        self._unread += received

    def _take(self, size: int) -> bytes:
        taken = bytes(self._unread[:size])
        del self._unread[:size]
        return taken

    async def _unreadable(self, blob: str) -> HistoryError:
        await self._process.check()  # raises git's own error
        return damaged(f"{blob} is not the content of a file")


@asynccontextmanager
async def blob_reader(git: Git) -> AsyncIterator[BlobReader]:
    """Start a reader that ends with the block."""
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


_FILE: Final = "100"  # prefix of the modes of regular files
_DIRECTORY: Final = "040000"
_LINK: Final = "120000"
_MAX_LINKS: Final = 10
_UNMERGED: Final = "U"
# The options that compare two states file by file.
RAW: Final = ("-r", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative")


class GitEntry(NamedTuple):
    """Entry of a tree or the index: the mode and the object id of a file."""

    mode: str
    blob: str


class RawChange(NamedTuple):
    """A file in two states, or in a merge and its parents; a missing file has zeros as mode and object id."""

    path: str  # below the top of the working tree
    before: tuple[GitEntry, ...]  # of a merge, in each parent
    after: GitEntry
    unmerged: bool  # whether the file is in a merge conflict

    @property
    def blob(self) -> str | None:
        """The object id of the content in the new state; None if it was deleted or is not a regular file."""
        return self.after.blob if is_file(self.after.mode) else None


def parse_change(fields: str, path: str) -> RawChange:
    """Parse one change: ``:mode mode oid oid status`` and, in a field of its own, the path.

    With n parents there are n colons, n + 1 modes and n + 1 object ids, those of the result last.

    Source: git-diff-index(1), "Raw output format"; git-diff-tree(1), "diff format for merges".
    """
    parents = len(fields) - len(fields.lstrip(":"))
    *parts, status = fields[parents:].split(" ")
    *before, after = map(GitEntry, parts[: parents + 1], parts[parents + 1 :])
    return RawChange(path, tuple(before), after, unmerged=status == _UNMERGED)


def parse_changes(output: bytes) -> Iterator[RawChange | str]:
    """Parse changes, and yield the object ids between them: the commits that the following changes belong to."""
    tokens = iter(os.fsdecode(output).split("\0"))
    for token in tokens:
        text = token.lstrip("\n")
        if text.startswith(":"):
            yield parse_change(text, next(tokens))
        elif text:
            yield text


def compare_index(commit: str) -> tuple[str, ...]:
    """Return the command that compares the index, without entries of `git add --intent-to-add`, with a commit."""
    return ("diff-index", "--cached", "--ita-invisible-in-index", *RAW, "--ignore-submodules=none", commit)


async def read_entries(
    git: Git, label: str, entries: Mapping[str, GitEntry], cache: LRUCache[bytes] | None = None
) -> dict[str, bytes]:
    """Return the contents of prompts by id, from their entries in a state, which errors call `label`; cached by id."""
    contents: dict[str, bytes] = {}
    missing: dict[str, list[str]] = {}
    for prompt_id, entry in entries.items():
        if not is_file(entry.mode):
            raise _invalid_file(prompt_id, label, "a symbolic link" if entry.mode == _LINK else "not a regular file")
        content = cache.find(entry.blob) if cache else None
        if content is None:
            missing.setdefault(entry.blob, []).append(prompt_id)
        else:
            contents[prompt_id] = content
    if not missing:
        return contents
    async with blob_reader(git) as reader:
        async for blob, content in reader.read(list(missing)):
            if content is None:
                raise _invalid_file(missing[blob][0], label, "too large for a prompt")
            if cache:
                cache.put(blob, content)
            contents |= dict.fromkeys(missing[blob], content)
    return contents


async def files_at(location: RepositoryLocation, commit: str, label: str, paths: Sequence[Path]) -> dict[Path, bytes]:
    """Return the bytes of the files that exist in a commit, by their absolute paths in the working tree."""
    top = location.toplevel.resolve()
    inside = {path.relative_to(top).as_posix(): path for path in paths if path.is_relative_to(top)}
    entries = await list_tree(location.git, commit, inside) if inside else []
    contents = await read_entries(location.git, label, dict(entries))
    return {inside[path]: content for path, content in contents.items() if path in inside}


async def directory_at(git: Git, commit: str, label: str, path: str) -> str | None:
    """Return the path of a directory below the top in a commit, which error messages call `label`.

    The links of that commit are followed. The path is empty for the top itself, None without such a directory.
    """
    directory, parts, links = "", path.split("/"), 0
    while parts:
        part = parts.pop(0)
        if part in {"", "."}:
            continue
        if part == "..":
            if not directory:
                return None
            directory = directory.rpartition("/")[0]
            continue
        child = f"{directory}/{part}" if directory else part
        mode, blob = next((entry for _, entry in await list_tree(git, commit, [child])), GitEntry("", ""))
        if mode == _DIRECTORY:
            directory = child
        elif mode == _LINK and links < _MAX_LINKS:
            links += 1
            target = await read_entries(git, label, {child: GitEntry(f"{_FILE}644", blob)})
            parts = [*os.fsdecode(target[child]).split("/"), *parts]
            if not parts[0]:
                return None  # an absolute path leads out of the repository
        else:
            return None
    return directory


async def list_tree(git: Git, commit: str, pathspecs: Iterable[str], *options: str) -> list[tuple[str, GitEntry]]:
    """Return the paths and entries of a commit's tree."""
    output = await git.run("ls-tree", "-z", "--full-tree", *options, commit, "--", *pathspecs)
    listing = ((path, fields.split(" ")) for path, fields in parse_listing(output).items())
    return [(path, GitEntry(mode, blob)) for path, (mode, _, blob) in listing]


def parse_listing(output: bytes) -> dict[str, str]:
    """Parse the output of ``ls-tree -z`` and ``ls-files --stage -z``: the fields before each path, by the path."""
    records = (record.partition("\t") for record in os.fsdecode(output).split("\0"))
    return {path: fields for fields, tab, path in records if tab}


def is_file(mode: str) -> bool:
    """Return whether a mode is that of a regular file, not of a symbolic link or a submodule."""
    return mode.startswith(_FILE)


def _invalid_file(prompt_id: str, label: str, fault: str) -> HistoryError:
    message = f"{prompt_id!r} is {fault} in {label}"
    return history_error(
        GitProblem.NO_FILE, message, help="it must be a regular file of 1 MiB at most", prompt_id=prompt_id
    )


_GROWTH: Final = 8
_MAX_BATCH: Final = 512
_LOG: Final = (
    "log",
    "-c",  # shows the files of a merge that differ from every parent
    *RAW,
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-notes",
    "--no-decorate",
    "--no-mailmap",
    "--ignore-submodules=none",
    "--date=raw",
)
_FORMAT: Final = "--format=tformat:%H %P%n%cd%n%an <%ae>%n%s"


class Commit(NamedTuple):
    """Commit of a walk."""

    id: str
    parents: tuple[str, ...]  # with --parents, the nearest ancestors in the walk
    changes: tuple[RawChange, ...]  # the files that differ, in content or mode, from every parent
    description: str  # date, author and subject, a line each


@asynccontextmanager
async def walk(
    location: RepositoryLocation, *arguments: str, pathspecs: Iterable[str]
) -> AsyncIterator[AsyncIterator[Commit]]:
    """Walk history and yield commits as git prints them. Leaving the block stops the walk.

    The arguments are object ids to begin with, and options of git-log(1).
    """
    async with location.git.start(*_LOG, _FORMAT, *arguments, "--", *pathspecs) as process:
        yield _commits(process)


async def batches(commits: AsyncIterator[Commit]) -> AsyncIterator[list[Commit]]:
    """Yield commits in growing batches, so a search that ends early reads few."""
    batch: list[Commit] = []
    size = 1
    async for commit in commits:
        batch.append(commit)
        if len(batch) == size:
            yield batch
            batch, size = [], min(size * _GROWTH, _MAX_BATCH)
    if batch:
        yield batch


async def _commits(process: GitProcess) -> AsyncIterator[Commit]:
    header = fields = ""
    changes: list[RawChange] = []
    async for token in _tokens(process):
        if fields:  # a path follows its change and may look like one
            changes.append(parse_change(fields, token))
            fields = ""
            continue
        text = token.lstrip("\n")
        if text.startswith(":"):
            fields = text
        elif text:
            if header:
                yield _commit(header, changes)
            header, changes = text, []
    if header:
        yield _commit(header, changes)


async def _tokens(process: GitProcess) -> AsyncIterator[str]:
    rest = b""
    while chunk := await process.output.read(_CHUNK):
        tokens, end, rest = (rest + chunk).rpartition(b"\0")
        for token in os.fsdecode(tokens).split("\0") if end else ():
            yield token
    await process.check()


def _commit(header: str, changes: Iterable[RawChange]) -> Commit:
    names, _, description = header.partition("\n")
    commit, *parents = names.split()
    return Commit(commit, tuple(parents), tuple(changes), description)
