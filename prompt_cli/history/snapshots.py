"""Snapshots of the prompts: a commit, and the index."""

import asyncio
import os
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from prompt_cli.cache import LRUCache
from prompt_cli.concurrency import LoopSemaphore
from prompt_cli.errors import HistoryError
from prompt_cli.history.errors import GitProblem, history_error
from prompt_cli.history.objects import (
    GitEntry,
    compare_index,
    is_file,
    is_partial,
    list_tree,
    parse_listing,
    read_entries,
)
from prompt_cli.history.repository import RepositoryLocation

_CACHED_CONTENTS: Final = 1024
_CACHED_LISTINGS: Final = 8


class ContentCache:
    """Prompts of snapshots in memory. Git is run under `lock`, so that concurrent callers run it once."""

    def __init__(self) -> None:
        self.blobs: LRUCache[bytes] = LRUCache(_CACHED_CONTENTS)
        # By commit and prompt id; empty if missing.
        self.contents: LRUCache[Mapping[str, bytes]] = LRUCache(_CACHED_CONTENTS)
        self.listings: LRUCache[dict[str, GitEntry]] = LRUCache(_CACHED_LISTINGS)
        self.lock: LoopSemaphore = LoopSemaphore(1)


class CommitSnapshot:
    """Snapshot of a commit. It holds no process and need not be closed.

    The notice tells the user how the revision was read, and is usually empty. Snapshots share a cache of contents.
    """

    def __init__(
        self, location: RepositoryLocation, commit: str, *, notice: str = "", cache: ContentCache | None = None
    ) -> None:
        self.commit: str = commit
        self.notice: str = notice
        self._location = location
        self._cache = cache or ContentCache()
        self._resolved: RepositoryLocation | None = None

    async def location(self) -> RepositoryLocation:
        """Return the location with the path of the prompt directory in this commit.

        The path is the current one, or else the first former one that the commit has. Only former paths take a process.
        """
        if self._resolved is None:
            locations = self._location.locations
            directories = set[str]()
            if len(locations) > 1:
                paths = [one.prefix.rstrip("/") for one in locations if one.prefix]
                tree = await list_tree(self._location.git, self.commit, paths)
                directories = {f"{path}/" for path, _ in tree}
            existing = (one for one in locations if not one.prefix or one.prefix in directories)
            self._resolved = next(existing, locations[0])
        return self._resolved

    @property
    def label(self) -> str:
        """The name in messages: ``commit 1a2b3c4``."""
        return f"commit {self.commit[:7]}"

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of the prompts that the commit has; those that are not cached take two processes."""
        cached, missing = self._find(prompt_ids)
        if not missing:
            return cached
        async with self._cache.lock.get():
            cached, missing = self._find(prompt_ids)
            return {**cached, **(await self._read(missing) if missing else {})}

    def _find(self, prompt_ids: Iterable[str]) -> tuple[dict[str, bytes], set[str]]:
        """Return the cached contents, and the ids of the prompts that are not cached."""
        cached: dict[str, bytes] = {}
        missing = set[str]()
        for prompt_id in prompt_ids:
            content = self._cache.contents.find((self.commit, prompt_id))
            if content is None:
                missing.add(prompt_id)
            else:
                cached.update(content)
        return cached, missing

    async def _read(self, prompt_ids: set[str]) -> dict[str, bytes]:
        entries = self._cache.listings.find(self.commit)
        if entries is None:
            location = await self.location()
            entries = await self._list(location.pathspecs([location.path_of(one) for one in prompt_ids]))
        existing = {one: entries[one] for one in prompt_ids if one in entries}
        contents = await read_entries(self._location.git, self.label, existing, self._cache.blobs)
        for one in prompt_ids:
            self._cache.contents.put((self.commit, one), {one: contents[one]} if one in contents else {})
        return contents

    async def matching(self, _pattern: str) -> None:
        """Return None: commits are not searched."""

    async def ids(self) -> tuple[str, ...]:
        """Return the ids of the prompts in the commit, sorted; the first call starts one process."""
        entries = self._cache.listings.find(self.commit)
        if entries is None:
            entries = await self._list((await self.location()).pathspecs())
            self._cache.listings.put(self.commit, entries)
        return tuple(sorted(prompt_id for prompt_id, entry in entries.items() if is_file(entry.mode)))

    async def non_prompt_files(self) -> tuple[str, ...]:
        """Return the paths of the other files in the prompt directory, sorted."""
        location = await self.location()
        tree = await list_tree(location.git, self.commit, location.pathspecs(), "-r")
        paths = (path for path, entry in tree if not is_file(entry.mode) or location.id_of(path) is None)
        prefix = location.prefix
        return tuple(sorted(path.removeprefix(prefix) for path in paths if path.startswith(prefix)))

    async def _list(self, pathspecs: Iterable[str]) -> dict[str, GitEntry]:
        location = await self.location()
        tree = await list_tree(location.git, self.commit, pathspecs, "-r")
        return {prompt_id: entry for path, entry in tree if (prompt_id := location.id_of(path)) is not None}


# The threads of git grep block each other on objects: one thread is twice as fast as eight.
_GREP_OPTIONS: Final = ("-P", "-a", "-l", "-z", "--full-name", "--no-color", "--no-recurse-submodules", "--threads=1")
# The object ids of an empty file, in repositories that use SHA-1 and SHA-256, with the stage `_MERGED`.
_EMPTY: Final = (
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391 0",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813 0",
)
_NO_MATCH: Final = 1
_MERGED: Final = "0"  # the stage of a file that is not in a merge conflict


class IndexSnapshot:
    """Snapshot of the index, read once on first use. It need not be closed."""

    commit = None
    label = "the index"
    notice = ""

    def __init__(self, location: RepositoryLocation, cache: ContentCache | None) -> None:
        self._location = location
        self._cache = cache or ContentCache()
        self._entries: Mapping[str, str] | None = None
        self._lock = asyncio.Lock()  # concurrent calls read it once

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of the prompts that are staged."""
        listing = await self._read()
        entries: dict[str, GitEntry] = {}
        for one in prompt_ids:
            if fields := listing.get(self._location.path_of(one)):
                mode, blob, stage = fields.split(" ")
                if stage != _MERGED:
                    raise _unmerged(one)
                entries[one] = GitEntry(mode, blob)
        return await read_entries(self._location.git, self.label, entries, self._cache.blobs)

    async def matching(self, pattern: str) -> frozenset[str] | None:
        """Return the prompts with a line that matches a Perl-compatible pattern of ASCII, by one ``git grep``.

        The result is None if git was built without Perl-compatible patterns or would have to fetch.
        """
        if is_partial(self._location.common_dir):
            return None  # git would fetch missing contents one by one
        arguments = ("--cached", *_GREP_OPTIONS, "-e", pattern, "--", *self._location.pathspecs())
        # A prompt in a merge conflict is not searched: it counts as changed itself.
        result = await self._location.git.try_run("grep", *arguments)
        # Git reports unreadable files on standard error, with any status.
        if result.errors or result.status not in {0, _NO_MATCH}:
            return None
        prompt_ids = map(self._location.id_of, os.fsdecode(result.output).split("\0"))
        return frozenset(one for one in prompt_ids if one is not None)

    async def ids(self) -> tuple[str, ...]:
        """Return the ids of all staged prompts, including those in a merge conflict, sorted."""
        listing = await self._read()
        ids = (self._location.id_of(path) for path, fields in listing.items() if _is_prompt(fields))
        return tuple(sorted(one for one in ids if one is not None))

    async def non_prompt_files(self) -> tuple[str, ...]:
        """Return the paths of the other staged files in the prompt directory, sorted."""
        location, listing = self._location, await self._read()
        paths = (path for path, fields in listing.items() if not is_file(fields) or location.id_of(path) is None)
        return tuple(sorted(path.removeprefix(location.prefix) for path in paths))

    async def _read(self) -> Mapping[str, str]:
        """Return the mode, the object id and the stage of each entry, by path, as git prints them."""
        async with self._lock:
            if self._entries is None:
                git, pathspecs = self._location.git, self._location.pathspecs()
                listing = parse_listing(await git.run("ls-files", "--stage", "-z", "--", *pathspecs))
                empty = [path for path, fields in listing.items() if fields.endswith(_EMPTY)]
                for path in await self._intent_to_add(empty):
                    del listing[path]
                self._entries = listing
        return self._entries

    async def _intent_to_add(self, paths: Collection[str]) -> set[str]:
        """Return the files of `git add --intent-to-add`, whose content is not staged."""
        if not paths:
            return set()
        git = self._location.git
        # Compared with the empty tree, the index shows every file that a commit would contain.
        tree = (await git.run("hash-object", "-t", "tree", "--stdin")).decode("ascii").strip()
        pathspecs = self._location.pathspecs(paths)
        output = await git.run(*compare_index(tree), "--name-only", "--", *pathspecs)
        return set(paths).difference(os.fsdecode(output).split("\0"))


def _is_prompt(fields: str) -> bool:
    """Return whether an entry is a regular file or in a merge conflict."""
    return is_file(fields) or not fields.endswith(f" {_MERGED}")


def _unmerged(prompt_id: str) -> HistoryError:
    return history_error(
        GitProblem.CONFLICT,
        f"prompt {prompt_id!r} has an unresolved merge conflict",
        help="resolve the conflict and `git add` the file",
        prompt_id=prompt_id,
    )
