"""Messages of a chat, before and after rendering."""

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
        """Return the message as providers take it: ``{"role": ..., "content": ...}``, and the name if it has one."""
        named = {} if self.name is None else {"name": self.name}
        return {"role": str(self.role), **named, "content": self.content}


def as_text(messages: Iterable[tuple[str, str]]) -> str:
    """Write messages, each a role and a content, as one text: each message below its role."""
    return "\n".join(f"{role}:\n" + content.removesuffix("\n") + "\n" for role, content in messages)
