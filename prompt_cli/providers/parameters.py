"""The parameters of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prompt_cli.domain.ids import suggest
from prompt_cli.domain.json_values import JsonValue, json_type, plain_json
from prompt_cli.providers.facts import SHARED, Api, Place, shared_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from prompt_cli.problems import DataPath
    from prompt_cli.providers.draft import Draft

PARAMETERS = ("model", "parameters")
"""The path of the parameters in a prompt's data."""


def write_parameters(draft: Draft, body: dict[str, Any], convert: Mapping[str, Callable[[Any], Any]]) -> None:
    """Write the parameters of a request into its body, under the names of the API.

    Args:
        draft: The draft, which collects the problems.
        body: The body.
        convert: Functions that convert the value of a shared parameter, by its name; None is a problem.
    """
    model, overrides = draft.prompt.model, draft.parameters
    replaced = {shared_name(name) for name in overrides}
    own = {
        name: value for name, value in (model.parameters if model else {}).items() if shared_name(name) not in replaced
    }
    for name, value in own.items():
        _write(draft, body, convert, name, value, (*PARAMETERS, name))
    for name, value in overrides.items():
        _write(draft, body, convert, name, value, ())
    names = replaced | {shared_name(name) for name in own}
    for fact in draft.api.required:
        if fact.parameter not in names:
            draft.refuse(PARAMETERS, fact.reason, fact.help)


def _write(
    draft: Draft,
    body: dict[str, Any],
    convert: Mapping[str, Callable[[Any], Any]],
    name: str,
    value: JsonValue,
    path: DataPath,
) -> None:
    place = _place(draft, name, path)
    if place is None:
        return
    shared, plain = shared_name(name), plain_json(value)
    if draft.has_facts and shared in draft.api.places:
        if expected := _mismatch(shared, place, plain):
            draft.add_problem(path, f"{place.path[-1]} must be {expected}", "correct the value")
            return
        plain = convert[shared](plain) if shared in convert else plain
    if plain is None:
        draft.refuse(path, f"does not take this {name}", "remove it")
    elif not _put(body, place.path, plain):
        draft.add_problem(path, f"{name} is set twice in the request", "remove one of the two")


def _place(draft: Draft, name: str, path: DataPath) -> Place | None:
    api = draft.api
    if name in api.built:
        help_ = f"remove it, and use {api.built[name]} of the prompt"
        draft.add_problem(path, f"{name} is made from the prompt", help_)
        return None
    if not draft.has_facts:
        return Place(api.own.get(name, (*api.own_object, name)))
    if (place := api.place(name)) is None:
        draft.add_problem(path, *refusal(api, name))
    return place


def _mismatch(shared: str, place: Place, value: object) -> str:
    """Return the values that the API takes if this is not one of them, or an empty text."""
    types = SHARED[shared].types
    if json_type(value) in types and (not place.values or value in place.values):
        return ""
    return f"one of {', '.join(place.values)}" if place.values else f"of type {' or '.join(types)}"


def refusal(api: Api, parameter: str) -> tuple[str, str]:
    """Return the reason an API does not take a parameter, and the one thing to do."""
    for fact in api.refused:
        if fact.parameter == shared_name(parameter):
            return f"{api.title} {fact.reason}", fact.help
    return f"{api.title} has no parameter {parameter!r}", suggest(parameter, api.parameters, "remove it")


def _put(body: dict[str, Any], path: Sequence[str], value: object) -> bool:
    """Write a value into nested dictionaries; return False if there is another already."""
    *parents, last = path
    for key in parents:
        child = body.setdefault(key, {})
        if not isinstance(child, dict):
            return False
        body = child
    current = body.get(last)
    if isinstance(value, dict) and isinstance(current, dict):
        results = [_put(current, (key,), one) for key, one in value.items()]  # a list, because each one is written
        return all(results)
    if last in body:
        return False
    body[last] = value
    return True
