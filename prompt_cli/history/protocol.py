"""Protocols of version stores, for prompts at revisions and for comparing and committing changes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from prompt_cli.domain.revision import Revision, Snapshot, Tree
from prompt_cli.domain.version import SemanticVersion
from prompt_cli.errors import HistoryError

if TYPE_CHECKING:
    from prompt_cli.history.diff import FileStatus


class PromptVersion(NamedTuple):
    """Version of a prompt at the newest commit that changed the file and left it with this version.

    Attributes:
        version: The version in the file.
        commit: The commit's object id, 40 or 64 hexadecimal digits.
        blob: The object id of the file's content there.
        date: When it was committed, with its time zone.
        author: The author's name, after the mailmap.
        subject: The first line of the commit's message.
        contents: The number of different contents committed under this version; more than one is a mistake.
        before: The version before; None for the first one, or if unknown.
        down: Whether a commit lowered the version to this one.

    Examples:
        >>> from datetime import UTC, datetime
        >>> from prompt_cli import SemanticVersion
        >>> day = datetime(2026, 5, 4, tzinfo=UTC)
        >>> one = PromptVersion(SemanticVersion(1, 2, 0), "1a2b3c4" + "0" * 33, "f" * 40, day, "Ada", "Bump greeting")
        >>> f"{one.version} by {one.author}"
        '1.2.0 by Ada'
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
    """The ids of the prompts that differ between two states, each kind sorted.

    Attributes:
        added: The prompts that only the new state has.
        changed: The prompts whose content differs.
        deleted: The prompts that only the old state has.

    Examples:
        >>> from prompt_cli import ChangedPrompts
        >>> ChangedPrompts(added=("greeting",), changed=(), deleted=()).added
        ('greeting',)
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    deleted: tuple[str, ...]


@runtime_checkable
class StoredSnapshot(Snapshot, Protocol):
    """Snapshot of all prompts in a version store.

    Examples:
        >>> from prompt_cli import InMemoryStorage, StoredSnapshot
        >>> isinstance(InMemoryStorage(), StoredSnapshot)  # in no commit and not the index
        False
    """

    @property
    def commit(self) -> str | None:
        """The commit's object id; None for the index."""

    @property
    def notice(self) -> str:
        """A sentence for the user about how the revision was read; usually empty."""

    async def matching(self, pattern: str) -> Collection[str] | None:
        """Return the ids of the prompts with a line that matches a pattern.

        Args:
            pattern: A Perl-compatible regular expression of ASCII.

        Returns:
            Their ids; None if the snapshot cannot be searched.

        Raises:
            HistoryError: Git failed.
        """

    async def non_prompt_files(self) -> tuple[str, ...]:
        """Return the paths of the other files in the prompt directory, sorted.

        Returns:
            The paths below the prompt directory.

        Raises:
            HistoryError: Git failed.
        """


@runtime_checkable
class VersionStoreProtocol(Protocol):
    """Store of the versions of prompts, which is enough for rendering a version and listing versions.

    `GitVersionStore` implements it, and also `ChangeStoreProtocol`, for comparing with commits and for committing.

    Examples:
        A store over a dictionary of releases; a state of `InMemoryStorage` is a snapshot:

        >>> import asyncio
        >>> from prompt_cli import InMemoryStorage, PromptManager, PromptRegistry, VersionNotFoundError
        >>> class Releases:
        ...     def __init__(self, states):
        ...         self.states = states
        ...     async def snapshot(self, prompt_id, revision):
        ...         if str(revision) not in self.states:
        ...             raise VersionNotFoundError(prompt_id, revision, available=list(self.states))
        ...         return self.states[str(revision)]
        ...     async def versions(self, prompt_id):
        ...         return []
        >>> released = InMemoryStorage({"hello": "{id: hello, version: 1.0.0, format: text, template: Hello!}"})
        >>> manager = PromptManager(PromptRegistry(InMemoryStorage()), version_store=Releases({"1.0.0": released}))
        >>> asyncio.run(manager.render("hello", version="1.0.0"))
        'Hello!'
    """

    async def snapshot(self, prompt_id: str, revision: Revision) -> Snapshot:
        """Return the state of all prompts that a revision of a prompt names.

        Args:
            prompt_id: The id of the prompt.
            revision: A version, a range, a commit or the index; never the working tree.

        Returns:
            The state, in which the prompt may still be missing.

        Raises:
            VersionNotFoundError: The prompt has no such version; its versions are listed.
            PromptNotFoundError: The prompt is in no commit.
            HistoryError: Git failed: no repository, no such commit, a clone too shallow to tell.
        """

    async def versions(self, prompt_id: str) -> Sequence[PromptVersion]:
        """Return every version the prompt has had, in the order of ``git log``: newest commit first.

        Args:
            prompt_id: The id of the prompt.

        Returns:
            The versions, each at the newest commit that left the file with it.

        Raises:
            PromptNotFoundError: The prompt is in no commit.
            HistoryError: Git failed.
        """


@runtime_checkable
class ChangeStoreProtocol(VersionStoreProtocol, Protocol):
    """Version store that also compares states and writes commits, for `bump` and ``validate --against``.

    Examples:
        >>> from prompt_cli import GitVersionStore
        >>> issubclass(GitVersionStore, ChangeStoreProtocol)
        True
    """

    async def snapshot(self, prompt_id: str, revision: Revision) -> StoredSnapshot:
        """Return the snapshot, a commit or the index, of a revision; see `VersionStoreProtocol.snapshot`."""

    async def pinned(
        self, prompt_id: str, version: SemanticVersion, *, at: StoredSnapshot | None = None
    ) -> StoredSnapshot:
        """Return the snapshot that an include of a version names, such as ``{{> "shared/tone@1.0.0"}}``.

        Args:
            prompt_id: The id of the partial.
            version: The version.
            at: The commit of the prompt that includes it; None is HEAD.

        Returns:
            The snapshot of the newest commit with the version, up to the includer's commit.

        Raises:
            VersionNotFoundError: The prompt has no such version; its versions are listed.
            PromptNotFoundError: The prompt is in no commit.
            HistoryError: Git failed: no repository, a clone too shallow to tell.
        """

    async def versions_many(
        self, prompt_ids: Collection[str], *, at: StoredSnapshot | None = None
    ) -> Mapping[str, Sequence[PromptVersion]]:
        """Return every version that prompts have had, up to a commit or HEAD.

        Args:
            prompt_ids: The ids of the prompts.
            at: The commit; None is HEAD.

        Returns:
            The versions of each prompt, newest first; none for a prompt that was never committed.

        Raises:
            HistoryError: Git failed.
        """

    async def commits_of(
        self, prompt_ids: Collection[str], *, at: StoredSnapshot | None = None
    ) -> Mapping[str, Mapping[SemanticVersion, str]]:
        """Return the newest commit of each version that prompts have had.

        Args:
            prompt_ids: The ids of the prompts.
            at: The commit whose history is read; None is HEAD.

        Returns:
            The object ids of the commits, by prompt and version.

        Raises:
            HistoryError: Git failed.
        """

    async def first_commits_of(self, versions: Mapping[str, SemanticVersion]) -> Mapping[str, StoredSnapshot]:
        """Return the snapshots of the commits that first set the versions of prompts at HEAD.

        Args:
            versions: The version that each of the prompts has at HEAD.

        Returns:
            The snapshot of each prompt whose version is found.

        Raises:
            HistoryError: Git failed.
        """

    async def tip(self, ref: str) -> StoredSnapshot:
        """Return the snapshot of a commit, by any name that git resolves.

        Args:
            ref: The name: a branch, a tag, an object id.

        Returns:
            The snapshot of the commit.

        Raises:
            HistoryError: There is no such commit; git failed.
        """

    async def find(self, ref: str) -> StoredSnapshot | None:
        """Return the snapshot of a commit, by any name that git resolves; None for an unknown name.

        Args:
            ref: The name: a branch, a tag, an object id.

        Returns:
            The snapshot of the commit; None if the name is unknown.

        Raises:
            HistoryError: Git failed.
        """

    async def default_base(self) -> str | None:
        """Return the branch that changes go into: the default branch of the remote.

        Returns:
            Its name, such as ``origin/HEAD`` or ``origin/main``; None without a remote that has one.

        Raises:
            HistoryError: Git failed.
        """

    async def merge_base(self, ref: str) -> StoredSnapshot:
        """Return the merge base of HEAD and another commit.

        Args:
            ref: The other commit, by any name that git resolves.

        Returns:
            The snapshot of the merge base; the first of several.

        Raises:
            HistoryError: They have no common ancestor, or the clone is too shallow to tell; git failed.
        """

    async def changed_ids(self, old: StoredSnapshot, new: StoredSnapshot | Tree) -> ChangedPrompts:
        """Return the prompts whose content differs between two states.

        Args:
            old: A commit.
            new: A commit, the index, or the working tree.

        Returns:
            The ids of the added, changed and deleted prompts.

        Raises:
            HistoryError: Git failed.
        """

    async def new_non_prompt_files(self, old: StoredSnapshot | None, new: StoredSnapshot) -> tuple[str, ...]:
        """Return the non-prompt files that a snapshot adds, as paths below the prompt directory.

        Args:
            old: The snapshot before; None before the first commit.
            new: The snapshot.

        Returns:
            The paths, sorted.

        Raises:
            HistoryError: Git failed.
        """

    async def read_files(self, at: StoredSnapshot, paths: Sequence[Path]) -> Mapping[Path, bytes]:
        """Return the bytes of the files that exist in a commit, by absolute path.

        Args:
            at: The commit.
            paths: The absolute paths of files such as settings.

        Returns:
            The bytes of the files that exist there.

        Raises:
            HistoryError: Git failed.
        """

    async def existing_tags(self, names: Sequence[str]) -> Sequence[str]:
        """Return the names that are existing tags.

        Args:
            names: The names.

        Returns:
            The names that are tags, in the given order.

        Raises:
            HistoryError: Git failed.
        """

    async def tag(self, names: Sequence[str], commit: str) -> None:
        """Add annotated tags to a commit: all of them, or none.

        Args:
            names: The names of the tags.
            commit: The commit's object id.

        Raises:
            HistoryError: A tag exists already, or git refused.
        """

    async def statuses(self, prompt_ids: Collection[str]) -> "Mapping[str, FileStatus]":
        """Return the status of prompts' files.

        Args:
            prompt_ids: The ids of the prompts.

        Returns:
            The status of each prompt's file, by its id.

        Raises:
            HistoryError: Git failed.
        """

    async def commit(self, prompt_ids: Sequence[str], message: str) -> str:
        """Commit the files of these prompts alone; other changes stay as they are.

        Args:
            prompt_ids: The ids of the prompts.
            message: The commit message.

        Returns:
            The commit's object id.

        Raises:
            HistoryError: Git or one of its hooks refused.
        """


def change_store(store: VersionStoreProtocol, operation: str) -> ChangeStoreProtocol:
    """Return a version store for an operation that compares states or writes commits, or an error that names it."""
    if isinstance(store, ChangeStoreProtocol):
        return store
    members = [name for name in vars(ChangeStoreProtocol) if not name.startswith("_")]
    missing = [name for name in members if not hasattr(store, name)]
    raise HistoryError(
        f"cannot {operation}: {type(store).__name__} does not implement ChangeStoreProtocol, "
        f"it lacks {', '.join(missing[:_MAX_SHOWN])}{', ...' if len(missing) > _MAX_SHOWN else ''}",
        help="use GitVersionStore, or implement the missing methods",
    )


_MAX_SHOWN = 3
