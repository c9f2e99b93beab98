"""A prompt at two revisions, and what is to be thought of it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.version import Level, declared_level, required_version

if TYPE_CHECKING:
    from prompt_cli.domain.change import Change
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.domain.version import SemanticVersion


class Side(NamedTuple):
    """One side of a diff.

    Attributes:
        label: What it is: ``HEAD``, ``1.2.0``, ``working tree``.
        path: The file, as people are shown it.
        content: The file's bytes; None where the prompt is not there.
    """

    label: str
    path: str
    content: bytes | None


class PromptDiff(NamedTuple):
    """A prompt at two revisions, at least one of which has it; or two prompts."""

    old: Side
    new: Side


class Verdict(StrEnum):
    """Whether a prompt's version says what its changes are."""

    UNCHANGED = "unchanged"
    """Nothing differs."""
    NONE_NEEDED = "none-needed"
    """What differs needs no bump."""
    SUFFICES = "suffices"
    """The version was raised enough."""
    TOO_LOW = "too-low"
    """The version was not raised, or not enough."""
    WENT_DOWN = "went-down"
    """The version is lower than it was."""
    ADDED = "added"
    DELETED = "deleted"
    UNJUDGED = "unjudged"
    """A side is broken."""

    @property
    def at_fault(self) -> bool:
        """Whether the version has to be set right."""
        return self in {Verdict.TOO_LOW, Verdict.WENT_DOWN}


class PromptComparison(NamedTuple):
    """A prompt at two revisions, compared.

    Attributes:
        id: The prompt; where two prompts are compared, the new one.
        old: Its file at the old revision.
        new: Its file at the new revision.
        old_prompt: What the old file holds; None where there is none or it is broken.
        new_prompt: What the new file holds.
        changes: What changed; empty where it could not be judged, and for prompts that were added or deleted.
        problem: Why it could not be judged; empty where it was.
    """

    id: str
    old: Side
    new: Side
    old_prompt: Prompt | None
    new_prompt: Prompt | None
    changes: tuple[Change, ...] = ()
    problem: str = ""

    @property
    def old_version(self) -> SemanticVersion | None:
        """The version it had; None where that is not known."""
        return None if self.old_prompt is None else self.old_prompt.version

    @property
    def new_version(self) -> SemanticVersion | None:
        """The version it has; None where that is not known."""
        return None if self.new_prompt is None else self.new_prompt.version

    @property
    def level(self) -> Level | None:
        """How much of the version the changes have to raise; None where there are not two sides to judge."""
        if self.problem or self.old_prompt is None or self.new_prompt is None:
            return None
        return max((change.level for change in self.changes), default=Level.NONE)

    @property
    def declared(self) -> Level | None:
        """By how much the version was raised; None where it went down or is not known."""
        if self.old_version is None or self.new_version is None:
            return None
        return declared_level(self.old_version, self.new_version)

    @property
    def required(self) -> SemanticVersion | None:
        """The lowest version that the changes may bear; None where there are not two sides to judge."""
        if self.level is None or self.old_version is None:
            return None
        return required_version(self.old_version, self.level)

    @property
    def verdict(self) -> Verdict:
        """Whether the version says what the changes are."""
        if self.problem:
            return Verdict.UNJUDGED
        if self.old.content is None:
            return Verdict.ADDED
        if self.new.content is None:
            return Verdict.DELETED
        if self.new_version is None or self.old_version is None or self.required is None:
            return Verdict.UNJUDGED
        if self.new_version < self.old_version:
            return Verdict.WENT_DOWN
        if self.level is not Level.NONE:
            return Verdict.SUFFICES if self.new_version >= self.required else Verdict.TOO_LOW
        same = not self.changes and self.old.content == self.new.content
        return Verdict.UNCHANGED if same else Verdict.NONE_NEEDED


class RenderedMessage(NamedTuple):
    """A part of what a model would read.

    Attributes:
        role: Who speaks; empty in a text that is no chat.
        content: What is said.
    """

    role: str
    content: str


class RenderedSide(NamedTuple):
    """What a model would read of a prompt at one revision.

    Attributes:
        label: What it is: ``HEAD``, ``1.2.0``, ``working tree``.
        messages: The chat's messages, or one without a role; None where the prompt is not there.
    """

    label: str
    messages: tuple[RenderedMessage, ...] | None


class RenderedComparison(NamedTuple):
    """What a model would read of a prompt at two revisions, with the same values.

    Attributes:
        id: The prompt; where two prompts are compared, the new one.
        old: What it would have read.
        new: What it would read.
        problem: Why a side could not be rendered; empty where both were.
    """

    id: str
    old: RenderedSide
    new: RenderedSide
    problem: str = ""
