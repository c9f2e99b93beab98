"""Findings as GitHub-flavoured Markdown, for a job summary or a comment."""

import re

from prompt_cli.domain.finding import Finding, Report
from prompt_cli.reporting.findings_text import location, mark, summary
from prompt_cli.reporting.terminal import one_line

MAX_FINDINGS = 1000
"""The number of findings shown: GitHub rejects a summary of more than 1 MiB."""
_MAX_TEXT = 400

# Markup within a line of CommonMark (https://spec.commonmark.org/0.31.2/#inlines), of GitHub's tables and links
# (https://github.github.com/gfm/), and of its formulas.
_MARKS = re.compile(r"[\\`*_\[\]<>|~&!@:$#]|(?<=www)\.", re.IGNORECASE)


def findings_markdown(report: Report) -> str:
    """Return a report as a summary and a table of findings; text of prompts never becomes markup."""
    lines = ["### prompt-cli", "", summary(report), ""]
    for notice in report.notices:
        lines += [f"> {escape(notice)}", ""]
    if report.findings:
        lines += ["| severity | rule | place | message |", "| --- | --- | --- | --- |"]
        lines += [_row(finding) for finding in report.findings[:MAX_FINDINGS]]
        lines.append("")
    if len(report.findings) > MAX_FINDINGS:
        lines += [f"Not shown: {len(report.findings) - MAX_FINDINGS} more.", ""]
    lines += [f"- could not check {escape(one)}" for one in report.not_checked[:MAX_FINDINGS]]
    if len(report.not_checked) > MAX_FINDINGS:
        lines.append(f"- and {len(report.not_checked) - MAX_FINDINGS} more")
    return "\n".join(lines).rstrip("\n") + "\n"


def escape(text: str) -> str:
    """Return a text on one line with its markup escaped; a long one is cut."""
    line = one_line(text)
    line = line if len(line) <= _MAX_TEXT else f"{line[:_MAX_TEXT]}…"
    return _MARKS.sub(r"\\\g<0>", line)


def _row(finding: Finding) -> str:
    message = mark(finding) + finding.message + (f" ({finding.help})" if finding.help else "")
    cells = (finding.severity.value, f"{finding.code} {finding.name}", location(finding), message)
    return f"| {' | '.join(map(escape, cells))} |"
