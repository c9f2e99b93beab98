"""Guessing the variables of a template from how it reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prompt_cli.domain.template import NOT_DECLARED, parse_template
from prompt_cli.domain.variables import ITEM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prompt_cli.handlebars import Reference


def infer_variables(content: str) -> dict[str, dict[str, Any]]:
    """Guess the specs of the variables a template reads, as the data of a prompt's file.

    What is iterated is an array, what has keys read is an object, what is only ever a condition is a boolean, and the
    rest are strings.

    Raises:
        TemplateSyntaxError: The template cannot be parsed.

    >>> found = infer_variables("{{name}}: {{#each items}}{{#if urgent}}!{{/if}}{{title}}{{/each}}")
    >>> found["items"]["items"]["properties"]
    {'urgent': {'type': 'boolean'}, 'title': {'type': 'string'}}
    """
    from prompt_cli.handlebars import references  # creating alone needs it

    found = references(parse_template(content))
    return _properties([(one.path, one) for one in found if one.scope not in NOT_DECLARED])


def _properties(found: Iterable[tuple[tuple[str, ...], Reference]]) -> dict[str, dict[str, Any]]:
    by_name: dict[str, list[tuple[tuple[str, ...], Reference]]] = {}
    for path, reference in found:
        if path:
            by_name.setdefault(path[0], []).append((path[1:], reference))
    return {name: _spec(below) for name, below in by_name.items()}


def _spec(found: list[tuple[tuple[str, ...], Reference]]) -> dict[str, Any]:
    items = [(path[1:], one) for path, one in found if path[:1] == (ITEM,)]
    if items or any(not path and one.role == "iterate" for path, one in found):
        read = [(path, one) for path, one in items if path or one.role != "iterate"]
        return {"type": "array", "items": _spec(read) if read else {"type": "string"}}
    if properties := _properties(found):
        return {"type": "object", "properties": properties}
    return {"type": "boolean" if all(one.role == "condition" for _, one in found) else "string"}
