"""Since when a prompt has the version it has."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.history.shallow import horizon_of
from prompt_cli.history.troubles import shallow
from prompt_cli.history.walk import batches, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prompt_cli.history.contents import VersionReader
    from prompt_cli.history.repository import State
    from prompt_cli.history.walk import Commit


class Node(NamedTuple):
    """A commit of the history that explains a file's content.

    Attributes:
        version: What it left in the file; empty where that has no valid version, None where it left no file.
        parents: The commits of that history right before it.
    """

    version: str | None
    parents: tuple[str, ...]


async def first_of_run(state: State, head: str, path: str, version: str, versions: VersionReader) -> str | None:
    """Return the commit that first set the version a file has had since, without a break.

    Only the history that explains the file's content counts: where a merge took one side's file, that side's, as
    ``git log`` with a path shows by default. A content without a valid version is no break. Where the version was set
    on several sides that were merged, the commit met last is taken.

    Args:
        state: The repository's state.
        head: The commit to walk from.
        path: The file, below the top of the worktree.
        version: The version, as text.
        versions: Learns the versions in contents.

    Returns:
        The commit's object id; None where the file does not have the version at `head`.

    Raises:
        HistoryError: The clone is shallow, and the commit may be missing from it; git could not answer.

    Source: git-log(1), "History Simplification".
    """
    horizon = await horizon_of(state, head)
    graph: dict[str, Node] = {}
    async with walk(state.place, "--parents", head, pathspecs=[path]) as commits:
        async for batch in batches(commits):
            await versions.learn(change.blob for commit in batch for change in commit.changes if change.blob)
            graph |= {commit.id: Node(_version(commit, versions), commit.parents) for commit in batch}
            if _run(graph, version) <= graph.keys():
                break
    run = _run(graph, version) & graph.keys()
    if horizon and not run.isdisjoint(horizon.boundary):
        raise shallow(f"since when the version is {version}")
    return _first(graph, run, version)


def first_in(graph: Mapping[str, Node], version: str) -> str | None:
    """Return the commit that first set a version in the history that explains a file's content, newest first."""
    return _first(graph, _run(graph, version) & graph.keys(), version)


def _version(commit: Commit, versions: VersionReader) -> str | None:
    blob = commit.changes[0].blob if commit.changes else None
    return None if blob is None else versions.known[blob]


def _run(graph: Mapping[str, Node], version: str) -> set[str]:
    """Return the commits that the newest one is joined to by the version; those not met yet included."""
    run: set[str] = set()
    left = list(islice(graph, 1))
    while left:
        commit = left.pop()
        node = graph.get(commit)
        if commit not in run and (node is None or node.version in (version, "")):
            run.add(commit)
            left += node.parents if node else ()
    return run


def _first(graph: Mapping[str, Node], run: set[str], version: str) -> str | None:
    """Return the commit with the version that has no other of the run before it; of several, the one met last."""
    bearing = [commit for commit in graph if commit in run and graph[commit].version == version]
    first = bearing[-1] if bearing else None
    while first and (older := next(_older(graph, run, version, first), None)):
        first = older  # it was met before a commit that came after it: their clocks differed
    return first


def _older(graph: Mapping[str, Node], run: set[str], version: str, commit: str) -> Iterator[str]:
    seen: set[str] = set()
    left = list(graph[commit].parents)
    while left:
        parent = left.pop()
        if parent in run and parent not in seen:
            seen.add(parent)
            if graph[parent].version == version:
                yield parent
            left += graph[parent].parents
