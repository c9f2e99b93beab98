"""Version store of a git repository."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

from prompt_cli.cache import LRUCache
from prompt_cli.concurrency import LoopSemaphore
from prompt_cli.domain.revision import CommitIsh, ExactVersion, Revision, Snapshot, Tree
from prompt_cli.domain.version import SemanticVersion, VersionRange
from prompt_cli.errors import (
    HistoryError,
    InvalidValueError,
    PromptFormatError,
    PromptManagerError,
    VersionNotFoundError,
)
from prompt_cli.history.diff import FileStatus, changed_prompts, never_committed, read_statuses
from prompt_cli.history.errors import GitProblem
from prompt_cli.history.file_history import FileRevision, Histories, VersionOf, run_of
from prompt_cli.history.git_directory import lacks_remotes
from prompt_cli.history.objects import directory_at, files_at
from prompt_cli.history.protocol import ChangedPrompts, PromptVersion, StoredSnapshot
from prompt_cli.history.repository import (
    ORIGIN_HEAD,
    Repository,
    RepositoryLocation,
    RepositoryState,
    as_commit,
    merge_base_of,
    other_name,
    remote_default,
    unknown_revision,
)
from prompt_cli.history.snapshots import CommitSnapshot, ContentCache, IndexSnapshot

_MAX_SHORT_WALKS: Final = 4  # of single prompts; for more, one walk of all history is faster
_CACHED_VERSIONS: Final = 4096


def version_in(content: bytes) -> SemanticVersion | None:
    """Return the version in a prompt's file, which may be invalid otherwise; None without a valid version."""
    from prompt_cli.yaml.source import YamlSource  # imports the YAML reader

    try:
        version = YamlSource.parse(content).data.get("version")
        return SemanticVersion.parse(version) if isinstance(version, str) else None
    except (PromptFormatError, ValueError):
        return None


class GitVersionStore:
    """Version store of a prompt directory in a git repository (`VersionStoreProtocol`, `ChangeStoreProtocol`).

    HEAD is read on each call, and nothing needs to be closed. Reading fetches nothing and writes only the cache,
    ``prompt-cli`` in the git directory. Versions are cached in memory, so reading one again starts no process. For use
    in one event loop.

    Args:
        directory: The prompt directory, at or below the top of a working tree. It need not exist.
        version_of: Parses a content and returns its version; None without a valid one.
        cache: Whether file histories are cached.
        prefix: The path of the prompt directory in commits, with ``/`` at its end; None for the current path.
        former: The former locations of the prompt directory; a commit that lacks it is read at the first that it has.

    Examples:
        >>> from pathlib import Path
        >>> from prompt_cli import DirectoryStorage, GitVersionStore, PromptManager, PromptRegistry
        >>> manager = PromptManager(PromptRegistry(DirectoryStorage(Path("prompts"))))
        >>> isinstance(manager.version_store, GitVersionStore)
        True
    """

    def __init__(
        self,
        directory: Path,
        *,
        version_of: VersionOf = version_in,
        cache: bool = True,
        prefix: str | None = None,
        former: Sequence[Path] = (),
    ) -> None:
        self._repository = Repository(directory, prefix=prefix, former=former)
        self._histories = Histories(version_of, cached=cache)
        self._version_of = version_of
        self._matches: LRUCache[tuple[str, str]] = LRUCache(_CACHED_VERSIONS)
        self._contents = ContentCache()
        self._search_lock = LoopSemaphore(1)  # concurrent calls search for a version once

    async def snapshot(self, prompt_id: str, revision: Revision) -> StoredSnapshot:
        """Return the snapshot that a revision of a prompt names.

        An exact version is the newest commit reachable from HEAD that changed the prompt's file and left it with this
        version; a range, that commit of the highest version in the range. A commit or the index is returned even
        without the prompt. See `VersionStoreProtocol.snapshot` for errors.
        """
        match revision:
            case Tree.INDEX:
                state = await self._repository.state()
                return IndexSnapshot(state.location, self._cache_of(state))
            case CommitIsh(name):
                return self._snapshot_at(*await self._resolve_commit(name, prompt_id))
            case ExactVersion() | VersionRange():
                text = str(revision)
                state, head = await self._repository.head(name=text)
                commit, notice = await self._find_cached(state, head, prompt_id, revision)
                hint = f"{text} was read as a version; {other_name(prompt_id, text)}" if state.name_is_ref else ""
                return self._snapshot_at(state, commit, "; ".join(filter(None, (hint, notice))))
            case _:
                raise InvalidValueError(f"{revision} is not in git")

    async def pinned(
        self, prompt_id: str, version: SemanticVersion, *, at: StoredSnapshot | None = None
    ) -> StoredSnapshot:
        """Return the snapshot that an include of a version names, such as ``{{> "shared/tone@1.0.0"}}``.

        The snapshot is the one that `snapshot` returns for the version. In a clone too shallow to tell, the commit of
        the includer is returned if the prompt has the version there.
        """
        state, head = await self._repository.head()
        start = (at and at.commit) or head
        try:
            return self._snapshot_at(state, *await self._find_cached(state, start, prompt_id, ExactVersion(version)))
        except HistoryError as error:
            snapshot = self._snapshot_at(state, start)
            content = (await snapshot.read_many([prompt_id])).get(prompt_id)
            if error.reason is not GitProblem.SHALLOW or content is None or self._version_of(content) != version:
                raise
            return snapshot

    async def versions(self, prompt_id: str, *, at: StoredSnapshot | None = None) -> tuple[PromptVersion, ...]:
        """Return every version the prompt has had, up to a commit or HEAD; see `VersionStoreProtocol.versions`."""
        from prompt_cli.history.version_list import list_versions  # checks list nothing

        state, head = await self._repository.head()
        commit = (at and at.commit) or head
        revisions = await self._revisions(state, commit, [prompt_id])
        if not revisions[prompt_id]:
            raise await never_committed(state.location, commit, prompt_id)
        return (await list_versions(state.location, revisions))[prompt_id]

    async def versions_many(
        self, prompt_ids: Collection[str], *, at: StoredSnapshot | None = None
    ) -> dict[str, tuple[PromptVersion, ...]]:
        """Return every version that prompts have had, with as many processes as for one prompt."""
        from prompt_cli.history.version_list import list_versions  # as above

        state, head = await self._repository.head()
        revisions = await self._revisions(state, (at and at.commit) or head, prompt_ids)
        return await list_versions(state.location, revisions)

    async def commits_of(
        self, prompt_ids: Collection[str], *, at: StoredSnapshot | None = None
    ) -> dict[str, dict[SemanticVersion, str]]:
        """Return the newest commit of each version that prompts have had."""
        state, head = await self._repository.head()
        revisions = await self._revisions(state, (at and at.commit) or head, prompt_ids)
        return {
            one: {
                SemanticVersion.parse(revision.version): revision.commit
                for revision in reversed(history)
                if revision.version
            }
            for one, history in revisions.items()
        }

    async def first_commit_of(self, prompt_id: str, version: SemanticVersion) -> StoredSnapshot | None:
        """Return the snapshot of the commit that first set the version of a prompt at HEAD.

        The walk follows the file's simplified history from HEAD for as long as the file has the version. An earlier
        run of the same version does not count. If several merged branches set the version, the last of their commits
        in ``git log`` is returned.

        Args:
            prompt_id: The id of the prompt.
            version: The version that it has at HEAD.

        Returns:
            The snapshot; None if the prompt does not have this version at HEAD.

        Raises:
            PromptIdError: The text is not a valid prompt id.
            HistoryError: The clone is shallow, and the commit may be missing from it; git failed.
        """
        from prompt_cli.history.version_start import version_start  # only bumps need it

        state, head = await self._repository.head()
        async with self._histories.reader(state.location) as versions:
            commit = await version_start(state, head, state.location.path_of(prompt_id), str(version), versions)
        return None if commit is None else self._snapshot_at(state, commit)

    async def first_commits_of(self, versions: Mapping[str, SemanticVersion]) -> dict[str, StoredSnapshot]:
        """Return the snapshots of the commits that first set the versions of prompts at HEAD.

        One walk finds the versions with a single commit; a second walk finds the others.
        """
        state, head = await self._repository.head()
        if state.location.former:
            revisions = await self._revisions(state, head, versions)
            runs = {one: run_of(revisions[one], str(version)) for one, version in versions.items()}
            at_head = {one: run for one, run in runs.items() if run and run[0] is revisions[one][0]}
            return {one: self._snapshot_at(state, run[-1].commit) for one, run in at_head.items()}
        if len(versions) <= _MAX_SHORT_WALKS or state.shallow:
            single = {one: await self.first_commit_of(one, version) for one, version in versions.items()}
            return {one: snapshot for one, snapshot in single.items() if snapshot is not None}
        histories = await self._revisions(state, head, versions)
        commits = {
            one: [revision.commit for revision in revisions if revision.version == str(versions[one])]
            for one, revisions in histories.items()
        }
        starts = {one: with_version[0] for one, with_version in commits.items() if len(with_version) == 1}
        paths = {one: state.location.path_of(one) for one in versions.keys() - starts.keys()}
        if paths:
            from prompt_cli.history.version_start import version_starts  # as above

            version_of_path = {path: str(versions[one]) for one, path in paths.items()}
            version_of_blob = {revision.blob: revision.version for of_one in histories.values() for revision in of_one}
            start_of_path = await version_starts(state.location, head, version_of_path, version_of_blob)
            starts |= {one: start_of_path[path] for one, path in paths.items() if path in start_of_path}
        # One snapshot per commit, so prompts are read together.
        snapshots = {commit: self._snapshot_at(state, commit) for commit in starts.values()}
        return {one: snapshots[commit] for one, commit in starts.items()}

    async def tip(self, ref: str) -> StoredSnapshot:
        """Return the snapshot of a commit, by any name that git resolves."""
        return self._snapshot_at(*await self._resolve_commit(ref))

    async def find(self, ref: str) -> StoredSnapshot | None:
        """Return the snapshot of a commit, by any name that git resolves; None for an unknown name."""
        state = await self._repository.state(as_commit(ref))
        return None if state.commit is None else self._snapshot_at(state, state.commit)

    async def default_base(self) -> str | None:
        """Return the branch that changes go into: the default branch of the remote.

        Without ``origin/HEAD``, which `git clone` makes, the remote is the one that the current branch is pushed to, or
        ``origin``, and the branch has the name that new repositories give their first one, ``main`` or ``master``.
        """
        location = await self._repository.location()
        if await asyncio.to_thread(lacks_remotes, Path(location.git_dir)):
            return None
        return ORIGIN_HEAD if await self.find(ORIGIN_HEAD) else await remote_default(location)

    async def merge_base(self, ref: str) -> StoredSnapshot:
        """Return the merge base of HEAD and another commit: the first of several."""
        state, commit = await self._resolve_commit(ref)
        return self._snapshot_at(state, await merge_base_of(state, commit, ref))

    async def changed_ids(self, old: StoredSnapshot, new: StoredSnapshot | Tree) -> ChangedPrompts:
        """Return the prompts whose content differs between two states.

        The working tree is compared by bytes, without filters and conversion of line endings.

        Raises:
            ValueError: The old side is the index, and the new side is not the working tree.
            HistoryError: Git failed.
        """
        return await changed_prompts(await self._repository.location(), old, new)

    async def new_non_prompt_files(self, old: StoredSnapshot | None, new: StoredSnapshot) -> tuple[str, ...]:
        """Return the non-prompt files that a snapshot adds, as paths below the prompt directory, sorted."""
        files = await new.non_prompt_files()
        old_files = set(await old.non_prompt_files()) if files and old else set[str]()
        return tuple([path for path in files if path not in old_files])

    async def read_files(self, at: StoredSnapshot, paths: Sequence[Path]) -> dict[Path, bytes]:
        """Return the bytes of the files, such as settings, that exist in a commit; paths outside are left out."""
        if at.commit is None:
            raise InvalidValueError("settings cannot be read from the index")
        return await files_at(await self._repository.location(), at.commit, at.label, paths)

    async def location(self) -> RepositoryLocation:
        """Return the location of the prompt directory.

        Returns:
            The repository and the path of the prompt directory in it.

        Raises:
            HistoryError: Not inside a repository, or git refuses to read it.
        """
        return await self._repository.location()

    async def prefix_at(self, at: StoredSnapshot, path: str) -> str | None:
        """Return the path of a directory in a commit, with ``/`` at its end.

        The commit's own links are followed; the top is an empty path.

        Args:
            at: The commit.
            path: The directory, below the top of the worktree, separated by ``/``.

        Returns:
            The path; None if there is no such directory.

        Raises:
            InvalidValueError: The state is the index.
            HistoryError: Git failed.
        """
        if at.commit is None:
            raise InvalidValueError("a directory cannot be looked up in the index")
        directory = await directory_at((await self._repository.location()).git, at.commit, at.label, path)
        return f"{directory}/" if directory else directory

    async def statuses(self, prompt_ids: Collection[str]) -> dict[str, FileStatus]:
        """Return the status of prompts' files."""
        return await read_statuses(await self._repository.location(), prompt_ids)

    async def commit(self, prompt_ids: Sequence[str], message: str) -> str:
        """Commit prompts of the working tree alone; other changes stay as they are.

        Hooks, signatures and filters apply. Untracked files are added.
        """
        from prompt_cli.history.commit import commit_files  # reading needs no writer

        location = await self._repository.location()
        return await commit_files(location, [location.path_of(one) for one in prompt_ids], message)

    async def existing_tags(self, names: Sequence[str]) -> list[str]:
        """Return the names that are existing tags."""
        from prompt_cli.history.commit import existing_tags  # as above

        return await existing_tags(await self._repository.location(), names)

    async def tag(self, names: Sequence[str], commit: str) -> None:
        """Add annotated tags to a commit: all of them, or none."""
        from prompt_cli.history.commit import tag_commit  # as above

        await tag_commit(await self._repository.location(), names, commit)

    async def _resolve_commit(self, name: str, prompt_id: str = "") -> tuple[RepositoryState, str]:
        state = await self._repository.state(as_commit(name))
        if state.commit is not None:
            return state, state.commit
        if name.startswith(("HEAD", "@")):
            await self._repository.head()  # raises the error for an empty repository
        raise await unknown_revision(state, name, await self._available(prompt_id) if prompt_id else ())

    async def _available(self, prompt_id: str) -> Sequence[SemanticVersion]:
        try:
            return sorted((one.version for one in await self.versions(prompt_id)), reverse=True)
        except PromptManagerError:
            return ()  # only a hint of another error

    def _snapshot_at(self, state: RepositoryState, commit: str, notice: str = "") -> CommitSnapshot:
        return CommitSnapshot(state.location, commit, notice=notice, cache=self._cache_of(state))

    def _cache_of(self, state: RepositoryState) -> ContentCache | None:
        # Replace refs change the content of objects, so contents are not cached then.
        return None if state.replaced else self._contents

    async def _find_cached(
        self, state: RepositoryState, head: str, prompt_id: str, revision: ExactVersion | VersionRange
    ) -> tuple[str, str]:
        """Return the newest commit of a version, and a notice for the user; usually empty."""
        key = (prompt_id, str(revision), head, state.complete)
        match = self._matches.find(key)
        if match is None:
            async with self._search_lock.get():
                match = self._matches.find(key) or await self._find(state, head, prompt_id, revision)
                if state.complete:
                    self._matches.put(key, match)
        return match

    async def _find(
        self, state: RepositoryState, head: str, prompt_id: str, requested: ExactVersion | VersionRange
    ) -> tuple[str, str]:
        if isinstance(requested, ExactVersion) and not state.location.former:
            version = str(requested)
            revisions = await self._histories.find(state, head, state.location.path_of(prompt_id), version)
        else:
            revisions = (await self._revisions(state, head, [prompt_id]))[prompt_id]
            allows = requested.allows if isinstance(requested, VersionRange) else requested.version.__eq__
            version = next((str(one) for one in _versions_in(revisions) if allows(one)), "")
        if not revisions:
            raise await never_committed(state.location, head, prompt_id)
        run = run_of(revisions, version)
        if not run:
            raise _no_version(prompt_id, str(requested), revisions, state)
        return run[0].commit, _several_contents(f"{prompt_id}@{version}", run)

    async def _revisions(
        self, state: RepositoryState, head: str, prompt_ids: Collection[str]
    ) -> dict[str, tuple[FileRevision, ...]]:
        paths = {one: [location.path_of(one) for location in state.location.locations] for one in prompt_ids}
        histories = await self._histories.read(state, head, frozenset(chain(*paths.values())))
        # Commits in a former directory came before.
        return {one: tuple(chain(*(histories[path] for path in of_prompt))) for one, of_prompt in paths.items()}


def _several_contents(name: str, run: Sequence[FileRevision]) -> str:
    """Return the notice for a version that was committed with several contents; empty for one content."""
    contents = len({revision.blob for revision in run})
    if contents == 1:
        return ""
    return f"{name} was committed with {contents} contents; commit {run[0].commit[:7]} is used"


def _versions_in(revisions: Iterable[FileRevision]) -> list[SemanticVersion]:
    """Return the versions of revisions, highest first."""
    versions = {revision.version for revision in revisions if revision.version}
    return sorted(map(SemanticVersion.parse, versions), reverse=True)


def _no_version(
    prompt_id: str, requested: str, revisions: Iterable[FileRevision], state: RepositoryState
) -> VersionNotFoundError:
    error = VersionNotFoundError(prompt_id, requested, available=_versions_in(revisions))
    if state.name_is_ref:
        error.advise(f"{error.help}; {other_name(prompt_id, requested)}")
    return error


class MovedVersionStore(GitVersionStore):
    """Version store of a prompt directory that moved: commits hold it at another path than the working tree's files."""

    def __init__(self, directory: Path, files: Snapshot, *, prefix: str | None, former: Sequence[Path]) -> None:
        super().__init__(directory, prefix=prefix, former=former)
        self._current = GitVersionStore(directory)
        self._files = files

    async def snapshot(self, prompt_id: str, revision: Revision) -> StoredSnapshot:
        """Return the snapshot of a revision; the index has the current path."""
        if revision is Tree.INDEX:
            return await self._current.snapshot(prompt_id, revision)
        return await super().snapshot(prompt_id, revision)

    async def changed_ids(self, old: StoredSnapshot, new: StoredSnapshot | Tree) -> ChangedPrompts:
        """Return the prompts whose content differs, comparing bytes if they are in two directories: git cannot."""
        current_prefix = (await self._current.location()).prefix
        if not isinstance(old, CommitSnapshot) or (await old.location()).prefix == current_prefix:
            return await self._current.changed_ids(old, new)
        current = self._files if isinstance(new, Tree) else new
        before, after = set(await old.ids()), set(await current.ids())
        both = sorted(before & after)
        old_contents, new_contents = await old.read_many(both), await current.read_many(both)
        changed = tuple(one for one in both if old_contents.get(one) != new_contents.get(one))
        return ChangedPrompts(tuple(sorted(after - before)), changed, tuple(sorted(before - after)))

    async def statuses(self, prompt_ids: Collection[str]) -> dict[str, FileStatus]:
        """Return the status of prompts at their current path."""
        return await self._current.statuses(prompt_ids)

    async def commit(self, prompt_ids: Sequence[str], message: str) -> str:
        """Commit these prompts alone, at their current path."""
        return await self._current.commit(prompt_ids, message)
