"""Snapshots of the prompts: a commit, and the index."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.cache import LRUCache
from prompt_cli.history.errors import GitProblem, history_error
from prompt_cli.history.objects import (
    Entry,
    is_file,
    is_partial,
    non_prompt_paths,
    parse_listing,
    parse_tree,
    read_entries,
    regular_files,
)
from prompt_cli.history.raw_diff import staged_against
from prompt_cli.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from prompt_cli.errors import HistoryError
    from prompt_cli.history.diff import Staged
    from prompt_cli.history.repository import RepositoryLocation


_CACHED_CONTENTS: Final = 1024
_CACHED_LISTINGS: Final = 8


class ContentCache:
    """Prompts of commits in memory: the contents of files and the listings of directories, the latest used.

    Attributes:
        contents: The content of each prompt, by commit and id; empty for a prompt that the commit lacks.
        listings: The entries of all prompts, by commit.
        reading: Held while git is asked, so that concurrent callers ask once.
    """

    def __init__(self) -> None:
        self.contents: LRUCache[Mapping[str, bytes]] = LRUCache(_CACHED_CONTENTS)
        self.listings: LRUCache[dict[str, Entry]] = LRUCache(_CACHED_LISTINGS)
        self.reading: Slots = Slots(1)


class CommitSnapshot:
    """Snapshot of a commit. It holds no process and need not be closed.

    Args:
        location: The repository of the prompt directory.
        commit: The commit's object id.
        notice: A sentence for the user about how the revision was read; usually empty.
        cache: The cache of contents, shared by snapshots; by default one of its own.
    """

    def __init__(
        self, location: RepositoryLocation, commit: str, *, notice: str = "", cache: ContentCache | None = None
    ) -> None:
        self._location = location
        self._commit = commit
        self._notice = notice
        self._cache = cache or ContentCache()
        self._all: dict[str, Entry] | None = None
        self._index: IndexSnapshot | None = None
        self._staged: Staged | None = None
        self._place: RepositoryLocation | None = None

    async def place(self) -> RepositoryLocation:
        """Return the location with the path of the prompt directory in this commit.

        It is the current path, or the first former path that the commit has; only these take a process.

        Raises:
            HistoryError: Git failed.
        """
        if self._place is None:
            places = self._location.places
            names = set[str]()
            if len(places) > 1:
                paths = [one.prefix.rstrip("/") for one in places if one.prefix]
                output = await self._location.git.run("ls-tree", "-z", "--full-tree", self._commit, "--", *paths)
                names = {f"{path}/" for path, _ in parse_tree(output)}
            self._place = next((one for one in places if not one.prefix or one.prefix in names), places[0])
        return self._place

    def derive_from_index(self, index: IndexSnapshot, staged: Staged) -> None:
        """Derive the entries from the index and the difference to it, which saves listing the commit.

        Args:
            index: The index.
            staged: How it differs from the commit.
        """
        self._index, self._staged = index, staged

    def new_non_prompt_files(self, state: object) -> tuple[str, ...] | None:
        """Return the non-prompt files that another snapshot adds; None if it is not the index derived from."""
        return self._staged.non_prompt_files if self._staged and state is self._index else None

    @property
    def commit(self) -> str:
        """The commit's object id, 40 or 64 hexadecimal digits."""
        return self._commit

    @property
    def label(self) -> str:
        """The name in messages: ``commit 1a2b3c4``."""
        return f"commit {self._commit[:7]}"

    @property
    def notice(self) -> str:
        """A sentence for the user about how the revision was read; usually empty."""
        return self._notice

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of the prompts that the commit has; those that are not cached take two processes.

        Raises:
            HistoryError: A file is a symbolic link or too large; git failed.

        Source: git-ls-tree(1), git-cat-file(1).
        """
        cached, missing = self._find(prompt_ids)
        if not missing:
            return cached
        async with self._cache.reading.one():
            cached, missing = self._find(prompt_ids)
            return {**cached, **(await self._read(set(missing)) if missing else {})}

    def _find(self, prompt_ids: Iterable[str]) -> tuple[dict[str, bytes], list[str]]:
        """Return the cached contents, and the ids of the prompts that are not cached."""
        cached: dict[str, bytes] = {}
        missing = []
        for one in prompt_ids:
            content = self._cache.contents.find((self._commit, one))
            if content is None:
                missing.append(one)
            else:
                cached.update(content)
        return cached, missing

    async def _read(self, asked: set[str]) -> dict[str, bytes]:
        entries = await self._entries_of(asked)
        there = {one: entries[one] for one in asked if one in entries}
        contents = await read_entries(self._location, self.label, there)
        for one in asked:
            self._cache.contents.put((self._commit, one), {one: contents[one]} if one in contents else {})
        return contents

    async def matching(self, _pattern: str) -> None:
        """Return None: commits are not searched."""

    async def ids(self) -> tuple[str, ...]:
        """Return the ids of the prompts in the commit, sorted; the first call starts one process.

        Raises:
            HistoryError: Git failed.
        """
        entries = await self._cached()
        if entries is None:
            self._all = entries = await self._list((await self.place()).pathspecs())
            self._cache.listings.put(self._commit, entries)
        return tuple(regular_files(entries))

    async def non_prompt_files(self) -> tuple[str, ...]:
        """Return the paths of the other files in the prompt directory, sorted.

        Raises:
            HistoryError: Git failed.
        """
        place = await self.place()
        entries = await self._listed(place.pathspecs())
        return non_prompt_paths(place, ((entry.mode, path) for path, entry in entries))

    async def _entries_of(self, asked: set[str]) -> Mapping[str, Entry]:
        if self._all is not None:
            return self._all
        if self._index and self._staged:
            before = self._staged.before
            staged = await self._index.entries_of(asked.difference(before))
            if staged is not None:
                return staged | {one: entry for one in asked if (entry := before.get(one))}
        place = await self.place()
        return await self._list(place.pathspecs([place.path_of(one) for one in asked]))

    async def _cached(self) -> dict[str, Entry] | None:
        """Return the entries of all prompts if they are cached or derived."""
        if self._all is None and self._index and self._staged:
            self._all = await self._index.entries_before(self._staged.before)
        return self._all or self._cache.listings.find(self._commit)

    async def _list(self, pathspecs: Iterable[str]) -> dict[str, Entry]:
        entries, place = await self._listed(pathspecs), await self.place()
        return {one: entry for path, entry in entries if (one := place.id_of(path)) is not None}

    async def _listed(self, pathspecs: Iterable[str]) -> list[tuple[str, Entry]]:
        git = self._location.git
        return parse_tree(await git.run("ls-tree", "-r", "-z", "--full-tree", self._commit, "--", *pathspecs))


# The threads of git grep block each other on objects: one is twice as fast as eight.
_FORM: Final = ("-P", "-a", "-l", "-z", "--full-name", "--no-color", "--no-recurse-submodules", "--threads=1")
_EMPTY: Final = frozenset(
    {
        "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
        "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
    }
)
"""The object ids of an empty file, in repositories that use SHA-1 and SHA-256."""
_NO_MATCH: Final = 1
_MERGED: Final = "0"
"""The stage of a file that is not in a merge conflict."""


class _Staged(NamedTuple):
    """Content of the index: entries of prompts, prompts in a merge conflict, and other files."""

    entries: dict[str, Entry]
    conflicts: frozenset[str]
    non_prompt_files: tuple[str, ...]


class IndexSnapshot:
    """Snapshot of the index, read once on first use. It need not be closed.

    Args:
        location: The repository of the prompt directory.
    """

    def __init__(self, location: RepositoryLocation) -> None:
        self._location = location
        self._read: _Staged | None = None
        self._reading = asyncio.Lock()  # concurrent calls read it once

    @property
    def commit(self) -> None:
        """None: the index is no commit."""
        return

    @property
    def label(self) -> str:
        """The name of the snapshot in error messages."""
        return "the index"

    @property
    def notice(self) -> str:
        """Empty: the index has one name."""
        return ""

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of the prompts that are staged.

        Raises:
            HistoryError: A file is in a merge conflict, a symbolic link or too large; git failed.

        Source: git-ls-files(1), git-cat-file(1).
        """
        entries = await self.entries_of(prompt_ids)
        if entries is None:
            staged = await self._staged()
            raise _unmerged(next(one for one in prompt_ids if one in staged.conflicts))
        return await read_entries(self._location, self.label, entries)

    async def entries_of(self, prompt_ids: Collection[str]) -> dict[str, Entry] | None:
        """Return the entries of the prompts that are staged; None if one is in a merge conflict.

        Raises:
            HistoryError: Git failed.
        """
        staged = await self._staged()
        if not staged.conflicts.isdisjoint(prompt_ids):
            return None
        return {one: entry for one in prompt_ids if (entry := staged.entries.get(one))}

    async def matching(self, pattern: str) -> frozenset[str] | None:
        """Return the prompts with a line that matches a pattern, by one ``git grep``.

        Args:
            pattern: A regular expression as Perl has them, of ASCII.

        Returns:
            Their ids; None if git was built without Perl expressions or would have to fetch.

        Raises:
            HistoryError: Git failed.

        Source: git-grep(1).
        """
        if is_partial(self._location.common_dir):
            return None  # git would fetch missing contents one by one
        grep = self._location.git.ask("grep", "--cached", *_FORM, "-e", pattern, "--", *self._location.pathspecs())
        # A prompt in a merge conflict counts as changed itself.
        answer, staged = await asyncio.gather(grep, self._staged())
        # Git reports unreadable files on standard error, with any status.
        if answer.errors or answer.status not in {0, _NO_MATCH}:
            return None
        paths = map(self._location.id_of, os.fsdecode(answer.output).split("\0"))
        return frozenset(one for one in paths if one is not None and one in staged.entries)

    async def ids(self) -> tuple[str, ...]:
        """Return the ids of all staged prompts, including those in a merge conflict, sorted.

        Raises:
            HistoryError: Git failed.
        """
        staged = await self._staged()
        return tuple(sorted({*regular_files(staged.entries), *staged.conflicts}))

    async def non_prompt_files(self) -> tuple[str, ...]:
        """Return the paths of the other staged files in the prompt directory, sorted.

        Raises:
            HistoryError: Git failed.
        """
        return (await self._staged()).non_prompt_files

    async def entries_before(self, before: Mapping[str, Entry | None]) -> dict[str, Entry] | None:
        """Return the entries of a commit by its difference to the index; None in a merge conflict.

        Args:
            before: The commit's entry of each prompt that differs; None without a file.

        Raises:
            HistoryError: Git failed.
        """
        staged = await self._staged()
        if staged.conflicts:
            return None
        entries = staged.entries | {one: entry for one, entry in before.items() if entry}
        return {one: entry for one, entry in entries.items() if before.get(one, entry)}

    async def _staged(self) -> _Staged:
        async with self._reading:
            if self._read is None:
                self._read = await self._list()
        return self._read

    async def _list(self) -> _Staged:
        location = self._location
        output = await location.git.run("ls-files", "--stage", "-z", "--", *location.pathspecs())
        listed = list(parse_listing(output))
        announced = await self._announced([path for (_, blob, _), path in listed if blob in _EMPTY])
        entries: dict[str, Entry] = {}
        conflicts, others = set[str](), set[str]()
        for (mode, blob, stage), path in listed:
            if path in announced:
                continue
            prompt_id = location.id_of(path)
            if prompt_id is None or not is_file(mode):
                others.add(path.removeprefix(location.prefix))
            if prompt_id is not None and stage == _MERGED:
                entries[prompt_id] = Entry(mode, blob)
            elif prompt_id is not None:
                conflicts.add(prompt_id)
        return _Staged(entries, frozenset(conflicts), tuple(sorted(others)))

    async def _announced(self, paths: Collection[str]) -> set[str]:
        """Return the files that were only announced by `git add --intent-to-add`."""
        if not paths:
            return set()
        # Compared with the empty tree, the index shows every file that a commit would contain.
        tree = await self._empty_tree()
        output = await self._location.git.run(
            *staged_against(tree), "--name-only", "--", *self._location.pathspecs(paths)
        )
        return set(paths).difference(os.fsdecode(output).split("\0"))

    async def _empty_tree(self) -> str:
        return (await self._location.git.run("hash-object", "-t", "tree", "--stdin")).decode("ascii").strip()


def _unmerged(prompt_id: str) -> HistoryError:
    return history_error(
        GitProblem.CONFLICT,
        f"prompt {prompt_id!r} has an unresolved merge conflict",
        help="resolve the conflict and `git add` the file",
        prompt_id=prompt_id,
    )
