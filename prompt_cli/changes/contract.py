"""Changes of the answer's schema and of tools, graded in reverse of inputs.

Callers read what a model writes: an input that takes more breaks no caller, an answer that may be more does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.changes.signature import SignaturePath, name_changes, spec_changes
from prompt_cli.domain.change import Change, ChangeKind, change
from prompt_cli.domain.json_values import is_array, same_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from prompt_cli.domain.prompt import Output, Tool


class _Kinds(NamedTuple):
    """The kinds of changes of one contract."""

    removed: ChangeKind
    added: ChangeKind
    required: ChangeKind
    widened: ChangeKind
    narrowed: ChangeKind


_OUTPUT = _Kinds(
    removed=ChangeKind.OUTPUT_FIELD_REMOVED,
    added=ChangeKind.OUTPUT_FIELD_ADDED,
    required=ChangeKind.OUTPUT_NARROWED,
    widened=ChangeKind.OUTPUT_WIDENED,
    narrowed=ChangeKind.OUTPUT_NARROWED,
)
_TOOL = _Kinds(
    removed=ChangeKind.TOOL_PARAMETER_REMOVED,
    added=ChangeKind.TOOL_PARAMETER_ADDED,
    required=ChangeKind.TOOL_PARAMETER_REQUIRED,
    widened=ChangeKind.TOOL_WIDENED,
    narrowed=ChangeKind.TOOL_NARROWED,
)
_EFFECTS: Mapping[ChangeKind, str] = {
    ChangeKind.OUTPUT_FIELD_REMOVED: "callers that read it fail",
    ChangeKind.OUTPUT_WIDENED: "callers may get an answer that they do not handle",
    ChangeKind.TOOL_PARAMETER_REMOVED: "a tool that reads it fails",
    ChangeKind.TOOL_PARAMETER_REQUIRED: "a tool that does not know it fails",
    ChangeKind.TOOL_WIDENED: "the tool may get arguments that it does not handle",
}


def output_changes(old: Output | None, new: Output | None) -> Iterator[Change]:
    """Yield the changes of the answer's schema."""
    if old is None or new is None:
        if new is not None:
            data = new.model_dump(mode="json", by_alias=True)
            yield change(ChangeKind.OUTPUT_ADDED, ("output",), "an output was added", None, data)
        elif old is not None:
            data = old.model_dump(mode="json", by_alias=True)
            message = "the output was removed; callers may get any text"
            yield change(ChangeKind.OUTPUT_REMOVED, ("output",), message, data, None)
        return
    for word in ("name", "description"):
        before, after = getattr(old, word), getattr(new, word)
        if before != after:
            message = f"the {word} of the output was changed"
            yield change(ChangeKind.TEXT_CHANGED, ("output", word), message, before, after)
    at = SignaturePath((), base=("output", "schema"), whole=True, kind="field", of="the output")
    for one in spec_changes(old.spec, new.spec, at):
        yield _reverse(one, _OUTPUT)


def tool_changes(old: Sequence[Tool], new: Sequence[Tool]) -> Iterator[Change]:
    """Yield the changes of tools, by their names."""
    before, after = {one.name: one for one in old}, {one.name: one for one in new}
    for n, tool in enumerate(old):
        if tool.name not in after:
            data = tool.model_dump(mode="json", by_alias=True)
            message = f"tool {tool.name!r} was removed; models can no longer call it"
            yield change(ChangeKind.TOOL_REMOVED, ("tools", n), message, data, None)
    for n, tool in enumerate(new):
        if tool.name not in before:
            data = tool.model_dump(mode="json", by_alias=True)
            yield change(ChangeKind.TOOL_ADDED, ("tools", n), f"tool {tool.name!r} was added", None, data)
            continue
        other = before[tool.name]
        if other.description != tool.description:
            message = f"the description of tool {tool.name!r} was changed"
            path = ("tools", n, "description")
            yield change(ChangeKind.TEXT_CHANGED, path, message, other.description, tool.description)
        at = SignaturePath((), base=("tools", n, "parameters"), kind="parameter", of=f"tool {tool.name!r}")
        for one in name_changes(other.parameters, tool.parameters, at):
            yield _reverse(one, _TOOL)


def _reverse(one: Change, kinds: _Kinds) -> Change:
    """Return a change of an input as a change of an output."""
    kind = _kind(one, kinds)
    effect = _EFFECTS.get(kind)
    message = one.message.partition("; ")[0] + (f"; {effect}" if effect else "")
    return change(kind, one.path, message, one.old, one.new)


def _kind(one: Change, kinds: _Kinds) -> ChangeKind:
    match one.kind:
        case ChangeKind.VARIABLE_REMOVED:
            return kinds.removed
        case ChangeKind.VARIABLE_ADDED:
            return kinds.required if kinds is _TOOL else kinds.added
        case ChangeKind.OPTIONAL_VARIABLE_ADDED:
            return kinds.added
        case ChangeKind.VARIABLE_MADE_REQUIRED:
            return kinds.required
        case ChangeKind.DOCUMENTATION_CHANGED | ChangeKind.DEFAULT_CHANGED:
            return ChangeKind.TEXT_CHANGED  # models read descriptions and defaults
    return kinds.narrowed if _is_narrower(one) else kinds.widened


def _is_narrower(one: Change) -> bool:
    """Return whether every new value was a value before; an input's other type or pattern may be none of them."""
    match one.kind:
        case ChangeKind.TYPE_NARROWED if one.path[-1] == "type":
            return (one.old, one.new) == ("number", "integer")
        case ChangeKind.PATTERN_NARROWED:
            return one.old is None and one.new is not None
        case ChangeKind.ENUM_NARROWED if is_array(one.old) and is_array(one.new):
            before = one.old
            return all(any(same_json(value, other) for other in before) for value in one.new)
        case ChangeKind.TYPE_NARROWED | ChangeKind.ENUM_NARROWED | ChangeKind.BOUNDS_NARROWED:
            return True
    return False
