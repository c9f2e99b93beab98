"""A rendered prompt: its messages, the request to a provider, and its telemetry."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from prompt_cli.domain.message import as_text
from prompt_cli.domain.variables import INPUT_TYPES, is_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompt_cli.domain.json_values import JsonObject
    from prompt_cli.domain.message import Message
    from prompt_cli.domain.prompt import Prompt


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """A rendered prompt.

    Attributes:
        prompt: The prompt.
        messages: The messages; of a prompt of another format than chat, one of the user.
        values: The values of its variables, with defaults.

    Examples:
        >>> import asyncio
        >>> from prompt_cli import PromptManager
        >>> async def main():
        ...     async with PromptManager.open() as manager:
        ...         return await manager.render_prompt("shared/tone", {"tone": "formal"})
        >>> rendered = asyncio.run(main())
        >>> rendered.messages[0].role
        <Role.USER: 'user'>
        >>> rendered.telemetry["gen_ai.prompt.name"], rendered.telemetry["gen_ai.prompt.variable.tone"]
        ('shared/tone', 'formal')
    """

    prompt: Prompt
    messages: tuple[Message, ...] = field(repr=False)  # texts are neither for logs nor for tracebacks
    values: JsonObject = field(repr=False)

    @property
    def text(self) -> str:
        """The text; of a chat, the messages, each below its role."""
        if self.prompt.chat_template is None:
            return self.messages[0].text
        return as_text((str(message.role), message.text) for message in self.messages)

    def request(self, target: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - each target has its own
        """Return the body of a request to a provider.

        Args:
            target: The API: ``openai-chat``, ``openai-responses``, ``anthropic`` or ``gemini``.
            options: The options of that target.

        Returns:
            A plain dictionary, which the caller may change.

        Raises:
            PromptManagerError: The provider cannot take the prompt.
        """
        providers = import_module("prompt_cli.providers")  # few send requests
        body: dict[str, Any] = providers.request_body(self, target, **options)
        return body

    @property
    def telemetry(self) -> Mapping[str, object]:
        """The attributes of a span by the GenAI conventions of OpenTelemetry, without sensitive values and media.

        Source: https://opentelemetry.io/docs/specs/semconv/gen-ai/
        """
        specs = self.prompt.variables
        shown = {
            name: value
            for name, value in self.values.items()
            if name in specs and specs[name].type not in INPUT_TYPES and not is_secret(specs[name])
        }
        return {
            "gen_ai.prompt.name": self.prompt.id,
            "gen_ai.prompt.version": str(self.prompt.version),
            **{f"gen_ai.prompt.variable.{name}": _attribute(value) for name, value in shown.items()},
        }


def _attribute(value: object) -> object:
    """Return a value as an attribute, which is a scalar."""
    if isinstance(value, str | bool | int | float):
        return value
    return json.dumps(value, ensure_ascii=False)
