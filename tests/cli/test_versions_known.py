"""``versions`` that are known: what is answered from what was kept is what is answered without it."""

from __future__ import annotations

import json
import os
import subprocess
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import COMMAND, Project, Result

if TYPE_CHECKING:
    from collections.abc import Callable

IN_PROCESS = True


@pytest.fixture
def history(repository: Project) -> Project:
    """A repository with a prompt of several versions, one of them committed twice, and one that went down."""
    for version, text in (("1.0.0", "a"), ("1.1.0", "b"), ("1.1.0", "c"), ("1.0.1", "d"), ("1.2.0", "e")):
        at(repository, version, text)
    return repository


def at(project: Project, version: str, text: str, prompt_id: str = "x") -> str:
    made = int(project.environment.get("MADE", "0")) + 1
    date = f"2026-01-02T{made // 60:02}:{made % 60:02}:05+05:30"
    project.environment |= {"MADE": str(made), "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    project.prompt(prompt_id, f"template: {text}\n", version)
    return project.commit(f"{version} {text}")


def kept(project: Project) -> Path:
    return Path(project.git("rev-parse", "--path-format=absolute", "--git-common-dir")) / "prompt-cli"


def file_of(project: Project) -> Path:
    (file,) = (kept(project) / "versions").iterdir()
    return file


def asked(project: Project, *arguments: str) -> list[Result]:
    return [project.run("versions", "x", *arguments, *form) for form in ((), ("--json",), ("-n", "1"))]


def fresh(project: Project) -> list[Result]:
    """Ask without anything that was learned before, and leave that as it was."""
    aside = kept(project).with_name("aside")
    found = []
    if kept(project).exists():
        kept(project).rename(aside)
    found = asked(project)
    if aside.exists():
        subprocess.run(["rm", "-r", str(kept(project))], check=False)
        aside.rename(kept(project))
    return found


def is_known(project: Project) -> bool:
    """Tell whether the next answer takes no walk."""
    trace = project.root.parent / "trace"
    project.run("versions", "x", environment={"GIT_TRACE2_EVENT": str(trace)})
    events = [json.loads(line) for line in trace.read_text().splitlines()]
    trace.unlink()
    started = {event["name"] for event in events if event["event"] == "cmd_name"}
    return "check-mailmap" in started and "log" not in started


def agrees(project: Project, *, known: bool | None = None) -> None:
    """Hold that whatever is known, the first answer and the next are the fresh one."""
    expected = fresh(project)
    assert asked(project) == expected
    assert asked(project) == expected
    if known is not None:
        assert is_known(project) is known


def commit(project: Project) -> None:
    at(project, "1.3.0", "more")


def commit_another(project: Project) -> None:
    at(project, "1.0.0", "other", "y")


def amend(project: Project) -> None:
    project.prompt("x", "template: amended\n", "1.2.1")
    project.git("commit", "-qa", "--amend", "-m", "amended")


def reword(project: Project) -> None:
    project.git("commit", "-q", "--amend", "--author", "Somebody Else <else@example.com>", "-m", "[b]reworded[/b]")


def switch(project: Project) -> None:
    project.git("switch", "-qc", "side", "HEAD~2")


def switch_there_and_back(project: Project) -> None:
    project.git("switch", "-qc", "side", "HEAD~2")
    at(project, "9.0.0", "side")
    asked(project)
    project.git("switch", "-q", "main")


def rebase(project: Project) -> None:
    project.git("switch", "-qc", "side", "HEAD~1")
    at(project, "1.0.0", "other", "y")
    asked(project)
    project.git("rebase", "-q", "main")


def reset(project: Project) -> None:
    project.git("reset", "-q", "--hard", "HEAD~3")


def merge(project: Project) -> None:
    project.git("switch", "-qc", "side", "HEAD~2")
    at(project, "3.0.0", "side")
    project.git("switch", "-q", "main")
    project.git("merge", "-q", "-s", "ours", "-m", "Merge", "side")


def collect(project: Project) -> None:
    project.git("commit", "-q", "--amend", "-m", "the old one is nowhere")
    project.git("reflog", "expire", "--expire=now", "--all")
    project.git("gc", "-q", "--prune=now")


def repack(project: Project) -> None:
    project.git("repack", "-adq")
    project.git("pack-refs", "--all")


def rename(project: Project) -> None:
    project.git("mv", "prompts/x.yaml", "prompts/z.yaml")
    project.commit("renamed")


def detach(project: Project) -> None:
    project.git("switch", "-q", "--detach", "HEAD~1")


def map_names(project: Project) -> None:
    project.write(".mailmap", "Proper Name <proper@example.com> <one@example.com>\n")


def map_names_by_setting(project: Project) -> None:
    project.write("names", "Another Name <one@example.com>\n")
    project.git("config", "mailmap.file", "names")


def tag(project: Project) -> None:
    project.git("tag", "1.0.0")


def sparse(project: Project) -> None:
    project.git("sparse-checkout", "set", "--no-cone", "/*", "!/prompts/y.yaml")


@pytest.mark.parametrize(
    "change",
    [
        *(commit, commit_another, amend, reword, switch, switch_there_and_back, rebase, reset, merge, collect, repack),
        *(rename, detach, map_names, map_names_by_setting, tag, sparse),
    ],
    ids=lambda change: change.__name__,
)
def test_what_git_did_is_seen(history: Project, change: Callable[[Project], None]) -> None:
    agrees(history, known=True)
    before = asked(history)
    change(history)
    agrees(history, known=True)
    if change not in (commit_another, switch_there_and_back, rebase, repack, tag, rename, sparse):
        assert asked(history) != before


@pytest.mark.parametrize("content", ["template: f\n", "nope: 1\n", None], ids=["edited", "broken", "deleted"])
@pytest.mark.parametrize("staged", [False, True], ids=["", "staged"])
def test_what_is_not_committed_is_seen(history: Project, content: str | None, *, staged: bool) -> None:
    agrees(history, known=True)
    path = history.root / "prompts" / "x.yaml"
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    before = asked(history)
    if content is None:
        path.unlink()
    else:
        history.prompt("x", content, "1.2.0")
        os.utime(path, ns=times)
    if staged:
        history.git("add", "-A")
    agrees(history, known=False)
    assert content is None or asked(history) != before
    history.git("reset", "-q", "--hard")
    agrees(history, known=True)
    assert asked(history) == before


def test_what_is_out_of_the_index_or_only_announced_is_seen(history: Project) -> None:
    agrees(history, known=True)
    history.git("rm", "-q", "--cached", "prompts/x.yaml")
    agrees(history)
    history.git("add", "--intent-to-add", "prompts/x.yaml")
    agrees(history)
    history.git("reset", "-q", "--hard")
    history.git("update-index", "--chmod=+x", "prompts/x.yaml")
    agrees(history)


@pytest.mark.parametrize("kind", ["replace", "graft"])
def test_a_history_that_is_shown_otherwise_is_not_known(history: Project, kind: str) -> None:
    agrees(history, known=True)
    old = history.git("rev-parse", "HEAD~3")
    if kind == "replace":
        history.git("replace", "--graft", "HEAD~1", old)
    else:
        history.write(".git/info/grafts", f"{history.git('rev-parse', 'HEAD~1')} {old}\n")
    agrees(history, known=False)


def test_a_shallow_clone_that_is_deepened(history: Project, tmp_path: Path) -> None:
    history.git("clone", "-q", "--depth=2", f"file://{history.root}", str(tmp_path / "clone"))
    clone = type(history)(tmp_path / "clone")
    agrees(clone, known=False)
    assert asked(clone)[0].status == 3
    clone.git("fetch", "-q", "--deepen=1")
    agrees(clone, known=False)
    assert asked(clone)[0].status == 3
    clone.git("fetch", "-q", "--unshallow")
    agrees(clone, known=True)
    assert asked(clone) == asked(history)
    clone.git("fetch", "-q", "--depth=1")  # shallow again, at the same HEAD
    agrees(clone, known=False)


def test_another_worktree_shares_what_is_known(history: Project, tmp_path: Path) -> None:
    asked(history)
    history.git("worktree", "add", "-q", "--detach", str(tmp_path / "tree"), "HEAD")
    other = type(history)(tmp_path / "tree")
    assert is_known(other)
    agrees(other, known=True)
    at(other, "4.0.0", "there")
    agrees(other, known=True)
    agrees(history, known=True)
    assert asked(history) != asked(other)


@pytest.mark.parametrize("bits", [b"", b"\0", b"x", b"\n"])
@pytest.mark.parametrize("place", [0.0, 0.3, 0.6, 1.0])
def test_a_damaged_file_costs_time_alone(history: Project, bits: bytes, place: float) -> None:
    asked(history)
    file = file_of(history)
    whole = file.read_bytes()
    cut = int(len(whole) * place)
    file.write_bytes(whole[:cut] + bits + whole[cut + 1 :])
    is_whole = file.read_bytes() == whole
    assert is_known(history) is is_whole
    agrees(history, known=True)


@pytest.mark.parametrize(
    "body",
    [b"", b"\n\n", b"{}", b"%b\n%b", b"%b\n%b\na <b>\n1.0.0", b"%b\n%b\na <b>\n1\0\0\0c\0d\x007\0s\x001", b"\xff\n"],
)
def test_a_file_with_our_check_sum_and_another_form(history: Project, body: bytes) -> None:
    asked(history)
    heading, _, whole = file_of(history).read_bytes().partition(b"\n")
    path, head, *_ = whole.split(b"\n")
    given = body % ((path, head)[: body.count(b"%b")]) if b"%b" in body else body
    changed = heading.rpartition(b" ")[0] + b" %08x" % zlib.crc32(given)
    file_of(history).write_bytes(changed + b"\n" + given)
    result = history.run("versions", "x")
    assert result.status == 0, result.err
    if given.count(b"\n") != 1:  # nothing but a head says that there are no versions; nobody writes that by accident
        agrees(history, known=True)


def test_another_releases_file_is_not_read(history: Project) -> None:
    asked(history)
    file = file_of(history)
    heading, newline, body = file.read_bytes().partition(b"\n")
    form, _, check = heading.rpartition(b" ")
    release = form.rpartition(b" ")[0]
    file.write_bytes(release + b" 0.0.1 " + check + newline + body)
    assert not is_known(history)
    agrees(history, known=True)


def test_a_link_is_not_followed(history: Project, tmp_path: Path) -> None:
    (history.root / ".git" / "prompt-cli").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (history.root / ".git" / "prompt-cli" / "versions").symlink_to(tmp_path / "elsewhere")
    asked(history)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_two_processes_at_once(history: Project) -> None:
    expected = fresh(history)[0]
    command = [str(COMMAND), "versions", "x"]
    for _ in range(3):
        subprocess.run(["rm", "-rf", str(kept(history))], check=True)
        started = [
            subprocess.Popen(command, cwd=history.root, env=history.environment, stdout=subprocess.PIPE)
            for _ in range(3)
        ]
        assert [one.communicate()[0] for one in started] == [expected.stdout] * 3
        assert {one.returncode for one in started} == {0}
    agrees(history, known=True)


def test_authors_as_the_mailmap_has_them_and_hostile_ones(history: Project) -> None:
    for name, address in (("É\u202e [/bold]", "odd@example.com"), ("-rf --stdin", "x"), ("a  b", ""), ("Ü", "é@é")):
        history.environment |= {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": address}
        at(history, f"2.{history.environment['MADE']}.0", name[:1])
    agrees(history, known=True)
    history.write(".mailmap", "Mapped <m@example.com> <odd@example.com>\n")
    agrees(history, known=True)
    assert b"Mapped" in asked(history)[0].stdout


def test_a_hooks_own_index_is_looked_at(history: Project) -> None:
    asked(history)
    index = history.root.parent / "index"
    environment = {"GIT_INDEX_FILE": str(index)}
    history.environment |= environment
    history.git("read-tree", "HEAD")
    history.prompt("x", "template: staged elsewhere\n", "5.0.0")
    history.git("add", "prompts/x.yaml")
    assert "5.0.0" in history.run("versions", "x").out
    agrees(history)
