"""What a model would read of prompts at two revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import typer

from prompt_cli.changes.comparison import RenderedComparison, RenderedMessage, RenderedSide
from prompt_cli.cli.rendering import values_of
from prompt_cli.cli.values import GivenValues
from prompt_cli.domain.revision import PromptReference
from prompt_cli.errors import PromptManagerError, PromptNotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_cli.cli.comparing import Sides
    from prompt_cli.cli.session import Workspace
    from prompt_cli.domain.json_values import JsonObject, JsonValue
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.engines.bound import BoundPrompt


class Values(NamedTuple):
    """The values to render with: an example's, the first one's where there is none, and some given one by one."""

    example: str | None
    assignments: tuple[str, ...]


class Labels(NamedTuple):
    """What to call two sides: ``HEAD``, ``working tree``."""

    old: str
    new: str


async def render_sides(workspace: Workspace, sides: Sides, labels: Labels, values: Values) -> RenderedComparison:
    """Render a prompt at two revisions with the same values.

    Args:
        workspace: Where the prompt is.
        sides: What to render.
        labels: What to call the sides.
        values: What to fill in.

    Raises:
        BadParameter: No side has the example, or the variable, that was asked for.
    """
    before = after = None
    problem = ""
    try:
        old, new = await _bound(workspace, sides.old), await _bound(workspace, sides.new)
        bound = [one for one in (old, new) if one]
        _check_names([one.prompt for one in bound], values)
        given = await _examples([one.prompt for one in bound], values.example)
        before, after = [await _messages(one, given, values) if one else None for one in (old, new)]
    except PromptManagerError as error:
        before = after = None
        problem = str(error)
    return RenderedComparison(sides.new.id, RenderedSide(labels.old, before), RenderedSide(labels.new, after), problem)


async def _bound(workspace: Workspace, reference: PromptReference) -> BoundPrompt | None:
    try:
        return await workspace.manager.bind(reference.id, version=reference.revision)
    except PromptNotFoundError:
        return None


def _check_names(prompts: Sequence[Prompt], values: Values) -> None:
    names = {name for prompt in prompts for name in prompt.variable_set}
    for assignment in values.assignments:
        if "=" in assignment and (name := _name(assignment)) not in names:
            raise typer.BadParameter(f"neither side has a variable {name!r}", param_hint="--var")


async def _examples(prompts: Sequence[Prompt], name: str | None) -> JsonObject:
    """Gather the values of both sides' examples; where both have one, the new one's win."""
    having = [one for one in prompts if name is None or any(example.name == name for example in one.examples)]
    given: dict[str, JsonValue] = {}
    for prompt in having or prompts[-1:]:
        wanted = name or next((one.name for one in prompt.examples), None)
        given |= await _values(prompt, (), wanted)
    return given


async def _messages(bound: BoundPrompt, given: JsonObject, values: Values) -> tuple[RenderedMessage, ...]:
    # What one revision does not declare is the difference itself, and no reason to show nothing.
    names = bound.prompt.variable_set
    own = [one for one in values.assignments if "=" not in one or _name(one) in names]
    known = {name: value for name, value in given.items() if name in names}
    known |= await _values(bound.prompt, own, None)
    if not bound.prompt.is_chat:
        return (RenderedMessage("", bound.render(known)),)
    return tuple(RenderedMessage(str(one.role), one.content) for one in bound.render_messages(known))


async def _values(prompt: Prompt, assignments: Sequence[str], example: str | None) -> JsonObject:
    return await values_of(prompt, GivenValues(assignments, example=example))


def _name(assignment: str) -> str:
    return assignment.partition("=")[0]
