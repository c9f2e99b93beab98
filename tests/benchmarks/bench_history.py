"""Cost of reading history, first and cached, as ratios to git's own log of the same path and to an empty Python process.

``python tests/benchmarks/bench_history.py [DIRECTORY]`` builds the long history of `git_history` there (or somewhere
temporary), and prints a table. Each question is asked of a new store; cold means an empty cache.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.revision import Tree, parse_revision
from prompt_cli.domain.version import SemanticVersion
from prompt_cli.history.version_store import GitVersionStore
from tests.benchmarks.git_history import BUSY, build, busy_version

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROUNDS = 5


class Row(NamedTuple):
    """A request, and its least seconds."""

    name: str
    seconds: float


def version_of(content: bytes) -> SemanticVersion | None:
    """Stand in for the parser: the versions of these files are read without it."""
    match = re.search(rb"(?m)^version: (\S+)", content)
    return SemanticVersion.parse(match[1].decode()) if match else None


async def versions(store: GitVersionStore) -> None:
    """List the versions of a prompt with a long history."""
    await store.versions(BUSY)


async def render(revision: str, store: GitVersionStore) -> None:
    """Read a prompt as it was, as rendering it does."""
    snapshot = await store.snapshot(BUSY, parse_revision(revision))
    await snapshot.read_many([BUSY])


async def against(ref: str, store: GitVersionStore) -> None:
    """Find the prompts that changed since a commit, and read their old contents."""
    base = await store.merge_base(ref)
    changed = await store.changed_ids(base, Tree.WORKING)
    await base.read_many([*changed.changed, *changed.deleted])


async def since_when(store: GitVersionStore) -> None:
    """Find the commit that `bump` compares with."""
    await store.first_commit_of(BUSY, SemanticVersion.parse(busy_version(4999)))


QUESTIONS: dict[str, Callable[[GitVersionStore], Awaitable[None]]] = {
    "versions": versions,
    "render ID@oldest": partial(render, busy_version(0)),
    "render ID@tenth newest": partial(render, busy_version(4990)),
    "render ID@latest": partial(render, "latest"),
    "render ID@HEAD~100": partial(render, "HEAD~100"),
    "diff --against HEAD~100": partial(against, "HEAD~100"),
    "bump, what it compares with": since_when,
}


def main(directory: Path) -> None:
    """Measure, and print a table."""
    if not directory.exists():
        build(directory)
    log = ["git", "log", "--full-history", "--format=%H", "--", f"prompts/{BUSY}.yaml"]
    git = best(lambda: subprocess.run(log, cwd=directory, stdout=subprocess.DEVNULL, check=True))
    python = best(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True))
    write(f"git log --full-history: {git * 1000:.0f} ms; python -c pass: {python * 1000:.1f} ms")
    write(f"{'':42}{'ms':>8}{'of git log':>12}{'of python':>12}")
    for row in rows(directory):
        ratios = f"{row.seconds / git:12.2f}{row.seconds / python:12.1f}"
        write(f"{row.name:42}{row.seconds * 1000:8.1f}{ratios}")


def rows(directory: Path) -> list[Row]:
    """Ask every question, cold and warm."""
    learned = directory / ".git" / "prompt-cli"
    found = []
    for name, ask in QUESTIONS.items():
        cold = best(partial(asked, directory, ask), before=lambda: shutil.rmtree(learned, ignore_errors=True))
        found += [Row(f"{name}, cold", cold), Row(f"{name}, warm", best(partial(asked, directory, ask)))]
    return found


def asked(directory: Path, ask: Callable[[GitVersionStore], Awaitable[None]]) -> None:
    """Ask a new store in a new event loop."""

    async def run() -> None:
        await ask(GitVersionStore(directory / "prompts", version_of=version_of))

    asyncio.run(run())


def best(work: Callable[[], object], *, before: Callable[[], object] = lambda: None) -> float:
    """Return the least seconds of a job, because disturbances make it longer."""
    seconds = []
    for _ in range(ROUNDS):
        before()
        began = perf_counter()
        work()
        seconds.append(perf_counter() - began)
    return min(seconds)


def write(line: str) -> None:
    """Write a line of the table."""
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(Path(temporary) / "history")
