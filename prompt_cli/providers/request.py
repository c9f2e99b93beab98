"""Bodies of requests, by output format."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from prompt_cli.errors import InvalidValueError
from prompt_cli.providers import anthropic, gemini, openai_chat, openai_responses
from prompt_cli.providers.draft import Draft
from prompt_cli.providers.facts import ANTHROPIC, GEMINI, OPENAI_CHAT, OPENAI_RESPONSES
from prompt_cli.providers.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from prompt_cli.domain.json_values import JsonValue
    from prompt_cli.domain.message import Message, Origin
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.providers.facts import Api


class RequestFormat(NamedTuple):
    """An output format: an API, and the function that writes the body of a request to it."""

    api: Api
    body: Callable[[Draft, Parameters], dict[str, Any]]


FORMATS: Mapping[str, RequestFormat] = MappingProxyType(
    {
        "openai-chat": RequestFormat(OPENAI_CHAT, openai_chat.body),
        "openai-responses": RequestFormat(OPENAI_RESPONSES, openai_responses.body),
        "anthropic": RequestFormat(ANTHROPIC, anthropic.body),
        "gemini": RequestFormat(GEMINI, gemini.body),
    }
)
"""The output formats by name."""


def build_request(
    target: str,
    prompt: Prompt,
    messages: Sequence[Message],
    origins: Sequence[Origin],
    *,
    model: str | None = None,
    parameters: Mapping[str, JsonValue] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the JSON body of a request.

    Args:
        target: The output format: ``openai-chat``, ``openai-responses``, ``anthropic`` or ``gemini``.
        prompt: The prompt.
        messages: Its rendered messages.
        origins: The place in the prompt's data that each message comes from.
        model: The name of a model instead of the prompt's.
        parameters: Parameters besides the prompt's; the same one replaces the prompt's.

    Returns:
        Plain dictionaries and lists, which the caller may change.

    Raises:
        InvalidValueError: There is no such format.
        RequestError: The API does not take something in the prompt; the error holds each problem with its path.
    """
    if (format_ := FORMATS.get(target)) is None:
        raise InvalidValueError(f"invalid request format {target!r}", help=f"use {', '.join(FORMATS)}")
    draft = Draft(format_.api, prompt, messages, origins, model)
    if not messages:
        help_ = "give a value that fills one, or remove optional: true"
        draft.refuse(("messages",), f"{format_.api.title} needs a message, and all of them are left out", help_)
        draft.check()
    body = format_.body(draft, Parameters(draft, parameters))
    draft.check()
    return body
