"""``versions``, by the installed command in real repositories."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import Project

if TYPE_CHECKING:
    from pathlib import Path

IN_PROCESS = True

OLD = "template: one\n"


def at(project: Project, version: str, text: str = "one", *, prompt_id: str = "x") -> str:
    """Commit a prompt in some state, each commit a minute later than the one before."""
    made = int(project.environment.get("MADE", "0")) + 1
    date = f"2026-01-02T03:{made:02}:05+00:00"
    project.environment |= {"MADE": str(made), "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    project.prompt(prompt_id, f"template: {text}\n", version)
    return project.commit(f"{version} {text}")


def listed(project: Project, *arguments: str) -> list[dict[str, Any]]:
    result = project.run("versions", "x", "--json", *arguments)
    assert result.status == 0, result.err
    assert result.json["schema"] == 1
    return list(result.json["versions"])


def rows(project: Project, *keys: str) -> list[tuple[Any, ...]]:
    return [tuple(one[key] for key in keys) for one in listed(project)]


class TestLine:
    @pytest.fixture
    def history(self, repository: Project) -> Project:
        for version, text in (("0.9.0", "a"), ("1.0.0", "b"), ("1.0.1", "c"), ("1.0.1", "d"), ("1.1.0", "e")):
            at(repository, version, text)
        return repository

    def test_each_version_with_its_level_and_marks(self, history: Project) -> None:
        assert rows(history, "version", "level", "contents", "down", "subject") == [
            ("1.1.0", "minor", 1, False, "1.1.0 e"),
            ("1.0.1", "patch", 2, False, "1.0.1 d"),
            ("1.0.0", "major", 1, False, "1.0.0 b"),
            ("0.9.0", None, 1, False, "0.9.0 a"),
        ]
        assert [one["version"] for one in listed(history, "-n", "2")] == ["1.1.0", "1.0.1"]
        # What the level is over stays, also where the one before is not shown.
        assert listed(history, "-n", "1")[0]["level"] == "minor"
        table = history.run("versions", "x").out.splitlines()
        assert table[0].split() == ["VERSION", "LEVEL", "COMMIT", "DATE", "AUTHOR", "SUBJECT"]
        assert re.fullmatch(
            r"1\.0\.1 +patch +[0-9a-f]{10}  2026-01-02  Author One  \[2 contents with this version\] 1\.0\.1 d",
            table[2],
        )

    def test_uncommitted_versions_are_marked(self, history: Project) -> None:
        history.prompt("x", "template: f\n", "1.1.0")
        assert "[edited, not committed] 1.1.0 e" in history.run("versions", "x").out
        history.prompt("x", "template: f\n", "1.2.0")
        assert re.search(r"(?m)^1\.2\.0 .*\[not committed\]$", history.run("versions", "x").out)
        assert history.run("versions", "x", "--json").json["uncommitted"] == {"version": "1.2.0"}
        history.prompt("x", "nope: 1\n", "1.2.0")
        broken = history.run("versions", "x")
        assert broken.status == 0
        assert "the file in the working tree is broken" in broken.err

    def test_a_revert_is_a_version_that_went_down(self, history: Project) -> None:
        history.environment |= {"GIT_COMMITTER_DATE": "2026-01-03T00:00:00+00:00"}
        history.git("revert", "--no-edit", "HEAD")
        assert rows(history, "version", "level", "down")[:2] == [("1.0.1", None, True), ("1.1.0", "minor", False)]
        assert "[went down]" in history.run("versions", "x").out

    def test_a_deleted_one_is_listed_and_an_amended_one_forgotten(self, history: Project) -> None:
        history.prompt("x", "template: e\n", "1.3.0")
        history.git("commit", "-qa", "--amend", "-m", "amended")
        assert [one[0] for one in rows(history, "version")][:2] == ["1.3.0", "1.0.1"]
        history.git("mv", "prompts/x.yaml", "prompts/y.yaml")
        history.prompt("y", "template: e\n", "1.3.0")
        history.commit("Renamed")
        assert [one[0] for one in rows(history, "version")][:2] == ["1.3.0", "1.0.1"]
        renamed = history.run("versions", "y", "--json").json["versions"]
        assert [(one["version"], one["level"]) for one in renamed] == [("1.3.0", None)]


class TestMerges:
    @pytest.mark.parametrize("first", ["main", "side"])
    def test_versions_of_both_sides_are_listed_and_none_went_down(self, repository: Project, first: str) -> None:
        at(repository, "1.0.0")
        repository.git("branch", "side")
        versions = {"main": "1.1.0", "side": "1.0.1"}
        for branch in (first, "side" if first == "main" else "main"):
            repository.git("switch", "-q", branch)
            at(repository, versions[branch], branch)
        repository.git("switch", "-q", "main")
        repository.git("merge", "-q", "-s", "ours", "-m", "Merge", "side")
        found = {version: (level, down) for version, level, down in rows(repository, "version", "level", "down")}
        assert found == {"1.1.0": ("minor", False), "1.0.1": ("patch", False), "1.0.0": (None, False)}
        assert repository.run("render", "x@1.0.1").out == "side"
        assert repository.run("render", "x").out == "main"

    def test_a_version_made_in_the_merge_itself(self, repository: Project) -> None:
        at(repository, "1.0.0")
        repository.git("switch", "-q", "-c", "side")
        at(repository, "1.0.1", "side")
        repository.git("switch", "-q", "main")
        at(repository, "1.1.0", "main")
        repository.git("merge", "-q", "-s", "ours", "--no-commit", "side")
        merged = at(repository, "1.2.0", "both")
        assert listed(repository)[0]["commit"] == merged
        assert [one[0] for one in rows(repository, "version")] == ["1.2.0", "1.1.0", "1.0.1", "1.0.0"]

    def test_a_cherry_picked_version_is_one_version(self, repository: Project) -> None:
        at(repository, "1.0.0")
        repository.git("switch", "-q", "-c", "side")
        picked = at(repository, "1.0.1", "same")
        repository.git("switch", "-q", "main")
        repository.commit("Something else")
        repository.git("cherry-pick", picked)
        repository.git("merge", "-q", "-m", "Merge", "side")
        assert rows(repository, "version", "level", "contents") == [("1.0.1", "patch", 1), ("1.0.0", None, 1)]


def test_no_versions_to_list(project: Project, tmp_path: Path) -> None:
    project.prompt("x", OLD)
    outside = project.run("versions", "x")
    assert (outside.status, outside.out) == (3, "")
    assert "not inside a git repository" in outside.err
    project.git("init", "-q", "--bare", "bare")
    assert "this is a bare repository" in project.run("--directory", "bare", "versions", "x").err
    project.git("init", "-q")
    unborn = project.run("versions", "x", "--json")
    assert (unborn.status, unborn.out) == (3, "")
    assert "no commits yet" in unborn.err
    at(project, "1.0.0")
    at(project, "1.1.0")
    missing = project.run("versions", "y")
    assert (missing.status, missing.out) == (3, "")
    assert "unknown prompt 'y'" in missing.err
    project.git("clone", "-q", "--depth=1", f"file://{project.root}", str(tmp_path / "clone"))
    shallow = Project(tmp_path / "clone").run("versions", "x")
    assert (shallow.status, shallow.out) == (3, "")
    assert "git fetch --unshallow" in shallow.err
    assert "fetch-depth: 0" in shallow.err
