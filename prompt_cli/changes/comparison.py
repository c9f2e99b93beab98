"""Comparisons of a prompt at two revisions, with their verdict."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.version import Level, SemanticVersion, declared_level, required_version, suffices

if TYPE_CHECKING:
    from prompt_cli.domain.change import Change
    from prompt_cli.domain.json_values import JsonObject
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.engines.bound import BoundPrompt


class Side(NamedTuple):
    """One side of a comparison.

    Attributes:
        label: The name of the revision: ``HEAD``, ``1.2.0``, ``working tree``.
        path: The displayed path of the file.
        content: The file's bytes; None if the prompt does not exist.

    Examples:
        >>> from prompt_cli import Side
        >>> Side("HEAD", "prompts/greeting.yaml", None).content is None
        True
    """

    label: str
    path: str
    content: bytes | None


class Verdict(StrEnum):
    """The verdict on a prompt's version, from its changes.

    Examples:
        >>> from prompt_cli import Verdict
        >>> [str(verdict) for verdict in Verdict if verdict.at_fault]
        ['too-low', 'went-down']
    """

    UNCHANGED = "unchanged"
    NONE_NEEDED = "none-needed"
    """The changes need no bump."""
    SUFFICES = "suffices"
    """The bump is enough."""
    TOO_LOW = "too-low"
    """The bump is missing or too low."""
    WENT_DOWN = "went-down"
    """The new version is below the old one."""
    ADDED = "added"
    DELETED = "deleted"
    UNJUDGED = "unjudged"
    """A side is broken."""

    @property
    def at_fault(self) -> bool:
        """Whether the version must be corrected."""
        return self in {Verdict.TOO_LOW, Verdict.WENT_DOWN}


class PromptComparison(NamedTuple):
    """The comparison of a prompt at two revisions, or of two prompts.

    Attributes:
        id: The id of the prompt; of two prompts, the id of the new one.
        old: The file at the old revision.
        new: The file at the new revision.
        old_prompt: The old prompt; None if the file is missing or broken.
        new_prompt: The new prompt; None if the file is missing or broken.
        changes: The changes; empty if a side is missing or broken.
        problem: The reason why the prompt could not be compared; empty if it was.
        renamed_from: The old id of a renamed prompt; None for other prompts.
        has_old_problem: Whether the old side is the reason of `problem`.

    Examples:
        >>> import asyncio
        >>> from prompt_cli import InMemoryStorage, PromptManager, PromptRegistry
        >>> storage = InMemoryStorage({one: f'''
        ... id: {one}
        ... version: 1.0.0
        ... format: text
        ... template: {text}
        ... ''' for one, text in [("a", "Hello!"), ("b", "Hello?")]})
        >>> compared = asyncio.run(PromptManager(PromptRegistry(storage)).diff("a", "b"))
        >>> compared.verdict, [change.message for change in compared.changes]
        (<Verdict.TOO_LOW: 'too-low'>, ['the text was changed'])
    """

    id: str
    old: Side
    new: Side
    old_prompt: "Prompt | None"
    new_prompt: "Prompt | None"
    changes: "tuple[Change, ...]" = ()
    problem: str = ""
    renamed_from: str | None = None
    has_old_problem: bool = False

    @property
    def old_version(self) -> SemanticVersion | None:
        """The old version; None without an old prompt."""
        return None if self.old_prompt is None else self.old_prompt.version

    @property
    def new_version(self) -> SemanticVersion | None:
        """The new version; None without a new prompt."""
        return None if self.new_prompt is None else self.new_prompt.version

    @property
    def level(self) -> Level | None:
        """The bump that the changes need; None if a side is missing or broken."""
        if self.problem or self.old_prompt is None or self.new_prompt is None:
            return None
        return max((change.level for change in self.changes), default=Level.NONE)

    @property
    def declared(self) -> Level | None:
        """The bump of the version; None if it went down, or a side is missing or broken."""
        if self.old_version is None or self.new_version is None:
            return None
        return declared_level(self.old_version, self.new_version)

    @property
    def required(self) -> SemanticVersion | None:
        """The lowest version that is enough for the changes; None if a side is missing or broken."""
        if self.level is None or self.old_version is None:
            return None
        return required_version(self.old_version, self.level)

    @property
    def verdict(self) -> Verdict:
        """The verdict on the version."""
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
            is_enough = self.new_version > self.old_version and suffices(self.new_version, self.required)
            return Verdict.SUFFICES if is_enough else Verdict.TOO_LOW
        same = not self.changes and self.old.content == self.new.content
        return Verdict.UNCHANGED if same else Verdict.NONE_NEEDED


class RenderedMessage(NamedTuple):
    """A rendered message; of a prompt of another format than chat, the role is empty."""

    role: str
    content: str


class RenderedSide(NamedTuple):
    """A prompt rendered at one revision, named as in `Side`; None in place of messages if it does not exist."""

    label: str
    messages: tuple[RenderedMessage, ...] | None


class RenderedComparison(NamedTuple):
    """A prompt rendered at two revisions with the same values; of two prompts, it has the id of the new one."""

    id: str
    old: RenderedSide
    new: RenderedSide
    problem: str = ""  # the reason why a side could not be rendered; empty if both were
    help: str = ""  # the next step, if there is a problem; may be empty

    @property
    def differs(self) -> bool:
        """Whether the rendered text differs."""
        return self.old.messages != self.new.messages


def example_values(prompts: "Sequence[Prompt]", name: str | None) -> "JsonObject":
    """Return the values of an example, by default the first, of each prompt that has it; later prompts override."""
    examples = [next((one for one in prompt.examples if name in {None, one.name}), None) for prompt in prompts]
    return {variable: value for one in examples if one for variable, value in one.variables.items()}


def render_side(
    bound: "BoundPrompt", values: "JsonObject", texts: Sequence[tuple[str, str]]
) -> tuple[RenderedMessage, ...]:
    """Render one of two prompts with values of both; those given as texts are read by its own types.

    A variable that only the other prompt declares is part of the difference, not an error.
    """
    from prompt_cli.domain.binding import read_values, variable_error  # few comparisons are rendered
    from prompt_cli.domain.variables import data_of

    prompt = bound.prompt
    read, problems = read_values(data_of(prompt.variables), [one for one in texts if one[0] in prompt.variables])
    if problems:
        raise variable_error(problems)
    own = {name: value for name, value in values.items() if name in prompt.variables} | read
    if not prompt.is_chat:
        return (RenderedMessage("", bound.render(own)),)
    return tuple(RenderedMessage(str(one.role), one.text) for one in bound.render_messages(own))
