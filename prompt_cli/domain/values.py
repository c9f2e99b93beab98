"""The data that variables, defaults and examples hold: what JSON can say (RFC 8259)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeGuard

JsonScalar: TypeAlias = bool | int | float | str | None
JsonValue: TypeAlias = "JsonScalar | Sequence[JsonValue] | Mapping[str, JsonValue]"
JsonObject: TypeAlias = "Mapping[str, JsonValue]"


def json_type(value: object) -> str:
    """Name the JSON type of a value, in JSON Schema's words.

    >>> [json_type(value) for value in (None, True, 1, 1.5, "x", [], {})]
    ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object']
    """
    if value is None:
        return "null"
    named = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (Mapping, "object"))
    if name := next((name for kind, name in named if isinstance(value, kind)), None):
        return name
    return "array" if is_array(value) else type(value).__name__


def with_article(name: str) -> str:
    """Put the article before the name of a JSON type: ``an array``."""
    return name if name == "null" else f"{'an' if name[0] in 'aio' else 'a'} {name}"


def same_json(left: object, right: object) -> bool:
    """Tell whether two values are equal as JSON: `True` is not 1, while 1 and 1.0 are one number."""
    if type(left) is str:  # as most
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if is_object(left) and is_object(right):
        return left.keys() == right.keys() and all(same_json(value, right[key]) for key, value in left.items())
    if is_array(left) and is_array(right):
        return len(left) == len(right) and all(map(same_json, left, right))
    return left == right


def is_array(value: object) -> TypeGuard[Sequence[object]]:
    """Tell whether a value is an array: a sequence that is no string."""
    # What files and JSON hold is told by its type: the classes beyond those are asked for rarely, and slow to ask.
    if type(value) in _PLAIN:
        return type(value) is list
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)


def is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    """Tell whether a value is an object."""
    if type(value) in _PLAIN:
        return type(value) is dict
    return isinstance(value, Mapping)


_PLAIN = frozenset({str, dict, list, int, float, bool, type(None)})
