"""Changes of a prompt, and the level that each kind needs."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from prompt_cli.domain.json_values import JsonValue
from prompt_cli.domain.version import Level
from prompt_cli.problems import DataPath


class ChangeKind(StrEnum):
    """The effect of a change on callers of a prompt.

    Examples:
        >>> from prompt_cli import ChangeKind
        >>> ChangeKind("variable-removed")
        <ChangeKind.VARIABLE_REMOVED: 'variable-removed'>
    """

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
    PART_REMOVED = "part-removed"
    PART_ADDED = "part-added"
    CACHE_MARK_MOVED = "cache-mark-moved"
    OUTPUT_REMOVED = "output-removed"
    OUTPUT_ADDED = "output-added"
    OUTPUT_FIELD_REMOVED = "output-field-removed"
    OUTPUT_FIELD_ADDED = "output-field-added"
    OUTPUT_WIDENED = "output-widened"
    OUTPUT_NARROWED = "output-narrowed"
    TOOL_REMOVED = "tool-removed"
    TOOL_ADDED = "tool-added"
    TOOL_PARAMETER_REMOVED = "tool-parameter-removed"
    TOOL_PARAMETER_REQUIRED = "tool-parameter-required"
    TOOL_PARAMETER_ADDED = "tool-parameter-added"
    TOOL_WIDENED = "tool-widened"
    TOOL_NARROWED = "tool-narrowed"
    MODEL_CHANGED = "model-changed"
    TEXT_CHANGED = "text-changed"
    PARTIAL_CHANGED = "partial-changed"
    DOCUMENTATION_CHANGED = "documentation-changed"


_NAMES = {
    Level.MAJOR: "variable-removed variable-added variable-made-required type-narrowed enum-narrowed pattern-narrowed "
    "bounds-narrowed format-changed message-removed messages-reordered part-removed output-removed "
    "output-field-removed output-widened tool-removed tool-parameter-removed tool-parameter-required tool-widened",
    Level.MINOR: "optional-variable-added variable-made-optional type-widened enum-widened pattern-widened "
    "bounds-widened default-changed message-added part-added cache-mark-moved output-added output-field-added "
    "output-narrowed tool-added tool-parameter-added tool-narrowed model-changed",
    Level.PATCH: "text-changed partial-changed",
    Level.NONE: "documentation-changed",
}
# The level that each kind of change needs; settings of a project may replace it.
LEVELS: Final[Mapping[ChangeKind, Level]] = {
    ChangeKind(name): level for level, names in _NAMES.items() for name in names.split()
}


class Change(NamedTuple):
    """A change of a prompt.

    Attributes:
        kind: The kind of change.
        level: The bump that it needs.
        path: Its path in the prompt's data: ``("variables", "tickets", "items", "properties", "urgent")``.
        old: The old value, as JSON; None if there was none.
        new: The new value, as JSON; None if there is none.
        message: A sentence for reviewers.

    Examples:
        >>> from prompt_cli import Change, ChangeKind, Level
        >>> removed = Change(ChangeKind.VARIABLE_REMOVED, Level.MAJOR, ("variables", "tone"), {}, None, "removed")
        >>> str(removed.level)
        'major'
    """

    kind: ChangeKind
    level: Level
    path: DataPath
    old: JsonValue
    new: JsonValue
    message: str


def change(kind: ChangeKind, path: DataPath, message: str, old: JsonValue = None, new: JsonValue = None) -> Change:
    """Create a change of the default level of its kind."""
    return Change(kind, LEVELS[kind], path, old, new, message)
