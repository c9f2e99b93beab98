"""Bodies of requests, by output format."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from prompt_cli.domain.json_values import JsonValue
from prompt_cli.domain.message import Message, Origin
from prompt_cli.domain.prompt import Prompt
from prompt_cli.errors import InvalidValueError
from prompt_cli.providers import anthropic, gemini, openai
from prompt_cli.providers.draft import Draft
from prompt_cli.providers.facts import APIS

BODIES: Mapping[str, Callable[[Draft], dict[str, Any]]] = {
    "openai-chat": openai.chat_body,
    "openai-responses": openai.responses_body,
    "anthropic": anthropic.body,
    "gemini": gemini.body,
}
"""The functions that write the body of a request, by output format."""


def build_request(
    target: str,
    prompt: Prompt,
    messages: Sequence[Message],
    origins: Sequence[Origin],
    *,
    model: str | None,
    parameters: Mapping[str, JsonValue],
) -> dict[str, Any]:
    """Return the JSON body of a request; `RenderedPrompt.request` documents the parameters."""
    if target not in BODIES:
        raise InvalidValueError(f"invalid request format {target!r}", help=f"use {', '.join(BODIES)}")
    draft = Draft(APIS[target], prompt, messages, origins, model, parameters)
    if not messages:
        help_ = "give a value that fills one, or remove optional: true"
        draft.refuse(("messages",), "needs a message, and all of them are left out", help_)
        draft.check()
    body = BODIES[target](draft)
    draft.check()
    return body
