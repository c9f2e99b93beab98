"""Commits and the files they changed, as ``git log`` tells them: one process, read as it goes."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.history.objects import is_file
from prompt_cli.history.raw_diff import parse_change

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from prompt_cli.history.process import GitProcess
    from prompt_cli.history.repository import RepositoryLocation


_CHUNK: Final = 1 << 16
_GROWTH: Final = 8
_MOST: Final = 512
_LOG: Final = (
    "log",
    "-c",  # a merge is shown with the files that differ from every parent: those it changed itself
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-renames",
    "--no-relative",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-notes",
    "--no-decorate",
    "--no-mailmap",
    "--ignore-submodules=none",
    "--date=raw",
)
_COMMIT: Final = "%H %P"
DESCRIPTION: Final = "%cd%n%aN%n%s"
"""The description of a commit, a line each: its date, its author by the mailmap, its subject."""


class BlobChange(NamedTuple):
    """A file as a commit left it.

    Attributes:
        path: Below the top of the worktree.
        blob: The object id of its content; None where the commit deleted it, or left no regular file.
    """

    path: str
    blob: str | None


class Commit(NamedTuple):
    """A commit as a walk met it.

    Attributes:
        id: Its object id.
        parents: Its parents' object ids; where git was told to rewrite them, the nearest that were walked.
        changes: The files it changed: that differ, in content or mode, from those of every parent.
        description: What is told of it, in the lines of `DESCRIPTION`; empty where that was not asked for.
    """

    id: str
    parents: tuple[str, ...]
    changes: tuple[BlobChange, ...]
    description: str = ""


@asynccontextmanager
async def walk(
    location: RepositoryLocation,
    *arguments: str,
    pathspecs: Iterable[str],
    whole: bool = False,
    described: bool = False,
) -> AsyncIterator[AsyncIterator[Sequence[Commit]]]:
    """Walk history; the commits come as git tells them, many at once. Leaving the block stops the walk.

    Args:
        location: Where the prompt directory is.
        arguments: Where to begin, and which commits to show: object ids and options of git-log(1).
        pathspecs: The files to look at; none are all.
        whole: Whether the walk is to go on to its end: then what it tells may come late.
        described: Whether to tell of each commit what a listing says of it.

    Raises:
        HistoryError: Git could not walk.

    Source: git-log(1); git-diff-index(1), "Raw output format".
    """
    told = f"--format=tformat:{_COMMIT}%n{DESCRIPTION}" if described else f"--format=tformat:{_COMMIT}"
    async with location.git.start(*_LOG, told, *arguments, "--", *pathspecs, buffered=whole) as process:
        yield _commits(process)


async def batches(commits: AsyncIterator[Sequence[Commit]]) -> AsyncIterator[list[Commit]]:
    """Yield commits in batches that grow, so that a search that ends early has looked at few.

    Args:
        commits: The commits of a walk.
    """
    batch: list[Commit] = []
    size = 1
    async for met in commits:
        batch += met
        while len(batch) >= size:
            yield batch[:size]
            batch, size = batch[size:], min(size * _GROWTH, _MOST)
    if batch:
        yield batch


async def _commits(process: GitProcess) -> AsyncIterator[list[Commit]]:
    head: list[str] = []
    changes: list[BlobChange] = []
    information = description = ""
    async for tokens in _tokens(process):
        met: list[Commit] = []
        for token in tokens:
            if information:  # the path follows what is said of it, whatever it looks like
                changes.append(_change(information, token))
                information = ""
                continue
            text = token.lstrip("\n")
            if text.startswith(":"):
                information = text
            elif text:
                if head:
                    met.append(Commit(head[0], tuple(head[1:]), tuple(changes), description))
                names, _, description = text.partition("\n")
                head, changes = names.split(), []
        if met:
            yield met
    if head:
        yield [Commit(head[0], tuple(head[1:]), tuple(changes), description)]


async def _tokens(process: GitProcess) -> AsyncIterator[list[str]]:
    rest = b""
    while chunk := await process.output.read(_CHUNK):
        whole, nul, rest = (rest + chunk).rpartition(b"\0")
        if nul:
            yield os.fsdecode(whole).split("\0")
    await process.check()


def _change(information: str, path: str) -> BlobChange:
    entry = parse_change(information, path).after
    return BlobChange(path, entry.blob if is_file(entry.mode) else None)
