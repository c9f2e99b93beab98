"""A line of a file, with a mark under the part that is meant."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from prompt_cli.domain.finding import Severity
from prompt_cli.reporting.terminal import columns, is_blank, one_line, spelled, visible

if TYPE_CHECKING:
    from prompt_cli.domain.finding import Finding, Report
    from prompt_cli.errors import Region


_TAB = 4
_WIDEST = 160


def excerpt(text: str, region: Region) -> str:
    """Quote the first line of a region and mark the region under it; empty where the text has no such line.

    Args:
        text: The file's text.
        region: What to mark; of a region of several lines the rest of the first is marked.
    """
    lines = _lines(text)
    if region.line > len(lines):
        return ""
    line = lines[region.line - 1].removesuffix("\r")
    start = region.column - 1
    end = region.end_column - 1 if region.end_line == region.line else len(line)
    if (marked := line[start:end]).strip() and is_blank(marked):
        # What nobody sees is what it is about.
        line = f"{line[:start]}{spelled(marked)}{line[end:]}"
        end = start + len(spelled(marked))
    line, start, end = _window(line, start, max(end, start + 1))
    number = str(region.line)
    margin = " " * len(number)
    before = columns(visible(line[:start].expandtabs(_TAB)))
    width = max(1, columns(visible(line[:end].expandtabs(_TAB))) - before)
    return f"{number} | {visible(line.expandtabs(_TAB))}\n{margin} | {' ' * before}{'^' * width}"


@lru_cache(1)
def _lines(text: str) -> list[str]:
    """Part a text; findings come file by file, and a file may have thousands of them."""
    return text.split("\n")


def _window(line: str, start: int, end: int) -> tuple[str, int, int]:
    """Cut a very long line down to what surrounds the mark."""
    if len(line) <= _WIDEST:
        return line, start, end
    first = max(0, start - _WIDEST // 4)
    cut = ("..." if first else "") + line[first : first + _WIDEST] + ("..." if first + _WIDEST < len(line) else "")
    shift = (3 if first else 0) - first
    return cut, start + shift, min(end + shift, len(cut))


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
    silenced = f"; {report.suppressed} silenced" if report.suppressed else ""
    new = f"; {_count(report.new_ignores, 'new ignore comment')}, not in force yet" if report.new_ignores else ""
    not_checked = f"; {_count(len(report.not_checked), 'prompt')} could not be checked" if report.not_checked else ""
    return f"{_count(report.checked, 'prompt')} checked{found}{fixed}{fixable}{silenced}{new}{not_checked}"


def counts(report: Report) -> str:
    """Say how many findings there are of each severity; those for information only where there are any."""
    found = [_count(report.count(one), one.value) for one in (Severity.ERROR, Severity.WARNING)]
    return ", ".join([*found, f"{report.count(Severity.INFO)} info"] if report.count(Severity.INFO) else found)


def _block(finding: Finding, text: str | None) -> str:

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
