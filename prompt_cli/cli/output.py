"""The only writer. Data goes to standard output, everything else to standard error."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, BinaryIO

from prompt_cli.errors import StorageError
from prompt_cli.reporting.terminal import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def write(text: str) -> None:
    """Write data to standard output, as UTF-8 whatever the locale says, with what a terminal would obey made visible.

    Raises:
        StorageError: Standard output takes no more, as on a full disk. A reader that went away is no error: it had
            what it wanted.
    """
    _write(sys.stdout.buffer, visible(text).encode("utf-8", "backslashreplace"), "standard output")


def write_drawn(text: str) -> None:
    """Write what was set for this terminal, its colours included; every part of it that is not ours is `visible` text.

    Raises:
        StorageError: As `write`.
    """
    _write(sys.stdout.buffer, text.encode("utf-8", "backslashreplace"), "standard output")


def write_exactly(content: bytes) -> None:
    """Write data to standard output byte for byte; a terminal, which would obey what is in it, is shown it as text.

    Raises:
        StorageError: As `write`.
    """
    if not sys.stdout.isatty():
        _write(sys.stdout.buffer, content, "standard output")
        return
    text = content.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    write(text if text.endswith("\n") or not text else f"{text}\n")


def to_json(document: Mapping[str, object]) -> str:
    """Return a JSON document; its first key is the number of its schema.

    What a terminal would obey is escaped as JSON has it, so that the document means the same wherever it is read.
    """
    from prompt_cli.reporting.terminal import json_text  # only some need it

    return json_text({"schema": 1, **document})


def messages_json(prompt_id: str, version: str, messages: Sequence[Mapping[str, str]]) -> bytes:
    """Return the JSON of a prompt that was filled in as messages."""
    return to_json({"id": prompt_id, "version": version, "messages": messages}).encode()


def write_json(document: Mapping[str, object]) -> None:
    """Write a JSON document to standard output.

    Raises:
        StorageError: As `write`.
    """
    write_drawn(to_json(document))


def note(text: str) -> None:
    """Write a line for people to standard error."""
    _write(sys.stderr.buffer, (visible(text) + "\n").encode("utf-8", "backslashreplace"), "standard error")


def page(text: str) -> None:
    """Show what was set for this terminal page by page, with ``$PAGER``; every part of it is ours or `visible`."""
    import pydoc  # takes longer than most commands

    # As git does: colours are let through, what fits is not held, and the screen is left as it is.
    os.environ.setdefault("LESS", "FRX")
    os.environ.pop("MANPAGER", None)  # pydoc would prefer it, and what sets manuals spoils a difference
    pydoc.pager(text)


def _write(stream: BinaryIO, content: bytes, name: str) -> None:
    try:
        stream.write(content)
        stream.flush()
    except OSError as error:
        # What is buffered would be tried again at exit, and complain there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if not isinstance(error, BrokenPipeError):
            raise StorageError(f"{name} could not be written: {error.strerror}") from error
