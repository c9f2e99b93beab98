"""How the words that limit a value were changed: its type, enum, pattern and bounds."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.change import Change, ChangeKind, change
from prompt_cli.domain.change_place import several, shown
from prompt_cli.domain.values import same_json, with_article
from prompt_cli.domain.variables import file_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prompt_cli.domain.change_place import Place
    from prompt_cli.domain.values import JsonScalar, JsonValue
    from prompt_cli.domain.variables import VariableSpec


def is_other_type(old: VariableSpec, new: VariableSpec) -> bool:
    """Tell whether a type was replaced by one that has nothing in common with it."""
    return old.type != new.type and {old.type, new.type} != {"integer", "number"}


def limit_changes(old: VariableSpec, new: VariableSpec, place: Place) -> Iterator[Change]:
    """Yield how the values that are allowed at a place were narrowed and widened."""
    secret = place.secret or old.sensitive or new.sensitive
    yield from _type(old, new, place)
    yield from _null(old, new, place)
    if is_other_type(old, new):
        return
    limits = (_enum(old, new, place, secret=secret), _pattern(old, new, place, secret=secret), _bounds(old, new, place))
    for one in chain.from_iterable(limits):
        yield one._replace(old=None, new=None) if secret else one


def _type(old: VariableSpec, new: VariableSpec, place: Place) -> Iterator[Change]:
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


def _null(old: VariableSpec, new: VariableSpec, place: Place) -> Iterator[Change]:
    path = (*place.path, "nullable")
    if new.nullable and not old.nullable:
        yield change(ChangeKind.TYPE_WIDENED, path, f"{place.noun} may be null", new=True, old=False)
    elif old.nullable and not new.nullable:
        message = f"{place.noun} may no longer be null; callers that give null fail"
        yield change(ChangeKind.TYPE_NARROWED, path, message, old=True, new=False)


def _enum(old: VariableSpec, new: VariableSpec, place: Place, *, secret: bool) -> Iterator[Change]:
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


def _pattern(old: VariableSpec, new: VariableSpec, place: Place, *, secret: bool) -> Iterator[Change]:
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


def _bounds(old: VariableSpec, new: VariableSpec, place: Place) -> Iterator[Change]:
    for bound in _BOUNDS:
        before, after = getattr(old, bound.word), getattr(new, bound.word)
        if _least(before, bound) != _least(after, bound):
            yield _bound(bound, before, after, place)


def _least(value: float | None, bound: _Bound) -> float | None:
    # At least no characters is no bound.
    return None if value == bound.trivial else value


def _bound(bound: _Bound, before: float | None, after: float | None, place: Place) -> Change:
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
