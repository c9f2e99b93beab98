"""Requests to Gemini's generateContent, in the camelCase of its REST API.

Types: ``google.genai.types`` (google-genai 3.6.1). The model is part of the address of a request, not of its body.
"""

from __future__ import annotations

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

STORED = ("gs://", "https://generativelanguage.googleapis.com/")
"""Addresses of files that the API reads: Cloud Storage (``FileData.file_uri``), and its own Files API."""


def body(draft: Draft, parameters: Parameters) -> dict[str, Any]:
    """Return the body of a request."""
    request: dict[str, Any] = {}
    system, turns = draft.split_system()
    if parts := [part for n in system for part in _system(draft, n)]:
        request["systemInstruction"] = {"parts": parts}
    request["contents"] = _contents(draft, turns)
    if tools := [_tool(*one) for one in draft.tools()]:
        request["tools"] = [{"functionDeclarations": tools}]
    if output := draft.prompt.output:
        schema = titled(draft.output_schema(), output)
        request["generationConfig"] = {"responseMimeType": "application/json", "responseJsonSchema": schema}
    parameters.write(request, {"stop": stop_list, "response_format": _mime_type})
    return request


def _mime_type(value: dict[str, Any]) -> str | None:
    return {"text": "text/plain", "json_object": "application/json"}.get(str(value.get("type")))


def _system(draft: Draft, number: int) -> Iterator[dict[str, Any]]:
    draft.refuse_name(number)
    for piece in draft.texts(number, f"{draft.messages[number].role} messages"):
        yield _part(draft, piece)


def _contents(draft: Draft, turns: list[int]) -> list[dict[str, Any]]:
    contents: list[dict[str, Any]] = []
    for n in turns:
        content = _content(draft, n)
        # The API wants the results of parallel calls in one content.
        if contents and draft.messages[n].role == draft.messages[n - 1].role == Role.TOOL:
            contents[-1]["parts"] += content["parts"]
        else:
            contents.append(content)
    return contents


def _content(draft: Draft, number: int) -> dict[str, Any]:
    message = draft.messages[number]
    draft.refuse_name(number)
    if message.role in INSTRUCTING:
        problem = f"{draft.api.title} takes instructions only before the first turn"
        draft.refuse((*draft.origin(number), "role"), problem, "move it before the first user message")
    if message.role == Role.TOOL:
        return {"role": "user", "parts": [{"functionResponse": _response(draft, number)}]}
    pieces = [piece for piece in draft.pieces(number) if not (message.tool_calls and is_blank(piece))]
    calls = [
        {"functionCall": {"id": one.id, "name": one.name, "args": plain_json(one.arguments)}}
        for one in message.tool_calls
    ]
    role = "model" if message.role == Role.ASSISTANT else "user"
    return {"role": role, "parts": [*(_part(draft, piece) for piece in pieces), *calls]}


def _response(draft: Draft, number: int) -> dict[str, Any]:
    message = draft.messages[number]
    calls = (call for earlier in draft.messages[:number] for call in earlier.tool_calls)
    name = next((call.name for call in calls if call.id == message.tool_call_id), None)
    if name is None:
        problem = f"{draft.api.title} needs the call that a tool answers, and no message before has it"
        draft.refuse(draft.origin(number), problem, "pass the message with the tool call too")
    text = "".join(str(piece.content) for piece in draft.texts(number, "tool messages"))
    return {"id": message.tool_call_id, "name": name, "response": {"output": text}}


def _part(draft: Draft, piece: Piece) -> dict[str, Any]:
    if piece.cache:
        message = f"{draft.api.title} has no cache mark: a cache is a resource of its own"
        draft.refuse(piece.path, message, "remove the mark, and name the cache in the parameter cachedContent")
    if isinstance(piece.content, str):
        draft.refuse_blank(piece)
        return {"text": piece.content}
    return _media(draft, piece, piece.content)


def _media(draft: Draft, piece: Piece, content: ImageContent | FileContent) -> dict[str, Any]:
    if isinstance(content, ImageContent):
        draft.refuse_detail(piece, content)
        draft.check_image(piece, content.media)
    media = content.media
    if media.url is None:
        return {"inlineData": without_none(mimeType=media.media_type, data=media.data)}
    if not media.url.lower().startswith(STORED):
        message = f"{draft.api.title} reads only files of Cloud Storage and of its Files API"
        draft.refuse(piece.path, message, "pass the data, or a gs:// address")
    return {"fileData": without_none(mimeType=media.media_type, fileUri=media.url)}


def _tool(name: str, description: str | None, parameters: dict[str, Any]) -> dict[str, Any]:
    return without_none(name=name, description=description, parametersJsonSchema=parameters)
