"""Templates: the text of a prompt before it is filled in."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, cast

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from prompt_cli.domain.base import FrozenModel
from prompt_cli.domain.message import Message
from prompt_cli.errors import TemplateSyntaxError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from prompt_cli.handlebars import Template


def parse_template(content: str, name: str | None = None) -> Template:
    """Parse a template.

    Args:
        content: The template's text.
        name: What to call it in an error: the id of its prompt.

    Raises:
        TemplateSyntaxError: It cannot be parsed; the error holds the line and column.
    """
    from prompt_cli.handlebars import HandlebarsSyntaxError, parse  # a model may never be rendered

    try:
        return parse(content, name=name)
    except HandlebarsSyntaxError as error:
        raise TemplateSyntaxError(
            error.message, template=name, line=error.line, column=error.column, offset=error.offset, end=error.end
        ) from error


NOT_DECLARED = frozenset({"data", "unknown"})
"""Scopes of what a template reads that no variable declares: ``@index``, and what only the data can tell."""


def names_used(contents: Iterable[str]) -> tuple[str, ...]:
    """Return the names that templates read from the root of their data, in the order they first do.

    Raises:
        TemplateSyntaxError: A template cannot be parsed.
    """
    from prompt_cli.handlebars import references  # a model may never be rendered

    found = (one for content in contents for one in references(parse_template(content)))
    return tuple(dict.fromkeys(one.path[0] for one in found if one.path and one.scope not in NOT_DECLARED))


class PromptTemplate(FrozenModel):
    """The template of a prompt that is one text.

    >>> PromptTemplate("Dear {{name}}, {{#each items}}{{title}} {{/each}}").variables
    ('name', 'items')

    Attributes:
        content: The template, in Handlebars.
    """

    content: str

    def __init__(self, content: str) -> None:
        super().__init__(content=content)  # type: ignore[call-arg] # the base class has no fields to check

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The names it reads, in the order it first does; what its partials read is theirs to say.

        Raises:
            TemplateSyntaxError: The template cannot be parsed.
        """
        return names_used([self.content])


class ChatPromptTemplate(FrozenModel):
    """The templates of a prompt that is a list of messages.

    Attributes:
        messages: The messages, the content of each a template in Handlebars.
    """

    messages: tuple[Message, ...] = Field(min_length=1, strict=False)

    def __init__(self, messages: Sequence[Message]) -> None:
        super().__init__(messages=messages)  # type: ignore[call-arg] # the same

    # It takes the place of a keyword alone: validation need not call it, and would validate everything twice.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined] # what `BaseModel` says of its own

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The names the messages read, in the order they first do.

        Raises:
            TemplateSyntaxError: A message's template cannot be parsed.
        """
        return names_used(message.content for message in self.messages)


def _as_template(value: object) -> object:
    if isinstance(value, str):
        return PromptTemplate.model_construct(content=value)  # all there is to check of it is checked
    if isinstance(value, PromptTemplate):
        return value
    # A mapping is no template: its keys would be taken for the arguments of one.
    raise PydanticKnownError("string_type")


def _as_chat(value: object) -> object:
    return value if isinstance(value, ChatPromptTemplate) else {"messages": value}


class _Written:
    """Writes a field as people do. Pydantic's own `PlainSerializer` is in a module that takes 3 ms to import.

    Args:
        write: Makes what is written of the field's value.
        form: The schema of that.
    """

    def __init__(self, write: Callable[[Any], object], form: CoreSchema) -> None:
        self._serializer = core_schema.plain_serializer_function_ser_schema(write, return_schema=form)

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return cast("CoreSchema", {**handler(source), "serialization": self._serializer})


TemplateField: TypeAlias = Annotated[
    PromptTemplate,
    BeforeValidator(_as_template, json_schema_input_type=str),
    _Written(lambda template: template.content, core_schema.str_schema()),
]
"""A template as people write it: a string."""

ChatField: TypeAlias = Annotated[
    ChatPromptTemplate,
    BeforeValidator(_as_chat, json_schema_input_type=list[Message]),
    _Written(
        lambda chat: [message.to_json() for message in chat.messages],
        core_schema.list_schema(core_schema.dict_schema(core_schema.str_schema(), core_schema.str_schema())),
    ),
]
"""Messages as people write them: a list."""
