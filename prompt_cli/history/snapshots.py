"""The prompts as of a commit."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.history.errors import GitProblem, history_error
from prompt_cli.history.objects import (
    Entries,
    Entry,
    is_file,
    is_partial,
    listed,
    non_prompt_paths,
    prompts_listed,
    read_entries,
)
from prompt_cli.history.raw_diff import staged_against

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from prompt_cli.errors import HistoryError
    from prompt_cli.history.diff import Staged
    from prompt_cli.history.repository import RepositoryLocation


class CommitSnapshot:
    """The prompts as of a commit. It holds no process and need not be closed.

    Args:
        location: Where the prompt directory is.
        commit: The commit's object id.
        notice: What whoever asked for it should be told; empty mostly.
    """

    def __init__(self, location: RepositoryLocation, commit: str, *, notice: str = "") -> None:
        self._location = location
        self._commit = commit
        self._notice = notice
        self._all: Entries | None = None
        self._index: IndexSnapshot | None = None
        self._staged: Staged | None = None

    def derive_from_index(self, index: IndexSnapshot, staged: Staged) -> None:
        """Take its files from the index, where those that differ are known: nothing has to be listed then.

        Args:
            index: The index.
            staged: How it differs from the commit.
        """
        self._index, self._staged = index, staged

    def new_non_prompt_files(self, state: object) -> tuple[str, ...] | None:
        """Return the paths of what is no prompt in another state and was none here; None where that is not known."""
        return self._staged.non_prompt_files if self._staged and state is self._index else None

    @property
    def commit(self) -> str:
        """The commit's object id, 40 or 64 hexadecimal digits."""
        return self._commit

    @property
    def label(self) -> str:
        """What to call it in a message: ``commit 1a2b3c4``."""
        return f"commit {self._commit[:7]}"

    @property
    def notice(self) -> str:
        """What whoever asked for this state should be told, as a sentence; empty mostly."""
        return self._notice

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of those prompts' files that the commit has: two processes, however many they are.

        Raises:
            HistoryError: A file is a symbolic link or too large; git could not answer.

        Source: git-ls-tree(1), git-cat-file(1).
        """
        asked = set(prompt_ids)
        if not asked:
            return {}
        entries = await self._entries_of(asked)
        return await read_entries(self._location, self.label, {one: entries[one] for one in asked if one in entries})

    async def matching(self, _pattern: str) -> None:
        """Return None: of a commit nobody asks which files match a pattern."""

    async def ids(self) -> tuple[str, ...]:
        """Return the id of every prompt the commit has, sorted: one process, the first time.

        Raises:
            HistoryError: Git could not answer.
        """
        entries = await self._known()
        if entries is None:
            self._all = entries = await self._list(self._location.pathspecs())
        return entries.files()

    async def non_prompt_files(self) -> tuple[str, ...]:
        """Return the paths, below the prompt directory, of the commit's files there that are no prompts, sorted.

        Raises:
            HistoryError: Git could not answer.
        """
        entries = await self._listed(self._location.pathspecs())
        return non_prompt_paths(self._location, ((entry.mode, path) for path, entry in entries))

    async def _entries_of(self, asked: set[str]) -> Mapping[str, Entry]:
        if self._all is not None:
            return self._all
        if self._index and self._staged:
            before = self._staged.before
            told = await self._index.entries_of(asked.difference(before))
            if told is not None:
                return told | {one: entry for one in asked if (entry := before.get(one))}
        return await self._list(self._location.pathspecs([self._location.path_of(one) for one in asked]))

    async def _known(self) -> Entries | None:
        """Return the entries of all its prompts where they are known."""
        if self._all is None and self._index and self._staged:
            self._all = await self._index.entries_before(self._staged.before)
        return self._all

    async def _list(self, pathspecs: Iterable[str]) -> Entries:
        entries = await self._listed(pathspecs)
        return Entries(
            {one: " ".join(entry) for path, entry in entries if (one := self._location.id_of(path)) is not None}
        )

    async def _listed(self, pathspecs: Iterable[str]) -> list[tuple[str, Entry]]:
        output = await self._location.git.run("ls-tree", "-r", "-z", "--full-tree", self._commit, "--", *pathspecs)
        return [(path, Entry(*information.split(" ")[0::2])) for information, path in listed(os.fsdecode(output))]


# Its threads wait for each other at each object: one takes half the time of eight, and leaves the processors to us.
_FORM: Final = ("-P", "-a", "-l", "-z", "--full-name", "--no-color", "--no-recurse-submodules", "--threads=1")
_EMPTY: Final = frozenset(
    {
        "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
        "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
    }
)
"""The object ids of an empty file, in repositories that use SHA-1 and SHA-256."""
_NO_MATCH: Final = 1
_SETTLED: Final = " 0"
"""The stage of a file that is in no merge conflict."""


class _Staged(NamedTuple):
    """What is staged: the entries of prompts, those that are in a merge conflict, and what is no prompt."""

    entries: Entries
    conflicts: frozenset[str]
    non_prompt_files: tuple[str, ...]


class IndexSnapshot:
    """The prompts as they are staged. The index is read once, when first asked about; nothing need be closed.

    Args:
        location: Where the prompt directory is.
    """

    def __init__(self, location: RepositoryLocation) -> None:
        self._location = location
        self._read: _Staged | None = None
        self._reading = asyncio.Lock()  # for whoever asks while it is read

    @property
    def commit(self) -> None:
        """None: the index is no commit."""
        return

    @property
    def label(self) -> str:
        """What to call it in a message."""
        return "the index"

    @property
    def notice(self) -> str:
        """What whoever asked for this state should be told: nothing."""
        return ""

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of those prompts' files that are staged, as a commit would have them.

        Raises:
            HistoryError: A file is in a merge conflict, a symbolic link or too large; git could not answer.

        Source: git-ls-files(1), git-cat-file(1).
        """
        entries = await self.entries_of(prompt_ids)
        if entries is None:
            staged = await self._staged()
            raise _unmerged(next(one for one in prompt_ids if one in staged.conflicts))
        return await read_entries(self._location, self.label, entries)

    async def entries_of(self, prompt_ids: Collection[str]) -> dict[str, Entry] | None:
        """Return the entries of those prompts that are staged; None where one is in a merge conflict.

        Raises:
            HistoryError: Git could not answer.
        """
        staged = await self._staged()
        if not staged.conflicts.isdisjoint(prompt_ids):
            return None
        return {one: entry for one in prompt_ids if (entry := staged.entries.get(one))}

    async def matching(self, pattern: str) -> frozenset[str] | None:
        """Return the prompts whose file has a line that a pattern matches; one process, and nothing of them is read.

        Args:
            pattern: A regular expression as Perl has them, of ASCII.

        Returns:
            Their ids; None where git cannot tell: it was built without such expressions, or would have to fetch.

        Raises:
            HistoryError: A file is in a merge conflict; git could not answer.

        Source: git-grep(1).
        """
        if is_partial(self._location.common_dir):
            return None  # git would fetch missing contents one by one
        grep = self._location.git.ask("grep", "--cached", *_FORM, "-e", pattern, "--", *self._location.pathspecs())
        answer, staged = await asyncio.gather(grep, self._staged())
        # Git reports files that it could not read on standard error, whatever the status.
        if answer.errors or answer.status not in {0, _NO_MATCH}:
            return None
        _check_merged(staged)
        paths = map(self._location.id_of, os.fsdecode(answer.output).split("\0"))
        return frozenset(one for one in paths if one is not None and one in staged.entries)

    async def ids(self) -> tuple[str, ...]:
        """Return the id of every staged prompt, those in a merge conflict included, sorted.

        Raises:
            HistoryError: Git could not answer.
        """
        staged = await self._staged()
        files = staged.entries.files()
        return tuple(sorted({*files, *staged.conflicts})) if staged.conflicts else files

    async def non_prompt_files(self) -> tuple[str, ...]:
        """Return the paths, below the prompt directory, of what is staged there and is no prompt, sorted.

        Raises:
            HistoryError: Git could not answer.
        """
        return (await self._staged()).non_prompt_files

    async def entries_before(self, before: Mapping[str, Entry | None]) -> Entries | None:
        """Return the entries of a state by those in which it differs; None where there is a merge conflict.

        Args:
            before: What the state has of each file that differs, by the prompt's id; None where it has none.

        Raises:
            HistoryError: Git could not answer.
        """
        staged = await self._staged()
        if staged.conflicts:
            return None
        told = staged.entries.told | {one: " ".join(entry) for one, entry in before.items() if entry}
        for one in (one for one, entry in before.items() if entry is None):
            told.pop(one, None)
        return Entries(told)

    async def _staged(self) -> _Staged:
        async with self._reading:
            if self._read is None:
                self._read = await self._list()
        return self._read

    async def _list(self) -> _Staged:
        location = self._location
        output = await location.git.run("ls-files", "--stage", "-z", "--", *location.pathspecs())
        prompts, rest = prompts_listed(location, os.fsdecode(output))
        links = [one for one, told in prompts.items() if not is_file(told)]
        others = [*rest, *((prompts[one], location.path_of(one)) for one in links)]
        if any(one.encode("ascii") in output for one in _EMPTY):
            empty = [location.path_of(one) for one, told in prompts.items() if _is_empty(told)]
            announced = await self._announced([*empty, *(path for told, path in rest if _is_empty(told))])
            prompts = {one: told for one, told in prompts.items() if location.path_of(one) not in announced}
            others = [(told, path) for told, path in others if path not in announced]
        conflicts = (location.id_of(path) for told, path in rest if not told.endswith(_SETTLED))
        merged = frozenset(one for one in conflicts if one is not None)
        return _Staged(Entries(prompts), merged, non_prompt_paths(location, others))

    async def _announced(self, paths: Collection[str]) -> set[str]:
        """Return those of the files staged as empty that are only announced (`git add --intent-to-add`)."""
        # Compared with nothing at all, the index has every file that a commit of it would have.
        tree = await self._empty_tree()
        output = await self._location.git.run(
            *staged_against(tree), "--name-only", "--", *self._location.pathspecs(paths)
        )
        return set(paths).difference(os.fsdecode(output).split("\0"))

    async def _empty_tree(self) -> str:
        return (await self._location.git.run("hash-object", "-t", "tree", "--stdin")).decode("ascii").strip()


def _check_merged(staged: _Staged) -> None:
    if staged.conflicts:
        raise _unmerged(min(staged.conflicts))


def _is_empty(told: str) -> bool:
    return told.split(" ")[1] in _EMPTY


def _unmerged(prompt_id: str) -> HistoryError:
    return history_error(
        GitProblem.CONFLICT,
        f"the prompt {prompt_id!r} is in a merge conflict: the index holds several contents of it",
        help="resolve the conflict and `git add` the file",
        prompt_id=prompt_id,
    )
