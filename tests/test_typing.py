"""The public types, as type checkers of users read them; `test_quality.py` runs mypy on the user's script."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import prompt_cli

if TYPE_CHECKING:
    from tests.support import Project

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "tests" / "typing" / "user_script.py"
PYRIGHT = ROOT / ".node" / "node_modules" / "pyright" / "index.js"

needs_pyright = pytest.mark.skipif(
    "CI" not in os.environ and (shutil.which("node") is None or not PYRIGHT.exists()),
    reason="pyright is not installed: `npm install --no-save --prefix .node pyright@1.1.414`",
)


def pyright(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pyright with the Python of the tests, which it looks for in PATH."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = ["node", str(PYRIGHT), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@needs_pyright
def test_every_public_name_has_a_type() -> None:
    done = pyright("--verifytypes", "prompt_cli", "--ignoreexternal")
    assert "Type completeness score: 100%" in done.stdout, done.stdout


@needs_pyright
def test_pyright_accepts_a_users_script() -> None:
    done = pyright(str(SCRIPT))
    assert done.returncode == 0, done.stdout


def test_a_users_script_uses_every_public_name() -> None:
    text = SCRIPT.read_text()
    assert [name for name in prompt_cli.__all__ if len(re.findall(rf"\b{name}\b", text)) < 2] == ["__version__"]


def test_a_users_script_runs(repository: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.prompt("greeting", "variables: {name: {type: string}}\ntemplate: Hello {{name}}!\n")
    repository.commit()
    monkeypatch.chdir(repository.root)
    runpy.run_path(str(SCRIPT), run_name="__main__")
