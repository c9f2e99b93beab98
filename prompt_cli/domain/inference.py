"""Inference of variables from the uses of values in templates."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from prompt_cli.domain.template import NOT_DECLARED
from prompt_cli.domain.variables import ITEM, Names
from prompt_cli.handlebars import HELPERS, NullLiteral, Partials, Template, ValueType
from prompt_cli.handlebars.analysis import Analysis, analyse
from prompt_cli.handlebars.uses import Comparison, Reference

# Helpers that need an argument; without one, such a name is a variable.
_HELPERS_WITH_ARGUMENTS = tuple(name for name, spec in HELPERS.items() if spec.least and not spec.block)
_PREFERRED = ("integer", "number", "string", "array", "object", "boolean")
_PLURAL = re.compile(r".*(?:[^s]s|people|children)", re.IGNORECASE)


def infer_variables(templates: Sequence[Template], partials: Partials | None = None) -> dict[str, dict[str, Any]]:
    """Infer the specs of the variables that the templates of a prompt read, as data of its file.

    The partials are followed; a name that only partials read is not in the result.

    >>> from prompt_cli.handlebars import parse
    >>> specs = infer_variables([parse("{{name}}: {{#each items}}{{#if urgent}}!{{/if}}{{title}}{{/each}}")])
    >>> specs["items"]["items"]["properties"]
    {'urgent': {'type': 'boolean'}, 'title': {'type': 'string'}}
    """
    sections = _sections(_analyse(templates, partials, {}))
    analyses = _analyse(templates, partials, sections)
    own = {template.name for template in templates}
    uses = _Uses(analyses, sections)
    names = {one.path[0] for one in uses.references if one.path and one.template in own}
    return {name: spec for name, spec in _properties(uses, (), uses.references).items() if name in names}


def _analyse(templates: Iterable[Template], partials: Partials | None, sections: Mapping[Names, str]) -> list[Analysis]:
    def type_of(path: Names) -> str:
        return sections.get(_without_items(path), "object")

    return [analyse(one, partials=partials, variables=_HELPERS_WITH_ARGUMENTS, type_of=type_of) for one in templates]


def _without_items(path: Names) -> Names:
    return tuple(name for name in path if name != ITEM)


def _sections(analyses: Iterable[Analysis]) -> dict[Names, str]:
    """Return the types of sections of templates that were analysed as if every section were an object."""
    references = [one for each in analyses for one in each.references if one.path]
    leaves_context = any(one.written.startswith("../") for one in references)
    types: dict[Names, str] = {}
    for path in {one.path for one in references if one.role == "section"}:
        size = len(path)
        keys = {one.path[size] for one in references if one.path[:size] == path and len(one.path) > size}
        siblings = {
            one.path[size - 1] for one in references if one.path[: size - 1] == path[:-1] and len(one.path) >= size
        }
        is_condition = keys <= siblings - {path[-1]} and not leaves_context
        prints_itself = any(one.path == path and one.written in {"this", "."} for one in references)
        if prints_itself or not is_condition:
            single = "object" if keys else "string"
            types[_without_items(path)] = "array" if _PLURAL.fullmatch(path[-1]) else single
        else:
            types[_without_items(path)] = "boolean"
    return types


class _Uses:
    """The uses of values in the templates of a prompt, by paths with `[]` instead of indexes."""

    def __init__(self, analyses: Iterable[Analysis], sections: Mapping[Names, str]) -> None:
        self.references: list[Reference] = []
        self.sections = sections
        self.sizes: dict[Names, int] = {}
        self.nullable: set[Names] = set()
        self.keyed: set[Names] = set()
        self._takes: dict[Names, list[ValueType]] = {}
        self._compared: dict[Names, set[Names]] = {}
        for each in analyses:
            self.keyed.update(map(_with_items, each.keyed))
            for one in each.references:
                if one.scope not in NOT_DECLARED:
                    self._add(one)
            for comparison in each.comparisons:
                self._compare(comparison)

    def _add(self, one: Reference) -> None:
        path = _with_items(one.path)
        self.references.append(one._replace(path=path))
        if one.role != "section":
            self._takes.setdefault(path, []).append(one.takes)
        for n, name in enumerate(one.path):
            if name.isdigit() and one.tested <= n:
                self.sizes[path[:n]] = max(self.sizes.get(path[:n], 0), int(name) + 1)

    def _compare(self, comparison: Comparison) -> None:
        sides = comparison.left, comparison.right
        paths = [_with_items(side.place.path) for side in sides if side.place.is_declarable]
        if len(paths) == len(sides):
            self._compared.setdefault(paths[0], set()).add(paths[1])
            self._compared.setdefault(paths[1], set()).add(paths[0])
        elif any(isinstance(side.node, NullLiteral) for side in sides):
            self.nullable.update(paths)

    def type_at(self, path: Names) -> dict[str, Any]:
        """Return the type of a value without keys; values that are compared have the same type."""
        group, pending = {path}, [path]
        while pending:
            more = self._compared.get(pending.pop(), set()) - group
            group |= more
            pending += more
        takes = [one for member in group for one in self._takes.get(member, ())]
        types = frozenset(_PREFERRED).intersection(*[one.types for one in takes])
        declared = {one.declared for one in takes} & types
        section = self.sections.get(_without_items(path)) if path[-1] != ITEM else None
        if section and not declared:
            declared = {section}
        kind = next((one for one in _PREFERRED if one in declared), "string")
        if kind == "integer":
            return {"type": kind, "minimum": 0}  # only counts are declared as integers
        return {"type": kind, "items": {"type": "string"}} if kind == "array" else {"type": kind}


def _with_items(path: Names) -> Names:
    return tuple(ITEM if name.isdigit() else name for name in path)


def _properties(uses: _Uses, path: Names, reads: Iterable[Reference]) -> dict[str, dict[str, Any]]:
    """Return the specs of the keys below a path; `reads` are the reads at and below it."""
    by_name: dict[str, list[Reference]] = {}
    for one in reads:
        if len(one.path) > len(path):
            by_name.setdefault(one.path[len(path)], []).append(one)
    return {name: _spec(uses, (*path, name), of_name) for name, of_name in by_name.items() if name != ITEM}


def _spec(uses: _Uses, path: Names, reads: Collection[Reference]) -> dict[str, Any]:
    size = len(path)
    keys = {one.path[size] for one in reads if len(one.path) > size}
    spec: dict[str, Any]
    if keys - {ITEM} - _lengths(reads, size):
        spec = {"type": "object", "properties": _properties(uses, path, reads)}
    elif path in uses.keyed and path not in uses.sizes:
        spec = {"type": "object"}
    elif keys or (path[-1] != ITEM and uses.sections.get(_without_items(path)) == "array"):
        items = [one for one in reads if one.path[size : size + 1] == (ITEM,)]
        spec = {"type": "array", "items": _spec(uses, (*path, ITEM), items) if items else {"type": "string"}}
        if path in uses.sizes:
            spec["minItems"] = uses.sizes[path]
    else:
        spec = uses.type_at(path)
    if path in uses.nullable:
        spec["nullable"] = True
    is_tested = any(len(one.path) == size and _allows_missing(one) for one in reads)
    if is_tested and path[-1] != ITEM and spec["type"] != "boolean" and all(one.tested >= size for one in reads):
        spec["required"] = False
    return spec


def _lengths(reads: Iterable[Reference], size: int) -> set[str]:
    """Return "length" if it is only read as of a list, `items.length`, never as a name of its own."""
    written = [one.written for one in reads if one.path[size:] == ("length",)]
    return {"length"} if all(one.endswith(".length") for one in written) else set()


def _allows_missing(one: Reference) -> bool:
    """Return whether a read allows a missing value: in a condition, or as an argument of `default` and the like."""
    helper = HELPERS.get(one.helper or "")
    return one.role == "condition" or (helper is not None and helper.tolerant)
