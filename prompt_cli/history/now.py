"""Git started to read without the event loop: for answers that are known, and wait for nothing but a look at HEAD.

Whatever goes wrong gives no answer: whoever asks the event loop's way then is told what it was.
"""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from prompt_cli.history.process import GIT_OPTIONS
from prompt_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.history.process import Start


class Left(NamedTuple):
    """What a git process left: its exit status and its output."""

    status: int
    output: bytes


class StartedGit:
    """A git process under way; its messages are dropped."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def finish(self, given: bytes | None = None) -> Left:
        """Wait until it ends by itself.

        Args:
            given: Its standard input, where it was given one.
        """
        output, _ = self._process.communicate(given)
        return Left(self._process.returncode, output)


@contextmanager
def started(start: Start, *arguments: str, given_input: bool = False) -> Iterator[StartedGit]:
    """Start git, and wait for its end when the block ends.

    Args:
        start: Where, and in which environment.
        arguments: The command and its arguments.
        given_input: Whether it gets an input; without, its input is empty.

    Raises:
        OSError: There is no git, or it could not be started.
    """
    process = subprocess.Popen(  # noqa: S603 - git, by the name a user types, with arguments that are no options of users
        ["git", *GIT_OPTIONS, *arguments],  # noqa: S607 - as it stands on the user's PATH
        cwd=start.directory,
        env=start.environment,
        stdin=subprocess.PIPE if given_input else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        yield StartedGit(process)


def ask(start: Start, *arguments: str, given: bytes | None = None) -> Left:
    """Run git to its end; raises as `started` does."""
    with started(start, *arguments, given_input=given is not None) as process:
        return process.finish(given)
