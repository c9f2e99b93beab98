"""JavaScript semantics of JSON values: truth, text, keys and equality.

Functions read only dicts, lists, strings, numbers, booleans and None. They refuse any other value before they reach an
attribute or method.
"""

import re
from collections.abc import Iterator
from json.encoder import encode_basestring
from typing import Final


class Missing:
    """The type of MISSING, JavaScript's `undefined`."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()  # the value of a path that leads nowhere

ARRAY: Final = (list, tuple)  # lists; in an `isinstance`, a union of types would be built at each call
NUMBER: Final = (int, float)
CONTAINER: Final = (dict, list, tuple)
_INDEXED: Final = (list, tuple, str)

_NUMBER_TEXT = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?Infinity|0[xX][0-9a-fA-F]+"
_INDEX_DIGITS = 15
_EXPONENT_FROM = 21  # Number::toString writes 1e21 after 100000000000000000000
_ZEROS_UP_TO = 6  # and 1e-7 after 0.000001
_MAX_LIST_DEPTH = 1000
LIST_KEY = 1000  # the largest number of characters of a list used as a key
_MAX_NUMBER = 1000
_MAX_PIECES = 1_000_000
_TOO_LONG = "a list is nested too deeply or too long to be printed"
_MAX_JSON_DEPTH = 500
_JSON_TOO_LONG = "the value is too long or nested too deeply"


class ValueRefusedError(Exception):
    """Value that cannot be used this way; the message names types, never the value."""


class ObjectRefusedError(ValueRefusedError):
    """Object in place of text."""


def type_name(value: object) -> str:
    """Return the JSON type of a value, as messages name it."""
    if value is None:
        return "null"
    if value is MISSING:
        return "nothing"
    for types, name in _TYPE_NAMES:
        if isinstance(value, types):
            return name
    return f"a Python {type(value).__name__}"


_TYPE_NAMES: Final = (
    (str, "a string"),
    (bool, "a boolean"),
    (NUMBER, "a number"),
    (dict, "an object"),
    (ARRAY, "a list"),
)


def truthy(value: object) -> bool:
    """Return whether a value is true in JavaScript (ECMA-262, ToBoolean): `{}` and `[]` are."""
    if value is True or value is False:
        return value
    if value is None or value is MISSING:
        return False
    if isinstance(value, str):
        return str.__len__(value) > 0
    if isinstance(value, int):
        return int.__ne__(value, 0)
    if isinstance(value, float):
        return float.__eq__(value, value) and float.__ne__(value, 0.0)
    if isinstance(value, CONTAINER):
        return True
    raise ValueRefusedError(f"{type_name(value)} is not a JSON value")


def empty(value: object) -> bool:
    """Return whether a value is empty (isEmpty of handlebars.js): false values except 0, and `[]`."""
    if isinstance(value, ARRAY):
        return not value
    return not truthy(value) and (value is False or not isinstance(value, NUMBER) or value != 0)


def condition(value: object) -> bool:
    """Return whether `if` renders its block: true values except `[]`."""
    return truthy(value) and not (isinstance(value, ARRAY) and not value)


def child(parent: object, key: str) -> object:
    """Return the own property of a value that is neither null nor missing."""
    if isinstance(parent, dict):
        return dict.get(parent, key, MISSING)
    if isinstance(parent, _INDEXED):
        if key.isascii() and key.isdigit() and (key[0] != "0" or key == "0") and len(key) <= _INDEX_DIGITS:
            index = int(key)
            return parent[index] if index < len(parent) else MISSING
        return len(parent) if key == "length" else MISSING
    truthy(parent)
    return MISSING


def number_text(value: float) -> str:
    """Return a number as JavaScript prints it (ECMA-262, Number::toString), integers exactly."""
    if isinstance(value, int):
        try:
            return int.__repr__(value)
        except ValueError:  # more digits than Python converts
            return "Infinity" if value > 0 else "-Infinity"
    text = float.__repr__(value)
    if text.endswith(".0"):
        text = text[:-2]
        return "0" if text == "-0" else text
    if "e" in text or text.startswith(("0.0000", "-0.0000")):
        return _exponent_text(text)
    return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(text, text)


def _exponent_text(text: str) -> str:
    mantissa, _, exponent = text.partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if 0 < point <= _EXPONENT_FROM:
        padded = digits.ljust(point, "0")
        return sign + padded[:point] + (f".{padded[point:]}" if padded[point:] else "")
    if -_ZEROS_UP_TO < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{point - 1:+d}"


def scalar_text(value: object) -> str | None:
    """Return the text of a value that is neither an object nor a list; None for those."""
    if isinstance(value, str):
        return str.__str__(value)
    if value is None or value is MISSING:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, NUMBER):
        return number_text(value)
    if isinstance(value, CONTAINER):
        return None
    raise ValueRefusedError(f"{type_name(value)} is not a JSON value")


def text(value: object, limit: int, *, objects: bool = True) -> str:
    """Return the text of a value, up to a number of characters (ECMA-262, ToString; null and missing print nothing).

    An object prints `[object Object]`, or is an error without `objects`.
    """
    result = scalar_text(value)
    if result is not None:
        return result
    if isinstance(value, ARRAY):
        return _list_text(value, limit, objects=objects)
    if objects:
        return "[object Object]"
    raise ObjectRefusedError("an object cannot be printed")


def _list_text(items: list[object] | tuple[object, ...], limit: int, *, objects: bool) -> str:
    """Return the text of a list (Array.prototype.toString): items between commas, nested lists likewise."""
    pieces: list[str] = []
    open_lists: list[Iterator[object]] = [iter(items)]
    size = 0
    separator = ""
    while open_lists:
        for item in open_lists[-1]:
            pieces.append(separator)
            separator = ","
            piece = scalar_text(item)
            if piece is None and isinstance(item, ARRAY):
                open_lists.append(iter(item))
                separator = ""
                break
            if piece is None and not objects:
                raise ObjectRefusedError("a list that holds an object cannot be printed")
            pieces.append("[object Object]" if piece is None else piece)
            size += len(pieces[-1]) + 1
            if size > limit or len(pieces) > _MAX_PIECES:
                raise ValueRefusedError(_TOO_LONG)
        else:
            open_lists.pop()
            separator = ","
        size += 1  # an empty list prints nothing, and takes time all the same
        if size > limit or len(open_lists) > _MAX_LIST_DEPTH or len(pieces) > _MAX_PIECES:
            raise ValueRefusedError(_TOO_LONG)
    return "".join(pieces)


def property_key(value: object) -> str:
    """Return the key a value stands for in `lookup` (ECMA-262, ToPropertyKey)."""
    if value is None:
        return "null"
    return "undefined" if value is MISSING else text(value, LIST_KEY)


def loosely_equal(left: object, right: object) -> bool:
    """Compare as `==` of JavaScript (ECMA-262, IsLooselyEqual), by which handlebars.js detects new contexts.

    A value that is not JSON equals only itself, and so does a list that is too long for a key.
    """
    if left is right:
        return True
    if left is None or left is MISSING or right is None or right is MISSING:
        return (left is None or left is MISSING) and (right is None or right is MISSING)
    try:
        return _print_alike(left, right)
    except ValueRefusedError:
        return False


def _print_alike(left: object, right: object) -> bool:
    left_scalar, right_scalar = scalar_text(left), scalar_text(right)
    if left_scalar is None and right_scalar is None:
        return False
    left = text(left, LIST_KEY) if left_scalar is None else left
    right = text(right, LIST_KEY) if right_scalar is None else right
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return _number(left) == _number(right)


def _number(value: object) -> float:
    """Convert a string, number or boolean to a number (ECMA-262, ToNumber)."""
    if isinstance(value, NUMBER):
        return value
    digits = str(value).strip()
    if not digits:
        return 0
    if len(digits) > _MAX_NUMBER or not re.fullmatch(_NUMBER_TEXT, digits):
        return float("nan")
    return int(digits, 16) if digits[:2] in {"0x", "0X"} else float(digits)


def json_text(value: object, indent: int, limit: int) -> str:
    """Return a value as JSON text as `JSON.stringify` writes it: keys in their order, characters as they are.

    Each level is indented by some spaces; with 0, everything is on one line.
    """
    pieces: list[str] = []
    size = 0
    # For each open container: the items still to be written, each with the text before it, and its closing text.
    rest: list[Iterator[tuple[str, object]]] = [iter([("", value)])]
    ends = [""]
    while rest:
        for before, item in rest[-1]:
            text = _scalar(item)
            pieces.append(before + text)
            size += len(pieces[-1])
            if size > limit or len(pieces) > _MAX_PIECES:
                raise ValueRefusedError(_JSON_TOO_LONG)
            if text in {"{", "["}:
                line = "\n" + " " * indent * (len(rest) - 1) if indent else ""
                rest.append(_entries(item, line + " " * indent, ": " if indent else ":"))
                ends.append(line + {"{": "}", "[": "]"}[text])
                break
        else:
            rest.pop()
            pieces.append(ends.pop())
        if len(rest) > _MAX_JSON_DEPTH or len(pieces) > _MAX_PIECES:
            raise ValueRefusedError(_JSON_TOO_LONG)
    return "".join(pieces)


def _entries(container: object, line: str, colon: str) -> Iterator[tuple[str, object]]:
    separator = ""
    if isinstance(container, dict):
        for key, item in container.items():
            yield f"{separator}{line}{encode_basestring(str(key))}{colon}", item
            separator = ","
    elif isinstance(container, ARRAY):
        for item in container:
            yield separator + line, item
            separator = ","


def _scalar(value: object) -> str:
    """Return the JSON text of a scalar, or the opening bracket of a container."""
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int | float):
        text = number_text(value)
        return text if text[-1].isdigit() else "null"
    if isinstance(value, dict):
        return "{" if value else "{}"
    if isinstance(value, ARRAY):
        return "[" if value else "[]"
    raise ValueRefusedError(f"{type_name(value)} is not a JSON value")
