"""Support for tests: git repositories made by git itself, and the installed command."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from prompt_cli.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

COMMAND = Path(sys.executable).with_name("prompt-cli")

ISOLATED = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Author One",
    "GIT_AUTHOR_EMAIL": "one@example.com",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05+00:00",
    "GIT_COMMITTER_NAME": "Author One",
    "GIT_COMMITTER_EMAIL": "one@example.com",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05+00:00",
    "LC_ALL": "C.UTF-8",
    "COLUMNS": "80",
    "TERM": "dumb",
    "NO_COLOR": "1",
    "EDITOR": "true",
    "PATH": os.environ["PATH"],
}
"""The environment of every process a test starts: nothing of the user's, but where programs are."""


_POWERS = "-dac_override,-dac_read_search"
"""The capabilities by which root reads every file."""


def as_others() -> list[str] | None:
    """Return a prefix that makes file modes apply to root; None if the system has no program for it."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--bounding-set={_POWERS}"] if shutil.which("setpriv") else None


class Result(NamedTuple):
    """How a command ended."""

    status: int
    stdout: bytes
    stderr: bytes

    @property
    def out(self) -> str:
        return self.stdout.decode()

    @property
    def err(self) -> str:
        return self.stderr.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


class Project:
    """A directory with prompts; `git` and `commit` make it a repository, and `by` starts the command."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = {**ISOLATED, "HOME": str(root.parent)}
        self.by: Sequence[str] = ()

    def write(self, path: str, content: str | bytes) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def prompt(self, prompt_id: str, body: str = "template: Hello!\n", version: str = "1.0.0") -> Path:
        head = f"id: {prompt_id}\nversion: {version}\nformat: text\n"
        return self.write(f"prompts/{prompt_id}.yaml", head + body)

    def read(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.root, env=self.environment, check=True, capture_output=True)
        return done.stdout.decode().strip()

    def commit(self, message: str = "Change") -> str:
        """Commit all files, and return the commit, which git prints: `[main 0123...] Change`."""
        self.git("add", "-A")
        options = ("-c", "maintenance.auto=false", "-c", "core.abbrev=no")
        return committed(self.git(*options, "commit", "--allow-empty", "-m", message))

    def run(
        self, *arguments: str, stdin: bytes = b"", cwd: str = ".", environment: dict[str, str] | None = None
    ) -> Result:
        done = subprocess.run(
            [*self.by, str(COMMAND), *arguments],
            cwd=self.root / cwd,
            env={**self.environment, **(environment or {})},
            input=stdin,
            capture_output=True,
            check=False,
            timeout=120,
        )
        return Result(done.returncode, done.stdout, done.stderr)


class InProcess(Project):
    """A project whose commands run in the test's own process: many of them, without the time that starting takes."""

    def run(
        self, *arguments: str, stdin: bytes = b"", cwd: str = ".", environment: dict[str, str] | None = None
    ) -> Result:
        output, errors = io.BytesIO(), io.BytesIO()
        streams = io.TextIOWrapper(output), io.TextIOWrapper(errors)
        status = self._run(arguments, stdin, cwd, {**self.environment, **(environment or {})}, streams)
        return Result(status, output.getvalue(), errors.getvalue())

    def screen(self, *arguments: str, columns: int = 80, environment: dict[str, str] | None = None) -> str:
        """Run a command on a terminal, and return its output on both streams."""
        written = io.BytesIO()
        terminal = Terminal(written)
        given = {"NO_COLOR": "", "TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "1000"}
        self._run(arguments, b"", ".", {**self.environment, **given, **(environment or {})}, (terminal, terminal))
        return written.getvalue().decode()

    def _run(
        self,
        arguments: Sequence[str],
        stdin: bytes,
        cwd: str,
        environment: dict[str, str],
        streams: tuple[io.TextIOWrapper, io.TextIOWrapper],  # the caller's: one that is thrown away closes its buffer
    ) -> int:
        before = dict(os.environ), Path.cwd(), sys.stdin
        try:
            os.environ.clear()
            os.environ.update(environment)
            os.chdir(self.root / cwd)
            sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
            with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
                status = run(arguments)
        finally:
            os.environ.clear()
            os.environ.update(before[0])
            os.chdir(before[1])
            sys.stdin = before[2]
            if structlog := sys.modules.get("structlog"):
                structlog.reset_defaults()  # a run with -v configures it for the process
        for stream in streams:
            stream.flush()
        return status


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Steps:
    """Counts the lines of Python that run inside `with`: work, however busy the machine is."""

    def __init__(self) -> None:
        self.count = 0
        self._tracer = sys.gettrace()

    def __enter__(self) -> Self:
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_error: object) -> None:
        sys.settrace(self._tracer)

    def _trace(self, _frame: FrameType, _event: str, _argument: object) -> Any:
        self.count += 1
        return self._trace


def committed(printed: str) -> str:
    """Return the id that `git commit` printed."""
    match = re.search(r"([0-9a-f]{40,})\] ", printed)
    assert match, printed
    return match[1]


class Golden(NamedTuple):
    """Golden files: the expected output of the program."""

    update: bool

    def check(self, path: Path, printed: str) -> None:
        if self.update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(printed)
        assert path.read_text() == printed, "if this is meant: python -m pytest --update tests/cli"


def reported_words(
    project: Project, program: str, *arguments: str, environment: dict[str, str] | None = None
) -> list[str]:
    """Run a program that reports on a command in its last line of standard error; return the words of that line."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=project.root,
        env={**project.environment, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.splitlines()[-1].split()
