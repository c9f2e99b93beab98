from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from prompt_cli.domain.prompt import Prompt, prompt_schema
from prompt_cli.errors import PromptFormatError
from prompt_cli.yaml.source import YamlSource

if TYPE_CHECKING:
    from tests.support import Project

IN_PROCESS = True

ROOT = Path(__file__).parents[2]
SCHEMA = Draft202012Validator(prompt_schema())


def problems(text: str | bytes) -> list[str]:
    content = text if isinstance(text, bytes) else text.encode()
    data: Any = json.loads(json.dumps(YamlSource.parse(content).data))
    return [error.message for error in SCHEMA.iter_errors(data)]


def test_schema_is_valid_and_equals_the_commands(project: Project) -> None:
    Draft202012Validator.check_schema(prompt_schema())
    assert json.loads(project.run("schema").out) == prompt_schema()
    assert project.run("schema", "--output", "s.json").out == ""
    assert json.loads(project.read("s.json")) == prompt_schema()


def test_its_descriptions_are_for_people_who_write_yaml(project: Project) -> None:
    descriptions = [match[1] for match in re.finditer(r'"description": (".*")', project.run("schema").out)]
    python = re.compile(r"\b(None|True|False|[a-z]+_[a-z_]+|[A-Z]\w+\.[a-z]\w+)\b|in files")
    assert len(descriptions) > 50
    assert [one for one in descriptions if python.search(one)] == []


def test_the_schema_of_an_answer(project: Project) -> None:
    fields = "queue: {type: string, enum: [bug], nullable: true}, why: {type: string, required: false, sensitive: true}"
    output = f"output: {{name: triage, description: D, schema: {{type: object, properties: {{{fields}}}}}}}\n"
    project.prompt("a", output + "template: Hello!\n")
    project.prompt("b")
    expected = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "triage",
        "description": "D",
        "type": "object",
        "properties": {"queue": {"type": ["string", "null"], "enum": ["bug", None]}, "why": {"type": "string"}},
        "required": ["queue"],
    }
    Draft202012Validator.check_schema(expected)
    assert project.run("schema", "a").json == project.run("schema", "a", "--output").json == expected
    assert project.run("schema", "a", "--output", "s.json").out == ""
    assert json.loads(project.read("s.json")) == expected
    missing = project.run("schema", "b", "--output")
    assert (missing.status, missing.err) == (1, "error: b has no output\n  help: describe the answer under 'output'\n")


@pytest.mark.parametrize("path", sorted((ROOT / "prompts").rglob("*.yaml")), ids=lambda path: path.stem)
def test_the_example_prompts_fit(path: Path) -> None:
    assert problems(path.read_bytes()) == []


HEAD = "id: x\nversion: 1.0.0\nformat: text\n"


@pytest.mark.parametrize(
    "text",
    [
        "version: 1.0.0\nformat: text\ntemplate: x\n",
        "id: x\nversion: 1.0\nformat: text\ntemplate: x\n",
        "id: x\nversion: 1.0.0\nformat: poem\ntemplate: x\n",
        HEAD,
        HEAD + "template: x\ncolour: red\n",
        HEAD + "messages: [{role: user, content: x}]\n",
        HEAD + "template: {a: b}\n",
        HEAD + "template: x\nvariables: {a: {}}\n",
        HEAD + "template: x\nvariables: {a: {type: string, minlength: 1}}\n",
        HEAD + "template: x\nexamples: [{variables: {}}]\n",
        "id: x\nversion: 1.0.0\nformat: chat\ntemplate: x\n",
        "id: x\nversion: 1.0.0\nformat: chat\nmessages: [{role: robot, content: x}]\n",
        *(
            f"id: x\nversion: 1.0.0\nformat: chat\nmessages: [{entry}]\n"
            for entry in (
                "{role: tool, content: x}",
                "{role: user, content: []}",
                "{role: user, content: [{txt: x}]}",
                "{role: user, content: [{image: a, detail: huge}]}",
                "{role: user, content: x, toolCalls: []}",
                "{each: a}",
                "{each: a, messages: [{history: b}]}",
                "{history: a, role: user}",
            )
        ),
        HEAD + "template: x\noutput: {name: a}\n",
        HEAD + "template: x\noutput: {name: a b, schema: {type: string}}\n",
        HEAD + "template: x\ntools: [{name: a b}]\n",
        HEAD + "template: x\ntools: [{name: a, parameters: {b: {}}}]\n",
    ],
)
def test_invalid_prompts_do_not_fit_the_schema(text: str) -> None:
    assert problems(text)

    with pytest.raises(PromptFormatError):
        Prompt.load(YamlSource.parse(text.encode()).data)


def test_every_key_is_described() -> None:
    schema = prompt_schema()
    for one in (schema, *schema["$defs"].values()):
        assert one["description"]
        for name, field in one.get("properties", {}).items():
            assert field.get("description"), (one.get("description"), name)
