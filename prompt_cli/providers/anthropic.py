"""Requests to Anthropic's Messages API.

Types: ``anthropic.types.MessageCreateParams`` (anthropic 2.14.0), API version 2026-10-21.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING, Any

from prompt_cli.domain.json_values import plain_json
from prompt_cli.domain.message import ImageContent, Role
from prompt_cli.providers.draft import INSTRUCTING, is_blank
from prompt_cli.providers.schemas import titled
from prompt_cli.providers.values import stop_list, without_none

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.domain.message import FileContent
    from prompt_cli.providers.draft import Draft, Piece
    from prompt_cli.providers.parameters import Parameters

MOST_MARKS = 4
"""Cache marks in a request; a fifth is refused (https://platform.claude.com/docs/en/build-with-claude/prompt-caching)."""


def body(draft: Draft, parameters: Parameters) -> dict[str, Any]:
    """Return the body of a request; instructions before the first turn go to ``system``."""
    request: dict[str, Any] = {"model": draft.model()}
    system, turns = draft.split_system()
    if blocks := [block for n in system for block in _system(draft, n)]:
        request["system"] = blocks
    request["messages"] = [_message(draft, n) for n in turns]
    if tools := [_tool(*one) for one in draft.tools()]:
        request["tools"] = tools
    if output := draft.prompt.output:
        schema = titled(draft.output_schema(), output)
        request["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
    parameters.write(request, {"stop": stop_list})
    _count_marks(draft)
    return request


def _count_marks(draft: Draft) -> None:
    marked = [piece for n in range(len(draft.messages)) for piece in draft.pieces(n) if piece.cache]
    for piece in marked[MOST_MARKS:]:
        draft.refuse(piece.path, f"{draft.api.title} takes {MOST_MARKS} cache marks at most", "remove a mark")


def _system(draft: Draft, number: int) -> Iterator[dict[str, Any]]:
    draft.refuse_name(number)
    for piece in draft.texts(number, f"{draft.messages[number].role} messages"):
        yield _block(draft, piece)


def _message(draft: Draft, number: int) -> dict[str, Any]:
    message = draft.messages[number]
    if message.role in INSTRUCTING:
        return {"role": "system", "content": list(_system(draft, number))}
    draft.refuse_name(number)
    if message.role == Role.TOOL:
        blocks = [_block(draft, piece) for piece in draft.pieces(number) if not is_blank(piece)]
        result = {"type": "tool_result", "tool_use_id": message.tool_call_id}
        return {"role": "user", "content": [result | ({"content": blocks} if blocks else {})]}
    if message.role == Role.ASSISTANT:
        texts = draft.texts(number, "assistant messages")
        spoken = [piece for piece in texts if not (message.tool_calls and is_blank(piece))]
        calls = [
            {"type": "tool_use", "id": one.id, "name": one.name, "input": plain_json(one.arguments)}
            for one in message.tool_calls
        ]
        return {"role": "assistant", "content": [*(_block(draft, piece) for piece in spoken), *calls]}
    return {"role": "user", "content": [_block(draft, piece) for piece in draft.pieces(number)]}


def _block(draft: Draft, piece: Piece) -> dict[str, Any]:
    mark = {"cache_control": {"type": "ephemeral"}} if piece.cache else {}
    if isinstance(piece.content, ImageContent):
        return {"type": "image", "source": _image(draft, piece, piece.content), **mark}
    if isinstance(piece.content, str):
        draft.refuse_blank(piece)
        return {"type": "text", "text": piece.content, **mark}
    title = without_none(title=piece.content.media.name)
    return {"type": "document", "source": _document(draft, piece, piece.content), **title, **mark}


def _image(draft: Draft, piece: Piece, image: ImageContent) -> dict[str, Any]:
    media = image.media
    draft.refuse_detail(piece, image)
    if media.url is not None:
        draft.require_web(piece, media.url)
        return {"type": "url", "url": media.url}
    draft.check_image(piece, media)
    return {"type": "base64", "media_type": media.media_type, "data": media.data}


def _document(draft: Draft, piece: Piece, file: FileContent) -> dict[str, Any]:
    media = file.media
    if media.url is not None:
        draft.require_web(piece, media.url)
        return {"type": "url", "url": media.url}
    if media.media_type == "application/pdf":
        return {"type": "base64", "media_type": "application/pdf", "data": media.data}
    if media.media_type == "text/plain":
        return {"type": "text", "media_type": "text/plain", "data": _text(draft, piece, media.data or "")}
    message = f"{draft.api.title} takes no files of type {media.media_type}"
    draft.refuse(piece.path, message, "pass a PDF or plain text")
    return {}


def _text(draft: Draft, piece: Piece, data: str) -> str:
    try:
        return b64decode(data, validate=True).decode()
    except (Base64Error, UnicodeDecodeError):
        draft.refuse(piece.path, f"{draft.api.title} takes plain text only in UTF-8", "convert the file to UTF-8")
        return ""


def _tool(name: str, description: str | None, parameters: dict[str, Any]) -> dict[str, Any]:
    return without_none(name=name, description=description, strict=True, input_schema=parameters)
