"""Examples: values that a prompt must render with, and what must come out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Annotated, NamedTuple

from pydantic import Discriminator, Field, Tag

from prompt_cli.domain.base import FrozenModel, Json
from prompt_cli.domain.json_values import is_array
from prompt_cli.domain.message import Message
from prompt_cli.errors import DataPath  # noqa: TC001 - a NamedTuple reads its annotations nowhere, a model might


def _kind_of_text(value: object) -> str:
    return "messages" if is_array(value) else "text"


class Expectation(FrozenModel):
    """What an example expects of what is rendered.

    Attributes:
        contains: Texts that must each occur, for a chat in any message.
        equals: What must come out exactly: the text, or for a chat the messages.
    """

    contains: tuple[str, ...] | None = Field(default=None, strict=False)
    equals: (
        Annotated[
            Annotated[str, Tag("text")] | Annotated[tuple[Message, ...], Tag("messages"), Field(strict=False)],
            Discriminator(_kind_of_text),
        ]
        | None
    ) = None


class Example(FrozenModel):
    """Values to render a prompt with.

    Attributes:
        name: What to call it: ``render ID --example NAME``.
        description: What it shows, for people.
        variables: The values, as JSON.
        expect: What must come out, where anything is expected.
    """

    name: str = Field(min_length=1)
    description: str | None = None
    variables: Mapping[str, Json] = Field(default_factory=dict)
    expect: Expectation | None = None


class Unmet(NamedTuple):
    """Something an expectation misses.

    Attributes:
        path: Which part of the expectation.
        message: What is missed.
    """

    path: DataPath
    message: str


def unmet(
    expectation: Expectation, messages: Sequence[Message], *, chat: bool, secret: bool = False
) -> Iterator[Unmet]:
    """Yield what an expectation misses in a rendered prompt.

    Args:
        expectation: What is expected.
        messages: What was rendered; one message for a prompt that is a single text.
        chat: Whether the prompt is a chat.
        secret: Whether what was rendered holds what may not be shown.
    """
    for n, text in enumerate(expectation.contains or ()):
        if not any(text in message.content for message in messages):
            yield Unmet(("contains", n), f"{_short(text)} is not in what is rendered")
    expected = expectation.equals
    if isinstance(expected, str) and chat:
        yield Unmet(("equals",), "a chat is compared with a list of messages, not with a text")
    elif isinstance(expected, str):
        yield from _different(("equals",), expected, messages[0].content, secret=secret)
    elif expected is not None and not chat:
        yield Unmet(("equals",), "a text is compared with a text, not with a list of messages")
    elif expected is not None and len(expected) != len(messages):
        yield Unmet(("equals",), f"{len(messages)} messages are rendered where {len(expected)} are expected")
    elif expected is not None:
        for n, (wanted, given) in enumerate(zip(expected, messages, strict=True)):
            if (wanted.role, wanted.name) != (given.role, given.name):
                yield Unmet(("equals", n), f"message {n + 1} is of another role or name than expected")
            yield from _different(("equals", n, "content"), wanted.content, given.content, secret=secret)


def _different(path: DataPath, wanted: str, given: str, *, secret: bool) -> Iterator[Unmet]:
    if wanted == given:
        return
    pairs = zip_longest(wanted.splitlines(keepends=True), given.splitlines(keepends=True))
    line, (expected, rendered) = next((n, pair) for n, pair in enumerate(pairs, 1) if pair[0] != pair[1])
    shown = "" if secret else f": expected {_short(expected)}, rendered {_short(rendered)}"
    yield Unmet(path, f"line {line} of what is rendered differs{shown}")


def _short(text: str | None) -> str:
    if text is None:
        return "nothing"
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2 - 1]}...{text[-_SHOWN // 2 + 2 :]}")


_SHOWN = 60
