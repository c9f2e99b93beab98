"""What messages look like once they are filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def message_data(role: str, content: str, name: str | None) -> dict[str, str]:
    """Return a message as providers take it: ``{"role": ..., "content": ...}``, and the name where it has one."""
    named = {} if name is None else {"name": name}
    return {"role": role, **named, "content": content}


def as_text(messages: Iterable[tuple[str, str]]) -> str:
    """Return messages, each a role and a content, as one text: they follow one another, each below its role."""
    return "\n".join(f"{role}:\n{_ended(content)}" for role, content in messages)


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"
