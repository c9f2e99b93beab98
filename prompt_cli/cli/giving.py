"""Giving a report: to standard output or a file, and how it went to standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.cli.output import note, write_exactly
from prompt_cli.reporting.findings_text import summary
from prompt_cli.reporting.terminal import one_line
from prompt_cli.storage.streams import write_now

if TYPE_CHECKING:
    from pathlib import Path

    from prompt_cli.domain.finding import Report


def give(report: Report, content: str | bytes, output: Path | None, *, would: str = "") -> None:
    """Write a report, and say on standard error how it went.

    Args:
        report: What was found.
        content: What to write of it.
        output: The file to write to; standard output where None.
        would: What to say before "fixed" where nothing was written.
    """
    content = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    if output is None:
        write_exactly(content)
    else:
        write_now(output, content)
    note(summary(report, would=would))
    for line in report.not_checked:
        note(f"error: could not check {one_line(line)}")
