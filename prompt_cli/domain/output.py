"""The contract of the answer, the tools that a model may call, and their JSON Schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from prompt_cli.domain.base import Frozen, FrozenModel, Text
from prompt_cli.domain.json_values import FrozenDict
from prompt_cli.domain.message import SPEAKER_PATTERN
from prompt_cli.domain.variables import INPUT_TYPES, VariableSpec, all_specs

if TYPE_CHECKING:
    from collections.abc import Mapping

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
# OpenAI, Anthropic and Gemini all take these names.
_TOOL_PATTERN = r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$"


def _check_json(spec: VariableSpec) -> VariableSpec:
    _check_types({"": spec})
    return spec


def _check_types(specs: Mapping[str, VariableSpec]) -> Mapping[str, VariableSpec]:
    """Refuse the types that only inputs have."""
    for path, spec in all_specs(specs, ()):
        if spec.type in INPUT_TYPES:
            context = {"type": spec.type, "at": (*(name for name in path if name), "type")}
            raise PydanticCustomError(
                "wrong_value", "type {type} is for variables of prompts; a model writes JSON", context
            )
    return specs


SchemaField: TypeAlias = Annotated[VariableSpec, AfterValidator(_check_json)]
"""The schema of a JSON value, with the keys of a variable, as a model field."""


class Output(FrozenModel):
    """The answer that callers may rely on.

    Attributes:
        name: The name of the schema at the provider.
        description: A description that the model reads.
        spec: The schema of the answer, with the keys of a variable.

    Examples:
        >>> output = Output(name="triage", spec=VariableSpec(type="string", enum=("billing", "bug")))
        >>> output.spec.enum
        ('billing', 'bug')
    """

    name: str = Field(pattern=SPEAKER_PATTERN)
    description: Text | None = None
    spec: SchemaField = Field(alias="schema")


class Tool(FrozenModel):
    """A tool that the model may call.

    Attributes:
        name: The name, as every provider takes it.
        description: A description that the model reads.
        parameters: The parameters by name, each with the keys of a variable.

    Examples:
        >>> tool = Tool(name="find_account", description="Find an account.", parameters={"id": {"type": "string"}})
        >>> tool.parameters["id"].required
        True
    """

    name: str = Field(pattern=_TOOL_PATTERN)
    description: Text | None = None
    parameters: Annotated[Frozen[Annotated[Text, Field(min_length=1)], VariableSpec], AfterValidator(_check_types)] = (
        Field(default_factory=FrozenDict)
    )


_NOT_OF_JSON_SCHEMA = {"required", "nullable", "sensitive", "items", "properties"}


def json_schema(spec: VariableSpec) -> dict[str, Any]:
    """Return the JSON Schema of a spec of JSON's types.

    >>> json_schema(VariableSpec(type="string", nullable=True, enum=("a",)))
    {'type': ['string', 'null'], 'enum': ['a', None]}
    """
    schema = spec.model_dump(mode="json", by_alias=True, exclude=_NOT_OF_JSON_SCHEMA)
    schema["type"] = [spec.type, "null"] if spec.nullable else spec.type
    if spec.nullable and spec.enum is not None and None not in spec.enum:
        schema["enum"] = [*schema["enum"], None]
    if spec.items is not None:
        schema["items"] = json_schema(spec.items)
    return schema if spec.properties is None else {**schema, **_properties_schema(spec.properties)}


def object_schema(properties: Mapping[str, VariableSpec]) -> dict[str, Any]:
    """Return the JSON Schema of an object, such as the parameters of a tool."""
    return {"type": "object", **_properties_schema(properties)}


def _properties_schema(properties: Mapping[str, VariableSpec]) -> dict[str, Any]:
    required = [name for name, spec in properties.items() if spec.required]
    schemas = {name: json_schema(spec) for name, spec in properties.items()}
    return {"properties": schemas, **({"required": required} if required else {})}


def output_schema(output: Output) -> dict[str, Any]:
    """Return the JSON Schema of a prompt's answer as a document of its own."""
    description = {} if output.description is None else {"description": output.description}
    return {"$schema": DIALECT, "title": output.name, **description, **json_schema(output.spec)}
