"""``bump`` without a level: the level that the changes since the last version need."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import COMMAND, InProcess, Project

if TYPE_CHECKING:
    from pathlib import Path

IN_PROCESS = True

OLD = "variables: {name: {type: string}}\ntemplate: Hello {{name}}!\n"
PATCH = "variables: {name: {type: string}}\ntemplate: Hi {{name}}!\n"
MINOR = "variables: {name: {type: string, default: you}}\ntemplate: Hello {{name}}!\n"
MAJOR = "variables: {who: {type: string}}\ntemplate: Hello {{who}}!\n"
EVENING = OLD.replace("Hello", "Good evening")
NOTHING = f"# a comment\ndescription: What it says\n{OLD}"


def version(project: Project, prompt_id: str) -> str:
    lines = project.read(f"prompts/{prompt_id}.yaml").decode().splitlines()
    return next(line.removeprefix("version: ") for line in lines if line.startswith("version:"))


@pytest.mark.parametrize(
    ("start", "body", "expected"),
    [
        ("1.2.3", PATCH, "1.2.4"),
        ("1.2.3", MINOR, "1.3.0"),
        ("1.2.3", MAJOR, "2.0.0"),
        ("1.2.3", NOTHING, "1.2.3"),
        ("0.3.1", PATCH, "0.3.2"),
        ("0.3.1", MINOR, "0.3.2"),
        ("0.3.1", MAJOR, "0.4.0"),
    ],
)
def test_bump_uses_the_needed_level_and_is_idempotent(
    repository: Project, start: str, body: str, expected: str
) -> None:
    repository.prompt("x", OLD, start)
    repository.commit()
    path = repository.prompt("x", body, start)
    before = path.read_bytes()
    planned = repository.run("bump", "x", "-n")
    assert (planned.status, path.read_bytes()) == (0, before)
    first = repository.run("bump", "x")
    assert first.status == 0, first.err
    assert path.read_bytes() == before.replace(start.encode(), expected.encode())
    if expected != start:
        assert first.out.startswith(f"x: {start} -> {expected}\n  ")
        assert planned.out.startswith(f"x: {start} -> {expected} (dry run)\n")
    second = repository.run("bump", "x")
    assert second.status == 0
    assert second.out.startswith(f"x: already {expected}")
    assert second.err == ""
    assert version(repository, "x") == expected


def test_an_edit_that_was_committed_without_a_bump_still_counts(repository: Project) -> None:
    repository.prompt("x", OLD)
    repository.commit()
    repository.prompt("x", MAJOR)
    repository.commit("Renamed, and no bump")
    repository.prompt("x", f"{MAJOR}description: Later\n")
    repository.commit("Something else")
    result = repository.run("bump", "x", "--commit")
    assert result.status == 0, result.err
    assert version(repository, "x") == "2.0.0"
    assert repository.run("bump", "x").err == ""
    assert repository.git("show", "-s", "--format=%B") == (
        "Bump x from 1.0.0 to 2.0.0\n\n- variable 'name' was renamed to 'who'; callers that pass 'name' break"
    )


def test_an_explicit_level_always_raises(repository: Project) -> None:
    repository.prompt("x", OLD)
    repository.commit()
    for expected in ("1.0.1", "1.0.2"):
        assert repository.run("bump", "x", "patch").status == 0
        assert version(repository, "x") == expected


def test_a_level_too_low_is_refused_unless_it_is_forced(repository: Project) -> None:
    repository.prompt("x", OLD)
    repository.prompt("y", OLD)
    repository.commit()
    path = repository.prompt("x", MAJOR)
    before = path.read_bytes()
    result = repository.run("bump", "y", "x", "minor")
    assert (result.status, result.out) == (1, "")
    assert "x cannot become 1.1.0: it needs 2.0.0 at least, since 1.0.0 variable 'name' was renamed" in result.err
    assert "--force" in result.err
    assert (path.read_bytes(), version(repository, "y")) == (before, "1.0.0")
    forced = repository.run("bump", "x", "minor", "--force")
    assert forced.status == 0, forced.err
    assert version(repository, "x") == "1.1.0"
    # A forced version is too low, and can be corrected.
    assert repository.run("bump", "x").out.startswith("x: 1.1.0 -> 2.0.0\n")


@pytest.mark.parametrize(
    ("body", "words", "expected", "advice"),
    [
        (OLD, ["2.0.0"], "2.0.0", ""),
        (PATCH, ["1.3.0"], "1.3.0", ""),
        (MAJOR, ["1.3.0"], "x cannot become 1.3.0: it needs 2.0.0 at least, since 1.2.0", "bump x"),
        (MAJOR, ["1.3.0", "--force"], "1.3.0", ""),
        (PATCH, ["1.2.0"], "x cannot become 1.2.0: it was committed before", "bump x 1.2.1"),
        (MAJOR, ["1.1.0"], "x cannot become 1.1.0: 1.2.0 was committed before", "bump x 2.0.0"),
        (PATCH, ["1.2.0", "--force"], "x cannot become 1.2.0: it was committed before", "bump x 1.2.1"),
        (PATCH, ["2.0"], "invalid version '2.0'", ""),
    ],
)
def test_an_exact_version(repository: Project, body: str, words: list[str], expected: str, advice: str) -> None:
    for text, number in ((EVENING, "1.1.0"), (OLD, "1.2.0")):
        repository.prompt("x", text, number)
        repository.commit()
    path = repository.prompt("x", body, "1.2.0")
    before = path.read_bytes()
    result = repository.run("bump", "x", *words, "--json")
    if expected[0].isdigit():
        assert (result.status, version(repository, "x")) == (0, expected), result.err
        assert repository.run("bump", "x", expected, "--force").out.startswith(("x: already ", f"x: {expected} is not"))
        return
    assert (result.status != 0, result.out, path.read_bytes()) == (True, "", before)
    assert expected in result.err
    if advice:
        assert f"`prompt-cli {advice}`" in result.err
        assert repository.run(*advice.split()).status == 0
        assert path.read_bytes() != before


def test_an_exact_version_of_several_is_committed_and_tagged(repository: Project) -> None:
    for name in ("a", "b"):
        repository.prompt(name, OLD)
    repository.commit()
    assert repository.run("bump", "--all", "2.0.0").status == 0
    # The version of an earlier bump is committed.
    result = repository.run("bump", "a", "b", "2.0.0", "--tag")
    assert result.status == 0, result.err
    assert repository.git("tag").splitlines() == ["a@2.0.0", "b@2.0.0"]
    assert "2.0.0" in repository.run("bump", "--all", "2.0.0").err
    assert repository.git("status", "--porcelain") == ""


class TestSeveral:
    def test_each_by_its_own_and_one_commit_of_them_alone(self, repository: Project) -> None:
        repository.prompt("a", OLD)
        repository.prompt("b/c", OLD)
        repository.prompt("other", OLD)
        repository.commit()
        for name, body in (("a", MAJOR), ("b/c", PATCH), ("other", MAJOR)):
            repository.prompt(name, body)
        repository.write("staged.txt", "x")
        repository.git("add", "staged.txt")
        result = repository.run("bump", "a", "b/c", "a", "-m", "Rename", "--tag")
        assert result.status == 0, result.err
        assert repository.git("show", "--format=%B", "--name-only").splitlines() == [
            "Rename",
            "",
            "a: 1.0.0 -> 2.0.0",
            "- variable 'name' was renamed to 'who'; callers that pass 'name' break",
            "b/c: 1.0.0 -> 1.0.1",
            "- the text was changed",
            "",
            "",
            "prompts/a.yaml",
            "prompts/b/c.yaml",
        ]
        assert repository.git("diff", "--cached", "--name-only") == "staged.txt"
        assert repository.git("tag", "--points-at", "HEAD").splitlines() == ["a@2.0.0", "b/c@1.0.1"]
        assert version(repository, "other") == "1.0.0"

    def test_a_broken_one_among_them_and_nothing_is_written(self, repository: Project) -> None:
        for name in ("a", "b", "c"):
            repository.prompt(name, OLD)
        repository.commit()
        repository.prompt("a", MAJOR)
        repository.prompt("c", "nope: 1\ntemplate: x\n")
        for arguments in (["a", "b", "c"], ["a", "c", "minor", "--force"]):
            result = repository.run("bump", *arguments)
            assert (result.status, result.out) == (1, ""), (arguments, result)
            assert "prompts/c.yaml" in result.err
            assert [version(repository, name) for name in ("a", "b", "c")] == ["1.0.0"] * 3

    def test_all_are_those_that_changed(self, repository: Project) -> None:
        for name in ("a", "b", "c", "d", "e", "f"):
            repository.prompt(name, OLD)
        repository.commit()
        repository.prompt("a", MAJOR)
        repository.commit("Not raised")
        repository.prompt("b", PATCH)
        repository.prompt("new", OLD)
        result = repository.run("bump", "--all")
        assert result.status == 0, result.err
        assert [line for line in result.out.splitlines() if "->" in line] == ["a: 1.0.0 -> 2.0.0", "b: 1.0.0 -> 1.0.1"]
        assert repository.run("bump", "--all").err == "no bump needed\n"
        assert repository.run("bump", "--all", "minor", "--dry-run").out.count(" -> ") == 7

    def test_an_unknown_word_at_the_end_may_have_been_meant_for_a_level(self, repository: Project) -> None:
        repository.prompt("x", OLD)
        result = repository.run("bump", "x", "huge")
        assert (result.status, result.out) == (3, "")
        assert (
            "unknown prompt 'huge'\n  help: the level must be major, minor, patch or a version like 2.0.0" in result.err
        )

    def test_a_prompt_may_be_called_like_a_level(self, repository: Project) -> None:
        repository.prompt("major", OLD)
        repository.prompt("x", OLD)
        repository.commit()
        repository.prompt("major", PATCH)
        assert repository.run("bump", "major").status == 0
        assert version(repository, "major") == "1.0.1"
        assert repository.run("bump", "major", "major").status == 0
        assert version(repository, "major") == "2.0.0"
        assert repository.run("bump", "x", "major", "minor").status == 0
        assert (version(repository, "major"), version(repository, "x")) == ("2.1.0", "1.1.0")


class TestAgainst:
    @pytest.fixture
    def branch(self, repository: Project) -> Project:
        repository.prompt("x", OLD)
        repository.prompt("part", "template: Kind.\n")
        repository.prompt("middle", 'template: "{{> part}}"\n')
        repository.prompt("top", 'template: "{{> middle}}"\n')
        repository.prompt("pinned", "template: '{{> \"part@1.0.0\"}}'\n")
        repository.prompt("untouched", OLD)
        repository.commit()
        repository.git("switch", "-q", "-c", "feature")
        return repository

    def test_changed_prompts_and_includers_are_bumped(self, branch: Project) -> None:
        branch.prompt("x", MAJOR, "1.1.0")
        branch.prompt("part", "template: Very kind.\n")
        branch.prompt("new", OLD)
        branch.commit("Changed")
        result = branch.run("bump", "--all", "--against", "main", "--json")
        assert result.status == 0, result.err
        raised = {one["id"]: (one["from"], one["to"], one["level"]) for one in result.json["prompts"]}
        assert raised == {
            "middle": ("1.0.0", "1.0.1", "patch"),
            "part": ("1.0.0", "1.0.1", "patch"),
            "top": ("1.0.0", "1.0.1", "patch"),
            "x": ("1.1.0", "2.0.0", "major"),
        }
        assert branch.run("bump", "--all", "--against", "main").err == "no bump needed\n"
        assert branch.run("diff", "--stat", "--against", "main").out.splitlines()[-1].endswith("1 added")

    def test_version_of_the_other_side_is_skipped(self, branch: Project) -> None:
        branch.prompt("x", PATCH)
        branch.commit("Changed")
        branch.git("switch", "-q", "main")
        branch.prompt("x", OLD.replace("Hello", "Good day"), "1.0.1")
        branch.commit("Changed there too")
        branch.git("switch", "-q", "feature")
        assert branch.run("bump", "--all", "--against", "main").status == 0
        assert version(branch, "x") == "1.0.2"


class TestDependents:
    @pytest.fixture
    def included(self, repository: Project) -> Project:
        repository.prompt("part", OLD.replace("{{name}}", "you").replace("variables: {name: {type: string}}\n", ""))
        repository.prompt("middle", 'template: "{{> part}}"\n')
        repository.prompt("top", 'template: "{{> middle}}"\n')
        repository.prompt("pinned", "template: '{{> \"part@1.0.0\"}}'\n")
        repository.prompt("untouched", OLD)
        repository.commit()
        repository.prompt("part", "template: Good day you!\n")
        return repository

    @pytest.mark.parametrize(
        "words", [[], ["minor"], ["2.0.0"], ["--commit"], ["--against", "HEAD"], ["patch", "--force"], ["3.0.0", "-n"]]
    )
    def test_they_are_named_and_the_command_bumps_them(self, included: Project, words: list[str]) -> None:
        result = included.run("bump", "part", *words)
        assert result.status == 0, result.err
        assert [version(included, one) for one in ("middle", "top")] == ["1.0.0", "1.0.0"]
        notice, help_ = result.err.splitlines()
        assert notice == "middle and top include part and need a bump too"
        part = "3.0.0" if "-n" in words else version(included, "part")
        again = included.run(*help_.removeprefix("  help: `prompt-cli ").removesuffix("`").split())
        assert (again.status, again.err) == (0, ""), again
        versions = [version(included, one) for one in ("part", "middle", "top", "pinned", "untouched")]
        assert versions == [part, "1.0.1", "1.0.1", "1.0.0", "1.0.0"]
        assert (included.git("status", "--porcelain") == "") == ("--commit" in words)
        last = included.run("bump", "part")
        assert (last.status, last.err) == (0, "")

    def test_they_are_bumped_in_the_same_commit(self, included: Project) -> None:
        included.prompt("top", '# a comment\ntemplate: "{{> middle}}"\n', "0.9.0")
        result = included.run("bump", "part", "2.0.0", "--with-dependents", "--tag", "--json")
        assert result.status == 0, result.err
        bumps = {one["id"]: (one["to"], one["tag"], one["dependents"]) for one in result.json["prompts"]}
        assert bumps == {
            "part": ("2.0.0", "part@2.0.0", []),
            "middle": ("1.0.1", "middle@1.0.1", []),
            "top": ("1.0.1", "top@1.0.1", []),
        }
        assert included.git("show", "--format=%s", "--name-only", "HEAD").splitlines() == [
            "Bump 3 prompts",
            "",
            "prompts/middle.yaml",
            "prompts/part.yaml",
            "prompts/top.yaml",
        ]
        assert included.git("status", "--porcelain") == ""

    def test_a_partial_that_was_never_committed_is_committed_with_them(self, included: Project) -> None:
        included.git("checkout", "-q", "--", ".")
        included.prompt("new", "template: New.\n")
        included.prompt("top", 'template: "{{> middle}}{{> new}}"\n')
        result = included.run("bump", "new", "--with-dependents", "--commit")
        assert (result.status, version(included, "top")) == (0, "1.0.1"), result.err
        assert included.git("show", "--format=", "--name-only").split() == ["prompts/new.yaml", "prompts/top.yaml"]
        assert included.git("status", "--porcelain") == ""

    @pytest.mark.parametrize("body", ['nope: 1\ntemplate: "{{> middle}}"\n', 'template: "{{> middle}}{{#if}}"\n'])
    def test_broken_prompt_stops_all_or_is_reported(self, included: Project, body: str) -> None:
        included.prompt("top", body)
        refused = included.run("bump", "part", "--with-dependents")
        assert (refused.status, refused.out, version(included, "part")) == (1, "", "1.0.0")
        done = included.run("bump", "part")
        assert (done.status, version(included, "part")) == (0, "1.0.1")
        assert "cannot tell whether top needs a bump too: prompts/top.yaml" in done.err


class TestUsedVersions:
    @pytest.mark.parametrize("more", [["patch"], ["patch", "--force"], []])
    def test_committed_version_is_skipped(self, repository: Project, more: list[str]) -> None:
        for text, number in ((OLD, "1.0.0"), (PATCH, "1.0.1"), (EVENING, "1.0.2"), (OLD, "1.0.0")):
            repository.prompt("x", text, number)
            repository.commit()
        repository.prompt("x", PATCH.replace("Hi", "Good day"))
        result = repository.run("bump", "x", *more)
        assert result.status == 0, result.err
        assert version(repository, "x") == "1.0.3"

    @pytest.mark.parametrize(
        ("reverted", "body", "words", "expected"),
        [
            (PATCH, OLD, [], "1.1.1"),
            (PATCH, PATCH, [], "1.1.1"),
            (PATCH, EVENING, [], "1.1.1"),
            (PATCH, MINOR, [], "1.2.0"),
            (MINOR, OLD, [], "2.0.0"),  # callers of 1.1.0 leave the name out
            (PATCH, OLD, ["minor"], "1.2.0"),
            (PATCH, OLD, ["major"], "2.0.0"),
            (PATCH, OLD, ["patch", "--force"], "1.1.1"),
        ],
    )
    def test_after_a_revert_the_next_version_is_above_the_highest(
        self, repository: Project, reverted: str, body: str, words: list[str], expected: str
    ) -> None:
        repository.prompt("x", OLD)
        repository.commit()
        repository.prompt("x", reverted, "1.1.0")
        repository.commit()
        repository.git("revert", "--no-edit", "HEAD")
        repository.prompt("x", body)
        result = repository.run("bump", "x", *words)
        assert (result.status, version(repository, "x")) == (0, expected), result.err
        if not words:
            assert repository.run("bump", "x").err == ""

    def test_a_version_lowered_by_hand_is_put_back(self, repository: Project) -> None:
        repository.prompt("x", OLD, "1.1.0")
        repository.commit()
        repository.prompt("x", OLD, "1.0.0")
        assert repository.run("bump", "x").status == 0
        assert version(repository, "x") == "1.1.0"

    def test_also_by_a_prompt_of_that_id_that_was_deleted(self, repository: Project) -> None:
        path = repository.prompt("x", OLD, "1.1.0")
        repository.commit()
        path.unlink()
        repository.commit("Gone")
        repository.prompt("x", PATCH)
        assert repository.run("bump", "x", "minor").status == 0
        assert version(repository, "x") == "1.2.0"


class TestTrouble:
    def test_a_commit_that_a_hook_refuses_leaves_every_file_as_it_was(self, repository: Project) -> None:
        repository.prompt("x", OLD)
        repository.commit()
        repository.prompt("new", OLD)
        path = repository.prompt("x", PATCH)
        before = path.read_bytes(), repository.git("status", "--porcelain")
        repository.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n").chmod(0o755)
        assert repository.run("bump", "x", "new", "minor", "--tag").status == 3
        assert (path.read_bytes(), repository.git("status", "--porcelain")) == before
        assert version(repository, "new") == "1.0.0"
        assert repository.git("tag") == ""

    def test_existing_tag_is_refused_before_writing(self, repository: Project) -> None:
        repository.prompt("x", OLD)
        repository.commit()
        repository.git("tag", "x@1.0.1")
        path = repository.prompt("x", PATCH)
        before = path.read_bytes()
        result = repository.run("bump", "x", "--tag")
        assert (result.status, result.out) == (3, "")
        assert "tag 'x@1.0.1' already exists" in result.err
        assert (path.read_bytes(), repository.git("rev-list", "--count", "HEAD")) == (before, "1")

    def test_a_tag_that_git_refuses_after_the_commit_is_named_with_it(self, repository: Project) -> None:
        repository.prompt("x", OLD)
        repository.commit()
        repository.git("tag", "x@1.0.1/taken")  # a directory, where the tag would be a file
        repository.prompt("x", PATCH)
        result = repository.run("bump", "x", "--tag")
        assert (result.status, result.out) == (3, "")
        assert f"committed as {repository.git('rev-parse', 'HEAD')}, without its tag: git refused" in result.err

    def test_bump_outside_a_repository_needs_a_level(self, project: Project) -> None:
        project.prompt("x", OLD)
        result = project.run("bump", "x")
        assert (result.status, result.out) == (3, "")
        assert "not inside a git repository" in result.err
        assert "help: " in result.err
        assert project.run("bump", "x", "minor").status == 0
        assert version(project, "x") == "1.1.0"

    def test_uncommitted_prompt_needs_a_level_to_bump(self, repository: Project) -> None:
        repository.write("README", "")
        repository.commit()
        repository.prompt("x", OLD)
        result = repository.run("bump", "x")
        assert (result.status, result.out) == (0, "x: 1.0.0 is not committed yet, no bump needed\n")
        assert repository.run("bump", "x", "major").status == 0
        assert version(repository, "x") == "2.0.0"

    def test_a_shallow_clone_cannot_tell(self, repository: Project, tmp_path: Path) -> None:
        repository.prompt("x", OLD)
        repository.commit()
        repository.prompt("x", PATCH)
        repository.commit()
        repository.git("clone", "-q", "--depth=1", f"file://{repository.root}", str(tmp_path / "clone"))
        clone = Project(tmp_path / "clone")
        for level in ([], ["minor"]):
            result = clone.run("bump", "x", *level)
            assert (result.status, result.out) == (3, ""), result
            assert "git fetch --unshallow" in result.err
        assert clone.run("bump", "x", "minor", "--force").status == 0

    def test_a_state_that_is_broken_cannot_be_compared_with(self, repository: Project) -> None:
        repository.prompt("x", "nope: 1\ntemplate: x\n")
        repository.commit()
        repository.prompt("x", OLD)
        for level in ([], ["minor"]):
            result = repository.run("bump", "x", *level)
            assert (result.status, result.out) == (3, ""), result
            assert "cannot compare x" in result.err
        assert repository.run("bump", "x", "minor", "--force").status == 0

    def test_two_at_once_raise_once(self, repository: Project) -> None:
        repository.prompt("x", OLD)
        repository.commit()
        repository.prompt("x", MAJOR)
        running = [
            subprocess.Popen(
                [str(COMMAND), "bump", "x"], cwd=repository.root, env=repository.environment, stdout=subprocess.PIPE
            )
            for _ in range(3)
        ]
        for process in running:
            process.communicate()
        assert version(repository, "x") == "2.0.0"


_BODIES = st.sampled_from([OLD, PATCH, MINOR, MAJOR, NOTHING])


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    history=st.lists(st.tuples(_BODIES, st.sampled_from(["0.1.0", "1.0.0", "1.0.1", "1.1.0"])), min_size=1, max_size=4),
    body=_BODIES,
)
def test_after_a_bump_the_version_is_never_too_low(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, str]], body: str
) -> None:
    root = tmp_path_factory.mktemp("random") / "project"
    root.mkdir()
    project = InProcess(root)
    project.git("init", "-q")
    current, first = "", ""
    for text, number in history:
        project.prompt("x", text, number)
        commit = project.commit()
        current, first = (current, first) if number == current else (number, commit)
    project.prompt("x", body, current)
    assert project.run("bump", "x").status == 0
    # Compared with the commit that set the version: content equal to it needs no bump, at any HEAD.
    verdict = project.run("diff", "x", first, "--json").json["prompts"][0]["verdict"]
    assert verdict not in {"too-low", "went-down", "unjudged"}
    assert project.run("bump", "x").err == ""


class TestPreReleases:
    @pytest.mark.parametrize(
        ("current", "body", "words", "expected"),
        [
            ("1.2.0", PATCH, ["--pre", "rc"], "1.2.1-rc.1"),
            ("1.2.0", MAJOR, ["--pre", "rc"], "2.0.0-rc.1"),
            ("1.2.0", OLD, ["major", "--pre", "beta"], "2.0.0-beta.1"),
            ("1.2.0", OLD, ["--pre", "rc"], "1.2.0"),
            ("2.0.0-rc.1", MAJOR, ["--pre", "rc"], "2.0.0-rc.2"),
            ("2.0.0-rc.1", PATCH, [], "2.0.0-rc.2"),
            ("2.0.0-beta.3", PATCH, ["--pre", "rc"], "2.0.0-rc.1"),
            ("2.0.0-rc.2", OLD, ["major"], "2.0.0"),
            ("2.0.0-rc.2", PATCH, ["2.0.0"], "2.0.0"),
        ],
    )
    def test_the_next_version(
        self, repository: Project, current: str, body: str, words: list[str], expected: str
    ) -> None:
        repository.prompt("x", OLD, current)
        repository.commit()
        repository.prompt("x", body, current)
        result = repository.run("bump", "x", *words)
        assert (result.status, version(repository, "x")) == (0, expected), result
        assert repository.run("validate", "--against", "HEAD").status == 0

    def test_they_are_versions_and_in_no_range_that_names_none(self, repository: Project) -> None:
        for number in ("1.0.0", "1.1.0-rc.2", "1.1.0-rc.10"):
            repository.prompt("x", f"template: This is {number}.\n", number)
            repository.commit()
        for revision, number in {
            "latest": "1.0.0",
            "^1.0": "1.0.0",
            "^1.1.0-rc": "1.1.0-rc.10",
            "1.1.0-rc.2": "1.1.0-rc.2",
            "<1.1.0-rc.10": "1.1.0-rc.2",
        }.items():
            assert repository.run("render", f"x@{revision}").out == f"This is {number}."
        repository.prompt("top", "template: '{{> \"x@1.1.0-rc.2\"}}'\n")
        assert repository.run("render", "top").out == "This is 1.1.0-rc.2."
        refused = repository.run("bump", "x", "1.1.0-rc.3")
        assert (refused.status, "1.1.0-rc.10 was committed before" in refused.err) == (1, True)
        assert repository.run("bump", "x", "patch", "--pre", "rc", "--tag").out.startswith(
            "x: 1.1.0-rc.10 -> 1.1.0-rc.11"
        )
        assert repository.git("tag") == "x@1.1.0-rc.11"

    @pytest.mark.parametrize("words", [["--pre", "1"], ["--pre", "a b"], ["2.0.0", "--pre", "rc"], ["--pre", ""]])
    def test_invalid_prerelease_labels(self, repository: Project, words: list[str]) -> None:
        repository.prompt("x", OLD)
        repository.commit()
        assert repository.run("bump", "x", *words).status == 2
