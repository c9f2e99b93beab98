"""Findings for people: ``path:line:column: severity CODE message``, the line quoted, and a summary.

``[*]`` before a message says that ``--fix`` can mend it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.domain.findings import Severity
from prompt_cli.reporting.visible import one_line

if TYPE_CHECKING:
    from prompt_cli.domain.findings import Finding, Report

_FIXABLE = "[*]"


def findings_text(report: Report) -> str:
    """Return the findings of a report, each with the line it is in."""
    return "".join(_block(finding, report.sources.get(finding.path)) for finding in report.findings)


def mark(finding: Finding) -> str:
    """Return what says of a finding that ``--fix`` can mend it, with a space after it; nothing of the others."""
    return f"{_FIXABLE} " if finding.fix else ""


def summary(report: Report, *, would: str = "") -> str:
    """Return a line that says how it went.

    Args:
        report: What was found.
        would: What to say before "fixed" where nothing was written.
    """
    found = f": {counts(report)}" if report.findings else ", nothing found"
    fixed = f"; {report.fixed} {would}fixed" if report.fixed else ""
    fixable = f"; {report.fixable} can be fixed by --fix {_FIXABLE}" if report.fixable else ""
    silenced = f"; {report.silenced} silenced" if report.silenced else ""
    new = f"; {_count(report.new_ignores, 'new ignore comment')}, not in force yet" if report.new_ignores else ""
    unchecked = f"; {_count(len(report.unchecked), 'prompt')} could not be checked" if report.unchecked else ""
    return f"{_count(report.checked, 'prompt')} checked{found}{fixed}{fixable}{silenced}{new}{unchecked}"


def counts(report: Report) -> str:
    """Say how many findings there are of each severity; those for information only where there are any."""
    found = [_count(report.count(one), one.value) for one in (Severity.ERROR, Severity.WARNING)]
    return ", ".join([*found, f"{report.count(Severity.INFO)} info"] if report.count(Severity.INFO) else found)


def _block(finding: Finding, text: str | None) -> str:
    from prompt_cli.reporting.excerpt import excerpt  # most reports say that nothing was found

    region = finding.region
    place = f"{finding.path}:{region.line}:{region.column}"
    lines = [one_line(f"{place}: {finding.severity} {finding.code} {mark(finding)}{finding.message}")]
    if text is not None:
        lines += [f"  {line}" for line in excerpt(text, region).split("\n") if line]
    if finding.help:
        lines.append(f"  help: {one_line(finding.help)}")
    return "\n".join(lines) + "\n"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
