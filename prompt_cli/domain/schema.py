"""JSON Schemas of prompts as files write them, for editors, services and other tools."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompt_cli.domain.output import Output
    from prompt_cli.domain.variables import VariableSpec

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# An attribute in a docstring of Google's style: its name and description, with continuation lines.
_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n        .*)*)", re.MULTILINE)


def prompt_schema() -> dict[str, Any]:
    """Return the JSON Schema of a prompt's file; `Prompt.model_json_schema()` is the same without its dialect.

    ``validate`` checks the rest: that templates can be parsed, that variables are declared.

    Source: JSON Schema, draft 2020-12 (https://json-schema.org/draft/2020-12).
    """
    from prompt_cli.domain.prompt import Prompt  # which uses this module

    return {"$schema": _DIALECT, **Prompt.model_json_schema()}


def json_schema(spec: VariableSpec) -> dict[str, Any]:
    """Return the JSON Schema of a spec of JSON's types.

    Args:
        spec: The spec of an output, a parameter or a variable.

    Returns:
        The schema, which the caller may change; the words of ours that JSON Schema does not have are written by its.

    >>> from prompt_cli import VariableSpec
    >>> json_schema(VariableSpec(type="string", nullable=True, enum=("a",)))
    {'type': ['string', 'null'], 'enum': ['a', None]}
    """
    words = spec.model_dump(mode="json", by_alias=True, exclude=_NOT_OF_JSON_SCHEMA)
    words["type"] = [spec.type, "null"] if spec.nullable else spec.type
    if spec.nullable and spec.enum is not None and None not in spec.enum:
        words["enum"] = [*words["enum"], None]
    if spec.items is not None:
        words["items"] = json_schema(spec.items)
    return words if spec.properties is None else {**words, **_properties_schema(spec.properties)}


_NOT_OF_JSON_SCHEMA = {"required", "nullable", "sensitive", "items", "properties"}


def object_schema(properties: Mapping[str, VariableSpec]) -> dict[str, Any]:
    """Return the JSON Schema of an object, such as the parameters of a tool.

    Args:
        properties: The specs of its keys.

    Returns:
        The schema, which the caller may change.
    """
    return {"type": "object", **_properties_schema(properties)}


def _properties_schema(properties: Mapping[str, VariableSpec]) -> dict[str, Any]:
    required = [name for name, spec in properties.items() if spec.required]
    schemas = {name: json_schema(spec) for name, spec in properties.items()}
    return {"properties": schemas, **({"required": required} if required else {})}


def output_schema(output: Output) -> dict[str, Any]:
    """Return the JSON Schema of a prompt's answer as a document of its own.

    Args:
        output: The output.

    Returns:
        The schema, which the caller may change.
    """
    described = {} if output.description is None else {"description": output.description}
    return {"$schema": _DIALECT, "title": output.name, **described, **json_schema(output.spec)}


def describe(schema: dict[str, Any], aliases: Mapping[str, str]) -> None:
    """Describe a schema by the first paragraph of its docstring, and the properties by the attributes.

    Args:
        schema: The schema as Pydantic makes it, which is changed.
        aliases: The keys of the properties by attribute.
    """
    docstring = schema.pop("description", "")
    properties = schema.get("properties", {})
    for name, text in _ATTRIBUTE.findall(docstring.partition("Attributes:\n")[2].partition("\n\n")[0]):
        if (described := properties.get(aliases.get(name))) is not None:
            described["description"] = _plain(text)
    for described in properties.values():
        described.pop("title", None)  # repeats the name
        if described.get("default", ...) is None:
            del described["default"]  # only marks the key as optional
    del schema["title"]
    schema["description"] = _plain(docstring.partition("\n\n")[0])


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "`").split())
