"""The contract of the answer: its schema, and the tools that a model may call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from prompt_cli.domain.base import Frozen, FrozenModel, Text
from prompt_cli.domain.json_values import FrozenDict
from prompt_cli.domain.message import SPEAKER_PATTERN
from prompt_cli.domain.variables import INPUT_TYPES, VariableSpec, all_specs

if TYPE_CHECKING:
    from collections.abc import Mapping

# What OpenAI, Anthropic and Gemini take alike.
_TOOL_PATTERN = r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$"


def _check_json(spec: VariableSpec) -> VariableSpec:
    _check_types({"": spec})
    return spec


def _check_types(specs: Mapping[str, VariableSpec]) -> Mapping[str, VariableSpec]:
    """Refuse the types that only inputs have."""
    for path, spec in all_specs(specs, ()):
        if spec.type in INPUT_TYPES:
            raise PydanticCustomError(
                "wrong_value",
                "type {given} is for variables of prompts; a model writes JSON",
                {"given": spec.type, "at": (*(name for name in path if name), "type")},
            )
    return specs


SchemaField: TypeAlias = Annotated[VariableSpec, AfterValidator(_check_json)]
"""The schema of a JSON value, in the words of variables, as a model field."""


class Output(FrozenModel):
    """The answer that callers may rely on.

    Attributes:
        name: The name of the schema at the provider.
        description: A description that the model reads.
        spec: The schema of the answer (in files: ``schema``), in the words of variables.

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
        parameters: The parameters by name, in the words of variables.

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
