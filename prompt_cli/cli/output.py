"""The only writer: data to standard output; messages, errors and progress to standard error."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from contextvars import ContextVar
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from prompt_cli.errors import PromptManagerError, StorageError
from prompt_cli.reporting.terminal import Block, Code, Table, json_text, one_line, plain_text, visible

if TYPE_CHECKING:
    from rich.progress import Progress

    from prompt_cli.domain.finding import Report
    from prompt_cli.reporting.formats import ReportFormat


class ColorMode(StrEnum):
    """Values of ``--color``."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


_PROGRESS_DELAY = 1.0
_PROGRESS_INTERVAL = 0.1
_MAX_LINE = 1_000
"""Characters of a line of a message."""

_color_mode: ContextVar[ColorMode] = ContextVar("color_mode", default=ColorMode.AUTO)
_top: ContextVar[Path | None] = ContextVar("top", default=None)
_drops_notices: ContextVar[bool] = ContextVar("drops_notices", default=False)


def set_color_mode(arguments: Sequence[str]) -> None:
    """Set the colors of this run by its ``--color``, before parsing, so that help and all errors have them."""
    for word, after in pairwise([*arguments, ""]):
        option, equals, attached = word.partition("=")
        mode = attached if equals else after
        if option == "--color" and mode in set(ColorMode):
            _color_mode.set(ColorMode(mode))


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
    from prompt_cli.storage.scan import from_here  # usage errors need no project

    return from_here(top / path)


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


def terminal_width(stream: TextIO) -> int | None:
    """Return the columns of a terminal; None for a pipe, which gets unbroken lines."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def is_drawn(stream: TextIO) -> bool:
    """Return whether Rich draws the text for a stream."""
    return stream.isatty() or is_colored(stream)


def write(text: str) -> None:
    """Write text to standard output as UTF-8, with terminal controls made visible.

    A closed pipe is not an error: its reader has finished.
    """
    write_drawn(visible(text))


def write_drawn(text: str, stream: TextIO | None = None) -> None:
    """Write text with colors to standard output, or to standard error; untrusted parts must be `visible` already."""
    name = "standard output" if stream is None else "standard error"
    _write((stream or sys.stdout).buffer, encode(text), name)


def write_exactly(content: bytes) -> None:
    """Write bytes to standard output unchanged; a terminal gets them as visible text."""
    if not sys.stdout.isatty():
        _write(sys.stdout.buffer, content, "standard output")
        return
    text = content.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    write(text if text.endswith("\n") or not text else f"{text}\n")


def draw(blocks: Iterable[Block]) -> str:
    """Return blocks of a report for standard output: drawn for a terminal, as plain text for a pipe."""
    if not is_drawn(sys.stdout):
        return plain_text(blocks)
    from prompt_cli.cli.screen import Screen

    screen = Screen(sys.stdout)
    screen.blocks(blocks)
    return screen.text()


def code(content: str | bytes, language: str) -> Code:
    """Return a file, a difference or findings as a block of a report; the languages are those of `Code`."""
    text = content if isinstance(content, str) else content.decode("utf-8", "backslashreplace")
    return Code(visible(text.replace("\r\n", "\n")).removesuffix("\n"), language)


def encode(text: str | bytes) -> bytes:
    """Return a text as UTF-8, with escapes for characters that UTF-8 cannot hold; bytes are unchanged."""
    return text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text


def write_highlighted(content: str | bytes, language: str) -> None:
    """Write a report or a file to standard output: a pipe gets its bytes, a terminal a drawing if it has a language."""
    if content and language and is_drawn(sys.stdout):
        write_drawn(draw([code(content, language)]))
    else:
        write_exactly(encode(content))


def write_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, shortened: str = "") -> None:
    """Write a table to standard output, as `Table` has it; nothing without rows."""
    if rows:
        write_drawn(draw([Table(headings, rows, shortened)]))


async def write_result(content: bytes, output: Path | None) -> None:
    """Write bytes to a file, or to standard output if None."""
    if output is None:
        write_exactly(content)
        return
    from prompt_cli.storage.streams import write_output

    await write_output(output, content)


def _located_here(report: Report) -> Report:
    """Return a report whose findings have paths relative to the current directory."""
    paths = {one: from_here(one) for one in {finding.path for finding in report.findings}}
    return report._replace(
        findings=tuple(one._replace(path=paths[one.path]) for one in report.findings),
        sources={paths.get(path, path): text for path, text in report.sources.items()},
    )


def write_report(
    report: Report, report_format: ReportFormat, output: Path | None, *, failed: bool, difference: bytes | None = None
) -> None:
    """Write a report, or the difference that fixes would make, and the summary to standard error."""
    from prompt_cli.reporting.findings_text import summary  # few commands report findings
    from prompt_cli.reporting.formats import format_report

    content: str | bytes
    if difference is None:
        width = terminal_width(sys.stdout) if output is None else None
        shown = _located_here(report) if report_format.is_for_terminals else report
        content = format_report(shown, report_format, width)
        language = "findings" if report_format.is_for_terminals else ""
    else:
        content, language = difference, "diff"
    if output is None:
        write_highlighted(content, language)
    else:
        from prompt_cli.storage.streams import write_file

        write_file(output, encode(content))
    mark = ("✗ " if failed or report.not_checked else "✓ ") if sys.stderr.isatty() else ""
    gap = "\n" if mark and content and output is None and sys.stdout.isatty() else ""
    note(f"{gap}{mark}{summary(report, would='' if difference is None else 'would be ')}")
    for line in report.not_checked:
        path, colon, rest = line.partition(": ")
        write_error(f"could not check {one_line(from_here(path) + colon + rest)}")


def to_json(document: Mapping[str, object]) -> str:
    """Return a JSON document that begins with its schema number; terminal controls are escaped."""
    return json_text({"schema": 1, **document})


def write_json(document: Mapping[str, object]) -> None:
    """Write a JSON document to standard output."""
    write_drawn(to_json(document))


def note(text: str) -> None:
    """Write a notice to standard error; ``--quiet`` drops it."""
    if not _drops_notices.get():
        write_message(text)


def write_error(text: str) -> None:
    """Write an error to standard error."""
    write_message(f"error: {text}")


def write_failure(error: PromptManagerError) -> None:
    """Write an error with its place and its help to standard error."""
    from prompt_cli.cli.error_text import describe  # only errors need it

    write_message(describe(error, terminal_width(sys.stderr)))


def write_message(text: str) -> None:
    """Write lines to standard error, quiet or not; long ones, which quote long arguments, are cut in the middle."""
    text = "\n".join(map(_cut, visible(text).split("\n")))
    if not is_drawn(sys.stderr):
        write_drawn(f"{text}\n", sys.stderr)
        return
    from prompt_cli.cli.screen import Screen

    screen = Screen(sys.stderr)
    screen.message(text)
    write_drawn(screen.text(), sys.stderr)


@contextmanager
def progress(delay: float = _PROGRESS_DELAY) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on a terminal after some seconds; yield a callback for the numbers of finished and all."""
    if _drops_notices.get() or not sys.stderr.isatty():
        yield lambda _finished, _total: None
        return
    with closing(_ProgressBar(delay)) as bar:
        yield bar.update


def page(text: str) -> None:
    """Show text in ``$PAGER``; as with `write_drawn`, untrusted parts must be `visible` already."""
    import pydoc  # slower to import than most commands run

    # git's defaults: keep colours, skip the pager for short text, leave the screen as it is.
    os.environ.setdefault("LESS", "FRX")
    os.environ.pop("MANPAGER", None)  # pydoc would prefer it, and pagers for manuals garble a diff
    pydoc.pager(text)


def _cut(line: str) -> str:
    return line if len(line) <= _MAX_LINE else f"{line[: _MAX_LINE // 2]}...{line[-_MAX_LINE // 2 :]}"


def _write(stream: BinaryIO, content: bytes, name: str) -> None:
    try:
        stream.write(content)
        stream.flush()
    except OSError as error:
        # Python would flush the buffer again at exit and complain there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if not isinstance(error, BrokenPipeError):
            raise StorageError(f"{name} could not be written: {error.strerror}") from error


class _ProgressBar:
    """A bar that is drawn after a delay, then at most every 0.1 seconds."""

    def __init__(self, delay: float) -> None:
        self._next_draw = time.monotonic() + delay
        self._progress: Progress | None = None

    def update(self, finished: int, total: int) -> None:
        now = time.monotonic()
        if now < self._next_draw:
            return
        self._next_draw = now + _PROGRESS_INTERVAL
        if self._progress is None:
            self._progress = _start_bar(total)
        self._progress.update(self._progress.task_ids[0], completed=finished, refresh=True)

    def close(self) -> None:
        if self._progress is not None:
            self._progress.stop()


def _start_bar(total: int) -> Progress:
    from rich.console import Console  # slow to import
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("checking prompts"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # Rich reads other variables of the environment, and none of the options.
    console = Console(stderr=True, color_system="auto" if is_colored(sys.stderr) else None, no_color=False)
    progress_bar = Progress(*columns, console=console, transient=True, auto_refresh=False)
    progress_bar.add_task("", total=total)
    progress_bar.start()
    return progress_bar
