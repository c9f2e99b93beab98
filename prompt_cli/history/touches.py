"""The touches a walk meets, in batches that grow: a search that ends early reads few contents."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from prompt_cli.history.records import Touch
from prompt_cli.history.walk import batches, walk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable

    from prompt_cli.history.contents import VersionReader
    from prompt_cli.history.repository import Place
    from prompt_cli.history.walk import Commit


Descriptions: TypeAlias = "dict[str, str]"
"""What is told of commits, in the lines of `walk.DESCRIPTION`, by their object ids."""


class Met(NamedTuple):
    """A file a walk met.

    Attributes:
        path: Below the top of the worktree.
        touch: The commit that touched it, and what it left.
    """

    path: str
    touch: Touch


@asynccontextmanager
async def open_touches(
    place: Place,
    head: str,
    paths: Collection[str],
    versions: VersionReader,
    *,
    whole: bool = False,
    told: Descriptions | None = None,
) -> AsyncIterator[AsyncIterator[list[Met]]]:
    """Walk all of a commit's history for the touches of files; leaving the block stops the walk.

    In a partial clone they come all at once, for there the contents are fetched in one request.

    Args:
        place: Where the prompt directory is.
        head: The commit to walk from.
        paths: The files, below the top of the worktree.
        versions: Learns the versions in their contents.
        whole: Whether all of history is walked in any case.
        told: Filled with what is told of the commits, where that is wanted.

    Raises:
        HistoryError: Git could not walk, or read a content.
    """
    pathspecs, described = place.pathspecs(paths), told is not None
    async with walk(place, "--full-history", head, pathspecs=pathspecs, whole=whole, described=described) as commits:
        yield _learned(batches(commits), paths, versions, told)


async def learned(commits: Iterable[Commit], paths: Collection[str], versions: VersionReader) -> list[Met]:
    """Return the touches of files in commits, in their order.

    Raises:
        HistoryError: A content could not be read.
    """
    changes = [
        (commit.id, change.path, change.blob)
        for commit in commits
        for change in commit.changes
        if change.blob is not None and change.path in paths
    ]
    await versions.learn(blob for _, _, blob in changes)
    return [Met(path, Touch(commit, blob, versions.known[blob])) for commit, path, blob in changes]


async def _learned(
    found: AsyncIterator[list[Commit]], paths: Collection[str], versions: VersionReader, told: Descriptions | None
) -> AsyncIterator[list[Met]]:
    async for commits in found:
        if told is not None:
            told.update((commit.id, commit.description) for commit in commits)
        yield await learned(commits, paths, versions)
