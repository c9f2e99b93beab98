"""Changes of a signature: variables, the answer's schema and tools; messages show no secret value.

Answers and tools are graded in reverse of inputs: callers read what a model writes, so an input that takes more values
breaks no caller, and an answer that may have more values does.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from pydantic.alias_generators import to_camel

from prompt_cli.domain.binding import describe
from prompt_cli.domain.change import Change, ChangeKind, change
from prompt_cli.domain.json_values import JsonValue, is_array, same_json, with_article
from prompt_cli.domain.prompt import Output, Tool
from prompt_cli.domain.variables import ITEM, Names, VariableSpec, data_path, format_names, is_secret
from prompt_cli.problems import DataPath


class SignaturePath(NamedTuple):
    """The path of a variable, a property or the items of an array, as a template reads it."""

    names: Names
    secret: bool = False  # whether a spec above is sensitive, which makes this one sensitive too
    base: DataPath = ("variables",)  # the path of the specs in the prompt's data
    whole: bool = False  # whether one spec stands at the base, instead of specs by name
    kind: str = "variable"  # the noun of a top-level name
    of: str = ""  # the owner, for a noun: `of the output`

    @property
    def path(self) -> DataPath:
        """The path of the spec in the prompt's data."""
        below = data_path(("", *self.names))[2:] if self.whole else data_path(self.names)[1:]
        return (*self.base, *below)

    @property
    def is_item(self) -> bool:
        """Whether the value is never missing: the items of an array, or the whole."""
        return not self.names or self.names[-1] == ITEM

    @property
    def noun(self) -> str:
        """The noun of a message: ``property 'customer.email'``."""
        if not self.names:
            return self.of
        kind = "item" if self.is_item else self.kind if len(self.names) == 1 else "property"
        return f"{kind} {format_names(self.names)!r}" + (f" of {self.of}" if self.of else "")

    def below(self, name: str, *specs: VariableSpec) -> "SignaturePath":
        """Return the path of a name below; the specs are those of the name, on one or both sides."""
        return self._replace(names=(*self.names, name), secret=self.secret or any(spec.sensitive for spec in specs))

    def change(self, kind: ChangeKind, word: str, text: str, old: JsonValue = None, new: JsonValue = None) -> Change:
        """Create a change of a word of the spec; its message is the noun and a text."""
        return change(kind, (*self.path, word), f"{self.noun} {text}", old, new)


_MAX_LENGTH = 60
"""The maximum length of a value in a message."""
_MAX_VALUES = 5
"""The maximum number of values in a message."""


class _Bound(NamedTuple):
    """A bound of values: its attribute, its side, the refused values, and the value that bounds nothing."""

    word: str
    lower: bool
    refused: str
    trivial: int | None = None


_BOUNDS = (
    _Bound("minimum", lower=True, refused="values below it"),
    _Bound("maximum", lower=False, refused="values above it"),
    _Bound("min_length", lower=True, refused="shorter texts", trivial=0),
    _Bound("max_length", lower=False, refused="longer texts"),
    _Bound("min_items", lower=True, refused="shorter arrays", trivial=0),
    _Bound("max_items", lower=False, refused="longer arrays"),
)


def signature_changes(
    old: Mapping[str, VariableSpec], new: Mapping[str, VariableSpec], renamed: Mapping[str, str]
) -> Iterator[Change]:
    """Yield the changes of a signature, in its order; `renamed` has new names by old ones."""
    top = SignaturePath(())
    for name, after in renamed.items():
        location = top.below(name)
        message = f"{location.noun} was renamed to {after!r}; callers that pass {name!r} break"
        yield change(ChangeKind.VARIABLE_REMOVED, location.path, message, name, after)
    before = {name: spec for name, spec in old.items() if name not in renamed}
    after_names = set(renamed.values())
    yield from name_changes(before, {name: spec for name, spec in new.items() if name not in after_names}, top)


def name_changes(
    old: Mapping[str, VariableSpec], new: Mapping[str, VariableSpec], at: SignaturePath
) -> Iterator[Change]:
    """Yield the changes of specs by name."""
    for name, spec in old.items():
        if name in new:
            yield from spec_changes(spec, new[name], at.below(name))
        else:
            yield _removal(spec, at.below(name, spec))
    for name, spec in new.items():
        if name not in old:
            yield _addition(spec, at.below(name, spec))


def _removal(spec: VariableSpec, location: SignaturePath) -> Change:
    effect = "callers that pass it break" if len(location.names) == 1 else "values that callers pass are ignored"
    message = f"{location.noun} was removed; {effect}"
    return change(ChangeKind.VARIABLE_REMOVED, location.path, message, _spec_data(spec, secret=location.secret), None)


def _addition(spec: VariableSpec, location: SignaturePath) -> Change:
    data = _spec_data(spec, secret=location.secret)
    if spec.required:
        message = f"required {location.noun} was added; callers that do not pass it break"
        return change(ChangeKind.VARIABLE_ADDED, location.path, message, None, data)
    message = f"optional {location.noun} was added{_with_default(spec, location)}"
    return change(ChangeKind.OPTIONAL_VARIABLE_ADDED, location.path, message, None, data)


def _with_default(spec: VariableSpec, location: SignaturePath) -> str:
    if not spec.has_default:
        return ""
    return ", with a default" if location.secret or is_secret(spec) else f", {format_value(spec.default)} by default"


def spec_changes(old: VariableSpec, new: VariableSpec, location: SignaturePath) -> Iterator[Change]:
    """Yield the changes of one spec, at every depth."""
    yield from _requirement(old, new, location)
    yield from _constraints(old, new, location)
    yield from _documentation(old, new, location)
    if _is_other_type(old, new):
        return
    yield from _items(old, new, location)
    secret = location.secret or old.sensitive or new.sensitive
    yield from name_changes(old.properties or {}, new.properties or {}, location._replace(secret=secret))


def _requirement(old: VariableSpec, new: VariableSpec, location: SignaturePath) -> Iterator[Change]:
    if location.is_item:
        return
    if new.required and not old.required:
        message = f"{location.noun} became required; callers that omit it break"
        yield change(ChangeKind.VARIABLE_MADE_REQUIRED, location.path, message, old=False, new=True)
    elif old.required and not new.required:
        secret = location._replace(secret=location.secret or old.sensitive)
        message = f"{location.noun} became optional{_with_default(new, secret)}"
        yield change(ChangeKind.VARIABLE_MADE_OPTIONAL, location.path, message, old=True, new=False)
    elif not _is_other_type(old, new):
        yield from default_changes(old, new, location)


class PartialVariable(NamedTuple):
    """A variable of a partial."""

    partial: str
    name: str


def default_changes(
    old: VariableSpec, new: VariableSpec, location: SignaturePath, of: PartialVariable | None = None
) -> Iterator[Change]:
    """Yield the change of the default of a variable that stayed optional, or of the partial's variable that gets it."""
    if old.has_default == new.has_default and same_json(old.default, new.default):
        return
    secret = location.secret or is_secret(old) or is_secret(new)
    noun = f"variable {of.name!r} of partial {of.partial!r}" if of else location.noun
    omitted = "it" if of is None or location.names == (of.name,) else repr(format_names(location.names))
    what = "was changed" if secret else f"is {format_value(new.default)} instead of {format_value(old.default)}"
    if not old.has_default:
        what = "was added" if secret else f"was added, {format_value(new.default)}"
    elif not new.has_default:
        what = "was removed"
    message = f"the default of {noun} {what}; callers that omit {omitted} get different text"
    values = (None, None) if secret else (old.default, new.default)
    yield change(ChangeKind.DEFAULT_CHANGED, (*location.path, "default"), message, *values)


def _items(old: VariableSpec, new: VariableSpec, location: SignaturePath) -> Iterator[Change]:
    items = location.below(ITEM, old, new)
    if old.items is not None and new.items is not None:
        yield from spec_changes(old.items, new.items, items)
    elif new.items is not None:
        message = f"{items.noun} must be {describe(new.items.data)}; callers that pass another one break"
        data = _spec_data(new.items, secret=items.secret)
        yield change(ChangeKind.TYPE_NARROWED, items.path, message, None, data)
    elif old.items is not None:
        data = _spec_data(old.items, secret=items.secret)
        yield change(ChangeKind.TYPE_WIDENED, items.path, f"{items.noun} may be anything", data, None)


def _documentation(old: VariableSpec, new: VariableSpec, location: SignaturePath) -> Iterator[Change]:
    if old.description != new.description:
        path = (*location.path, "description")
        message = f"the description of {location.noun} was changed"
        yield change(ChangeKind.DOCUMENTATION_CHANGED, path, message, old.description, new.description)
    if old.sensitive != new.sensitive:
        text = "is sensitive, and kept out of logs and errors" if new.sensitive else "is no longer sensitive"
        yield location.change(ChangeKind.DOCUMENTATION_CHANGED, "sensitive", text, old.sensitive, new.sensitive)


def _constraints(old: VariableSpec, new: VariableSpec, location: SignaturePath) -> Iterator[Change]:
    secret = location.secret or old.sensitive or new.sensitive
    yield from _type(old, new, location)
    yield from _null(old, new, location)
    if _is_other_type(old, new):
        return
    limits = (
        _enum(old, new, location, secret=secret),
        _pattern(old.pattern, new.pattern, location, secret=secret),
        _bounds(old, new, location),
    )
    for one in chain.from_iterable(limits):
        yield one._replace(old=None, new=None) if secret else one


def _type(old: VariableSpec, new: VariableSpec, location: SignaturePath) -> Iterator[Change]:
    if old.type == new.type:
        return
    if (old.type, new.type) == ("integer", "number"):
        text = "takes any number, no longer only integers"
        yield location.change(ChangeKind.TYPE_WIDENED, "type", text, old.type, new.type)
        return
    before, after = with_article(old.type), with_article(new.type)
    refused = "a fraction" if new.type == "integer" and old.type == "number" else before
    text = f"must be {after}, no longer {before}; callers that pass {refused} break"
    yield location.change(ChangeKind.TYPE_NARROWED, "type", text, old.type, new.type)


def _null(old: VariableSpec, new: VariableSpec, location: SignaturePath) -> Iterator[Change]:
    if new.nullable and not old.nullable:
        yield location.change(ChangeKind.TYPE_WIDENED, "nullable", "may be null", old=False, new=True)
    elif old.nullable and not new.nullable:
        text = "may no longer be null; callers that pass null break"
        yield location.change(ChangeKind.TYPE_NARROWED, "nullable", text, old=True, new=False)


def _enum(old: VariableSpec, new: VariableSpec, location: SignaturePath, *, secret: bool) -> Iterator[Change]:
    before: list[JsonValue] = list(old.enum or ())
    after: list[JsonValue] = list(new.enum or ())
    if old.enum is None and new.enum is not None:
        what = "certain values" if secret else _format_values(after)
        text = f"is limited to {what}; callers that pass another value break"
        yield location.change(ChangeKind.ENUM_NARROWED, "enum", text, None, after)
    elif new.enum is None and old.enum is not None:
        yield location.change(ChangeKind.ENUM_WIDENED, "enum", "is no longer limited to certain values", before)
    elif removed := _without(before, after):
        what = "some values" if secret else _format_values(removed)
        refused = "it" if len(removed) == 1 and not secret else "one of them"
        text = f"no longer allows {what}; callers that pass {refused} break"
        yield location.change(ChangeKind.ENUM_NARROWED, "enum", text, before, after)
    elif added := _without(after, before):
        what = "more values" if secret else f"{_format_values(added)} too"
        yield location.change(ChangeKind.ENUM_WIDENED, "enum", f"allows {what}", before, after)


def _without(values: Sequence[JsonValue], others: Sequence[JsonValue]) -> list[JsonValue]:
    return [one for one in values if not any(same_json(one, other) for other in others)]


def _pattern(old: str | None, new: str | None, location: SignaturePath, *, secret: bool) -> Iterator[Change]:
    if old == new:
        return
    if new is None:
        yield location.change(ChangeKind.PATTERN_WIDENED, "pattern", "need not match a pattern any more", old)
        return
    what = f"{'a' if old is None else 'another'} pattern{'' if secret else f', {format_value(new)}'}"
    text = f"must match {what}; callers that pass other values break"
    yield location.change(ChangeKind.PATTERN_NARROWED, "pattern", text, old, new)


def _bounds(old: VariableSpec, new: VariableSpec, location: SignaturePath) -> Iterator[Change]:
    for bound in _BOUNDS:
        before, after = getattr(old, bound.word), getattr(new, bound.word)
        old_limit, new_limit = (None if value == bound.trivial else value for value in (before, after))
        if old_limit == new_limit:
            continue
        word, kind = to_camel(bound.word), ChangeKind.BOUNDS_NARROWED
        if new_limit is None:
            kind, text = ChangeKind.BOUNDS_WIDENED, f"no longer has a {word}"
        elif old_limit is None:
            text = f"has a {word} of {after}; callers that pass {bound.refused} break"
        elif (new_limit > old_limit) is bound.lower:
            text = f"has a {word} of {after} instead of {before}; callers that pass {bound.refused} break"
        else:
            kind, text = ChangeKind.BOUNDS_WIDENED, f"has a {word} of {after} instead of {before}"
        yield location.change(kind, word, text, before, after)


def _is_other_type(old: VariableSpec, new: VariableSpec) -> bool:
    """Return whether the types have no values in common."""
    return old.type != new.type and {old.type, new.type} != {"integer", "number"}


def _spec_data(spec: VariableSpec, *, secret: bool) -> JsonValue:
    """Return the data of a spec in its file, without secret values."""
    data: dict[str, Any] = spec.model_dump(mode="json", by_alias=True)
    return _redact(data, spec, secret=secret)


def _redact(data: dict[str, Any], spec: VariableSpec, *, secret: bool) -> dict[str, Any]:
    secret = secret or spec.sensitive
    hidden = {"enum", "pattern"} if secret else set()
    hidden |= {"default"} if secret or is_secret(spec) else set()
    public = {word: value for word, value in data.items() if word not in hidden}
    if spec.items is not None:
        public["items"] = _redact(data["items"], spec.items, secret=secret)
    for name, below in (spec.properties or {}).items():
        public["properties"][name] = _redact(data["properties"][name], below, secret=secret)
    return public


def format_value(value: JsonValue) -> str:
    """Write a value for a message, on one line, shortened if it is long."""
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_LENGTH else f"{text[: _MAX_LENGTH - 3]}..."


def _format_values(values: list[JsonValue]) -> str:
    """Write values for a message: ``'a', 'b' and 3 more``."""
    more = len(values) - _MAX_VALUES
    if more > 1:
        return f"{', '.join(map(format_value, values[:_MAX_VALUES]))} and {more} more"
    return ", ".join(map(format_value, values))


class _Contract(NamedTuple):
    """The kinds of changes of an answer or a tool."""

    kinds: Mapping[ChangeKind, ChangeKind]  # by the kind of the same change of an input
    widened: ChangeKind
    narrowed: ChangeKind


_OUTPUT = _Contract(
    {
        ChangeKind.VARIABLE_REMOVED: ChangeKind.OUTPUT_FIELD_REMOVED,
        ChangeKind.VARIABLE_ADDED: ChangeKind.OUTPUT_FIELD_ADDED,
        ChangeKind.OPTIONAL_VARIABLE_ADDED: ChangeKind.OUTPUT_FIELD_ADDED,
        ChangeKind.VARIABLE_MADE_REQUIRED: ChangeKind.OUTPUT_NARROWED,
    },
    widened=ChangeKind.OUTPUT_WIDENED,
    narrowed=ChangeKind.OUTPUT_NARROWED,
)
_TOOL = _Contract(
    {
        ChangeKind.VARIABLE_REMOVED: ChangeKind.TOOL_PARAMETER_REMOVED,
        ChangeKind.VARIABLE_ADDED: ChangeKind.TOOL_PARAMETER_REQUIRED,
        ChangeKind.OPTIONAL_VARIABLE_ADDED: ChangeKind.TOOL_PARAMETER_ADDED,
        ChangeKind.VARIABLE_MADE_REQUIRED: ChangeKind.TOOL_PARAMETER_REQUIRED,
    },
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


def _reverse(one: Change, contract: _Contract) -> Change:
    """Return a change of an input as a change of an output."""
    if one.kind in {ChangeKind.DOCUMENTATION_CHANGED, ChangeKind.DEFAULT_CHANGED}:
        kind = ChangeKind.TEXT_CHANGED  # models read descriptions and defaults
    else:
        kind = contract.kinds.get(one.kind) or (contract.narrowed if _is_narrower(one) else contract.widened)
    effect = _EFFECTS.get(kind)
    message = one.message.partition("; ")[0] + (f"; {effect}" if effect else "")
    return change(kind, one.path, message, one.old, one.new)


def _is_narrower(one: Change) -> bool:
    """Return whether every new value was a value before; another type or pattern may have new ones."""
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
