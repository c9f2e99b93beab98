"""Examples: values that a prompt must render with, and the expected text."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Discriminator, Field, Tag

from prompt_cli.domain.base import Frozen, FrozenModel, Json, Text
from prompt_cli.domain.json_values import FrozenDict, is_array
from prompt_cli.domain.message import Message, OwnMessage, TextPart
from prompt_cli.domain.variables import Pattern, pattern_matcher
from prompt_cli.problems import DataPath  # noqa: TC001 - Pydantic resolves the annotations of this module

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAX_QUOTED = 60
"""The maximum length of a quoted text."""


def _kind_of_text(value: object) -> str:
    return "messages" if is_array(value) else "text"


class Expectation(FrozenModel):
    """Expected output of an example.

    Attributes:
        contains: Texts that must each occur, for a chat in any message.
        not_contains: Texts that may not occur (in files: ``not-contains``), for a chat in no message.
        matches: Regular expressions that must each match somewhere, for a chat in any message; the engine is that of
            `VariableSpec.pattern`.
        equals: The exact output: the text, or for a chat the messages, an image or file by its variable.

    Examples:
        >>> Expectation(contains=("Ada", "Hello")).contains
        ('Ada', 'Hello')
        >>> Expectation(equals="Hello Ada!").equals
        'Hello Ada!'
    """

    contains: tuple[Text, ...] | None = Field(default=None, strict=False)
    not_contains: tuple[Text, ...] | None = Field(default=None, strict=False, alias="not-contains")
    matches: tuple[Pattern, ...] | None = Field(default=None, strict=False)
    equals: (
        Annotated[
            Annotated[Text, Tag("text")] | Annotated[tuple[OwnMessage, ...], Tag("messages"), Field(strict=False)],
            Discriminator(_kind_of_text),
        ]
        | None
    ) = None


class Example(FrozenModel):
    """Values to render a prompt with.

    Attributes:
        name: The name, for ``render ID --example NAME``.
        description: A description for readers.
        variables: The values, as JSON.
        expect: The expected output, if any.
        answer: An answer of the model, which must fit the prompt's output; see `has_answer`.

    Examples:
        >>> example = Example(name="Ada", variables={"name": "Ada"}, expect=Expectation(contains=("Ada",)))
        >>> example.variables["name"]
        'Ada'
    """

    name: Text = Field(min_length=1)
    description: Text | None = None
    variables: Frozen[Text, Json] = Field(default_factory=FrozenDict)
    expect: Expectation | None = None
    answer: Json = None

    @property
    def has_answer(self) -> bool:
        """Whether there is an answer; it may be null."""
        return "answer" in self.model_fields_set


class ExpectationFailure(NamedTuple):
    """An unmet part of an expectation.

    Attributes:
        path: The part of the expectation.
        message: The difference, in a sentence.
    """

    path: DataPath
    message: str


def check_expectation(
    expectation: Expectation, messages: Sequence[Message], *, chat: bool, secret: bool = False
) -> Iterator[ExpectationFailure]:
    """Yield the parts of an expectation that a rendered prompt does not meet.

    Args:
        expectation: The expectation.
        messages: The rendered prompt; one message for a prompt of another format than chat.
        chat: Whether the prompt is a chat.
        secret: Whether the texts may hold sensitive values, which messages may not show.
    """
    texts = [message.text for message in messages]
    for n, text in enumerate(expectation.contains or ()):
        if not any(text in one for one in texts):
            yield ExpectationFailure(
                ("contains", n), f"{_shown(text, 'contains', n, secret=secret)} is not in the rendered text"
            )
    for n, text in enumerate(expectation.not_contains or ()):
        if any(text in one for one in texts):
            yield ExpectationFailure(
                ("not-contains", n), f"{_shown(text, 'not-contains', n, secret=secret)} is in the rendered text"
            )
    for n, pattern in enumerate(expectation.matches or ()):
        if not any(map(pattern_matcher(pattern).isinstance_python, texts)):
            yield ExpectationFailure(
                ("matches", n), f"{_shown(pattern, 'matches', n, secret=secret)} matches nothing in the rendered text"
            )
    yield from _unequal(expectation.equals, messages, chat=chat, secret=secret)


def _shown(text: str, field: str, n: int, *, secret: bool) -> str:
    return f"text {n + 1} of {field!r}" if secret else _short(text)


def _unequal(
    expected: str | tuple[Message, ...] | None, messages: Sequence[Message], *, chat: bool, secret: bool
) -> Iterator[ExpectationFailure]:
    if isinstance(expected, str) and chat:
        yield ExpectationFailure(("equals",), "a chat is compared with a list of messages, not with a text")
    elif isinstance(expected, str):
        yield from _compare(("equals",), expected, messages[0].text, secret=secret)
    elif expected is not None and not chat:
        yield ExpectationFailure(("equals",), "a text is compared with a text, not with a list of messages")
    elif expected is not None and len(expected) != len(messages):
        yield ExpectationFailure(("equals",), f"rendered {len(messages)} messages, expected {len(expected)}")
    elif expected is not None:
        for n, (wanted, message) in enumerate(zip(expected, messages, strict=True)):
            if (wanted.role, wanted.name) != (message.role, message.name):
                yield ExpectationFailure(("equals", n), f"message {n + 1} has another role or name than expected")
            yield from _unequal_parts(("equals", n, "content"), wanted, message, secret=secret)


def _unequal_parts(path: DataPath, wanted: Message, message: Message, *, secret: bool) -> Iterator[ExpectationFailure]:
    if isinstance(wanted.content, str) and isinstance(message.content, str):
        yield from _compare(path, wanted.content, message.content, secret=secret)
        return
    expected, parts = wanted.parts, message.parts
    if len(expected) != len(parts):
        yield ExpectationFailure(path, f"{len(parts)} parts are rendered where {len(expected)} are expected")
        return
    for n, (one, other) in enumerate(zip(expected, parts, strict=True)):
        if isinstance(one, TextPart) and isinstance(other, TextPart):
            yield from _compare((*path, n, "text"), one.text, other.text, secret=secret)
        elif one.label != other.label or getattr(one, "detail", None) != getattr(other, "detail", None):
            yield ExpectationFailure(
                (*path, n), f"part {n + 1} is {other.label or 'a text'}, not {one.label or 'a text'}"
            )


def _compare(path: DataPath, expected: str, rendered: str, *, secret: bool) -> Iterator[ExpectationFailure]:
    if expected == rendered:
        return
    pairs = zip_longest(expected.splitlines(keepends=True), rendered.splitlines(keepends=True))
    line, (wanted, actual) = next((n, pair) for n, pair in enumerate(pairs, 1) if pair[0] != pair[1])
    shown = "" if secret else f": expected {_short(wanted)}, rendered {_short(actual)}"
    yield ExpectationFailure(path, f"line {line} of the rendered text differs{shown}")


def _short(text: str | None) -> str:
    if text is None:
        return "nothing"
    if len(text) > _MAX_QUOTED:
        text = f"{text[: _MAX_QUOTED // 2 - 1]}...{text[-_MAX_QUOTED // 2 + 2 :]}"
    return repr(text)
