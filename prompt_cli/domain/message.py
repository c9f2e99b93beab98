"""Messages: what a chat prompt is made of, and what it becomes."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import Field

from prompt_cli.domain.base import FrozenModel

if TYPE_CHECKING:
    from collections.abc import Iterable


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    DEVELOPER = "developer"
    USER = "user"
    ASSISTANT = "assistant"


class Message(FrozenModel):
    """One message of a chat: a template in a prompt, text once it is rendered.

    Attributes:
        role: Who speaks.
        content: What is said.
        name: Who of that role speaks, where a provider tells participants apart.
    """

    role: Role = Field(strict=False)
    content: str
    name: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$")

    def to_json(self) -> dict[str, str]:
        """Return the message as providers take it: ``{"role": ..., "content": ...}``, and the name where it has one."""
        return message_data(str(self.role), self.content, self.name)


def message_data(role: str, content: str, name: str | None) -> dict[str, str]:
    """Return a message as providers take it: ``{"role": ..., "content": ...}``, and the name where it has one."""
    named = {} if name is None else {"name": name}
    return {"role": role, **named, "content": content}


def as_text(messages: Iterable[tuple[str, str]]) -> str:
    """Return messages, each a role and a content, as one text: they follow one another, each below its role."""
    return "\n".join(f"{role}:\n{_ended(content)}" for role, content in messages)


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"
