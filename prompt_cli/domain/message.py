"""Messages of a chat and their parts, before and after rendering; histories and `each`, which render to messages."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, GetJsonSchemaHandler, Tag
from pydantic_core import CoreSchema, PydanticCustomError, PydanticOmit

from prompt_cli.domain.base import Frozen, FrozenModel, Json, Text, Word
from prompt_cli.domain.json_values import is_array, is_object, plain_json
from prompt_cli.domain.media import Media
from prompt_cli.domain.variables import VariableName

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic.json_schema import JsonSchemaValue

    from prompt_cli.problems import DataPath

SPEAKER_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
"""Names of participants and of outputs."""


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
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
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
        cache: Whether the stable prefix of the prompt ends after it.
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
        cache: Whether the stable prefix of the prompt ends after it.

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
        cache: Whether the stable prefix of the prompt ends after it.

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

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        raise PydanticOmit


class ImageContent(FrozenModel):
    """An image in a rendered message.

    Attributes:
        media: The image.
        detail: The detail with which a model reads it.
        cache: Whether the stable prefix of the prompt ends after it.
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
        cache: Whether the stable prefix of the prompt ends after it.
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
    """Return the kind of a part by the key that only this kind has."""
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
        cache: Whether the stable prefix of the prompt ends after it.
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

    def filled(self, content: str | tuple[RenderedPart, ...]) -> Message:
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


_ONLY_IN_HISTORIES = "toolCalls", "tool_calls", "toolCallId", "tool_call_id"


def _check_file_message(value: object) -> object:
    """Refuse the results and calls of tools, which only a history may hold."""
    role = value.get("role") if is_object(value) else getattr(value, "role", None)
    if isinstance(role, str) and role not in _FILE_ROLES:
        expected = "'system', 'developer', 'user' or 'assistant'"
        raise PydanticCustomError("enum", "wrong role", {"expected": expected, "at": ("role",), "value": role})
    fields_set = value if is_object(value) else getattr(value, "model_fields_set", ())
    for key in _ONLY_IN_HISTORIES:
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


def as_text(messages: Iterable[tuple[str, str]]) -> str:
    """Write messages, each a role and a content, as one text: each message under its role."""
    return "\n".join(f"{role}:\n" + content.removesuffix("\n") + "\n" for role, content in messages)
