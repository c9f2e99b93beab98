"""Requests to OpenAI's Chat Completions API, and to servers that speak its format.

Types: ``openai.types.chat.CompletionCreateParams`` (openai 3.57.0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prompt_cli.domain.message import ImageContent, Role
from prompt_cli.providers.values import arguments_text, stop_list, without_none

if TYPE_CHECKING:
    from prompt_cli.providers.draft import Draft, Piece
    from prompt_cli.providers.parameters import Parameters

BREAKPOINT = {"prompt_cache_breakpoint": {"mode": "explicit"}}
"""The cache mark: the prefix ends after this part."""


def body(draft: Draft, parameters: Parameters) -> dict[str, Any]:
    """Return the body of a request."""
    request: dict[str, Any] = {"model": draft.model()}
    request["messages"] = [_message(draft, n) for n in range(len(draft.messages))]
    if tools := [_tool(*one) for one in draft.tools()]:
        request["tools"] = tools
    if output := draft.prompt.output:
        named = without_none(name=output.name, description=output.description, strict=True)
        request["response_format"] = {"type": "json_schema", "json_schema": named | {"schema": draft.output_schema()}}
    parameters.write(request, {"stop": stop_list})
    return request


def _message(draft: Draft, number: int) -> dict[str, Any]:
    message = draft.messages[number]
    content = _content(draft, number)
    if message.role == Role.TOOL:
        draft.refuse_name(number)
        return {"role": "tool", "tool_call_id": message.tool_call_id, "content": content}
    calls = [
        {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": arguments_text(one)}}
        for one in message.tool_calls
    ]
    named = {} if message.name is None else {"name": message.name}
    if calls:
        return {"role": str(message.role), **named, **({"content": content} if content else {}), "tool_calls": calls}
    return {"role": str(message.role), **named, "content": content}


def _content(draft: Draft, number: int) -> str | list[dict[str, Any]]:
    role = draft.messages[number].role
    pieces = draft.pieces(number) if role == Role.USER else list(draft.texts(number, f"{role} messages"))
    match pieces:
        case [piece] if isinstance(piece.content, str) and not piece.cache:
            return piece.content
    return [_part(draft, piece) for piece in pieces]


def _part(draft: Draft, piece: Piece) -> dict[str, Any]:
    mark = BREAKPOINT if piece.cache else {}
    if isinstance(piece.content, str):
        return {"type": "text", "text": piece.content, **mark}
    media = piece.content.media
    if isinstance(piece.content, ImageContent):
        draft.check_image(piece, media)
        image = without_none(url=draft.data_url(piece, media), detail=piece.content.detail)
        return {"type": "image_url", "image_url": image, **mark}
    if media.url is not None:
        draft.refuse(piece.path, f"{draft.api.title} takes no files by their URL", "pass the data of the file")
        return {}
    file = {"filename": media.name or "file", "file_data": draft.data_url(piece, media)}
    return {"type": "file", "file": file, **mark}


def _tool(name: str, description: str | None, parameters: dict[str, Any]) -> dict[str, Any]:
    function = without_none(name=name, description=description, strict=True, parameters=parameters)
    return {"type": "function", "function": function}
