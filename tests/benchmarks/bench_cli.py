"""What commands cost, as whole processes: as multiples of P, an empty Python process in the same run.

``python tests/benchmarks/bench_cli.py [PROMPTS [ROUNDS]]`` builds a repository of so many prompts somewhere temporary
and prints a table of medians over interleaved rounds, so that what disturbs one row disturbs all.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

COMMAND = str(Path(sys.executable).with_name("prompt-cli"))
COMPLETING = {"COMP_WORDS": "prompt-cli render g0/p1", "COMP_CWORD": "2", "_PROMPT_CLI_COMPLETE": "complete_bash"}
PARTIALS = 10

PARTIAL = """\
id: shared/p{n}
version: 1.0.0
format: text
variables:
  company: {{type: string}}
template: |
  Be kind, for {{{{company}}}}.
"""
PROMPT = """\
id: {id}
version: 1.2.0
format: chat
description: Sort an incoming ticket and draft a first answer, number {n}.
tags: [support, production]
variables:
  customer: {{type: string, description: Name as the customer signs}}
  company: {{type: string}}
  tickets:
    type: array
    description: Open tickets, newest first
    items:
      type: object
      properties: {{subject: {{type: string}}, urgent: {{type: boolean, default: false}}}}
  tone: {{type: string, enum: [formal, friendly], default: friendly}}
messages:
  - role: system
    content: |
      You answer for {{{{company}}}} in a {{{{tone}}}} tone, number {n}.
      {{{{> shared/p{partial}}}}}
  - role: user
    content: |
      From {{{{customer}}}}:
      {{{{#each tickets}}}}
      - {{{{subject}}}}{{{{#if urgent}}}} (urgent){{{{/if}}}}
      {{{{/each}}}}
model: {{name: any-model, parameters: {{temperature: 0.2}}}}
examples:
  - name: two tickets
    variables: {{customer: Ada, company: Acme, tickets: [{{subject: Login fails, urgent: true}}]}}
    expect: {{contains: ["Login fails (urgent)"]}}
"""


class Row(NamedTuple):
    """A command, whether what was learned before is removed first, and its further environment."""

    name: str
    command: tuple[str, ...]
    forgets: bool = False
    environment: dict[str, str] | None = None


def rows(count: int) -> tuple[Row, ...]:
    """Return what is measured, the empty process first."""
    one = ("g0/p10", "--example", "two tickets")
    return (
        Row("python -c pass", (sys.executable, "-c", "pass")),
        Row("--version", (COMMAND, "--version")),
        Row("--help", (COMMAND, "--help")),
        Row("validate --help", (COMMAND, "validate", "--help")),
        Row(f"complete an id among {count:,}", (COMMAND,), environment=COMPLETING),
        Row("render, first time", (COMMAND, "render", *one), forgets=True),
        Row("render, again", (COMMAND, "render", *one)),
        Row("validate one, first time", (COMMAND, "validate", "g0/p10"), forgets=True),
        Row("validate one, unchanged", (COMMAND, "validate", "g0/p10")),
        Row(f"validate {count:,}, first time", (COMMAND, "validate"), forgets=True),
        Row(f"validate {count:,}, unchanged", (COMMAND, "validate")),
    )


def build(root: Path, count: int) -> None:
    """Write a repository of prompts that include others and have an example each."""
    files = {f"shared/p{n}": PARTIAL.format(n=n) for n in range(PARTIALS)}
    for n in range(PARTIALS, count):
        prompt_id = f"g{n // 100}/p{n}"
        files[prompt_id] = PROMPT.format(id=prompt_id, n=n, partial=n % PARTIALS)
    for prompt_id, text in files.items():
        path = root / "prompts" / f"{prompt_id}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)


def seconds_of(row: Row, root: Path) -> float:
    """Run a command once, and return how long it took."""
    if row.forgets:
        shutil.rmtree(root / ".git" / "prompt-cli", ignore_errors=True)
    environment = {**os.environ, **(row.environment or {})}
    began = perf_counter()
    subprocess.run(
        row.command, cwd=root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
    )
    return perf_counter() - began


def main(count: int, rounds: int) -> None:
    """Measure, and print a table."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        build(root, count)
        measured = rows(count)
        seconds: dict[str, list[float]] = {row.name: [] for row in measured}
        for _ in range(rounds):
            for row in measured:
                seconds[row.name].append(seconds_of(row, root))
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    empty = medians[measured[0].name]
    sys.stdout.write(f"{'':32}{'ms':>8}{'P':>8}\n")
    for name, median in medians.items():
        sys.stdout.write(f"{name:32}{median * 1000:8.0f}{median / empty:8.1f}\n")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*given, *(1000, 5)[len(given) :])
