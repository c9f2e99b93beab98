"""What is imported, and when: a command pays for nothing it does not use."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support import told

if TYPE_CHECKING:
    from tests.support import Project

HEAVY = {"pydantic", "git", "ruamel", "structlog", "rich", "pybars", "asyncio", "aiofiles", "filelock", "jsonschema"}

PROGRAM = """
import sys
from prompt_cli.__main__ import answer
try:
    answer(sys.argv[1:])
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def imported(project: Project, *arguments: str, environment: dict[str, str] | None = None) -> set[str]:
    return set(told(project, PROGRAM, *arguments, environment=environment))


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (["--version"], set()),
        (["--help"], set()),
        (["render", "--help"], set()),
        (["create", "--help"], set()),
        (["bump", "--help"], set()),
        (["diff", "--help"], set()),
        (["validate", "--help"], set()),
        (["rule", "--help"], set()),
        (["render", "greeting"], {"pydantic", "ruamel", "asyncio", "aiofiles"}),
        (["show", "greeting"], {"pydantic", "ruamel", "asyncio", "aiofiles"}),
        (["list"], {"pydantic", "ruamel", "asyncio"}),
        (["validate"], {"pydantic", "ruamel", "asyncio"}),
        (["validate", "--output-format", "sarif"], {"pydantic", "ruamel", "asyncio"}),
        (["validate", "--staged"], {"pydantic", "ruamel", "asyncio"}),
        (["validate", "--against", "HEAD"], {"pydantic", "ruamel", "asyncio"}),
        (["rule"], {"pydantic"}),
        (["rule", "PC302"], {"pydantic"}),
        (["versions", "greeting"], {"asyncio"}),
        (["render", "greeting@1.0.0"], {"pydantic", "ruamel", "asyncio"}),
        (["bump", "greeting", "minor", "--dry-run"], {"pydantic", "ruamel", "asyncio", "aiofiles"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_command_imports_no_more_than_it_needs(repository: Project, arguments: list[str], heavy: set[str]) -> None:
    repository.prompt("greeting")
    repository.commit()
    assert imported(repository, *arguments) & HEAVY <= heavy


@pytest.mark.parametrize("arguments", [["validate"], ["validate", "greeting", "prompts/unused.yaml", "--json"]])
def test_an_unchanged_validate_imports_nothing_heavy(repository: Project, arguments: list[str]) -> None:
    repository.prompt("greeting")
    repository.prompt("unused", "variables: {tone: {type: string}}\ntemplate: ab\n")
    assert imported(repository, *arguments) & HEAVY
    assert not imported(repository, *arguments) & HEAVY


@pytest.mark.parametrize("report_format", ["text", "concise", "github", "junit", "markdown"])
def test_a_report_format_imports_only_the_converter_of_typer(repository: Project, report_format: str) -> None:
    repository.prompt("unused", "variables: {tone: {type: string}}\ntemplate: ab\n")
    repository.run("validate")
    assert imported(repository, "validate", "--output-format", report_format) & HEAVY <= {"pydantic"}


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
