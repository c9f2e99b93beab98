"""Every public name is documented: parameters, results, and an example that runs as a doctest."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import griffe

import prompt_cli

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCE = re.compile(r"; see `(\w+)\.(\w+)`\.")


@cache
def public() -> dict[str, griffe.Object]:
    """Return the public names, read when a test needs them."""
    package = griffe.load("prompt_cli", resolve_aliases=True)
    items = {name: package[name] for name in prompt_cli.__all__ if name != "__version__"}
    return {name: one.final_target if isinstance(one, griffe.Alias) else one for name, one in items.items()}


def public_methods(item: griffe.Object) -> dict[str, griffe.Function]:
    functions = {name: member for name, member in item.members.items() if isinstance(member, griffe.Function)}
    return {name: function for name, function in functions.items() if not name.startswith("_")}


def documented_elsewhere(item: griffe.Object) -> Iterator[str]:
    """Yield the methods that a protocol documents for a class whose first paragraph names it, or "see `A.b`" does."""
    head = item.docstring.value.partition("\n\n")[0] if item.docstring else ""
    for name in re.findall(r"`(\w+)`", head):
        if name in public() and is_protocol(public()[name]):
            yield from public()[name].all_members  # of the protocols that it extends too
    for name, method in public_methods(item).items():
        if method.docstring and (match := REFERENCE.search(method.docstring.value)):
            source = public_methods(public()[match[1]])[match[2]]
            if names(source) == names(method):
                yield name


def is_protocol(item: griffe.Object) -> bool:
    return isinstance(item, griffe.Class) and "Protocol" in map(str, item.bases)


def names(function: griffe.Function) -> list[str]:
    return [parameter.name for parameter in function.parameters]


def gaps(item: griffe.Object, parameters: griffe.Parameters | None = None) -> Iterator[str]:
    """Yield the missing parts of one docstring."""
    sections = item.docstring.parse("google") if item.docstring else []
    if not sections:
        yield "no docstring"
    kinds = {section.kind.value for section in sections}
    lists = griffe.DocstringSectionParameters | griffe.DocstringSectionAttributes
    listed = [section.value for section in sections if isinstance(section, lists)]
    documented = {parameter.name.lstrip("*") for values in listed for parameter in values} | {"self", "cls"}
    yield from (f"parameter {one.name}" for one in parameters or () if one.name not in documented)
    if isinstance(item, griffe.Function) and str(item.returns) != "None" and not kinds & {"returns", "yields"}:
        yield "result"
    if isinstance(item.parent, griffe.Module) and not item.is_attribute and "examples" not in kinds:
        yield "example"


def all_gaps(item: griffe.Object) -> Iterator[str]:
    """Yield the missing parts of the docstrings of a name and of its methods."""
    function = item if isinstance(item, griffe.Function) else item.members.get("__init__")
    yield from gaps(item, function.parameters if isinstance(function, griffe.Function) else None)
    shared = set(documented_elsewhere(item))
    for name, method in public_methods(item).items():
        if name not in shared or not method.docstring:
            yield from (f"{name}: {gap}" for gap in gaps(method, method.parameters))


def test_every_public_name_is_documented() -> None:
    found = {name: list(all_gaps(item)) for name, item in public().items()}
    assert {name: gaps for name, gaps in found.items() if gaps} == {}
