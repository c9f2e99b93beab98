"""File histories: the commits that changed a file, with its version in each, cached for HEAD."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import chain, dropwhile, takewhile
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from prompt_cli.cache import Cache
from prompt_cli.domain.version import VERSION_PATTERN, SemanticVersion
from prompt_cli.errors import HistoryError
from prompt_cli.history.errors import shallow
from prompt_cli.history.objects import BlobReader, Commit, batches, blob_reader, walk
from prompt_cli.history.repository import RepositoryLocation, RepositoryState, shallow_boundary

VersionOf: TypeAlias = "Callable[[bytes], SemanticVersion | None]"
_KIND: Final = "history"

# Lines before the version have plain values only, because quotes, brackets, block scalars, tags and anchors could span
# the version.
_BEFORE: Final = rb"(?>#[^\n]*\n|\n|(?!version:)[a-z][a-z0-9_]*: +[A-Za-z0-9][A-Za-z0-9 _./-]*\n)*+"
# An indented line would continue the plain scalar.
_AFTER: Final = rb" *(?> #[^\n]*)?(?>\n++(?![ \t])|\Z)"
_PLAIN: Final = re.compile(
    rb"(?>\xef\xbb\xbf)?(?>---\n)?" + _BEFORE + rb"version: +([\"']?)(" + VERSION_PATTERN.encode() + rb")\1" + _AFTER
)
# A second version key or document needs the parser.
_SECOND_KEY: Final = re.compile(rb"\n(?:version|---|\.\.\.|%)")
# NEL, LS and PS: line breaks in YAML.
_OTHER_BREAKS: Final = (b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")


class FileRevision(NamedTuple):
    """A commit that changed a file, with the new content."""

    commit: str
    blob: str  # the object id of the content
    version: str  # in the content; empty without a valid one
    date: str  # when it was committed: 1700000000 +0530
    author: str  # without the mailmap: Ada <ada@example.org>
    subject: str


class FileHistory(NamedTuple):
    """History of a file up to one commit; the revisions are newest first, in the order of ``git log``."""

    head: str
    revisions: tuple[FileRevision, ...]
    complete: bool  # whether these are all revisions, not only the newest

    def has_run(self, version: str) -> bool:
        """Return whether these revisions hold the newest successive ones with a version, and the one before them."""
        run = run_of(self.revisions, version)
        last = next((one for one in reversed(self.revisions) if one.version), None)
        return self.complete or bool(run and last is not run[-1])


class Histories:
    """Reader of file histories; those of HEAD may be cached."""

    def __init__(self, version_of: VersionOf, *, cached: bool) -> None:
        self._version_of = version_of
        self._cached = cached

    async def read(
        self, state: RepositoryState, head: str, paths: Collection[str]
    ) -> dict[str, tuple[FileRevision, ...]]:
        """Return the revisions of files up to a commit, newest first, with one walk for all files."""
        if await shallow_boundary(state, head):
            raise shallow("all versions")
        async with self.reader(state.location) as versions:
            histories = await self._load(state, head, paths, versions)
            histories = {path: history for path, history in histories.items() if history.complete}
            if missing := frozenset(paths) - histories.keys():
                new = await _read_histories(state.location, head, missing, versions)
                await self._save(state, new)
                histories |= new
        return {path: history.revisions for path, history in histories.items()}

    async def find(self, state: RepositoryState, head: str, path: str, version: str) -> tuple[FileRevision, ...]:
        """Return the newest revisions of a file, at least down to the one before the newest run of a version.

        In a shallow clone the run must begin before the boundary, because newer revisions may be missing behind it.
        """
        boundary = await shallow_boundary(state, head)
        async with self.reader(state.location) as versions:
            history = (await self._load(state, head, [path], versions)).get(path)
            if history is None or not history.has_run(version):
                new = await _read_histories(state.location, head, {path}, versions, version)
                await self._save(state, new)
                history = new[path]
        run = run_of(history.revisions, version)
        if boundary and not (run and run[0].commit in boundary.certain):
            raise shallow(f"the commit of version {version}")
        return history.revisions

    @asynccontextmanager
    async def reader(self, location: RepositoryLocation) -> "AsyncIterator[VersionReader]":
        """Return a reader of the versions in blobs."""
        async with AsyncExitStack() as stack:
            yield VersionReader(location, self._version_of, stack)

    async def _load(
        self, state: RepositoryState, head: str, paths: Iterable[str], versions: "VersionReader"
    ) -> dict[str, FileHistory]:
        """Return the cached histories, extended to a commit, and add their versions to the reader."""
        if not self._is_cached(state):
            return {}
        histories = await asyncio.to_thread(HistoryCache(state.location.common_dir).load, paths)
        for history in histories.values():
            versions.cached.update((revision.blob, revision.version) for revision in history.revisions)
        old = {path: history for path, history in histories.items() if history.head != head}
        new = await _extend_histories(state.location, head, old, versions)
        await self._save(state, new)
        return {path: history for path, history in histories.items() if history.head == head} | new

    async def _save(self, state: RepositoryState, histories: Mapping[str, FileHistory]) -> None:
        # A walk from another commit must not replace the histories of HEAD.
        new = {path: history for path, history in histories.items() if history.head == state.commit}
        if new and self._is_cached(state):
            await asyncio.to_thread(HistoryCache(state.location.common_dir).save, new)

    def _is_cached(self, state: RepositoryState) -> bool:
        return self._cached and state.complete


class VersionReader:
    """Reader of the versions in blobs; only ambiguous bytes are parsed, by `version_of`."""

    def __init__(self, location: RepositoryLocation, version_of: VersionOf, stack: AsyncExitStack) -> None:
        self.cached: dict[str, str] = {}  # by object id; empty without a valid version
        self._location = location
        self._version_of = version_of
        self._stack = stack
        self._reader: BlobReader | None = None

    async def load(self, blobs: Iterable[str]) -> None:
        """Read the versions of blobs into `cached`."""
        missing = [blob for blob in dict.fromkeys(blobs) if blob not in self.cached]
        if not missing:
            return
        if self._reader is None:
            self._reader = await self._stack.enter_async_context(blob_reader(self._location.git))
        async for blob, content in self._reader.read(missing):
            version = None if content is None else plain_version(content) or self._version_of(content)
            self.cached[blob] = str(version or "")


class HistoryCache:
    """Cache of file histories in the git directory that all worktrees share."""

    def __init__(self, common_dir: Path) -> None:
        self._cache = Cache.in_repository(common_dir)
        self._repository = str(common_dir)

    def load(self, paths: Iterable[str]) -> dict[str, FileHistory]:
        """Return the cached histories of paths below the top of the worktree."""
        loaded = ((path, _decode(self._cache.get(_KIND, self._key(path)))) for path in paths)
        return {path: history for path, history in loaded if history is not None}

    def save(self, histories: Mapping[str, FileHistory]) -> None:
        """Cache histories."""
        self._cache.put_many(_KIND, {self._key(path): _encode(history) for path, history in histories.items()})

    def _key(self, path: str) -> str:
        return f"{self._repository}\0{path}"


async def _read_histories(
    location: RepositoryLocation, head: str, paths: Collection[str], versions: VersionReader, version: str = ""
) -> dict[str, FileHistory]:
    """Read the histories of files with one walk; with a version, that of one file, at least as far as `find` says."""
    revisions: dict[str, list[FileRevision]] = {path: [] for path in paths}
    async with walk(location, "--full-history", head, pathspecs=location.pathspecs(paths)) as commits:
        async for batch in batches(commits):
            for path, revision in await _read_revisions(batch, paths, versions):
                revisions[path].append(revision)
            newest = {path: FileHistory(head, tuple(revisions[path]), complete=False) for path in paths if version}
            if newest and all(history.has_run(version) for history in newest.values()):
                return newest
    return {path: FileHistory(head, tuple(of_path), complete=True) for path, of_path in revisions.items()}


async def _read_revisions(
    commits: Iterable[Commit], paths: Collection[str], versions: VersionReader
) -> list[tuple[str, FileRevision]]:
    """Return the revisions of files in commits, in order, each with the file's path."""
    changes = [
        (commit, change.path, change.blob)
        for commit in commits
        for change in commit.changes
        if change.blob is not None and change.path in paths
    ]
    await versions.load(blob for _, _, blob in changes)
    return [
        (path, FileRevision(commit.id, blob, versions.cached[blob], *commit.description.split("\n", 2)))
        for commit, path, blob in changes
    ]


async def _extend_histories(
    location: RepositoryLocation, head: str, histories: Mapping[str, FileHistory], versions: VersionReader
) -> dict[str, FileHistory]:
    """Return cached histories extended to another commit, by path, without those that cannot be extended.

    The commits that touched a file do not depend on the start of a walk. So the new history consists of the old
    revisions that `head` reaches and those of the commits that only `head` reaches. If these are a chain on top of the
    old commit, they come first; otherwise git sorts all commits, without reading trees.

    Most histories have the same head; those with another one are dropped.
    """
    if not histories:
        return {}
    [(old, _)] = Counter(history.head for history in histories.values()).most_common(1)
    cached = {path: history for path, history in histories.items() if history.head == old}
    commits = await _commits_only_in(location, head, old, cached)
    if commits is None:
        return {}
    new: dict[str, list[FileRevision]] = {path: [] for path in cached}
    for path, revision in await _read_revisions(commits, cached, versions):
        new[path].append(revision)
    is_chain = bool(commits) and all(len(one.parents) == 1 for one in commits) and commits[-1].parents == (old,)
    if is_chain:
        return {path: FileHistory(head, (*new[path], *one.revisions), one.complete) for path, one in cached.items()}
    order = (await location.git.run("rev-list", head, "--")).decode("ascii").split()
    positions = {commit: position for position, commit in enumerate(order)}
    return {
        path: FileHistory(head, _sort((*new[path], *one.revisions), positions), complete=True)
        for path, one in cached.items()
        if one.complete
    }


def plain_version(content: bytes) -> str:
    r"""Return the version in a prompt's file; empty if it needs the parser.

    The result equals that of the parser for valid YAML; nothing else is validated, because thousands of blobs are read.

    >>> plain_version(b"id: greeting\nversion: 1.2.0\nformat: text\n")
    '1.2.0'
    >>> plain_version(b'id: greeting\ndescription: "\nversion: 1.2.0"\n')
    ''
    """
    text = content.replace(b"\r\n", b"\n") if b"\r" in content else content
    match = _PLAIN.match(text)
    # The search starts at the line break after the version.
    if match is None or _has_other_breaks(text) or _SECOND_KEY.search(text, match.end() - 1):
        return ""
    return match[2].decode("ascii")


def run_of(revisions: Iterable[FileRevision], version: str) -> list[FileRevision]:
    """Return the newest successive revisions with a version; those without a valid one are skipped."""
    valid = dropwhile(lambda one: one.version != version, (one for one in revisions if one.version))
    return list(takewhile(lambda one: one.version == version, valid))


async def _commits_only_in(
    location: RepositoryLocation, head: str, old: str, paths: Mapping[str, FileHistory]
) -> Sequence[Commit] | None:
    """Return all commits that only `head` reaches, with their changes to some files; None if `old` is gone."""
    pathspecs = location.pathspecs(paths)
    try:
        async with walk(location, "--full-history", "--sparse", head, f"^{old}", pathspecs=pathspecs) as commits:
            return [commit async for commit in commits]
    except HistoryError:
        # The old commit is gone, for example after an amend and `git gc`. The full walk reports any other error.
        return None


def _sort(revisions: Iterable[FileRevision], positions: Mapping[str, int]) -> tuple[FileRevision, ...]:
    """Sort revisions in the order of a walk, without the unreachable ones."""
    return tuple(sorted((one for one in revisions if one.commit in positions), key=lambda one: positions[one.commit]))


def _encode(history: FileHistory) -> tuple[object, ...]:
    """Return a history as JSON, by columns, which are checked faster than rows."""
    columns = list(zip(*history.revisions, strict=True)) or [()] * len(FileRevision._fields)
    return history.head, columns, history.complete


def _decode(data: Any) -> FileHistory | None:  # noqa: ANN401 - JSON
    """Return the history in a cache entry; None for an invalid entry."""
    try:
        head, columns, complete = data
        revisions = tuple(map(FileRevision._make, zip(*columns, strict=True)))
        commits, blobs, *texts = columns
        # Object ids become arguments of git, so they must not look like options.
        is_valid = all(map(str.isalnum, [head, *commits, *blobs]))
        "".join(chain(*texts))  # raises an error for other types
    except (TypeError, ValueError):
        return None
    return FileHistory(head, revisions, complete) if is_valid and type(complete) is bool else None


def _has_other_breaks(text: bytes) -> bool:
    """Return whether the text has NUL or line breaks other than LF."""
    if b"\r" in text or b"\x00" in text:
        return True
    return not text.isascii() and any(mark in text for mark in _OTHER_BREAKS)
