"""Requests to providers: bodies, refused prompts, and the vendors' types."""

from __future__ import annotations

import contextlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from ruamel.yaml import YAML

from prompt_cli import InMemoryStorage, InvalidValueError, PromptManager, PromptRegistry, RequestError
from prompt_cli.cli.commands.render import RenderFormat
from prompt_cli.providers.facts import APIS

if TYPE_CHECKING:
    from tests.support import Project

IN_PROCESS = True

PROMPTS = Path(__file__).parents[2] / "prompts"
MOST = 25
"""Examples of the shipped prompts that each API takes, at the least."""
TABLE = Path(__file__).with_name("requests.yaml")


class Row(NamedTuple):
    """A prompt with values, and by target the body, or the problems with their lines and columns."""

    name: str
    file: str
    values: dict[str, Any]
    expect: dict[str, dict[str, Any] | list[str]]


def rows() -> list[Row]:
    table = YAML(typ="safe").load(TABLE.read_text())
    return [Row(one["name"], one["file"], one.get("values", {}), one["expect"]) for one in table]


def source(text: str) -> str:
    return "id: x\nversion: 1.0.0\n" + ("" if text.startswith("format:") else "format: text\n") + text


async def outcome(row: Row, target: str) -> dict[str, Any] | list[str]:
    manager = PromptManager(PromptRegistry(InMemoryStorage({"x": source(row.file)})))
    rendered = await manager.render_prompt("x", row.values)
    try:
        return rendered.request(target)
    except RequestError as error:
        return [
            f"{one.region.line}:{one.region.column} {one.message}" if one.region else one.message
            for one in error.problems
        ]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
async def test_each_api_gets_a_body_or_errors_with_places(row: Row) -> None:
    assert {target: await outcome(row, target) for target in APIS} == row.expect


async def test_bodies_and_facts_fit_the_types_of_the_vendors() -> None:
    """One test, because the vendors' packages take seconds to import."""
    from tests.providers.sdk_types import check_types, parameters_of

    for target, api in APIS.items():
        keys = {place.path[0] for place in api.places.values()} | set(api.own)
        assert keys - {"generationConfig"} <= parameters_of(target), target
        assert not {fact.parameter for fact in api.refused} & parameters_of(target), target
    for row in rows():
        for target, expected in row.expect.items():
            if isinstance(expected, dict) and "provider: local" not in row.file:
                check_types(target, expected)
    taken: Counter[str] = Counter()
    async with PromptManager.open(PROMPTS.parent) as manager:
        async for prompt in manager.list_prompts():
            for example in prompt.examples:
                rendered = await manager.render_prompt(prompt.id, example.variables)
                for target in APIS:
                    with contextlib.suppress(RequestError):  # such as temperature at Anthropic
                        body = rendered.request(target, model="any-model", parameters={"max_tokens": 5})
                        check_types(target, body)
                        taken[target] += 1
    assert min(taken[target] for target in APIS) > MOST, taken


FILE = """\
description: Says hello.
template: Hello {{name}}!
variables: {name: {type: string}}
model:
  name: any-model
  parameters: {temperature: 0.2}
"""
CALL = ("render", "hello", "--var", "name=Ada", "--output-format")


def test_command_prints_the_body_or_the_errors(project: Project) -> None:
    project.prompt("hello", FILE)
    chat = project.run(*CALL, "openai-chat", "--model", "another", "--parameter", "max_tokens=9")
    assert chat.json == {
        "model": "another",
        "messages": [{"role": "user", "content": "Hello Ada!"}],
        "temperature": 0.2,
        "max_completion_tokens": 9,
    }
    refused = project.run(*CALL, "anthropic", "--parameter", "max_tokens=9")
    assert (refused.status, refused.out) == (1, "")
    assert "hello.yaml:9:29" in refused.err
    assert "refuses temperature" in refused.err
    assert "Ada" not in refused.err


@pytest.mark.parametrize(
    ("options", "problems"),
    [
        (("openai-chat",), ["needs the name of a model", "add model.name to the prompt, or pass a model with --model"]),
        (("anthropic", "--model", "m"), ["under model.parameters, or pass it with --parameter"]),
        (
            ("openai-chat", "--model", "m", "--parameter", "temperature=hot", "--parameter", "temprature=1"),
            ["error: --parameter: temperature must be", "error: --parameter: OpenAI's Chat Completions API has no"],
        ),
    ],
)
def test_errors_of_requests_name_the_option(project: Project, options: tuple[str, ...], problems: list[str]) -> None:
    project.prompt("hello", FILE.partition("model:")[0])
    done = project.run(*CALL, *options)
    assert (done.status, done.out) == (1, "")
    assert all(one in done.err for one in problems), done.err


def test_the_model_of_another_provider_names_the_option(project: Project) -> None:
    project.prompt("hello", FILE.replace("model:", "model:\n  provider: google"))
    assert "help: pass a model of anthropic with --model" in project.run(*CALL, "anthropic").err


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("text", "--model", "x"), "belong to requests"),
        (("messages", "--parameter", "a=1"), "belong to requests"),
        (("gemini", "--parameter", "max_tokens"), "NAME=VALUE"),
        (("gemini", "--parameter", "seed=1e999"), "seed"),
    ],
)
def test_request_options_are_refused_in_other_formats_or_malformed(
    project: Project, options: tuple[str, ...], problem: str
) -> None:
    project.prompt("hello", FILE)
    done = project.run(*CALL, *options)
    assert (done.status, done.out) == (2, "")
    assert problem in done.err


async def test_arguments_override_the_prompt_and_bodies_are_copies() -> None:
    manager = PromptManager(PromptRegistry(InMemoryStorage({"x": source(FILE)})))
    rendered = await manager.render_prompt("x", {"name": "Ada"})
    body = rendered.request("gemini", parameters={"temperature": 1, "stop_sequences": ["END"]})
    assert body["generationConfig"] == {"temperature": 1, "stopSequences": ["END"]}
    body["contents"].clear()
    assert rendered.request("gemini")["contents"]
    with pytest.raises(InvalidValueError, match="invalid request format 'opnai'"):
        rendered.request("opnai")
    with pytest.raises(RequestError) as caught:
        rendered.request("gemini", parameters={"temprature": 1})
    assert [one.region for one in caught.value.problems] == [None]


def test_the_command_has_each_format() -> None:
    assert {str(one) for one in RenderFormat} == {"text", "messages", *APIS}


TELEMETRY = """\
template: "{{a}}"
variables:
  a: {type: string}
  list: {type: array, items: {type: string}, default: [x]}
  nothing: {type: string, required: false}
  null_: {type: string, nullable: true, default: null}
  secret: {type: string, sensitive: true, default: s3}
  deep: {type: object, properties: {key: {type: string, sensitive: true}}, default: {key: s3}}
  photo: {type: image, required: false}
  photos: {type: array, items: {type: image}, required: false}
  talk: {type: messages, default: []}
"""


async def test_telemetry_omits_sensitive_values_and_media() -> None:
    manager = PromptManager(PromptRegistry(InMemoryStorage({"x": source(TELEMETRY)})))
    photo = "data:image/png;base64,iVBORw0KGgo="
    rendered = await manager.render_prompt("x", {"a": "A", "photo": photo, "photos": [photo]})
    assert rendered.telemetry == {
        "gen_ai.prompt.name": "x",
        "gen_ai.prompt.version": "1.0.0",
        "gen_ai.prompt.variable.a": "A",
        "gen_ai.prompt.variable.list": '["x"]',
    }
