"""The versions of files by their object ids, read as few times as can be."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, TypeAlias

from prompt_cli.cache import Cache
from prompt_cli.domain.version import VERSION_PATTERN
from prompt_cli.errors import HistoryError
from prompt_cli.history.errors import shallow
from prompt_cli.history.log import batches, walk
from prompt_cli.history.objects import BlobReader, blob_reader
from prompt_cli.history.shallow import shallow_boundary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from prompt_cli.domain.version import SemanticVersion
    from prompt_cli.history.log import Commit
    from prompt_cli.history.repository import RepositoryLocation, RepositoryState


VersionOf: TypeAlias = "Callable[[bytes], SemanticVersion | None]"


class VersionReader:
    """Learns the versions in contents, through one process, which is started when the first content is needed.

    Args:
        location: Where the prompt directory is.
        version_of: Parses a content exactly; asked only where the bytes leave doubt.

    Attributes:
        known: The version in each content as text, by its object id; empty where it has no valid one.
    """

    def __init__(self, location: RepositoryLocation, version_of: VersionOf) -> None:
        self.known: dict[str, str] = {}
        self._location = location
        self._version_of = version_of
        self._stack = AsyncExitStack()
        self._reader: BlobReader | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, traceback)

    async def learn(self, blobs: Iterable[str]) -> None:
        """See that the versions of these contents are known.

        Raises:
            HistoryError: A content is missing or cannot be read.
        """
        missing = [blob for blob in dict.fromkeys(blobs) if blob not in self.known]
        if not missing:
            return
        if self._reader is None:
            self._reader = await self._stack.enter_async_context(blob_reader(self._location.git))
        async for blob, content in self._reader.read(missing):
            self.known[blob] = "" if content is None else plain_version(content) or str(self._version_of(content) or "")


# What may stand before the version: nothing that could still be open there, so no quotes, brackets, block scalars,
# tags, anchors; and no other key of that name.
_BEFORE: Final = rb"(?>#[^\n]*\n|\n|(?!version:)[a-z][a-z0-9_]*: +[A-Za-z0-9][A-Za-z0-9 _./-]*\n)*+"
# What may stand after it: a line that does not go on with it, for a plain scalar may have several lines.
_AFTER: Final = rb" *(?> #[^\n]*)?(?>\n++(?![ \t])|\Z)"
_PLAIN: Final = re.compile(
    rb"(?>\xef\xbb\xbf)?(?>---\n)?" + _BEFORE + rb"version: +([\"']?)(" + VERSION_PATTERN.encode() + rb")\1" + _AFTER
)
# A second key of that name, or a second document: somebody else's to judge.
_AGAIN: Final = re.compile(rb"\n(?:version|---|\.\.\.|%)")
# Other line breaks that YAML knows, in what is not ASCII.
_STRANGE: Final = (b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")


def plain_version(content: bytes) -> str:
    r"""Return the version a prompt's file has, as text; empty where only a parser can tell.

    Where the file is valid YAML, a version returned is the one a parser finds. It is not looked at whether the rest of
    the file is valid. Thousands of contents are looked at: each test here is one that ends early or costs next to
    nothing.

    >>> plain_version(b"id: greeting\nversion: 1.2.0\nformat: text\n")
    '1.2.0'
    >>> plain_version(b'id: greeting\ndescription: "\nversion: 1.2.0"\n')
    ''
    """
    text = content.replace(b"\r\n", b"\n") if b"\r" in content else content
    match = _PLAIN.match(text)
    # From the line break after it on.
    if match is None or _is_strange(text) or _AGAIN.search(text, match.end() - 1):
        return ""
    return match[2].decode("ascii")


def _is_strange(text: bytes) -> bool:
    """Tell whether there are line breaks of other kinds, or what no text holds."""
    if b"\r" in text or b"\x00" in text:
        return True
    return not text.isascii() and any(mark in text for mark in _STRANGE)


_KIND: Final = "history"


class FileRevision(NamedTuple):
    """A commit that touched a file and left it there.

    Attributes:
        commit: The commit's object id.
        blob: The object id of the content it left.
        version: The version in that content, as text; empty where it has no valid one.
    """

    commit: str
    blob: str
    version: str


class FileHistory(NamedTuple):
    """A file's history as of one commit.

    Attributes:
        head: The commit's object id.
        revisions: Newest first, in the order of ``git log``.
        complete: Whether these are all; else the walk ended early, and they are the newest.
    """

    head: str
    revisions: tuple[FileRevision, ...]
    complete: bool

    def newest(self, version: str) -> FileRevision | None:
        """Return the newest revision that left the file with a version, as text."""
        return next((revision for revision in self.revisions if revision.version == version), None)


class HistoryCache:
    """Records in the cache.

    Args:
        common_dir: The git directory that all worktrees share.
    """

    def __init__(self, common_dir: Path) -> None:
        self._cache = Cache.in_repository(common_dir)
        self._repository = str(common_dir)

    def load(self, paths: Iterable[str]) -> dict[str, FileHistory]:
        """Return the cached histories of paths below the top of the worktree."""
        loaded = ((path, _decode(self._cache.get(_KIND, self._key(path)))) for path in paths)
        return {path: history for path, history in loaded if history is not None}

    def save(self, histories: Mapping[str, FileHistory]) -> None:
        """Cache histories."""
        self._cache.put_many(_KIND, {self._key(path): history for path, history in histories.items()})

    def _key(self, path: str) -> str:
        return f"{self._repository}\0{path}"


def _decode(data: Any) -> FileHistory | None:  # noqa: ANN401 - JSON
    """Return the history that data stands for; None where it has another shape."""
    try:
        head, rows, complete = data
        revisions = tuple([FileRevision(commit, blob, version) for commit, blob, version in rows])
    except (TypeError, ValueError):
        return None
    words = [head, *(word for revision in revisions for word in revision)]
    if type(complete) is not bool or not all(type(word) is str for word in words):
        return None
    # They become arguments of git: an object id never is an option.
    ids = [head, *(one for revision in revisions for one in (revision.commit, revision.blob))]
    return FileHistory(head, revisions, complete) if all(map(str.isalnum, ids)) else None


Descriptions: TypeAlias = "dict[str, str]"
"""What is told of commits, in the lines of `walk.DESCRIPTION`, by their object ids."""


class Met(NamedTuple):
    """A file a walk met.

    Attributes:
        path: Below the top of the worktree.
        revision: The commit that touched it, and what it left.
    """

    path: str
    revision: FileRevision


@asynccontextmanager
async def open_revisions(
    location: RepositoryLocation,
    head: str,
    paths: Collection[str],
    versions: VersionReader,
    *,
    whole: bool = False,
    descriptions: Descriptions | None = None,
) -> AsyncIterator[AsyncIterator[list[Met]]]:
    """Walk all of a commit's history for the revisions of files; leaving the block stops the walk.

    In a partial clone they come all at once, for there the contents are fetched in one request.

    Args:
        location: Where the prompt directory is.
        head: The commit to walk from.
        paths: The files, below the top of the worktree.
        versions: Learns the versions in their contents.
        whole: Whether all of history is walked in any case.
        descriptions: Filled with what is told of the commits, where that is wanted.

    Raises:
        HistoryError: Git could not walk, or read a content.
    """
    pathspecs, described = location.pathspecs(paths), descriptions is not None
    async with walk(location, "--full-history", head, pathspecs=pathspecs, whole=whole, described=described) as commits:
        yield _learned(batches(commits), paths, versions, descriptions)


async def learned(commits: Iterable[Commit], paths: Collection[str], versions: VersionReader) -> list[Met]:
    """Return the revisions of files in commits, in their order.

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
    return [Met(path, FileRevision(commit, blob, versions.known[blob])) for commit, path, blob in changes]


async def _learned(
    found: AsyncIterator[list[Commit]],
    paths: Collection[str],
    versions: VersionReader,
    descriptions: Descriptions | None,
) -> AsyncIterator[list[Met]]:
    async for commits in found:
        if descriptions is not None:
            descriptions.update((commit.id, commit.description) for commit in commits)
        yield await learned(commits, paths, versions)


async def extended(
    location: RepositoryLocation, head: str, histories: Mapping[str, FileHistory], versions: VersionReader
) -> dict[str, FileHistory]:
    """Return what histories tell of another commit, by path; those that can tell nothing are left out.

    Whether a commit touched a file does not depend on where a walk began. So the revisions of `head` are the old ones
    and those of the commits that only `head` reaches, as far as it reaches them; what remains is their order. On top
    of the old commit, in a chain, the new ones come first. Otherwise a walk from `head` mixes the two by their dates,
    and git is asked for the order of all commits, without a look at any tree.

    Records are mostly of one commit; those of others than the most frequent one are left out.

    Args:
        location: Where the prompt directory is.
        head: The commit to tell of.
        histories: What is known, by path.
        versions: Learns the versions in the contents between.

    Raises:
        HistoryError: A content could not be read.
    """
    if not histories:
        return {}
    [(old, _)] = Counter(history.head for history in histories.values()).most_common(1)
    known = {path: history for path, history in histories.items() if history.head == old}
    commits = await _only_in(location, head, old, known)
    if commits is None:
        return {}
    new: dict[str, list[FileRevision]] = {path: [] for path in known}
    for path, revision in await learned(commits, known, versions):
        new[path].append(revision)
    if _is_chain(commits, old):
        return {
            path: FileHistory(head, (*new[path], *history.revisions), history.complete)
            for path, history in known.items()
        }
    order = (await location.git.run("rev-list", head, "--")).decode("ascii").split()
    number_of = {commit: number for number, commit in enumerate(order)}
    return {
        path: FileHistory(head, _ordered((*new[path], *history.revisions), number_of), complete=True)
        for path, history in known.items()
        if history.complete
    }


async def _only_in(
    location: RepositoryLocation, head: str, old: str, paths: Mapping[str, FileHistory]
) -> Sequence[Commit] | None:
    """List the commits that `head` reaches and `old` does not, all of them, with the changes to some files."""
    pathspecs = location.pathspecs(paths)
    try:
        async with walk(
            location, "--full-history", "--sparse", head, f"^{old}", pathspecs=pathspecs, whole=True
        ) as commits:
            return [commit async for met in commits for commit in met]
    except HistoryError:
        # The old commit is gone, as after an amend and a `git gc`. What else may be wrong, the full walk meets too.
        return None


def _is_chain(commits: Sequence[Commit], old: str) -> bool:
    return bool(commits) and all(len(one.parents) == 1 for one in commits) and commits[-1].parents == (old,)


def _ordered(revisions: Iterable[FileRevision], number_of: Mapping[str, int]) -> tuple[FileRevision, ...]:
    """Sort revisions as a walk meets their commits, and leave out those it does not meet."""
    return tuple(sorted((one for one in revisions if one.commit in number_of), key=lambda one: number_of[one.commit]))


class HistoryLookup(NamedTuple):
    """What a search for a version came to.

    Attributes:
        revision: The newest commit that touched the file and left it with the version; None where there is none.
        revisions: The revisions that were looked at, newest first; all there are, where the version is in none.
    """

    revision: FileRevision | None
    revisions: tuple[FileRevision, ...]


class Histories:
    """The histories of files, as far as commits reach them.

    Args:
        version_of: Parses a content exactly.
    """

    def __init__(self, version_of: VersionOf) -> None:
        self._version_of = version_of

    async def of(
        self, state: RepositoryState, head: str, paths: Collection[str], descriptions: Descriptions | None = None
    ) -> dict[str, tuple[FileRevision, ...]]:
        """Return the revisions of files, newest first: one walk for all of them together.

        Args:
            state: The repository's state.
            head: The commit to walk from.
            paths: The files, below the top of the worktree.
            descriptions: Filled with what is told of those commits that had to be walked, where that is wanted.

        Raises:
            HistoryError: The clone is shallow, so that older commits may be missing; git could not answer.
        """
        if await shallow_boundary(state, head):
            raise shallow("which versions there are")
        async with self.reader(state.location) as versions:
            histories = await self._load(state, head, paths, versions)
            histories = {path: history for path, history in histories.items() if history.complete}
            if rest := frozenset(paths) - histories.keys():
                walked: dict[str, list[FileRevision]] = {path: [] for path in rest}
                async with open_revisions(
                    state.location, head, rest, versions, whole=True, descriptions=descriptions
                ) as batches:
                    async for batch in batches:
                        for path, revision in batch:
                            walked[path].append(revision)
                new = {path: FileHistory(head, tuple(revisions), complete=True) for path, revisions in walked.items()}
                await self._save(state, new)
                histories |= new
        return {path: history.revisions for path, history in histories.items()}

    async def find(self, state: RepositoryState, head: str, path: str, version: str) -> HistoryLookup:
        """Return the newest commit that touched a file and left it with a version; the walk ends where it is met.

        In a shallow clone it must be met before the boundary is, for behind that there may be newer commits.

        Args:
            state: The repository's state.
            head: The commit to walk from.
            path: The file, below the top of the worktree.
            version: The version, as text.

        Raises:
            HistoryError: The clone is shallow, and commits missing from it may matter; git could not answer.
        """
        boundary = await shallow_boundary(state, head)
        async with self.reader(state.location) as versions:
            history = (await self._load(state, head, [path], versions)).get(path)
            if history is None or not (history.complete or history.newest(version)):
                history = await self._searched(state, head, path, versions, version)
                await self._save(state, {path: history})
        revision = history.newest(version)
        if boundary and (revision is None or revision.commit not in boundary.certain):
            raise shallow(f"which commit has version {version}")
        return HistoryLookup(revision, history.revisions)

    def reader(self, location: RepositoryLocation) -> VersionReader:
        """Return a reader of the versions in contents, for an ``async with`` block."""
        return VersionReader(location, self._version_of)

    async def _searched(
        self, state: RepositoryState, head: str, path: str, versions: VersionReader, version: str
    ) -> FileHistory:
        revisions: list[FileRevision] = []
        async with open_revisions(state.location, head, {path}, versions) as batches:
            async for batch in batches:
                met = [revision for _, revision in batch]
                revisions += met
                if any(revision.version == version for revision in met):
                    return FileHistory(head, tuple(revisions), complete=False)
        return FileHistory(head, tuple(revisions), complete=True)

    async def _load(
        self, state: RepositoryState, head: str, paths: Iterable[str], versions: VersionReader
    ) -> dict[str, FileHistory]:
        """Return what the histories tell of a commit; the versions they know of are known to the reader then."""
        if not self.keeps(state):
            return {}
        histories = await asyncio.to_thread(HistoryCache(state.location.common_dir).load, paths)
        for history in histories.values():
            versions.known.update((revision.blob, revision.version) for revision in history.revisions)
        old = {path: history for path, history in histories.items() if history.head != head}
        new = await extended(state.location, head, old, versions)
        await self._save(state, new)
        return {path: history for path, history in histories.items() if history.head == head} | new

    async def _save(self, state: RepositoryState, histories: Mapping[str, FileHistory]) -> None:
        # Those of HEAD alone: other walks profit from them as well, and must not take their place.
        new = {path: history for path, history in histories.items() if history.head == state.commit}
        if new and self.keeps(state):
            await asyncio.to_thread(HistoryCache(state.location.common_dir).save, new)

    @staticmethod
    def keeps(state: RepositoryState) -> bool:
        """Tell whether what is learned of a repository in such a state is kept."""
        return state.location.keeps and not state.shallow and not state.replaced
