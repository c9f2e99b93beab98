"""Findings as JSON."""

from typing import Any

from prompt_cli.domain.finding import Finding, Fix, Report, Severity


def findings_json(report: Report) -> dict[str, Any]:
    """Return a report as the data of a JSON document; lines and columns count from 1, columns in characters."""
    return {
        "findings": [_finding(finding) for finding in report.findings],
        "summary": {
            "checked": report.checked,
            "unchecked": list(report.not_checked),
            "findings": len(report.findings),
            "errors": report.count(Severity.ERROR),
            "warnings": report.count(Severity.WARNING),
            "infos": report.count(Severity.INFO),
            "silenced": report.suppressed,
            "new_ignores": report.new_ignores,
            "fixed": report.fixed,
            "notices": list(report.notices),
        },
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "help": finding.help or None,
        "path": finding.path,
        **finding.region._asdict(),
        "fix": _fix(finding.fix) if finding.fix else None,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {"message": fix.message, "edits": [{**edit.region._asdict(), "text": edit.text} for edit in fix.edits]}
