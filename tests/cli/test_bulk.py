"""Many prompts at once: several processes have the findings of one."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from prompt_cli import PromptRegistry
from prompt_cli.checking.checker import PromptChecker
from prompt_cli.storage.backends import InMemoryStorage
from prompt_cli.workspace import Workspace
from tests.support import COMMAND, Project, as_others

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from prompt_cli.checking.results import CheckResults

BY = as_others()
COUNT = 620
"""More than two batches, and no whole number of them."""


@pytest.fixture
def many(repository: Project) -> Project:
    """Prompts with findings of all sorts spread over them: in what is included, hidden, suppressed, unreadable."""
    repository.write("former/moved.yaml", "id: moved\nversion: 1.0.0\nformat: text\ntemplate: be kind\n")
    repository.commit()
    repository.prompt("moved", "template: be brief\n", "1.1.0")
    repository.prompt("shared/part", "variables: {tone: {type: string}}\ntemplate: be {{tone}}\n")
    for n in range(COUNT):
        body = "variables: {tone: {type: string}}\ntemplate: '{{tone}} {{> shared/part}}'\n"
        if n % 50 == 7:
            body = f"variables: {{x{n}: {{type: string}}}}\ntemplate: x\n"
        elif n % 50 == 8:
            body = "template: '{{> nothing}}'\n"
        elif n % 50 == 9:
            body = "variables: {x: {type: string}} # prompt-cli: ignore PC302 -- so\ntemplate: x\n"
        elif n % 50 == 10:
            body = "template: 'ghp_q7RkZ2mXv9TbLc4WnYs8HdJf3GpQa6Ue1KxV \u202e'\n"
        elif n % 50 == 11:
            body = "template: [\n"
        elif n % 50 == 12:
            body = "template: '{{> \"moved@1.0.0\"}}'\n"
        repository.prompt(f"g{n % 7}/p{n}", body)
    repository.write("prompts/Stray Name.yaml", "")
    settings = 'former-directories = ["former"]\nper-path-ignores = {"g1/*" = ["PC302"]}\nseverity = {PC402 = "info"}\n'
    repository.write("prompt-cli.toml", settings)
    return repository


def started(project: Project, *by: str, arguments: Sequence[str] = ()) -> tuple[int, bytes, bytes]:
    return run_by(by, project, "validate", "--no-cache", *arguments)


def run_by(by: Sequence[str], project: Project, *arguments: str) -> tuple[int, bytes, bytes]:
    done = subprocess.run(
        [*by, str(COMMAND), *arguments],
        cwd=project.root,
        env=project.environment,
        capture_output=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


needs_two = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one processor has no use for two processes")


@needs_two
@pytest.mark.skipif(shutil.which("taskset") is None, reason="taskset is not there")
def test_several_processes_find_the_same_as_one(many: Project) -> None:
    arguments = ("--output-format", "json", "--ignore", "PC604")
    alone = started(many, "taskset", "-c", str(min(os.sched_getaffinity(0))), arguments=arguments)
    assert started(many, arguments=arguments) == alone
    assert alone[0] == 1
    assert alone[1].count(b"PC302") >= 8


@needs_two
@pytest.mark.skipif(BY is None, reason="root may read everything here, and setpriv is not installed")
def test_one_file_that_cannot_be_read_hides_no_other(many: Project) -> None:
    (many.root / "prompts" / "g0" / "p0.yaml").chmod(0)
    status, out, err = started(many, *(BY or ()), arguments=("--output-format", "concise"))
    assert status == 3
    assert b"g0/p0.yaml" in err
    assert out.count(b"PC302") >= 8


@needs_two
def test_results_of_several_processes_are_cached(many: Project) -> None:
    arguments = ("validate", "--output-format", "concise")
    first = many.run(*arguments)
    assert many.run(*arguments) == first
    assert (many.root / ".git" / "prompt-cli" / "cache" / "results").exists()


@needs_two
@pytest.mark.skipif(shutil.which("taskset") is None, reason="taskset is not there")
@pytest.mark.parametrize("first", ["template: a\n", "template: [\n"])
def test_several_processes_list_the_same_as_one(many: Project, first: str) -> None:
    many.prompt("a", first)
    state = many.root / ".git" / "prompt-cli"
    alone = run_by(("taskset", "-c", str(min(os.sched_getaffinity(0)))), many, "list", "--json")
    entries = [file.read_bytes() for file in (state / "cache" / "summaries").iterdir()]
    shutil.rmtree(state)
    assert run_by((), many, "list", "--json") == alone
    assert [file.read_bytes() for file in (state / "cache" / "summaries").iterdir()] == entries
    assert run_by((), many, "list", "--json") == alone
    assert alone[0] == 1
    assert alone[1].count(b'"id"') > COUNT - 20
    assert alone[2].count(b"error:") >= COUNT // 50


@needs_two
@pytest.mark.skipif(BY is None, reason="root may read everything here, and setpriv is not installed")
def test_list_reports_files_that_cannot_be_read_as_one_process_does(many: Project) -> None:
    for one in ("g0/p0", "g3/p164"):
        (many.root / "prompts" / f"{one}.yaml").chmod(0)
    several = run_by(BY or (), many, "list")
    alone = run_by(("taskset", "-c", str(min(os.sched_getaffinity(0))), *(BY or ())), many, "list")
    assert several == alone
    assert several[0] == 3
    assert b"2 files could not be read" in several[2]


class Absent:
    """Workers of which every other one was killed."""

    def __init__(self, checker: PromptChecker) -> None:
        self._checker = checker
        self.batches: list[int] = []

    async def check(self, batches: Sequence[Sequence[str]]) -> AsyncGenerator[CheckResults | None]:
        for n, batch in enumerate(batches):
            self.batches.append(len(batch))
            yield await self._checker.check_batch(batch) if n % 2 else None


@pytest.mark.parametrize(("count", "first", "last"), [(COUNT, 63, 57), (1_037, 250, 37)])
async def test_batch_of_a_killed_worker_is_checked_here(count: int, first: int, last: int) -> None:
    text = "id: {0}\nversion: 1.0.0\nformat: text\nvariables: {{x: {{type: string}}}}\ntemplate: y\n"
    files = {f"p{n}": text.format(f"p{n}") for n in range(count)}
    workspace = Workspace(PromptRegistry(InMemoryStorage(files)))
    absent = Absent(PromptChecker(workspace))
    progress: list[tuple[int, int]] = []
    checker = PromptChecker(
        workspace, on_checked=lambda done, every: progress.append((done, every)), check_batches=absent.check
    )
    report = await checker.check(list(files))
    assert report == await PromptChecker(workspace).check(list(files))
    assert (report.checked, len(report.findings), len(checker.checked)) == (count, count, count)
    assert sum(absent.batches) == count
    assert (absent.batches[0], absent.batches[-1]) == (first, last)
    assert progress[-1] == (count, count)
    assert progress == sorted(progress)
