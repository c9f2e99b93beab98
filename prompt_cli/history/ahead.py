"""What is read of the index while something else is done: while a program imports what it needs to judge it."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Final

from prompt_cli.domain.identifiers import path_to_id
from prompt_cli.history.blobs import is_partial
from prompt_cli.history.look import environment_in
from prompt_cli.history.process import GIT_OPTIONS
from prompt_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.history.sight import Sight

LISTING: Final = ("ls-files", "--stage", "-z")
"""The command that lists the index."""
# Its threads wait for each other at each object: one takes half the time of eight, and leaves the processors to us.
_FORM = ("-P", "-a", "-l", "-z", "--full-name", "--no-color", "--no-recurse-submodules", "--threads=1")
MATCHING: Final = ("grep", "--cached", *_FORM)
"""The command that tells which files of the index have a line that a pattern matches."""


class Read(NamedTuple):
    """What a process left: its exit status, its output, and its messages."""

    status: int
    output: bytes
    errors: bytes


class ReadAhead:
    """A git process under way, whose output a thread reads to its end.

    Args:
        sight: Where.
        arguments: The command and its arguments.

    Raises:
        OSError: It could not be started.
    """

    def __init__(self, sight: Sight, *arguments: str) -> None:
        paths = [sight.look.prefix] if sight.look.prefix else []
        self._read = (b"", b"")
        self._process = subprocess.Popen(  # noqa: S603 - git, by the name a user types, with arguments that are ours
            ["git", *GIT_OPTIONS, *arguments, "--", *paths],  # noqa: S607 - as it stands on the user's PATH
            cwd=Path(sight.look.toplevel),
            env=environment_in(sight.look, sight.start.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._thread = Thread(target=self._communicate)
        self._thread.start()

    def finish(self) -> Read:
        """Wait until it ends by itself, and return what it left; as often as anybody asks."""
        self._thread.join()
        return Read(self._process.returncode, *self._read)

    def _communicate(self) -> None:
        self._read = self._process.communicate()


class Ahead(NamedTuple):
    """What is read ahead.

    Attributes:
        listing: What the index lists.
        pattern: What is looked for in its files.
        matching: The files that have it; None where nothing is looked for.
    """

    listing: ReadAhead
    pattern: str
    matching: ReadAhead | None


@contextmanager
def reading_ahead(sight: Sight, pattern: str) -> Iterator[Ahead | None]:
    """Read the index ahead, and wait for the end of that when the block ends.

    Args:
        sight: What was seen of it.
        pattern: What to look for in its files; nothing where empty.
    """
    ahead = _start(sight, pattern)
    try:
        yield ahead
    finally:
        if ahead:
            ahead.listing.finish()
            if ahead.matching is not None:
                ahead.matching.finish()


def changed_in(sight: Sight) -> set[str]:
    """Return the ids of the prompts whose content is staged and another one, or gone."""
    tokens = iter(os.fsdecode(sight.differences).split("\0"))
    found = set[str]()
    for information, path in zip(tokens, tokens, strict=False):  # the last one is empty, and alone
        _, _, before, after, _ = information.split(" ")
        below = path[len(sight.look.prefix) :] if path.startswith(sight.look.prefix) else ""
        if before != after and (prompt_id := path_to_id(below)) is not None:
            found.add(prompt_id)
    return found


def _start(sight: Sight, pattern: str) -> Ahead | None:
    # A partial clone would fetch what it lacks file by file.
    wanted = pattern if not is_partial(Path(sight.look.common_dir)) else ""
    try:
        listing = ReadAhead(sight, *LISTING)
    except OSError:
        return None  # whoever asks the event loop's way is told what it is
    try:
        return Ahead(listing, wanted, ReadAhead(sight, *MATCHING, "-e", wanted) if wanted else None)
    except OSError:
        return Ahead(listing, "", None)
