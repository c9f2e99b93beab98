from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support import COMMAND

if TYPE_CHECKING:
    from tests.support import Project

IN_PROCESS = True


@pytest.mark.parametrize(("level", "expected"), [("major", "2.0.0"), ("minor", "1.3.0"), ("patch", "1.2.4")])
@pytest.mark.parametrize(
    "line",
    [
        "version: 1.2.3\n",
        "version:   '1.2.3'   # raised by hand\n",
        'version: "1.2.3"\r\n',
        "version: &v 1.2.3\n",
        "? version\n: 1.2.3\n",
        '"version": 1.2.3\n',
    ],
)
def test_one_word_changes(project: Project, line: str, level: str, expected: str) -> None:
    end = "\r\n" if line.endswith("\r\n") else "\n"
    lines = ["# head", "id: x", line.removesuffix(end).replace("\n", end), "", "format: text", "template: >", "  a", ""]
    content = end.join(lines)
    path = project.write("prompts/x.yaml", content)
    path.chmod(0o640)
    result = project.run("bump", "x", level)
    assert (result.status, result.out) == (0, f"x: 1.2.3 -> {expected}\n"), result.err
    assert project.read("prompts/x.yaml").decode() == content.replace("1.2.3", expected)
    assert path.stat().st_mode & 0o777 == 0o640


def test_file_in_one_line_of_json(project: Project) -> None:
    content = '\ufeff{"id": "x", "version": "1.2.3", "format": "text", "template": "1.2.3"}'
    project.write("prompts/x.yaml", content)
    assert project.run("bump", "x", "minor").status == 0
    assert project.read("prompts/x.yaml").decode() == content.replace('"version": "1.2.3"', '"version": "1.3.0"')


def test_a_dry_run_writes_nothing(repository: Project) -> None:
    path = repository.prompt("x")
    before = path.read_bytes()
    result = repository.run("bump", "x", "major", "--dry-run", "--commit")
    assert (result.status, result.out) == (0, "x: 1.0.0 -> 2.0.0 (dry run)\n"), result.err
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("body", "words"), [("template: '{{'\nversion: 1\n", "error"), ("nope: 1\ntemplate: x\n", "unknown key 'nope'")]
)
def test_a_broken_prompt_is_not_touched(repository: Project, body: str, words: str) -> None:
    path = repository.prompt("x", body)
    before = path.read_bytes()
    result = repository.run("bump", "x", "minor")
    assert result.status == 1
    assert words in result.err
    assert path.read_bytes() == before


class TestCommit:
    def test_only_the_file_is_committed(self, repository: Project) -> None:
        repository.prompt("x")
        repository.prompt("other")
        repository.write("staged.txt", "one")
        repository.write("edited.txt", "one")
        repository.commit()
        repository.write("staged.txt", "two")
        repository.git("add", "staged.txt")
        repository.write("edited.txt", "two")
        repository.prompt("other", "template: edited\n")
        result = repository.run("bump", "x", "minor", "--commit")
        assert result.status == 0, result.err
        assert repository.git("show", "--format=%s", "--name-only", "HEAD").splitlines() == [
            "Bump x from 1.0.0 to 1.1.0",
            "",
            "prompts/x.yaml",
        ]
        assert (
            repository.git("status", "--porcelain").splitlines()
            == [
                "M edited.txt",
                " M prompts/other.yaml",
                "M  staged.txt",
            ]
            or repository.git("diff", "--cached", "--name-only") == "staged.txt"
        )
        assert repository.git("diff", "--name-only").splitlines() == ["edited.txt", "prompts/other.yaml"]

    @pytest.mark.parametrize(
        "message", ["Greet politely", "-m", "--amend", "[/bold] $(x)", "two\n\nparagraphs", "x" * 200_000]
    )
    def test_a_message_is_text_and_means_a_commit(self, repository: Project, message: str) -> None:
        repository.prompt("x")
        repository.commit()
        result = repository.run("bump", "x", "patch", f"--message={message}")
        assert result.status == 0, result.err
        assert repository.git("log", "-1", "--format=%B").strip() == f"{message}\n\nx: 1.0.0 -> 1.0.1"
        assert repository.git("rev-list", "--count", "HEAD") == "2"

    def test_a_prompt_that_git_does_not_know_is_added(self, repository: Project) -> None:
        repository.write("README", "x")
        repository.commit()
        repository.prompt("x")
        assert repository.run("bump", "x", "minor", "--commit").status == 0
        assert repository.git("status", "--porcelain") == ""

    def test_an_uncommitted_partial_is_refused_until_it_is_committed(self, repository: Project) -> None:
        repository.prompt("part")
        repository.prompt("x", "template: '{{> part}}'\n")
        repository.commit()
        repository.run("mv", "part", "piece")
        before = repository.read("prompts/x.yaml")
        result = repository.run("bump", "x", "--commit")
        assert (result.status, result.out) == (3, "")
        assert "x includes 'piece', which is not committed; nothing was written" in result.err
        assert "help: commit prompts/piece.yaml first" in result.err
        assert repository.read("prompts/x.yaml") == before
        assert repository.run("bump", "piece", "x", "patch", "--commit").status == 0
        assert repository.run("render", "x@1.0.1").status == 0

    def test_a_partly_staged_file_is_refused_and_left_as_it_is(self, repository: Project) -> None:
        repository.prompt("x", "template: one\n")
        repository.commit()
        repository.prompt("x", "template: two\n")
        repository.git("add", "-A")
        path = repository.prompt("x", "template: three\n")
        before = path.read_bytes()
        result = repository.run("bump", "x", "minor", "--commit")
        assert (result.status, result.out) == (3, "")
        assert "x is edited after staging; nothing was written" in result.err
        assert path.read_bytes() == before
        assert "two" in repository.git("show", ":prompts/x.yaml")

    def test_an_ignored_file_is_refused_with_the_way_to_the_rule(self, repository: Project) -> None:
        repository.write(".gitignore", "prompts/x.yaml\n")
        repository.commit()
        repository.prompt("x")
        result = repository.run("bump", "x", "minor", "--commit")
        assert (result.status, result.out) == (3, "")
        assert (
            "x is ignored by git; nothing was written\n  help: bump without --commit; `git check-ignore" in result.err
        )

    @pytest.mark.parametrize(
        ("mark", "words"),
        [
            ("--skip-worktree prompts/x.yaml", "git update-index --no-skip-worktree"),
            ("MERGE_HEAD", "git cannot commit single files during a merge; nothing was written"),
            ("CHERRY_PICK_HEAD", "git cannot commit single files during a cherry-pick; nothing was written"),
        ],
    )
    def test_a_commit_that_git_would_refuse_leaves_the_file(self, repository: Project, mark: str, words: str) -> None:
        repository.prompt("x", "template: one\n")
        repository.commit()
        if mark.startswith("-"):
            repository.git("update-index", *mark.split())
        else:
            repository.git("update-ref", mark, "HEAD")
        before = repository.prompt("x", "template: two\n").read_bytes()
        result = repository.run("bump", "x", "--commit")
        assert (result.status, result.out) == (3, "")
        assert words in result.err
        assert repository.read("prompts/x.yaml") == before
        assert repository.run("bump", "x").out.startswith("x: 1.0.0 -> 1.0.1")

    def test_a_hook_of_the_commit_bumps_without_the_lock_of_it(self, repository: Project) -> None:
        repository.prompt("x")
        repository.prompt("y")
        repository.commit()
        hook = repository.write(".git/hooks/pre-commit", f"#!/bin/sh\n{COMMAND} bump y minor\n")
        hook.chmod(0o755)
        result = repository.run("bump", "x", "minor", "--commit")
        assert result.status == 0, result.err
        assert b"version: 1.1.0" in repository.read("prompts/y.yaml")
        assert repository.git("status", "--porcelain") == "M prompts/y.yaml"

    def test_hooks_apply(self, repository: Project) -> None:
        repository.prompt("x")
        repository.commit()
        hook = repository.write(".git/hooks/pre-commit", "#!/bin/sh\necho 'no, [/INST]' >&2\nexit 1\n")
        hook.chmod(0o755)
        result = repository.run("bump", "x", "minor", "--commit")
        assert result.status == 3
        assert "no, [/INST]" in result.err
        assert repository.git("rev-list", "--count", "HEAD") == "1"

    def test_a_git_that_gitpython_cannot_run_leaves_the_files(self, repository: Project) -> None:
        before = repository.prompt("x").read_bytes()
        repository.commit()
        environment = {**repository.environment, "GIT_PYTHON_GIT_EXECUTABLE": "/nowhere/git"}
        command = [str(COMMAND), "bump", "x", "minor", "--commit"]
        result = subprocess.run(command, cwd=repository.root, env=environment, capture_output=True, check=False)
        assert (result.returncode, b"unset GIT_PYTHON_GIT_EXECUTABLE" in result.stderr) == (3, True)
        assert repository.read("prompts/x.yaml") == before

    @pytest.mark.parametrize("group", [True, False])
    @pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
    def test_interrupted_in_a_hook_it_commits_or_leaves_the_files(
        self, repository: Project, stop: signal.Signals, *, group: bool
    ) -> None:
        path = repository.prompt("x", "template: one\n")
        repository.commit()
        repository.prompt("x", "template: two\n")
        before = path.read_bytes()
        pipe = repository.root / ".git/started"
        os.mkfifo(pipe)
        # A signal to the process alone reaches neither git nor the hook, which are waited for.
        hook = repository.write(".git/hooks/pre-commit", f"#!/bin/sh\n: > '{pipe}'\nsleep {5 if group else 1}\n")
        hook.chmod(0o755)
        command = [str(COMMAND), "bump", "--all", "--commit"]
        process = subprocess.Popen(
            command, cwd=repository.root, env=repository.environment, start_new_session=True, stderr=subprocess.DEVNULL
        )
        pipe.read_bytes()  # until the hook runs
        (os.killpg if group else os.kill)(process.pid, stop)
        assert process.wait() == 130
        hook.unlink()
        committed = not group
        assert (path.read_bytes() == before) != committed
        assert repository.git("rev-list", "--count", "HEAD") == ("2" if committed else "1")
        assert repository.run("bump", "--all", "--commit").status == 0
        assert repository.git("status", "--porcelain") == ""
        assert repository.git("log", "-1", "--format=%s") == "Bump x from 1.0.0 to 1.0.1"

    def test_a_failure_after_the_commit_keeps_the_files_as_committed(self, repository: Project) -> None:
        repository.prompt("x", "template: one\n")
        repository.commit()
        index = ".git/index"
        # Git moves HEAD, runs this hook and then cannot write the index.
        script = f"#!/bin/sh\n[ $1 != committed ] || {{ rm -rf {index}; mkdir -p {index}/full; }}\n"
        hook = repository.write(".git/hooks/reference-transaction", script)
        hook.chmod(0o755)
        result = repository.run("bump", "x", "minor", "--commit")
        assert (result.status, result.out) == (3, "")
        hook.unlink()
        assert f"git made the commit {repository.git('rev-parse', 'HEAD')}" in result.err.replace("\n", " ")
        assert b"version: 1.1.0" in repository.read("prompts/x.yaml")
        shutil.rmtree(repository.root / index)
        repository.git("reset", "-q")
        assert repository.git("status", "--porcelain") == ""
        assert repository.git("log", "-1", "--format=%s") == "Bump x from 1.0.0 to 1.1.0"

    def test_uncommitted_bump_is_committed(self, repository: Project) -> None:
        repository.prompt("x", "template: one\n")
        repository.prompt("y", "template: one\n")
        repository.commit()
        repository.prompt("x", "template: two\n")
        assert repository.run("bump", "--all").status == 0
        result = repository.run("bump", "--all", "--commit", "--tag")
        assert (result.status, result.out.partition(" (")[0]) == (0, "x: 1.0.0 -> 1.0.1"), result.err
        assert repository.git("show", "--format=%s", "--name-only") == ("Bump x from 1.0.0 to 1.0.1\n\nprompts/x.yaml")
        assert repository.git("tag") == "x@1.0.1"

    def test_hook_that_edits_the_file_and_fails_is_reported(self, repository: Project) -> None:
        repository.prompt("x", "template: one\n")
        repository.commit()
        repository.prompt("x", "template: two\n")
        hook = repository.write(".git/hooks/pre-commit", "#!/bin/sh\necho '# tidy' >> prompts/x.yaml\nexit 1\n")
        hook.chmod(0o755)
        result = repository.run("bump", "x", "--commit")
        assert (result.status, result.out) == (3, "")
        assert "prompts/x.yaml: bumped, but neither committed" in result.err
        hook.unlink()
        assert repository.run("bump", "x", "--commit").status == 0
        assert b"version: 1.0.1" in repository.read("prompts/x.yaml")
        assert repository.git("status", "--porcelain") == ""

    def test_outside_a_repository_there_is_nothing_to_commit_to(self, project: Project) -> None:
        path = project.prompt("x")
        before = path.read_bytes()
        result = project.run("bump", "x", "minor", "--commit")
        assert result.status == 3
        assert "git" in result.err
        assert path.read_bytes() == before
        assert project.run("bump", "x", "minor").status == 0


def test_bumps_at_once_are_none_of_them_lost(repository: Project) -> None:
    repository.prompt("x")
    running = [
        subprocess.Popen(
            [str(COMMAND), "bump", "x", "patch"],
            cwd=repository.root,
            env=repository.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(6)
    ]
    ended = [(process.communicate(), process.returncode) for process in running]
    raised = sum(status == 0 for _, status in ended)
    # One that met others three times in a row says so, and has written nothing.
    assert all(b"changed" in err for (_, err), status in ended if status)
    assert f"version: 1.0.{raised}\n".encode() in repository.read("prompts/x.yaml")


def test_errors_of_many_prompts_have_their_order(repository: Project) -> None:
    names = [f"p{n}" for n in range(8)]
    for text in ("A", "B"):  # two commits with the version: a second walk of history finds the first of them
        for name in names:
            repository.prompt(name, f"template: {text}\n")
        repository.commit()
    for name in names:
        repository.prompt(name, "template: '{{'\n")
    result = repository.run("bump", "--all", "--dry-run")
    assert re.findall(r"could not check (\w+):", result.err) == names, result.err
