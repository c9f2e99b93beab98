"""Inference of the variables of a template from their use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from prompt_cli.domain.template import NOT_DECLARED, parse_template
from prompt_cli.domain.variables import ITEM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prompt_cli.handlebars import Reference

    _Read: TypeAlias = tuple[tuple[str, ...], Reference]


def infer_variables(content: str) -> dict[str, dict[str, Any]]:
    """Guess the specs of the variables that a template reads, as data of a prompt's file.

    An iterated variable is an array, one with keys an object, one that is only a condition a boolean. All others are
    strings.

    Raises:
        TemplateSyntaxError: The template cannot be parsed.

    >>> specs = infer_variables("{{name}}: {{#each items}}{{#if urgent}}!{{/if}}{{title}}{{/each}}")
    >>> specs["items"]["items"]["properties"]
    {'urgent': {'type': 'boolean'}, 'title': {'type': 'string'}}
    """
    from prompt_cli.handlebars import references  # only `create` needs it

    declared = (one for one in references(parse_template(content)) if one.scope not in NOT_DECLARED)
    return _properties([(one.path, one) for one in declared])


def _properties(reads: Iterable[_Read]) -> dict[str, dict[str, Any]]:
    by_name: dict[str, list[_Read]] = {}
    for path, reference in reads:
        if path:
            by_name.setdefault(path[0], []).append((path[1:], reference))
    return {name: _spec(below) for name, below in by_name.items()}


def _spec(reads: list[_Read]) -> dict[str, Any]:
    items = [(path[1:], one) for path, one in reads if path[:1] == (ITEM,)]
    if items or any(not path and one.role == "iterate" for path, one in reads):
        item_reads = [(path, one) for path, one in items if path or one.role != "iterate"]
        return {"type": "array", "items": _spec(item_reads) if item_reads else {"type": "string"}}
    if properties := _properties(reads):
        return {"type": "object", "properties": properties}
    return {"type": "boolean" if all(one.role == "condition" for _, one in reads) else "string"}
