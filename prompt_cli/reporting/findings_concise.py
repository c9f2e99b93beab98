"""Findings as lines for editors and `grep`: ``path:line:column: CODE message``, fixable ones with ``[*]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.reporting.findings_text import location, mark
from prompt_cli.reporting.terminal import one_line

if TYPE_CHECKING:
    from prompt_cli.domain.finding import Report


def findings_concise(report: Report) -> str:
    """Return the findings of a report, one per line."""
    lines = (f"{location(one)}: {one.code} {mark(one)}{one.message}" for one in report.findings)
    return "".join(f"{one_line(line)}\n" for line in lines)
