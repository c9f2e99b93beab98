"""Conventions of command lines: directories, colors, quiet runs and help."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support import COMMAND

if TYPE_CHECKING:
    from tests.support import InProcess, Project

IN_PROCESS = True


@pytest.fixture
def changed(repository: Project) -> Project:
    """A repository with an uncommitted change, and no variable that concerns colors."""
    repository.prompt("x", "template: old\n")
    repository.commit()
    repository.prompt("x", "template: new\n")
    for name in ("NO_COLOR", "TERM"):
        del repository.environment[name]
    return repository


@pytest.mark.parametrize(
    "arguments",
    [
        ("-C", "deep", "validate", "../prompts/x.yaml"),
        ("validate", "../prompts/x.yaml", "-C", "deep"),
        ("-C", "prompts", "-C", "..", "-C", "deep", "validate", "../prompts/x.yaml"),
        ("-C", "prompts", "validate", "-C", "../deep", "../prompts/x.yaml"),
        ("-C", "", "validate", "prompts/x.yaml"),
        ("--directory", "../prompts", "-C", "deep", "validate", "../prompts/x.yaml"),
    ],
)
def test_c_starts_in_a_directory(project: Project, arguments: tuple[str, ...]) -> None:
    project.prompt("x")
    (project.root / "deep").mkdir()
    result = project.run(*arguments, "--output-format", "concise")
    assert (result.status, result.out, result.err) == (0, "", "1 prompt checked, no problems\n")


def test_output_of_a_command_is_relative_to_c(project: Project) -> None:
    project.prompt("x", "template: |-\n  Hello\n")
    assert project.run("-C", "prompts", "render", "x", "--output", "out.txt").status == 0
    assert project.read("prompts/out.txt") == b"Hello"


def test_a_deleted_current_directory_is_an_error(project: Project) -> None:
    script = f"mkdir gone; cd gone; rmdir ../gone; '{COMMAND}' list"
    ended = subprocess.run(["bash", "-c", script], cwd=project.root, capture_output=True, check=False)
    assert (ended.returncode, b"the current directory was deleted" in ended.stderr) == (3, True)


def test_c_names_a_directory_that_exists(project: Project) -> None:
    result = project.run("-C", "nope", "list")
    assert (result.status, result.out) == (2, "")
    assert "cannot change to 'nope': No such file or directory" in result.err


@pytest.mark.parametrize(
    ("options", "environment", "colored"),
    [
        ([], {}, False),
        (["--color", "auto"], {}, False),
        (["--color", "always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1", "TERM": "dumb"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": ""}, False),
        ([], {"CLICOLOR_FORCE": "1"}, True),
        ([], {"CLICOLOR_FORCE": "0"}, False),
        ([], {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
    ],
)
def test_colors_in_a_pipe(changed: Project, options: list[str], environment: dict[str, str], *, colored: bool) -> None:
    assert ("\x1b" in changed.run("show", "nope", *options, environment=environment).err) is colored


@pytest.mark.parametrize("colored", [True, False])
def test_colors_hold_for_all_that_is_written(changed: Project, colored: bool) -> None:  # noqa: FBT001 - a parameter of the table
    for command in ("diff x", "diff x --output-format unified", "list --help", "list --nope", "rule -v", "rule PC302"):
        result = changed.run(*command.split(), "--color", "always" if colored else "never")
        assert ("\x1b" in result.out + result.err) is colored, command
    for command in ("diff x --json", "show x", "render x", "list --json"):
        assert "\x1b" not in changed.run(*command.split(), "--color", "always").out


@pytest.mark.parametrize(
    ("options", "environment", "colored"),
    [
        ([], {}, True),
        ([], {"NO_COLOR": ""}, True),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"TERM": "dumb"}, False),
        (["--color", "never"], {}, False),
    ],
)
def test_colors_on_a_terminal(
    changed: InProcess, options: list[str], environment: dict[str, str], *, colored: bool
) -> None:
    assert ("\x1b" in changed.screen("diff", "x", *options, environment=environment)) is colored


def test_a_file_gets_colors_neither(changed: Project) -> None:
    assert changed.run("diff", "x", "--color", "always", "--output", "out.txt").status == 0
    assert b"\x1b" not in changed.read("out.txt")


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate",),
        ("validate", "--staged"),
        ("diff", "a", "--rendered"),
        ("mv", "a", "b", "--dry-run"),
        ("create", "created", "--template", "Hello"),
        ("init",),
    ],
)
def test_a_quiet_run_writes_data_alone(repository: Project, arguments: tuple[str, ...]) -> None:
    repository.prompt("a")
    repository.commit()
    repository.prompt("new")
    noisy = repository.run(*arguments)
    (repository.root / "prompts/created.yaml").unlink(missing_ok=True)
    for quiet in (("-q", *arguments), (*arguments, "--quiet")):
        result = repository.run(*quiet)
        assert (result.status, result.out, result.err) == (noisy.status, noisy.out, "")
        (repository.root / "prompts/created.yaml").unlink(missing_ok=True)
    assert noisy.err


@pytest.mark.parametrize(
    "arguments", [("show", "nope"), ("list", "nope"), ("render", "broken"), ("show", "broken"), ("bump",)]
)
def test_a_quiet_run_writes_errors(repository: Project, arguments: tuple[str, ...]) -> None:
    repository.prompt("a")
    repository.write("prompts/broken.yaml", "id: [\n")
    result, noisy = repository.run("-q", *arguments), repository.run(*arguments)
    assert result == noisy
    assert result.status
    assert result.err


@pytest.mark.parametrize("command", ["", "render", "help"])
def test_help_is_a_command(project: Project, command: str) -> None:
    words = command.split()
    assert project.run("help", *words) == project.run(*words, "--help")


def test_help_of_a_command_that_does_not_exist(project: Project) -> None:
    result = project.run("help", "rendr")
    assert (result.status, result.out) == (2, "")
    assert "'render'" in result.err


def test_render_writes_json(project: Project) -> None:
    project.prompt("x", "template: |-\n  Hello\n")
    result = project.run("render", "x", "--json")
    assert result.json["messages"] == [{"role": "user", "content": "Hello"}]
    assert result == project.run("render", "x", "--output-format", "messages")


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("rendr greeting --var name=Ada", "rendr"),
        ("help rendr", "rendr"),
        ("validate --jsn", "--jsn"),
        ("validate --quite", "--quite"),
        ("validate --output-format jsn", "jsn"),
        ("validate --fail-on warn", "warn"),
        ("validate --color alway", "alway"),
        ("validate --log-format jso", "jso"),
        ("validate --select PC99", "PC99"),
        ("validate --ignore unused-varable", "unused-varable"),
        ("validate --severity PC301=eror", "eror"),
        ("validate --severity PC3022=error", "PC3022"),
        ("validate greting", "greting"),
        ("rule unused-varable", "unused-varable"),
        ("rule pc3022", "pc3022"),
        ("rule PC9", "PC9"),
        ("show greting", "greting"),
        ("show Greeting", "Greeting"),
        ("show greeting.yaml", "greeting.yaml"),
        ("render greting --var name=Ada", "greting"),
        ("render greeting --var name=Ada --engine pybar", "pybar"),
        ("render greeting --var name=Ada --output-format message", "message"),
        ("diff greting", "greting"),
        ("diff greeting --output-format markdwn", "markdwn"),
        ("bump greting", "greting"),
        ("versions greting", "greting"),
        ("list greting", "greting"),
        ("list GREETING", "GREETING"),
        ("create new.yaml --template x", "new.yaml"),
        ("mv greeting new.yaml", "new.yaml"),
        ("render greeting name=Ada", "name=Ada"),
        ("list suport", "suport"),
        ("list 'suport/*'", "suport/*"),
        ("list --tag prodction", "prodction"),
        ("list greeting --tag prodction", "prodction"),
        ("render greeting --example 'a frend'", "a frend"),
        ("diff greeting --rendered --example 'a frend'", "a frend"),
        ("bump greeting majr", "majr"),
        ("bump --all majr", "majr"),
        ("create new --template x --format caht", "caht"),
        *(
            (f"create new --template x --var a:{name}", name)
            for name in ("int", "list", "str", "dict", "float", "bool", "strin")
        ),
    ],
)
def test_a_suggestion_works(repository: Project, command: str, wrong: str) -> None:
    example = "examples: [{name: a friend, variables: {name: Ada}}]\n"
    body = "tags: [production]\nvariables: {name: {type: string}}\ntemplate: Hello {{name}}!\n"
    repository.prompt("greeting", body + example)
    repository.prompt("support/reply", "tags: [support]\ntemplate: Hi\n")
    repository.commit()
    result = repository.run(*shlex.split(command))
    assert result.status
    assert result.out == ""
    suggestion = re.search(r"help: (?:did you mean |try )?'([^']+)'", result.err)
    assert suggestion, result.err
    again = repository.run(*shlex.split(command.replace(wrong, suggestion[1])))
    assert (again.status, "error" in again.err) == (0, False), again.err


@pytest.mark.parametrize(
    ("command", "advice"),
    [
        ("diff HEAD", "`prompt-cli diff --against HEAD` compares all prompts with a revision"),
        ("diff HEAD~1", "`prompt-cli diff --against 'HEAD~1'` compares all prompts with a revision"),
        ("diff main", "`prompt-cli diff --against main` compares all prompts with a revision"),
        ("bump major greeting", "a level follows the prompts: `prompt-cli bump greeting major`"),
        ("bump patch", "a level follows the prompts: `prompt-cli bump --all patch`"),
        ("bump greeting v2.0.0", "try 2.0.0"),
        ("show prompts/greeting.yml", "the file of a prompt ends in .yaml"),
        ("render greeting@:index", "the index is :staged"),
        ("schema --output none/x.json", "create its directory first"),
        ("render greeting values.json", "did you mean '--vars values.json'?"),
        ("render greeting name=Ada", "did you mean '--var name=Ada'?"),
        ("render greeting 'name=Ada Lovelace'", "`prompt-cli render --help` shows the usage"),
        ("show greeting values.json", "`prompt-cli show --help` shows the usage"),
    ],
)
def test_an_error_says_what_to_do(repository: Project, command: str, advice: str) -> None:
    repository.commit()
    repository.prompt("greeting")
    result = repository.run(*shlex.split(command))
    assert (result.status in {2, 3}, result.out) == (True, "")
    assert result.err.endswith(f"\n  help: {advice}\n")


@pytest.mark.parametrize(
    "command",
    [
        "list",
        "list x",
        "validate",
        "validate x",
        "diff --against HEAD",
        "diff x",
        "show x",
        "show x@HEAD",
        "render x",
        "bump x",
        "mv x y",
    ],
)
def test_the_help_without_prompts_works(repository: Project, command: str) -> None:
    repository.commit()
    (repository.root / "prompts").mkdir()
    result = repository.run(*command.split())
    advice = re.search(r"`prompt-cli ([^`]*)`", result.err)
    assert result.status == 3
    assert advice, result.err
    editor = repository.write(
        "editor", '#!/bin/sh\nprintf "id: new\\nversion: 1.0.0\\nformat: text\\ntemplate: Hi\\n" > "$1"\n'
    )
    editor.chmod(0o755)
    words = advice[1].replace("ID", "new").split()
    assert repository.run(*words, environment={"EDITOR": str(editor)}).status == 0


def test_a_rule_is_named_by_code_name_and_family(project: Project) -> None:
    assert project.run("rule", "pc302") == project.run("rule", "unused-variable")
    family = project.run("rule", "PC3", "--json").json["rules"]
    assert family
    assert all(one["code"].startswith("PC3") for one in family)
