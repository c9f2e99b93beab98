"""JSON Schemas for the strict modes of providers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from prompt_cli.domain.output import Output
    from prompt_cli.problems import DataPath
    from prompt_cli.providers.facts import Api

Refuse: TypeAlias = "Callable[[DataPath, str, str], None]"
"""Notes a problem: its path in the prompt's data, the message, and the one thing to do."""


def titled(schema: Mapping[str, Any], output: Output) -> dict[str, Any]:
    """Return the schema of an output with its name and description, for APIs that have no other place for them."""
    described = "\n\n".join(text for text in (output.description, schema.get("description")) if text)
    return {
        "title": output.name,
        **({"description": described} if described else {}),
        **_without(schema, "description"),
    }


def _without(schema: Mapping[str, Any], word: str) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != word}


def strict_copy(
    schema: Mapping[str, Any], api: Api, path: DataPath, refuse: Refuse, *, is_output: bool = False
) -> dict[str, Any]:
    """Return a copy of a JSON Schema for the strict mode of an API.

    Where the API requires every property, an optional one becomes nullable.

    Args:
        schema: The schema.
        api: The API.
        path: The path of the schema in the prompt's data, or of its properties if they are the parameters of a tool.
        refuse: Notes what the API does not take.
        is_output: Whether the schema is that of an output.
    """
    if is_output and api.words.root_object and schema["type"] != "object":
        refuse((*path, "type"), f"{api.title} takes only an object as output", "put the value into a property")
    properties_path = (*path, "properties") if is_output else path
    return _strict(schema, api, path, properties_path, refuse)


def _strict(
    schema: Mapping[str, Any], api: Api, path: DataPath, properties_path: DataPath, refuse: Refuse
) -> dict[str, Any]:
    words = api.words
    copy = {word: value for word, value in schema.items() if value is not None or word == "default"}
    for word in filter(words.refused.__contains__, copy):
        refuse((*path, word), f"{api.title} takes no {word!r} in strict schemas", _moved(word))
    if words.least_items is not None and copy.get("minItems", 0) > words.least_items:
        refuse(
            (*path, "minItems"), f"{api.title} takes only a minItems of 0 or 1 in strict schemas", _moved("minItems")
        )
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if "array" in types:
        _strict_items(copy, api, path, refuse)
    if "object" in types:
        _strict_properties(copy, api, path, properties_path, refuse)
    return copy


def _strict_items(copy: dict[str, Any], api: Api, path: DataPath, refuse: Refuse) -> None:
    below = (*path, "items")
    if "items" in copy:
        copy["items"] = _strict(copy["items"], api, below, (*below, "properties"), refuse)
    elif api.words.needs_items:
        refuse(path, f"{api.title} needs 'items' of an array in strict schemas", "describe the items")


def _strict_properties(
    copy: dict[str, Any], api: Api, path: DataPath, properties_path: DataPath, refuse: Refuse
) -> None:
    words, properties = api.words, copy.get("properties")
    if properties is None and words.closed:
        message = f"{api.title} takes only declared properties in strict schemas; this object has none"
        refuse(path, message, "declare its properties")
    if properties is not None:
        copy["properties"] = {
            name: _strict(one, api, (*properties_path, name), (*properties_path, name, "properties"), refuse)
            for name, one in properties.items()
        }
        if words.all_required:
            optional = properties.keys() - copy.get("required", ())
            for name in optional:
                copy["properties"][name] = _nullable(copy["properties"][name])
            copy["required"] = list(properties)
    if words.closed:
        copy["additionalProperties"] = False


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    type_ = schema["type"]
    if isinstance(type_, list):
        return schema
    enum = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return schema | {"type": [type_, "null"]} | enum


def _moved(word: str) -> str:
    return f"remove {word}, and say it in the description"
