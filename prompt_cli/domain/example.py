"""Examples: values that a prompt must render with, and the expected text."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Discriminator, Field, Tag

from prompt_cli.domain.base import Frozen, FrozenModel, Json, Text
from prompt_cli.domain.json_values import FrozenDict, is_array
from prompt_cli.domain.message import Message, OwnMessage
from prompt_cli.errors import DataPath  # noqa: TC001 - Pydantic resolves the annotations of this module

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
        equals: The exact output: the text, or for a chat the messages.

    Examples:
        >>> Expectation(contains=("Ada", "Hello")).contains
        ('Ada', 'Hello')
        >>> Expectation(equals="Hello Ada!").equals
        'Hello Ada!'
    """

    contains: tuple[Text, ...] | None = Field(default=None, strict=False)
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


class Unmet(NamedTuple):
    """An unmet part of an expectation.

    Attributes:
        path: The part of the expectation.
        message: The difference, in a sentence.
    """

    path: DataPath
    message: str


def unmet(
    expectation: Expectation, messages: Sequence[Message], *, chat: bool, secret: bool = False
) -> Iterator[Unmet]:
    """Yield the parts of an expectation that a rendered prompt does not meet.

    Args:
        expectation: The expectation.
        messages: The rendered prompt; one message for a prompt of another format than chat.
        chat: Whether the prompt is a chat.
        secret: Whether the texts may hold sensitive values, which messages may not show.
    """
    for n, text in enumerate(expectation.contains or ()):
        if not any(text in message.text for message in messages):
            shown = f"text {n + 1} of 'contains'" if secret else _short(text)
            yield Unmet(("contains", n), f"{shown} is not in what is rendered")
    expected = expectation.equals
    if isinstance(expected, str) and chat:
        yield Unmet(("equals",), "a chat is compared with a list of messages, not with a text")
    elif isinstance(expected, str):
        yield from _compare(("equals",), expected, messages[0].text, secret=secret)
    elif expected is not None and not chat:
        yield Unmet(("equals",), "a text is compared with a text, not with a list of messages")
    elif expected is not None and len(expected) != len(messages):
        yield Unmet(("equals",), f"{len(messages)} messages are rendered where {len(expected)} are expected")
    elif expected is not None:
        for n, (wanted, message) in enumerate(zip(expected, messages, strict=True)):
            if (wanted.role, wanted.name) != (message.role, message.name):
                yield Unmet(("equals", n), f"message {n + 1} is of another role or name than expected")
            yield from _compare(("equals", n, "content"), wanted.text, message.text, secret=secret)


def _compare(path: DataPath, expected: str, rendered: str, *, secret: bool) -> Iterator[Unmet]:
    if expected == rendered:
        return
    pairs = zip_longest(expected.splitlines(keepends=True), rendered.splitlines(keepends=True))
    line, (wanted, actual) = next((n, pair) for n, pair in enumerate(pairs, 1) if pair[0] != pair[1])
    shown = "" if secret else f": expected {_short(wanted)}, rendered {_short(actual)}"
    yield Unmet(path, f"line {line} of what is rendered differs{shown}")


def _short(text: str | None) -> str:
    if text is None:
        return "nothing"
    if len(text) > _MAX_QUOTED:
        text = f"{text[: _MAX_QUOTED // 2 - 1]}...{text[-_MAX_QUOTED // 2 + 2 :]}"
    return repr(text)
