"""Findings as text, each with its line, and a summary."""

from functools import lru_cache

from prompt_cli.domain.finding import Finding, Report, Severity
from prompt_cli.problems import Region
from prompt_cli.reporting.terminal import columns, escape_invisible, is_blank, one_line, visible

_FIXABLE = "[*]"


def findings_text(report: Report, width: int | None = None) -> str:
    """Return the findings of a report, each with its line; for a terminal of a width, with empty lines between them."""
    blocks = (_block(finding, report.sources.get(finding.path), width) for finding in report.findings)
    return ("" if width is None else "\n").join(blocks)


def location(finding: Finding) -> str:
    """Return the place of a finding: ``prompts/greeting.yaml:4:18``."""
    return f"{finding.path}:{finding.region.line}:{finding.region.column}"


def mark(finding: Finding) -> str:
    """Return the mark of a fixable finding with a space after it; empty for other findings."""
    return f"{_FIXABLE} " if finding.fix else ""


def summary(report: Report, *, would: str = "") -> str:
    """Return one line that counts prompts and findings; `would` stands before "fixed" if nothing was written."""
    counts = f": {_severity_counts(report)}" if report.findings else ", no problems"
    fixed = f"; {report.fixed} {would}fixed" if report.fixed else ""
    fixable = f"; {report.fixable} can be fixed by --fix {_FIXABLE}" if report.fixable else ""
    suppressed = f"; {report.suppressed} suppressed" if report.suppressed else ""
    new = f"; {_count(report.new_ignores, 'new ignore comment')}, not applied yet" if report.new_ignores else ""
    not_checked = f"; {_count(len(report.not_checked), 'prompt')} could not be checked" if report.not_checked else ""
    return f"{_count(report.checked, 'prompt')} checked{counts}{fixed}{fixable}{suppressed}{new}{not_checked}"


def _severity_counts(report: Report) -> str:
    counts = [_count(report.count(one), one.value) for one in (Severity.ERROR, Severity.WARNING)]
    infos = report.count(Severity.INFO)
    return ", ".join([*counts, f"{infos} info"] if infos else counts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _block(finding: Finding, text: str | None, width: int | None) -> str:
    head = f"{location(finding)}: {finding.severity} {finding.code} {mark(finding)}{finding.message}"
    lines = [one_line(head)]
    if text is not None:
        lines += [f"  {line}" for line in excerpt(text, finding.region, width).split("\n") if line]
    if finding.help:
        lines.append(f"  help: {one_line(finding.help)}")
    return "\n".join(lines) + "\n"


_TAB = 4
_MAX_WIDTH = 160
_MARGIN = 12
"""Columns of an excerpt beside the line itself: its number, and the dots of a shortened line."""


def excerpt(text: str, region: Region, width: int | None = None) -> str:
    """Return the first line of a region, with a mark under the region; empty if the text has no such line.

    If the region has several lines, the mark goes to the end of the first. A pipe has no width.
    """
    lines = _lines(text)
    if region.line > len(lines):
        return ""
    line = lines[region.line - 1].removesuffix("\r")
    start = region.column - 1
    end = region.end_column - 1 if region.end_line == region.line else len(line)
    if (part := line[start:end]).strip() and is_blank(part):
        line = f"{line[:start]}{escape_invisible(part)}{line[end:]}"
        end = start + len(escape_invisible(part))
    number = str(region.line)
    room = _MAX_WIDTH if width is None else max(width - len(number) - _MARGIN, _MARGIN)
    if width is not None and columns(visible(line)) > len(line):
        room //= 2  # wide characters, or controls as escapes
    line, start, end = _cut(line, start, max(end, start + 1), room)
    before = columns(visible(line[:start].expandtabs(_TAB)))
    width = max(1, columns(visible(line[:end].expandtabs(_TAB))) - before)
    quoted = visible(line.expandtabs(_TAB))
    return f"{number} | {quoted}\n{' ' * len(number)} | {' ' * before}{'^' * width}"


@lru_cache(1)
def _lines(text: str) -> list[str]:
    """Split a text; the cache holds one, as findings come file by file and a file may have thousands."""
    return text.split("\n")


def _cut(line: str, start: int, end: int, width: int) -> tuple[str, int, int]:
    """Cut a long line to the part around the mark."""
    if len(line) <= width:
        return line, start, end
    first = max(0, start - width // 4)
    part = line[first : first + width]
    part = ("..." if first else "") + part + ("..." if first + width < len(line) else "")
    shift = (3 if first else 0) - first
    return part, start + shift, min(end + shift, len(part))


def findings_concise(report: Report) -> str:
    """Return the findings of a report, one per line."""
    lines = (f"{location(one)}: {one.code} {mark(one)}{one.message}" for one in report.findings)
    return "".join(f"{one_line(line)}\n" for line in lines)
