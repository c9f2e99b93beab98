"""Helpers and the types of the values that they take: descriptions, the built-in helpers and those for prompts."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from .errors import HelperError
from .javascript import ARRAY, ObjectRefusedError, condition, json_text, scalar_text, text, type_name
from .nodes import BooleanLiteral, Expression, NumberLiteral, StringLiteral
from .runtime import NULL_CONTEXT, Render, Scope, Site, parents_inside

JsonTypes: TypeAlias = frozenset[str]

TABLE = "table"  # the type of an array that holds objects, which has no text


class ValueType(NamedTuple):
    """A set of values, under its name in messages and documents."""

    name: str
    types: JsonTypes  # of JSON, with TABLE beside "array"
    declared: str = ""  # the type of a variable that only this place reads; empty if any fits


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


HelperFunction: TypeAlias = Callable[..., object]
"""A function of HelperOptions and the arguments, None for a missing one, that returns the value of the call.
A helper raises HelperError for an invalid argument."""


class HelperSpec(NamedTuple):
    """The description of a helper, for checks and documentation."""

    name: str
    signature: str  # an example of a call; only that of a block has its braces
    summary: str  # the result, in one line
    least: int  # the smallest number of arguments
    most: int | None  # None for any number
    takes: tuple[ValueType, ...] = (ANY,)  # the types of the arguments; the last holds for those that follow
    gives: ValueType = ANY  # the type of the result
    hash: Mapping[str, ValueType] = {}  # the types of `key=` arguments
    block: bool = False  # whether the helper opens a block
    tolerant: bool = False  # whether arguments may be missing even if a missing value is an error
    passes: Literal["none", "last", "all"] = "none"  # the arguments that may be the result
    compares: Literal["no", "loosely", "strictly"] = "no"  # "strictly" if two types are an error


class Helper(NamedTuple):
    """A helper whose arguments are checked before the call."""

    function: HelperFunction
    spec: HelperSpec


class SafeString(str):
    """Text that is HTML already and must not be escaped."""

    __slots__ = ()


class HelperOptions:
    """Options that a helper receives beside its arguments, as in handlebars.js."""

    __slots__ = ("_block", "_scope", "_site", "context", "hash", "limit", "name")

    def __init__(
        self, site: Site, hash_: dict[str, object], context: object, scope: Scope, block: Render | None
    ) -> None:
        self.name: str = site.label
        self.hash: dict[str, object] = hash_  # the `key=value` arguments
        self.context: object = NULL_CONTEXT if context is None else context
        self.limit: int = scope.unit.run.options.limits.output  # on the output, in characters
        self._scope = scope
        self._site = site
        self._block = block

    def spend(self, work: int) -> None:
        """Count work, in characters read or made; exceeding the limit is an error."""
        self._scope.unit.run.spend(work, self._site)

    def fn(self, context: object) -> str:
        """Render the block with `context`."""
        if self._block is None:
            raise self._site.error(f"the helper {self.name!r} needs a block: {{{{#{self.name}}}}}")
        scope = self._scope
        parents = parents_inside((self.context, scope.parents), context, scope.unit.run)
        inner = Scope(parents, scope.data, (None, scope.params), scope.unit, scope.block)
        return scope.unit.run.capture(self._block, context, inner, self._site)


def _block(name: str, summary: str, takes: ValueType, **keys: ValueType) -> HelperSpec:
    return HelperSpec(name, f"{{{{#{name} value}}}}", summary, 1, 1, (takes,), hash=keys, block=True, tolerant=True)


# Descriptions of the built-in helpers by name.
BUILT_IN = {
    spec.name: spec
    for spec in (
        _block("if", "Render the block if the value is true, not 0 and not empty.", CONDITION, includeZero=ANY),
        _block("unless", "Render the block if `if` would not.", CONDITION, includeZero=ANY),
        _block("with", "Render the block with the value as its context, unless it is empty.", CONTEXT),
        _block("each", "Render the block for each item of a list or value of an object.", ITEMS),
        HelperSpec("lookup", "lookup value key", "The value under a computed key.", 2, 2, (KEYED, PRINTED)),
        HelperSpec("log", "log value ...", "Pass the values to the program's log.", 0, None, hash={"level": ANY}),
    )
}

_PERCENT = re.compile(r"%(.?)", re.DOTALL)
_DIRECTIVES = frozenset("aAbBdHIjmMpSyYzZ%")


def format_date(value: str, pattern: str) -> str:
    """Format a date or time in ISO 8601 by the directives of `strftime` (%Y, %m, %d, %H, %M, %S, %B ...)."""
    unknown = next((letter for letter in _PERCENT.findall(pattern) if letter not in _DIRECTIVES or not letter), None)
    if unknown is not None:
        raise HelperError(
            f"'%{unknown}' is not a date directive; use {', '.join('%' + c for c in sorted(_DIRECTIVES))}"
        )
    try:
        date = datetime.fromisoformat(value)
    except ValueError:
        raise HelperError("expected a date like 2026-01-31 or 2026-01-31T12:00:00Z") from None
    return date.strftime(pattern)


_MAX_INDENT = 1000
_JOINED = 4  # work for a character of a text that is joined from pieces
_LINE = 64  # work for a line or an item beside its characters


def _json(options: HelperOptions, value: object) -> str:
    indent = options.hash.get("indent", 0)
    result = json_text(value, _count(indent, "indent=", most=_MAX_INDENT), options.limit)
    options.spend(_JOINED * len(result))
    return result


def _join(options: HelperOptions, items: object, separator: object = ", ") -> str:
    parts = _texts_of(options, items)
    between = _string(separator, "the separator")
    _check_size(options, len(parts) * len(between))
    return between.join(parts)


def _truncate(options: HelperOptions, value: object, length: object) -> str:
    suffix = _string(options.hash.get("suffix", "..."), "suffix=")
    most = _count(length, "the length")
    content = _text_of(value)
    if len(content) <= most:
        return content
    options.spend(most)
    return content[: max(most - len(suffix), 0)] + suffix[:most]


def _default(_options: HelperOptions, *values: object) -> object:
    return next((value for value in values if value is not None), None)


def _and(_options: HelperOptions, *values: object) -> object:
    return next((value for value in values if not condition(value)), values[-1])


def _or(_options: HelperOptions, *values: object) -> object:
    return next((value for value in values if condition(value)), values[-1])


def _not(_options: HelperOptions, value: object) -> bool:
    return not condition(value)


def _length(_options: HelperOptions, value: object) -> int:
    if isinstance(value, str | list | tuple | dict):
        return len(value)
    raise HelperError(f"expected a list, an object or a string, not {type_name(value)}")


def _indent(options: HelperOptions, value: object, width: object = 2) -> str:
    margin = " " * _count(width, "the width", most=_MAX_INDENT)
    content = _read_text(options, value)
    count = content.count("\n") + 1
    _check_size(options, count * len(margin))
    options.spend(count * (len(margin) + _LINE))
    lines = content.split("\n")
    first = condition(options.hash.get("first", True))
    return "\n".join([margin + line if line and (index or first) else line for index, line in enumerate(lines)])


def _bullets(options: HelperOptions, items: object) -> str:
    marker = _string(options.hash.get("marker", "-"), "marker=")
    return _lines_of(options, [(marker, part) for part in _texts_of(options, items)])


def _numbered(options: HelperOptions, items: object) -> str:
    start = _count(options.hash.get("start", 1), "start=")
    return _lines_of(options, [(f"{index}.", part) for index, part in enumerate(_texts_of(options, items), start)])


def _date(options: HelperOptions, value: object, pattern: object = "%Y-%m-%d") -> str:
    date, directives = _string(value, "the date"), _string(pattern, "the pattern")
    options.spend(len(date) + _JOINED * len(directives))
    return format_date(date, directives)


def _raw(options: HelperOptions) -> str:
    return options.fn(options.context)


def _check_size(options: HelperOptions, size: int) -> None:
    if size > options.limit:
        raise HelperError(f"the result is longer than {options.limit} characters")


def _read_text(options: HelperOptions, value: object) -> str:
    """Return the text of a value, and count its characters as work."""
    content = _text_of(value)
    options.spend(len(content))
    return content


def _text_of(value: object) -> str:
    content = scalar_text(value)
    if content is None:
        raise HelperError(f"expected a string or number, not {type_name(value)}; (json ...) makes a string of it")
    return content


def _texts_of(options: HelperOptions, items: object) -> list[str]:
    if not isinstance(items, ARRAY):
        raise HelperError(f"expected a list, not {type_name(items)}")
    parts: list[str] = []
    size = 0
    try:
        for item in items:
            parts.append(text(item, options.limit, objects=False))
            size += len(parts[-1])
            _check_size(options, size)
    except ObjectRefusedError as error:
        raise HelperError(f"{error}; print the items inside {{{{#each}}}}, or the list by the helper json") from None
    options.spend(_JOINED * size + _LINE * len(parts))
    return parts


def _lines_of(options: HelperOptions, items: list[tuple[str, str]]) -> str:
    """Return a line for each item; further lines of an item are indented below its first."""
    lines: list[str] = []
    size = 0
    for marker, item in items:
        below = "\n" + " " * (len(marker) + 1)
        size += (item.count("\n") + 1) * len(below) + len(item)
        _check_size(options, size)
        lines.append(f"{marker} {item}".replace("\n", below) if item else marker)
    options.spend(size)
    return "\n".join(lines)


def _string(value: object, what: str) -> str:
    if isinstance(value, str):
        return value
    raise HelperError(f"expected a string for {what}, not {type_name(value)}")


def _count(value: object, what: str, most: int | None = None) -> int:
    if isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0 and value >= 0:
        if most is not None and value > most:
            raise HelperError(f"expected at most {most} for {what}")
        return int(value)
    raise HelperError(f"expected a whole number from 0 for {what}, not {type_name(value)}")


def _same(options: HelperOptions, left: object, right: object) -> bool:
    """Compare values of the same JSON type; lists and objects by content, however deep, shared or circular."""
    pending = [(left, right)]
    visited: set[tuple[int, int]] = set()
    while pending:
        left, right = pending.pop()
        if isinstance(left, ARRAY) and isinstance(right, ARRAY):
            if len(left) != len(right):
                return False
            options.spend(_LINE * len(left))
            inside = zip(left, right, strict=True)
        elif isinstance(left, dict) and isinstance(right, dict):
            options.spend(_LINE * len(left))
            if left.keys() != right.keys():
                return False
            inside = zip(left.values(), map(right.__getitem__, left), strict=True)
        elif _same_scalar(options, left, right):
            continue
        else:
            return False
        if left is not right and (id(left), id(right)) not in visited:
            visited.add((id(left), id(right)))
            pending += inside
    return True


def _same_scalar(options: HelperOptions, left: object, right: object) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, str) and isinstance(right, str):
        options.spend(len(left) if len(left) == len(right) else 0)
        return left == right
    scalars = (str, int, float, type(None))
    return isinstance(left, scalars) and isinstance(right, scalars) and left == right


def _compare(options: HelperOptions, left: object, right: object) -> int:
    if isinstance(left, str) and isinstance(right, str):
        options.spend(min(len(left), len(right)))
        return (left > right) - (left < right)
    numbers = not isinstance(left, bool) and not isinstance(right, bool)
    if numbers and isinstance(left, int | float) and isinstance(right, int | float):
        return (left > right) - (left < right)
    raise HelperError(f"expected two numbers or two strings, not {type_name(left)} and {type_name(right)}")


def _helper(
    function: HelperFunction,
    signature: str,
    summary: str,
    takes: tuple[ValueType, ...],
    gives: ValueType,
    least: int = 0,
    **keys: ValueType,
) -> Helper:
    """Describe a helper that takes an argument of each type, or fewer if `least` says so."""
    name, most = signature.partition(" ")[0], len(takes)
    return Helper(function, HelperSpec(name, signature, summary, least or most, most, takes, gives, keys))


def _text_helper(change: Callable[[str], str], signature: str, summary: str) -> Helper:
    return _helper(lambda *call: change(_read_text(*call)), signature, summary, (TEXT,), STRING)


def _choice(function: HelperFunction, signature: str, summary: str, passes: Literal["last", "all"]) -> Helper:
    """Describe a helper that returns one of its arguments, any of which may be missing."""
    name = signature.partition(" ")[0]
    takes = CONDITION if passes == "last" else ANY
    return Helper(function, HelperSpec(name, signature, summary, 1, None, (takes,), tolerant=True, passes=passes))


def _equality(function: HelperFunction, name: str, summary: str) -> Helper:
    return Helper(function, HelperSpec(name, f"{name} a b", summary, 2, 2, (ANY,), BOOLEAN, compares="loosely"))


def _order(function: HelperFunction, name: str, summary: str) -> Helper:
    return Helper(function, HelperSpec(name, f"{name} a b", summary, 2, 2, (ORDERED,), BOOLEAN, compares="strictly"))


# The helpers for prompts by name; the value of `helpers` in compile.
PROMPT_HELPERS: dict[str, Helper] = {
    helper.spec.name: helper
    for helper in (
        _helper(_json, "json value indent=2", "The value as JSON.", (JSON,), STRING, indent=COUNT),
        _helper(_join, 'join list ", "', "The items of a list, joined by a separator.", (LIST, STRING), STRING, 1),
        _text_helper(str.upper, "upper text", "The text in upper case."),
        _text_helper(str.lower, "lower text", "The text in lower case."),
        _text_helper(str.strip, "trim text", "The text without surrounding white space."),
        _helper(
            _truncate,
            'truncate text 80 suffix="..."',
            "The text, cut to a length that includes the suffix.",
            (TEXT, COUNT),
            STRING,
            suffix=STRING,
        ),
        _choice(_default, "default value fallback", "The first argument with a value that is not null.", "all"),
        _equality(_same, "eq", "Whether both are the same value of the same type."),
        _equality(lambda *call: not _same(*call), "ne", "Whether they differ."),
        _order(lambda *call: _compare(*call) > 0, "gt", "Whether a is greater than b; numbers or strings."),
        _order(lambda *call: _compare(*call) >= 0, "gte", "Whether a is greater than or equal to b."),
        _order(lambda *call: _compare(*call) < 0, "lt", "Whether a is less than b."),
        _order(lambda *call: _compare(*call) <= 0, "lte", "Whether a is less than or equal to b."),
        _choice(_and, "and a b ...", "The first falsy argument, else the last.", "last"),
        _choice(_or, "or a b ...", "The first truthy argument, else the last.", "all"),
        Helper(
            _not,
            HelperSpec("not", "not value", "Whether the value is falsy.", 1, 1, (CONDITION,), BOOLEAN, tolerant=True),
        ),
        _helper(_length, "length value", "The number of items, keys or characters.", (SIZED,), COUNT),
        _helper(
            _indent,
            "indent text 2 first=true",
            "The text with its lines indented.",
            (TEXT, COUNT),
            STRING,
            1,
            first=ANY,
        ),
        _helper(
            _bullets, 'bullets list marker="-"', "One line per item, with a bullet.", (LIST,), STRING, marker=STRING
        ),
        _helper(_numbered, "numbered list start=1", "One line per item, numbered.", (LIST,), STRING, start=COUNT),
        Helper(
            _raw,
            HelperSpec(
                "raw", "{{{{raw}}}}...{{{{/raw}}}}", "The text of the block verbatim.", 0, 0, (), STRING, block=True
            ),
        ),
        _helper(_date, 'date value "%Y-%m-%d"', "An ISO 8601 date in another format.", (STRING, STRING), STRING, 1),
    )
}

# The built-in helpers and those for prompts, by name.
HELPERS: Mapping[str, HelperSpec] = {**BUILT_IN, **{name: helper.spec for name, helper in PROMPT_HELPERS.items()}}
