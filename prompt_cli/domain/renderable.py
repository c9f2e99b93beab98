"""What a prompt can do once an engine is bound to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_cli.domain.message import Message
    from prompt_cli.domain.values import JsonObject
    from prompt_cli.handlebars.runtime import Budget


@runtime_checkable
class Renderable(Protocol):
    """A prompt bound to an engine."""

    def render(self, values: JsonObject) -> str:
        """Return the prompt filled in, as one text.

        Raises:
            VariableError: The values do not fit the prompt's variables.
            TemplateRenderError: A template cannot be filled in with them.
        """
        ...

    def render_messages(self, values: JsonObject, budget: Budget | None = None) -> Sequence[Message]:
        """Return the prompt filled in, as messages.

        Args:
            values: The values of its variables.
            budget: The work it may do, shared with other renderings; one of its own where None.

        Raises:
            VariableError: The values do not fit the prompt's variables.
            TemplateRenderError: A template cannot be filled in with them.
        """
        ...
