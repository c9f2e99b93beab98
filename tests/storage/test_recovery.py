"""Transactions that a crash left in a git repository: finished only if the files are still as the journal says."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

import pytest

from prompt_cli.errors import StorageError
from prompt_cli.storage.directory import DirectoryStorage
from prompt_cli.storage.files import FileSystem
from tests.support import Project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

IN_PROCESS = True
CRASH = """
import asyncio, os, signal, sys
from pathlib import Path
from prompt_cli.storage.directory import DirectoryStorage
from prompt_cli.storage.files import FileSystem

class Dying(FileSystem):
    left = int(sys.argv[1])
    def replace(self, source, target):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        super().replace(source, target)

async def write():
    storage = DirectoryStorage(Path("prompts"), file_system=Dying())
    old = await storage.read_many(["a", "b"])
    async with storage.transaction() as files:
        for name, content in old.items():
            files.replace(name, content.replace(b"1.0.0", b"1.1.0"), expected=content)

asyncio.run(write())
"""
"""Bumps two prompts by the library, and dies at a renaming: of the journal, of it again (the commit), of a, of b."""
COMMIT, FIRST, SECOND = 2, 3, 4


def crash(project: Project, at: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASH, str(at)], cwd=project.root, env=project.environment, check=False
    )
    assert done.returncode == -signal.SIGKILL


def versions(project: Project) -> tuple[str, ...]:
    files = [project.read(f"prompts/{one}.yaml").decode() for one in ("a", "b")]
    return tuple(text.partition("version: ")[2].partition("\n")[0] for text in files)


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Makes a repository in which the library died, for each renaming once; tests copy it."""

    @cache
    def make(at: int) -> Path:
        project = Project(tmp_path_factory.mktemp("crashed") / "project")
        project.prompt("a")
        project.prompt("b")
        project.git("init", "-q", "-b", "main")
        project.commit()
        crash(project, at)
        return project.root

    return make


@pytest.fixture
def crashed(project: Project, crashes: Callable[[int], Path]) -> Callable[[int], Project]:
    def make(at: int) -> Project:
        shutil.copytree(crashes(at), project.root, dirs_exist_ok=True)
        return project

    return make


@pytest.mark.parametrize(
    ("at", "expected", "said"),
    [(COMMIT, "1.0.0", ""), (FIRST, "1.1.0", "is finished now"), (SECOND, "1.1.0", "is finished now")],
)
def test_next_command_finishes_an_interrupted_transaction(
    crashed: Callable[[int], Project], at: int, expected: str, said: str
) -> None:
    project = crashed(at)
    before = versions(project)
    assert project.run("validate").status == 0
    assert versions(project) == before, "reading ends nothing"
    result = project.run("create", "other", "--template", "x")
    assert result.status == 0, result.err
    assert said in result.err
    assert versions(project) == (expected, expected)
    assert sorted(one.name for one in (project.root / "prompts").iterdir()) == ["a.yaml", "b.yaml", "other.yaml"]
    assert [one.name for one in (project.root / ".git/prompt-cli").glob("[ti]*")] == []


def checkout(project: Project) -> None:
    project.git("checkout", "--", "prompts")


def edit(project: Project) -> None:
    project.prompt("b", version="7.0.0")


def delete(project: Project) -> None:
    (project.root / "prompts/b.yaml").unlink()


def stage(project: Project) -> None:
    project.prompt("b", version="7.0.0")
    project.git("add", "prompts/b.yaml")
    project.prompt("b")


def commit_other(project: Project) -> None:
    project.write("notes", "x")
    project.git("add", "notes")
    project.git("commit", "-q", "-m", "Go on")


def unstage(project: Project) -> None:
    project.git("rm", "-q", "--cached", "prompts/b.yaml")


@pytest.mark.parametrize("decide", [edit, delete, stage, commit_other, unstage], ids=lambda one: one.__name__)
@pytest.mark.parametrize("at", [COMMIT, FIRST, SECOND])
def test_edits_after_a_crash_stay(
    crashed: Callable[[int], Project], at: int, decide: Callable[[Project], object]
) -> None:
    check_set_aside(crashed(at), decide)


def test_checkout_that_discards_written_files_stays(crashed: Callable[[int], Project]) -> None:
    check_set_aside(crashed(SECOND), checkout)


def test_same_edit_by_hand_is_not_undone(crashed: Callable[[int], Project]) -> None:
    check_set_aside(crashed(COMMIT), lambda project: project.prompt("b", version="1.1.0"))


def check_set_aside(project: Project, decide: Callable[[Project], object]) -> None:
    decide(project)
    before = {path: path.read_bytes() for path in (project.root / "prompts").glob("*.yaml")}
    status = project.git("status", "--porcelain", "--", "prompts/a.yaml", "prompts/b.yaml")
    result = project.run("create", "other", "--template", "x")
    assert result.status == 0, result.err
    assert {path: path.read_bytes() for path in (project.root / "prompts").glob("[ab].yaml")} == before
    assert project.git("status", "--porcelain", "--", "prompts/a.yaml", "prompts/b.yaml") == status
    aside = project.root / ".git/prompt-cli/interrupted-1"
    assert "it is neither finished nor undone" in result.err
    assert f"{project.root}/prompts/a.yaml, {project.root}/prompts/b.yaml" in result.err
    assert str(aside) in result.err
    for folder, version in (("before", b"1.0.0"), ("after", b"1.1.0")):
        assert all(version in (aside / folder / f"{one}.yaml").read_bytes() for one in "ab")
    assert (aside / "journal.json").is_file()
    assert not list((project.root / "prompts").glob(".*"))
    assert "interrupted" not in project.run("create", "more", "--template", "x").err, "it is said once"


def test_the_library_tells_its_caller(crashed: Callable[[int], Project]) -> None:
    project = crashed(SECOND)
    checkout(project)
    notices: list[str] = []

    async def create() -> None:
        storage = DirectoryStorage(project.root / "prompts", on_notice=notices.append)
        async with storage.transaction() as files:
            files.create("other", b"x")

    asyncio.run(create())
    assert len(notices) == 1
    assert "it is neither finished nor undone" in notices[0]
    assert versions(project) == ("1.0.0", "1.0.0")


def test_a_link_to_the_directory_leads_to_the_same_lock(repository: Project) -> None:
    repository.prompt("a")
    (repository.root.parent / "link").symlink_to(repository.root / "prompts")

    async def create() -> None:
        async with DirectoryStorage(repository.root.parent / "link").transaction() as files:
            files.create("other", b"x")

    asyncio.run(create())
    assert (repository.root / ".git/prompt-cli/lock").is_file()
    assert not (repository.root / "prompts/.prompt-cli").exists()


def test_recovery_waits_if_git_fails(crashed: Callable[[int], Project]) -> None:
    project = crashed(SECOND)
    before = versions(project)
    head = project.write(".git/HEAD", "damaged")
    result = project.run("create", "other", "--template", "x")
    assert result.status == 0, result.err
    assert "it is neither finished nor undone" in result.err
    assert versions(project) == before
    assert head.read_text() == "damaged"


@pytest.mark.skipif(os.name == "nt", reason="locks are others there")
@pytest.mark.parametrize("written", [True, False])
async def test_a_lock_that_cannot_be_released(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, written: bool
) -> None:
    import fcntl

    unlocked = fcntl.flock

    def flock(descriptor: int, operation: int) -> None:
        unlocked(descriptor, operation)
        if operation == fcntl.LOCK_UN:
            raise OSError(5, "Input/output error")

    storage = DirectoryStorage(tmp_path, file_system=FileSystem())
    if not written:
        (tmp_path / "a.yaml").touch()
    monkeypatch.setattr(fcntl, "flock", flock)

    async def create() -> None:
        async with storage.transaction() as files:
            files.create("a", b"x")

    expected = "the prompts are written, but the lock .* could not be released: input/output error"
    with pytest.raises(StorageError if written else Exception, match=expected if written else "'a' already exists"):
        await create()
    assert (tmp_path / "a.yaml").read_bytes() == (b"x" if written else b"")
