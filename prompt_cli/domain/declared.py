"""What a signature declares: names, defaults, and what is at a path a template reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from prompt_cli.domain.values import JsonValue
    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.errors import DataPath

ITEM = "[]"
"""What stands for an item of an array in a path that a template reads."""

Names: TypeAlias = tuple[str, ...]
"""A path that a template reads: ``("tickets", "[]", "subject")``."""


def declared_names(specs: Mapping[str, VariableSpec]) -> frozenset[str]:
    """Return every name that is declared, at any depth: each is data wherever it stands alone in a template."""
    names: set[str] = set()
    pending: list[Mapping[str, VariableSpec]] = [specs]
    while pending:
        for name, spec in pending.pop().items():
            names.add(name)
            below = spec
            while below.items is not None:
                below = below.items
            if below.properties:
                pending.append(below.properties)
    return frozenset(names)


def all_specs(
    specs: Mapping[str, VariableSpec], path: DataPath = ("variables",)
) -> Iterator[tuple[DataPath, VariableSpec]]:
    """Yield every spec with its path in the prompt's data, however deep; YAML is 64 deep at most."""
    for name, spec in specs.items():
        here, at = spec, (*path, name)
        yield at, here
        while here.items is not None:
            here, at = here.items, (*at, "items")
            yield at, here
        if here.properties:
            yield from all_specs(here.properties, (*at, "properties"))


def defaults_of(specs: Mapping[str, VariableSpec]) -> dict[str, JsonValue]:
    """Return the defaults of variables by name."""
    return {name: spec.default for name, spec in specs.items() if spec.has_default}


def spec_at(specs: Mapping[str, VariableSpec], path: Names) -> VariableSpec | None:
    """Return the spec of what is at a path, where one is declared."""
    spec: VariableSpec | None = None
    for n, name in enumerate(path):
        if n == 0:
            spec = specs.get(name)
        elif spec is not None:
            spec = spec.items if name == ITEM else (spec.properties or {}).get(name)
    return spec


def first_missing(
    specs: Mapping[str, VariableSpec],
    path: Names,
    sure: Callable[[Names, VariableSpec], bool] | None = None,
) -> Names:
    """Return the part of a path up to the first name that is not declared; empty where all of it is.

    An array without `items` and an object without `properties` say nothing of what is in them.

    Args:
        specs: The signature.
        path: The path.
        sure: Whether a name that is declared counts, told its path and its spec; each does where None.
    """
    if not path or path[0] == ITEM:
        return ()
    spec = specs.get(path[0])
    for n, name in enumerate(path[1:], 2):
        if spec is None or (sure is not None and not sure(path[: n - 1], spec)):
            return path[: n - 1]
        below = spec.items if name == ITEM else (spec.properties or {}).get(name)
        if below is None:
            known = spec.properties is not None and name != ITEM
            return path[:n] if known else ()
        spec = below
    return () if spec is not None and (sure is None or path[-1] == ITEM or sure(path, spec)) else path


def written(path: Names) -> str:
    """Write a path as a person would: ``tickets[].subject``."""
    return "".join(name if name == ITEM else f".{name}" for name in path).removeprefix(".")


def data_path(path: Names) -> DataPath:
    """Return where the spec of a path stands in the data of a prompt.

    >>> data_path(("tickets", "[]", "subject"))
    ('variables', 'tickets', 'items', 'properties', 'subject')
    """
    found = ["variables", *path[:1]]
    for name in path[1:]:
        found += ["items"] if name == ITEM else ["properties", name]
    return tuple(found)
