"""JSON values (RFC 8259): the data of variables, defaults and examples, and the constraints on them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NoReturn, Required, TypeAlias, TypedDict, TypeGuard, TypeVar

JsonScalar: TypeAlias = bool | int | float | str | None
JsonValue: TypeAlias = "JsonScalar | Sequence[JsonValue] | Mapping[str, JsonValue]"
"""A JSON value: null, a boolean, a number, a string, an array or an object."""
JsonObject: TypeAlias = "Mapping[str, JsonValue]"
"""A JSON object, such as the values of a prompt's variables by name."""
VariableType: TypeAlias = Literal[
    "string", "integer", "number", "boolean", "array", "object", "image", "file", "messages"
]
MEDIA_TYPES = frozenset({"image", "file"})  # the types of variables that hold media
INPUT_TYPES = MEDIA_TYPES | {"messages"}  # the types beside those of JSON, which only variables of a prompt have
Key = TypeVar("Key")
Value = TypeVar("Value")

# The maximum length of a number, in characters; Python refuses integers of more than 4,300 digits.
MAX_NUMBER_LENGTH = 1_000
NUMBER_RANGE = "a number beyond 1.8e308, which JSON readers do not agree on"
_LARGEST = sys.float_info.max


class VariableData(TypedDict, total=False):
    """The constraints on a variable as JSON, with the words that are set; see `VariableSpec`."""

    type: Required[VariableType]
    description: str
    required: bool
    default: JsonValue
    nullable: bool
    enum: Sequence[JsonScalar]
    pattern: str
    minimum: float
    maximum: float
    minLength: int
    maxLength: int
    minItems: int
    maxItems: int
    items: VariableData
    properties: Mapping[str, VariableData]
    sensitive: bool


class FrozenDict(dict[Key, Value]):
    """A dictionary that cannot be changed.

    >>> frozen = FrozenDict({"owner": "support"})
    >>> frozen["owner"] = "sales"
    Traceback (most recent call last):
        ...
    TypeError: this mapping is read-only; copy it with dict()
    >>> {**frozen, "owner": "sales"}
    {'owner': 'sales'}
    """

    # A subclass of dict, because JSON, templates and Pydantic accept only dictionaries as objects.
    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this mapping is read-only; copy it with dict()")

    if not TYPE_CHECKING:  # to type checkers, the methods are those of `dict`
        __setitem__ = __delitem__ = __ior__ = _refuse
        clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override] # a dictionary that can be changed has none
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type, tuple[dict[Key, Value]]]:
        """Copy and pickle by the constructor: it is the only way to fill one."""
        return FrozenDict, (dict(self),)


class NumberRangeError(ValueError):
    """Error of a number outside the range of binary64, on which JSON readers agree (RFC 8259, section 6)."""


class DuplicateKeyError(ValueError):
    """Error of an object with two equal keys; JSON readers disagree on the one to keep."""


def in_number_range(value: float) -> bool:
    """Return whether JSON readers agree on a number: finite and no greater than 1.8e308."""
    return -_LARGEST <= value <= _LARGEST


def parse_json(text: str) -> object:
    """Read JSON (RFC 8259) without duplicate keys and numbers out of range."""
    import json  # commands that read only YAML do not need it

    return json.loads(
        text,
        parse_int=_parse_integer,
        parse_float=_parse_float,
        parse_constant=_refuse_constant,
        object_pairs_hook=_unique,
    )


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        key = next(key for n, key in enumerate(keys) if key in keys[:n])
        raise DuplicateKeyError(f"duplicate key {key!r}")
    return value


def _parse_integer(text: str) -> int:
    if len(text) > MAX_NUMBER_LENGTH or not in_number_range(value := int(text)):
        raise NumberRangeError(NUMBER_RANGE)
    return value


def _parse_float(text: str) -> float:
    if not in_number_range(value := float(text)):
        raise NumberRangeError(NUMBER_RANGE)
    return value


def _refuse_constant(name: str) -> object:
    raise NumberRangeError(f"{name} is not JSON")


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
    """Return the name of a type with its article: ``an array``."""
    return name if name in {"null", "messages"} else f"{'an' if name[0] in 'aio' else 'a'} {name}"


def json_key(value: object) -> object:
    """Return a hash key of a scalar; keys are equal if the scalars are equal as JSON.

    >>> json_key(1) == json_key(1.0), json_key(1) == json_key(True)
    (True, False)
    """
    return (type(value), value) if isinstance(value, bool) else value


def plain_json(value: object) -> object:
    """Return a copy of a JSON value in plain dictionaries and lists, which its caller may change."""
    if is_object(value):
        return {key: plain_json(item) for key, item in value.items()}
    return [plain_json(item) for item in value] if is_array(value) else value


def same_json(left: object, right: object) -> bool:
    """Return whether two values are equal as JSON: `True` is not 1, while 1 and 1.0 are one number."""
    if type(left) is str:  # the most common type
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if is_object(left) and is_object(right):
        return left.keys() == right.keys() and all(same_json(value, right[key]) for key, value in left.items())
    if is_array(left) and is_array(right):
        return len(left) == len(right) and all(map(same_json, left, right))
    return left == right


def is_array(value: object) -> TypeGuard[Sequence[object]]:
    """Return whether a value is an array: a sequence but not a string."""
    if type(value) in _PLAIN:  # abstract base classes are slow
        return type(value) in _ARRAYS
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)


def is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    """Return whether a value is an object."""
    if type(value) in _PLAIN:
        return type(value) in _OBJECTS
    return isinstance(value, Mapping)


def is_text(value: object) -> TypeGuard[str]:
    """Return whether a value is a Unicode text; half a surrogate pair cannot be written anywhere."""
    if not isinstance(value, str):
        return False
    try:
        return value.isascii() or bool(value.encode())
    except UnicodeEncodeError:
        return False


_OBJECTS = frozenset({dict, FrozenDict})
_ARRAYS = frozenset({list, tuple})
_PLAIN = _OBJECTS | _ARRAYS | {str, int, float, bool, type(None)}
