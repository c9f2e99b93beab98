"""Requests to OpenAI's Responses API.

Types: ``openai.types.responses.ResponseCreateParams`` (openai 3.57.0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prompt_cli.domain.message import ImageContent, Role
from prompt_cli.providers.openai_chat import BREAKPOINT
from prompt_cli.providers.values import arguments_text, without_none

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.providers.draft import Draft, Piece
    from prompt_cli.providers.parameters import Parameters


def body(draft: Draft, parameters: Parameters) -> dict[str, Any]:
    """Return the body of a request.

    All messages go into ``input``: ``instructions`` would be lost with ``previous_response_id``.
    """
    request: dict[str, Any] = {"model": draft.model()}
    request["input"] = [item for n in range(len(draft.messages)) for item in _items(draft, n)]
    if tools := [_tool(*one) for one in draft.tools()]:
        request["tools"] = tools
    if output := draft.prompt.output:
        named = without_none(type="json_schema", name=output.name, description=output.description, strict=True)
        request["text"] = {"format": named | {"schema": draft.output_schema()}}
    parameters.write(request, {"response_format": _text_format})
    return request


def _text_format(value: dict[str, Any]) -> dict[str, Any] | None:
    return value if value.get("type") in {"text", "json_object"} else None


def _items(draft: Draft, number: int) -> Iterator[dict[str, Any]]:
    message = draft.messages[number]
    draft.refuse_name(number)
    if message.role == Role.TOOL:
        output = _content(draft, number)
        yield {"type": "function_call_output", "call_id": message.tool_call_id, "output": output}
        return
    content = _spoken(draft, number) if message.role == Role.ASSISTANT else _content(draft, number)
    if content or not message.tool_calls:
        yield {"role": str(message.role), "content": content}
    for one in message.tool_calls:
        yield {"type": "function_call", "call_id": one.id, "name": one.name, "arguments": arguments_text(one)}


def _spoken(draft: Draft, number: int) -> str:
    """Return what the assistant said; the API takes it as one string, or as parts with the ids of a response."""
    pieces = list(draft.texts(number, "assistant messages"))
    for piece in pieces:
        if piece.cache:
            draft.refuse(
                piece.path, f"{draft.api.title} takes no cache mark in assistant messages", "mark the message before it"
            )
    return "".join(str(piece.content) for piece in pieces)


def _content(draft: Draft, number: int) -> str | list[dict[str, Any]]:
    match draft.pieces(number):
        case [piece] if isinstance(piece.content, str) and not piece.cache:
            return piece.content
        case pieces:
            return [_part(draft, piece) for piece in pieces]


def _part(draft: Draft, piece: Piece) -> dict[str, Any]:
    mark = BREAKPOINT if piece.cache else {}
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


def _tool(name: str, description: str | None, parameters: dict[str, Any]) -> dict[str, Any]:
    return without_none(type="function", name=name, description=description, parameters=parameters, strict=True)
