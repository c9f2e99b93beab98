"""Earlier messages of a conversation: values of variables of type ``messages``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

from prompt_cli.domain.ids import suggest
from prompt_cli.domain.json_values import FrozenDict, is_array, is_object, is_text, json_type, plain_json, with_article
from prompt_cli.domain.media import MEDIA_TYPES, Media
from prompt_cli.domain.message import (
    SPEAKER_PATTERN,
    Detail,
    FileContent,
    ImageContent,
    Message,
    RenderedPart,
    Role,
    TextPart,
    ToolCall,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from prompt_cli.problems import DataPath

_KEYS = "role", "content", "name", "tool_calls", "tool_call_id"
_CALL_KEYS = "id", "name", "arguments"
# Instructions belong to the prompt: a stored message must not pose as one.
_ROLES = Role.USER, Role.ASSISTANT, Role.TOOL


class TurnError(ValueError):
    """Error of an invalid part of a conversation, with the path of the part; the message never shows a text."""

    def __init__(self, path: DataPath, message: str, help: str = "") -> None:  # noqa: A002 - as errors have it
        super().__init__(message)
        self.path: DataPath = path
        self.help: str = help


class Conversation(list[object]):
    """Earlier messages as a template sees them: role and text."""

    def __init__(self, messages: tuple[Message, ...]) -> None:
        super().__init__([{"role": str(one.role), "content": one.text} for one in messages])
        self.messages: tuple[Message, ...] = messages


def parse_messages(value: object, variable: str) -> tuple[Message, ...]:
    """Read the value of a variable of type ``messages``.

    Args:
        value: A list of objects with ``role`` and ``content``, ``name``, ``tool_calls`` and ``tool_call_id``.
        variable: The name of the variable.

    Raises:
        TurnError: A message cannot be read.
    """
    if not is_array(value):
        raise TurnError((), f"must be a list of messages, not {with_article(json_type(value))}")
    return tuple([_message(one, (n,), variable) for n, one in enumerate(value)])


def _message(value: object, at: DataPath, variable: str) -> Message:
    turn = _object(value, at, _KEYS)
    role = turn.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        help_ = "put instructions into the prompt's own messages" if role in {"system", "developer"} else ""
        raise TurnError((*at, "role"), "must be one of user, assistant and tool", help_)
    fields: dict[str, Any] = {"role": Role(role)}
    if turn.get("name") is not None:
        fields["name"] = _text(turn["name"], (*at, "name"))
        if not re.match(SPEAKER_PATTERN, fields["name"]):
            raise TurnError((*at, "name"), "must have 1 to 64 letters, digits, - and _")
    if turn.get("tool_calls") is not None:
        fields["tool_calls"] = _tool_calls(turn["tool_calls"], (*at, "tool_calls"), role)
    if (call := turn.get("tool_call_id")) is not None:
        fields["tool_call_id"] = _text(call, (*at, "tool_call_id"))
    if (role == Role.TOOL) != (call is not None):
        raise TurnError(at, "must have a tool_call_id if, and only if, its role is tool")
    content = turn.get("content")
    if content is None and not fields.get("tool_calls"):
        raise TurnError((*at, "content"), "is missing")
    fields["content"] = "" if content is None else _content(content, (*at, "content"), variable)
    return Message.model_construct(set(fields), **fields)


def _content(value: object, at: DataPath, variable: str) -> str | tuple[RenderedPart, ...]:
    if not is_array(value):
        return _text(value, at, "a string or a list of parts")
    if not value:
        raise TurnError(at, "must have at least one part")
    return tuple([_part(one, (*at, n), variable) for n, one in enumerate(value)])


def _part(value: object, at: DataPath, variable: str) -> RenderedPart:
    kind = next((one for one in MEDIA_TYPES if is_object(value) and one in value), "text")
    part = _object(value, at, (kind, "detail") if kind == "image" else (kind,))
    if kind == "text":
        return TextPart.model_construct({"text"}, text=_text(part.get("text"), (*at, "text")))
    try:
        media = Media.parse(part[kind], kind)  # type: ignore[arg-type] # the value is JSON
    except ValueError as error:
        raise TurnError((*at, kind), str(error)) from None
    if kind == "file":
        return FileContent.model_construct(media=media, variable=variable)
    detail = part.get("detail")
    if detail is not None and detail not in get_args(Detail):
        raise TurnError((*at, "detail"), "must be one of auto, low and high")
    return ImageContent.model_construct(media=media, detail=detail, variable=variable)


def _tool_calls(value: object, at: DataPath, role: str) -> tuple[ToolCall, ...]:
    if role != Role.ASSISTANT:
        raise TurnError(at, "belongs to messages of the assistant")
    if not is_array(value):
        raise TurnError(at, "must be a list of {id, name, arguments}")
    calls = []
    for n, one in enumerate(value):
        call = _object(one, (*at, n), _CALL_KEYS)
        words = {key: _text(call.get(key), (*at, n, key)) for key in ("id", "name")}
        arguments = call.get("arguments")
        if not is_object(arguments):
            raise TurnError((*at, n, "arguments"), "must be an object")
        calls.append(ToolCall.model_construct(**words, arguments=FrozenDict(plain_json(arguments))))  # type: ignore[arg-type, call-overload]
    return tuple(calls)


def _object(value: object, at: DataPath, keys: Collection[str]) -> Mapping[str, object]:
    if not is_object(value):
        raise TurnError(at, f"must be an object with {' and '.join(list(keys)[:2])}")
    for key in value:
        if key not in keys:
            help_ = suggest(str(key), keys, f"the keys are {', '.join(keys)}")
            raise TurnError((*at, str(key)), "is an unknown key", help_)
    return value


def _text(value: object, at: DataPath, what: str = "a string") -> str:
    if value is None:
        raise TurnError(at, "is missing")
    if not is_text(value):
        raise TurnError(at, f"must be {what}")
    return value
