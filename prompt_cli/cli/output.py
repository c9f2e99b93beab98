"""The only writer: data to standard output, everything else to standard error."""

from __future__ import annotations

import os
import sys
from contextvars import ContextVar
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO, TextIO

from prompt_cli.errors import StorageError
from prompt_cli.reporting.terminal import json_text, one_line, visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from prompt_cli.domain.finding import Report


class ColorMode(StrEnum):
    """Values of ``--color``."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


TERMINAL_FORMATS = ("text", "concise")
"""Formats of reports whose paths are relative to the current directory; the others are read elsewhere."""

_color_mode: ContextVar[ColorMode] = ContextVar("color_mode", default=ColorMode.AUTO)
_top: ContextVar[Path | None] = ContextVar("top", default=None)
_drops_notices: ContextVar[bool] = ContextVar("drops_notices", default=False)


def set_color_mode(mode: ColorMode) -> None:
    """Set the colors of this run."""
    _color_mode.set(mode)


def drop_notices() -> None:
    """Drop notices from now on: ``--quiet``."""
    _drops_notices.set(True)


def set_top(top: Path) -> None:
    """Set the directory from which paths of prompts are named in this run."""
    _top.set(top)


def from_here(path: str) -> str:
    """Return a path relative to the current directory: that of a prompt's file is named from the top."""
    if (top := _top.get()) is None or not (path.endswith(".yaml") or path.startswith("/")):
        return path  # such as "standard input"
    from prompt_cli.storage.project import from_here  # usage errors need no project

    return from_here(top / path)


def is_quiet() -> bool:
    """Return whether notices are dropped."""
    return _drops_notices.get()


def is_colored(stream: TextIO) -> bool:
    """Return whether to write colors to a stream.

    ``--color`` wins over ``NO_COLOR`` (https://no-color.org), which wins over ``FORCE_COLOR``
    (https://force-color.org) and ``CLICOLOR_FORCE`` (https://bixense.com/clicolors); else a terminal has colors unless
    it is dumb. An empty variable is an unset one.
    """
    if (mode := _color_mode.get()) is not ColorMode.AUTO:
        return mode is ColorMode.ALWAYS
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE", "") not in {"", "0"}:
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def write(text: str) -> None:
    """Write text to standard output as UTF-8, with terminal controls made visible.

    Raises:
        StorageError: Standard output could not be written. A closed pipe is no error: its reader has finished.
    """
    write_drawn(visible(text))


def write_drawn(text: str) -> None:
    """Write text that was formatted for this terminal, with its colours; untrusted parts must be `visible` already.

    Raises:
        StorageError: Standard output could not be written.
    """
    _write(sys.stdout.buffer, text.encode("utf-8", "backslashreplace"), "standard output")


def write_exactly(content: bytes) -> None:
    """Write bytes to standard output unchanged; a terminal gets them as visible text.

    Raises:
        StorageError: Standard output could not be written.
    """
    if not sys.stdout.isatty():
        _write(sys.stdout.buffer, content, "standard output")
        return
    text = content.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    write(text if text.endswith("\n") or not text else f"{text}\n")


async def write_result(content: bytes, output: Path | None) -> None:
    """Write bytes to a file, or to standard output if None.

    Raises:
        StorageError: The file or standard output could not be written.
    """
    if output is None:
        write_exactly(content)
        return
    from prompt_cli.storage.streams import write_output

    await write_output(output, content)


def located_here(report: Report) -> Report:
    """Return a report whose paths are relative to the current directory."""
    paths = {one: from_here(one) for one in {*report.paths, *(finding.path for finding in report.findings)}}
    return report._replace(
        findings=tuple(one._replace(path=paths[one.path]) for one in report.findings),
        sources={paths.get(path, path): text for path, text in report.sources.items()},
        paths=tuple(paths[one] for one in report.paths),
    )


def write_report(report: Report, content: str | bytes, output: Path | None, *, would: str = "") -> None:
    """Write a report to a file or to standard output, and its summary to standard error.

    Args:
        report: The report to summarize.
        content: The report as formatted.
        output: The file; standard output if None.
        would: Words before "fixed" in the summary of a dry run.
    """
    from prompt_cli.reporting.findings_text import summary  # few commands report findings

    content = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    if output is None:
        write_exactly(content)
    else:
        from prompt_cli.storage.streams import write_now

        write_now(output, content)
    note(summary(report, would=would))
    for line in report.not_checked:
        path, colon, rest = line.partition(": ")
        write_error(f"could not check {one_line(from_here(path) + colon + rest)}")


def to_json(document: Mapping[str, object]) -> str:
    """Return a JSON document that begins with its schema number; terminal controls are escaped."""
    return json_text({"schema": 1, **document})


def write_json(document: Mapping[str, object]) -> None:
    """Write a JSON document to standard output.

    Raises:
        StorageError: Standard output could not be written.
    """
    write_drawn(to_json(document))


def note(text: str) -> None:
    """Write a notice to standard error; ``--quiet`` drops it."""
    if not is_quiet():
        write_message(text)


def write_error(text: str) -> None:
    """Write an error to standard error."""
    write_message(f"error: {text}")


def write_message(text: str) -> None:
    """Write lines to standard error, quiet or not."""
    _write(sys.stderr.buffer, (visible(text) + "\n").encode("utf-8", "backslashreplace"), "standard error")


def page(text: str) -> None:
    """Show text in ``$PAGER``; as with `write_drawn`, untrusted parts must be `visible` already."""
    import pydoc  # slower to import than most commands run

    # git's defaults: keep colours, skip the pager for short text, leave the screen as it is.
    os.environ.setdefault("LESS", "FRX")
    os.environ.pop("MANPAGER", None)  # pydoc would prefer it, and pagers for manuals garble a diff
    pydoc.pager(text)


def _write(stream: BinaryIO, content: bytes, name: str) -> None:
    try:
        stream.write(content)
        stream.flush()
    except OSError as error:
        # Python would flush the buffer again at exit and complain there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if not isinstance(error, BrokenPipeError):
            raise StorageError(f"{name} could not be written: {error.strerror}") from error
