"""What was staged before is answered from what is known; the answer is always the one that --no-cache gives."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support import Project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.history.git_repositories import Processes
    from tests.support import Result

IN_PROCESS = True

BAD = "template: '{{nmae}}'\n"
INCLUDES = "template: '{{> tone}}'\n"
SECRET = "ghp_" + "q7RkZ2mXv9TbLc4WnYs8HdJf3GpQa6Ue1KxV"
FORMATS = ("text", "concise", "json", "github", "sarif", "junit", "markdown")
KNOWN = ["diff-index", "rev-parse"]
"""The processes that tell whether the same was staged before."""


@pytest.fixture
def committed(repository: Project) -> Project:
    """A prompt that includes another one, and one that is broken, in a commit; no remote."""
    repository.prompt("good")
    repository.prompt("tone", "template: Be kind.\n")
    repository.prompt("a", INCLUDES)
    repository.prompt("old/bad", BAD)
    repository.commit()
    return repository


def stage(project: Project, prompt_id: str, body: str = "template: Hi!\n", version: str = "1.0.1") -> None:
    project.prompt(prompt_id, body, version)
    project.git("add", f"prompts/{prompt_id}.yaml")


def same(project: Project, *arguments: str, **environment: str) -> Result:
    """Hold that what is answered, however often, is what is answered without what is known; return it."""
    plain = project.run("validate", "--staged", "--no-cache", *arguments, environment=environment)
    for _ in range(2):
        assert project.run("validate", "--staged", *arguments, environment=environment) == plain, arguments
    return plain


def is_known(project: Project, processes: Processes, *arguments: str) -> bool:
    processes.started()
    project.run("validate", "--staged", *arguments)
    return sorted(processes.started()) == KNOWN


@pytest.mark.parametrize("report_format", FORMATS)
def test_what_is_known_is_answered_to_the_byte(committed: Project, processes: Processes, report_format: str) -> None:
    stage(committed, "good", f"template: Use {SECRET}, é\u202e\u200b {{{{nmae}}}} always.\n")
    stage(committed, "tone", "template: Be very kind.\n", "1.0.0")
    committed.write("prompts/Not One.yml", "a: 1\n")
    committed.git("add", "-A")
    found = same(committed, "--output-format", report_format)
    assert found.status == 1
    assert is_known(committed, processes, "--output-format", report_format)
    assert SECRET.encode() not in (committed.root / ".git/prompt-cli/staged").read_bytes()


def test_a_report_goes_where_it_is_wanted(committed: Project) -> None:
    stage(committed, "good", BAD)
    for _ in range(2):
        assert committed.run("validate", "--staged", "--output", "report").status == 1
        assert b"PC301" in committed.read("report")
        (committed.root / "report").unlink()


def test_what_is_staged_counts_and_not_the_disk(committed: Project, processes: Processes) -> None:
    stage(committed, "good")
    assert same(committed).status == 0
    committed.prompt("good", BAD)
    assert is_known(committed, processes)
    assert same(committed).status == 0
    committed.git("add", "-A")
    assert same(committed).status == 1
    committed.prompt("good", "template: Hi!\n", "1.0.1")
    assert same(committed).status == 1


def test_a_partial_that_is_only_included_counts(committed: Project) -> None:
    stage(committed, "new", INCLUDES)
    assert same(committed).status == 0
    stage(committed, "tone", "variables: {a: {type: string}}\ntemplate: '{{a}}'\n", "2.0.0")
    assert same(committed).status == 1
    committed.git("rm", "-q", "--cached", "prompts/tone.yaml")
    assert "PC506" in same(committed).out


def test_a_file_that_is_only_announced_is_not_staged(committed: Project) -> None:
    stage(committed, "good")
    assert same(committed).status == 0
    committed.prompt("announced", BAD)
    committed.write("prompts/Not One.yml", "a: 1\n")
    committed.git("add", "--intent-to-add", "-A")
    assert same(committed).status == 0
    committed.git("add", "-A")
    assert same(committed).status == 1
    for name in ("announced.yaml", "Not One.yml"):
        committed.git("reset", "-q", "--", f"prompts/{name}")
        committed.write(f"prompts/{name}", "")
        committed.git("add", "--intent-to-add", f"prompts/{name}")
        assert same(committed).status == (1 if name == "announced.yaml" else 0)
        committed.git("add", f"prompts/{name}")
        assert same(committed).status == 1
        committed.git("reset", "-q", "--", f"prompts/{name}")


def test_a_submodule_is_no_prompt(committed: Project) -> None:
    stage(committed, "good")
    assert same(committed).status == 0
    head = committed.git("rev-parse", "HEAD")
    committed.git("config", "diff.ignoreSubmodules", "all")
    committed.git("update-index", "--add", "--cacheinfo", f"160000,{head},prompts/sub.yaml")
    assert "PC104" in same(committed).out


def test_a_conflict_is_never_fine(committed: Project) -> None:
    stage(committed, "good", "template: A\n")
    committed.git("commit", "-q", "-m", "A")
    committed.git("checkout", "-q", "-b", "other", "HEAD~1")
    stage(committed, "good", "template: B\n")
    committed.git("commit", "-q", "-m", "B")
    assert same(committed).status == 0
    with pytest.raises(Exception, match="merge"):
        committed.git("merge", "-q", "main")
    assert same(committed).status == 3
    stage(committed, "good", "template: A and B\n", "1.0.2")
    assert same(committed).status == 0
    stage(committed, "good", BAD, "1.0.2")
    assert same(committed).status == 1


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ("", 1),
        ('ignore = ["PC301"]\n', 0),
        ('per-path-ignores = {"good.yaml" = ["PC301"]}\n', 0),
        ('severity = {PC301 = "info"}\n', 0),
        ('fail-on = "info"\n', 1),
        ('directory = "others"\n', 3),
        ('base = "nothing"\n', 3),
        ("ignore = 1\n", 2),
    ],
)
def test_other_settings_are_another_answer(committed: Project, settings: str, status: int) -> None:
    stage(committed, "good", BAD)
    assert same(committed).status == 1
    committed.write("prompt-cli.toml", settings)
    assert same(committed).status == status
    committed.write(".gitignore", "prompts\n")
    assert same(committed).status == status


def test_other_levels_are_another_answer(committed: Project) -> None:
    stage(committed, "good", "template: Hi!\n")
    assert same(committed).status == 0
    committed.write("prompt-cli.toml", '[levels]\ntext-changed = "major"\n')
    assert same(committed).status == 1


def test_the_base_counts(committed: Project, processes: Processes) -> None:
    committed.write("prompt-cli.toml", 'base = "base"\n')
    committed.git("branch", "base")
    stage(committed, "good")
    committed.git("commit", "-q", "-m", "Raise it")
    stage(committed, "good", "template: Again!\n")
    assert same(committed).status == 0
    assert is_known(committed, processes)
    committed.git("branch", "-f", "base", "main")
    assert same(committed).status == 1
    committed.git("branch", "-D", "base")
    assert same(committed).status == 3


def test_a_remote_that_comes_counts(committed: Project) -> None:
    stage(committed, "good")
    committed.git("commit", "-q", "-m", "Raise it")
    stage(committed, "good", "template: Again!\n")
    assert same(committed).status == 1
    committed.git("update-ref", "refs/remotes/origin/main", "HEAD~1")
    committed.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    assert same(committed).status == 0


def test_another_commit_counts(committed: Project) -> None:
    stage(committed, "good")
    assert "1 prompt checked" in same(committed).err
    committed.git("commit", "-q", "-m", "Raise it")
    assert "0 prompts checked" in same(committed).err
    committed.git("reset", "-q", "--soft", "HEAD~1")
    assert "1 prompt checked" in same(committed).err


def test_what_another_commit_has_behind_it_counts(committed: Project) -> None:
    stage(committed, "good", "template: Other!\n")
    committed.git("commit", "-q", "-m", "Raise it")
    committed.git("revert", "--no-edit", "HEAD")
    stage(committed, "good")
    committed.git("branch", "later")
    committed.git("reset", "-q", "--soft", "HEAD~2")
    assert same(committed).status == 0
    committed.git("reset", "-q", "--soft", "later")
    assert same(committed).status == 1


@pytest.mark.parametrize("path", [".git/other", "{root}/.git/other"])
def test_the_index_of_a_hook_counts(committed: Project, path: str) -> None:
    shutil.copy(committed.root / ".git/index", committed.root / ".git/other")
    stage(committed, "good", BAD)
    assert same(committed).status == 1
    other = path.format(root=committed.root)
    assert same(committed, GIT_INDEX_FILE=other).status == 0
    assert same(committed).status == 1
    nested = Project(committed.root / "nested")
    nested.root.mkdir()
    nested.git("init", "-q")
    named = {"GIT_INDEX_FILE": str(nested.root / ".git/index"), "GIT_DIR": str(nested.root / ".git")}
    assert same(committed, **named).status == 1


def test_another_choice_and_other_targets_are_another_answer(committed: Project, processes: Processes) -> None:
    stage(committed, "good", BAD)
    stage(committed, "a", "template: '{{> tone}}!'\n")
    assert same(committed).status == 1
    assert same(committed, "--ignore", "PC3").status == 0
    assert same(committed, "--severity", "PC301=warning").status == 0
    assert same(committed, "--severity", "PC301=warning", "--strict").status == 1
    assert same(committed, "prompts/a.yaml").status == 0
    assert same(committed, "good").status == 1
    assert is_known(committed, processes, "good")


def test_what_is_passed_over_is_said_each_time(committed: Project, processes: Processes) -> None:
    stage(committed, "good")
    other = committed.write("workflow.yaml", "a: 1\n")
    assert "passed over" in same(committed, "workflow.yaml", "good").err
    assert is_known(committed, processes, "workflow.yaml", "good")
    other.unlink()
    assert same(committed, "workflow.yaml", "good").status == 3
    committed.prompt("untracked")
    assert same(committed, "prompts/untracked.yaml").status == 3
    committed.git("add", "-A")
    assert same(committed, "prompts/untracked.yaml").status == 0


def test_a_tag_that_is_called_as_a_version_is_told_of(committed: Project) -> None:
    stage(committed, "tone", "template: Be very kind.\n", "2.0.0")
    committed.git("commit", "-q", "-m", "Raise it")
    stage(committed, "good", "template: '{{> \"tone@1.0.0\"}}'\n")
    assert "1.0.0" not in same(committed).err
    committed.git("tag", "1.0.0")
    assert "1.0.0" in same(committed).err


def test_where_history_is_not_what_was_committed_nothing_is_known(committed: Project, processes: Processes) -> None:
    stage(committed, "good")
    committed.git("commit", "-q", "-m", "Raise it")
    stage(committed, "good", "template: Again!\n", "1.0.2")
    assert same(committed).status == 0
    committed.git("replace", "HEAD", "HEAD~1")
    assert same(committed).status == 0
    assert not is_known(committed, processes)


def test_each_thing_is_asked_once(committed: Project, processes: Processes) -> None:
    stage(committed, "new", INCLUDES)
    stage(committed, "tone", "template: Be very kind.\n")
    processes.started()
    assert committed.run("validate", "--staged").status == 1
    # What includes it is looked for again, and what is staged is looked at again before what was found is kept.
    expected = ["cat-file", *KNOWN, *KNOWN, "grep", "grep", "log", "ls-files"]
    assert sorted(processes.started()) == sorted(expected)


WITHOUT_PERL = """#!/bin/sh
case " $* " in
*" -P "*) echo "fatal: cannot use Perl-compatible regexes when not compiled with USE_LIBPCRE" >&2; exit 128 ;;
*) exec "{git}" "$@" ;;
esac
"""


STAGES_MEANWHILE = """#!/bin/sh
case " $* " in
*" cat-file "*) test -e "{mark}" || {{ : > "{mark}"; "{git}" -C "{root}" add prompts/later.yaml; }} ;;
esac
exec "{git}" "$@"
"""


def test_what_was_staged_meanwhile_is_not_kept(committed: Project, processes: Processes, tmp_path: Path) -> None:
    stage(committed, "good", BAD)
    committed.prompt("later", BAD)
    git, mark = shutil.which("git", path=committed.environment["PATH"]), tmp_path / "mark"
    put_git(tmp_path / "bin", STAGES_MEANWHILE.format(git=git, mark=mark, root=committed.root))
    path = f"{tmp_path / 'bin'}{os.pathsep}{committed.environment['PATH']}"
    assert committed.run("validate", "--staged", environment={"PATH": path}).status == 1
    assert mark.exists()
    committed.git("rm", "--quiet", "--cached", "prompts/later.yaml")
    assert not is_known(committed, processes)
    assert is_known(committed, processes)
    same(committed)


def put_git(folder: Path, program: str) -> None:
    folder.mkdir()
    (folder / "git").write_text(program)
    (folder / "git").chmod(0o755)


def test_a_git_without_such_patterns_finds_the_same(committed: Project, tmp_path: Path) -> None:
    stage(committed, "tone", "template: Be very kind.\n")
    expected = same(committed)
    assert "a.yaml" in expected.out
    folder = tmp_path / "bin"
    put_git(folder, WITHOUT_PERL.format(git=shutil.which("git", path=committed.environment["PATH"])))
    (committed.root / ".git/prompt-cli/staged").unlink()
    assert same(committed, PATH=f"{folder}{os.pathsep}{committed.environment['PATH']}") == expected


@pytest.mark.parametrize("count", [2, 4, 31])
def test_what_includes_is_found_however_deep(committed: Project, count: int) -> None:
    for n in range(count):
        committed.prompt(f"many/p{n}", f"template: '{{{{> many/p{n + 1}}}}}'\n" if n + 1 < count else BAD)
    committed.commit()
    stage(committed, f"many/p{count - 1}", "template: mended\n")
    found = same(committed)
    assert f"{count} prompts checked" in found.err


def damages(file: Path) -> list[bytes]:
    whole = file.read_bytes()
    return [b"", whole[:-9], whole.replace(b"good", b"evil"), b"\xff" * 9]


def test_what_is_damaged_is_nothing(committed: Project) -> None:
    stage(committed, "good", BAD)
    expected = same(committed)
    file = committed.root / ".git/prompt-cli/staged"
    for content in damages(file):
        file.write_bytes(content)
        assert same(committed) == expected
