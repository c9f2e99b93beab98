"""Specs that prompts have in common are checked once, and are what checking each of them gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from prompt_cli import Prompt, VariableSpec
from prompt_cli.errors import PromptFormatError

if TYPE_CHECKING:
    from prompt_cli.domain.values import JsonObject

ITEMS: JsonObject = {"type": "object", "properties": {"urgent": {"type": "boolean", "default": False}}}


def loaded(spec: object) -> Prompt:
    return Prompt.load({"id": "a", "version": "1.0.0", "format": "text", "template": "b", "variables": {"x": spec}})


@pytest.mark.parametrize(
    "spec",
    [
        {"type": "string"},
        {"type": "number", "minimum": 1},
        {"type": "number", "minimum": 1.0},
        {"type": "boolean", "default": True},
        {"type": "integer", "default": 1},
        {"type": "string", "required": True},
        {"type": "string", "nullable": True, "default": None},
        {"type": "string", "enum": ["a", "b"], "pattern": "[ab]"},
        {"type": "array", "items": ITEMS},
        {"type": "array", "default": [1]},
        {"type": "array", "items": {"type": "object", "default": {"a": []}}},
    ],
    ids=str,
)
def test_a_spec_is_what_checking_it_gives(spec: dict[str, object]) -> None:
    alone = VariableSpec.model_validate(spec, by_alias=True, by_name=False)
    for _ in range(2):
        prompt = loaded(dict(spec))
        assert prompt.variables == {"x": alone}
        assert prompt.variables["x"].model_fields_set == alone.model_fields_set
        assert prompt.to_data()["variables"] == {"x": spec}


@pytest.mark.parametrize(
    "spec",
    [
        {"type": "array", "default": [1]},
        {"type": "object", "properties": {"a": {"type": "array", "default": []}}},
        {"type": "array", "items": {"type": "object", "default": {}}},
    ],
    ids=str,
)
def test_what_could_be_changed_is_of_one_prompt(spec: dict[str, object]) -> None:
    assert loaded(dict(spec)).variables["x"] is not loaded(dict(spec)).variables["x"]


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"type": "strnig"}, ("variables", "x", "type")),
        ({"type": "string", "min_length": 1}, ("variables", "x", "min_length")),
        ({"type": "string", "minimum": 1}, ("variables", "x", "minimum")),
        ({"type": "array", "items": {"type": "x"}}, ("variables", "x", "items", "type")),
        ("string", ("variables", "x")),
        (None, ("variables", "x")),
        ({"type": "string", "default": {1, 2}}, ("variables", "x", "default")),
        ({"type": "number", "default": float("nan")}, ("variables", "x", "default")),
    ],
    ids=str,
)
def test_what_is_no_spec_is_told_each_time(spec: object, path: tuple[str, ...]) -> None:
    VariableSpec(type="string", min_length=1)  # by the names of Python, which files do not have
    loaded({"type": "string"}).clone(variables={"x": {"type": "string", "min_length": 1}})
    for _ in range(2):
        with pytest.raises(PromptFormatError) as caught:
            loaded(spec)
        assert caught.value.problems[0].path == path
