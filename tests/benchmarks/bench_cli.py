"""What commands cost, as whole processes: as multiples of P, an empty Python process in the same run.

``python -m tests.benchmarks.bench_cli`` prints the whole table: medians over interleaved rounds, so that what disturbs
one row disturbs all, each beside what it is to reach and beside the rivals that are installed. Machines change their
speed by half from one second to the next: so P is taken anew right before and after whatever is measured, which is
divided by that. `--help` tells how to choose rows, rounds and the command that is measured; an installed wheel is what
people have.

"First" means that nothing was learned before: `.git/prompt-cli` and the user's cache directory, which is a temporary
one here, are removed. "Again" means that the same command ran before. "P of CPU" compares how long processors worked:
other programs that run disturb that least; with workers on several processors it is more than the time that passes.
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
from tests.benchmarks.processes import Taken, environment, take

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.benchmarks.cli_rivals import Rival

ROUNDS = 5
_MEGABYTE = 1_000_000
_EMPTIES = 3


class Multiple(NamedTuple):
    """How many times an empty process something takes: of the time that passes, and of that of processors."""

    seconds: float
    worked: float


class Bench:
    """Measures jobs of ours, and what is beside them.

    Args:
        command: Our command.
        python: The Python that it runs in.
        repositories: Where it runs.
        empties: How often an empty process is run before what is measured, and after it.
    """

    def __init__(self, command: str, python: str, repositories: Repositories, empties: int = _EMPTIES) -> None:
        self._command = command
        self._python = python
        self._repositories = repositories
        self._count = empties
        self._known: set[tuple[str, tuple[str, ...]]] = set()
        self._cache = repositories.root / "cache"
        self._taken: dict[str, list[Taken]] = {}
        self._multiples: dict[str, list[Multiple]] = {}

    def ours(self, job: Job) -> None:
        """Run a job of ours in the state it asks for."""
        root = self._repositories.path(job.repository)
        command = (self._command, *job.arguments)
        environ = environment(XDG_CACHE_HOME=str(self._cache), **job.environment)
        if job.state == "first":
            shutil.rmtree(root / ".git" / "prompt-cli", ignore_errors=True)
            shutil.rmtree(self._cache, ignore_errors=True)
            self._known = set()
        elif (job.repository, job.arguments) not in self._known:
            take(command, root, environ)
        if job.edited:
            with (root / "prompts" / f"{job.edited}.yaml").open("a") as file:
                file.write(f"# edit {len(self._taken)}, {perf_counter()}\n")
        self._measure(job.key, command, root, environ, watch=bool(job.megabytes))
        self._known.add((job.repository, job.arguments))

    def rival(self, rival: Rival) -> None:
        """Run a rival."""
        self._measure(rival.told, rival.command, rival.cwd, environment())

    def median(self, name: str) -> Taken:
        """Return the median of each of what was taken by what was run under a name."""
        seconds, worked, together = map(statistics.median, zip(*self._taken[name], strict=True))
        return Taken(seconds, worked, int(together))

    def multiple(self, name: str) -> Multiple:
        """Return the median of how many times the empty processes beside it that took, what was run under a name."""
        seconds, worked = map(statistics.median, zip(*self._multiples[name], strict=True))
        return Multiple(seconds, worked)

    def __contains__(self, name: str) -> bool:
        return name in self._taken

    def _measure(
        self, name: str, command: Sequence[str], cwd: Path, environ: Mapping[str, str], *, watch: bool = False
    ) -> None:
        before = self._empties()
        taken = take(command, cwd, environ, watch=watch)
        empties = before + self._empties()
        self._taken.setdefault(name, []).append(taken)
        self._taken.setdefault(EMPTY, []).extend(empties)
        seconds, worked = (statistics.median(times) for times in ([one[at] for one in empties] for at in (0, 1)))
        self._multiples.setdefault(name, []).append(Multiple(taken.seconds / seconds, taken.worked / worked))

    def _empties(self) -> list[Taken]:
        command = (self._python, "-c", "pass")
        return [take(command, self._repositories.root, environment()) for _ in range(self._count)]


EMPTY = "python -c pass"


class Line(NamedTuple):
    """A line of the table."""

    name: str
    milliseconds: str
    empties: str
    worked: str
    reach: str = ""
    verdict: str = ""

    def __str__(self) -> str:
        columns = f"{self.milliseconds:>10}{self.empties:>9}{self.worked:>9}{self.reach:>9}"
        return f"{self.name:52}{columns}  {self.verdict}".rstrip()


HEADING = Line("", "ms", "P", "P of CPU", "reach")


def line_of(job: Job, bench: Bench) -> Line:
    """Return the line of a job of ours."""
    if job.megabytes:
        most = bench.median(job.key).together / _MEGABYTE
        verdict = "reached" if most <= job.megabytes else "missed"
        return Line(job.name, f"{most:.0f} MB", "", "", f"{job.megabytes} MB", verdict)
    line = _line(job.name, job.key, bench)
    if job.reach is None:
        return line
    may_take = job.reach
    if job.logs and LOG.told in bench:
        may_take += job.logs * bench.multiple(LOG.told).seconds
    missed = bench.multiple(job.key).seconds / may_take
    verdict = "reached" if missed <= 1 else f"missed: {missed:.2f} times"
    return line._replace(reach=f"{may_take:.1f}", verdict=verdict)


def _line(shown: str, name: str, bench: Bench) -> Line:
    multiple = Multiple(1, 1) if name == EMPTY else bench.multiple(name)
    milliseconds = bench.median(name).seconds * 1000
    return Line(shown, f"{milliseconds:.0f}", f"{multiple.seconds:.1f}", f"{multiple.worked:.1f}")


def chosen(every: Sequence[Job], words: str) -> list[Job]:
    """Return the jobs whose keys begin with one of some words.

    Raises:
        SystemExit: There is none for a word.
    """
    beginnings = tuple(word.strip() for word in words.split(",")) if words else ("",)
    for word in beginnings:
        if not any(job.key.startswith(word) for job in every):
            raise SystemExit(f"there is no row {word!r}; there are {', '.join(job.key for job in every)}")
    return [job for job in every if job.key.startswith(beginnings)]


def python_of(command: str) -> str:
    """Return the Python that an installed command runs in: what its first line names, or the one beside it."""
    head = Path(command).read_bytes().partition(b"\n")[0].decode("utf-8", "replace")
    named = head.removeprefix("#!").strip()
    return named if head.startswith("#!") and Path(named).name.startswith("python") else str(_beside(command))


def _beside(command: str) -> Path:
    return next(iter(sorted(Path(command).parent.glob("python*"))), Path(sys.executable))


def measured(command: str, python: str, cwd: Path) -> str:
    """Say what is measured: our version, the Python, and where it is installed."""
    where = "import platform, prompt_cli; print(platform.python_version(), prompt_cli.__file__)"
    asked = ((command, "--version"), (python, "-c", where))
    version, about = (
        subprocess.run(one, cwd=cwd, env=environment(), capture_output=True, text=True, check=True).stdout.strip()
        for one in asked
    )
    release, _, file = about.partition(" ")
    kind = "installed" if "site-packages" in file else "editable: an installed wheel starts faster"
    return f"{version} on Python {release}, {Path(file).parent} ({kind})"


def arguments() -> argparse.Namespace:
    """Read the command line."""
    keys = ", ".join(job.key for job in jobs(Sizes()))
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.bench_cli", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--rows", default="", help=f"beginnings of the names of rows, with commas between them: {keys}")
    parser.add_argument("--rounds", type=int, help=f"how often each row is measured; {ROUNDS} times by default")
    parser.add_argument("--quick", action="store_true", help="one round over small repositories: that it works")
    parser.add_argument("--command", default=str(Path(sys.executable).with_name("prompt-cli")), help="what is measured")
    parser.add_argument("--rivals", default=sys.executable, metavar="PYTHON", help="the Python beside which rivals are")
    parser.add_argument("--no-rivals", action="store_true", help="ours alone")
    return parser.parse_args()


def main() -> None:
    """Measure, and print the table."""
    given = arguments()
    sizes = QUICK if given.quick else Sizes()
    rounds = given.rounds or (1 if given.quick else ROUNDS)
    asked = chosen(jobs(sizes), given.rows)
    command = str(Path(given.command).absolute())
    with tempfile.TemporaryDirectory() as temporary:
        repositories = Repositories(Path(temporary), sizes)
        python = python_of(command)
        say(f"{measured(command, python, repositories.root)}; {rounds} rounds")
        beside = Rivals(None if given.no_rivals else Path(given.rivals).absolute(), command, repositories)
        rivals = {job.key: beside.of(job.key) for job in asked}
        bench = Bench(command, python, repositories, 1 if given.quick else _EMPTIES)
        for number in range(rounds):
            for job in asked:
                bench.ours(job)
                for rival in rivals[job.key]:
                    bench.rival(rival)
            progress(number + 1, rounds)
        say(str(HEADING))
        say(str(_line(EMPTY, EMPTY, bench)))
        for job in asked:
            say(str(line_of(job, bench)))
            for rival in rivals[job.key]:
                say(str(_line(f"    {rival.name}", rival.told, bench)))


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def progress(done: int, every: int) -> None:
    """Say on a terminal how far it is."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done} of {every} rounds" + ("\n" if done == every else ""))
        sys.stderr.flush()


if __name__ == "__main__":
    main()
