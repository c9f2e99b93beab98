"""The measured commands, each with its limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from tests.benchmarks.cli_repositories import PROMPT_ID, USED, VERSIONED, Sizes, version_of
from tests.benchmarks.git_history import BUSY

if TYPE_CHECKING:
    from collections.abc import Mapping

State = Literal["first", "again"]
"""Whether the caches are empty, or the same command ran before."""


class Job(NamedTuple):
    """A measured command.

    Attributes:
        key: The name of its row on the command line.
        name: The name of its row in the table.
        arguments: The arguments of the command.
        limit: Its limit, in times of an empty Python process; None for none.
        repository: The repository that it runs in.
        state: The state of the caches at its start.
        edited_prompt: The prompt to edit before it runs; empty for none.
        environment: More variables of its environment.
        logs: The times of git's own log of the file to add to the limit.
        megabytes: The limit of its memory; 0 if its time is measured.
    """

    key: str
    name: str
    arguments: tuple[str, ...]
    limit: float | None
    repository: str = "some"
    state: State = "again"
    edited_prompt: str = ""
    environment: Mapping[str, str] = {}
    logs: float = 0
    megabytes: int = 0


COMPLETING = {
    "_TYPER_COMPLETE_ARGS": f"prompt-cli render {PROMPT_ID[:-1]}",
    "_TYPER_COMPLETE_FISH_ACTION": "get-args",
}
_RENDER = ("render", PROMPT_ID, "--example", "two tickets")
_OLDEST = ("render", f"{VERSIONED}@{version_of(0)}", "--example", "two tickets")


def jobs(sizes: Sizes) -> tuple[Job, ...]:
    """Return the jobs in the order of the table; of two of the same command, the one that fills the cache is first."""
    complete = {**COMPLETING, "_PROMPT_CLI_COMPLETE": "complete_fish"}
    commits, busy = sizes.history.commits, sizes.history.busy
    long = f"versions in {commits:,} commits, {busy:,} of the file"
    validate = ("validate",)
    unlike = f"validate {sizes.some:,} that share nothing"
    staged = f"validate --staged, 5 of {sizes.many:,}"
    return (
        Job("version", "--version", ("--version",), 1.5),
        Job("help", "--help", ("--help",), 8),
        Job("command-help", "validate --help", ("validate", "--help"), 17),
        Job("complete", f"complete an id among {sizes.some:,}", (), 8, environment=complete),
        Job("render-first", "render, first time", _RENDER, 19, state="first"),
        Job("render-again", "render, again", _RENDER, 10),
        Job("one-first", "validate one, first time", ("validate", PROMPT_ID), 20, state="first"),
        Job("one-again", "validate one, unchanged", ("validate", PROMPT_ID), 9),
        Job("some-first", f"validate {sizes.some:,}, first time", validate, 75, state="first"),
        Job("some-again", f"validate {sizes.some:,}, unchanged", validate, 12),
        Job("unlike-first", f"{unlike}, first time", validate, 110, "unlike", "first"),
        Job("unlike-one", f"{unlike}, one changed", validate, 24, "unlike", edited_prompt=PROMPT_ID),
        Job("unlike-partial", f"{unlike}, a partial changed", validate, 70, "unlike", edited_prompt=USED),
        Job("many-first", f"validate {sizes.many:,}, first time", validate, 450, "many", "first"),
        Job("many-again", f"validate {sizes.many:,}, unchanged", validate, 30, "many"),
        Job("memory", f"memory, {sizes.many:,} validated", validate, None, "many", "first", megabytes=150),
        Job("staged-first", f"{staged}, first time", (*validate, "--staged"), 26, "many", "first"),
        Job("staged-again", f"{staged}, again", (*validate, "--staged"), 26, "many"),
        Job("list-first", f"list {sizes.many:,}, first time", ("list",), 330, "many", "first"),
        Job("list-again", f"list {sizes.many:,}, again", ("list",), 40, "many"),
        Job("list-memory", f"memory, {sizes.many:,} listed", ("list",), None, "many", "first", megabytes=90),
        Job("pin-again", "validate the shipped prompts, unchanged", validate, 10, "shipped"),
        Job(
            "versions-first", f"versions of {sizes.versions:,}, first", ("versions", VERSIONED), 14, "versions", "first"
        ),
        Job("versions-again", f"versions of {sizes.versions:,}, again", ("versions", VERSIONED), 10, "versions"),
        Job("oldest-first", f"render ID@oldest of {sizes.versions:,}, first", _OLDEST, 24, "versions", "first"),
        Job("oldest-again", f"render ID@oldest of {sizes.versions:,}, again", _OLDEST, 24, "versions"),
        Job("history-first", f"{long}, first", ("versions", BUSY), 15, "history", "first", logs=1.5),
        Job("history-again", f"{long}, again", ("versions", BUSY), 10, "history"),
    )
