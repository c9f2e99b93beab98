"""Pydantic's errors as problems with messages for authors of prompts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, get_args

from prompt_cli.domain.ids import suggest
from prompt_cli.domain.json_values import is_array, is_object, json_type, with_article
from prompt_cli.problems import DataPath, ModelProblem, Problem

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails


AllowedKeys: TypeAlias = Callable[[DataPath], Iterable[str]]
"""Returns the keys that are allowed beside the last segment of a path."""

# Errors that the models raise; every other error of Pydantic is a "wrong_value".
_OWN_KINDS: Mapping[str, ModelProblem] = {kind: kind for kind in get_args(ModelProblem)}
_EXPECTED: Mapping[str, str] = {
    "string_type": "a string",
    "int_type": "an integer",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_TYPE_NAMES: Mapping[str, str] = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "list": "array",
    "dict": "object",
}
"""The names of types in JSON Schema, by their names in Python."""
_SCALARS = "null", "boolean", "integer", "number"


def problems_of(error: ValidationError, data: Mapping[str, object], allowed: AllowedKeys) -> tuple[Problem, ...]:
    """Convert Pydantic's errors to problems, in Pydantic's order.

    Args:
        error: The error that validating `data` raised.
        data: The data of a prompt's file.
        allowed: The allowed keys by path.
    """
    details = (one for one in error.errors(include_url=False) if not _is_consequence(one))
    return tuple(dict.fromkeys(_problem(one, data, allowed) for one in details))


def _is_consequence(detail: ErrorDetails) -> bool:
    """Return whether an error follows from others: Pydantic counts only the valid items of a list."""
    return detail["type"] == "too_short" and bool(detail["input"])


def _problem(detail: ErrorDetails, data: Mapping[str, object], allowed: AllowedKeys) -> Problem:
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    # A validator of a whole model names the invalid key by "at".
    path = (*_path_in(data, detail["loc"], missing=kind == "missing"), *context.get("at", ()))
    name, value = str(path[-1]) if path else "", context.get("value", value)
    match kind:
        case "missing":
            return Problem(f"{name!r} is missing", "missing_field", path)
        case "extra_forbidden":
            return Problem(f"unknown key {name!r}", "unknown_field", path, _suggest_key(name, allowed(path), path))
        case "literal_error" | "enum":
            choices = str(context["expected"])
            help_ = _suggest_choice(str(value), choices.replace("'", "").replace(" or ", ", ").split(", "))
            return Problem(f"{name!r} must be one of {choices}", "wrong_value", path, help_)
        case _ if kind in _EXPECTED:
            # A template is a string in files, and a model only in Python.
            expected = "a string" if path == ("template",) else _EXPECTED[kind]
            message = f"{_subject(path)} must be {expected}, not {_yaml_type(value)}"
            return Problem(message, "wrong_value", path, _quoting_help(expected, value, path))
        case "value_error":
            return Problem(str(context["error"]), "wrong_value", path)
    help_ = str(context.get("help", ""))
    return Problem(_reword(detail["msg"], path), _OWN_KINDS.get(kind, "wrong_value"), path, help_)


def _path_in(data: object, location: Iterable[str | int], *, missing: bool) -> DataPath:
    """Drop the segments of a location that name models and union members instead of keys of the data."""
    path: list[str | int] = []
    skipped: str | int | None = None
    for segment in location:
        if is_object(data) and segment in data:
            data = data[str(segment)]
        elif is_array(data) and isinstance(segment, int) and segment < len(data):
            data = data[segment]
        else:
            skipped = segment
            continue
        path.append(segment)
    return (*path, skipped) if missing and skipped is not None else tuple(path)


def _subject(path: DataPath) -> str:
    names = [segment for segment in path if isinstance(segment, str)]
    if not path:
        return "a prompt"
    return f"each of {names[-1]!r}" if isinstance(path[-1], int) and names else repr(names[-1])


def _yaml_type(value: object) -> str:
    name = {"object": "mapping", "array": "list"}.get(json_type(value), json_type(value))
    return with_article(name)


def _suggest_key(name: str, candidates: Iterable[str], path: DataPath) -> str:
    return suggest(name, candidates, "free data goes under 'metadata'" if len(path) == 1 else "")


def _suggest_choice(value: str, choices: Sequence[str]) -> str:
    name = _TYPE_NAMES.get(value.lower(), "")
    return f"did you mean {name!r}?" if name in choices else suggest(value, choices)


def _quoting_help(expected: str, value: object, path: DataPath) -> str:
    kind = json_type(value)
    if expected == "a string" and kind in _SCALARS:
        return "put it in quotes"
    if expected == "a string" and kind == "object":
        return "put it in quotes: a colon and a space make a mapping of it"
    if expected == "a mapping" and path[:1] == ("variables",) and kind == "string":
        return f"write it as {{type: {value}}}"
    return "write it as [one, two]" if expected == "a list" else ""


def _reword(message: str, path: DataPath) -> str:
    if message.startswith("String should match pattern"):
        return f"{_subject(path)} has characters that are not allowed here"
    for technical in ("Input should", "String should", "Tuple should", "Value should"):
        message = message.replace(technical, f"{_subject(path)} should")
    return message.replace(" after validation, not 0", "")
