"""Where in a signature a change is, and how a sentence says so without telling what is secret."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from prompt_cli.domain.binding import describe
from prompt_cli.domain.change import Change, ChangeKind, change
from prompt_cli.domain.json_values import same_json, with_article
from prompt_cli.domain.variables import ITEM, Names, data_path, file_word, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from prompt_cli.domain.json_values import JsonScalar, JsonValue
    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.errors import DataPath


class SignaturePath(NamedTuple):
    """A variable, a property or the items of an array.

    Attributes:
        names: Its path, as a template reads it.
        secret: Whether what is above it is sensitive, and so it is too.
    """

    names: Names
    secret: bool = False

    @property
    def path(self) -> DataPath:
        """Where its spec is in the prompt's data."""
        return data_path(self.names)

    @property
    def is_item(self) -> bool:
        """Whether it is the items of an array: they are there or not, never missing."""
        return self.names[-1] == ITEM

    @property
    def noun(self) -> str:
        """What a sentence calls it: ``property 'customer.email'``."""
        kind = "item" if self.is_item else "variable" if len(self.names) == 1 else "property"
        return f"{kind} {written(self.names)!r}"

    def below(self, name: str, *specs: VariableSpec) -> SignaturePath:
        """Return what is under a name; the specs are its own on both sides, and hide it where they are sensitive."""
        return SignaturePath((*self.names, name), self.secret or any(spec.sensitive for spec in specs))


def hides(spec: VariableSpec) -> bool:
    """Tell whether a spec, or one below it, is sensitive: a default of the whole holds the secret part."""
    below = [*(spec.properties or {}).values(), *([spec.items] if spec.items else [])]
    return spec.sensitive or any(map(hides, below))


def spec_data(spec: VariableSpec, *, secret: bool) -> JsonValue:
    """Return a spec as its file has it, without the values that are secret."""
    data: dict[str, Any] = spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return _told(data, spec, secret=secret)


def _told(data: dict[str, Any], spec: VariableSpec, *, secret: bool) -> dict[str, Any]:
    secret = secret or spec.sensitive
    left_out = {"enum", "pattern"} if secret else set()
    left_out |= {"default"} if secret or hides(spec) else set()
    told = {word: value for word, value in data.items() if word not in left_out}
    if spec.items is not None:
        told["items"] = _told(data["items"], spec.items, secret=secret)
    if spec.properties is not None:
        below = spec.properties
        told["properties"] = {name: _told(one, below[name], secret=secret) for name, one in data["properties"].items()}
    return told


def shown(value: JsonValue) -> str:
    """Write a value in a sentence, on one line and not too long."""
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def several(values: list[JsonValue]) -> str:
    """Write some values in a sentence: ``'a', 'b' and 3 more``."""
    more = len(values) - _MOST
    if more > 1:
        return f"{', '.join(map(shown, values[:_MOST]))} and {more} more"
    return ", ".join(map(shown, values))


_SHOWN = 60
_MOST = 5


def is_other_type(old: VariableSpec, new: VariableSpec) -> bool:
    """Tell whether a type was replaced by one that has nothing in common with it."""
    return old.type != new.type and {old.type, new.type} != {"integer", "number"}


def limit_changes(old: VariableSpec, new: VariableSpec, place: SignaturePath) -> Iterator[Change]:
    """Yield how the values that are allowed at a place were narrowed and widened."""
    secret = place.secret or old.sensitive or new.sensitive
    yield from _type(old, new, place)
    yield from _null(old, new, place)
    if is_other_type(old, new):
        return
    limits = (_enum(old, new, place, secret=secret), _pattern(old, new, place, secret=secret), _bounds(old, new, place))
    for one in chain.from_iterable(limits):
        yield one._replace(old=None, new=None) if secret else one


def _type(old: VariableSpec, new: VariableSpec, place: SignaturePath) -> Iterator[Change]:
    if old.type == new.type:
        return
    path = (*place.path, "type")
    if (old.type, new.type) == ("integer", "number"):
        message = f"{place.noun} takes any number, no longer only integers"
        yield change(ChangeKind.TYPE_WIDENED, path, message, old.type, new.type)
        return
    before, after = with_article(old.type), with_article(new.type)
    given = "a fraction" if new.type == "integer" and old.type == "number" else before
    message = f"{place.noun} has to be {after}, no longer {before}; callers that give {given} fail"
    yield change(ChangeKind.TYPE_NARROWED, path, message, old.type, new.type)


def _null(old: VariableSpec, new: VariableSpec, place: SignaturePath) -> Iterator[Change]:
    path = (*place.path, "nullable")
    if new.nullable and not old.nullable:
        yield change(ChangeKind.TYPE_WIDENED, path, f"{place.noun} may be null", new=True, old=False)
    elif old.nullable and not new.nullable:
        message = f"{place.noun} may no longer be null; callers that give null fail"
        yield change(ChangeKind.TYPE_NARROWED, path, message, old=True, new=False)


def _enum(old: VariableSpec, new: VariableSpec, place: SignaturePath, *, secret: bool) -> Iterator[Change]:
    path = (*place.path, "enum")
    before, after = _list(old.enum), _list(new.enum)
    if old.enum is None and new.enum is not None:
        what = "certain values" if secret else several(after)
        message = f"{place.noun} is limited to {what}; callers that give another value fail"
        yield change(ChangeKind.ENUM_NARROWED, path, message, None, after)
    elif new.enum is None and old.enum is not None:
        message = f"{place.noun} is no longer limited to certain values"
        yield change(ChangeKind.ENUM_WIDENED, path, message, before, None)
    elif gone := _without(before, after):
        what = "some values" if secret else several(gone)
        given = "it" if len(gone) == 1 and not secret else "one of them"
        message = f"{place.noun} no longer allows {what}; callers that give {given} fail"
        yield change(ChangeKind.ENUM_NARROWED, path, message, before, after)
    elif added := _without(after, before):
        what = "more values" if secret else f"{several(added)} too"
        yield change(ChangeKind.ENUM_WIDENED, path, f"{place.noun} allows {what}", before, after)


def _list(values: Sequence[JsonScalar] | None) -> list[JsonValue]:
    return list(values or ())


def _without(values: Sequence[JsonValue], others: Sequence[JsonValue]) -> list[JsonValue]:
    return [one for one in values if not any(same_json(one, other) for other in others)]


def _pattern(old: VariableSpec, new: VariableSpec, place: SignaturePath, *, secret: bool) -> Iterator[Change]:
    path = (*place.path, "pattern")
    if old.pattern == new.pattern:
        return
    if new.pattern is None:
        message = f"{place.noun} no longer has to match a pattern"
        yield change(ChangeKind.PATTERN_WIDENED, path, message, old.pattern, None)
        return
    what = "a pattern" if old.pattern is None else "another pattern"
    what += "" if secret else f", {shown(new.pattern)}"
    message = f"{place.noun} has to match {what}; callers that give a value that does not fail"
    yield change(ChangeKind.PATTERN_NARROWED, path, message, old.pattern, new.pattern)


class _Bound(NamedTuple):
    word: str
    lower: bool
    what: str
    trivial: int | None = None


_BOUNDS = (
    _Bound("minimum", lower=True, what="values below it"),
    _Bound("maximum", lower=False, what="values above it"),
    _Bound("min_length", lower=True, what="shorter texts", trivial=0),
    _Bound("max_length", lower=False, what="longer texts"),
    _Bound("min_items", lower=True, what="shorter arrays", trivial=0),
    _Bound("max_items", lower=False, what="longer arrays"),
)


def _bounds(old: VariableSpec, new: VariableSpec, place: SignaturePath) -> Iterator[Change]:
    for bound in _BOUNDS:
        before, after = getattr(old, bound.word), getattr(new, bound.word)
        if _least(before, bound) != _least(after, bound):
            yield _bound(bound, before, after, place)


def _least(value: float | None, bound: _Bound) -> float | None:
    # At least no characters is no bound.
    return None if value == bound.trivial else value


def _bound(bound: _Bound, before: float | None, after: float | None, place: SignaturePath) -> Change:
    word = file_word(bound.word)
    path = (*place.path, word)
    if _least(after, bound) is None:
        return change(ChangeKind.BOUNDS_WIDENED, path, f"{place.noun} no longer has a {word}", before, after)
    if _least(before, bound) is None:
        message = f"{place.noun} has a {word} of {after}; callers that give {bound.what} fail"
        return change(ChangeKind.BOUNDS_NARROWED, path, message, before, after)
    raised = _number(after) > _number(before)
    text = f"{place.noun} has a {word} of {after} instead of {before}"
    if raised is not bound.lower:
        return change(ChangeKind.BOUNDS_WIDENED, path, text, before, after)
    return change(ChangeKind.BOUNDS_NARROWED, path, f"{text}; callers that give {bound.what} fail", before, after)


def _number(value: float | None) -> float:
    return 0 if value is None else value


_TOP = SignaturePath(())


def signature_changes(
    old: Mapping[str, VariableSpec], new: Mapping[str, VariableSpec], renamed: Mapping[str, str]
) -> Iterator[Change]:
    """Yield how a signature was changed, in its order.

    Args:
        old: The variables as they were.
        new: The variables as they are.
        renamed: The new names of those that were renamed and nothing else.
    """
    for name, after in renamed.items():
        place = _TOP.below(name)
        message = f"{place.noun} was renamed to {after!r}; callers that give {name!r} fail"
        yield change(ChangeKind.VARIABLE_REMOVED, place.path, message, name, after)
    known = set(renamed.values())
    yield from _names(
        {name: spec for name, spec in old.items() if name not in renamed},
        {name: spec for name, spec in new.items() if name not in known},
        _TOP,
    )


def _names(old: Mapping[str, VariableSpec], new: Mapping[str, VariableSpec], at: SignaturePath) -> Iterator[Change]:
    for name, spec in old.items():
        if name in new:
            yield from _spec(spec, new[name], at.below(name))
        else:
            yield _removed(spec, at.below(name, spec))
    for name, spec in new.items():
        if name not in old:
            yield _added(spec, at.below(name, spec))


def _removed(spec: VariableSpec, place: SignaturePath) -> Change:
    told = "callers that give it fail" if len(place.names) == 1 else "what callers give for it is not read any more"
    message = f"{place.noun} was removed; {told}"
    return change(ChangeKind.VARIABLE_REMOVED, place.path, message, spec_data(spec, secret=place.secret), None)


def _added(spec: VariableSpec, place: SignaturePath) -> Change:
    data = spec_data(spec, secret=place.secret)
    if spec.required:
        message = f"required {place.noun} was added; callers that do not give it fail"
        return change(ChangeKind.VARIABLE_ADDED, place.path, message, None, data)
    message = f"optional {place.noun} was added{_with_default(spec, place)}"
    return change(ChangeKind.OPTIONAL_VARIABLE_ADDED, place.path, message, None, data)


def _with_default(spec: VariableSpec, place: SignaturePath) -> str:
    if not spec.has_default:
        return ""
    return ", with a default" if place.secret or hides(spec) else f", {shown(spec.default)} by default"


def _spec(old: VariableSpec, new: VariableSpec, place: SignaturePath) -> Iterator[Change]:
    yield from _requirement(old, new, place)
    yield from limit_changes(old, new, place)
    yield from _words_for_people(old, new, place)
    if is_other_type(old, new):
        return
    yield from _items(old, new, place)
    secret = place.secret or old.sensitive or new.sensitive
    yield from _names(old.properties or {}, new.properties or {}, place._replace(secret=secret))


def _requirement(old: VariableSpec, new: VariableSpec, place: SignaturePath) -> Iterator[Change]:
    if place.is_item:
        return
    if new.required and not old.required:
        message = f"{place.noun} became required; callers that leave it out fail"
        yield change(ChangeKind.VARIABLE_MADE_REQUIRED, place.path, message, old=False, new=True)
    elif old.required and not new.required:
        secret = place._replace(secret=place.secret or old.sensitive)
        message = f"{place.noun} became optional{_with_default(new, secret)}"
        yield change(ChangeKind.VARIABLE_MADE_OPTIONAL, place.path, message, old=True, new=False)
    elif not is_other_type(old, new):
        yield from default_changes(old, new, place)


def default_changes(old: VariableSpec, new: VariableSpec, place: SignaturePath, of: str = "") -> Iterator[Change]:
    """Yield how the default of a variable that stayed optional was changed.

    Args:
        old: The variable as it was.
        new: The variable as it is.
        place: Where it is.
        of: The partial whose variable it is; none of this prompt's own.
    """
    if old.has_default == new.has_default and same_json(old.default, new.default):
        return
    secret = place.secret or hides(old) or hides(new)
    noun = f"{place.noun} of partial {of!r}" if of else place.noun
    what = "was changed" if secret else f"is {shown(new.default)} instead of {shown(old.default)}"
    if not old.has_default:
        what = "was added" if secret else f"was added, {shown(new.default)}"
    elif not new.has_default:
        what = "was removed"
    message = f"the default of {noun} {what}; callers that leave it out get another text"
    values = (None, None) if secret else (old.default, new.default)
    yield change(ChangeKind.DEFAULT_CHANGED, (*place.path, "default"), message, *values)


def _items(old: VariableSpec, new: VariableSpec, place: SignaturePath) -> Iterator[Change]:
    items = place.below(ITEM, old, new)
    if old.items is not None and new.items is not None:
        yield from _spec(old.items, new.items, items)
    elif new.items is not None:
        message = f"{items.noun} has to be {describe(new.items)}; callers that give another one fail"
        data = spec_data(new.items, secret=items.secret)
        yield change(ChangeKind.TYPE_NARROWED, items.path, message, None, data)
    elif old.items is not None:
        data = spec_data(old.items, secret=items.secret)
        yield change(ChangeKind.TYPE_WIDENED, items.path, f"{items.noun} may be anything", data, None)


def _words_for_people(old: VariableSpec, new: VariableSpec, place: SignaturePath) -> Iterator[Change]:
    if old.description != new.description:
        path = (*place.path, "description")
        message = f"the description of {place.noun} was changed"
        yield change(ChangeKind.DOCUMENTATION_CHANGED, path, message, old.description, new.description)
    if old.sensitive != new.sensitive:
        told = "is sensitive, and kept out of logs and errors" if new.sensitive else "is no longer sensitive"
        path = (*place.path, "sensitive")
        message = f"{place.noun} {told}"
        yield change(ChangeKind.DOCUMENTATION_CHANGED, path, message, old.sensitive, new.sensitive)
