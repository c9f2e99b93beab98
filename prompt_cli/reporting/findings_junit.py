"""Findings as JUnit XML, which CI systems show as tests.

Jenkins and GitLab read no schema of their own but what Ant's JUnit task once wrote: suites of cases, and in a case that
went wrong a `failure` or an `error`. Source: https://github.com/testmoapp/junitxml, which compares the readers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from prompt_cli.reporting.terminal import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.domain.finding import Finding, Report, Severity

# What is no Char of XML 1.0 (https://www.w3.org/TR/xml/#charsets) and not visible already.
_ILLEGAL = re.compile("[\ud800-\udfff\ufffe\uffff]")


def findings_junit(report: Report, fail_on: Severity) -> str:
    """Return a report as JUnit XML: a case a finding, and one for each file in which nothing was found.

    Args:
        report: What was found.
        fail_on: The least severity that makes a case fail; the others pass, and say what was found.
    """
    cases = list(_cases(report, fail_on))
    failures = sum(one.severity.reaches(fail_on) for one in report.findings)
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


def _cases(report: Report, fail_on: Severity) -> Iterator[str]:
    found: dict[str, list[Finding]] = {}
    for finding in report.findings:
        found.setdefault(finding.path, []).append(finding)
    for path in dict.fromkeys((*report.paths, *found)):
        if path in found:
            yield from (_case(finding, failed=finding.severity.reaches(fail_on)) for finding in found[path])
        else:
            yield f"<testcase classname={_attribute(path)} name={_attribute(path)} file={_attribute(path)}/>"
    for one in report.not_checked:
        head = f'<testcase classname="prompt-cli" name={_attribute(one)}>'
        yield f'{head}<error type="unchecked" message={_attribute(f"could not check {one}")}/></testcase>'


def _case(finding: Finding, *, failed: bool) -> str:
    region = finding.region
    place = f"{finding.path}:{region.line}:{region.column}"
    name = f"{finding.code} {finding.name} ({region.line}:{region.column})"
    head = (
        f"<testcase classname={_attribute(finding.path)} name={_attribute(name)} file={_attribute(finding.path)} "
        f'line="{region.line}">'
    )
    text = f"{place}: {finding.severity.value}: {finding.message}" + (f"\nhelp: {finding.help}" if finding.help else "")
    if failed:
        message, kind = _attribute(finding.message), _attribute(finding.severity.value)
        return f"{head}<failure message={message} type={kind}>{_text(text)}</failure></testcase>"
    return f"{head}<system-out>{_text(text)}</system-out></testcase>"


def _attribute(text: str) -> str:
    return quoteattr(_legal(text))


def _text(text: str) -> str:
    return escape(_legal(text))


def _legal(text: str) -> str:
    return _ILLEGAL.sub(lambda match: f"\\u{ord(match[0]):04x}", visible(text))
