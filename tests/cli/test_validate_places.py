"""The command in all kinds of places: surroundings never make a bad prompt pass or a good one fail."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support import COMMAND, InProcess, Project, as_others

if TYPE_CHECKING:
    from pathlib import Path

IN_PROCESS = True
BAD = "template: '{{nmae}}'\n"
RAISED = "template: Hi!\n"


@pytest.fixture
def committed(repository: Project) -> Project:
    repository.prompt("good")
    repository.prompt("other")
    repository.commit()
    return repository


def run_validate(project: Project, *arguments: str) -> tuple[int, list[str]]:
    result = project.run("validate", "--json", *arguments)
    found = [f"{one['path']} {one['code']}" for one in result.json["findings"]] if result.stdout else [result.err]
    return result.status, found


NOT_BUMPED = (1, ["prompts/good.yaml PC501"])


def change(project: Project) -> None:
    project.prompt("good", RAISED)
    project.git("add", "-A")


def test_another_worktree(committed: Project, tmp_path: Path) -> None:
    other = InProcess(tmp_path / "other")
    committed.git("worktree", "add", "-q", "-b", "other", str(other.root))
    change(other)
    assert run_validate(other, "--staged") == NOT_BUMPED
    assert run_validate(other, "--against", "main") == NOT_BUMPED
    assert run_validate(committed, "--staged") == (0, [])


def test_submodule_and_its_superproject(committed: Project, tmp_path: Path) -> None:
    above = InProcess(tmp_path / "above")
    above.root.mkdir()
    above.git("init", "-q", "-b", "main")
    above.prompt("own")
    above.git("add", "-A")
    above.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(committed.root), "prompts/shared")
    assert run_validate(above, "--staged") == (0, []), "what is in a submodule is not staged here"
    inside = InProcess(above.root / "prompts/shared")
    inside.environment = above.environment
    change(inside)
    assert run_validate(inside, "--staged") == NOT_BUMPED


def test_a_detached_head(committed: Project) -> None:
    committed.git("checkout", "-q", "--detach")
    change(committed)
    assert run_validate(committed, "--staged") == NOT_BUMPED
    assert run_validate(committed, "--against", "main") == NOT_BUMPED


def test_an_unborn_branch(committed: Project) -> None:
    committed.git("checkout", "-q", "--orphan", "new")
    committed.prompt("good", BAD)
    committed.git("add", "-A")
    assert run_validate(committed, "--staged") == (1, ["prompts/good.yaml PC301"])
    status, (error,) = run_validate(committed, "--against", "HEAD")
    assert (status, "error: " in error) == (3, True)


def test_a_bare_repository(committed: Project, tmp_path: Path) -> None:
    bare = InProcess(tmp_path / "bare.git")
    committed.git("clone", "-q", "--bare", str(committed.root), str(bare.root))
    for arguments in ([], ["--staged"], ["--against", "main"]):
        assert run_validate(bare, *arguments)[0] == 3


def test_no_repository(project: Project) -> None:
    project.prompt("good")
    assert run_validate(project) == (0, [])
    assert run_validate(project, "--staged")[0] == run_validate(project, "--against", "main")[0] == 3


def test_object_ids_of_sha256(project: Project) -> None:
    project.git("init", "-q", "-b", "main", "--object-format=sha256")
    project.prompt("good")
    project.commit()
    change(project)
    assert run_validate(project, "--staged") == run_validate(project, "--against", "main") == NOT_BUMPED


def test_converted_line_ends_are_not_a_change(committed: Project, tmp_path: Path) -> None:
    windows = InProcess(tmp_path / "windows")
    committed.git("clone", "-q", "-c", "core.autocrlf=true", str(committed.root), str(windows.root))
    assert windows.read("prompts/good.yaml").count(b"\r\n") == 4
    assert run_validate(windows, "--against", "HEAD") == run_validate(windows, "--staged") == (0, [])
    windows.write("prompts/good.yaml", windows.read("prompts/good.yaml").replace(b"Hello", b"Hi"))
    assert run_validate(windows, "--against", "HEAD") == NOT_BUMPED
    assert windows.run("validate", "--against", "HEAD", "--fix").status == 0
    assert windows.read("prompts/good.yaml") == b"id: good\r\nversion: 1.0.1\r\nformat: text\r\ntemplate: Hi!\r\n"


@pytest.mark.skipif(as_others() is None, reason="root may write everywhere here, and setpriv is not installed")
def test_read_only_checkout(committed: Project) -> None:
    committed.prompt("good", "template: a\u200bb\n")
    committed.prompt("bad", BAD)
    folders = [committed.root, *(path for path in committed.root.rglob("*") if path.is_dir())]
    committed = Project(committed.root)
    committed.by = as_others() or ()
    try:
        for folder in folders:
            folder.chmod(0o500)
        for arguments in ([], ["--staged"], ["--against", "HEAD"]):
            assert committed.run("validate", *arguments).status in {0, 1}
        assert run_validate(committed, "bad") == (1, ["prompts/bad.yaml PC301"])
        assert committed.run("validate", "--fix").status == 3
    finally:
        for folder in folders:
            folder.chmod(0o700)
    assert committed.read("prompts/good.yaml").endswith("a\u200bb\n".encode())


NAMES = (
    *("a b.yaml", "-rf.yaml", "new\nline.yaml", "é.yaml", "esc\x1b[31m.yaml", "::error::x.yaml", "$(touch x).yaml"),
    *("'; touch x; '.yaml", "[bold].yaml", "CASE.YAML", "nul.yaml", "a%0Ab.yaml", "<b>&.yaml", "\udcff.yaml"),
)


@pytest.mark.parametrize("staged", [False, True])
def test_names_of_every_kind(committed: Project, *, staged: bool) -> None:
    for name in NAMES:
        path = os.fsencode(committed.root / "prompts" / name)
        with open(path, "wb") as file:  # noqa: PTH123 - a name that is not text
            file.write(b"id: x\n")
    committed.git("add", "-A")
    arguments = ["--staged"] if staged else []
    for report_format in ("text", "concise", "github", "junit"):
        result = committed.run("validate", *arguments, "--output-format", report_format)
        assert result.status == 1
        assert b"\x1b" not in result.stdout + result.stderr
        assert sum(b"::error " in line for line in result.stdout.splitlines()) == (
            len(NAMES) if report_format == "github" else 0
        )
        if report_format == "concise":
            assert result.out.count("\n") == len(NAMES)
    status, found = run_validate(committed, *arguments)
    assert (status, len(found), {one.rpartition(" ")[2] for one in found}) == (1, len(NAMES), {"PC104"})
    assert not (committed.root / "x").exists()


def test_files_of_every_kind(committed: Project) -> None:
    committed.write("prompts/empty.yaml", "")
    committed.write("prompts/comment.yaml", "# nothing\n")
    committed.write("prompts/zero.yaml", b"\0\0")
    committed.write(
        "prompts/marked.yaml", b"\xef\xbb\xbfid: marked\r\nversion: 1.0.0\r\nformat: text\r\ntemplate: x\r\n"
    )
    committed.write("prompts/large.yaml", "id: large\n#" + "x" * 3_000_000)
    with committed.write("prompts/huge.yaml", "").open("r+b") as file:
        file.truncate(100 << 20)
    os.mkfifo(committed.root / "prompts/pipe.yaml")
    (committed.root / "prompts/nowhere.yaml").symlink_to("nothing")
    (committed.root / "prompts/out.yaml").symlink_to("/etc/passwd")
    status, found = run_validate(committed)
    assert (status, [one.removeprefix("prompts/") for one in found]) == (
        3,
        [
            *("comment.yaml PC004", "empty.yaml PC004", "huge.yaml PC001", "large.yaml PC003", "nowhere.yaml PC104"),
            *("out.yaml PC104", "pipe.yaml PC104", "zero.yaml PC004", "zero.yaml PC004"),
        ],
    )


@pytest.mark.parametrize("known", [False, True])
def test_file_is_cached_for_each_of_its_names(committed: Project, *, known: bool) -> None:
    committed.prompt("group/bad", BAD)
    committed.prompt("bad")
    committed.write("bad.yaml", "no prompt")
    if known:
        committed.run("validate")
    bad = (1, ["prompts/group/bad.yaml PC301"])
    outside = str(committed.root / "prompts" / "group" / "bad.yaml")
    for name in ("group/bad", "prompts/group/bad.yaml", "./prompts/../prompts/group/bad.yaml", outside, "group"):
        assert run_validate(committed, name) == bad, name
    assert run_validate(committed, "bad", "prompts/good.yaml") == (0, [])
    assert run_validate(committed, "good", "group/bad", "prompts/group/bad.yaml") == bad
    assert run_validate(committed, "bad.yaml")[0] == 3
    assert run_validate(committed, "group/bad.yaml")[0] == 3
    assert b"prompts/group/bad.yaml" in committed.run("validate", "--json", "bad.yaml", cwd="prompts/group").stdout


def test_a_link_to_a_prompt_is_looked_for_by_a_walk(committed: Project, tmp_path: Path) -> None:
    committed.prompt("group/bad", BAD)
    (committed.root / "prompts" / "linked").symlink_to("group")
    (committed.root / "prompts" / "away.yaml").symlink_to(tmp_path / "nothing.yaml")
    assert run_validate(committed, "linked/bad") == (1, ["prompts/linked/bad.yaml PC104"])
    assert run_validate(committed, "prompts/linked/bad.yaml") == (1, ["prompts/group/bad.yaml PC301"])
    assert run_validate(committed, "prompts/away.yaml") == (1, ["prompts/away.yaml PC104"])


def test_renamed_prompt_is_checked_under_its_new_id(committed: Project) -> None:
    committed.git("mv", "prompts/good.yaml", "prompts/better.yaml")
    assert run_validate(committed, "--staged") == (1, ["prompts/better.yaml PC104"])
    committed.prompt("better")
    committed.git("add", "-A")
    assert run_validate(committed, "--staged") == (0, [])


def test_many_at_once(committed: Project) -> None:
    """As pre-commit runs a hook for many files, and an editor beside it."""
    committed.prompt("good", BAD, "1.0.1")
    committed.git("add", "-A")
    outside = committed.write("docs/a b.yaml", "a: 1\n")
    commands = [
        ["validate", "--staged", "--json", "prompts/good.yaml", str(outside)],
        ["validate", "--json"],
        ["validate", "--json", "--no-cache", "good", "other"],
    ]
    running = [
        subprocess.Popen([COMMAND, *command], cwd=committed.root, env=committed.environment, stdout=subprocess.PIPE)
        for command in [*commands, commands[0]]
    ]
    ended = [(one.communicate()[0], one.wait()) for one in running]
    assert {status for _, status in ended} == {1}
    assert {tuple(one["code"] for one in json.loads(out)["findings"]) for out, _ in ended} == {("PC301",)}


def shell(project: Project, script: str) -> list[str]:
    """Run a script, and return its standard error."""
    environment = {**project.environment, "PATH": f"{COMMAND.parent}:{project.environment['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", script], cwd=project.root, env=environment, capture_output=True, text=True, check=False
    )
    assert not done.stdout
    return done.stderr.splitlines()


@pytest.mark.parametrize("reader", ["head -n 1 >&2", "true"])
def test_a_reader_that_goes_away_early(committed: Project, reader: str) -> None:
    for number in range(300):
        committed.prompt(f"p{number}", BAD)
    lines = shell(committed, f'prompt-cli validate | {reader}; echo "${{PIPESTATUS[0]}}" >&2')
    assert (lines[-1], "Traceback" in lines) == ("1", False)


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_streams_that_are_closed(committed: Project, closed: str) -> None:
    committed.prompt("good", BAD, "1.0.1")
    committed.git("add", "-A")
    before = {path: path.read_bytes() for path in committed.root.rglob("*") if path.is_file()}
    assert shell(committed, f"prompt-cli validate > /dev/null {closed}; echo $? >&2")[-1] == "1"
    staged = shell(committed, f"prompt-cli validate --staged --output report.txt {closed}; echo $? >&2")
    assert staged[-1] == "1"
    assert "PC301" in committed.read("report.txt").decode()
    assert {path: path.read_bytes() for path in before if path.name != "index"}.items() <= before.items()
