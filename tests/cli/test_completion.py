"""Completion: the scripts, and what they complete, in the shells that are there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import COMMAND

if TYPE_CHECKING:
    from tests.support import Golden, Project

SCRIPTS = Path(__file__).parent.parent.parent / "completions"
FILES = {"bash": "prompt-cli.bash", "zsh": "_prompt-cli", "fish": "prompt-cli.fish", "powershell": "prompt-cli.ps1"}


@pytest.mark.parametrize("shell", FILES)
def test_the_script_is_what_the_program_prints(project: Project, golden: Golden, shell: str) -> None:
    result = project.run(environment={"_PROMPT_CLI_COMPLETE": f"source_{shell}"})
    assert result.status == 0
    golden.check(SCRIPTS / FILES[shell], result.out.rstrip("\n") + "\n")


def complete_in_bash(project: Project, *words: str) -> list[str]:
    script = f"""
        source {SCRIPTS / "prompt-cli.bash"}
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _prompt_cli_completion prompt-cli
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    environment = {**project.environment, "PATH": f"{COMMAND.parent}:{project.environment['PATH']}"}
    done = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", *words],
        cwd=project.root,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


@pytest.fixture
def prompts(repository: Project) -> Project:
    for prompt_id in ("support/triage", "support/reply", "sql"):
        repository.prompt(prompt_id)
    # Names that a shell would run, and that are no ids: they are never offered.
    repository.write("prompts/$(touch made).yaml", "")
    repository.write("prompts/a b.yaml", "")
    repository.write("prompts/broken.yaml", "{")
    return repository


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["prompt-cli", "render", ""], ["broken", "sql", "support/reply", "support/triage"]),
        (["prompt-cli", "render", "su"], ["support/reply", "support/triage"]),
        (["prompt-cli", "show", "support/t"], ["support/triage"]),
        (["prompt-cli", "versions", "sq"], ["sql"]),
        (["prompt-cli", "validate", "sql", "br"], ["broken"]),
        (["prompt-cli", "ren"], ["render"]),
        (["prompt-cli", "render", "sql", "--output-f"], ["--output-format"]),
        (["prompt-cli", "render", "sql", "--output-format", ""], ["text", "messages"]),
        (["prompt-cli", "bump", "sql", "m"], ["major", "minor"]),
        (["prompt-cli", "render", "nothing-like-this"], []),
    ],
)
def test_bash_completes(prompts: Project, words: list[str], expected: list[str]) -> None:
    assert complete_in_bash(prompts, *words) == expected
    assert not (prompts.root / "made").exists()


def test_bash_completes_nothing_where_there_is_no_project(project: Project) -> None:
    assert complete_in_bash(project, "prompt-cli", "render", "") == []


def test_bash_completes_the_ids_of_the_directory_that_is_named(prompts: Project) -> None:
    words = ["prompt-cli", "--directory", str(prompts.root / "prompts" / "support"), "render", ""]
    assert complete_in_bash(prompts, *words) == ["reply", "triage"]


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed: apt-get install fish")
def test_fish_completes(prompts: Project) -> None:
    environment = {**prompts.environment, "PATH": f"{COMMAND.parent}:{prompts.environment['PATH']}"}
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source {SCRIPTS / 'prompt-cli.fish'}; complete -C 'prompt-cli render su'"],
        cwd=prompts.root,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["support/reply", "support/triage"]
