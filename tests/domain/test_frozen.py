"""Nothing that a prompt gives changes the prompt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from prompt_cli import (
    InMemoryStorage,
    Message,
    Prompt,
    PromptManager,
    PromptRegistry,
    PromptTemplate,
    PybarsEngine,
    Role,
    TemplateEngine,
    VariableSpec,
)
from prompt_cli.domain.binding import bind
from prompt_cli.domain.variables import data_of
from prompt_cli.engines.bound import BoundPrompt

if TYPE_CHECKING:
    from collections.abc import Callable

DATA: dict[str, Any] = {
    "id": "triage",
    "version": "1.0.0",
    "format": "chat",
    "tags": ["support"],
    "variables": {
        "tickets": {"type": "array", "default": [{"subject": "Login", "notes": ["a", {"by": "Ada"}]}]},
        "customer": {"type": "object", "properties": {"name": {"type": "string"}}, "default": {"name": "Ada"}},
        "tone": {"type": "string", "enum": ["formal", "friendly"], "required": False},
    },
    "messages": [
        {
            "role": "system",
            "content": "{{#each tickets}}{{subject}}: {{#each notes}}{{#if by}}{{by}}{{else}}{{this}},{{/if}}{{/each}}{{/each}}",
        },
        {"role": "user", "content": "{{customer.name}} {{tickets.[0].notes.[0]}} {{tickets.length}}"},
    ],
    "model": {"name": "any", "parameters": {"stop": ["x"], "nested": {"a": 1}}},
    "metadata": {"owner": {"team": ["a"]}},
    "examples": [
        {
            "name": "one",
            "variables": {"tickets": [{"subject": "Mail", "notes": ["b"]}], "customer": {"name": "Bob"}},
            "expect": {"contains": ["Mail"], "equals": [{"role": "user", "content": "x"}]},
        }
    ],
}
RENDERED = "system:\nLogin: a,Ada\n\nuser:\nAda a 1\n"


def of(prompt: Prompt) -> dict[str, Any]:
    """Return the values of a prompt, typed as if they could be changed."""
    variables: Any = prompt.variables
    example: Any = prompt.examples[0]
    model: Any = prompt.model
    metadata: Any = prompt.metadata
    return {
        "prompt": prompt,
        "tags": prompt.tags,
        "variables": variables,
        "spec": variables["tickets"],
        "default": variables["tickets"].default,
        "item": variables["tickets"].default[0],
        "notes": variables["tickets"].default[0]["notes"],
        "customer": variables["customer"].default,
        "properties": variables["customer"].properties,
        "enum": variables["tone"].enum,
        "messages": prompt.chat_template.messages if prompt.chat_template else (),
        "parameters": model.parameters,
        "stop": model.parameters["stop"],
        "nested": model.parameters["nested"],
        "metadata": metadata,
        "team": metadata["owner"]["team"],
        "example": example,
        "example variables": example.variables,
        "example tickets": example.variables["tickets"],
        "example ticket": example.variables["tickets"][0],
        "contains": example.expect.contains,
        "equals": example.expect.equals,
        "variable_set": prompt.variable_set,
        "declared_names": prompt.declared_names,
    }


CHANGES: dict[str, Callable[[Any], object]] = {
    "set an item": lambda value: value.__setitem__(next(iter(value)) if isinstance(value, dict) else 0, "x"),
    "delete an item": lambda value: value.__delitem__(next(iter(value)) if isinstance(value, dict) else 0),
    "append": lambda value: value.append("x"),
    "extend": lambda value: value.extend(["x"]),
    "sort": lambda value: value.sort(),
    "add": lambda value: value.add("x"),
    "update": lambda value: value.update({"x": 1}),
    "or": lambda value: value.__ior__({"x": 1}),
    "setdefault": lambda value: value.setdefault("x", 1),
    "pop": lambda value: value.pop(next(iter(value))),
    "popitem": lambda value: value.popitem(),
    "clear": lambda value: value.clear(),
    "set an attribute": lambda value: setattr(value, "name", "x"),
    "delete an attribute": lambda value: delattr(value, "name"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_values_of_a_prompt_are_immutable(change: str) -> None:
    prompt = Prompt.load(DATA)
    for name, value in of(prompt).items():
        with pytest.raises((TypeError, AttributeError, ValidationError)):
            CHANGES[change](value)
            pytest.fail(f"{name} was changed")
    assert prompt == Prompt.load(DATA)


def test_derived_values_belong_to_the_caller() -> None:
    prompt = Prompt.load(DATA)
    made: list[Any] = [prompt.to_data(), prompt.model_dump(), prompt.templates, dict(prompt.metadata)]
    for one in made:
        one.clear()
    prompt.model_fields_set.clear()
    prompt.variables["tickets"].model_fields_set.clear()
    data: Any = prompt.to_data()
    data["metadata"]["owner"]["team"].append("b")
    data["variables"]["tickets"]["default"][0]["notes"].append("b")
    bound: Any = bind(data_of(prompt.variables), {})
    bound["tickets"][0]["notes"].append("b")
    bound["customer"]["name"] = "Eve"
    assert prompt.to_data() == DATA


def test_inputs_of_a_prompt_may_change_later() -> None:
    variables = {"name": VariableSpec(type="string")}
    metadata: dict[str, Any] = {"owner": ["a"]}
    prompt = Prompt.model_validate(
        {"id": "a", "version": "1.0.0", "format": "text", "template": "x", "variables": variables, "metadata": metadata}
    )
    variables.clear()
    metadata["owner"].append("b")
    assert list(prompt.variables) == ["name"]
    assert prompt.metadata == {"owner": ("a",)}


async def test_a_cached_prompt_cannot_be_changed() -> None:
    prompt = Prompt.load(DATA)
    async with PromptManager(PromptRegistry(InMemoryStorage())) as manager:
        await manager.create_prompt(prompt)
        first: Any = await manager.get("triage")
        assert first.metadata["owner"]["team"] == ("a",)
        with pytest.raises(TypeError):
            first.metadata["owner"]["team"] = ()
        with pytest.raises(ValidationError):
            first.version = "2.0.0"
        again = await manager.get("triage")
        assert again == prompt
        assert again.to_data() == DATA
        bound: Any = await manager.bind("triage")
        with pytest.raises((TypeError, AttributeError)):
            bound.templates.clear()
        assert await manager.render("triage", {}) == RENDERED


@pytest.mark.parametrize("engine", [TemplateEngine(), PybarsEngine()], ids=["own", "pybars3"])
def test_frozen_values_render_as_plain_ones(engine: TemplateEngine | PybarsEngine) -> None:
    prompt = Prompt.load(DATA)
    bound = BoundPrompt(prompt, engine, {})
    frozen = prompt.examples[0].variables
    plain = json.loads(json.dumps(frozen))
    assert bound.render(frozen) == bound.render(plain) == "system:\nMail: b,\n\nuser:\nBob b 1\n"
    assert bound.render({}) == RENDERED


HELPERS = (
    "{{json v}} {{#each v.list}}{{@index}}{{this}}{{/each}} {{join v.list ', '}} {{#with v.map}}{{a}}{{/with}}"
    "{{#each v.map}}{{@key}}={{this}}{{/each}} {{v.list}} {{length v.list}}{{length v.map}} {{lookup v.map 'a'}}"
    "{{lookup v.list 1}} {{#if v.empty}}yes{{else}}no{{/if}}{{#if (and v.list v.map)}}both{{/if}}"
)


def test_helpers_take_frozen_values() -> None:
    values: dict[str, Any] = {"list": [1, 2], "map": {"a": "b"}, "empty": []}
    data: dict[str, Any] = {"id": "a", "version": "1.0.0", "format": "text", "template": HELPERS}
    data["variables"] = {"v": {"type": "object"}, "w": {"type": "object"}}
    data["examples"] = [{"name": "x", "variables": {"v": values, "w": values}}]
    prompt = Prompt.load(data)
    bound = BoundPrompt(prompt, TemplateEngine(), {})
    assert bound.render(prompt.examples[0].variables) == bound.render({"v": values, "w": values})


def test_messages_and_templates_are_frozen() -> None:
    message: Any = Message(role=Role.USER, content="Hello")
    template: Any = PromptTemplate("x")
    for one in (message, template):
        with pytest.raises(ValidationError, match="frozen"):
            one.content = "World"
