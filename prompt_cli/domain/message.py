"""Messages of a chat and their parts, before and after rendering, and as the value of a variable: a conversation."""

import re
from collections.abc import Collection, Iterable, Mapping
from copy import copy
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, TypeAlias, get_args

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, GetJsonSchemaHandler, Tag
from pydantic_core import CoreSchema, PydanticCustomError, PydanticOmit

from prompt_cli.domain.base import Frozen, FrozenModel, Json, Text, Word
from prompt_cli.domain.ids import suggest
from prompt_cli.domain.json_values import (
    MEDIA_TYPES,
    FrozenDict,
    is_array,
    is_object,
    is_text,
    json_type,
    plain_json,
    with_article,
)
from prompt_cli.domain.media import Media
from prompt_cli.domain.variables import VariableName
from prompt_cli.problems import DataPath

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue

SPEAKER_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"  # names of participants and of outputs


class Role(Word):
    """Role of a speaker.

    Examples:
        >>> Role("user") is Role.USER
        True
        >>> Role.USER == "user"
        True
    """

    SYSTEM = "system"
    DEVELOPER = "developer"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
    """The result of a tool; only in histories."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> "JsonSchemaValue":
        """Describe the roles that files may write."""
        reference = super().__get_pydantic_json_schema__(schema, handler)
        handler.resolve_ref_schema(reference)["enum"] = [*_FILE_ROLES]
        return reference


_FILE_ROLES = "system", "developer", "user", "assistant"

Detail: TypeAlias = Literal["auto", "low", "high"]
"""Detail with which a model reads an image."""


class TextPart(FrozenModel):
    """A text beside images and files in a message: a template in a prompt, rendered text in a rendered message.

    Attributes:
        text: The text.
        cache: Whether the stable prefix of the prompt ends here.
        optional: Whether rendering omits it if its text is empty.

    Examples:
        >>> TextPart(text="Describe {{subject}}.").text
        'Describe {{subject}}.'
    """

    text: Text
    cache: bool = False
    optional: bool = False

    @property
    def label(self) -> str:
        """The kind and the variable of the part; a text has none."""
        return ""


class ImagePart(FrozenModel):
    """An image in a message, from a variable; rendering omits it if the variable has no value.

    Attributes:
        image: The variable, of type ``image``.
        detail: The detail with which a model reads it.
        cache: Whether the stable prefix of the prompt ends here.

    Examples:
        >>> ImagePart(image="photo", detail="low").detail
        'low'
    """

    image: VariableName
    detail: Detail | None = None
    cache: bool = False

    @property
    def label(self) -> str:
        """The kind and the variable of the part."""
        return f"image {self.image}"


class FilePart(FrozenModel):
    """A file in a message, from a variable; rendering omits it if the variable has no value.

    Attributes:
        file: The variable, of type ``file``.
        cache: Whether the stable prefix of the prompt ends here.

    Examples:
        >>> FilePart(file="contract").file
        'contract'
    """

    file: VariableName
    cache: bool = False

    @property
    def label(self) -> str:
        """The kind and the variable of the part."""
        return f"file {self.file}"


class _NotInFiles:
    """Mark of fields that the JSON Schema of files leaves out, because only rendered chats have them."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> "JsonSchemaValue":
        raise PydanticOmit


class ImageContent(FrozenModel):
    """An image in a rendered message.

    Attributes:
        media: The image.
        detail: The detail with which a model reads it.
        cache: Whether the stable prefix of the prompt ends here.
        variable: The variable that holds it.

    Examples:
        >>> ImageContent(media=Media(url="https://example.com/cat.png")).media.url
        'https://example.com/cat.png'
    """

    media: Media
    detail: Detail | None = None
    cache: bool = False
    variable: str = ""

    @property
    def label(self) -> str:
        """The kind and the variable of the part."""
        return f"image {self.variable}"


class FileContent(FrozenModel):
    """A file in a rendered message.

    Attributes:
        media: The file.
        cache: Whether the stable prefix of the prompt ends here.
        variable: The variable that holds it.

    Examples:
        >>> FileContent(media=Media(url="https://example.com/contract.pdf")).cache
        False
    """

    media: Media
    cache: bool = False
    variable: str = ""

    @property
    def label(self) -> str:
        """The kind and the variable of the part."""
        return f"file {self.variable}"


Part: TypeAlias = TextPart | ImagePart | FilePart
"""A part of a message in a prompt."""
RenderedPart: TypeAlias = TextPart | ImageContent | FileContent
"""A part of a rendered message."""


class ToolCall(FrozenModel):
    """A call of a tool by the assistant, in a history.

    Attributes:
        id: The id that the result refers to.
        name: The name of the tool.
        arguments: The arguments by name.

    Examples:
        >>> ToolCall(id="call_1", name="find_account", arguments={"id": "7"}).arguments["id"]
        '7'
    """

    id: Text = Field(min_length=1)
    name: Text = Field(min_length=1)
    arguments: Frozen[Text, Json]


def _kind_of_part(value: object) -> str:
    if isinstance(value, ImageContent | FileContent):  # never out of a file
        return type(value).__name__
    return _kind_of(value, ("image", "file"), "text")


def _kind_of(value: object, kinds: Iterable[str], other: str) -> str:
    """Return the kind of a value of a union by the key, or the attribute, that only this kind has.

    The colon keeps a kind in the location of an error from being taken for a key of the data.
    """
    has = value.__contains__ if is_object(value) else lambda name: hasattr(value, name)
    return next((f"{name}:" for name in kinds if has(name)), f"{other}:")


_Part: TypeAlias = Annotated[
    Annotated[TextPart, Tag("text:")]
    | Annotated[ImagePart, Tag("image:")]
    | Annotated[FilePart, Tag("file:")]
    | Annotated[ImageContent, Tag("ImageContent"), _NotInFiles()]
    | Annotated[FileContent, Tag("FileContent"), _NotInFiles()],
    Discriminator(_kind_of_part),
]

_Content: TypeAlias = Annotated[
    Annotated[Text, Tag("text:")] | Annotated[tuple[_Part, ...], Tag("parts:"), Field(strict=False, min_length=1)],
    Discriminator(lambda value: "parts:" if is_array(value) else "text:"),
]


class Message(FrozenModel):
    """One message of a chat: a template or parts in a prompt, text or rendered parts in a rendered chat.

    Attributes:
        role: The role of the speaker.
        name: The speaker, if a provider distinguishes participants of a role.
        content: The text, or a list of parts: texts, images and files.
        cache: Whether the stable prefix of the prompt ends here.
        optional: Whether rendering omits it if its text is empty.
        tool_calls: The calls of tools, in the history of a rendered chat.
        tool_call_id: The call that a message of role ``tool`` answers, in the history of a rendered chat.

    Examples:
        >>> message = Message(role=Role.USER, content="Hello")
        >>> message.to_json()
        {'role': 'user', 'content': 'Hello'}
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=False)  # as `Prompt`

    role: Role = Field(strict=False)
    name: str | None = Field(default=None, pattern=SPEAKER_PATTERN)
    content: _Content
    cache: bool = False
    optional: bool = False
    tool_calls: Annotated[tuple[ToolCall, ...], _NotInFiles()] = Field(default=(), strict=False)
    tool_call_id: Annotated[Text | None, _NotInFiles()] = None

    @property
    def text(self) -> str:
        """The text; of parts, one a line, an image or file as ``[image photo]``."""
        if isinstance(self.content, str):
            return self.content
        texts = [part.text if isinstance(part, TextPart) else f"[{part.label}]" for part in self.content]
        return "\n".join([text.removesuffix("\n") for text in texts])

    @property
    def parts(self) -> tuple[Part | RenderedPart, ...]:
        """The parts; a text is one part."""
        return (TextPart(text=self.content),) if isinstance(self.content, str) else self.content

    def filled(self, content: str | tuple[RenderedPart, ...]) -> "Message":
        """Return the message with rendered content; the model has checked the rest.

        Args:
            content: The text or the parts.

        Returns:
            A copy.
        """
        rendered = copy(self)
        rendered.__dict__["content"] = content
        return rendered

    def to_json(self) -> dict[str, Any]:
        """Return the message as JSON: ``{"role": ..., "content": ...}``, and the other fields that are set.

        Returns:
            A dictionary, which the caller may change.
        """
        data: dict[str, Any] = {"role": str(self.role)}
        if self.name is not None:
            data["name"] = self.name
        data["content"] = self.content if isinstance(self.content, str) else [*map(_part_json, self.content)]
        if self.cache:
            data["cache"] = True
        if self.tool_calls:
            data["tool_calls"] = [
                {"id": one.id, "name": one.name, "arguments": plain_json(one.arguments)} for one in self.tool_calls
            ]
        if self.tool_call_id is not None:
            data["tool_call_id"] = self.tool_call_id
        return data


def _part_json(part: Part | RenderedPart) -> dict[str, Any]:
    data: dict[str, Any]
    match part:
        case TextPart():
            data = {"text": part.text}
        case ImagePart() | FilePart():
            data = part.model_dump(exclude={"cache"})
        case ImageContent():
            data = {"image": part.media.to_json(), **({"detail": part.detail} if part.detail else {})}
        case FileContent():
            data = {"file": part.media.to_json()}
    return {**data, "cache": True} if part.cache else data


class Origin(NamedTuple):
    """The place in a prompt's data of a rendered message: its path, or its history's, and the numbers of its parts."""

    path: DataPath
    parts: tuple[int, ...] = ()


def _check_file_message(value: object) -> object:
    """Refuse the results and calls of tools, which only a history may hold."""
    role = value.get("role") if is_object(value) else getattr(value, "role", None)
    if isinstance(role, str) and role not in _FILE_ROLES:
        expected = "'system', 'developer', 'user' or 'assistant'"
        raise PydanticCustomError("enum", "wrong role", {"expected": expected, "at": ("role",), "value": role})
    fields_set = value if is_object(value) else getattr(value, "model_fields_set", ())
    for key in ("toolCalls", "tool_calls", "toolCallId", "tool_call_id"):
        if key in fields_set:
            raise PydanticCustomError("wrong_value", "calls of tools stand only in a history", {"at": (key,)})
    return value


MessageField: TypeAlias = Annotated[Message, BeforeValidator(_check_file_message)]
"""A message of a prompt's file, as a model field."""


class History(FrozenModel):
    """The earlier messages of a conversation, which a variable holds.

    Attributes:
        history: The variable, of type ``messages``.

    Examples:
        >>> History(history="talk").history
        'talk'
    """

    history: VariableName


class Each(FrozenModel):
    """Messages that render once for each item of an array: few-shot examples.

    Attributes:
        each: The variable, of type ``array``. The templates see an item as in ``{{#each}}``.
        messages: The messages.

    Examples:
        >>> shots = Each(each="shots", messages=(Message(role=Role.USER, content="{{question}}"),))
        >>> shots.messages[0].role
        <Role.USER: 'user'>
    """

    each: VariableName
    messages: tuple[MessageField, ...] = Field(min_length=1, strict=False)


Entry: TypeAlias = Message | History | Each
"""One entry of a prompt's messages."""

EntryField: TypeAlias = Annotated[
    Annotated[MessageField, Tag("message:")] | Annotated[History, Tag("history:")] | Annotated[Each, Tag("each:")],
    Discriminator(lambda value: _kind_of(value, ("history", "each"), "message")),
]
"""An entry, as a model field."""

# Instructions belong to the prompt: a stored message must not pose as one.
_TURN_ROLES = Role.USER, Role.ASSISTANT, Role.TOOL


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
    """Read the value of a variable of type ``messages``."""
    if not is_array(value):
        raise TurnError((), f"must be a list of messages, not {with_article(json_type(value))}")
    return tuple([_read_turn(one, (n,), variable) for n, one in enumerate(value)])


def _read_turn(value: object, at: DataPath, variable: str) -> Message:
    turn = _read_object(value, at, ("role", "content", "name", "tool_calls", "tool_call_id"))
    role = turn.get("role")
    if not isinstance(role, str) or role not in _TURN_ROLES:
        help_ = "put instructions into the prompt's own messages" if role in {"system", "developer"} else ""
        raise TurnError((*at, "role"), "must be one of user, assistant and tool", help_)
    fields: dict[str, Any] = {"role": Role(role)}
    if turn.get("name") is not None:
        fields["name"] = _read_text(turn["name"], (*at, "name"))
        if not re.match(SPEAKER_PATTERN, fields["name"]):
            raise TurnError((*at, "name"), "must have 1 to 64 letters, digits, - and _")
    if turn.get("tool_calls") is not None:
        fields["tool_calls"] = _read_calls(turn["tool_calls"], (*at, "tool_calls"), role)
    if (call := turn.get("tool_call_id")) is not None:
        fields["tool_call_id"] = _read_text(call, (*at, "tool_call_id"))
    if (role == Role.TOOL) != (call is not None):
        raise TurnError(at, "must have a tool_call_id if, and only if, its role is tool")
    content = turn.get("content")
    if content is None and not fields.get("tool_calls"):
        raise TurnError((*at, "content"), "is missing")
    fields["content"] = "" if content is None else _read_content(content, (*at, "content"), variable)
    return Message.model_construct(set(fields), **fields)


def _read_content(value: object, at: DataPath, variable: str) -> str | tuple[RenderedPart, ...]:
    if not is_array(value):
        return _read_text(value, at, "a string or a list of parts")
    if not value:
        raise TurnError(at, "must have at least one part")
    return tuple([_read_part(one, (*at, n), variable) for n, one in enumerate(value)])


def _read_part(value: object, at: DataPath, variable: str) -> RenderedPart:
    kind = next((one for one in MEDIA_TYPES if is_object(value) and one in value), "text")
    part = _read_object(value, at, (kind, "detail") if kind == "image" else (kind,))
    if kind == "text":
        return TextPart.model_construct({"text"}, text=_read_text(part.get("text"), (*at, "text")))
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


def _read_calls(value: object, at: DataPath, role: str) -> tuple[ToolCall, ...]:
    if role != Role.ASSISTANT:
        raise TurnError(at, "belongs to messages of the assistant")
    if not is_array(value):
        raise TurnError(at, "must be a list of {id, name, arguments}")
    calls = []
    for n, one in enumerate(value):
        call = _read_object(one, (*at, n), ("id", "name", "arguments"))
        words = {key: _read_text(call.get(key), (*at, n, key)) for key in ("id", "name")}
        arguments = call.get("arguments")
        if not is_object(arguments):
            raise TurnError((*at, n, "arguments"), "must be an object")
        calls.append(ToolCall.model_construct(**words, arguments=FrozenDict(plain_json(arguments))))  # type: ignore[arg-type, call-overload]
    return tuple(calls)


def _read_object(value: object, at: DataPath, keys: Collection[str]) -> Mapping[str, object]:
    if not is_object(value):
        raise TurnError(at, f"must be an object with {' and '.join(list(keys)[:2])}")
    for key in value:
        if key not in keys:
            help_ = suggest(str(key), keys, f"the keys are {', '.join(keys)}")
            raise TurnError((*at, str(key)), "is an unknown key", help_)
    return value


def _read_text(value: object, at: DataPath, what: str = "a string") -> str:
    if value is None:
        raise TurnError(at, "is missing")
    if not is_text(value):
        raise TurnError(at, f"must be {what}")
    return value
