"""The cost of commands without a clock: the files they read, the processes they start, the modules they import."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from prompt_cli.checking.targets import match_target
from tests.support import reported_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support import Project

PROGRAM = """
import os, sys
events = []
def hook(event, arguments):
    if event == "open" and arguments[1] is None and str(arguments[0]).endswith(".yaml"):
        events.append("read")
    elif event in ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty", "os.system"):
        events.append("process")
    elif event == "import":
        events.append("module")
    elif event == "os.scandir" and "prompts" in str(arguments[0]):
        events.append("walk")
sys.addaudithook(hook)
from prompt_cli.__main__ import answer
try:
    for command in sys.argv[1:]:
        answer(command.split())
finally:
    print(*events, file=sys.stderr)
"""


class Cost(NamedTuple):
    """The costs of commands."""

    reads: int
    processes: int
    modules: int
    walks: int = 0


def cost(project: Project, *commands: str, environment: dict[str, str] | None = None) -> Cost:
    """Run commands in one process, and return their total cost."""
    events = Counter(reported_words(project, PROGRAM, *commands, environment=environment))
    return Cost(events["read"], events["process"], events["module"], events["walk"])


def clear_cache(project: Project) -> None:
    shutil.rmtree(project.root / ".git" / "prompt-cli", ignore_errors=True)


def prompts(project: Project, count: int) -> None:
    project.prompt("shared/part", "template: be kind\n")
    for n in range(count):
        project.prompt(f"g{n % 3}/p{n}", "template: 'x {{> shared/part}}'\n")


COMPLETING = {"COMP_WORDS": "prompt-cli\nrender\ng", "COMP_CWORD": "2", "_PROMPT_CLI_COMPLETE": "complete_bash"}


def test_commands_without_prompts_read_none(repository: Project) -> None:
    prompts(repository, 5)
    assert cost(repository, "--version", "--help", "validate --help", "rule PC302")[:2] == (0, 0)


def test_completing_reads_no_prompt_and_starts_nothing(repository: Project) -> None:
    prompts(repository, 5)
    assert cost(repository, environment=COMPLETING)[:2] == (0, 0)


@pytest.mark.parametrize(("command", "reads"), [("validate g0/p0", 2), ("show g0/p0", 1)])
def test_one_prompt_costs_its_own_files(repository: Project, command: str, reads: int) -> None:
    """The number of other prompts does not matter."""
    prompts(repository, 5)
    few = [cost(repository, command) for _ in range(2)]
    prompts(repository, 40)
    many = [cost(repository, command) for _ in range(2)]
    assert few[1] == many[1] == Cost(reads, 0, few[1].modules)
    # A file without a cached result is read for its key, then again to be parsed.
    assert all(one.reads <= 2 * reads and one.processes == 0 for one in few + many)


@pytest.mark.parametrize(("command", "times"), [("validate --no-cache", 1), ("list", 2)])
def test_twice_the_prompts_cost_twice_the_files(repository: Project, command: str, times: int) -> None:
    prompts(repository, 20)
    few = [cost(repository, command) for _ in range(times)]
    prompts(repository, 41)
    clear_cache(repository)
    many = [cost(repository, command) for _ in range(times)]
    for before, after in zip(few, many, strict=True):
        assert before[:2] == (21, 0)
        assert after[:2] == (2 * before.reads, 0)
        assert after.modules <= before.modules


def test_files_that_are_named_are_looked_at_alone(repository: Project) -> None:
    repository.prompt("group/greeting")
    repository.prompt("group/other")
    for named in ("group/greeting", "prompts/group/greeting.yaml", "./prompts/group/greeting.yaml"):
        assert cost(repository, *[f"validate {named}"] * 2).walks == 0, named
        clear_cache(repository)
    assert cost(repository, "validate group").walks > 0


def test_naming_one_prompt_keeps_cached_results_of_others(repository: Project) -> None:
    for n in range(3):
        repository.prompt(f"p{n}")
    known = cost(repository, "validate").reads
    repository.prompt("p0", "template: Hi!\n")
    repository.run("validate", "p0")
    assert cost(repository, "validate").modules <= 200
    assert known == 3


def test_only_changed_prompts_are_parsed_again(repository: Project) -> None:
    """All files are read, because times are not trusted; each is parsed once."""
    prompts(repository, 20)
    cost(repository, "validate")
    repository.prompt("g0/p0", "template: 'changed {{> shared/part}}'\n")
    assert cost(repository, "validate").reads == 21 + 2  # itself and its partial


def test_unchanged_prompts_of_the_index_are_not_parsed_again(repository: Project) -> None:
    """Whichever was checked before: hooks name every file of the index, people check the working tree."""
    repository.prompt("x")
    repository.commit()
    hook = "validate --staged --only-targets --ignore PC5 prompts/x.yaml"
    first, again, of_files = (cost(repository, one) for one in (hook, hook, "validate --ignore PC5"))
    assert again.modules < first.modules
    assert (of_files.reads, of_files.processes) == (1, 0)
    clear_cache(repository)
    cost(repository, "validate --ignore PC5")
    assert cost(repository, hook).modules == again.modules


def test_a_file_is_found_without_a_loop_over_all_ids() -> None:
    """Hooks name thousands of files."""

    class Ids(frozenset[str]):
        def __iter__(self) -> Iterator[str]:
            raise AssertionError

    ids, directory = Ids({"a", "deep/b"}), Path.cwd() / "prompts"
    for target in ("deep/b", "prompts/deep/b.yaml", str(directory / "deep" / "b.yaml")):
        assert match_target(target, ids, directory).ids == ("deep/b",)


@pytest.mark.parametrize("command", ["validate", "list"])
def test_many_prompts_start_no_more_processes_than_there_are_processors(repository: Project, command: str) -> None:
    prompts(repository, 620)
    processors = len(os.sched_getaffinity(0))
    assert cost(repository, command).processes == (min(3, processors) if processors > 1 else 0)
    assert cost(repository, command).processes == 0
