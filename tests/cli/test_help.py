"""Help, as it is printed on a terminal of 80 columns."""

from __future__ import annotations

import re
import shlex
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, get_args, get_type_hints

import pytest
from typer.models import ArgumentInfo

from prompt_cli.cli.app import COMMANDS
from tests.documents import PAGES, ROOT, blocks

if TYPE_CHECKING:
    from tests.support import Golden, InProcess, Project

IN_PROCESS = True
GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("command", ["", *(command.name for command in COMMANDS)])
def test_help_equals_its_golden_file(project: Project, golden: Golden, command: str) -> None:
    result = project.run(*([command] if command else []), "--help")
    assert (result.status, result.err) == (0, "")
    assert "Example" in result.out
    assert max(map(len, result.out.splitlines())) <= 80
    golden.check(GOLDEN / f"help{'-' if command else ''}{command}.txt", result.out)


@pytest.mark.parametrize(
    ("command", "headings"),
    [("", ["Options", "Edit", "Inspect", "Check", "Release"]), ("validate", ["Arguments", "Options"])],
)
def test_a_terminal_gets_it_drawn_by_typer(project: InProcess, command: str, headings: list[str]) -> None:
    from rich.text import Text

    shown = Text.from_ansi(project.screen(*command.split(), "--help")).plain
    assert re.findall("─ (.+?) ─", shown) == headings
    assert max(map(len, shown.splitlines())) <= 80
    assert "[auto|always|never]" in shown  # nothing in brackets is Rich's markup
    assert "\n   prompt-cli" in shown
    assert project.screen(*command.split(), "--help", "--color", "never") == project.run(*command.split(), "-h").out


def test_without_a_command_help_is_shown_as_wrong_usage(project: Project) -> None:
    bare = project.run()
    assert (bare.status, bare.out) == (2, "")
    assert bare.err == project.run("--help").out


@pytest.mark.parametrize("arguments", [["-h"], ["render", "-h"]])
def test_the_short_option_does_the_same(project: Project, arguments: list[str]) -> None:
    assert project.run(*arguments).out == project.run(*arguments[:-1], "--help").out


@pytest.mark.parametrize(
    "arguments",
    [
        ["nope"],
        ["render"],
        ["render", "a", "b"],
        ["render", "a", "--xyz"],
        ["render", "a", "--var", "x"],
        ["render", "a", "--output-format", "xml"],
        ["bump"],
        ["bump", "--all", "a"],
        ["versions", "a", "-n", "0"],
        ["diff", "a@1.0.0", "a@1.1.0", "x"],
        ["create", "new"],
        ["create", "new", "b"],
        ["create", "new", "--template", "x", "--from-file", "y"],
        ["rule", "PC301", "PC302"],
        ["validate", "--fail-on", "x"],
        ["validate", "--fail-on", "info", "--strict"],
        ["validate", "--output-format", "xml"],
        ["validate", "--severity", "PC302"],
        ["validate", "-"],
        ["validate", "-", "a", "--stdin-filename", "prompts/a.yaml"],
        ["validate", "--stdin-filename", "prompts/a.yaml"],
    ],
)
def test_wrong_usage_names_the_help_command(repository: Project, arguments: list[str]) -> None:
    repository.prompt("a")
    result = repository.run(*arguments)
    assert (result.status, result.out) == (2, ""), result
    assert result.err.startswith("error: ")
    assert "--help` shows the usage" in result.err


def test_every_example_of_the_help_is_a_command(project: Project) -> None:
    """An example that cannot even be read as a command would be worse than none."""
    for command in COMMANDS:
        for example in command.examples:
            words = shlex.split(example)
            assert words[:2] == ["prompt-cli", command.name]
            result = project.run(*words[1:])
            assert result.status != 2, (example, result.err)


def test_commands_of_the_documents_are_commands() -> None:
    code = "".join(f"{block.text}\n" for page in PAGES for block in blocks(page) if block.language in {"sh", "text"})
    inline = "".join(f"{text}\n" for page in PAGES for text in re.findall(r"`([^`\n]+)`", (ROOT / page).read_text()))
    named = set(re.findall(r"^prompt-cli ([a-z]+)\b", code + inline, re.MULTILINE))
    assert named <= {command.name for command in COMMANDS}
    assert {"validate", "rule"} <= named


def test_arguments_are_text() -> None:
    """The words of other arguments would need a conversion."""
    for command in COMMANDS:
        module = import_module(f"prompt_cli.cli.commands.{command.name}")
        function = getattr(module, command.function or command.name)
        kinds = {
            kind
            for kind, *details in filter(None, map(get_args, get_type_hints(function, include_extras=True).values()))
            if isinstance(details[0], ArgumentInfo)
        }
        assert kinds <= {str, str | None, list[str] | None}, command.name
