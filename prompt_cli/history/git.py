"""The one place where git is started to read: its plumbing, in async processes."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from prompt_cli.history.environment import FILTERS, GIT_OPTIONS, without_filters
from prompt_cli.history.troubles import git_failed, no_git, not_started
from prompt_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from prompt_cli.history.blobs import SharedReader

_CHUNK: Final = 1 << 16
_BUFFERED: Final = {"GIT_FLUSH": "0"}  # git(1), "Environment Variables"
_KEPT_ERRORS: Final = 1 << 15
_NONE_FOUND: Final = 1
_PATIENCE: Final = 2
"""How many seconds git is given to end once it was told to."""


class Answer(NamedTuple):
    """What a git process left: its exit status, its output, and its messages."""

    status: int
    output: bytes
    errors: str


class GitProcess:
    """A git process under way.

    Attributes:
        output: Its standard output.
        input: Its standard input, where it was given one.
    """

    def __init__(self, command: str, process: asyncio.subprocess.Process, transport: asyncio.BaseTransport) -> None:
        if process.stdout is None or process.stderr is None:
            raise TypeError("a git process needs pipes")
        self.output = process.stdout
        self.input = process.stdin
        self._command = command
        self._process = process
        self._transport = transport
        # Read all along: a process that fills the pipe of its messages would wait for us for ever.
        self._errors = asyncio.create_task(_last_of(process.stderr))

    async def finish(self) -> Answer:
        """Wait until it ends by itself, and return what it left; the output is what was not read before.

        Returns:
            The answer, whatever the exit status.
        """
        if self.input is not None:
            self.input.close()
        output = await self.output.read()
        errors = await self._errors
        return Answer(await self._process.wait(), output, errors.decode("utf-8", "replace"))

    async def check(self) -> bytes:
        """Wait until it ends by itself, and return what was not read of its output.

        Raises:
            HistoryError: It failed.
        """
        answer = await self.finish()
        if answer.status:
            raise git_failed(self._command, answer.status, answer.errors)
        return answer.output

    async def close(self) -> None:
        """End it, wherever it is, and leave nothing behind: no child unreaped, no pipe open."""
        if self.input is not None:
            self.input.close()
        if self._process.returncode is None:
            # Not by Process.terminate(), which waits for the process itself and so takes its exit status away from
            # the event loop; and not by SIGKILL, for git removes its temporary files first.
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(_PATIENCE):
                while await self.output.read(_CHUNK):
                    pass
                await asyncio.shield(self._errors)
        except TimeoutError:
            # Something that git started has outlived it and holds its pipes, or git itself cannot be ended otherwise.
            self._transport.close()
        await self._errors
        await self._process.wait()
        if self.input is not None:
            with suppress(BrokenPipeError, ConnectionResetError):
                await self.input.wait_closed()


class Git:
    """Runs git's plumbing for one repository.

    Args:
        directory: Where git is started; it looks for the repository from there upwards.
        environment: What it is given as its environment.

    Attributes:
        shared: What reads all contents, where one process is to do so for a while.
    """

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self.directory = directory
        self.environment = environment
        self.shared: SharedReader | None = None

    @asynccontextmanager
    async def start(
        self, *arguments: str, given_input: bool = False, buffered: bool = False
    ) -> AsyncIterator[GitProcess]:
        """Start git, and end it when the block ends, if it has not ended by then.

        Args:
            arguments: The command and its arguments.
            given_input: Whether it gets an input; without, its input is empty.
            buffered: Whether it may keep its output until it has much of it: less to do for both, but nothing comes
                early.

        Raises:
            HistoryError: There is no git.
        """
        process = await self._spawn(arguments, given_input=given_input, buffered=buffered)
        try:
            yield process
        finally:
            await process.close()

    async def ask(self, *arguments: str, given: bytes | None = None) -> Answer:
        """Run git to its end and return what it left, whatever its exit status.

        Args:
            arguments: The command and its arguments.
            given: Its standard input.

        Raises:
            HistoryError: There is no git.
        """
        async with self.start(*arguments, given_input=given is not None) as process:
            if process.input is not None and given is not None:
                process.input.write(given)  # without waiting: the loop feeds it while the output is read
            return await process.finish()

    async def run(self, *arguments: str, given: bytes | None = None) -> bytes:
        """Run git to its end and return its output.

        Args:
            arguments: The command and its arguments.
            given: Its standard input.

        Raises:
            HistoryError: Git failed, or there is none.
        """
        answer = await self.ask(*arguments, given=given)
        if answer.status:
            raise git_failed(arguments[0], answer.status, answer.errors)
        return answer.output

    async def without_filters(self) -> Git:
        """Return what runs git where it may read files of the working tree: then no filter's program is run.

        A pull request can ask by ``.gitattributes`` for every filter that the user's configuration knows.

        Raises:
            HistoryError: Git failed, or there is none.
        """
        listed = await self.ask(*FILTERS)
        if listed.status not in {0, _NONE_FOUND}:
            raise git_failed(FILTERS[0], listed.status, listed.errors)
        names = os.fsdecode(listed.output).split("\0")[:-1]
        return Git(self.directory, without_filters(self.environment, names)) if names else self

    async def _spawn(self, arguments: tuple[str, ...], *, given_input: bool, buffered: bool) -> GitProcess:
        loop = asyncio.get_running_loop()
        pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        try:
            # As asyncio.create_subprocess_exec does, which keeps the transport to itself: by that pipes can be closed.
            transport, protocol = await loop.subprocess_exec(
                lambda: asyncio.subprocess.SubprocessStreamProtocol(limit=_CHUNK, loop=loop),
                "git",
                *GIT_OPTIONS,
                *arguments,
                cwd=self.directory,
                env={**self.environment, **_BUFFERED} if buffered else self.environment,
                stdin=pipe if given_input else nothing,
                stdout=pipe,
                stderr=pipe,
            )
        except OSError as error:
            if isinstance(error, FileNotFoundError) and self.directory.is_dir():
                raise no_git() from error
            raise not_started(self.directory, error) from error
        return GitProcess(arguments[0], asyncio.subprocess.Process(transport, protocol, loop), transport)


async def _last_of(stream: asyncio.StreamReader) -> bytes:
    kept = b""
    while chunk := await stream.read(_CHUNK):
        kept = (kept + chunk)[-_KEPT_ERRORS:]
    return kept
