"""Where in a signature a change is, and how a sentence says so without telling what is secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from prompt_cli.domain.declared import ITEM, Names, data_path, written

if TYPE_CHECKING:
    from prompt_cli.domain.values import JsonValue
    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.errors import DataPath


class Place(NamedTuple):
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

    def below(self, name: str, *specs: VariableSpec) -> Place:
        """Return what is under a name; the specs are its own on both sides, and hide it where they are sensitive."""
        return Place((*self.names, name), self.secret or any(spec.sensitive for spec in specs))


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
