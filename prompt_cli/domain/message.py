"""Messages of a chat, before and after rendering."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import ConfigDict, Field

from prompt_cli.domain.base import FrozenModel, Text, Word

if TYPE_CHECKING:
    from collections.abc import Iterable


class Role(Word):
    """Who speaks.

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


class Message(FrozenModel):
    """One message of a chat: a template in a prompt, text once it is rendered.

    Attributes:
        role: The role of the speaker.
        name: The speaker, if a provider distinguishes participants of a role.
        content: The text.

    Examples:
        >>> message = Message(role=Role.USER, content="Hello")
        >>> message.to_json()
        {'role': 'user', 'content': 'Hello'}
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=False)  # as `Prompt`

    role: Role = Field(strict=False)
    name: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$")
    content: Text

    def to_json(self) -> dict[str, str]:
        """Return the message as providers take it: ``{"role": ..., "content": ...}``, and the name if it has one.

        Returns:
            A dictionary, which the caller may change.
        """
        named = {} if self.name is None else {"name": self.name}
        return {"role": str(self.role), **named, "content": self.content}


def as_text(messages: Iterable[tuple[str, str]]) -> str:
    """Write messages, each a role and a content, as one text: each message below its role."""
    return "\n".join(f"{role}:\n" + content.removesuffix("\n") + "\n" for role, content in messages)
