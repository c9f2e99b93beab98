"""Pins: they give the output of `render ID@VERSION` at the commit of the includer."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support import InProcess

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support import Project

IN_PROCESS = True

PIN = "template: '{{> \"leaf@1.0.0\"}}'\n"
TWICE = "leaf@1.0.0 was committed with 2 contents; commit "


def leaf(project: Project, text: str, version: str = "1.0.0") -> None:
    project.prompt("leaf", f"template: {text}\n", version)


def test_an_edit_never_shows_through_a_pin(repository: Project) -> None:
    leaf(repository, "A")
    repository.prompt("top", PIN)
    assert repository.run("render", "top").out == "A"  # no commit has the version yet
    repository.git("add", "-A")
    assert repository.run("render", "top@:staged").out == "A"
    repository.commit()
    for version in ("1.0.0", "1.0.1"):
        leaf(repository, "B", version)
        repository.git("add", "-A")
        for target in ("top", "top@:staged", "leaf@1.0.0", "top@HEAD"):
            assert repository.run("render", target).out == "A", target
        assert repository.run("validate", "--staged", "top").status == 0
        assert "top" not in repository.run("diff", "--stat").out
    repository.prompt("top", PIN.replace("1.0.0", "1.0.1"))
    assert repository.run("render", "top").out == "B"  # as no commit has this one


def test_a_snapshot_has_its_own_pins(repository: Project) -> None:
    repository.prompt("top", PIN)
    for text in "AB":
        leaf(repository, text)
        repository.commit()
    assert [repository.run("render", f"top@{one}").out for one in ("HEAD~1", "HEAD")] == ["A", "B"]
    leaf(repository, "C", "2.0.0")
    repository.commit()
    assert [repository.run("render", one).out for one in ("top", "top@HEAD~2", "leaf@1.0.0")] == ["B", "A", "B"]
    repository.git("rm", "-q", "prompts/leaf.yaml")
    repository.commit()
    assert repository.run("render", "top").out == "B"


@pytest.mark.parametrize(
    ("contents", "is_said"),
    [(["A", "B"], True), (["A"], False), (["A", "A # a comment", "B"], True), (["A", "B", "A"], True)],
)
def test_version_with_several_contents_is_noted(repository: Project, contents: list[str], *, is_said: bool) -> None:
    repository.prompt("top", PIN)
    for text in contents:
        leaf(repository, text)
        repository.commit()
    leaf(repository, "Z", "2.0.0")
    repository.commit()
    count = len(set(contents))
    for command in (["render", "leaf@1.0.0"], ["render", "top"], ["validate"], ["validate"], ["show", "leaf@^1.0.0"]):
        result = repository.run(*command)
        assert result.status == 0
        notice = TWICE.replace("2", str(count)) + repository.git("rev-parse", "--short=7", "HEAD~1") + " is used\n"
        assert (notice in result.err) is is_said, (command, result.err)
    assert (f"[{count} contents with this version]" in repository.run("versions", "leaf").out) is is_said


def test_a_notice_about_a_pin_inside_a_pinned_partial_is_repeated(repository: Project) -> None:
    for text in "AB":
        leaf(repository, text)
        repository.commit()
    repository.prompt("middle", PIN)
    repository.commit()
    repository.prompt("middle", "template: Z\n", "2.0.0")
    repository.prompt("top", PIN.replace("leaf", "middle"))
    repository.git("add", "-A")
    for command in (["validate", "--staged"], ["validate"], ["validate"]):
        result = repository.run(*command)
        assert (result.status, TWICE in result.err) == (0, True), (command, result.err)


def test_a_pin_in_a_shallow_clone_is_the_commits_own(repository: Project, tmp_path: Path) -> None:
    repository.prompt("top", PIN)
    for text in "AB":
        leaf(repository, text)
        repository.commit()
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", f"file://{repository.root}", str(tmp_path / "clone")],
        check=True,
        env=repository.environment,
    )
    clone = InProcess(tmp_path / "clone")
    leaf(clone, "edited")
    assert clone.run("render", "top").out == "B"
    leaf(clone, "edited", "2.0.0")
    clone.prompt("top", PIN.replace("1.0.0", "2.0.0"))
    result = clone.run("render", "top")
    assert (result.status, result.out) == (3, "")
    assert "git fetch --unshallow" in result.err


def test_without_a_repository_the_file_serves(project: Project) -> None:
    leaf(project, "A")
    project.prompt("top", PIN)
    assert project.run("render", "top").out == "A"
    leaf(project, "B", "2.0.0")
    assert project.run("render", "top").status == 3
