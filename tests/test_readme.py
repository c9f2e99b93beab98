"""The README says what the program does."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_cli.handlebars import HELPERS
from tests.support import COMMAND

if TYPE_CHECKING:
    from tests.support import Project

BLOCKS_AND_OLD = {"if", "unless", "each", "with", "lookup", "log"}
ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_prompt_of_the_readme_is_one(repository: Project) -> None:
    (prompt,) = blocks("yaml")
    repository.write("prompts/greeting.yaml", prompt)
    checked = repository.run("validate")
    assert (checked.status, checked.out) == (0, ""), checked.out
    rendered = repository.run("render", "greeting", "--example", "one piece of news")
    assert rendered.out == "Hello Ada!\n- It works (urgent)\n"
    assert repository.run("render", "greeting", "--var", "name=Ada").out == "Hello Ada!\nNothing is new.\n"


def test_the_main_job_of_the_readme_works_as_it_stands(repository: Project) -> None:
    script = next(block for block in blocks("sh") if "prompt-cli create greeting" in block)
    environment = {**repository.environment, "PATH": f"{COMMAND.parent}:{repository.environment['PATH']}"}
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", script],
        cwd=repository.root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "prompts/greeting.yaml\nHello Ada!" in done.stdout
    assert "greeting: 1.0.0 -> 1.1.0 (commit " in done.stdout
    assert "patch: version 1.0.0 -> 1.1.0 suffices\n" in done.stdout
    assert done.stdout.endswith("~ [-Hello-]{+Good day+} {{name}}!\nHello Ada!")


def test_every_helper_is_in_the_readme() -> None:
    for helper in HELPERS.values():
        known = f"`{helper.name}`" if helper.name in BLOCKS_AND_OLD else f"| `{helper.signature}` | {helper.summary} |"
        assert known in README


def test_a_file_goes_into_a_variable_as_it_is() -> None:
    done = subprocess.run(
        [str(COMMAND), "render", "code/commit-message", "--var-file", "diff=-"],
        cwd=ROOT,
        input=b"+ one line\n",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"+ one line\n" in done.stdout


def test_the_python_of_the_readme_runs(repository: Project) -> None:
    (program,) = blocks("python")
    # A history of its own: that of a checkout may be cut short.
    shutil.copytree(ROOT / "prompts", repository.root / "prompts")
    repository.commit()
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=repository.root,
        env=repository.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Login fails (urgent)" in done.stdout


def test_settings_of_the_readme_are_settings(repository: Project) -> None:
    (settings,) = blocks("toml")
    repository.write("pyproject.toml", settings)
    repository.write("assets/prompts/x.yaml", "id: x\nversion: 1.0.0\nformat: text\ntemplate: Hello!\n")
    assert repository.run("render", "x", cwd="assets").out == "Hello!"


def test_ci_runs_the_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    (pattern,) = re.findall(r"grep -m 1 -E '(.*)' README.md", script)
    found = [line for line in README.splitlines() if re.search(pattern, line)]
    assert found == ["python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/python -m pytest"]
