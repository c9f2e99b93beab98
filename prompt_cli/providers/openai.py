"""Requests to OpenAI's Chat Completions API, whose format other servers speak too, and to its Responses API.

Types: ``openai.types.chat.CompletionCreateParams``, ``openai.types.responses.ResponseCreateParams`` (openai 3.57.0).
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from prompt_cli.domain.message import ImageContent, Role, ToolCall
from prompt_cli.providers.draft import Draft, Piece, stop_list, without_none

_CACHE_MARK = {"prompt_cache_breakpoint": {"mode": "explicit"}}


def chat_body(draft: Draft) -> dict[str, Any]:
    """Return the body of a request to the Chat Completions API."""
    request: dict[str, Any] = {"model": draft.model()}
    request["messages"] = [_chat_message(draft, n) for n in range(len(draft.messages))]
    if functions := draft.tools("parameters", strict=True):
        request["tools"] = [{"type": "function", "function": function} for function in functions]
    if output := draft.prompt.output:
        named = without_none(name=output.name, description=output.description, strict=True)
        schema = draft.output_schema(output)
        request["response_format"] = {"type": "json_schema", "json_schema": named | {"schema": schema}}
    draft.write_parameters(request, {"stop": stop_list})
    return request


def responses_body(draft: Draft) -> dict[str, Any]:
    """Return the body of a request to the Responses API.

    All messages go into ``input``: ``instructions`` would be lost with ``previous_response_id``.
    """
    request: dict[str, Any] = {"model": draft.model()}
    request["input"] = [item for n in range(len(draft.messages)) for item in _items(draft, n)]
    if tools := draft.tools("parameters"):
        request["tools"] = [{"type": "function", **tool, "strict": True} for tool in tools]
    if output := draft.prompt.output:
        named = without_none(type="json_schema", name=output.name, description=output.description, strict=True)
        request["text"] = {"format": named | {"schema": draft.output_schema(output)}}
    draft.write_parameters(request, {"response_format": _text_format})
    return request


def _text_format(value: dict[str, Any]) -> dict[str, Any] | None:
    return value if value.get("type") in {"text", "json_object"} else None


def _chat_message(draft: Draft, number: int) -> dict[str, Any]:
    message = draft.messages[number]
    pieces = draft.pieces(number) if message.role == Role.USER else list(draft.texts(number))
    content = _content(pieces, lambda piece: _chat_part(draft, piece))
    if message.role == Role.TOOL:
        draft.refuse_name(number)
        return {"role": "tool", "tool_call_id": message.tool_call_id, "content": content}
    written = without_none(role=str(message.role), name=message.name)
    if content or not message.tool_calls:
        written["content"] = content
    if message.tool_calls:
        written["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": _arguments(call)}}
            for call in message.tool_calls
        ]
    return written


def _items(draft: Draft, number: int) -> Iterator[dict[str, Any]]:
    message = draft.messages[number]
    draft.refuse_name(number)
    if message.role == Role.ASSISTANT:
        content: str | list[dict[str, Any]] = _assistant_text(draft, number)
    else:
        content = _content(draft.pieces(number), lambda piece: _responses_part(draft, piece))
    if message.role == Role.TOOL:
        yield {"type": "function_call_output", "call_id": message.tool_call_id, "output": content}
        return
    if content or not message.tool_calls:
        yield {"role": str(message.role), "content": content}
    for call in message.tool_calls:
        yield {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": _arguments(call)}


def _assistant_text(draft: Draft, number: int) -> str:
    """Return the text of the assistant, which the API takes as one string, or as parts with the ids of a response."""
    pieces = list(draft.texts(number))
    for piece in pieces:
        if piece.cache:
            draft.refuse(piece.path, "takes no cache mark in assistant messages", "mark the message before it")
    return "".join(str(piece.content) for piece in pieces)


def _content(pieces: Sequence[Piece], part: Callable[[Piece], dict[str, Any]]) -> str | list[dict[str, Any]]:
    match pieces:
        case [piece] if isinstance(piece.content, str) and not piece.cache:
            return piece.content
    return [part(piece) for piece in pieces]


def _chat_part(draft: Draft, piece: Piece) -> dict[str, Any]:
    mark = _CACHE_MARK if piece.cache else {}
    if isinstance(piece.content, str):
        return {"type": "text", "text": piece.content, **mark}
    media = piece.content.media
    if isinstance(piece.content, ImageContent):
        draft.check_image(piece, media)
        image = without_none(url=draft.data_url(piece, media), detail=piece.content.detail)
        return {"type": "image_url", "image_url": image, **mark}
    if media.url is not None:
        draft.refuse(piece.path, "takes no files by their URL", "pass the data of the file")
        return {}
    file = {"filename": media.name or "file", "file_data": draft.data_url(piece, media)}
    return {"type": "file", "file": file, **mark}


def _responses_part(draft: Draft, piece: Piece) -> dict[str, Any]:
    mark = _CACHE_MARK if piece.cache else {}
    if isinstance(piece.content, str):
        return {"type": "input_text", "text": piece.content, **mark}
    media = piece.content.media
    url = draft.data_url(piece, media)
    if isinstance(piece.content, ImageContent):
        draft.check_image(piece, media)
        return {"type": "input_image", "image_url": url, "detail": piece.content.detail or "auto", **mark}
    if media.url is not None:
        return {"type": "input_file", "file_url": url, **mark}
    return {"type": "input_file", "filename": media.name or "file", "file_data": url, **mark}


def _arguments(call: ToolCall) -> str:
    return json.dumps(call.arguments, ensure_ascii=False)
