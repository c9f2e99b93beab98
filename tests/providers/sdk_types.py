"""The vendors' types of requests, as checks of a body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_type_hints

from anthropic.types.message_create_params import MessageCreateParams
from google.genai import types as gemini
from openai.types.chat.completion_create_params import CompletionCreateParams
from openai.types.responses.response_create_params import ResponseCreateParams
from pydantic import ConfigDict, TypeAdapter

_STRICT = ConfigDict(extra="forbid", arbitrary_types_allowed=True, strict=True)
_ADAPTERS: dict[str, TypeAdapter[Any]] = {
    "openai-chat": TypeAdapter(CompletionCreateParams, config=_STRICT),
    "openai-responses": TypeAdapter(ResponseCreateParams, config=_STRICT),
    "anthropic": TypeAdapter(MessageCreateParams, config=_STRICT),
}
_GEMINI: dict[str, TypeAdapter[Any]] = {
    "systemInstruction": TypeAdapter(gemini.Content),
    "contents": TypeAdapter(list[gemini.Content]),
    "generationConfig": TypeAdapter(gemini.GenerationConfig),
    "tools": TypeAdapter(list[gemini.Tool]),
    "safetySettings": TypeAdapter(list[gemini.SafetySetting]),
    "toolConfig": TypeAdapter(gemini.ToolConfig),
}


def check_types(target: str, body: dict[str, Any]) -> None:
    """Check that a body fits the vendor's types, and that these have each of its keys."""
    if target == "gemini":
        assert body["contents"], "contents must not be empty"
        for key, value in body.items():
            _GEMINI[key].validate_python(value)  # its models forbid other keys
        return
    assert _consumed(_ADAPTERS[target].validate_python(body)) == body


def _consumed(value: object) -> object:
    """Read the items of an `Iterable`, which Pydantic checks only then."""
    if isinstance(value, Mapping):
        return {key: _consumed(item) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_consumed(item) for item in value]
    return value


def parameters_of(target: str) -> set[str]:
    """Return the keys of a body, and for Gemini those of its configuration, in the vendor's types."""
    types: dict[str, Any] = {
        "openai-chat": get_args(CompletionCreateParams),
        "openai-responses": get_args(ResponseCreateParams),
        "anthropic": get_args(MessageCreateParams),
    }
    if target != "gemini":
        return {key for one in types[target] for key in get_type_hints(one)}
    models = (gemini.GenerationConfig, gemini.GenerateContentConfig)
    return {str(field.alias or name) for model in models for name, field in model.model_fields.items()}
