"""What a change of a prompt is, and how much of its version each kind of change has to raise."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.domain.version import Level

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompt_cli.domain.json_values import JsonValue
    from prompt_cli.errors import DataPath


class ChangeKind(StrEnum):
    """What a change does to a prompt, as those who use it meet it."""

    VARIABLE_REMOVED = "variable-removed"
    VARIABLE_ADDED = "variable-added"
    OPTIONAL_VARIABLE_ADDED = "optional-variable-added"
    VARIABLE_MADE_REQUIRED = "variable-made-required"
    VARIABLE_MADE_OPTIONAL = "variable-made-optional"
    TYPE_NARROWED = "type-narrowed"
    TYPE_WIDENED = "type-widened"
    ENUM_NARROWED = "enum-narrowed"
    ENUM_WIDENED = "enum-widened"
    PATTERN_NARROWED = "pattern-narrowed"
    PATTERN_WIDENED = "pattern-widened"
    BOUNDS_NARROWED = "bounds-narrowed"
    BOUNDS_WIDENED = "bounds-widened"
    DEFAULT_CHANGED = "default-changed"
    FORMAT_CHANGED = "format-changed"
    MESSAGE_REMOVED = "message-removed"
    MESSAGES_REORDERED = "messages-reordered"
    MESSAGE_ADDED = "message-added"
    MODEL_CHANGED = "model-changed"
    TEXT_CHANGED = "text-changed"
    PARTIAL_CHANGED = "partial-changed"
    DOCUMENTATION_CHANGED = "documentation-changed"


LEVELS: Final[Mapping[ChangeKind, Level]] = {
    ChangeKind.VARIABLE_REMOVED: Level.MAJOR,
    ChangeKind.VARIABLE_ADDED: Level.MAJOR,
    ChangeKind.OPTIONAL_VARIABLE_ADDED: Level.MINOR,
    ChangeKind.VARIABLE_MADE_REQUIRED: Level.MAJOR,
    ChangeKind.VARIABLE_MADE_OPTIONAL: Level.MINOR,
    ChangeKind.TYPE_NARROWED: Level.MAJOR,
    ChangeKind.TYPE_WIDENED: Level.MINOR,
    ChangeKind.ENUM_NARROWED: Level.MAJOR,
    ChangeKind.ENUM_WIDENED: Level.MINOR,
    ChangeKind.PATTERN_NARROWED: Level.MAJOR,
    ChangeKind.PATTERN_WIDENED: Level.MINOR,
    ChangeKind.BOUNDS_NARROWED: Level.MAJOR,
    ChangeKind.BOUNDS_WIDENED: Level.MINOR,
    ChangeKind.DEFAULT_CHANGED: Level.MINOR,
    ChangeKind.FORMAT_CHANGED: Level.MAJOR,
    ChangeKind.MESSAGE_REMOVED: Level.MAJOR,
    ChangeKind.MESSAGES_REORDERED: Level.MAJOR,
    ChangeKind.MESSAGE_ADDED: Level.MINOR,
    ChangeKind.MODEL_CHANGED: Level.MINOR,
    ChangeKind.TEXT_CHANGED: Level.PATCH,
    ChangeKind.PARTIAL_CHANGED: Level.PATCH,
    ChangeKind.DOCUMENTATION_CHANGED: Level.NONE,
}
"""The level each kind of change needs, where a project's settings say nothing else."""


class Change(NamedTuple):
    """A change of a prompt.

    Attributes:
        kind: What it does.
        level: How much of the version it has to raise.
        path: Where in the prompt's data: ``("variables", "tickets", "items", "properties", "urgent")``.
        old: What was there, as JSON; None where nothing was.
        new: What is there now, as JSON; None where nothing is.
        message: What a reviewer should know, in a sentence.
    """

    kind: ChangeKind
    level: Level
    path: DataPath
    old: JsonValue
    new: JsonValue
    message: str


def change(kind: ChangeKind, path: DataPath, message: str, old: JsonValue = None, new: JsonValue = None) -> Change:
    """Make a change of the level its kind has by itself."""
    return Change(kind, LEVELS[kind], path, old, new, message)
