from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from pydantic import ValidationError

from prompt_cli import (
    ChatPromptTemplate,
    Level,
    Message,
    Prompt,
    PromptFormat,
    PromptFormatError,
    PromptTemplate,
    Role,
    SemanticVersion,
    TemplateSyntaxError,
    VariableSpec,
    is_chat_prompt,
)
from prompt_cli.errors import ExitCode
from prompt_cli.problems import format_path

TEXT: dict[str, Any] = {"id": "a/b", "version": "1.0.0", "format": "text", "template": "Hello {{name}}!"}
CHAT: dict[str, Any] = {
    "id": "a/b",
    "version": "1.0.0",
    "format": "chat",
    "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "I am {{name}}."}],
}


def changed(base: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**base, **changes}.items() if value is not Ellipsis}


def test_a_text_prompt() -> None:
    prompt = Prompt.load(TEXT)
    assert prompt.template == PromptTemplate("Hello {{name}}!")
    assert prompt.template is not None
    assert prompt.template.variables == ("name",)
    assert prompt.chat_template is None
    assert not is_chat_prompt(prompt)
    assert prompt.format == "text"
    assert prompt.format is PromptFormat.TEXT
    assert prompt.templates == {("template",): "Hello {{name}}!"}


def test_a_chat_prompt() -> None:
    prompt = Prompt.load(CHAT)
    assert is_chat_prompt(prompt)
    assert prompt.chat_template.messages[1] == Message(role=Role.USER, content="I am {{name}}.")
    assert prompt.chat_template.variables == ("name",)
    assert prompt.template is None
    assert list(prompt.templates) == [("messages", 0, "content"), ("messages", 1, "content")]


@pytest.mark.parametrize("data", [TEXT, CHAT])
def test_data_come_back_as_they_went_in(data: dict[str, Any]) -> None:
    full = {
        **data,
        "description": "Greets.",
        "tags": ["x"],
        "variables": {
            "name": {"type": "string", "minLength": 1, "enum": ["Ada", 1, None], "nullable": True},
            "items": {"type": "array", "items": {"type": "object", "properties": {"a b": {"type": "integer"}}}},
            "tone": {"type": "string", "default": None, "nullable": True},
        },
        "model": {"name": "any", "parameters": {"temperature": 0.2}},
        "metadata": {"owner": {"team": ["a"]}},
        "examples": [{"name": "Ada", "variables": {"name": "Ada"}, "expect": {"contains": ["Ada"]}}],
    }
    assert Prompt.load(full).to_data() == full


def test_text_is_not_stripped() -> None:
    text = "  \n\tHello \r\n\n"
    prompt = Prompt.load(changed(TEXT, template=text))
    assert prompt.template == PromptTemplate(text)
    assert prompt.to_data()["template"] == text


def test_a_prompt_is_frozen() -> None:
    prompt = Prompt.load(TEXT)
    with pytest.raises(ValidationError):
        prompt.version = SemanticVersion(2, 0, 0)


def test_a_prompt_can_be_copied_and_pickled() -> None:
    prompt = Prompt.load(changed(TEXT, variables={"name": {"type": "string", "pattern": "^A"}}))
    assert copy.deepcopy(prompt) == prompt
    assert pickle.loads(pickle.dumps(prompt)) == prompt  # noqa: S301 - our own bytes


def test_variable_set_is_cached() -> None:
    prompt = Prompt.load(changed(TEXT, variables={"name": {"type": "string"}}))
    assert prompt.variable_set == {"name"}
    assert prompt.variable_set is prompt.variable_set


@pytest.mark.parametrize(
    ("base", "changes", "expected"),
    [
        (TEXT, {"version": "1.1.0"}, changed(TEXT, version="1.1.0")),
        (TEXT, {"version": SemanticVersion(2, 0, 0)}, changed(TEXT, version="2.0.0")),
        (TEXT, {"template": "Bye"}, changed(TEXT, template="Bye")),
        (TEXT, {"template": PromptTemplate("Bye")}, changed(TEXT, template="Bye")),
        (TEXT, {"tags": ["a"]}, changed(TEXT, tags=["a"])),
        (TEXT, {"format": "chat", "template": None, "messages": CHAT["messages"]}, CHAT),
        (
            CHAT,
            {"messages": [{"role": "user", "content": "x"}]},
            changed(CHAT, messages=[{"role": "user", "content": "x"}]),
        ),
        (
            CHAT,
            {"chat_template": ChatPromptTemplate([Message(role=Role.USER, content="x")])},
            changed(CHAT, messages=[{"role": "user", "content": "x"}]),
        ),
        (TEXT, {}, TEXT),
    ],
)
def test_clone(base: dict[str, Any], changes: dict[str, Any], expected: dict[str, Any]) -> None:
    clone = Prompt.load(base).clone(**changes)
    assert clone.to_data() == expected
    assert clone == Prompt.load(expected)


@pytest.mark.parametrize(
    "changes", [{"version": "1"}, {"template": None}, {"messages": []}, {"colour": "red"}, {"format": "chat"}]
)
def test_clone_is_checked(changes: dict[str, Any]) -> None:
    with pytest.raises(PromptFormatError):
        Prompt.load(TEXT).clone(**changes)


@pytest.mark.parametrize(
    ("data", "path", "kind", "words"),
    [
        ([TEXT], "", "wrong_value", "a prompt must be a mapping, not a list"),
        (changed(TEXT, id=...), "id", "missing_field", "'id' is missing"),
        (changed(TEXT, version=...), "version", "missing_field", "missing"),
        (changed(TEXT, format=...), "format", "missing_field", "missing"),
        (changed(TEXT, template=...), "format", "format_mismatch", "needs template"),
        (changed(TEXT, messages=CHAT["messages"]), "messages", "template_and_messages", "not both"),
        (changed(CHAT, template="x"), "messages", "template_and_messages", "not both"),
        (changed(CHAT, messages=...), "format", "format_mismatch", "needs messages"),
        (changed(TEXT, format="chat"), "format", "format_mismatch", "needs messages"),
        (changed(TEXT, id="A/b"), "id", "wrong_id", "separated by"),
        (changed(TEXT, id=5), "id", "wrong_value", "must be a string, not an integer"),
        (changed(TEXT, version="1.0"), "version", "wrong_value", "invalid version"),
        (changed(TEXT, version="01.0.0"), "version", "wrong_value", "expected MAJOR.MINOR.PATCH"),
        (changed(TEXT, version=1.0), "version", "wrong_value", "three numbers, 1.2.0, not a number"),
        (changed(TEXT, format="chta"), "format", "wrong_value", "one of"),
        (changed(TEXT, template=5), "template", "wrong_value", "a string, not an integer"),
        (changed(TEXT, template=None), "format", "format_mismatch", "needs template"),
        (changed(TEXT, template=["x"]), "template", "wrong_value", "a string, not a list"),
        (changed(TEXT, varables={}), "varables", "unknown_field", "unknown key 'varables'"),
        (changed(TEXT, chat_template=[]), "chat_template", "unknown_field", "unknown key"),
        (changed(TEXT, tags="x"), "tags", "wrong_value", "a list, not a string"),
        (changed(TEXT, tags=["a b"]), "tags[0]", "wrong_tag", "one word"),
        (changed(TEXT, tags=[""]), "tags[0]", "wrong_tag", "one word"),
        (changed(TEXT, tags=[1]), "tags[0]", "wrong_value", "a string, not an integer"),
        (changed(TEXT, description=["x"]), "description", "wrong_value", "a string"),
        (changed(TEXT, variables=[]), "variables", "wrong_value", "a mapping, not a list"),
        (
            changed(TEXT, variables={"a b": {"type": "string"}}),
            "variables.a b",
            "variable_name",
            "is not a valid variable name",
        ),
        (
            changed(TEXT, variables={"this": {"type": "string"}}),
            "variables.this",
            "variable_name",
            "is not a valid variable name",
        ),
        (
            changed(TEXT, variables={"0a": {"type": "string"}}),
            "variables.0a",
            "variable_name",
            "is not a valid variable name",
        ),
        (changed(TEXT, variables={"a": "string"}), "variables.a", "wrong_value", "a mapping, not a string"),
        (changed(TEXT, variables={"a": {}}), "variables.a.type", "missing_field", "'type' is missing"),
        (changed(TEXT, variables={"a": {"type": "text"}}), "variables.a.type", "wrong_value", "one of"),
        (changed(TEXT, variables={"a": {"type": "string", "min": 1}}), "variables.a.min", "unknown_field", "unknown"),
        (
            changed(TEXT, variables={"a": {"type": "string", "minimum": 1}}),
            "variables.a.minimum",
            "wrong_value",
            "only to integer and number",
        ),
        (
            changed(TEXT, variables={"a": {"type": "integer", "minimum": 2, "maximum": 1}}),
            "variables.a.minimum",
            "wrong_value",
            "no value is valid",
        ),
        (
            changed(TEXT, variables={"a": {"type": "string", "pattern": "("}}),
            "variables.a.pattern",
            "wrong_value",
            "invalid pattern",
        ),
        (
            changed(TEXT, variables={"a": {"type": "string", "required": True, "default": "x"}}),
            "variables.a.required",
            "wrong_value",
            "never uses its default",
        ),
        (
            changed(TEXT, variables={"a": {"type": "array", "items": {"typ": "string", "type": "string"}}}),
            "variables.a.items.typ",
            "unknown_field",
            "unknown",
        ),
        (changed(TEXT, metadata={"a": float("inf")}), "metadata.a", "wrong_value", "finite"),
        (changed(TEXT, model={"temperature": 1}), "model.temperature", "unknown_field", "unknown"),
        (changed(CHAT, messages=[]), "messages", "wrong_value", "at least 1"),
        (changed(CHAT, messages="x"), "messages", "wrong_value", "a list, not a string"),
        (changed(CHAT, messages=[{"role": "bot", "content": "x"}]), "messages[0].role", "wrong_value", "one of"),
        (changed(CHAT, messages=[{"content": "x"}]), "messages[0].role", "missing_field", "missing"),
        (changed(CHAT, messages=[{"role": "user"}]), "messages[0].content", "missing_field", "missing"),
        (changed(CHAT, messages=[{"role": "user", "content": 1}]), "messages[0].content", "wrong_value", "a string"),
        (
            changed(CHAT, messages=[{"role": "user", "content": "x", "nme": "y"}]),
            "messages[0].nme",
            "unknown_field",
            "unknown",
        ),
        (changed(TEXT, examples=[{"variables": {}}]), "examples[0].name", "missing_field", "missing"),
        (
            changed(TEXT, examples=[{"name": "x"}, {"name": "x"}]),
            "examples[1].name",
            "duplicate_name",
            "duplicate name 'x' in examples",
        ),
        (
            changed(TEXT, examples=[{"name": "x", "expect": {"contain": []}}]),
            "examples[0].expect.contain",
            "unknown_field",
            "unknown",
        ),
        (
            changed(TEXT, examples=[{"name": "x", "expect": {"equals": 5}}]),
            "examples[0].expect.equals",
            "wrong_value",
            "a string",
        ),
    ],
)
def test_invalid_prompts(data: Any, path: str, kind: str, words: str) -> None:
    with pytest.raises(PromptFormatError) as caught:
        Prompt.load(data)
    (problem,) = caught.value.problems
    assert (format_path(problem.path), problem.kind) == (path, kind)
    assert words in problem.message
    assert caught.value.exit_code is ExitCode.FAULT


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (changed(TEXT, varables={}), "did you mean 'variables'?"),
        (changed(TEXT, message=[]), "did you mean 'messages'?"),
        (changed(TEXT, owner="me"), "free data goes under 'metadata'"),
        (changed(TEXT, format="chta"), "did you mean 'chat'?"),
        (changed(TEXT, variables={"a": {"type": "strng"}}), "did you mean 'string'?"),
        (changed(TEXT, variables={"a": {"type": "string", "min_length": 1}}), "did you mean 'minLength'?"),
        (changed(TEXT, tags="x"), "write it as [one, two]"),
        (changed(TEXT, template=5), "put it in quotes"),
    ],
)
def test_help_of_invalid_prompts(data: dict[str, Any], hint: str) -> None:
    with pytest.raises(PromptFormatError) as caught:
        Prompt.load(data)
    assert caught.value.problems[0].help == hint


def test_every_problem_is_reported_at_once() -> None:
    with pytest.raises(PromptFormatError) as caught:
        Prompt.load({"version": "1", "format": "text", "template": 5, "tags": ["a b"], "colour": "red"})
    assert [problem.path[0] for problem in caught.value.problems] == ["id", "version", "tags", "template", "colour"]


@pytest.mark.parametrize(
    ("content", "variables"),
    [
        ("", ()),
        ("no variables { } [/INST]", ()),
        ("{{a}} {{b}} {{a}}", ("a", "b")),
        ("{{a.b.c}}", ("a",)),
        ("{{#each tickets}}{{subject}}{{../tone}}{{/each}}", ("tickets", "tone")),
        ("{{#if a}}{{b}}{{else}}{{c}}{{/if}}", ("a", "b", "c")),
        ("{{> shared/tone name=first}}", ("first",)),
        ("{{! a comment {{x}} }}", ()),
        ("\\{{a}}", ()),
        ("{{@index}}", ()),
        ("{{upper name}}", ("name",)),
    ],
)
def test_the_names_a_template_uses(content: str, variables: tuple[str, ...]) -> None:
    assert PromptTemplate(content).variables == variables


def test_a_template_that_cannot_be_parsed_has_no_names() -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        _ = PromptTemplate("line one\n  {{#if x}}").variables
    assert caught.value.line == 2
    # The model itself takes it: a broken template is a finding, with a place in the file.
    assert Prompt.load(changed(TEXT, template="{{")).template == PromptTemplate("{{")


def test_models_are_built_by_keyword_too() -> None:
    assert PromptTemplate(content="x") == PromptTemplate("x")
    spec = VariableSpec(type="string", default="x")
    assert not spec.required
    assert spec.has_default
    assert VariableSpec(type="string").required
    assert not VariableSpec(type="string", required=False).has_default
    assert Level.MAJOR > Level.MINOR > Level.PATCH > Level.NONE
