"""Examples: values that a prompt must render with, and the expected text."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Annotated, NamedTuple

from pydantic import Discriminator, Field, Tag

from prompt_cli.domain.base import Frozen, FrozenModel, Json, Text
from prompt_cli.domain.json_values import FrozenDict, is_array
from prompt_cli.domain.message import Message, MessageField, TextPart
from prompt_cli.domain.variables import Pattern, pattern_matcher
from prompt_cli.problems import DataPath

_MAX_QUOTED = 60  # characters


class Expectation(FrozenModel):
    """Expected output of an example.

    Attributes:
        contains: Texts that must each occur, for a chat in any message.
        not_contains: Texts that must not occur, for a chat in no message.
        matches: Regular expressions that must each match somewhere, for a chat in any message; the syntax is that of a
            variable's ``pattern``.
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
            Annotated[Text, Tag("text")] | Annotated[tuple[MessageField, ...], Tag("messages"), Field(strict=False)],
            Discriminator(lambda value: "messages" if is_array(value) else "text"),
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
        answer: An answer of the model, maybe null, which must fit the prompt's output.

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
    """A part of an expectation that a rendered prompt does not meet, and the difference in a sentence."""

    path: DataPath
    message: str


def check_expectation(
    expectation: Expectation, messages: Sequence[Message], *, chat: bool, secret: bool = False
) -> Iterator[ExpectationFailure]:
    """Yield the parts of an expectation that a rendered prompt does not meet.

    A prompt of another format than chat is one message. Failures do not quote texts that are `secret`.
    """
    texts = [message.text for message in messages]
    for n, text in enumerate(expectation.contains or ()):
        if not any(text in one for one in texts):
            yield _failure("contains", n, text, "is not in the rendered text", secret=secret)
    for n, text in enumerate(expectation.not_contains or ()):
        if any(text in one for one in texts):
            yield _failure("not-contains", n, text, "is in the rendered text", secret=secret)
    for n, pattern in enumerate(expectation.matches or ()):
        if not any(map(pattern_matcher(pattern).isinstance_python, texts)):
            yield _failure("matches", n, pattern, "matches nothing in the rendered text", secret=secret)
    yield from _unequal(expectation.equals, messages, chat=chat, secret=secret)


def _failure(field: str, n: int, text: str, problem: str, *, secret: bool) -> ExpectationFailure:
    quote = f"text {n + 1} of {field!r}" if secret else _quote(text)
    return ExpectationFailure((field, n), f"{quote} {problem}")


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
        for n, (one, message) in enumerate(zip(expected, messages, strict=True)):
            if (one.role, one.name) != (message.role, message.name):
                yield ExpectationFailure(("equals", n), f"message {n + 1} has another role or name than expected")
            yield from _unequal_parts(("equals", n, "content"), one, message, secret=secret)


def _unequal_parts(
    path: DataPath, expected: Message, rendered: Message, *, secret: bool
) -> Iterator[ExpectationFailure]:
    if isinstance(expected.content, str) and isinstance(rendered.content, str):
        yield from _compare(path, expected.content, rendered.content, secret=secret)
        return
    if len(expected.parts) != len(rendered.parts):
        message = f"{len(rendered.parts)} parts are rendered where {len(expected.parts)} are expected"
        yield ExpectationFailure(path, message)
        return
    for n, (one, other) in enumerate(zip(expected.parts, rendered.parts, strict=True)):
        if isinstance(one, TextPart) and isinstance(other, TextPart):
            yield from _compare((*path, n, "text"), one.text, other.text, secret=secret)
        elif one.label != other.label or getattr(one, "detail", None) != getattr(other, "detail", None):
            message = f"part {n + 1} is {other.label or 'a text'}, not {one.label or 'a text'}"
            yield ExpectationFailure((*path, n), message)


def _compare(path: DataPath, expected: str, rendered: str, *, secret: bool) -> Iterator[ExpectationFailure]:
    if expected == rendered:
        return
    pairs = zip_longest(expected.splitlines(keepends=True), rendered.splitlines(keepends=True))
    line, (expected_line, line_text) = next((n, pair) for n, pair in enumerate(pairs, 1) if pair[0] != pair[1])
    detail = "" if secret else f": expected {_quote(expected_line)}, rendered {_quote(line_text)}"
    yield ExpectationFailure(path, f"line {line} of the rendered text differs{detail}")


def _quote(text: str | None) -> str:
    if text is None:
        return "nothing"
    if len(text) > _MAX_QUOTED:
        text = f"{text[: _MAX_QUOTED // 2 - 1]}...{text[-_MAX_QUOTED // 2 + 2 :]}"
    return repr(text)
