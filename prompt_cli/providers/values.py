"""Values that several providers write alike."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prompt_cli.domain.message import ToolCall


def without_none(**fields: object) -> dict[str, Any]:
    """Return the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def stop_list(value: str | list[str]) -> list[str]:
    """Return stop sequences as a list."""
    return [value] if isinstance(value, str) else value


def arguments_text(call: ToolCall) -> str:
    """Return the arguments of a call as JSON text."""
    return json.dumps(call.arguments, ensure_ascii=False)
