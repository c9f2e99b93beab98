"""The tools that hold the code, run as tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "--no-cache", "."],
        ["ruff", "format", "--no-cache", "--check", "."],
        ["mypy"],
        ["lint-imports", "--no-cache"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_tool_passes(command: list[str]) -> None:
    tool = Path(sys.executable).with_name(command[0])
    done = subprocess.run([str(tool), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_ignore_is_blanket() -> None:
    blanket = re.compile(r"#\s*(type: ignore(?!\[)|noqa(?!: [A-Z]))")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in ("prompt_cli", "tests", "docs")
        for path in (ROOT / folder).rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if blanket.search(line) and path != Path(__file__)
    ]
    assert found == []


def test_nothing_reaches_into_the_interpreter() -> None:
    trick = re.compile(
        r"sys\.meta_path|sys\.modules(\[.*\] *=[^=]|\.setdefault)|tuple\.__new__\(|from _[a-z]\w* import|dataclasses\.dataclass =|ctypes"
    )
    found = [
        str(path.relative_to(ROOT)) for path in (ROOT / "prompt_cli").rglob("*.py") if trick.search(path.read_text())
    ]
    assert found == []


def test_top_level_holds_only_the_projects_files() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    top = {path.split("/")[0] for path in tracked if path and not path.startswith(".")}
    assert top <= {
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "README.md",
        "SECURITY.md",
        "action.yml",
        "completions",
        "docs",
        "mkdocs.yml",
        "prompt_cli",
        "prompts",
        "pyproject.toml",
        "tests",
    }
