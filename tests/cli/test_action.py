"""The GitHub action: its shell steps, run by bash in a repository with GitHub's variables."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ruamel.yaml import YAML

from tests.support import COMMAND, Project

ROOT = Path(__file__).parent.parent.parent
ACTION: dict[str, Any] = YAML(typ="safe").load(ROOT / "action.yml")
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
INSTALL = "Install prompt-cli"
SUMMARY = ACTION["inputs"]["summary"]["default"]
ZERO = "0" * 40


class Ran(NamedTuple):
    """The result of a run: the status of the last step, all output, and the contents of the files."""

    status: int
    out: str
    err: str
    base: str
    summary: str
    used: list[dict[str, Any]]
    """The inputs of steps that use other actions."""


class Runner:
    """Runs steps as a runner of GitHub's does: one shell each, values by the environment, files for results."""

    def __init__(self, project: Project, files: Path) -> None:
        self.project = project
        self.files = files
        self.environment = {**project.environment, "RUNNER_TEMP": str(files), "GITHUB_ACTION_PATH": str(ROOT)}

    def run(
        self,
        inputs: dict[str, str] | None = None,
        event: dict[str, Any] | None = None,
        *,
        install: bool = False,
        **environ: str,
    ) -> Ran:
        """Run every step; without `install`, what is installed is the environment of the tests.

        The summary is left out where it is not asked for.
        """
        defaults = {name: one["default"] for name, one in ACTION["inputs"].items()}
        given = defaults | {"summary": "false"} | (inputs or {})
        context: dict[str, Any] = {"inputs": given, "github": {"event": event or {}}, "steps": {}}
        environment = {**self.environment, "GITHUB_REF_NAME": "work", "GITHUB_BASE_REF": "", **environ}
        for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"):
            path = self.files / name
            path.write_text("")
            environment[name] = str(path)
        if not install:
            installed = Path(environment["RUNNER_TEMP"], "prompt-cli")
            installed.unlink(missing_ok=True)
            installed.symlink_to(sys.prefix)
        status, out, err = 0, "", ""
        used: list[dict[str, Any]] = []
        for step in STEPS:
            if (step["name"] == INSTALL and not install) or not self.holds(step.get("if", "true"), context):
                continue
            if "uses" in step:
                used.append({key: substituted(value, context) for key, value in step["with"].items()})
                continue
            done = self.step(step, context, environment)
            status, out, err = done.returncode, out + done.stdout, err + done.stderr
            if status:
                break
            outputs = dict(line.split("=", 1) for line in self.read("GITHUB_OUTPUT").splitlines())
            context["steps"] |= {step["id"]: {"outputs": outputs}} if "id" in step else {}
            assert not self.read("GITHUB_ENV") + self.read("GITHUB_PATH"), "the job's other steps are left alone"
        base = looked_up("steps.base.outputs.commit", context)
        return Ran(status, out, err, base, self.read("GITHUB_STEP_SUMMARY"), used)

    def step(
        self, step: dict[str, Any], context: dict[str, Any], environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        own = {key: substituted(text, context) for key, text in step.get("env", {}).items()}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.project.root,
            env=environment | own,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def holds(self, condition: str, context: dict[str, Any]) -> bool:
        """Evaluate a condition of the action: comparisons with texts that must all hold."""
        return all(self.compared(one, context) for one in condition.split(" && ") if one != "true")

    def compared(self, comparison: str, context: dict[str, Any]) -> bool:
        match = re.fullmatch(r"(hashFiles\()?([\w.-]+)\)? (==|!=) '(\w*)'", comparison)
        assert match, comparison
        value = looked_up(match[2], context)
        if match[1]:
            value = "hash" if (self.project.root / value).is_file() else ""
        return (value == match[4]) is (match[3] == "==")

    def read(self, name: str) -> str:
        return (self.files / name).read_text()


def looked_up(name: str, context: dict[str, Any]) -> str:
    """Return the value of a name; empty if the event lacks it."""
    value: Any = context
    for part in name.split("."):
        value = value.get(part) or {}
    return value or ""


def substituted(text: str, context: dict[str, Any]) -> str:
    """Evaluate an expression of the action: the first of its names that is not empty."""
    match = re.fullmatch(r"\$\{\{ ([\w. |-]+) \}\}", text)
    if match is None:
        assert "${{" not in text
        return text
    return next(filter(None, (looked_up(name, context) for name in match[1].split(" || "))), "")


def pushed(before: str, default_branch: str = "main") -> dict[str, Any]:
    """Return the data of a push event that the action reads.

    Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
    """
    forced = before == "1" * 40
    return {"before": before, "forced": forced, "repository": {"default_branch": default_branch}, "head_commit": None}


def requested(base: str) -> dict[str, Any]:
    """Return the data of a pull request event.

    Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
    """
    head = {"ref": "$(touch hacked)", "sha": "2" * 40}
    request = {"base": {"ref": "main", "sha": base}, "head": head, "title": "`touch hacked`"}
    return {"action": "synchronize", "pull_request": request, "repository": {"default_branch": "main"}}


@pytest.fixture
def runner(repository: Project, tmp_path: Path) -> Runner:
    """A branch `work` that changed a prompt without a bump, and `origin/main`, which it parted from."""
    repository.prompt("good")
    repository.prompt("old/bad", "template: '{{nmae}}'\n")
    repository.commit()
    repository.git("update-ref", "refs/remotes/origin/main", "main")
    repository.git("checkout", "-q", "-b", "work")
    repository.prompt("good", "template: Hi!\n")
    repository.commit()
    return Runner(repository, tmp_path)


ANNOTATION = "::error file=prompts/good.yaml,line=2,endLine=2,col=10,endColumn=14,title=PC501 version-not-bumped::"


def test_no_script_holds_an_expression() -> None:
    """Text that a pull request chooses, such as a branch's name, would be a part of the script."""
    assert not any("${{" in step.get("run", "") for step in STEPS)
    assert {step["shell"] for step in STEPS if "run" in step} == {"bash"}


def test_pull_request_is_checked_against_its_base(runner: Runner) -> None:
    event = requested(runner.project.git("rev-parse", "main"))
    ran = runner.run({"sarif": "out.sarif", "summary": SUMMARY}, event, GITHUB_BASE_REF="main")
    assert (ran.status, ran.base) == (1, "origin/main")
    assert ran.out.startswith(ANNOTATION)
    assert ran.out.count("::error") == 1
    assert "<code>good</code>" in ran.summary
    sarif = json.loads((runner.project.root / "out.sarif").read_text())
    assert [one["ruleId"] for one in sarif["runs"][0]["results"]] == ["PC501"]
    assert ran.used == []
    assert not (runner.project.root / "hacked").exists()


def test_every_action_of_others_is_pinned() -> None:
    """Tags and branches of other projects can be moved to any commit."""
    for path in (ROOT / "action.yml", ROOT / "docs" / "ci.md"):
        lines = [line for line in path.read_text().splitlines() if re.search(r"^\s*(- )?uses:", line)]
        pinned = re.compile(r"uses: (OWNER/prompt-cli@v[\d.]+|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$")
        assert lines
        assert [line for line in lines if not pinned.search(line)] == []


def test_sarif_is_uploaded_where_there_is_some_and_a_report_of_the_checkout_is_not(
    runner: Runner, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("{}")
    (runner.project.root / "out.sarif").symlink_to(elsewhere)
    asked = {"sarif": "out.sarif", "upload-sarif": "true"}
    failed = runner.run(asked | {"against": "nowhere"})
    assert (failed.status, failed.used) == (3, []), "nothing was written"
    ran = runner.run(asked, GITHUB_BASE_REF="main")
    assert (ran.status, ran.used) == (1, [{"sarif_file": "out.sarif", "category": "prompt-cli"}])
    assert elsewhere.read_text() == "{}"


def test_base_commit_of_the_event_replaces_a_missing_branch(runner: Runner) -> None:
    base = runner.project.git("rev-parse", "main")
    ran = runner.run(event=requested(base), GITHUB_BASE_REF="gone")
    assert (ran.status, ran.base) == (1, base)
    merge_queue = runner.run(event={"merge_group": {"base_sha": base, "base_ref": "refs/heads/main"}})
    assert (merge_queue.status, merge_queue.base) == (1, base)
    assert SUMMARY == "true"
    assert merge_queue.summary == "", "the summary can be left out"


def test_a_good_change_passes(runner: Runner) -> None:
    runner.project.prompt("good", "template: Hi!\n", "1.0.1")
    runner.project.commit()
    ran = runner.run(GITHUB_BASE_REF="main")
    assert (ran.status, ran.out) == (0, "")


def test_push_is_checked_against_the_commit_before_it(runner: Runner) -> None:
    before = runner.project.git("rev-parse", "HEAD")
    runner.project.prompt("good", "template: Hi there!\n", "1.0.1")
    runner.project.commit()
    ran = runner.run(event=pushed(before))
    assert (ran.status, ran.base) == (0, before)


@pytest.mark.parametrize("before", [ZERO, "1" * 40])
def test_first_and_forced_pushes_are_checked_against_the_default_branch(runner: Runner, before: str) -> None:
    ran = runner.run(event=pushed(before))
    assert (ran.status, ran.base) == (1, "origin/main")
    assert ANNOTATION in ran.out


@pytest.mark.parametrize("event", [{}, pushed(ZERO, default_branch="work")])
def test_without_anything_to_compare_with_all_prompts_are_checked(runner: Runner, event: dict[str, Any]) -> None:
    ran = runner.run({"summary": SUMMARY}, event)
    assert (ran.status, ran.base, ran.summary) == (1, "", "")
    assert "file=prompts/old/bad.yaml" in ran.out


def test_clone_without_the_base_fails_with_help(runner: Runner, tmp_path: Path) -> None:
    shallow = Project(tmp_path / "shallow")
    base = runner.project.git("rev-parse", "main")
    runner.project.git("clone", "-q", "--depth=1", f"file://{runner.project.root}", str(shallow.root))
    ran = Runner(shallow, tmp_path).run({"sarif": "out.sarif"}, requested(base))
    assert ran.status == 3
    assert "fetch-depth: 0" in ran.err


@pytest.mark.parametrize("against", ["$(touch hacked)'; touch hacked; '", "--output=hacked"])
def test_inputs_are_never_run(runner: Runner, against: str) -> None:
    ran = runner.run({"against": against, "directory": 'prompts"; touch hacked; "', "summary": SUMMARY})
    assert ran.status == 3
    assert not (runner.project.root / "hacked").exists()


def test_a_line_break_sets_no_variable_of_the_run(runner: Runner) -> None:
    ran = runner.run({"against": "main\nPATH=/nowhere"})
    assert (ran.status, ran.base) == (2, "")


def test_strict_input_fails_on_warnings(runner: Runner) -> None:
    runner.project.write("prompt-cli.toml", 'severity = {PC501 = "warning"}\n')
    runner.project.commit()
    runner.project.git("update-ref", "refs/remotes/origin/main", "HEAD")
    runner.project.prompt("good", "template: Hello there!\n")
    assert runner.run(GITHUB_BASE_REF="main").status == 0
    assert runner.run({"strict": "true"}, GITHUB_BASE_REF="main").status == 1


def wheel(folder: Path) -> Path:
    """Write a wheel without dependencies that brings the packages of the test environment.

    Source: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
    """
    path = folder / "stand_in-1.0-py3-none-any.whl"
    about = "stand_in-1.0.dist-info"
    files = {
        "stand_in.pth": f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n",
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: stand-in\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: none\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr(f"{about}/RECORD", "".join(f"{name},,\n" for name in files))
    return path


def source(folder: Path) -> Path:
    """Write a project that pip builds in an environment of its own, as it does the action's, but without an index.

    Source: https://peps.python.org/pep-0517/ (a backend inside the project)
    """
    folder.mkdir()
    built = wheel(folder)
    system = f'requires = ["stand-in @ {built.as_uri()}"]\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    (folder / "pyproject.toml").write_text(f"[build-system]\n{system}")
    (folder / "backend.py").write_text(
        f"import shutil\ndef build_wheel(folder, *_):\n    shutil.copy({str(built)!r}, folder)\n    return {built.name!r}\n"
    )
    return folder


def plant(project: Project) -> Path:
    """Put a module of each name that Python or its packages may import at the top of a checkout.

    Returns:
        The file that the ones which are imported write their names to.
    """
    trace = project.root.parent / "imported"
    own = {"prompt_cli", "sitecustomize", "usercustomize", "setup"}
    for name in {*sys.stdlib_module_names, *packages_distributions(), *own}:
        project.write(f"{name}.py", f"with open({str(trace)!r}, 'a') as trace: trace.write('{name} ')\n")
    project.environment |= {"PYTHONPATH": f":{project.root}", "PYTHONSTARTUP": "site.py"}
    return trace


def test_all_steps_together_in_a_hostile_checkout(runner: Runner, tmp_path: Path) -> None:
    """The action installs into its own directory by pip, and no step imports a module of the pull request."""
    folder = tmp_path / "a b"
    folder.mkdir()
    trace = plant(runner.project)
    runner.environment |= runner.project.environment
    inputs = {"sarif": "out.sarif", "upload-sarif": "true", "summary": SUMMARY}
    run = {"RUNNER_TEMP": str(folder), "GITHUB_ACTION_PATH": str(source(folder / "action")), "PIP_NO_INDEX": "1"}
    event = requested(runner.project.git("rev-parse", "main"))
    ran = runner.run(inputs, event, install=True, GITHUB_BASE_REF="main", **run)
    assert (ran.status, ran.base, len(ran.used)) == (1, "origin/main", 1), ran.err
    assert ran.out.startswith(ANNOTATION)
    assert "<code>good</code>" in ran.summary
    assert not trace.exists(), trace.read_text()
    assert not [path for path in (runner.project.root, tmp_path, folder) if (path / "hacked").exists()]
    subprocess.run([sys.executable, "-c", "import json"], cwd=runner.project.root, env={}, check=True)
    assert trace.read_text() == "json ", "without -I, the planted module is imported"


def snippets(project: Project) -> list[str]:
    """Return every command that hooks, documents and `init` tell people to run in a checkout."""
    hooks = [hook["entry"] for hook in YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml")]
    printed = project.run("init").err
    (staged,) = re.findall(r"entry: (.*)", printed)
    (against,) = re.findall(r"^  (prompt-cli validate --against .*)", printed, re.MULTILINE)
    page = (ROOT / "docs" / "ci.md").read_text()
    gitlab = re.findall(r"^    - (.*(?:pip install|prompt_cli).*)", page, re.MULTILINE)
    assert len(gitlab) == 2
    (shell,) = (one for one in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) if "--strict" in one)
    return [*hooks, staged, against, *gitlab, *shell.splitlines()]


def test_no_hook_or_snippet_imports_a_module_of_the_checkout(runner: Runner) -> None:
    project = runner.project
    commands = snippets(project)
    trace = plant(project)
    path = {"PATH": f"{COMMAND.parent}:{project.environment['PATH']}", "PIP_NO_INDEX": "1"}
    environment = {**project.environment, **path, "CI_MERGE_REQUEST_DIFF_BASE_SHA": "main"}
    for command in commands:
        # PYTHONPATH is the user's own; a command that is not isolated obeys it.
        kept = environment if " -I " in command else {k: v for k, v in environment.items() if k != "PYTHONPATH"}
        done = subprocess.run(
            ["bash", "-c", command], cwd=project.root, env=kept, check=False, capture_output=True, text=True
        )
        assert done.returncode in {0, 1}, (command, done.stderr)
        assert not trace.exists(), (command, trace.read_text())


def test_python_is_isolated_wherever_it_is_started() -> None:
    """But for the tests, which run the checkout by design."""
    for name in ("action.yml", ".pre-commit-hooks.yaml", "README.md", "docs/ci.md", "prompt_cli/cli/commands/init.py"):
        starts = re.findall(r"\bpython[\d.]*\"? -.*?(?= &&|\n|$)", (ROOT / name).read_text())
        assert [one for one in starts if " -I " not in one and not one.endswith("-m pytest")] == [], name


@pytest.mark.parametrize("package", ["", "prompt-cli==1.0; touch hacked", "--index-url=http://evil.example"])
def test_pip_arguments(runner: Runner, tmp_path: Path, package: str) -> None:
    """With a replacement of Python that prints its arguments."""
    stand_in = tmp_path / "stand-in" / "python3"
    stand_in.parent.mkdir()
    stand_in.write_text(
        '#!/bin/sh\nprintf "%s\\n" "$@"\n[ "$3" != venv ] || { mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; }\n'
    )
    stand_in.chmod(0o755)
    environment = runner.environment | {
        "PATH": f"{stand_in.parent}:{runner.environment['PATH']}",
        "RUNNER_TEMP": str(tmp_path / "a b"),
        "GITHUB_ACTION_PATH": "/action",
    }
    (install,) = (step for step in STEPS if step["name"] == INSTALL)
    done = runner.step(install, {"inputs": {"package": package}}, environment)
    assert (done.returncode, done.stdout.splitlines()[-2:]) == (0, ["--", package or "/action"]), done
