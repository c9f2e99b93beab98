from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from tests.support import Project

IN_PROCESS = True

_EXAMPLES = "examples: [{name: it's one, variables: {x: it's}}]\n"


def test_a_new_repository_has_an_example_that_renders_and_is_valid(repository: Project) -> None:
    result = repository.run("init")
    assert (result.status, result.out) == (0, "prompts/greeting.yaml\n"), result.err
    assert repository.run("render", "greeting", "--example", "a friend").out == "Hello Ada!\n"
    checked = repository.run("validate", "--strict")
    assert (checked.status, checked.out) == (0, ""), checked.err


def test_the_snippet_for_pre_commit_is_yaml(repository: Project) -> None:
    shown = repository.run("init").err
    snippet = shown[shown.index("  repos:") : shown.index("Check the prompts that a pull")]
    (hook,) = YAML(typ="safe").load(snippet)["repos"][0]["hooks"]
    # A deletion passes no file to a hook.
    assert (hook["entry"], hook["always_run"]) == ("prompt-cli validate --staged", True)
    assert "files" not in hook


def test_editors_find_the_schema_without_a_network(repository: Project) -> None:
    assert repository.run("init", "--directory", "data/prompts").status == 0
    first = repository.read("data/prompts/greeting.yaml").decode().splitlines()[0]
    path = first.removeprefix("# yaml-language-server: $schema=")
    assert repository.read(f"data/prompts/{path}") == repository.run("schema").stdout


def test_a_schema_is_not_overwritten(repository: Project) -> None:
    repository.write("prompts/prompt.schema.json", "mine")
    assert repository.run("init").out == "prompts/greeting.yaml\n"
    assert repository.read("prompts/prompt.schema.json") == b"mine"


@pytest.mark.parametrize("with_example", [False, True])
def test_the_first_command_that_is_named_works(repository: Project, *, with_example: bool) -> None:
    repository.write("prompts/broken.yaml", "id: [\n")
    repository.prompt("other", "variables: {x: {type: string}}\ntemplate: '{{x}}'\nexamples: [{name: no x}]\n")
    if with_example:
        repository.prompt("z", "variables: {x: {type: string}}\ntemplate: '{{x}}'\n" + _EXAMPLES)
    line = next(one for one in repository.run("init").err.splitlines() if one.startswith("  prompt-cli"))
    result = repository.run(*shlex.split(line)[1:])
    assert (result.status, result.out == "it's") == (0, with_example), result.err


def test_the_commands_name_a_directory_that_no_search_finds(repository: Project) -> None:
    steps = repository.run("--directory", "a b/c", "init").err
    line = next(one for one in steps.splitlines() if one.startswith("  prompt-cli"))
    assert repository.run(*shlex.split(line)[1:]).status == 0
    assert "entry: prompt-cli --directory 'a b/c' validate --staged\n" in steps


@pytest.mark.parametrize("again", [False, True])
def test_init_leaves_existing_files(repository: Project, *, again: bool) -> None:
    path = repository.prompt("greeting" if again else "other", "template: mine\n")
    before = path.read_bytes()
    result = repository.run("init")
    assert (result.status, result.out) == (0, ""), result.err
    assert "prompts already has prompts" in result.err
    assert path.read_bytes() == before
    assert repository.run("list", "--json").out.count('"id"') == 1


def test_below_the_top_the_user_chooses_the_place(repository: Project) -> None:
    (repository.root / "sub").mkdir()
    result = repository.run("init", cwd="sub")
    assert (result.status, result.out, result.err) == (
        2,
        "",
        "error: no prompt directory yet: it could be prompts or ../prompts\n"
        "  help: add --directory prompts or --directory ../prompts\n",
    )
    assert repository.run("init", "--directory", "prompts", cwd="sub").out == "prompts/greeting.yaml\n"
