"""A rendered prompt: its messages, the request to a provider, and its telemetry."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from prompt_cli.domain.json_values import INPUT_TYPES, JsonObject
from prompt_cli.domain.message import Message, Origin
from prompt_cli.domain.prompt import Prompt
from prompt_cli.domain.variables import VariableSpec, all_specs
from prompt_cli.engines.protocol import as_text
from prompt_cli.errors import RequestError


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """A rendered prompt.

    Attributes:
        prompt: The prompt.
        messages: The messages; of a prompt of another format than chat, one of the user.
        values: The values of its variables, with defaults.
        origins: The place in the prompt's data that each message comes from.
        locate: Adds file and positions to an error of a request.

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
    origins: tuple[Origin, ...] = field(repr=False)
    locate: Callable[[RequestError], None] = field(repr=False, compare=False)

    @property
    def text(self) -> str:
        """The text; of a chat, the messages, each under its role."""
        if self.prompt.chat_template is None:
            return self.messages[0].text
        return as_text((str(message.role), message.text) for message in self.messages)

    def request(
        self, target: str, *, model: str | None = None, parameters: JsonObject = MappingProxyType({})
    ) -> dict[str, Any]:
        """Return the JSON body of a request to a provider.

        Args:
            target: The API: ``openai-chat``, ``openai-responses``, ``anthropic`` or ``gemini``.
            model: The name of a model instead of the prompt's; for Gemini it is part of the address.
            parameters: Parameters besides the prompt's; the same one replaces the prompt's.

        Returns:
            Plain dictionaries and lists, which the caller may change.

        Raises:
            InvalidValueError: The target is unknown.
            RequestError: The API does not take a part of the prompt; no part is omitted silently.
        """
        from prompt_cli.providers.request import build_request  # few send requests

        try:
            return build_request(target, self.prompt, self.messages, self.origins, model=model, parameters=parameters)
        except RequestError as error:
            self.locate(error)
            raise

    @property
    def telemetry(self) -> Mapping[str, object]:
        """The attributes of a span by the GenAI conventions of OpenTelemetry.

        Values that are null or sensitive, histories, images and files are omitted, at any depth.

        Source: https://opentelemetry.io/docs/specs/semconv/gen-ai/
        """
        values = {
            name: value
            for name, spec in self.prompt.variables.items()
            if (value := self.values.get(name)) is not None and not _is_private(name, spec)
        }
        return {
            "gen_ai.prompt.name": self.prompt.id,
            "gen_ai.prompt.version": str(self.prompt.version),
            **{f"gen_ai.prompt.variable.{name}": _attribute(value) for name, value in values.items()},
        }


def _is_private(name: str, spec: VariableSpec) -> bool:
    return any(one.sensitive or one.type in INPUT_TYPES for _, one in all_specs({name: spec}))


def _attribute(value: object) -> object:
    """Return a value as an attribute, which is a scalar."""
    if isinstance(value, str | bool | int | float):
        return value
    return json.dumps(value, ensure_ascii=False)
