"""Trying the examples of a prompt, each once, however many rules ask what came out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.binding import try_bind
from prompt_cli.errors import TemplateError, VariableError
from prompt_cli.handlebars.runtime import PROMPT_OPTIONS, Budget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_cli.domain.example import Example
    from prompt_cli.domain.message import Message
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.domain.renderable import Renderable
    from prompt_cli.errors import Problem


class Trial(NamedTuple):
    """What came of rendering an example.

    Attributes:
        example: The example.
        problems: Why its values do not fit.
        messages: What is rendered; None where nothing could be.
        error: Why values that fit could not be rendered.
    """

    example: Example
    problems: Sequence[Problem] = ()
    messages: Sequence[Message] | None = None
    error: TemplateError | None = None


def try_examples(prompt: Prompt | None, renderable: Renderable | None) -> tuple[Trial, ...]:
    """Render the examples of a prompt, all by one budget; where it cannot be rendered, only bind their values."""
    budget = Budget(PROMPT_OPTIONS.limits.work)
    return tuple(_tried(prompt, one, renderable, budget) for one in prompt.examples) if prompt else ()


def _tried(prompt: Prompt, example: Example, renderable: Renderable | None, budget: Budget) -> Trial:
    if renderable is None:
        return Trial(example, try_bind(prompt.variables, example.variables, budget).problems)
    try:
        return Trial(example, (), renderable.render_messages(example.variables, budget))
    except VariableError as error:
        return Trial(example, error.problems)
    except TemplateError as error:
        return Trial(example, error=error)
