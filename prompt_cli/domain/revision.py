"""Revisions, the part after ``@`` in ``support/triage@1.2.0``, and snapshots of the prompt files at one.

| text | revision |
| --- | --- |
| none | `Tree.WORKING` |
| ``1.2.0`` | `ExactVersion` |
| ``^1.2``, ``~1.2.0``, ``>=1,<2``, ``1.x``, ``1.2``, ``latest`` | `VersionRange` |
| ``:staged`` | `Tree.INDEX` |
| any other text, and always ``ref:NAME`` | `CommitIsh`, see gitrevisions(7) |
"""

from collections.abc import Collection, Mapping
from enum import Enum
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

from prompt_cli.domain.ids import check_id
from prompt_cli.domain.version import SemanticVersion, VersionRange, parse_range
from prompt_cli.errors import PromptIdError

_COMMIT_PREFIX = "ref:"
_MAX_LENGTH = 1_000  # limit of a reference, in characters; the longest names that git keeps as files have some 250


class Tree(Enum):
    """A state of the files other than a commit: on the disk, or in git's index.

    Examples:
        >>> from prompt_cli import Tree
        >>> str(Tree.INDEX)
        ':staged'
    """

    WORKING = "working tree"
    INDEX = ":staged"

    def __str__(self) -> str:
        return self.value


class ExactVersion(NamedTuple):
    """The newest commit that changed the file and has this version.

    Attributes:
        version: The version.

    Examples:
        >>> from prompt_cli import ExactVersion, SemanticVersion
        >>> str(ExactVersion(SemanticVersion(1, 2, 0)))
        '1.2.0'
    """

    version: SemanticVersion

    def __str__(self) -> str:
        return str(self.version)


class CommitIsh(NamedTuple):
    """A commit by a name that git resolves: ``HEAD~3``, a branch, a tag, an object id.

    Attributes:
        name: The name, without ``ref:``.

    Examples:
        >>> from prompt_cli import CommitIsh
        >>> str(CommitIsh("HEAD~3"))
        'HEAD~3'
    """

    name: str

    def __str__(self) -> str:
        return self.name


Revision: TypeAlias = Tree | ExactVersion | VersionRange | CommitIsh
"""A state of a prompt's file: on the disk, in the index, or in a commit."""

RevisionLike: TypeAlias = str | SemanticVersion | Revision | None
"""A revision as the Python API accepts it: its text, a version, or None for the working tree."""


class PromptReference(NamedTuple):
    """A prompt at a revision.

    Attributes:
        id: The id of the prompt.
        revision: The revision.

    Examples:
        >>> from prompt_cli import CommitIsh, PromptReference
        >>> str(PromptReference("support/triage", CommitIsh("main")))
        'support/triage@main'
    """

    id: str
    revision: Revision

    def __str__(self) -> str:
        return self.id if self.revision is Tree.WORKING else f"{self.id}@{self.revision}"


@runtime_checkable
class Snapshot(Protocol):
    """One state of all prompt files: the working tree, the index or a commit.

    Examples:
        >>> from prompt_cli import InMemoryStorage
        >>> isinstance(InMemoryStorage(), Snapshot)
        True
    """

    @property
    def label(self) -> str:
        """Its name in messages: ``the working tree``, ``the index``, ``commit 1a2b3c4``."""

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bytes of the prompts' files, without those that do not exist in this state.

        Args:
            prompt_ids: The ids of the prompts.

        Returns:
            The bytes of each file, by the id of its prompt.

        Raises:
            StorageError: A file of the working tree could not be read.
            HistoryError: Git could not answer.
        """

    async def ids(self) -> tuple[str, ...]:
        """Return the id of every prompt in this state, sorted.

        Returns:
            The ids.

        Raises:
            StorageError: The directory could not be read.
            HistoryError: Git could not answer.
        """


def parse_revision(text: RevisionLike) -> Revision:
    """Read a revision; a version wins over a commit of the same name.

    >>> parse_revision("1.2.0")
    ExactVersion(version=SemanticVersion(major=1, minor=2, patch=0, pre_release=''))
    >>> parse_revision("ref:1.2.0")
    CommitIsh(name='1.2.0')
    """
    if text is None:
        return Tree.WORKING
    if isinstance(text, SemanticVersion):
        return ExactVersion(text)
    if isinstance(text, Tree | ExactVersion | VersionRange | CommitIsh):
        return text
    if not isinstance(text, str):
        raise PromptIdError(f"{text!r} is not a valid revision: it must be a string", help='write "1.2.0"')
    _refuse_long(text)
    if text == Tree.INDEX.value:
        return Tree.INDEX
    if text.startswith(_COMMIT_PREFIX):
        return CommitIsh(check_commit_name(text.removeprefix(_COMMIT_PREFIX)))
    try:
        return ExactVersion(SemanticVersion.parse(text))
    except ValueError:
        return parse_range(text) or CommitIsh(check_commit_name(text))


def parse_reference(text: str) -> PromptReference:
    """Read ``ID[@REVISION]``; the id ends at the first ``@``, because a revision may hold one (``@{upstream}``)."""
    if not isinstance(text, str):
        raise PromptIdError(f"{text!r} is not a valid prompt id: it must be a string")
    _refuse_long(text)
    prompt_id, at, revision = text.partition("@")
    if at and not revision:
        raise PromptIdError(
            f"{text!r} has no revision after the @",
            help=f"write {prompt_id}@1.0.0, {prompt_id}@HEAD~1, or leave the @ out",
        )
    return PromptReference(check_id(prompt_id), parse_revision(revision if at else None))


def _refuse_long(text: str) -> None:
    if len(text) > _MAX_LENGTH:
        raise PromptIdError(f"{text[:20]!r}... is longer than {_MAX_LENGTH:,} characters", help="shorten it")


def reference_of(prompt_id: str, version: RevisionLike) -> PromptReference:
    """Return a prompt at a revision, which is part of the id or an argument of its own, but not both."""
    reference = parse_reference(prompt_id)
    if version is None:
        return reference
    if reference.revision is not Tree.WORKING:
        raise PromptIdError(f"{prompt_id!r} has a revision, and version is another one", help="leave one of them out")
    return PromptReference(reference.id, parse_revision(version))


def check_commit_name(name: object) -> str:
    """Return the name of a commit if git can be asked for it; an empty name, and some characters, are errors."""
    # git refuses such names too (git-check-ref-format), and an argument cannot hold NUL.
    if not isinstance(name, str) or not name or not name.isprintable():
        raise PromptIdError(
            f"{name!r} is not a valid revision", help="a version (1.2.0, ^1.2, latest) or a commit's name"
        )
    return name
