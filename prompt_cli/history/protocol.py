"""What a version store is: prompts at revisions, and the versions a prompt has had."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from prompt_cli.domain.protocols import Snapshot

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from prompt_cli.domain.revision import Revision, Tree
    from prompt_cli.domain.version import SemanticVersion
    from prompt_cli.history.status import FileStatus


class PromptVersion(NamedTuple):
    """A version of a prompt, as the newest commit that touched the file and left it with it.

    Attributes:
        version: The version in the file.
        commit: The commit's object id, 40 or 64 hexadecimal digits.
        blob: The object id of the file's content there.
        date: When it was committed, with its time zone.
        author: The author's name, after the mailmap.
        subject: The first line of the commit's message.
        contents: How many different contents were committed under this version; more than one is a mistake.
        before: The version that the file had before; None where this is its first, or that is not known.
        down: Whether a commit lowered the version to this one.
    """

    version: SemanticVersion
    commit: str
    blob: str
    date: datetime
    author: str
    subject: str
    contents: int = 1
    before: SemanticVersion | None = None
    down: bool = False


class ChangedPrompts(NamedTuple):
    """The ids of the prompts that differ between two states, each kind sorted."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    deleted: tuple[str, ...]


@runtime_checkable
class StoredSnapshot(Snapshot, Protocol):
    """A state of every prompt's file that a version store has."""

    @property
    def commit(self) -> str | None:
        """The commit's object id; None for the index."""
        ...

    @property
    def notice(self) -> str:
        """What whoever asked for this state should be told, as a sentence; empty mostly."""
        ...

    async def matching(self, pattern: str) -> Collection[str] | None:
        """Return the prompts whose file has a line that a pattern matches, by their ids, without reading the files.

        Args:
            pattern: A regular expression as Perl has them, of ASCII.

        Returns:
            Their ids; None where that cannot be told so.

        Raises:
            HistoryError: Git could not answer.
        """
        ...

    async def non_prompt_files(self) -> tuple[str, ...]:
        """Return the paths, below the prompt directory, of the files there that are no prompts, sorted.

        Raises:
            HistoryError: Git could not answer.
        """
        ...


@runtime_checkable
class VersionStoreProtocol(Protocol):
    """Where the versions of prompts are."""

    async def snapshot(self, prompt_id: str, revision: Revision) -> StoredSnapshot:
        """Return the state of every prompt that a revision of one prompt names: a commit, or the index.

        Raises:
            VersionNotFoundError: The prompt has no such version; its versions are listed.
            PromptNotFoundError: The prompt is in no commit.
            HistoryError: Git could not answer: no repository, no such commit, a clone too shallow to tell.
        """
        ...

    async def versions(self, prompt_id: str) -> Sequence[PromptVersion]:
        """Return every version the prompt has had, in the order of ``git log``: newest commit first.

        Raises:
            PromptNotFoundError: The prompt is in no commit.
            HistoryError: Git could not answer.
        """
        ...

    async def versions_many(
        self, prompt_ids: Collection[str], *, at: StoredSnapshot | None = None
    ) -> Mapping[str, Sequence[PromptVersion]]:
        """Return every version that prompts have had, up to a commit or HEAD; none of a prompt that is in no commit.

        Raises:
            HistoryError: Git could not answer.
        """
        ...

    async def commits_of(
        self, prompt_ids: Collection[str], *, at: StoredSnapshot | None = None
    ) -> Mapping[str, Mapping[SemanticVersion, str]]:
        """Return the newest commit of each version that prompts have had, as `versions_many` does, and nothing of it.

        Raises:
            HistoryError: Git could not answer.
        """
        ...

    async def first_commits_of(self, versions: Mapping[str, SemanticVersion]) -> Mapping[str, StoredSnapshot]:
        """Return the states of the commits that first set the versions which prompts have at HEAD.

        Args:
            versions: The version that each of the prompts has at HEAD.

        Raises:
            HistoryError: Git could not answer.
        """
        ...

    async def tip(self, ref: str) -> StoredSnapshot:
        """Return the state of a commit, by any name git knows it by.

        Raises:
            HistoryError: There is no such commit; git could not answer.
        """
        ...

    async def find(self, ref: str) -> StoredSnapshot | None:
        """Return the state of a commit, by any name git knows it by; None where it knows none of that name.

        Raises:
            HistoryError: Git could not answer.
        """
        ...

    async def merge_base(self, ref: str) -> StoredSnapshot:
        """Return the state in which HEAD and another commit part.

        Raises:
            HistoryError: They have no common ancestor, or it cannot be told; git could not answer.
        """
        ...

    async def changed_ids(self, old: StoredSnapshot, new: StoredSnapshot | Tree) -> ChangedPrompts:
        """Return the prompts whose content differs between two states.

        Raises:
            HistoryError: Git could not answer.
        """
        ...

    async def new_non_prompt_files(self, old: StoredSnapshot | None, new: StoredSnapshot) -> tuple[str, ...]:
        """Return the paths, below the prompt directory, of what is no prompt in a state and was none before.

        Raises:
            HistoryError: Git could not answer.
        """
        ...

    async def read_files(self, at: StoredSnapshot, paths: Sequence[Path]) -> Mapping[Path, bytes]:
        """Return the bytes of those files, by absolute path, that a commit has.

        Raises:
            HistoryError: Git could not answer.
        """
        ...

    async def existing_tags(self, names: Sequence[str]) -> Sequence[str]:
        """Return those of the names that are tags already.

        Raises:
            HistoryError: Git could not answer.
        """
        ...

    async def tag(self, names: Sequence[str], commit: str) -> None:
        """Add annotated tags to a commit: all of them, or none.

        Raises:
            HistoryError: A tag exists already, or git refused.
        """
        ...

    async def statuses(self, prompt_ids: Collection[str]) -> Mapping[str, FileStatus]:
        """Return how prompts' files stand between HEAD, the index and the working tree.

        Raises:
            HistoryError: Git could not answer.
        """
        ...

    async def commit(self, prompt_ids: Sequence[str], message: str) -> str:
        """Commit the files of prompts alone, whatever else is staged or edited.

        Returns:
            The commit's object id.

        Raises:
            HistoryError: Git or one of its hooks refused, and said why.
        """
        ...
