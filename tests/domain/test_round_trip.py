"""A prompt comes back equal from each of Pydantic's dumps, from its file, from pickle and from a copy."""

from __future__ import annotations

import copy
import itertools
import pickle
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from pydantic import BaseModel, TypeAdapter, ValidationError

from prompt_cli import Example, Message, Prompt, PromptTemplate, Role, SemanticVersion, VariableSpec, is_chat_prompt
from prompt_cli.domain.prompt import prompt_schema
from prompt_cli.yaml.emit import dump
from prompt_cli.yaml.source import YamlSource
from tests.domain.strategies import prompts

SHIPPED = sorted((Path(__file__).parents[2] / "prompts").rglob("*.yaml"))
TEXT: dict[str, Any] = {"id": "a", "version": "1.0.0", "format": "text", "template": "Hello {{name}}!"}
SCHEMA = jsonschema.Draft202012Validator(prompt_schema())


def forms(prompt: Prompt) -> list[Prompt]:
    """Return the prompt after each round trip."""
    return [
        *(
            Prompt.model_validate(prompt.model_dump(mode=mode, by_alias=by_alias))
            for mode, by_alias in itertools.product(["python", "json"], [True, False, None])
        ),
        *(Prompt.model_validate_json(prompt.model_dump_json(by_alias=by_alias)) for by_alias in (True, False, None)),
        Prompt.load(YamlSource.parse(dump(prompt.to_data())).data),
        pickle.loads(pickle.dumps(prompt)),  # noqa: S301 - our own bytes
        copy.deepcopy(prompt),
        copy.copy(prompt),
        prompt.model_copy(),
        prompt.clone(),
    ]


def check(prompt: Prompt) -> list[Prompt]:
    found = forms(prompt)
    for form in found:
        assert form == prompt
        assert hash(form) == hash(prompt)
        assert form.variables == prompt.variables
        for name, spec in prompt.variables.items():
            assert (form.variables[name].has_default, form.variables[name].required) == (
                spec.has_default,
                spec.required,
            )
    return found


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_prompt(path: Path) -> None:
    prompt = Prompt.load(YamlSource.parse(path.read_bytes()).data)
    SCHEMA.validate(prompt.to_data())
    assert all(form.to_data() == prompt.to_data() for form in check(prompt))


@settings(max_examples=40)
@given(prompts())
def test_any_prompt(data: dict[str, Any]) -> None:
    prompt = Prompt.load(data)
    check(prompt)
    SCHEMA.validate(prompt.to_data())
    assert Prompt.load(prompt.to_data()) == prompt


def test_a_dump_holds_the_fields_that_were_set() -> None:
    data = TEXT | {
        "variables": {"name": {"type": "string", "minLength": 1}, "tone": {"type": "string", "default": "x"}}
    }
    prompt = Prompt.model_validate(data)
    assert prompt.model_dump(by_alias=True) == prompt.to_data() == data
    assert prompt.model_dump()["variables"]["name"] == {"type": "string", "min_length": 1}
    assert prompt.model_dump(include={"id"}) == {"id": "a"}


def test_null_as_a_default_is_not_the_same_as_none() -> None:
    base = {"type": "string", "nullable": True, "required": False}
    without, null = VariableSpec.model_validate(base), VariableSpec.model_validate(base | {"default": None})
    assert without != null
    assert VariableSpec.model_validate(null.model_dump()) == null
    assert VariableSpec.model_validate(without.model_dump()) == without


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ({}, {"tags": [], "variables": {}, "metadata": {}, "examples": []}, True),
        ({}, {"description": None, "model": None}, True),
        ({"tags": ["a"]}, {"tags": ("a",)}, True),
        ({"metadata": {"a": 1}}, {"metadata": {"a": 1.0}}, True),
        ({"metadata": {"a": 1}}, {"metadata": {"a": True}}, False),
        ({"metadata": {"a": [1]}}, {"metadata": {"a": (1,)}}, True),
        ({"metadata": {"a": 1, "b": 2}}, {"metadata": {"b": 2, "a": 1}}, True),
        ({}, {"version": SemanticVersion(1, 0, 0)}, True),
        ({}, {"version": "1.0.1"}, False),
        ({}, {"template": PromptTemplate("Hello {{name}}!")}, True),
        ({"variables": {"a": {"type": "string"}}}, {"variables": {"a": {"type": "string", "required": True}}}, True),
        (
            {"variables": {"a": {"type": "string", "default": ""}}},
            {"variables": {"a": VariableSpec(type="string", default="", required=False)}},
            True,
        ),
    ],
)
def test_equality_is_that_of_the_meaning(left: dict[str, Any], right: dict[str, Any], equal: bool) -> None:  # noqa: FBT001 - a table
    one, other = Prompt.model_validate(TEXT | left), Prompt.model_validate(TEXT | right)
    assert (one == other) is equal
    assert not equal or hash(tuple(one.variables.items())) == hash(tuple(other.variables.items()))


def test_the_json_schema_is_the_files() -> None:
    schema = {key: value for key, value in prompt_schema().items() if key != "$schema"}
    for made in (
        Prompt.model_json_schema(),
        Prompt.model_json_schema(mode="serialization"),
        TypeAdapter(Prompt).json_schema(mode="serialization"),
    ):
        assert made == schema
    many = TypeAdapter(list[Prompt]).json_schema()
    assert many["$defs"]["Prompt"]["then"] == schema["then"]


def test_a_model_of_ones_own_may_hold_prompts_and_versions() -> None:
    class Release(BaseModel):
        version: SemanticVersion
        prompts: list[Prompt]
        by_version: dict[SemanticVersion, Message] = {}

    release = Release.model_validate(
        {"version": "1.2.3", "prompts": [TEXT], "by_version": {"1.0.0": {"role": "user", "content": "x"}}}
    )
    assert release.version == SemanticVersion(1, 2, 3)
    assert release.by_version == {SemanticVersion(1, 0, 0): Message(role=Role.USER, content="x")}
    assert Release.model_validate(release.model_dump()) == release
    assert Release.model_validate_json(release.model_dump_json()) == release
    assert Release.model_json_schema()["properties"]["version"]["type"] == "string"


def test_a_subclass_comes_back_as_itself() -> None:
    class Owned(Prompt):
        owner: str = "support"

    owned = Owned.model_validate(TEXT | {"owner": "sales"})
    assert type(owned.clone()) is Owned
    assert type(owned.clone(version="2.0.0")) is Owned
    assert Owned.model_validate(owned.model_dump()) == owned
    assert Owned.model_validate_json(owned.model_dump_json()).owner == "sales"
    assert owned != Prompt.model_validate(TEXT)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": "1.0"}, "version\n  invalid version '1.0'"),
        ({"version": [1, 0, 0]}, "a version is three numbers, 1.2.0, not an array"),
        ({"format": "chat"}, "format chat needs messages"),
        ({"template": {"content": 5}}, "template\n  Input should be a valid string"),
        ({"tags": ["a b"]}, "tags.0\n  a tag is one word"),
        ({"metadata": {"a": [float("nan")]}}, "metadata.a\n  a number must be finite"),
        ({"metadata": {"a": [{"b": "\ud800"}]}}, "metadata.a\n  half a surrogate pair"),
        ({"metadata": {"a": {1: 2}}}, "metadata.a\n  the keys of an object are strings"),
        ({"template": "\udfff"}, "template\n  half a surrogate pair"),
        ({"description": "\udfff"}, "description\n  half a surrogate pair"),
    ],
)
def test_invalid_prompts_are_readable_pydantic_errors(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Prompt.model_validate(TEXT | change)
    assert caught.value.error_count() == 1
    assert words in str(caught.value)


def test_a_value_within_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(ValidationError, match="nested more than 64 deep"):
        Prompt.model_validate(TEXT | {"metadata": {"a": endless}})


@pytest.mark.parametrize("model", [Message, PromptTemplate, Example, VariableSpec, Prompt])
def test_missing_key_is_a_pydantic_error(model: type[BaseModel]) -> None:
    with pytest.raises(ValidationError, match="Field required"):
        model.model_validate({})
    with pytest.raises(ValidationError, match="Field required"):
        model.model_validate_json("{}")


def test_an_updated_copy_is_checked() -> None:
    spec = VariableSpec(type="string", nullable=True)
    assert spec.model_copy(update={"default": None}).has_default
    assert not spec.has_default
    with pytest.raises(ValidationError):
        spec.model_copy(update={"minimum": 1})
    prompt = Prompt.model_validate(TEXT)
    assert prompt.model_copy(update={"tags": ["a"]}).tags == ("a",)


def test_a_chat_is_narrowed_and_read_from_json() -> None:
    prompt = Prompt.model_validate_json(
        '{"id": "a", "version": "1.0.0", "format": "chat", "messages": [{"role": "user", "content": "Hi"}]}'
    )
    assert is_chat_prompt(prompt)
    assert prompt.chat_template.messages[0].role is Role.USER
