"""Processes and files of commands that read history: their number does not grow with the history."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.history.git_repositories import Processes
    from tests.support import Project

IN_PROCESS = True

WRAPPER = """#!/bin/sh
case " $* " in
*" cat-file "*) tee -a "{log}" | exec "{git}" "$@" ;;
*) exec "{git}" "$@" ;;
esac
"""


@pytest.fixture
def contents(repository: Project, tmp_path: Path) -> Path:
    """A file that names each content git is asked for."""
    folder, log = tmp_path / "bin", tmp_path / "contents"
    folder.mkdir()
    git = shutil.which("git", path=repository.environment["PATH"])
    (folder / "git").write_text(WRAPPER.format(log=log, git=git))
    (folder / "git").chmod(0o755)
    repository.environment["PATH"] = f"{folder}{os.pathsep}{repository.environment['PATH']}"
    return log


def read(contents: Path) -> int:
    """Return how many contents were asked for, and forget them."""
    found = len(contents.read_bytes().splitlines()) if contents.exists() else 0
    contents.unlink(missing_ok=True)
    return found


def build(project: Project, prompts: int, versions: int) -> None:
    """Make prompts that include one of two others, raise some of them, and edit the others without raising them."""
    for n in range(prompts):
        project.prompt(f"p{n}", f"template: '{{{{> shared/s{n % 2}}}}}'\n")
    for n in range(2):
        project.prompt(f"shared/s{n}")
    project.commit()
    for n in range(2, prompts):
        project.prompt(f"p{n}", f"template: '{{{{> shared/s{n % 2}}}}} edited'\n")
    project.commit()
    for n in range(versions):
        project.prompt("p0", f"template: '{{{{> shared/s0}}}} {n}'\n", f"1.{n + 1}.0")
        project.commit()


LOOK = ["rev-parse"]
COMMANDS = {
    "versions": ["versions", "p0"],
    "render": ["render", "p0@1.0.0"],
    "diff": ["diff", "--against", "HEAD~1"],
    "validate": ["validate", "--staged"],
    "against": ["validate", "--staged", "--against", "HEAD~1"],
    "bump": ["bump", "--all", "--dry-run"],
}


def started(project: Project, processes: Processes, command: list[str]) -> tuple[Counter[str], Counter[str]]:
    """Return the git processes of a command, the first time and again."""
    shutil.rmtree(project.root / ".git" / "prompt-cli", ignore_errors=True)
    processes.started()
    found = []
    for _ in range(2):
        result = project.run(*command)
        assert result.status in {0, 1}, result.err
        found.append(Counter(processes.started()))
    return found[0], found[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_twice_as_much_takes_as_many_processes(repository: Project, processes: Processes, name: str) -> None:
    counts = []
    for prompts, versions in ((6, 5), (12, 10)):
        shutil.rmtree(repository.root)
        repository.root.mkdir()
        repository.git("init", "-q", "-b", "main")
        build(repository, prompts, versions)
        repository.prompt("p0", "template: 'edited {{> shared/s0}}'\n", "1.3.0")
        repository.prompt("p1", "template: 'edited {{> shared/s1}}'\n")
        repository.git("add", "-A")
        counts.append(started(repository, processes, COMMANDS[name]))
    assert counts[0] == counts[1]
    assert sum(counts[1][1].values()) <= sum(counts[1][0].values())
    assert counts[0][0]["ls-files"] <= 1  # however many readers of the index there are


def test_cached_versions_start_no_walk(repository: Project, processes: Processes) -> None:
    build(repository, 3, 5)
    first, again = started(repository, processes, COMMANDS["versions"])
    assert first == Counter([*LOOK, "log", "cat-file", "check-mailmap", "config", "status"])
    assert again == Counter([*LOOK, "check-mailmap", "config", "status"])


def test_staged_files_alone_are_read(repository: Project, contents: Path) -> None:
    read_again = []
    build(repository, 10, 1)
    for more in range(2):
        for n in range(20 * more):
            repository.prompt(f"more/p{n}", f"template: '{{{{> shared/s{n % 2}}}}} {n}'\n")
        repository.commit()
        repository.run("validate", "--staged")
        repository.prompt("p1", "template: 'edited {{> shared/s1}}'\n", "1.0.1")
        repository.git("add", "-A")
        assert repository.run("validate", "--staged").status == 0
        read(contents)
        assert repository.run("validate", "--staged").status == 0
        read_again.append(read(contents))
        repository.git("reset", "-q", "--hard")
    # p1 and what it includes, as HEAD has them and as they are staged, some of them asked for more than once.
    assert read_again[0] == read_again[1] <= 12


def test_staged_files_are_read_from_the_index_alone(repository: Project) -> None:
    build(repository, 4, 1)
    repository.prompt("p1", "template: 'edited {{> shared/s1}}'\n", "1.0.1")
    repository.git("add", "-A")
    expected = repository.run("validate", "--staged")
    for n in range(4):
        repository.write(f"prompts/p{n}.yaml", "nothing of this is staged: [")
    assert repository.run("validate", "--staged") == expected


def test_only_possible_includers_are_parsed(repository: Project) -> None:
    build(repository, 6, 1)
    repository.prompt("odd", 'template: "{{> shared\\x2fs1}}"\n')
    repository.prompt("hidden", 'template: "\\x7b{> shared/s1}}"\n')
    repository.prompt("folded", 'template: "{{> shared/\\\n  s1}}"\n')
    repository.prompt("nested", "template: '{{#> p1}}x{{/p1}}'\n")
    repository.prompt("pinned", "template: '{{> \"shared/s1@1.0.0\"}}'\n")
    repository.commit()
    repository.prompt("shared/s1", "template: Bye!\n", "1.0.1")
    repository.git("add", "-A")
    for _ in range(2):
        found = repository.run("diff", "--against", "HEAD", "--staged", "--json").json["prompts"]
        assert [one["id"] for one in found] == ["folded", "hidden", "nested", "odd", "p1", "p3", "p5", "shared/s1"]
        found = repository.run("diff", "--against", "HEAD", "--json").json["prompts"]
        assert [one["id"] for one in found] == ["folded", "hidden", "nested", "odd", "p1", "p3", "p5", "shared/s1"]
