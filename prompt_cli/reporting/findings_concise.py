"""Findings one a line: ``path:line:column: CODE message``, which editors and `grep` read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.reporting.visible import one_line

if TYPE_CHECKING:
    from prompt_cli.domain.findings import Report


def findings_concise(report: Report) -> str:
    """Return the findings of a report, one a line."""
    lines = (f"{one.path}:{one.region.line}:{one.region.column}: {one.code} {one.message}" for one in report.findings)
    return "".join(f"{one_line(line)}\n" for line in lines)
