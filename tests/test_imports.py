"""Imports of commands: a command imports only what it uses."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support import reported_words

if TYPE_CHECKING:
    from tests.support import Project

HEAVY = {"pydantic", "git", "ruamel", "structlog", "rich", "pybars", "asyncio", "aiofiles", "filelock", "jsonschema"}

PROGRAM = """
import sys
from prompt_cli.__main__ import answer
try:
    for command in sys.argv[1:]:
        answer(command.split())
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def imported(project: Project, *commands: str, environment: dict[str, str] | None = None) -> set[str]:
    """Run commands in one process, and return the packages that they import together."""
    return set(reported_words(project, PROGRAM, *commands, environment=environment))


@pytest.mark.parametrize(
    ("commands", "heavy"),
    [
        (["--version", "--help", *(f"{name} --help" for name in ("render", "create", "bump", "diff"))], set()),
        (["validate --help", "rule --help"], set()),
        (["rule", "rule PC302"], {"pydantic"}),
        (["versions greeting"], {"asyncio"}),
        (["validate", "list", "render greeting@1.0.0"], {"pydantic", "ruamel", "asyncio"}),
        (
            [f"validate --no-cache {options}" for options in ("--output-format sarif", "--staged", "--against HEAD")],
            {"pydantic", "ruamel", "asyncio"},
        ),
        (
            ["render greeting", "show greeting", "bump greeting minor --dry-run"],
            {"pydantic", "ruamel", "asyncio", "aiofiles"},
        ),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, list) else "",
)
def test_commands_import_no_more_than_they_need(repository: Project, commands: list[str], heavy: set[str]) -> None:
    repository.prompt("greeting")
    repository.commit()
    assert imported(repository, *commands) & HEAVY <= heavy


@pytest.mark.parametrize(
    "command", ["validate", "validate greeting prompts/unused.yaml --json", "validate --select PC3"]
)
def test_an_unchanged_validate_imports_nothing_heavy(repository: Project, command: str) -> None:
    repository.prompt("greeting")
    repository.prompt("unused", "variables: {tone: {type: string}}\ntemplate: ab\n")
    assert imported(repository, command) & HEAVY
    assert not imported(repository, command) & HEAVY


def test_an_unchanged_list_imports_neither_pydantic_nor_yaml(repository: Project) -> None:
    repository.prompt("greeting")
    assert imported(repository, "list") >= {"pydantic", "ruamel"}
    assert not imported(repository, "list") & {"pydantic", "ruamel"}


def test_rendering_an_unchanged_prompt_imports_nothing_heavy(repository: Project) -> None:
    repository.prompt("greeting", "variables: {tone: {type: string}}\ntemplate: 'Be {{tone}}'\n")
    command = "render greeting --var tone=kind"
    assert imported(repository, command) & HEAVY
    assert not imported(repository, command) & HEAVY


def test_a_report_format_imports_only_the_converter_of_typer(repository: Project) -> None:
    repository.prompt("unused", "variables: {tone: {type: string}}\ntemplate: ab\n")
    repository.run("validate")
    formats = ("text", "concise", "github", "junit", "markdown")
    commands = [f"validate --output-format {one}" for one in formats]
    assert imported(repository, *commands) & HEAVY <= {"pydantic"}


def test_version_imports_not_even_typer(project: Project) -> None:
    assert not imported(project, "--version") & {"typer", "re", "enum"}


def test_completing_reads_no_prompt(repository: Project) -> None:
    repository.prompt("greeting")
    for line in ("prompt-cli r", "prompt-cli render --o", "prompt-cli render gr", "prompt-cli diff --against m"):
        words = {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
        assert not imported(repository, environment=words | {"_PROMPT_CLI_COMPLETE": "complete_fish"}) & HEAVY


def test_the_package_imports_nothing(project: Project) -> None:
    program = "import sys; before = set(sys.modules); import prompt_cli; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", program], cwd=project.root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["prompt_cli"]


def test_every_public_name_is_there() -> None:
    import prompt_cli

    for name in prompt_cli.__all__:
        assert getattr(prompt_cli, name) is not None
    assert set(prompt_cli.__all__) <= set(dir(prompt_cli))
    with pytest.raises(AttributeError, match="Nothing"):
        _ = prompt_cli.Nothing
