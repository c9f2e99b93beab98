"""Renders in a service: throughput, latency, blocking of the event loop and memory, beside Jinja2's async.

    python tests/benchmarks/bench_service.py [COUNT]

One process renders prompts of the working tree, versions, ranges and commits of a repository that it builds, in turn;
some include a pinned partial. Jinja2 renders the same templates from files; it has no versions and checks no values,
and is left out where it is missing. `block` is the longest time in which the event loop ran nothing else, and `cpu` the
processor time of its thread in such a turn, which other programs on the machine do not lengthen. As a service may, it
freezes the garbage collector's view of what was imported: going through that takes 35 ms.
"""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter, thread_time
from typing import TYPE_CHECKING, Any, NamedTuple

from prompt_cli import PromptManager

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    Render = Callable[[str], Awaitable[str]]

PROMPTS = 20
VERSIONS = 4
TOGETHER = 100
REVISIONS = ("", "@1.0.0", "@^1", "@HEAD", "@HEAD~1")
VALUES: dict[str, Any] = {
    "name": "Ada",
    "tickets": [{"subject": f"ticket {n}", "urgent": n % 2 == 0} for n in range(5)],
}
TONE = "id: tone\nversion: 1.0.0\nformat: text\ntemplate: |\n  Be friendly.\n"
PROMPT = """id: p{n}
version: 1.{version}.0
format: text
variables:
  name: {{type: string}}
  tickets: {{type: array, items: {{type: object, properties: {{subject: {{type: string}}, urgent: {{type: boolean}}}}}}}}
template: |
  {partial}Hello {{{{name}}}}, this is prompt {n}.
  {{{{#each tickets}}}}
  - {{{{subject}}}}{{{{#if urgent}}}} (urgent){{{{/if}}}}
  {{{{/each}}}}
"""
JINJA = """{%% include "tone" %%}Hello {{ name }}, this is prompt %d.
{%% for t in tickets %%}- {{ t.subject }}{%% if t.urgent %%} (urgent){%% endif %%}
{%% endfor %%}"""


class Row(NamedTuple):
    """Result of one phase; times in milliseconds, memory in MiB."""

    name: str
    per_second: float
    median: float
    p99: float
    longest: float
    block: float
    cpu: float
    memory: float

    def __str__(self) -> str:
        numbers = f"{self.per_second:9.0f}{self.median:9.2f}{self.p99:9.2f}{self.longest:9.2f}{self.block:9.2f}{self.cpu:9.2f}"
        return f"{self.name:34}{numbers}{self.memory:9.1f}"


def build(root: Path) -> None:
    """Commit prompts in several versions, and templates for Jinja2."""
    subprocess.run(["git", "init", "--quiet", root], check=True)
    (root / "prompts").mkdir()
    (root / "prompts" / "tone.yaml").write_text(TONE)
    for version in range(VERSIONS):
        for n in range(PROMPTS):
            partial = '{{> "tone@1.0.0"}}\n  ' if n % 2 else ""
            text = PROMPT.format(n=n, version=version, partial=partial)
            (root / "prompts" / f"p{n}.yaml").write_text(text)
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        subprocess.run(["git", "add", "--all"], cwd=root, check=True)
        subprocess.run(["git", *identity, "commit", "--quiet", "--message", f"{version}"], cwd=root, check=True)
    (root / "jinja").mkdir()
    (root / "jinja" / "tone").write_text("Be friendly.\n")
    for n in range(PROMPTS):
        (root / "jinja" / f"p{n}").write_text(JINJA % n)


async def watch(blocks: list[float], cpu: list[float]) -> None:
    """Record how long each turn of the event loop takes that serves others too."""
    last, last_cpu = perf_counter(), thread_time()
    while True:
        await asyncio.sleep(0.001)
        now, now_cpu = perf_counter(), thread_time()
        blocks.append(now - last - 0.001)
        cpu.append(now_cpu - last_cpu)
        last, last_cpu = now, now_cpu


async def measure(name: str, render: Render, requests: Sequence[str], together: int = 1) -> Row:
    """Render requests, a number of them at once."""
    blocks: list[float] = []
    cpu: list[float] = []
    times: list[float] = []
    watcher = asyncio.create_task(watch(blocks, cpu))

    async def one(request: str) -> None:
        start = perf_counter()
        await render(request)
        times.append(perf_counter() - start)

    await asyncio.sleep(0.01)
    start = perf_counter()
    remaining = iter(requests)
    while batch := list(islice(remaining, together)):
        await asyncio.gather(*map(one, batch))
    taken = perf_counter() - start
    watcher.cancel()
    times.sort()
    at = [times[len(times) // 2], times[len(times) * 99 // 100], times[-1], max(blocks), max(cpu)]
    median, p99, longest, block, busy = (1000 * value for value in at)
    return Row(name, len(requests) / taken, median, p99, longest, block, busy, memory())


def memory() -> float:
    """Return the resident memory in MiB; 0 where the system has no /proc."""
    gc.collect()
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except FileNotFoundError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def jinja(root: Path) -> Render:
    """Return Jinja2's renderer of files, which looks each time whether they changed."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(loader=FileSystemLoader(root / "jinja"), enable_async=True)  # noqa: S701 - plain text

    async def render(request: str) -> str:
        return str(await environment.get_template(request.partition("@")[0]).render_async(VALUES))

    return render


def report(line: object) -> None:
    """Write a line to standard output at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main(count: int) -> None:
    """Report the table."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        build(root)
        everything = [f"p{n}{revision}" for revision in REVISIONS for n in range(PROMPTS)]
        mixed = list(islice(cycle(everything), count))
        report(f"{'':34}{'renders/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}{'block':>9}{'cpu':>9}{'MiB':>9}")
        async with PromptManager.open(root) as manager:
            gc.collect()
            gc.freeze()

            async def render(request: str) -> str:
                return await manager.render(request, VALUES)

            async def many(_: str) -> str:
                return "".join(await manager.render_many([(one, VALUES) for one in everything[:TOGETHER]]))

            report(await measure("first renders", render, everything))
            report(await measure(f"first fifth of {count} mixed", render, mixed[: count // 5]))
            report(await measure("the rest", render, mixed[count // 5 :]))
            report(await measure("working tree", render, [one for one in mixed if "@" not in one]))
            report(await measure("versions", render, [one for one in mixed if "@" in one]))
            report(await measure(f"gather of {TOGETHER}", render, mixed, TOGETHER))
            report(await measure(f"render_many of {TOGETHER} (calls)", many, mixed[: count // TOGETHER]))
        if find_spec("jinja2"):
            report(await measure("Jinja2", jinja(root), mixed))
            report(await measure(f"Jinja2, gather of {TOGETHER}", jinja(root), mixed, TOGETHER))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
