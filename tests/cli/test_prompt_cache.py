"""Cached prompts of `render`: a second run prints what the first printed."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_cache import reseal
from tests.test_imports import HEAVY, imported

if TYPE_CHECKING:
    from tests.support import Project, Result

IN_PROCESS = True

CHAT = """\
version: 1.0.0
format: chat
variables:
  name: {type: string}
  note: {type: string, required: false}
messages:
  - {role: system, content: "{{> shared/tone}}", cache: true}
  - {role: user, content: "{{#if note}}{{note}}{{/if}}", optional: true}
  - {role: user, content: "Hi {{name}}\\n"}
examples:
  - {name: Ada, variables: {name: Ada}}
  - {name: both, variables: {name: Alan, note: "Call {{me}} <b>&"}}
"""
TYPES = """\
variables:
  tickets: {type: array, items: {type: object, properties: {subject: {type: string}, open: {type: boolean, default: true}}}}
  many: {type: integer, minimum: 1, maximum: 3, default: 2}
  code: {type: string, pattern: "^[a-z]+$", nullable: true, default: null}
  tone: {type: string, enum: [formal, friendly], default: formal, sensitive: true}
  lookup: {type: string, default: data}
template: |
  {{#each tickets}}{{subject}} {{#if open}}!{{/if}}{{/each}}{{many}}{{code}}{{tone}}{{lookup}}
"""


@pytest.fixture
def prompts(repository: Project) -> Project:
    repository.prompt("shared/word", "variables: {word: {type: string, default: kind}}\ntemplate: '{{word}}'\n")
    repository.prompt("shared/tone", "template: |\n  Be {{> shared/word}} and {{> shared/word word='brief'}}.\n")
    repository.write("prompts/chat.yaml", f"id: chat\n{CHAT}")
    repository.prompt("types", TYPES)
    repository.prompt("both", "template: '{{> shared/tone}}{{> shared/word}}'\n")
    return repository


def is_cached(project: Project) -> bool:
    folder = project.root / ".git" / "prompt-cli" / "cache" / "prompts"
    return folder.is_dir() and any(folder.iterdir())


def render_anew(project: Project, *arguments: str) -> Result:
    shutil.rmtree(project.root / ".git" / "prompt-cli", ignore_errors=True)
    return project.run("render", *arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ("both",),
        ("shared/word",),
        ("chat", "--example", "Ada"),
        ("chat", "--example", "Ada", "--example", "both", "--var", "name=É"),
        ("prompts/chat.yaml", "--var", "name={{name}}", "--var", "note= "),
        (
            "types",
            "--var",
            'tickets=[{"subject": "a"}, {"subject": "b", "open": false, "more": [1]}]',
            "--var",
            "many=3",
        ),
        ("types", "--var", "tickets=[]", "--var", "code=abc", "--var", "tone=friendly", "--var", "lookup=x"),
    ],
)
def test_an_unchanged_prompt_renders_alike(prompts: Project, arguments: tuple[str, ...]) -> None:
    first = prompts.run("render", *arguments)
    assert first.status == 0, first.err
    assert is_cached(prompts)
    assert prompts.run("render", *arguments) == first


def test_cached_prompts_are_what_is_rendered(prompts: Project) -> None:
    """A fault in a cached prompt would only cost time, because what it cannot render is read from its file."""
    tickets = '--var tickets=[{"subject":"a"},{"subject":"b","open":false}]'
    commands = ["both", "shared/word", "chat --example Ada", f"types {tickets} --var many=3"]
    for command in commands:
        prompts.run("render", *command.split())
    assert not imported(prompts, *[f"render {command}" for command in commands]) & HEAVY


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--var", "tickets=[{}]"),
        ("--var", "tickets=[]", "--var", "many=9", "--var", "unknown=1"),
        ("--var", "tickets=[]", "--var", "code=A"),
        ("--var", "tickets=[]", "--var", "tone=secret"),
        ("--var", "tickets=["),
        ("--var", "tickets"),
        ("--example", "nobody"),
        ("--vars", "missing.json"),
    ],
)
def test_errors_of_a_cached_prompt_are_those_of_its_file(prompts: Project, arguments: tuple[str, ...]) -> None:
    expected = render_anew(prompts, "types", *arguments)
    assert expected.status in {1, 2, 3}
    prompts.run("render", "types", "--var", "tickets=[]")
    assert is_cached(prompts)
    assert prompts.run("render", "types", *arguments) == expected


@pytest.mark.parametrize("field", range(7))
@pytest.mark.parametrize("value", [None, 1, "x", [], {}, [1], [["x"]], {"a": 1}, {"name": []}])
def test_a_resealed_entry_of_another_shape_is_ignored(prompts: Project, field: int, value: object) -> None:
    expected = prompts.run("render", "chat", "--example", "Ada")
    (file,) = (prompts.root / ".git" / "prompt-cli" / "cache" / "prompts").iterdir()
    entry = json.loads(file.read_bytes().partition(b"\n")[2])
    entry[field] = value
    reseal(file, entry)
    assert prompts.run("render", "chat", "--example", "Ada") == expected


def test_an_error_in_a_partial_has_its_place(prompts: Project) -> None:
    prompts.prompt("shared/word", "variables: {word: {type: object, default: {}}}\ntemplate: '{{word.a}}'\n")
    prompts.prompt("both", "variables: {word: {type: object}}\ntemplate: '{{> shared/word}}'\n")
    assert prompts.run("render", "both", "--var", 'word={"a": 1}').out == "1"
    assert is_cached(prompts)
    failed = prompts.run("render", "both", "--var", "word={}")
    assert (failed.status, "prompts/shared/word.yaml:5:14" in failed.err) == (1, True), failed.err


def test_a_changed_file_is_read_again(prompts: Project) -> None:
    def follows() -> Result:
        cached = prompts.run("render", "both")
        assert cached == render_anew(prompts, "both")
        return cached

    results = [follows()]
    prompts.prompt("both", "template: 'New {{> shared/tone}}'\n")
    results.append(follows())
    prompts.prompt("shared/word", "template: calm\n")
    results.append(follows())
    path = prompts.root / "prompts" / "shared" / "word.yaml"
    path.rename(prompts.root / "word.yaml")
    results.append(follows())
    path.symlink_to(prompts.root / "word.yaml")
    results.append(follows())
    path.unlink()
    prompts.write("prompts/shared/word.yaml", "{")
    results.append(follows())
    assert [one.status for one in results] == [0, 0, 0, 1, 3, 1]
    assert len(set(results)) == len(results)


@pytest.mark.parametrize(
    "body",
    [
        "variables: {talk: {type: messages, default: []}}\nmessages: [{role: user, content: a}, {history: talk}]\n",
        "variables: {all: {type: array, default: [x]}}\nmessages: [{each: all, messages: [{role: user, content: a}]}]\n",
        "messages: [{role: user, content: [{text: a}]}]\n",
        "template: '{{> \"shared/word@1.0.0\"}}'\n",
        "template: '{{#> nothing}}fallback{{/nothing}}'\n",
    ],
)
def test_what_depends_on_more_than_texts_is_read_each_time(prompts: Project, body: str) -> None:
    prompts.commit()
    form = "chat" if body.startswith(("variables", "messages")) else "text"
    prompts.write("prompts/one.yaml", f"id: one\nversion: 1.0.0\nformat: {form}\n{body}")
    first = prompts.run("render", "one")
    assert first.status == 0, first.err
    assert prompts.run("render", "one") == first
    assert not is_cached(prompts)


@pytest.mark.parametrize("option", [("--json",), ("--engine", "pybars3"), ("-v",), ("--output", "text.txt")])
def test_other_ways_to_render_read_the_file(prompts: Project, option: tuple[str, ...]) -> None:
    options = [one for one in option if one != "-v"]
    prompts.run(*(["-v"] if "-v" in option else []), "render", "both", *options)
    assert not is_cached(prompts)
