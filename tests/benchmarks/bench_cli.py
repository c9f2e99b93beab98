"""Costs of the commands as whole processes, in multiples of P, an empty Python process.

``python -m tests.benchmarks.bench_cli`` prints the table: medians over interleaved rounds, each beside its limit and
beside the rivals that are installed. The speed of a machine changes by half within a second, so P is measured right
before and after each command. `--help` lists the options that choose rows, rounds and the command; users have an
installed wheel.

"First" means with empty caches: `.git/prompt-cli` and the user's cache directory, a temporary one here, are deleted.
"Again" means that the same command ran before. "P of CPU" is processor time, which other programs disturb least; with
workers it exceeds the time that passes.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks.cli_jobs import Job, jobs
from tests.benchmarks.cli_repositories import QUICK, Repositories, Sizes
from tests.benchmarks.cli_rivals import LOG, Rivals
from tests.benchmarks.processes import Usage, environment, run_measured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.benchmarks.cli_rivals import Rival

ROUNDS = 5
_MEGABYTE = 1_000_000
_EMPTIES = 3


class Multiple(NamedTuple):
    """The time and the processor time of a command in multiples of an empty process."""

    time: float
    cpu: float


class Bench:
    """Measurements of our command and of its rivals.

    Args:
        command: Our command.
        python: The Python that runs it.
        repositories: The repositories that it runs in.
        empties: The number of empty processes to run before each measurement, and after it.
    """

    def __init__(self, command: str, python: str, repositories: Repositories, empties: int = _EMPTIES) -> None:
        self._command = command
        self._python = python
        self._repositories = repositories
        self._count = empties
        self._cached: set[tuple[str, tuple[str, ...]]] = set()
        self._cache = repositories.root / "cache"
        self._usages: dict[str, list[Usage]] = {}
        self._multiples: dict[str, list[Multiple]] = {}

    def run_job(self, job: Job) -> None:
        """Measure a job, with the caches in its state."""
        root = self._repositories.path(job.repository)
        command = (self._command, *job.arguments)
        environ = environment(XDG_CACHE_HOME=str(self._cache), **job.environment)
        if job.state == "first":
            shutil.rmtree(root / ".git" / "prompt-cli", ignore_errors=True)
            shutil.rmtree(self._cache, ignore_errors=True)
            self._cached = set()
        elif (job.repository, job.arguments) not in self._cached:
            run_measured(command, root, environ)
        if job.edited_prompt:
            with (root / "prompts" / f"{job.edited_prompt}.yaml").open("a") as file:
                file.write(f"# edit {len(self._usages)}, {perf_counter()}\n")
        self._measure(job.key, command, root, environ, with_memory=bool(job.megabytes))
        self._cached.add((job.repository, job.arguments))

    def run_rival(self, rival: Rival) -> None:
        """Measure a rival."""
        self._measure(rival.row, rival.command, rival.cwd, environment())

    def median(self, name: str) -> Usage:
        """Return the median usage of a row."""
        seconds, cpu, memory = map(statistics.median, zip(*self._usages[name], strict=True))
        return Usage(seconds, cpu, int(memory))

    def multiple(self, name: str) -> Multiple:
        """Return the median multiple of a row."""
        time, cpu = map(statistics.median, zip(*self._multiples[name], strict=True))
        return Multiple(time, cpu)

    def __contains__(self, name: str) -> bool:
        return name in self._usages

    def _measure(
        self, name: str, command: Sequence[str], cwd: Path, environ: Mapping[str, str], *, with_memory: bool = False
    ) -> None:
        before = self._empties()
        usage = run_measured(command, cwd, environ, with_memory=with_memory)
        empties = before + self._empties()
        self._usages.setdefault(name, []).append(usage)
        self._usages.setdefault(EMPTY, []).extend(empties)
        seconds = statistics.median(one.seconds for one in empties)
        cpu = statistics.median(one.cpu for one in empties)
        self._multiples.setdefault(name, []).append(Multiple(usage.seconds / seconds, usage.cpu / cpu))

    def _empties(self) -> list[Usage]:
        command = (self._python, "-c", "pass")
        return [run_measured(command, self._repositories.root, environment()) for _ in range(self._count)]


EMPTY = "python -c pass"


class Line(NamedTuple):
    """A line of the table."""

    name: str
    milliseconds: str
    time: str
    cpu: str
    limit: str = ""
    verdict: str = ""

    def __str__(self) -> str:
        columns = f"{self.milliseconds:>10}{self.time:>9}{self.cpu:>9}{self.limit:>9}"
        return f"{self.name:52}{columns}  {self.verdict}".rstrip()


HEADING = Line("", "ms", "P", "P of CPU", "limit")


def line_of(job: Job, bench: Bench) -> Line:
    """Return the line of a job."""
    if job.megabytes:
        peak = bench.median(job.key).memory / _MEGABYTE
        verdict = "reached" if peak <= job.megabytes else "missed"
        return Line(job.name, f"{peak:.0f} MB", "", "", f"{job.megabytes} MB", verdict)
    line = _line(job.name, job.key, bench)
    if job.limit is None:
        return line
    limit = job.limit
    if job.logs and LOG.row in bench:
        limit += job.logs * bench.multiple(LOG.row).time
    ratio = bench.multiple(job.key).time / limit
    verdict = "reached" if ratio <= 1 else f"missed: {ratio:.2f} times"
    return line._replace(limit=f"{limit:.1f}", verdict=verdict)


def _line(title: str, name: str, bench: Bench) -> Line:
    multiple = Multiple(1, 1) if name == EMPTY else bench.multiple(name)
    milliseconds = bench.median(name).seconds * 1000
    return Line(title, f"{milliseconds:.0f}", f"{multiple.time:.1f}", f"{multiple.cpu:.1f}")


def select_jobs(every: Sequence[Job], words: str) -> list[Job]:
    """Return the jobs whose keys begin with one of some words, separated by commas.

    Raises:
        SystemExit: A word selects no job.
    """
    prefixes = tuple(word.strip() for word in words.split(",")) if words else ("",)
    for word in prefixes:
        if not any(job.key.startswith(word) for job in every):
            raise SystemExit(f"there is no row {word!r}; there are {', '.join(job.key for job in every)}")
    return [job for job in every if job.key.startswith(prefixes)]


def python_of(command: str) -> str:
    """Return the Python that runs an installed command: the one in its first line, else the one beside it."""
    head = Path(command).read_bytes().partition(b"\n")[0].decode("utf-8", "replace")
    python = head.removeprefix("#!").strip()
    return python if head.startswith("#!") and Path(python).name.startswith("python") else str(_beside(command))


def _beside(command: str) -> Path:
    return next(iter(sorted(Path(command).parent.glob("python*"))), Path(sys.executable))


def describe_command(command: str, python: str, cwd: Path) -> str:
    """Return the version of our command, its Python, and its directory."""
    where = "import platform, prompt_cli; print(platform.python_version(), prompt_cli.__file__)"
    commands = ((command, "--version"), (python, "-c", where))
    version, about = (
        subprocess.run(one, cwd=cwd, env=environment(), capture_output=True, text=True, check=True).stdout.strip()
        for one in commands
    )
    release, _, file = about.partition(" ")
    kind = "installed" if "site-packages" in file else "editable: an installed wheel starts faster"
    return f"{version} on Python {release}, {Path(file).parent} ({kind})"


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    keys = ", ".join(job.key for job in jobs(Sizes()))
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.bench_cli", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--rows", default="", help=f"prefixes of rows, separated by commas: {keys}")
    parser.add_argument("--rounds", type=int, help=f"number of measurements of each row [default: {ROUNDS}]")
    parser.add_argument("--quick", action="store_true", help="one round over small repositories, as a test")
    parser.add_argument(
        "--command", default=str(Path(sys.executable).with_name("prompt-cli")), help="the command to measure"
    )
    parser.add_argument("--rivals", default=sys.executable, metavar="PYTHON", help="the Python of the rivals")
    parser.add_argument("--no-rivals", action="store_true", help="measure our command alone")
    return parser.parse_args()


def main() -> None:
    """Measure, and print the table."""
    options = parse_arguments()
    sizes = QUICK if options.quick else Sizes()
    rounds = options.rounds or (1 if options.quick else ROUNDS)
    selected = select_jobs(jobs(sizes), options.rows)
    command = str(Path(options.command).absolute())
    with tempfile.TemporaryDirectory() as temporary:
        repositories = Repositories(Path(temporary), sizes)
        python = python_of(command)
        write_line(f"{describe_command(command, python, repositories.root)}; {rounds} rounds")
        installed = Rivals(None if options.no_rivals else Path(options.rivals).absolute(), command, repositories)
        rivals = {job.key: installed.of(job.key) for job in selected}
        bench = Bench(command, python, repositories, 1 if options.quick else _EMPTIES)
        for number in range(rounds):
            for job in selected:
                bench.run_job(job)
                for rival in rivals[job.key]:
                    bench.run_rival(rival)
            show_progress(number + 1, rounds)
        write_line(str(HEADING))
        write_line(str(_line(EMPTY, EMPTY, bench)))
        for job in selected:
            write_line(str(line_of(job, bench)))
            for rival in rivals[job.key]:
                write_line(str(_line(f"    {rival.name}", rival.row, bench)))


def write_line(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def show_progress(done: int, total: int) -> None:
    """Show the number of rounds that are done, on a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done} of {total} rounds" + ("\n" if done == total else ""))
        sys.stderr.flush()


if __name__ == "__main__":
    main()
