"""Commits and their changed files, streamed from one ``git log``."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.history.objects import is_file, parse_change

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from prompt_cli.history.process import GitProcess
    from prompt_cli.history.repository import RepositoryLocation


_CHUNK: Final = 1 << 16
_GROWTH: Final = 8
_MAX_BATCH: Final = 512
_LOG: Final = (
    "log",
    "-c",  # shows the files of a merge that differ from every parent
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
_FORMAT: Final = "--format=tformat:%H %P%n%cd%n%an <%ae>%n%s"


class BlobChange(NamedTuple):
    """A file as a commit left it.

    Attributes:
        path: Below the top of the worktree.
        blob: The object id of its content; None if it was deleted or is not a regular file.
    """

    path: str
    blob: str | None


class Commit(NamedTuple):
    """Commit of a walk.

    Attributes:
        id: Its object id.
        parents: The object ids of its parents; with ``--parents``, of its nearest ancestors in the walk.
        changes: The files that differ, in content or mode, from every parent.
        description: The date of the commit, ``1700000000 +0530``, its author, ``Ada <ada@example.org>``, and its
            subject, a line each.
    """

    id: str
    parents: tuple[str, ...]
    changes: tuple[BlobChange, ...]
    description: str


@asynccontextmanager
async def walk(
    location: RepositoryLocation, *arguments: str, pathspecs: Iterable[str]
) -> AsyncIterator[AsyncIterator[Commit]]:
    """Walk history and yield commits as git prints them. Leaving the block stops the walk.

    Args:
        location: The repository of the prompt directory.
        arguments: Object ids to begin with, and options of git-log(1).
        pathspecs: The files; empty for all.

    Raises:
        HistoryError: Git failed.

    Source: git-log(1); git-diff-index(1), "Raw output format".
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
    changes: list[BlobChange] = []
    async for token in _tokens(process):
        if fields:  # a path follows its change and may look like one
            changes.append(_change(fields, token))
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


def _commit(header: str, changes: Iterable[BlobChange]) -> Commit:
    names, _, description = header.partition("\n")
    commit, *parents = names.split()
    return Commit(commit, tuple(parents), tuple(changes), description)


def _change(fields: str, path: str) -> BlobChange:
    entry = parse_change(fields, path).after
    return BlobChange(path, entry.blob if is_file(entry.mode) else None)
