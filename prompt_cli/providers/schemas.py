"""JSON Schemas for the strict modes of providers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prompt_cli.problems import DataPath, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prompt_cli.domain.output import Output
    from prompt_cli.providers.facts import Api


def with_title(schema: Mapping[str, Any], output: Output) -> dict[str, Any]:
    """Return the schema of an output with its name and description, for APIs that have no other place for them."""
    description = "\n\n".join(text for text in (output.description, schema.get("description")) if text)
    others = {key: value for key, value in schema.items() if key != "description"}
    return {"title": output.name, **({"description": description} if description else {}), **others}


def strict_schema(schema: Mapping[str, Any], api: Api) -> dict[str, Any]:
    """Return a copy of a JSON Schema for the strict mode of an API.

    Where the API requires every property, an optional one becomes nullable.
    """
    copy = _without_null(schema)
    if "items" in copy:
        copy["items"] = strict_schema(copy["items"], api)
    if "properties" in copy:
        properties = {name: strict_schema(one, api) for name, one in copy["properties"].items()}
        if api.words.all_required:
            required = copy.get("required", ())
            properties = {name: one if name in required else _nullable(one) for name, one in properties.items()}
            copy["required"] = list(properties)
        copy["properties"] = properties
    if api.words.closed and "object" in _types(schema):
        copy["additionalProperties"] = False
    return copy


def output_problems(schema: Mapping[str, Any], api: Api) -> Iterator[Problem]:
    """Yield the reasons the strict mode of an API refuses the schema of an output."""
    path = ("output", "schema")
    if api.words.root_object and schema["type"] != "object":
        message = f"{api.title} takes only an object as output"
        yield _problem((*path, "type"), message, "put the value into a property")
    yield from _problems(schema, api, path, (*path, "properties"))


def parameter_problems(schema: Mapping[str, Any], api: Api, tool: int) -> Iterator[Problem]:
    """Yield the reasons the strict mode of an API refuses the parameters of a tool, by its number in the prompt."""
    path = ("tools", tool, "parameters")
    yield from _problems(schema, api, path, path)


def _problems(schema: Mapping[str, Any], api: Api, path: DataPath, properties_path: DataPath) -> Iterator[Problem]:
    words, copy, types = api.words, _without_null(schema), _types(schema)
    for word in copy:
        if word in words.refused:
            message = f"{api.title} takes no {word!r} in strict schemas"
            yield _problem((*path, word), message, f"remove {word}, and say it in the description")
    if words.least_items is not None and copy.get("minItems", 0) > words.least_items:
        message = f"{api.title} takes only a minItems of 0 or 1 in strict schemas"
        yield _problem((*path, "minItems"), message, "remove minItems, and say it in the description")
    if "items" in copy:
        yield from _problems(copy["items"], api, (*path, "items"), (*path, "items", "properties"))
    elif "array" in types and words.needs_items:
        message = f"{api.title} needs 'items' of an array in strict schemas"
        yield _problem(path, message, "describe the items")
    if "object" in types and "properties" not in copy and words.closed:
        message = f"{api.title} takes only declared properties in strict schemas; this object has none"
        yield _problem(path, message, "declare its properties")
    for name, one in copy.get("properties", {}).items():
        at = (*properties_path, name)
        yield from _problems(one, api, at, (*at, "properties"))


def _problem(path: DataPath, message: str, help_: str) -> Problem:
    return Problem(message, "not_taken", path, help_)


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the words of a schema; a word that a file sets to null has no effect."""
    return {word: value for word, value in schema.items() if value is not None or word == "default"}


def _types(schema: Mapping[str, Any]) -> list[str]:
    return schema["type"] if isinstance(schema["type"], list) else [schema["type"]]


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if isinstance(schema["type"], list):
        return schema
    enum = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return schema | {"type": [schema["type"], "null"]} | enum
