"""Revisions: what stands behind the ``@`` in ``support/triage@1.2.0``.

| text | revision |
| --- | --- |
| none | `Tree.WORKING` |
| ``1.2.0`` | `ExactVersion` |
| ``^1.2``, ``~1.2.0``, ``>=1,<2``, ``1.x``, ``1.2``, ``latest`` | `VersionRange` |
| ``:staged`` | `Tree.INDEX` |
| anything else, and ``ref:NAME`` always | `CommitIsh`, as gitrevisions(7) has it |
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from prompt_cli.domain.ids import check_id
from prompt_cli.domain.version import SemanticVersion
from prompt_cli.errors import PromptIdError

if TYPE_CHECKING:
    from prompt_cli.domain.version import VersionRange

__all__ = [
    "CommitIsh",
    "ExactVersion",
    "PromptReference",
    "Revision",
    "RevisionLike",
    "Tree",
    "parse_reference",
    "parse_revision",
]

_FORCED = "ref:"
_LONGEST = 1_000
"""Characters of a reference; the longest names that git keeps as files have some 250."""


class Tree(Enum):
    """A state of the files that is no commit."""

    WORKING = "working tree"
    """The files as they are on the disk."""
    INDEX = ":staged"
    """The files as they are in git's index."""

    def __str__(self) -> str:
        return self.value


class ExactVersion(NamedTuple):
    """The newest commit that touched the file and left it with this version."""

    version: SemanticVersion

    def __str__(self) -> str:
        return str(self.version)


class CommitIsh(NamedTuple):
    """A commit by any name git knows: ``HEAD~3``, a branch, a tag, an object id.

    Attributes:
        name: The name, without the ``ref:`` that forces it to be read as one.
    """

    name: str

    def __str__(self) -> str:
        return self.name


Revision: TypeAlias = "Tree | ExactVersion | VersionRange | CommitIsh"
RevisionLike: TypeAlias = "str | SemanticVersion | Revision | None"
"""What the Python API takes for a revision: its text, a version, or None for the working tree."""


class PromptReference(NamedTuple):
    """A prompt at a revision: what a command takes for one."""

    id: str
    revision: Revision

    def __str__(self) -> str:
        return self.id if self.revision is Tree.WORKING else f"{self.id}@{self.revision}"


def parse_revision(text: RevisionLike) -> Revision:
    """Read a revision, as the command line and the Python API take it.

    Versions win over commits of the same name; ``ref:NAME`` is always the commit.

    Raises:
        PromptIdError: The text is empty, holds control characters, or is a range that cannot be read.

    >>> parse_revision("1.2.0")
    ExactVersion(version=SemanticVersion(major=1, minor=2, patch=0))
    >>> parse_revision("ref:1.2.0")
    CommitIsh(name='1.2.0')
    """
    if text is None:
        return Tree.WORKING
    if isinstance(text, SemanticVersion):
        return ExactVersion(text)
    if not isinstance(text, str):
        return text
    if text == Tree.INDEX.value:
        return Tree.INDEX
    if text.startswith(_FORCED):
        return CommitIsh(_checked(text.removeprefix(_FORCED), text))
    try:
        return ExactVersion(SemanticVersion.parse(text))
    except ValueError:
        from prompt_cli.domain.version import parse_range  # most revisions are none

        return parse_range(text) or CommitIsh(_checked(text, text))


def parse_reference(text: str) -> PromptReference:
    """Read ``ID[@REVISION]``; the id ends at the first ``@``, for ids have none and revisions may (``@{upstream}``).

    Raises:
        PromptIdError: The id is none, or the revision cannot be read.
    """
    if len(text) > _LONGEST:
        raise PromptIdError(f"{text[:20]!r}... is longer than {_LONGEST:,} characters", help="shorten it")
    prompt_id, at, revision = text.partition("@")
    if at and not revision:
        raise PromptIdError(
            f"{text!r} names no revision", help=f"write {prompt_id}@1.0.0, {prompt_id}@HEAD~1, or leave the @ out"
        )
    return PromptReference(check_id(prompt_id), parse_revision(revision if at else None))


def _checked(name: str, given: str) -> str:
    # git refuses these in names too (git-check-ref-format), and a NUL cannot even be handed to it.
    if not name or not name.isprintable():
        raise PromptIdError(f"{given!r} is no revision", help="a version (1.2.0, ^1.2, latest) or a commit's name")
    return name
