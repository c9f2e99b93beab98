"""Launcher of git for reading: async processes in an environment that names the repository.

The repository is found by `git_directory.top_of`, because git itself would accept a bare repository that a pull request
added, and run programs that its configuration names. No transport and no program named by the repository runs.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import takewhile
from pathlib import Path
from time import perf_counter
from typing import Final, NamedTuple

from prompt_cli.history.errors import bare_repository, git_failed, no_git, not_started
from prompt_cli.history.git_directory import named_repository, top_of
from prompt_cli.log import log, milliseconds_since

_INHERITED: Final = frozenset(
    {
        # `git commit --only` and `-a` make an index of their own for their hooks (githooks(5)).
        "GIT_INDEX_FILE",
        # The user's configuration holds safe.directory.
        "GIT_CONFIG_COUNT",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_SYSTEM",
        "GIT_EXEC_PATH",
    }
)
_INHERITED_PREFIXES: Final = ("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "GIT_TRACE2")
_PINNED: Final = {
    # A partial clone would fetch missing objects by a program that its configuration names. Git before 2.45 ignores
    # the first variable; the second allows no protocol, so each transport fails.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_OPTIONAL_LOCKS": "0",  # reading must not refresh the index
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",  # messages are matched by their text
}

_SETTINGS: Final = (
    "core.fsmonitor=false",  # names a program
    "core.hooksPath=/dev/null",
    "diff.orderFile=/dev/null",
    "i18n.logOutputEncoding=UTF-8",
    "log.follow=false",
    "log.showRoot=true",
    "log.showSignature=false",
    "maintenance.auto=false",
    "safe.bareRepository=explicit",
)
_OPTIONS: Final = ("--no-pager", "--literal-pathspecs", *(part for setting in _SETTINGS for part in ("-c", setting)))

_CHUNK: Final = 1 << 16
_MAX_ERRORS: Final = 1 << 15
_NO_MATCH: Final = 1
_NO_FILTER: Final = {"clean": "", "smudge": "", "process": "", "required": "false"}
_GRACE_PERIOD: Final = 2  # seconds from SIGTERM to SIGKILL


COMMITTING: Final = "PROMPT_CLI_COMMITTING"
"""Variable by which a commit names its git directory to its hooks."""


def is_committing(git_dir: Path) -> bool:
    """Return whether this process runs in a hook of a commit of ours, whose command waits for it and has the lock."""
    return os.environ.get(COMMITTING) == os.path.realpath(git_dir)


def index_is_foreign(git_dir: str) -> bool:
    """Return whether ``GIT_INDEX_FILE`` belongs to another repository, as in a hook that reads a second one."""
    inherited = os.environ.get("GIT_DIR")
    return bool(inherited) and os.path.realpath(inherited or "") != os.path.realpath(git_dir)


class GitResult(NamedTuple):
    """The exit status of a git process, its output, and its messages."""

    status: int
    output: bytes
    errors: str


class GitProcess:
    """A running git process; its standard output is `output`."""

    def __init__(self, command: str, process: asyncio.subprocess.Process, transport: asyncio.BaseTransport) -> None:
        if process.stdout is None or process.stderr is None:
            raise TypeError("a git process needs pipes")
        self.output: asyncio.StreamReader = process.stdout
        self._input = process.stdin
        self._command = command
        self._process = process
        self._transport = transport
        # Read all along: a process whose message pipe is full would block forever.
        self._errors = asyncio.create_task(_read_tail(process.stderr))

    @property
    def status(self) -> int | None:
        """The exit status, negative for a signal; None while the process runs."""
        return self._process.returncode

    def write(self, data: bytes) -> None:
        """Write to the standard input; the event loop sends the data while the output is read."""
        if self._input is None:
            raise TypeError("the input of this git process is closed")
        self._input.write(data)

    async def finish(self) -> GitResult:
        """Wait until the process ends by itself, and return its result with the unread output."""
        if self._input is not None:
            self._input.close()
        output = await self.output.read()
        errors = await self._errors
        return GitResult(await self._process.wait(), output, errors.decode("utf-8", "replace"))

    async def check(self) -> bytes:
        """Wait until the process ends by itself, and return its unread output; raise an error if git failed."""
        result = await self.finish()
        if result.status:
            raise git_failed(self._command, result.status, result.errors)
        return result.output

    async def close(self) -> None:
        """End the process and release its pipes."""
        if self._input is not None:
            self._input.close()
        if self._process.returncode is None:
            # Process.terminate() waits for the process itself, which takes the exit status away from the event loop.
            # SIGKILL would leave git's temporary files.
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(_GRACE_PERIOD):
                while await self.output.read(_CHUNK):
                    pass
                await asyncio.shield(self._errors)
        except TimeoutError:
            self._transport.close()  # kills git; a child of git may hold the pipes
        await self._errors
        await self._process.wait()
        if self._input is not None:
            with suppress(BrokenPipeError, ConnectionResetError):
                await self._input.wait_closed()


class Git:
    """Runs git's plumbing for one repository; git looks for it from the working directory upwards."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self.directory = directory
        self.environment = environment

    @asynccontextmanager
    async def start(self, *arguments: str, open_input: bool = False) -> AsyncIterator[GitProcess]:
        """Start git with a command and its arguments; the end of the block ends the process."""
        start = log_git_start(arguments)
        process = await self._spawn(arguments, open_input=open_input)
        try:
            yield process
        finally:
            await process.close()
            log_git_end(arguments, process.status, start)

    async def try_run(self, *arguments: str, standard_input: bytes | None = None) -> GitResult:
        """Run git and return its result; a failed command is a result too."""
        async with self.start(*arguments, open_input=standard_input is not None) as process:
            if standard_input is not None:
                process.write(standard_input)
            return await process.finish()

    async def run(self, *arguments: str, standard_input: bytes | None = None) -> bytes:
        """Run git and return its output; raise an error if the command failed."""
        result = await self.try_run(*arguments, standard_input=standard_input)
        if result.status:
            raise git_failed(arguments[0], result.status, result.errors)
        return result.output

    async def without_filters(self) -> "Git":
        """Return a runner of git that runs no filter, for reading files of the working tree.

        A pull request can enable any filter of the user's configuration by ``.gitattributes``.
        """
        result = await self.try_run("config", "--null", "--name-only", "--get-regexp", r"^filter\.")
        if result.status not in {0, _NO_MATCH}:
            raise git_failed("config", result.status, result.errors)
        drivers = sorted({name.rpartition(".")[0] for name in os.fsdecode(result.output).split("\0")[:-1]})
        settings = [(f"{driver}.{key}", value) for driver in drivers for key, value in _NO_FILTER.items()]
        # Variables set them, because ``-c`` would end a name at its first ``=``.
        environment = dict(self.environment)
        first = int(environment.get("GIT_CONFIG_COUNT") or 0)
        for number, (name, value) in enumerate(settings, first):
            environment |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
        environment["GIT_CONFIG_COUNT"] = str(first + len(settings))
        return Git(self.directory, environment)

    async def _spawn(self, arguments: tuple[str, ...], *, open_input: bool) -> GitProcess:
        loop = asyncio.get_running_loop()
        pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        try:
            # asyncio.create_subprocess_exec hides the transport, which is needed to close the pipes.
            transport, protocol = await loop.subprocess_exec(
                lambda: asyncio.subprocess.SubprocessStreamProtocol(limit=_CHUNK, loop=loop),
                "git",
                *_OPTIONS,
                *arguments,
                cwd=self.directory,
                env=self.environment,
                stdin=pipe if open_input else nothing,
                stdout=pipe,
                stderr=pipe,
            )
        except OSError as error:
            if isinstance(error, FileNotFoundError) and self.directory.is_dir():
                raise no_git() from error
            raise not_started(self.directory, error) from error
        return GitProcess(arguments[0], asyncio.subprocess.Process(transport, protocol, loop), transport)


def locate_git(directory: Path) -> tuple[Git, str]:
    """Return git for a prompt directory, at the top of its working tree, and the path of the directory below the top.

    The path ends with ``/`` and is empty for the top. The directory is absolute and need not exist: git removes a
    directory with its last file.

    Git finds ``.git`` at the top before all else. ``GIT_DIR`` is not set yet, because git would then skip its check of
    the owner. Without a repository, ``GIT_DIR`` names one that does not exist, and git reports the error.

    Source: git(1), "Environment Variables"; githooks(5); gitrepository-layout(5).
    """
    real = Path(os.path.realpath(directory))
    try:
        base = next(parent for parent in (real, *real.parents) if parent.is_dir())
        top = top_of(base)
    except PermissionError as error:
        raise not_started(real, error) from error
    if top is None:
        if any((one / "HEAD").is_file() and (one / "objects").is_dir() for one in (base, *base.parents)):
            raise bare_repository()
        top, variables = base, {"GIT_DIR": str(base / ".git")}
    else:
        variables = named_repository(base) or {"GIT_CEILING_DIRECTORIES": str(top.parent)}
    prefix = real.relative_to(top).as_posix()
    return Git(top, _inherited_variables() | variables | _PINNED), "" if prefix == "." else f"{prefix}/"


def log_git_start(arguments: Sequence[str]) -> float:
    """Log the start of git without values, names and paths, which may be a user's text, and return the time."""
    before_paths = takewhile(lambda argument: argument != "--", arguments)
    options = [argument.partition("=")[0] for argument in before_paths if argument.startswith("-")]
    log("debug", "git_started", subcommand=arguments[0], arguments=" ".join(options))
    return perf_counter()


def log_git_end(arguments: Sequence[str], status: int | None, start: float) -> None:
    """Log the end of git; `start` is the result of `log_git_start`."""
    log("debug", "git_ended", subcommand=arguments[0], status=status, duration_ms=milliseconds_since(start))


def _inherited_variables() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in _INHERITED or name.startswith(_INHERITED_PREFIXES)
    }


async def _read_tail(stream: asyncio.StreamReader) -> bytes:
    tail = b""
    while chunk := await stream.read(_CHUNK):
        tail = (tail + chunk)[-_MAX_ERRORS:]
    return tail
