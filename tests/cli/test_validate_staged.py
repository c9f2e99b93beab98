"""`validate --staged`: the index is checked, never the files on the disk."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support import InProcess

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support import Project, Result

BAD = "template: '{{nmae}}'\n"
INCLUDES = "template: '{{> tone}}'\n"


@pytest.fixture
def repository(repository: Project) -> InProcess:
    return InProcess(repository.root)


@pytest.fixture
def committed(repository: Project) -> Project:
    """Two prompts in a commit, one of which is broken; no remote."""
    repository.prompt("good")
    repository.prompt("old/bad", BAD)
    repository.commit()
    return repository


def staged(project: Project, *arguments: str, cwd: str = ".") -> tuple[int, list[str]]:
    result = project.run("validate", "--staged", "--json", *arguments, cwd=cwd)
    return result.status, [f"{one['path'].removeprefix('prompts/')} {one['code']}" for one in result.json["findings"]]


def text(project: Project, *arguments: str) -> Result:
    return project.run("validate", "--staged", *arguments)


def test_nothing_staged_is_nothing_to_judge(committed: Project) -> None:
    committed.prompt("good", BAD)
    assert staged(committed) == (0, [])


def test_partly_staged_file_is_checked_as_staged(committed: Project) -> None:
    committed.prompt("good", BAD, "1.0.1")
    committed.git("add", "-A")
    fixed = committed.prompt("good", "template: Hi!\n", "1.0.1").read_bytes()
    assert staged(committed) == (1, ["good.yaml PC301"])
    assert committed.read("prompts/good.yaml") == fixed
    committed.git("add", "-A")
    committed.prompt("good", BAD)
    assert staged(committed) == (0, [])


def test_staged_file_missing_on_disk_is_checked(committed: Project) -> None:
    path = committed.prompt("new", BAD)
    committed.git("add", "-A")
    path.unlink()
    assert staged(committed) == (1, ["new.yaml PC301"])
    assert staged(committed, "prompts/new.yaml") == (1, ["new.yaml PC301"])


def test_partials_come_from_the_index(committed: Project) -> None:
    committed.prompt("tone", "template: Be kind.\n")
    committed.prompt("a", INCLUDES)
    committed.git("add", "prompts/a.yaml")
    assert staged(committed) == (1, ["a.yaml PC204"])
    committed.git("add", "-A")
    assert staged(committed) == (0, [])


def test_all_of_the_index_is_checked_before_the_first_commit(repository: Project) -> None:
    repository.prompt("a")
    repository.prompt("b", BAD)
    repository.git("add", "-A")
    repository.prompt("c", BAD)
    assert staged(repository) == (1, ["b.yaml PC301"])


def test_an_index_without_prompts_is_never_fine(repository: Project) -> None:
    repository.prompt("a")
    result = text(repository)
    assert (result.status, result.out) == (3, "")
    assert "no prompts in" in result.err
    assert "as the index has it" in result.err
    assert "help: stage one with `git add`" in result.err


def test_changes_need_a_repository(project: Project) -> None:
    project.prompt("a")
    assert text(project).status == 3


class TestIncluders:
    @pytest.fixture(autouse=True)
    def included(self, committed: Project) -> None:
        committed.prompt("tone", "variables: {a: {type: string, default: x}}\ntemplate: '{{a}}'\n")
        committed.prompt("deep", "template: '{{> a}}'\n")
        committed.prompt("a", INCLUDES)
        committed.commit()

    def test_includers_are_checked_with_the_change(self, committed: Project) -> None:
        committed.prompt("tone", "variables: {a: {type: string}}\ntemplate: '{{a}}'\n", "2.0.0")
        committed.git("add", "-A")
        status, found = staged(committed, "--ignore", "PC5")
        assert (status, found) == (1, ["a.yaml PC301", "deep.yaml PC301"])

    def test_includers_must_be_bumped(self, committed: Project) -> None:
        committed.prompt("tone", "variables: {a: {type: string, default: y}}\ntemplate: '{{a}}'\n", "1.1.0")
        committed.git("add", "-A")
        assert staged(committed) == (1, ["a.yaml PC505", "deep.yaml PC505"])

    def test_deletion_is_a_finding_in_each_includer(self, committed: Project) -> None:
        committed.git("rm", "-q", "prompts/tone.yaml")
        status, found = staged(committed)
        assert status == 1
        assert "a.yaml PC506" in found
        # pre-commit passes the other files that are staged, and none for a deletion
        assert "a.yaml PC506" in staged(committed, "prompts/good.yaml")[1]

    def test_rename_names_the_new_id(self, committed: Project) -> None:
        committed.git("mv", "prompts/tone.yaml", "prompts/voice.yaml")
        committed.prompt("voice", "variables: {a: {type: string, default: x}}\ntemplate: '{{a}}'\n")
        committed.git("add", "-A")
        result = text(committed, "--select", "PC5")
        assert "'tone' was renamed to 'voice' but is still included here" in result.out

    def test_deletion_without_includers_passes(self, committed: Project) -> None:
        committed.git("rm", "-q", "prompts/good.yaml")
        assert staged(committed) == (0, [])


class TestNamed:
    @pytest.fixture(autouse=True)
    def two(self, committed: Project) -> None:
        committed.prompt("new", BAD)
        committed.prompt("team/other", BAD)
        committed.write("workflow.yaml", "a: 1\n")
        committed.git("add", "-A")

    @pytest.mark.parametrize(
        ("arguments", "found"),
        [
            (("prompts/new.yaml",), ["new.yaml PC301"]),
            (("new",), ["new.yaml PC301"]),
            (("team",), ["team/other.yaml PC301"]),
            (("prompts/team/",), ["team/other.yaml PC301"]),
            (("*",), ["new.yaml PC301", "old/bad.yaml PC301", "team/other.yaml PC301"]),
            # hooks ask about all files with `pre-commit run --all-files`
            (("prompts/good.yaml", "prompts/old/bad.yaml", "workflow.yaml"), ["old/bad.yaml PC301"]),
        ],
    )
    def test_only_staged_changes_are_checked(
        self, committed: Project, arguments: tuple[str, ...], found: list[str]
    ) -> None:
        assert staged(committed, *arguments) == (1, found)

    def test_paths_are_relative_to_the_current_directory(self, committed: Project) -> None:
        assert staged(committed, "other.yaml", cwd="prompts/team") == (1, ["team/other.yaml PC301"])

    def test_other_files_are_skipped_with_a_notice(self, committed: Project) -> None:
        result = text(committed, "workflow.yaml", "prompts/good.yaml")
        assert (result.status, result.out) == (0, "")
        assert "skipped, not prompts below prompts: 1" in result.err

    def test_prompts_missing_from_the_index_do_not_pass(self, committed: Project) -> None:
        committed.prompt("untracked")
        result = text(committed, "prompts/untracked.yaml", "prompts/new.yaml")
        assert result.status == 3
        assert "PC301" in result.out
        assert "could not check prompts/untracked.yaml: it is not in the index" in result.err

    def test_unknown_targets_are_an_error(self, committed: Project) -> None:
        result = text(committed, "nothing")
        assert result.status == 3
        assert "nothing" in result.err


def test_new_file_that_looks_like_a_prompt_is_reported(committed: Project) -> None:
    committed.write("prompts/Old One.yaml", "a: 1\n")
    committed.commit()
    committed.write("prompts/new.yml", "a: 1\n")
    committed.git("add", "-A")
    assert staged(committed) == (1, ["new.yml PC104"])
    assert staged(committed, "prompts/Old One.yaml") == (1, ["Old One.yaml PC104"])


def test_symbolic_link_is_not_a_prompt(committed: Project) -> None:
    (committed.root / "prompts/link.yaml").symlink_to("good.yaml")
    (committed.root / "prompts/out.yaml").symlink_to("/etc/hostname")
    committed.git("add", "-A")
    assert staged(committed) == (1, ["link.yaml PC104", "out.yaml PC104"])
    assert committed.run("validate", "--against", "HEAD", "out").status == 3
    result = committed.run("validate", "--against", "HEAD", "--output-format", "concise")
    assert "prompts/out.yaml:1:1: PC104 this is not a prompt: it is a link out" in result.out


def test_merge_conflict_cannot_be_checked(committed: Project) -> None:
    committed.git("checkout", "-q", "-b", "other")
    committed.prompt("good", "template: A\n", "1.0.1")
    committed.commit()
    committed.git("checkout", "-q", "main")
    committed.prompt("good", "template: B\n", "1.0.1")
    committed.commit()
    with pytest.raises(Exception, match="merge"):
        committed.git("merge", "-q", "other")
    result = text(committed)
    assert result.status == 3
    assert "merge conflict" in result.err


def test_an_unborn_index_has_no_versions_to_judge(repository: Project) -> None:
    repository.prompt("a")
    repository.git("add", "-A")
    assert staged(repository, "--select", "PC5") == (0, [])


@pytest.mark.parametrize("arguments", [("--staged", "-"), ("--against", "HEAD", "--stdin-filename", "prompts/a.yaml")])
def test_unsaved_text_is_not_part_of_a_change(committed: Project, arguments: tuple[str, ...]) -> None:
    assert committed.run("validate", *arguments).status == 2


@pytest.mark.parametrize("count", [2, 4, 31])
def test_includers_are_found_at_any_depth(committed: Project, count: int) -> None:
    for n in range(count):
        committed.prompt(f"many/p{n}", f"template: '{{{{> many/p{n + 1}}}}}'\n" if n + 1 < count else BAD)
    committed.commit()
    committed.prompt(f"many/p{count - 1}", "template: fixed\n", "1.0.1")
    committed.git("add", "-A")
    assert f"{count} prompts checked" in text(committed).err


WITHOUT_PERL = """#!/bin/sh
case " $* " in
*" -P "*) echo "fatal: cannot use Perl-compatible regexes when not compiled with USE_LIBPCRE" >&2; exit 128 ;;
*) exec "{git}" "$@" ;;
esac
"""


def test_a_git_without_perl_patterns_finds_the_same_includers(committed: Project, tmp_path: Path) -> None:
    committed.prompt("tone", "template: Be kind.\n")
    committed.prompt("a", INCLUDES)
    committed.commit()
    committed.prompt("tone", "template: Be very kind.\n", "1.0.1")
    committed.git("add", "-A")
    expected = text(committed)
    assert "a.yaml" in expected.out
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text(WITHOUT_PERL.format(git=shutil.which("git")))
    (tmp_path / "bin" / "git").chmod(0o755)
    committed.environment["PATH"] = f"{tmp_path / 'bin'}{os.pathsep}{committed.environment['PATH']}"
    assert text(committed) == expected
