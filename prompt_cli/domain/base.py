"""Base of the prompt models, and Pydantic's errors as problems for authors of prompts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, TypeAlias, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from prompt_cli.domain.ids import suggest
from prompt_cli.domain.json_values import (
    NUMBER_RANGE,
    FrozenDict,
    in_number_range,
    is_array,
    is_object,
    is_text,
    json_type,
    same_json,
    with_article,
)
from prompt_cli.problems import MAX_PROBLEMS, DataPath, ModelProblem, Problem

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import ErrorDetails
    from pydantic_core.core_schema import SerializerFunctionWrapHandler

# An attribute in a docstring of Google's style: its name and description, with continuation lines.
_ATTRIBUTE = r"(?m)^    (\w+): (.*(?:\n        .*)*)"
_MAX_DEPTH = 64  # of mappings and lists


def describe_model(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Describe the JSON Schema of a model by its docstring."""
    _describe(schema, {name: field.alias or name for name, field in model.model_fields.items()})


def _describe(schema: dict[str, Any], aliases: Mapping[str, str]) -> None:
    """Describe a schema by the first paragraph of its docstring, and the properties by the attributes."""
    docstring = schema.pop("description", "")
    properties = schema.get("properties", {})
    for name, text in re.findall(_ATTRIBUTE, docstring.partition("Attributes:\n")[2].partition("\n\n")[0]):
        if (property_ := properties.get(aliases.get(name))) is not None:
            property_["description"] = _plain(text)
    for property_ in properties.values():
        property_.pop("title", None)  # repeats the name
        if property_.get("default", ...) is None:
            del property_["default"]  # only marks the key as optional
    del schema["title"]
    schema["description"] = _plain(docstring.partition("\n\n")[0])


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "`").split())


def _fields_set(model: FrozenModel, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
    data: dict[str, Any] = write(model)
    fields = type(model).model_fields
    for name in fields.keys() - model.model_fields_set:
        data.pop(name, None)
        data.pop(fields[name].alias or name, None)
    return data


class FrozenModel(BaseModel):
    """An immutable value object; unknown keys are errors, and files write keys in JSON Schema's camelCase.

    Its mappings and lists cannot be changed either. A dump holds the fields that were set, as a file does, so that
    validating a dump gives an equal model.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        strict=True,
        defer_build=True,
        json_schema_extra=describe_model,
    )

    @property
    def model_fields_set(self) -> set[str]:
        """A copy of the names of the fields that were set."""
        return set(super().model_fields_set)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy; unlike Pydantic's, it validates the update."""
        if not update:
            return super().model_copy(deep=deep)
        return self.model_validate({name: getattr(self, name) for name in self.model_fields_set} | dict(update))

    def __eq__(self, other: object) -> bool:
        """Compare the fields as JSON: 1 equals 1.0 but not true; a field that is not set equals its default."""
        if type(self) is not type(other):
            return NotImplemented
        return all(same_json(getattr(self, name), getattr(other, name)) for name in type(self).model_fields)

    def __hash__(self) -> int:
        return hash(tuple([getattr(self, name) for name in type(self).model_fields]))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[BaseModel], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Leave unset fields out of a dump; Pydantic's `model_serializer` takes 5 ms to import."""
        schema = handler(source)
        schema["serialization"] = core_schema.wrap_serializer_function_ser_schema(_fields_set)  # type: ignore[index]
        return schema


class Word(StrEnum):
    """A word out of a few that a field may hold."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the word to JSON Schema by the first paragraph of the docstring."""
        reference = handler(schema)
        _describe(handler.resolve_ref_schema(reference), {})
        return reference


def _check_number(value: object) -> object:
    if isinstance(value, int | float) and not in_number_range(value):
        infinite = isinstance(value, float)
        raise _wrong_value("a number must be finite: JSON has no .nan and no .inf" if infinite else NUMBER_RANGE)
    return value


def check_text(text: str) -> str:
    """Return a text, unless it is not Unicode; Pydantic does not check it."""
    if not text.isascii() and not is_text(text):
        raise _wrong_value("half a surrogate pair is not valid Unicode")
    return text


def _freeze(value: object, depth: int = 0) -> object:
    """Return a copy of a value that cannot be changed; refuse a value that is not JSON."""
    if depth > _MAX_DEPTH:
        raise _wrong_value(f"mappings and lists are nested more than {_MAX_DEPTH} deep")
    if isinstance(value, str):
        return check_text(value)
    if is_object(value):
        return FrozenDict({_check_key(key): _freeze(item, depth + 1) for key, item in value.items()})
    if is_array(value):
        return tuple([_freeze(item, depth + 1) for item in value])
    if value is not None and not isinstance(value, int | float):
        raise _wrong_value(f"a {json_type(value)} is not a JSON value")
    return _check_number(value)


def _check_key(key: object) -> str:
    if not isinstance(key, str):
        raise _wrong_value("the keys of an object are strings")
    return check_text(key)


def _wrong_value(problem: str) -> PydanticCustomError:
    return PydanticCustomError("wrong_value", "{problem}", {"problem": problem})


IN_RANGE = BeforeValidator(_check_number)  # refuses numbers outside the range on which JSON readers agree

Text: TypeAlias = Annotated[str, AfterValidator(check_text)]
"""A field that holds Unicode text."""

Json: TypeAlias = Annotated[Any, BeforeValidator(_freeze)]
"""A field that holds any JSON value; objects and arrays in it cannot be changed."""

Key = TypeVar("Key")
Value = TypeVar("Value")
Frozen: TypeAlias = Annotated[Mapping[Key, Value], AfterValidator(FrozenDict)]
"""A field that holds a mapping that cannot be changed."""

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
# The names of types in JSON Schema, by their names in Python.
_TYPE_NAMES: Mapping[str, str] = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "list": "array",
    "dict": "object",
}
_SCALARS = "null", "boolean", "integer", "number"


def problems_of(
    error: ValidationError, data: Mapping[str, object], allowed_keys: Callable[[DataPath], Iterable[str]]
) -> tuple[Problem, ...]:
    """Convert Pydantic's errors with the data of a prompt's file to problems, in Pydantic's order.

    `allowed_keys` returns the keys that may stand beside the last segment of a path.
    """
    problems: dict[Problem, None] = {}
    counts: Counter[str] = Counter()
    for detail in error.errors(include_url=False):
        # Pydantic counts only the valid items of a list, so it calls a list of invalid ones too short.
        if (detail["type"] != "too_short" or not detail["input"]) and counts[detail["type"]] < MAX_PROBLEMS:
            problem = _problem(detail, data, allowed_keys)
            counts[detail["type"]] += problem not in problems
            problems[problem] = None
    return tuple(problems)


def _problem(
    detail: ErrorDetails, data: Mapping[str, object], allowed_keys: Callable[[DataPath], Iterable[str]]
) -> Problem:
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    # A validator of a whole model names the invalid key by "at".
    path = (*_path_in(data, detail["loc"], missing=kind == "missing"), *context.get("at", ()))
    name, value = str(path[-1]) if path else "", context.get("value", value)
    match kind:
        case "missing":
            return Problem(f"{name!r} is missing", "missing_field", path)
        case "extra_forbidden":
            help_ = suggest(name, allowed_keys(path), "free data goes under 'metadata'" if len(path) == 1 else "")
            return Problem(f"unknown key {name!r}", "unknown_field", path, help_)
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
