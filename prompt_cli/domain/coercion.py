"""Reading values given as text, as the command line gives them, as the types their variables declare."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, cast

from prompt_cli.domain.binding import describe
from prompt_cli.domain.values import MAX_NUMBER_LENGTH, NUMBER_RANGE, NumberRangeError, in_number_range, parse_json
from prompt_cli.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from prompt_cli.domain.values import JsonValue
    from prompt_cli.domain.variables import VariableSpec

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class _MisreadError(Exception):
    """The text cannot be read as the type."""


def read_values(
    specs: Mapping[str, VariableSpec], texts: Iterable[tuple[str, str]]
) -> tuple[dict[str, JsonValue], tuple[Problem, ...]]:
    """Read ``NAME=VALUE`` pairs by the declared type of each name; a name without a variable is left to binding.

    Args:
        specs: The variables by name.
        texts: Names and texts, in the order given; a later one wins.

    Returns:
        The values by name, and a problem for each text that cannot be read. No problem holds a text.
    """
    values: dict[str, JsonValue] = {}
    problems: list[Problem] = []
    for name, text in texts:
        try:
            values[name] = _read(specs[name], text) if name in specs else text
        except _MisreadError as error:
            problems.append(
                Problem(
                    f"{name} has to be {describe(specs[name])}{error}",
                    "wrong_type",
                    (name,),
                    _HELP.get(specs[name].type, ""),
                )
            )
    return values, tuple(problems)


_HELP = {
    "boolean": "write true or false",
    "array": """write it as JSON: '["one", "two"]', or give a file: --vars values.json""",
    "object": """write it as JSON: '{"key": "value"}', or give a file: --vars values.json""",
}


def _read(spec: VariableSpec, text: str) -> JsonValue:
    if spec.type == "string":
        return text
    stripped = text.strip()
    if spec.nullable and stripped == "null":
        return None
    match spec.type:
        case "integer" | "number" if _INTEGER.fullmatch(stripped):
            return _in_range(int, stripped)
        case "number" if _NUMBER.fullmatch(stripped):
            return _in_range(float, stripped)
        case "boolean" if stripped.lower() in _BOOLEANS:
            return _BOOLEANS[stripped.lower()]
        case "array" | "object":
            return _read_json(stripped)
    raise _MisreadError("")


def _in_range(number: type[int | float], text: str) -> int | float:
    if len(text) > MAX_NUMBER_LENGTH or not in_number_range(value := number(text)):
        raise _MisreadError(f", and this is {NUMBER_RANGE}")
    return value


def _read_json(text: str) -> JsonValue:
    try:
        return cast("JsonValue", parse_json(text))
    except NumberRangeError as error:
        raise _MisreadError(f", and this holds what it cannot: {error}") from None
    except (ValueError, RecursionError) as error:
        where = f", and this is no JSON (column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise _MisreadError(where) from None
