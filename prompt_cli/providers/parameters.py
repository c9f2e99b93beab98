"""The parameters of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prompt_cli.domain.ids import near_names
from prompt_cli.domain.json_values import json_type, plain_json
from prompt_cli.providers.facts import SHARED, Place, apis_of, shared_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from prompt_cli.domain.json_values import JsonValue
    from prompt_cli.problems import DataPath
    from prompt_cli.providers.draft import Draft
    from prompt_cli.providers.facts import Api

PARAMETERS = ("model", "parameters")
"""The path of the parameters in a prompt's data."""


class Parameters:
    """The parameters of a prompt, and those passed with a request, for an API.

    Args:
        draft: The draft of the request, which collects the problems.
        overrides: Parameters instead of, or besides, the prompt's.
    """

    def __init__(self, draft: Draft, overrides: Mapping[str, JsonValue]) -> None:
        model = draft.prompt.model
        self._draft = draft
        self._api = draft.api
        self._overrides = overrides
        replaced = {shared_name(name) for name in overrides}
        own = model.parameters.items() if model else ()
        self._values = {name: value for name, value in own if shared_name(name) not in replaced} | dict(overrides)
        # The table has no facts about other providers, such as local servers, that speak the format of an API.
        self._has_facts = model is None or model.provider is None or bool(apis_of(model.provider))

    def write(self, body: dict[str, Any], convert: Mapping[str, Callable[[Any], Any]]) -> None:
        """Write the parameters into a body, under the names of the API.

        Args:
            body: The body.
            convert: Functions that convert the value of a shared parameter, by its name; None is a problem.
        """
        for name, value in self._values.items():
            path: DataPath = () if name in self._overrides else (*PARAMETERS, name)
            place = self._place(name, path)
            if place is None:
                continue
            shared, plain = shared_name(name), plain_json(value)
            if self._has_facts and shared in self._api.places:
                if not self._fits(shared, place, plain, path):
                    continue
                plain = convert[shared](plain) if shared in convert else plain
            if plain is None:
                self._draft.refuse(path, f"does not take this {name}", "remove it")
            elif not _put(body, place.path, plain):
                self._draft.add_problem(path, f"{name} is set twice in the request", "remove one of the two")
        self._require()

    def _place(self, name: str, path: DataPath) -> Place | None:
        api = self._api
        if name in api.built:
            help_ = f"remove it, and use {api.built[name]} of the prompt"
            self._draft.add_problem(path, f"{name} is made from the prompt", help_)
            return None
        if not self._has_facts:
            return Place(api.own.get(name, (*api.own_object, name)))
        if (place := api.place(name)) is None:
            self._draft.add_problem(path, *refusal(api, name))
        return place

    def _fits(self, shared: str, place: Place, value: object, path: DataPath) -> bool:
        name, types = place.path[-1], SHARED[shared].types
        expected = f"one of {', '.join(place.values)}" if place.values else f"of type {' or '.join(types)}"
        fits = json_type(value) in types and (not place.values or value in place.values)
        if not fits:
            self._draft.add_problem(path, f"{name} must be {expected}", "correct the value")
        return fits

    def _require(self) -> None:
        names = {shared_name(name) for name in self._values}
        for fact in self._api.required:
            if fact.parameter not in names:
                self._draft.refuse(PARAMETERS, fact.reason, fact.help)


def refusal(api: Api, parameter: str) -> tuple[str, str]:
    """Return the reason an API does not take a parameter, and the one thing to do."""
    for fact in api.refused:
        if fact.parameter == shared_name(parameter):
            return f"{api.title} {fact.reason}", fact.help
    near = near_names(parameter, api.parameters, most=1)
    return f"{api.title} has no parameter {parameter!r}", f"did you mean {near[0]!r}?" if near else "remove it"


def _put(body: dict[str, Any], path: Sequence[str], value: object) -> bool:
    """Write a value into nested dictionaries; return False if there is another already."""
    *parents, last = path
    for key in parents:
        below = body.setdefault(key, {})
        if not isinstance(below, dict):
            return False
        body = below
    present = body.get(last)
    if isinstance(value, dict) and isinstance(present, dict):
        results = [_put(present, (key,), one) for key, one in value.items()]  # a list, because each one is written
        return all(results)
    if last in body:
        return False
    body[last] = value
    return True
