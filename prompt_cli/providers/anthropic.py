"""Requests to Anthropic's Messages API.

Types: ``anthropic.types.MessageCreateParams`` (anthropic 2.14.0), API version 2026-10-21.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from typing import Any

from prompt_cli.domain.json_values import plain_json
from prompt_cli.domain.media import Media
from prompt_cli.domain.message import ImageContent, Role
from prompt_cli.providers.draft import INSTRUCTION_ROLES, Draft, Piece, stop_list, without_none

_MAX_CACHE_MARKS = 4
"""The API refuses a fifth (https://platform.claude.com/docs/en/build-with-claude/prompt-caching)."""


def body(draft: Draft) -> dict[str, Any]:
    """Return the body of a request; instructions before the first turn go to ``system``."""
    request: dict[str, Any] = {"model": draft.model()}
    system, turns = draft.split_system()
    if blocks := _instructions(draft, system):
        request["system"] = blocks
    request["messages"] = [_message(draft, n) for n in turns]
    if tools := draft.tools("input_schema", strict=True):
        request["tools"] = tools
    if output := draft.prompt.output:
        request["output_config"] = {"format": {"type": "json_schema", "schema": draft.titled_schema(output)}}
    draft.write_parameters(request, {"stop": stop_list})
    pieces = [piece for n in range(len(draft.messages)) for piece in draft.pieces(n) if piece.cache]
    for piece in pieces[_MAX_CACHE_MARKS:]:
        draft.refuse(piece.path, f"takes {_MAX_CACHE_MARKS} cache marks at most", "remove a mark")
    return request


def _instructions(draft: Draft, numbers: list[int]) -> list[dict[str, Any]]:
    return [_block(draft, piece) for piece in draft.instructions(numbers)]


def _message(draft: Draft, number: int) -> dict[str, Any]:
    message = draft.messages[number]
    if message.role in INSTRUCTION_ROLES:
        return {"role": "system", "content": _instructions(draft, [number])}
    draft.refuse_name(number)
    if message.role == Role.TOOL:
        blocks = [_block(draft, piece) for piece in draft.pieces(number) if not piece.is_blank]
        result = {"type": "tool_result", "tool_use_id": message.tool_call_id}
        return {"role": "user", "content": [result | ({"content": blocks} if blocks else {})]}
    if message.role == Role.USER:
        return {"role": "user", "content": [_block(draft, piece) for piece in draft.pieces(number)]}
    texts = [piece for piece in draft.texts(number) if not (message.tool_calls and piece.is_blank)]
    calls = [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": plain_json(call.arguments)}
        for call in message.tool_calls
    ]
    return {"role": "assistant", "content": [*(_block(draft, piece) for piece in texts), *calls]}


def _block(draft: Draft, piece: Piece) -> dict[str, Any]:
    mark = {"cache_control": {"type": "ephemeral"}} if piece.cache else {}
    if isinstance(piece.content, str):
        draft.refuse_blank(piece)
        return {"type": "text", "text": piece.content, **mark}
    if isinstance(piece.content, ImageContent):
        draft.refuse_detail(piece, piece.content)
        return {"type": "image", "source": _source(draft, piece, piece.content.media), **mark}
    title = without_none(title=piece.content.media.name)
    return {"type": "document", "source": _source(draft, piece, piece.content.media), **title, **mark}


def _source(draft: Draft, piece: Piece, media: Media) -> dict[str, Any]:
    if media.url is not None:
        draft.require_web(piece, media.url)
        return {"type": "url", "url": media.url}
    is_image = isinstance(piece.content, ImageContent)
    if is_image:
        draft.check_image(piece, media)
    if is_image or media.media_type == "application/pdf":
        return {"type": "base64", "media_type": media.media_type, "data": media.data}
    if media.media_type == "text/plain":
        return {"type": "text", "media_type": "text/plain", "data": _text(draft, piece, media.data or "")}
    draft.refuse(piece.path, f"takes no files of type {media.media_type}", "pass a PDF or plain text")
    return {}


def _text(draft: Draft, piece: Piece, data: str) -> str:
    try:
        return b64decode(data, validate=True).decode()
    except (Base64Error, UnicodeDecodeError):
        draft.refuse(piece.path, "takes plain text only in UTF-8", "convert the file to UTF-8")
        return ""
