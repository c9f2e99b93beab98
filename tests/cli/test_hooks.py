"""The hooks, run by pre-commit itself in a repository that people commit to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from tests.support import COMMAND, InProcess, Project

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parent.parent.parent
HOOKS = YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml")
PRE_COMMIT = Path(sys.executable).with_name("pre-commit")
BAD = "template: '{{nmae}}'\n"


class Committing(Project):
    """A repository whose commits go through hooks."""

    def __init__(self, root: Path, home: Path) -> None:
        super().__init__(root)
        paths = [str(COMMAND.parent), self.environment["PATH"]]
        self.environment |= {"PATH": os.pathsep.join(paths), "PRE_COMMIT_HOME": str(home / "pre-commit")}

    def configure(self, hooks: Sequence[object]) -> None:
        self.write(".pre-commit-config.yaml", json.dumps({"repos": [{"repo": "local", "hooks": hooks}]}))
        self.git("add", "-A")

    def try_to(self, *arguments: str) -> tuple[int, str]:
        """Run git, and return its status and all it printed."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env=self.environment,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
        )
        return done.returncode, done.stdout.decode()


def local(hook: dict[str, object]) -> dict[str, object]:
    """Take a hook as it is published, but for where its program is: it is installed already."""
    return {**hook, "language": "system"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of a repository with a few prompts, on a branch of its own, with both hooks."""
    tmp_path = tmp_path_factory.mktemp("template")
    origin = Project(tmp_path / "origin")
    origin.root.mkdir()
    origin.git("init", "-q", "-b", "main")
    origin.prompt("good")
    origin.prompt("tone", "template: Be kind.\n")
    origin.prompt("includer", "template: '{{> tone}}'\n")
    origin.commit()
    clone = Committing(tmp_path / "clone", tmp_path)
    origin.git("clone", "-q", str(origin.root), str(clone.root))
    clone.git("checkout", "-q", "-b", "mine")
    clone.configure([local(hook) for hook in HOOKS])
    subprocess.run([PRE_COMMIT, "install"], cwd=clone.root, env=clone.environment, check=True, capture_output=True)
    clone.git("commit", "-q", "--no-verify", "-m", "Configure")
    return tmp_path


@pytest.fixture
def hooked(template: Path, tmp_path: Path) -> Committing:
    """A copy of the template."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return Committing(tmp_path / "clone", tmp_path)


def test_both_hooks_are_published() -> None:
    assert [hook["id"] for hook in HOOKS] == ["prompt-validate", "prompt-versions"]
    assert {hook["language"] for hook in HOOKS} == {"python"}


def test_a_bad_prompt_is_refused_and_a_good_one_passes(hooked: Committing) -> None:
    head = hooked.git("rev-parse", "HEAD")
    hooked.prompt("new", BAD)
    hooked.git("add", "-A")
    status, printed = hooked.try_to("commit", "-m", "Add")
    assert status == 1
    assert "prompts/new.yaml:4:14: error PC301" in printed
    assert hooked.git("rev-parse", "HEAD") == head
    hooked.prompt("new")
    hooked.git("add", "-A")
    status, printed = hooked.try_to("commit", "-m", "Add")
    assert status == 0, printed
    assert printed.count("Passed") == 2


def test_files_that_pre_commit_excludes_are_not_checked(hooked: Committing) -> None:
    hooked.configure([{**local(hook), "exclude": "^prompts/legacy/"} for hook in HOOKS])
    hooked.prompt("legacy/old", BAD)
    hooked.git("add", "-A")
    status, printed = hooked.try_to("commit", "-m", "Add")
    assert status == 0, printed
    (hooked.root / "prompts/tone.yaml").unlink()
    hooked.prompt("legacy/old", BAD.replace("}}", "}}!"))
    hooked.git("add", "-A")
    status, printed = hooked.try_to("commit", "-m", "Delete")
    assert (status, "prompts/includer.yaml:4:" in printed, "legacy" in printed) == (1, True, False), printed


def test_an_excluded_includer_is_named_only_for_what_the_commit_breaks_in_it(repository: Project) -> None:
    project = InProcess(repository.root)
    options = ("validate", "--staged", "--only-targets", "--json", "--ignore", "PC5", "prompts/tone.yaml")
    project.prompt("tone", "template: Be kind.\n")
    project.prompt("includer", "template: '{{> tone}}'\n")
    project.prompt("legacy/old", "template: '{{> tone}} {{nmae}}'\n")
    project.commit()
    project.prompt("tone", "template: Be brief.\n", "1.0.1")
    project.git("add", "-A")
    result = project.run(*options)
    assert (result.status, result.json["findings"]) == (0, []), "it was like this before"
    project.prompt("tone", "variables: {who: {type: string}}\ntemplate: Be {{who}}.\n", "2.0.0")
    project.git("add", "-A")
    broken = [one["path"] for one in project.run(*options).json["findings"]]
    assert sorted(set(broken)) == ["prompts/includer.yaml", "prompts/legacy/old.yaml"], broken
    assert len(broken) == 2
    project.prompt("legacy/old", "template: '{{> tone}} {{name}}'\n")
    project.git("add", "-A")
    broken = [one["path"] for one in project.run(*options).json["findings"]]
    assert broken == ["prompts/includer.yaml"], "a changed file that is not passed is excluded"


def test_unstaged_edits_survive_to_the_byte(hooked: Committing) -> None:
    hooked.prompt("good", "template: Hi!\n", "1.0.1")
    hooked.git("add", "-A")
    edited = b"id: good\r\nversion: 1.0.1\nformat: text\ntemplate: '{{nmae}}'  \t\n\n"
    hooked.write("prompts/good.yaml", edited)
    hooked.write("prompts/untracked.yaml", "no prompt")
    status, printed = hooked.try_to("commit", "-m", "Hi")
    assert status == 0, printed
    assert hooked.read("prompts/good.yaml") == edited
    assert hooked.read("prompts/untracked.yaml") == b"no prompt"
    assert hooked.git("show", "HEAD:prompts/good.yaml").endswith("template: Hi!")
    hooked.git("add", "prompts/good.yaml")
    hooked.prompt("good", "template: Fixed!\n", "1.0.1")
    fixed = hooked.read("prompts/good.yaml")
    assert hooked.try_to("commit", "-m", "Bad")[0] == 1
    assert hooked.read("prompts/good.yaml") == fixed


def test_only_part_of_the_files_may_be_committed(hooked: Committing) -> None:
    """`git commit FILE` gives hooks an index of its own."""
    hooked.prompt("good", "template: Hi!\n", "1.0.1")
    hooked.prompt("new", BAD)
    hooked.git("add", "-A")
    status, printed = hooked.try_to("commit", "-m", "Hi", "prompts/good.yaml")
    assert status == 0, printed
    assert hooked.try_to("commit", "-m", "New", "prompts/new.yaml")[0] == 1


def test_a_change_needs_one_bump_however_often_it_is_committed(hooked: Committing) -> None:
    hooked.prompt("good", "template: Hi!\n")
    hooked.git("add", "-A")
    status, printed = hooked.try_to("commit", "-m", "Hi")
    assert status == 1
    assert "PC501" in printed
    hooked.prompt("good", "template: Hi!\n", "1.0.1")
    hooked.git("add", "-A")
    hooked.git("commit", "-q", "--no-verify", "-m", "Hi")
    hooked.prompt("good", "template: Hi there!\n", "1.0.1")
    hooked.git("add", "-A")
    status, printed = hooked.try_to("commit", "--amend", "--no-edit")
    assert status == 0, printed
    hooked.prompt("good", "template: Hi you there!\n", "1.0.1")
    hooked.git("add", "-A")
    status, printed = hooked.try_to("commit", "-m", "Again")
    assert status == 0, printed


def test_deletion_is_checked_though_pre_commit_passes_no_file(hooked: Committing) -> None:
    hooked.git("rm", "-q", "prompts/good.yaml")
    status, printed = hooked.try_to("commit", "-m", "Delete")
    assert status == 0, printed
    hooked.git("rm", "-q", "prompts/tone.yaml")
    status, printed = hooked.try_to("commit", "-m", "Delete")
    assert status == 1
    assert "'tone' was deleted but is still included here" in printed


def test_merge_needs_no_bump_for_merged_changes(hooked: Committing) -> None:
    hooked.prompt("good", "template: Hi!\n", "1.0.1")
    hooked.git("add", "-A")
    hooked.git("commit", "-q", "--no-verify", "-m", "Hi")
    hooked.git("checkout", "-q", "main")
    hooked.prompt("good", "template: Good day!\n", "1.0.1")
    hooked.prompt("tone", "template: Unraised.\n")
    hooked.git("commit", "-q", "--no-verify", "-am", "Meanwhile")
    hooked.git("update-ref", "refs/remotes/origin/main", "main")
    hooked.git("checkout", "-q", "mine")
    assert hooked.try_to("merge", "main")[0] == 1
    hooked.prompt("good", "template: Good day, hi!\n", "1.0.1")
    hooked.git("add", "-A")
    status, printed = hooked.try_to("commit", "--no-edit")
    assert status == 1
    assert "PC504" in printed
    assert "tone" not in printed
    hooked.prompt("good", "template: Good day, hi!\n", "1.0.2")
    hooked.git("add", "-A")
    status, printed = hooked.try_to("commit", "--no-edit")
    assert status == 0, printed


def test_pre_commit_all_files_checks_all_prompts(hooked: Committing) -> None:
    hooked.prompt("old", BAD)
    hooked.write("workflow.yaml", "a: 1\n")
    hooked.git("add", "-A")
    hooked.git("commit", "-q", "--no-verify", "-m", "Past the hooks")
    done = subprocess.run(
        [PRE_COMMIT, "run", "--all-files"],
        cwd=hooked.root,
        env=hooked.environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "prompts/old.yaml:4:14: error PC301" in done.stdout
    assert "workflow" not in done.stdout.partition("PC301")[2].replace("passed over", "")
