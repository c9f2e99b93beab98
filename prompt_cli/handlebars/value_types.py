"""Types of values that helpers take and return, and that each position in a template takes."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from .nodes import BooleanLiteral, Expression, NumberLiteral, StringLiteral

JsonTypes: TypeAlias = frozenset[str]

TABLE = "table"
"""The type of an array that holds objects, which has no text."""


class ValueType(NamedTuple):
    """A set of values.

    Attributes:
        name: The name in messages and documents.
        types: The types of JSON, with TABLE beside "array".
        declared: The type to declare for a variable that only this place reads; empty if any type fits.
    """

    name: str
    types: JsonTypes
    declared: str = ""


_NUMBERS = frozenset({"integer", "number"})
_SCALARS = _NUMBERS | {"string", "boolean", "null"}

_VALUES = {name: _NUMBERS if name == "number" else frozenset({name}) for name in (*_SCALARS, "array", TABLE, "object")}

ANY = ValueType("anything", _SCALARS | {"array", TABLE, "object"})
JSON = ANY._replace(declared="object")
PRINTED = ValueType("text", _SCALARS | {"array"}, "string")
TEXT = ValueType("text or a number", _SCALARS, "string")
STRING = ValueType("a string", frozenset({"string"}), "string")
NUMBER = ValueType("a number", _NUMBERS, "number")
COUNT = ValueType("a whole number", _NUMBERS, "integer")
BOOLEAN = ValueType("a boolean", frozenset({"boolean"}), "boolean")
ORDERED = ValueType("numbers or strings", _NUMBERS | {"string"}, "number")
LIST = ValueType("a list", frozenset({"array"}), "array")
ITEMS = ValueType("a list or an object", frozenset({"array", TABLE, "object"}), "array")
SIZED = ValueType("a list, an object or a string", ITEMS.types | {"string"}, "array")
KEYED = ValueType("a list or an object", SIZED.types, "object")
CONTEXT = ValueType("anything", ANY.types, "object")
CONDITION = ValueType("anything", ANY.types, "boolean")


def type_of_literal(node: Expression) -> ValueType:
    """Return the type of a literal; ANY for other expressions."""
    if isinstance(node, StringLiteral):
        return STRING
    if isinstance(node, BooleanLiteral):
        return BOOLEAN
    if isinstance(node, NumberLiteral):
        is_whole = isinstance(node.value, int)
        return NUMBER if is_whole else NUMBER._replace(types=frozenset({"number"}))
    return ANY


def types_of_values(declared: str) -> JsonTypes:
    """Return the types of the values that a declared type allows: a number may be whole; ANY for other types."""
    return _VALUES.get(declared, ANY.types)


def are_comparable(left: JsonTypes, right: JsonTypes) -> bool:
    """Return whether values may have one type; all numbers are of one."""
    return bool(left & right) or not (left.isdisjoint(_NUMBERS) or right.isdisjoint(_NUMBERS))


def has_key(type_: str, key: str) -> bool:
    """Return whether a value of a type may have a key: strings and arrays have indexes and a length."""
    if type_ in {"string", "array", TABLE}:
        return key == "length" or key.isdigit()
    return type_ not in _SCALARS
