"""The GitHub action: its shell steps, run by bash in a repository, with what GitHub would set."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ruamel.yaml import YAML

from tests.support import COMMAND, Project

ROOT = Path(__file__).parent.parent.parent
ACTION: dict[str, Any] = YAML(typ="safe").load(ROOT / "action.yml")
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
FIND, SARIF, SUMMARY, VALIDATE = (
    "Find what to compare with",
    "Write SARIF",
    "Write what changed to the summary",
    "Validate",
)
ZERO = "0" * 40


class Ran(NamedTuple):
    """How the steps of a run ended: the status of the last, all they printed, and what the files of the run hold."""

    status: int
    out: str
    err: str
    base: str
    summary: str


class Runner:
    """Runs steps as a runner of GitHub's does: one shell each, values by the environment, files for results."""

    def __init__(self, project: Project, files: Path) -> None:
        self.project = project
        self.files = files
        self.environment = {**project.environment, "PATH": f"{COMMAND.parent}:{project.environment['PATH']}"}

    def run(self, inputs: dict[str, str] | None = None, *, github: dict[str, str] | None = None, **environ: str) -> Ran:
        given = {name: one["default"] for name, one in ACTION["inputs"].items()} | (inputs or {})
        values = {f"inputs.{name}": value for name, value in given.items()}
        values |= {f"github.event.{name}": value for name, value in (github or {}).items()}
        environment = {**self.environment, "GITHUB_REF_NAME": "work", "GITHUB_BASE_REF": "", **environ}
        for name in ("GITHUB_ENV", "GITHUB_STEP_SUMMARY"):
            path = self.files / name
            path.write_text("")
            environment[name] = str(path)
        status, out, err = 0, "", ""
        for name in (FIND, SARIF, SUMMARY, VALIDATE):
            if name == SARIF and not given["sarif"]:
                continue
            done = self.step(name, values, environment)
            status, out, err = done.returncode, out + done.stdout, err + done.stderr
            if status:
                break
            environment |= dict(line.split("=", 1) for line in self.read("GITHUB_ENV").splitlines())
        base = environment.get("PROMPT_CLI_BASE", "")
        return Ran(status, out, err, base, self.read("GITHUB_STEP_SUMMARY"))

    def step(self, name: str, values: dict[str, str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        step = STEPS[name]
        own = {key: expression(text, values) for key, text in step.get("env", {}).items()}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.project.root,
            env=environment | own,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def read(self, name: str) -> str:
        return (self.files / name).read_text()


def expression(text: str, values: dict[str, str]) -> str:
    """Evaluate what the action has of GitHub's expressions: names, the first of several that is not empty."""
    match = re.fullmatch(r"\$\{\{ (.*) \}\}", text)
    assert match, text
    return next((values[name] for name in match[1].split(" || ") if values.get(name)), "")


@pytest.fixture
def runner(repository: Project, tmp_path: Path) -> Runner:
    """A branch `work` that changed a prompt without raising it, and `origin/main`, which it parted from."""
    repository.prompt("good")
    repository.prompt("old/bad", "template: '{{nmae}}'\n")
    repository.commit()
    repository.git("update-ref", "refs/remotes/origin/main", "main")
    repository.git("checkout", "-q", "-b", "work")
    repository.prompt("good", "template: Hi!\n")
    repository.commit()
    return Runner(repository, tmp_path)


ANNOTATION = "::error file=prompts/good.yaml,line=2,endLine=2,col=10,endColumn=14,title=PC501 version-not-raised::"


def test_no_script_holds_an_expression() -> None:
    """What a pull request may choose, as a branch's name, would be a part of the script."""
    assert not any("${{" in step.get("run", "") for step in STEPS.values())
    assert {step["shell"] for step in STEPS.values() if "run" in step} == {"bash"}


def test_a_pull_request_is_judged_against_its_base(runner: Runner) -> None:
    ran = runner.run({"sarif": "out.sarif"}, GITHUB_BASE_REF="main")
    assert (ran.status, ran.base) == (1, "origin/main")
    assert ran.out.startswith(ANNOTATION)
    assert ran.out.count("::error") == 1
    assert "<code>good</code>" in ran.summary
    sarif = json.loads((runner.project.root / "out.sarif").read_text())
    assert [one["ruleId"] for one in sarif["runs"][0]["results"]] == ["PC501"]


def test_the_base_of_the_event_serves_where_the_branch_is_not_there(runner: Runner) -> None:
    base = runner.project.git("rev-parse", "main")
    ran = runner.run(github={"pull_request.base.sha": base}, GITHUB_BASE_REF="gone")
    assert (ran.status, ran.base) == (1, base)


def test_a_good_change_passes(runner: Runner) -> None:
    runner.project.prompt("good", "template: Hi!\n", "1.0.1")
    runner.project.commit()
    ran = runner.run(GITHUB_BASE_REF="main")
    assert (ran.status, ran.out) == (0, "")


def test_a_push_is_judged_against_the_commit_before_it(runner: Runner) -> None:
    before = runner.project.git("rev-parse", "HEAD")
    runner.project.prompt("good", "template: Hi there!\n", "1.0.1")
    runner.project.commit()
    ran = runner.run(github={"before": before, "repository.default_branch": "main"})
    assert (ran.status, ran.base) == (0, before)


@pytest.mark.parametrize("before", [ZERO, "1" * 40])
def test_the_first_push_of_a_branch_and_one_over_another_are_judged_against_the_default_branch(
    runner: Runner, before: str
) -> None:
    ran = runner.run(github={"before": before, "repository.default_branch": "main"})
    assert (ran.status, ran.base) == (1, "origin/main")
    assert ANNOTATION in ran.out


@pytest.mark.parametrize("github", [{}, {"before": ZERO, "repository.default_branch": "work"}])
def test_without_anything_to_compare_with_all_prompts_are_checked(runner: Runner, github: dict[str, str]) -> None:
    ran = runner.run(github=github)
    assert (ran.status, ran.base, ran.summary) == (1, "", "")
    assert "file=prompts/old/bad.yaml" in ran.out


def test_a_clone_that_lacks_the_base_fails_and_says_what_to_do(runner: Runner, tmp_path: Path) -> None:
    shallow = Project(tmp_path / "shallow")
    base = runner.project.git("rev-parse", "main")
    runner.project.git("clone", "-q", "--depth=1", f"file://{runner.project.root}", str(shallow.root))
    ran = Runner(shallow, tmp_path).run({"sarif": "out.sarif"}, github={"pull_request.base.sha": base})
    assert ran.status == 3
    assert "fetch-depth: 0" in ran.err


@pytest.mark.parametrize("against", ["$(touch hacked)'; touch hacked; '", "--output=hacked"])
def test_what_is_given_is_never_run(runner: Runner, against: str) -> None:
    ran = runner.run({"against": against, "directory": 'prompts"; touch hacked; "'})
    assert ran.status == 3
    assert not (runner.project.root / "hacked").exists()


def test_a_line_break_sets_no_variable_of_the_run(runner: Runner) -> None:
    ran = runner.run({"against": "main\nPATH=/nowhere"})
    assert (ran.status, ran.base) == (2, "")


def test_warnings_fail_where_that_is_asked_for(runner: Runner) -> None:
    runner.project.write("prompt-cli.toml", 'severity = {PC501 = "warning"}\n')
    runner.project.commit()
    runner.project.git("update-ref", "refs/remotes/origin/main", "HEAD")
    runner.project.prompt("good", "template: Hello there!\n")
    assert runner.run(GITHUB_BASE_REF="main").status == 0
    assert runner.run({"strict": "true"}, GITHUB_BASE_REF="main").status == 1


def test_it_is_installed_into_a_place_of_its_own(runner: Runner, tmp_path: Path) -> None:
    """With a stand-in for Python, which says what it was asked for."""
    stand_in = tmp_path / "stand-in" / "python3"
    stand_in.parent.mkdir()
    stand_in.write_text(
        '#!/bin/sh\nprintf "%s\\n" "$@"\n[ "$2" != venv ] || { mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; }\n'
    )
    stand_in.chmod(0o755)
    environment = runner.environment | {
        "PATH": f"{stand_in.parent}{os.pathsep}{runner.environment['PATH']}",
        "RUNNER_TEMP": str(tmp_path / "a b"),
        "GITHUB_PATH": str(tmp_path / "path"),
        "GITHUB_ACTION_PATH": "/action",
    }
    for package, installed in (("", "/action"), ("prompt-cli==1.0; touch hacked", "prompt-cli==1.0; touch hacked")):
        done = runner.step("Install prompt-cli", {"inputs.package": package}, environment)
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, installed), done
    assert (tmp_path / "path").read_text().splitlines() == [f"{tmp_path}/a b/prompt-cli/bin"] * 2
