"""Findings one a line: ``path:line:column: CODE message``, which editors and `grep` read.

``[*]`` before a message says that ``--fix`` can mend it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.reporting.findings_text import mark
from prompt_cli.reporting.terminal import one_line

if TYPE_CHECKING:
    from prompt_cli.domain.finding import Finding, Report


def findings_concise(report: Report) -> str:
    """Return the findings of a report, one a line."""
    return "".join(f"{one_line(_line(one))}\n" for one in report.findings)


def _line(finding: Finding) -> str:
    place = f"{finding.path}:{finding.region.line}:{finding.region.column}"
    return f"{place}: {finding.code} {mark(finding)}{finding.message}"
