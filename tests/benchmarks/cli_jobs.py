"""What is measured of ours: each job with what it is to reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from tests.benchmarks.cli_repositories import PROMPT_ID, VERSIONED, Sizes, version_of
from tests.benchmarks.git_history import BUSY

if TYPE_CHECKING:
    from collections.abc import Mapping

State = Literal["first", "again"]
"""Whether what was learned before is removed, or the same was asked before."""


class Job(NamedTuple):
    """A command of ours.

    Attributes:
        key: What chooses it.
        name: What it is called in the table.
        arguments: Its arguments.
        reach: How many times an empty Python process it may take; None where that is not settled.
        repository: Where it runs.
        state: What is known when it starts.
        environment: Its further environment.
        logs: How many times git's own log of the file it may take besides.
        megabytes: How much memory it may take, where that is what is measured.
    """

    key: str
    name: str
    arguments: tuple[str, ...]
    reach: float | None
    repository: str = "some"
    state: State = "again"
    environment: Mapping[str, str] = {}
    logs: float = 0
    megabytes: int = 0


COMPLETING = {"COMP_WORDS": f"prompt-cli render {PROMPT_ID[:-1]}", "COMP_CWORD": "2"}
_RENDER = ("render", PROMPT_ID, "--example", "two tickets")
_OLDEST = ("render", f"{VERSIONED}@{version_of(0)}", "--example", "two tickets")


def jobs(sizes: Sizes) -> tuple[Job, ...]:
    """Return every job, in the order of the table; of two of the same command, the one that learns comes first."""
    complete = {**COMPLETING, "_PROMPT_CLI_COMPLETE": "complete_bash"}
    commits, busy = sizes.history.commits, sizes.history.busy
    long = f"versions in {commits:,} commits, {busy:,} of the file"
    validate = ("validate",)
    staged = f"validate --staged, 5 of {sizes.many:,}"
    return (
        Job("version", "--version", ("--version",), 1.5),
        Job("help", "--help", ("--help",), 8),
        Job("command-help", "validate --help", ("validate", "--help"), 8),
        Job("complete", f"complete an id among {sizes.some:,}", (), 8, environment=complete),
        Job("render-first", "render, first time", _RENDER, 17, state="first"),
        Job("render-again", "render, seen before", _RENDER, 9),
        Job("one-first", "validate one, first time", ("validate", PROMPT_ID), 17, state="first"),
        Job("one-again", "validate one, unchanged", ("validate", PROMPT_ID), 9),
        Job("some-first", f"validate {sizes.some:,}, first time", validate, 60, state="first"),
        Job("some-again", f"validate {sizes.some:,}, unchanged", validate, 12),
        Job("many-first", f"validate {sizes.many:,}, first time", validate, 300, "many", "first"),
        Job("many-again", f"validate {sizes.many:,}, unchanged", validate, 25, "many"),
        Job("staged-first", f"{staged}, first time", (*validate, "--staged"), 20, "many", "first"),
        Job("staged-again", f"{staged}, again", (*validate, "--staged"), 20, "many"),
        Job(
            "versions-first", f"versions of {sizes.versions:,}, first", ("versions", VERSIONED), 20, "versions", "first"
        ),
        Job("versions-again", f"versions of {sizes.versions:,}, again", ("versions", VERSIONED), 10, "versions"),
        Job("oldest-first", f"render ID@oldest of {sizes.versions:,}, first", _OLDEST, 20, "versions", "first"),
        Job("oldest-again", f"render ID@oldest of {sizes.versions:,}, again", _OLDEST, 10, "versions"),
        Job("history-first", f"{long}, first", ("versions", BUSY), 15, "history", "first", logs=1.5),
        Job("history-again", f"{long}, again", ("versions", BUSY), 10, "history"),
        Job("memory", f"memory, {sizes.many:,} validated", validate, None, "many", "first", megabytes=150),
    )
