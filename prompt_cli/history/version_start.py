"""Start of a version: the first commit that set the current version of a prompt."""

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import NamedTuple, TypeAlias

from prompt_cli.history.errors import shallow
from prompt_cli.history.file_history import VersionReader
from prompt_cli.history.objects import RAW, Commit, batches, parse_changes, walk
from prompt_cli.history.repository import RepositoryLocation, RepositoryState, shallow_boundary


class CommitNode(NamedTuple):
    """Commit of a file's simplified history, with its parents there."""

    version: str | None  # the version of the file; empty without a valid one, None without a file
    parents: tuple[str, ...]


async def version_start(
    state: RepositoryState, head: str, path: str, version: str, versions: VersionReader
) -> str | None:
    """Return the commit that first set the version a file has had without a break since; None for another version.

    Only the simplified history of the file counts, as ``git log`` with a path shows by default: if a merge took the
    file of one side, only the commits of that side. Contents without a valid version are skipped. If several merged
    sides set the version, the last of these commits in the walk is returned. It is an error if a shallow clone may lack
    the commit.
    """
    boundary = await shallow_boundary(state, head)
    graph: dict[str, CommitNode] = {}
    async with walk(state.location, "--parents", head, pathspecs=[path]) as commits:
        async for batch in batches(commits):
            await versions.load(change.blob for commit in batch for change in commit.changes if change.blob)
            graph |= {commit.id: CommitNode(_version(commit, versions), commit.parents) for commit in batch}
            if _run(graph, version) <= graph.keys():
                break
    run = _run(graph, version) & graph.keys()
    if boundary and not run.isdisjoint(boundary.boundary):
        raise shallow(f"the commit that set version {version}")
    return _first(graph, run, version)


def _version(commit: Commit, versions: VersionReader) -> str | None:
    blob = commit.changes[0].blob if commit.changes else None
    return None if blob is None else versions.cached[blob]


def _run(graph: Mapping[str, CommitNode], version: str) -> set[str]:
    """Return the commits connected to the newest one by the version, including those not walked yet."""
    run: set[str] = set()
    remaining = list(islice(graph, 1))
    while remaining:
        commit = remaining.pop()
        node = graph.get(commit)
        if commit not in run and (node is None or node.version in (version, "")):
            run.add(commit)
            remaining += node.parents if node else ()
    return run


def _first(graph: dict[str, CommitNode], run: set[str], version: str) -> str | None:
    """Return the earliest commit of the run with the version; of several, the last in the walk."""
    first = next((one for one in reversed(graph) if one in run and graph[one].version == version), None)
    while first and (older := next(_older(graph, run, version, first), None)):
        first = older  # the walk is sorted by time, and clocks differ
    return first


def _older(graph: Mapping[str, CommitNode], run: set[str], version: str, commit: str) -> Iterator[str]:
    visited: set[str] = set()
    remaining = list(graph[commit].parents)
    while remaining:
        parent = remaining.pop()
        if parent in run and parent not in visited:
            visited.add(parent)
            if graph[parent].version == version:
                yield parent
            remaining += graph[parent].parents


_Pair: TypeAlias = tuple[str, str]  # a merge and one of its parents


async def version_starts(
    location: RepositoryLocation, head: str, version_of_path: Mapping[str, str], version_of_blob: Mapping[str, str]
) -> dict[str, str]:
    """Return the commits that first set the versions of several files, by path, as `version_start` does for one.

    The clone must not be shallow. A file that does not have the version at `head` is left out.
    """
    paths = version_of_path.keys()
    async with walk(location, "--full-history", "--parents", head, pathspecs=location.pathspecs(paths)) as commits:
        graph = {commit.id: commit async for commit in commits}
    differing = await _differing(location, graph, paths)
    blobs: dict[str, dict[str, str | None]] = {path: {} for path in paths}
    for commit in graph.values():
        for change in commit.changes:
            if change.path in blobs:
                blobs[change.path][commit.id] = change.blob
    starts: dict[str, str] = {}
    for path, version in version_of_path.items():
        nodes = _FileGraph(graph, differing, path, blobs[path]).nodes(version, version_of_blob)
        if start := _first(nodes, _run(nodes, version) & nodes.keys(), version):
            starts[path] = start
    return starts


class _FileGraph:
    """Simplified history of one file, from that of several, newest first; a blob is None where the file was deleted."""

    def __init__(
        self,
        graph: Mapping[str, Commit],
        differing: Mapping[_Pair, Collection[str]],
        path: str,
        blobs: Mapping[str, str | None],
    ) -> None:
        self._graph = graph
        self._differing = differing
        self._path = path
        self._blobs = blobs
        self._sources: dict[str, str | None] = {}

    def nodes(self, version: str, version_of_blob: Mapping[str, str]) -> dict[str, CommitNode]:
        """Return the newest commit, and those that a run of a version may connect to it."""
        nodes: dict[str, CommitNode] = {}
        start = self._source(next(iter(self._graph), None))
        remaining = [] if start is None else [start]
        while remaining:
            commit = remaining.pop()
            if commit not in nodes:
                blob = self._blobs[commit]
                node = CommitNode(None if blob is None else version_of_blob[blob], self._parents(commit))
                nodes[commit] = node
                remaining += node.parents if node.version in (version, "") else ()
        # In the order of the walk: it decides which of several is first.
        return {one: nodes[one] for one in dict.fromkeys([start, *self._graph]) if one in nodes}

    def _parents(self, commit: str) -> tuple[str, ...]:
        sources = (self._source(parent) for parent in self._graph[commit].parents)
        return tuple(dict.fromkeys(one for one in sources if one is not None))

    def _source(self, commit: str | None) -> str | None:
        """Return the commit that set the file's content in a commit; None without a file."""
        path = []
        while commit is not None and commit not in self._blobs and commit not in self._sources:
            path.append(commit)
            commit = self._same_parent(commit)
        source = commit if commit is None else self._sources.get(commit, commit)
        self._sources.update(dict.fromkeys(path, source))
        return source

    def _same_parent(self, commit: str) -> str | None:
        parents = self._graph[commit].parents
        return next((one for one in parents if self._path not in self._differing.get((commit, one), ())), None)


async def _differing(
    location: RepositoryLocation, graph: Mapping[str, Commit], paths: Collection[str]
) -> dict[_Pair, set[str]]:
    """Return the files in which merges differ from each parent, with one process."""
    pairs = [(one.id, parent) for one in graph.values() if len(one.parents) > 1 for parent in one.parents]
    if not pairs:
        return {}
    output = await location.git.run(
        *("diff-tree", "--stdin", "--always", *RAW, "--ignore-submodules=none", "--", *location.pathspecs(paths)),
        standard_input="".join(f"{commit} {parent}\n" for commit, parent in pairs).encode("ascii"),
    )
    differing: dict[_Pair, set[str]] = {pair: set() for pair in pairs}
    files_of_pairs = iter(differing.values())
    files = set[str]()
    for one in parse_changes(output):
        if isinstance(one, str):  # a merge, once for each of its parents, in the order of the input
            files = next(files_of_pairs)
        else:
            files.add(one.path)
    return differing
