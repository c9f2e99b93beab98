"""Messages: what a chat prompt is made of, and what it becomes."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from prompt_cli.domain.conversation import message_data
from prompt_cli.domain.model import FrozenModel


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
