"""How a signature was changed: its variables, and the properties and items below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.domain.binding import describe
from prompt_cli.domain.change import Change, ChangeKind, change
from prompt_cli.domain.change_place import Place, hides, shown, spec_data
from prompt_cli.domain.change_words import is_other_type, limit_changes
from prompt_cli.domain.declared import ITEM
from prompt_cli.domain.values import same_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prompt_cli.domain.variables import VariableSpec

_TOP = Place(())


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


def _names(old: Mapping[str, VariableSpec], new: Mapping[str, VariableSpec], at: Place) -> Iterator[Change]:
    for name, spec in old.items():
        if name in new:
            yield from _spec(spec, new[name], at.below(name))
        else:
            yield _removed(spec, at.below(name, spec))
    for name, spec in new.items():
        if name not in old:
            yield _added(spec, at.below(name, spec))


def _removed(spec: VariableSpec, place: Place) -> Change:
    told = "callers that give it fail" if len(place.names) == 1 else "what callers give for it is not read any more"
    message = f"{place.noun} was removed; {told}"
    return change(ChangeKind.VARIABLE_REMOVED, place.path, message, spec_data(spec, secret=place.secret), None)


def _added(spec: VariableSpec, place: Place) -> Change:
    data = spec_data(spec, secret=place.secret)
    if spec.required:
        message = f"required {place.noun} was added; callers that do not give it fail"
        return change(ChangeKind.VARIABLE_ADDED, place.path, message, None, data)
    message = f"optional {place.noun} was added{_with_default(spec, place)}"
    return change(ChangeKind.OPTIONAL_VARIABLE_ADDED, place.path, message, None, data)


def _with_default(spec: VariableSpec, place: Place) -> str:
    if not spec.has_default:
        return ""
    return ", with a default" if place.secret or hides(spec) else f", {shown(spec.default)} by default"


def _spec(old: VariableSpec, new: VariableSpec, place: Place) -> Iterator[Change]:
    yield from _requirement(old, new, place)
    yield from limit_changes(old, new, place)
    yield from _words_for_people(old, new, place)
    if is_other_type(old, new):
        return
    yield from _items(old, new, place)
    secret = place.secret or old.sensitive or new.sensitive
    yield from _names(old.properties or {}, new.properties or {}, place._replace(secret=secret))


def _requirement(old: VariableSpec, new: VariableSpec, place: Place) -> Iterator[Change]:
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


def default_changes(old: VariableSpec, new: VariableSpec, place: Place, of: str = "") -> Iterator[Change]:
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


def _items(old: VariableSpec, new: VariableSpec, place: Place) -> Iterator[Change]:
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


def _words_for_people(old: VariableSpec, new: VariableSpec, place: Place) -> Iterator[Change]:
    if old.description != new.description:
        path = (*place.path, "description")
        message = f"the description of {place.noun} was changed"
        yield change(ChangeKind.DOCUMENTATION_CHANGED, path, message, old.description, new.description)
    if old.sensitive != new.sensitive:
        told = "is sensitive, and kept out of logs and errors" if new.sensitive else "is no longer sensitive"
        path = (*place.path, "sensitive")
        message = f"{place.noun} {told}"
        yield change(ChangeKind.DOCUMENTATION_CHANGED, path, message, old.sensitive, new.sensitive)
