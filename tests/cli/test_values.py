"""Values of variables from examples, files and assignments: their order, and errors of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support import Project

IN_PROCESS = True

_BODY = """\
variables: {a: {type: string}, b: {type: string}, c: {type: string}}
template: "{{a}}{{b}}{{c}}"
examples:
  - {name: one, variables: {a: "1", b: "1", c: "1"}}
  - {name: two, variables: {b: "2"}}
"""
_ONE, _TWO = ("--example", "one"), ("--example", "two")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (_ONE, "111"),
        ((*_ONE, *_TWO), "121"),
        ((*_TWO, *_ONE), "111"),
        (("--vars", "base.json", *_ONE), "xx1"),
        (("--vars", "base.json", "--vars", "more.yaml", *_ONE), "xy1"),
        (("--vars", "more.yaml", "--vars", "base.json", *_ONE), "xx1"),
        (("--vars", "base.json", "--var", "b=v", "--var-file", "c=file", "--vars", "more.yaml"), "xvf"),
        (("--var", "c=v", "--var-file", "c=file", *_ONE), "11v"),
        (("--var", "a=1", "--var", "a=2", *_ONE), "211"),
    ],
)
def test_later_values_win_and_var_beats_files(repository: Project, options: tuple[str, ...], text: str) -> None:
    repository.prompt("p", _BODY)
    repository.write("base.json", '{"a": "x", "b": "x"}')
    repository.write("more.yaml", "b: y\n")
    repository.write("file", "f")
    result = repository.run("render", "p", *options)
    assert (result.status, result.out) == (0, text), result.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[1, 2]", "values must be an object"),
        ("just text", "values must be an object"),
        ("", "the values file is empty"),
        ("a: b\n---\na: c\n", "a second document begins here"),
        ("a: b\n...\nc\n", "a second document begins here"),
        ("a: 1\n" + " " * 2_000_000, "write it as JSON"),
        (
            '{"a": "1", "b": {"c": "a", "d": "}"},\n "a": "2"}',
            "standard input:2:2: error: duplicate key 'a'",
        ),
        ('{"b": [{"c\\"": 1, "c\\"": 2}]}', "standard input:1:19: error: duplicate key"),
        ("a: [\n", "standard input:2:1: error:"),
        ('{"a": "Hidden", "a": "Hidden"}', "standard input:1:17: error: duplicate key"),
        ('{"a": "Hidden", "b": ]', "standard input:1:22: error: not valid JSON"),
        ('{"a": "Hidden", "b": 1e999}', "standard input:1:22: error:"),
        ("a: Hidden\na: Hidden\n", "standard input:2:1: error: duplicate key"),
        ("a: Hidden\nb: [Hidden\n", "standard input:2:4: error:"),
        ('a: {"Hidden" Hidden}\n', "standard input:1:"),
    ],
)
def test_errors_of_a_values_file_speak_of_values(repository: Project, content: str, words: str) -> None:
    repository.prompt("p", _BODY)
    result = repository.run("render", "p", "--vars", "-", stdin=content.encode())
    assert (result.status, result.out) == (1, ""), result.err
    assert words in result.err
    assert "prompt" not in result.err
    assert "id:" not in result.err
    assert "Hidden" not in result.err


def test_standard_input_is_read_once(repository: Project) -> None:
    repository.prompt("p", _BODY)
    result = repository.run("render", "p", "--vars", "-", "--vars", "-", stdin=b"{}")
    assert result.status == 2
    assert result.err.startswith("error: --vars: standard input can be read only once\n")


def test_the_name_of_an_image_is_no_value_of_it(repository: Project) -> None:
    body = "variables: {cat: {type: image}}\nmessages: [{role: user, content: [{image: cat}]}]\n"
    repository.write("prompts/p.yaml", f"id: p\nversion: 1.0.0\nformat: chat\n{body}")
    result = repository.run("render", "p", "--var", "cat=cat.png")
    assert (result.status, result.out) == (1, "")
    assert result.err.endswith("\n  help: pass --var-file NAME=FILE\n")


def test_a_file_without_end_is_an_error(repository: Project) -> None:
    repository.prompt("p", _BODY)
    result = repository.run("render", "p", "--vars", "/dev/zero")
    assert (result.status, result.out) == (3, "")
    assert "/dev/zero could not be read: it has more than" in result.err
