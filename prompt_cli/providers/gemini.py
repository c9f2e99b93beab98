"""Requests to Gemini's generateContent, in the camelCase of its REST API.

Types: ``google.genai.types`` (google-genai 3.6.1). The model is part of the address of a request, not of its body.
"""

from typing import Any

from prompt_cli.domain.json_values import plain_json
from prompt_cli.domain.message import ImageContent, Role
from prompt_cli.providers.draft import INSTRUCTION_ROLES, Draft, Piece, stop_list, without_none

_FILE_ADDRESSES = ("gs://", "https://generativelanguage.googleapis.com/")
"""Addresses of files that the API reads: Cloud Storage (``FileData.file_uri``), and its own Files API."""
_MIME_TYPES = {"text": "text/plain", "json_object": "application/json"}


def body(draft: Draft) -> dict[str, Any]:
    """Return the body of a request."""
    request: dict[str, Any] = {}
    system, turns = draft.split_system()
    if parts := [_part(draft, piece) for piece in draft.instructions(system)]:
        request["systemInstruction"] = {"parts": parts}
    request["contents"] = _contents(draft, turns)
    if tools := draft.tools("parametersJsonSchema"):
        request["tools"] = [{"functionDeclarations": tools}]
    if output := draft.prompt.output:
        schema = draft.titled_schema(output)
        request["generationConfig"] = {"responseMimeType": "application/json", "responseJsonSchema": schema}
    draft.write_parameters(
        request, {"stop": stop_list, "response_format": lambda value: _MIME_TYPES.get(str(value.get("type")))}
    )
    return request


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
    if message.role in INSTRUCTION_ROLES:
        path = (*draft.origin(number), "role")
        draft.refuse(path, "takes instructions only before the first turn", "move it before the first user message")
    if message.role == Role.TOOL:
        return {"role": "user", "parts": [{"functionResponse": _response(draft, number)}]}
    pieces = [piece for piece in draft.pieces(number) if not (message.tool_calls and piece.is_blank)]
    calls = [
        {"functionCall": {"id": call.id, "name": call.name, "args": plain_json(call.arguments)}}
        for call in message.tool_calls
    ]
    role = "model" if message.role == Role.ASSISTANT else "user"
    return {"role": role, "parts": [*(_part(draft, piece) for piece in pieces), *calls]}


def _response(draft: Draft, number: int) -> dict[str, Any]:
    message = draft.messages[number]
    calls = (call for earlier in draft.messages[:number] for call in earlier.tool_calls)
    name = next((call.name for call in calls if call.id == message.tool_call_id), None)
    if name is None:
        reason = "needs the call that a tool answers, and no message before has it"
        draft.refuse(draft.origin(number), reason, "pass the message with the tool call too")
    text = "".join(str(piece.content) for piece in draft.texts(number))
    return {"id": message.tool_call_id, "name": name, "response": {"output": text}}


def _part(draft: Draft, piece: Piece) -> dict[str, Any]:
    if piece.cache:
        help_ = "remove the mark, and name the cache in the parameter cachedContent"
        draft.refuse(piece.path, "has no cache mark: a cache is a resource of its own", help_)
    if isinstance(piece.content, str):
        draft.refuse_blank(piece)
        return {"text": piece.content}
    media = piece.content.media
    if isinstance(piece.content, ImageContent):
        draft.refuse_detail(piece, piece.content)
        draft.check_image(piece, media)
    if media.url is None:
        return {"inlineData": without_none(mimeType=media.media_type, data=media.data)}
    if not media.url.lower().startswith(_FILE_ADDRESSES):
        reason = "reads only files of Cloud Storage and of its Files API"
        draft.refuse(piece.path, reason, "pass the data, or a gs:// address")
    return {"fileData": without_none(mimeType=media.media_type, fileUri=media.url)}
