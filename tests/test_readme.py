"""The README says what the program does."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from ruamel.yaml import YAML

from prompt_cli import __version__
from prompt_cli.handlebars import HELPERS
from tests.support import COMMAND

if TYPE_CHECKING:
    from tests.support import Project

BLOCKS_AND_OLD = {"if", "unless", "each", "with", "lookup", "log"}
ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def snippet(mark: str) -> Any:
    """Return the data of the one snippet that holds a text."""
    (found,) = (block for block in blocks("text") if mark in block)
    return YAML(typ="safe").load(found)


def loaded(name: str) -> Any:
    return YAML(typ="safe").load(ROOT / name)


@pytest.fixture
def unraised(repository: Project) -> Project:
    """A branch that changed a prompt and did not raise its version; `origin/main` is where it began."""
    repository.prompt("good")
    repository.commit()
    repository.git("update-ref", "refs/remotes/origin/main", "main")
    repository.git("checkout", "-q", "-b", "topic")
    repository.prompt("good", "template: Hi!\n")
    repository.commit()
    return repository


def run_script(project: Project, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    paths = {"PATH": f"{COMMAND.parent}:{project.environment['PATH']}"}
    return subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", script],
        cwd=project.root,
        env=project.environment | paths | environment,
        capture_output=True,
        text=True,
        check=False,
    )


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
    done = run_script(repository, script)
    assert done.returncode == 0, done.stderr
    assert "prompts/greeting.yaml\nHello Ada!" in done.stdout
    assert "greeting: 1.0.0 -> 1.1.0 (commit " in done.stdout
    assert "patch: version 1.0.0 -> 1.1.0 suffices\n" in done.stdout
    assert done.stdout.endswith("~ [-Hello-]{+Good day+} {{name}}!\nHello Ada!")


def test_what_the_readme_has_for_pre_commit_is_there(repository: Project) -> None:
    (repo,) = snippet("hooks:")["repos"]
    assert repo["rev"] == f"v{__version__}"
    assert [hook["id"] for hook in repo["hooks"]] == [hook["id"] for hook in loaded(".pre-commit-hooks.yaml")]
    (config,) = (block for block in blocks("text") if "hooks:" in block)
    repository.write(".pre-commit-config.yaml", config)
    check = [str(COMMAND.with_name("pre-commit")), "validate-config", ".pre-commit-config.yaml"]
    environment = repository.environment | {"PRE_COMMIT_HOME": str(repository.root.parent)}
    done = subprocess.run(check, cwd=repository.root, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout


def test_what_the_readme_has_for_github_is_there() -> None:
    (steps,) = (job["steps"] for job in snippet("runs-on")["jobs"].values())
    checkout, own = steps
    (repo,) = snippet("hooks:")["repos"]
    assert own["uses"] == f"{repo['repo'].removeprefix('https://github.com/')}@{repo['rev']}"
    assert own["with"].keys() <= loaded("action.yml")["inputs"].keys()
    assert checkout["with"]["fetch-depth"] == 0


def test_what_the_readme_has_for_gitlab_runs(unraised: Project) -> None:
    (job,) = snippet("CI_PIPELINE_SOURCE").values()
    install, check = job["script"]
    assert install == "python -I -m pip install prompt-cli"
    base = unraised.git("rev-parse", "main")
    done = run_script(unraised, check, CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert done.returncode == 1, done.stderr
    report = ET.parse(unraised.root / job["artifacts"]["reports"]["junit"])  # noqa: S314 - our own output
    assert [one.get("name", "").split()[0] for one in report.iter("testcase")] == ["PC501"]


def test_what_the_readme_has_for_any_shell_runs(unraised: Project) -> None:
    (script,) = (block for block in blocks("sh") if "--against origin/main --strict" in block)
    failed = run_script(unraised, script)
    assert (failed.returncode, "PC501" in failed.stdout) == (1, True)
    unraised.prompt("good", "template: Hi!\n", "1.0.1")
    passed = run_script(unraised, script)
    assert passed.returncode == 0, passed.stderr
    assert "<code>good</code>" in (unraised.root / "prompts.md").read_text()


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
    assert found == ["python3 -I -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/python -m pytest"]
