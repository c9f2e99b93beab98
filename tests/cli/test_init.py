from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from tests.support import Project

IN_PROCESS = True


def test_a_new_repository_has_an_example_that_renders_and_is_valid(repository: Project) -> None:
    result = repository.run("init")
    assert (result.status, result.out) == (0, "prompts/greeting.yaml\n"), result.err
    assert repository.run("render", "greeting", "--example", "a friend").out == "Hello Ada!\n"
    checked = repository.run("validate", "--strict")
    assert (checked.status, checked.out) == (0, ""), checked.err


def test_the_snippet_for_pre_commit_is_yaml(repository: Project) -> None:
    shown = repository.run("init").err
    snippet = shown[shown.index("  repos:") : shown.index("Check what a pull request")]
    (hook,) = YAML(typ="safe").load(snippet)["repos"][0]["hooks"]
    assert (hook["entry"], hook["files"]) == ("prompt-cli validate --staged", "^prompts/")


@pytest.mark.parametrize("again", [False, True])
def test_what_is_there_is_left_as_it_is(repository: Project, *, again: bool) -> None:
    path = repository.prompt("greeting" if again else "other", "template: mine\n")
    before = path.read_bytes()
    result = repository.run("init")
    assert (result.status, result.out) == (0, ""), result.err
    assert "prompts has prompts already" in result.err
    assert path.read_bytes() == before
    assert repository.run("list", "--json").out.count('"id"') == 1
