"""The benchmark of the commands runs and prints its table; no test depends on time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.bench_cli import select_jobs
from tests.benchmarks.cli_jobs import jobs
from tests.benchmarks.cli_repositories import QUICK, Sizes
from tests.support import COMMAND

ROOT = Path(__file__).parent.parent.parent


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.benchmarks.bench_cli", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


ROWS = (
    "version,help,command-help,complete,render,one-first,some-first,unlike-one,unlike-partial,many-first,memory,"
    "staged-first,list-first,pin,oldest-first,history-first"
)
"""Each command in each repository, and each feature of a row."""


def test_every_command_is_measured() -> None:
    rows, every = select_jobs(jobs(QUICK), ROWS), jobs(QUICK)
    assert {(job.repository, job.arguments) for job in rows} == {(job.repository, job.arguments) for job in every}
    some = "version,staged-first"
    done = bench("--quick", "--no-rivals", "--command", str(COMMAND), "--rows", some)
    assert done.returncode == 0, done.stderr
    head, columns, *lines = done.stdout.splitlines()
    assert head.startswith("prompt-cli ")
    assert " on Python 3." in head
    assert columns.split() == ["ms", "P", "P", "of", "CPU", "limit"]
    names = ["python -c pass", *(job.name for job in select_jobs(every, some))]
    assert [line[:52].strip() for line in lines if not line.startswith(" ")] == names
    assert all(" reached" in line or " missed" in line for line in lines[1:] if not line.startswith(" "))


def test_prefixes_select_rows() -> None:
    every = jobs(Sizes())
    assert [job.key for job in select_jobs(every, "version,render")] == [
        *("version", "render-first", "render-again", "versions-first", "versions-again"),
    ]
    assert select_jobs(every, "") == list(every)
    with pytest.raises(SystemExit, match="there is no row 'nothing'; there are version, help, "):
        select_jobs(every, "help,nothing")


def test_a_command_that_fails_is_not_measured(tmp_path: Path) -> None:
    failing = tmp_path / "prompt-cli"
    failing.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('no' if '--help' in sys.argv else 0)\n")
    failing.chmod(0o755)
    done = bench("--quick", "--no-rivals", "--command", str(failing), "--rows", "help")
    assert (done.returncode, "ended with 1: no" in done.stderr) == (1, True)
