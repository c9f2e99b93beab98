"""Templates of a prompt, as model fields."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeAlias, cast

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from prompt_cli.domain.base import FrozenModel, Text, check_text
from prompt_cli.domain.message import Each, Entry, EntryField, FilePart, History, ImagePart, Message, TextPart
from prompt_cli.errors import TemplateSyntaxError
from prompt_cli.problems import DataPath

if TYPE_CHECKING:
    from prompt_cli.domain.foreign import ForeignText
    from prompt_cli.handlebars import Template


def parse_template(content: str, name: str | None = None) -> "Template":
    """Parse a template; errors name the id of its prompt."""
    from prompt_cli.handlebars import HandlebarsSyntaxError, parse  # not every command parses templates

    try:
        template = parse(content, name=name)
    except HandlebarsSyntaxError as error:
        from prompt_cli.domain.foreign import foreign_tag  # few templates have errors

        if foreign := foreign_tag(content, error.span.offset):
            raise _foreign_error(content, foreign, name) from error
        raise TemplateSyntaxError(error.message, template=name, **error.span._asdict()) from error
    if _MAY_BE_FOREIGN.search(content):
        from prompt_cli.domain.foreign import foreign_call  # as above

        if foreign := foreign_call(template):
            raise _foreign_error(content, foreign, name)
    return template


# Tags that begin with a string, a dash, a key or three words, or hold a keyword of Python.
_MAY_BE_FOREIGN = re.compile(r"\{\{[{~&]?\s*+(?:[\"'-]|[\w.]++(?:\s*+:|\s++(?:if|or)\s|\s[\w']++\s[\w']))")


def _foreign_error(content: str, foreign: "ForeignText", name: str | None) -> TemplateSyntaxError:
    from prompt_cli.handlebars import Span  # as above

    line = content.count("\n", 0, foreign.start) + 1
    span = Span(foreign.start, line, foreign.start - content.rfind("\n", 0, foreign.start), foreign.end)
    return TemplateSyntaxError(foreign.message, template=name, help=foreign.help, **span._asdict())


# Scopes that no variable declares: ``@index``, and contexts that depend on the data.
NOT_DECLARED = frozenset({"data", "unknown"})


class PromptTemplate(FrozenModel):
    """The template of a prompt that is one text.

    Attributes:
        content: The template, in Handlebars.

    Examples:
        >>> PromptTemplate("Dear {{name}}, {{#each items}}{{title}} {{/each}}").variables
        ('name', 'items')
    """

    content: Text

    def __init__(self, content: str) -> None:
        super().__init__(content=content)  # type: ignore[call-arg] # the base class has no fields to check

    # Without this mark, as `BaseModel.__init__` has it, Pydantic validates by calling it, and so twice.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined] # undeclared in Pydantic's types

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The names that the template reads, without its partials, in order of first use.

        Raises:
            TemplateSyntaxError: The template cannot be parsed.
        """
        return _read_names([self.content])


class ChatPromptTemplate(FrozenModel):
    """The templates of a prompt that is a list of messages.

    Attributes:
        entries: The messages, histories and `Each`, in order.

    Examples:
        >>> from prompt_cli import Message, Role
        >>> chat = ChatPromptTemplate([Message(role=Role.USER, content="Sort {{ticket}}")])
        >>> chat.variables
        ('ticket',)
    """

    entries: tuple[EntryField, ...] = Field(min_length=1, strict=False)

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__(entries=entries)  # type: ignore[call-arg] # as above

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined] # as above

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages that are neither in a history nor in `Each`."""
        return tuple([one for one in self.entries if isinstance(one, Message)])

    @cached_property
    def templates(self) -> Mapping[DataPath, str]:
        """The text of every template by its path below ``messages``, in order."""
        templates: dict[DataPath, str] = {}
        for n, one in enumerate(self.entries):
            if isinstance(one, Message):
                templates |= _templates_of(one, (n,))
            elif isinstance(one, Each):
                for m, message in enumerate(one.messages):
                    templates |= _templates_of(message, (n, "messages", m))
        return templates

    @property
    def placements(self) -> "Iterator[Placement]":
        """The places that name a variable outside a template, in order."""
        for n, one in enumerate(self.entries):
            match one:
                case History():
                    yield Placement((n, "history"), one.history, "messages")
                case Each():
                    yield Placement((n, "each"), one.each, "array")
                    for m, message in enumerate(one.messages):
                        yield from _placements_of(message, (n, "messages", m), one.each)
                case _:
                    yield from _placements_of(one, (n,), None)

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The names that the messages read, in order of first use.

        Raises:
            TemplateSyntaxError: A message's template cannot be parsed.
        """
        texts = [text for path, text in self.templates.items() if self.each_at(path) is None]
        names = [one.name for one in self.placements if one.each is None]
        return tuple(dict.fromkeys([*_read_names(texts), *names]))

    def each_at(self, path: DataPath) -> str | None:
        """Return the variable whose items a template renders with; None if it renders once.

        Args:
            path: Its path below ``messages``.

        Returns:
            The name of the variable.
        """
        entry = self.entries[path[0]] if path and isinstance(path[0], int) else None
        return entry.each if isinstance(entry, Each) else None


class Placement(NamedTuple):
    """A place in a chat, by its path below ``messages``, that names a variable outside a template."""

    path: DataPath
    name: str
    type: str
    each: str | None = None  # the variable of `each` around, whose items may have the name as a property


def _templates_of(message: Message, at: DataPath) -> Mapping[DataPath, str]:
    if isinstance(message.content, str):
        return {(*at, "content"): message.content}
    return {
        (*at, "content", n, "text"): part.text for n, part in enumerate(message.content) if isinstance(part, TextPart)
    }


def _placements_of(message: Message, at: DataPath, each: str | None) -> Iterator[Placement]:
    for n, part in enumerate(() if isinstance(message.content, str) else message.content):
        if isinstance(part, ImagePart):
            yield Placement((*at, "content", n, "image"), part.image, "image", each)
        elif isinstance(part, FilePart):
            yield Placement((*at, "content", n, "file"), part.file, "file", each)


def _read_names(contents: Iterable[str]) -> tuple[str, ...]:
    from prompt_cli.handlebars.analysis import analyse  # not every command parses templates

    read = (one for content in contents for one in analyse(parse_template(content)).references)
    return tuple(dict.fromkeys(one.path[0] for one in read if one.path and one.scope not in NOT_DECLARED))


def _as_template(value: object) -> object:
    if isinstance(value, str):
        return PromptTemplate.model_construct(content=check_text(value))
    if isinstance(value, PromptTemplate):
        return value
    # Pydantic would read a mapping as the fields of the model.
    raise PydanticKnownError("string_type")


class _Serializer:
    """Serializer of a field to a type; Pydantic's `PlainSerializer` is in a module that takes 3 ms to import."""

    def __init__(self, serialize: Callable[[Any], object], type_: object) -> None:
        self._serialize = serialize
        self._type = type_

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        serializer = core_schema.plain_serializer_function_ser_schema(
            self._serialize, return_schema=handler.generate_schema(self._type)
        )
        return cast("CoreSchema", {**handler(source), "serialization": serializer})


TemplateField: TypeAlias = Annotated[
    PromptTemplate,
    BeforeValidator(_as_template, json_schema_input_type=str),
    _Serializer(lambda template: template.content, str),
]
"""A template, which files write as a string."""

ChatField: TypeAlias = Annotated[
    ChatPromptTemplate,
    BeforeValidator(
        lambda value: value if isinstance(value, ChatPromptTemplate) else {"entries": value},
        json_schema_input_type=list[Message | History | Each],
    ),
    _Serializer(lambda chat: list(chat.entries), list[Message | History | Each]),
]
"""Messages, which files write as a list."""
