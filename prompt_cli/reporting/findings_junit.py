"""Findings as JUnit XML, which CI systems show as tests.

Jenkins and GitLab read the format of Ant's JUnit task: suites of cases, with a `failure` or an `error` in a case.
Source: https://github.com/testmoapp/junitxml, which compares the readers.
"""

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from prompt_cli.domain.finding import Finding, Report
from prompt_cli.reporting.findings_text import location
from prompt_cli.reporting.terminal import visible

# Characters outside XML 1.0 (https://www.w3.org/TR/xml/#charsets) that `visible` leaves.
_ILLEGAL = re.compile("[\ud800-\udfff\ufffe\uffff]")


def findings_junit(report: Report) -> str:
    """Return a report as JUnit XML: one case per finding, and one per file without findings.

    Cases below the severity to fail on pass, and have the finding as output.
    """
    cases = list(_cases(report))
    failures = sum(one.severity.reaches(report.fail_on) for one in report.findings)
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{len(report.not_checked)}" skipped="0"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="prompt-cli" {counts}>',
        f'<testsuite name="prompt-cli" {counts}>',
        *cases,
        "</testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _cases(report: Report) -> Iterator[str]:
    by_path: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_path.setdefault(finding.path, []).append(finding)
    for path in dict.fromkeys((*report.paths, *by_path)):
        if path in by_path:
            yield from (_case(finding, failed=finding.severity.reaches(report.fail_on)) for finding in by_path[path])
        else:
            yield f"<testcase classname={_attribute(path)} name={_attribute(path)} file={_attribute(path)}/>"
    for one in report.not_checked:
        head = f'<testcase classname="prompt-cli" name={_attribute(one)}>'
        yield f'{head}<error type="unchecked" message={_attribute(f"could not check {one}")}/></testcase>'


def _case(finding: Finding, *, failed: bool) -> str:
    region = finding.region
    name = f"{finding.code} {finding.name} ({region.line}:{region.column})"
    head = (
        f"<testcase classname={_attribute(finding.path)} name={_attribute(name)} file={_attribute(finding.path)} "
        f'line="{region.line}">'
    )
    help_ = f"\nhelp: {finding.help}" if finding.help else ""
    text = escape(_legal(f"{location(finding)}: {finding.severity.value}: {finding.message}{help_}"))
    if failed:
        message, kind = _attribute(finding.message), _attribute(finding.severity.value)
        return f"{head}<failure message={message} type={kind}>{text}</failure></testcase>"
    return f"{head}<system-out>{text}</system-out></testcase>"


def _attribute(text: str) -> str:
    return quoteattr(_legal(text))


def _legal(text: str) -> str:
    return _ILLEGAL.sub(lambda match: f"\\u{ord(match[0]):04x}", visible(text))
