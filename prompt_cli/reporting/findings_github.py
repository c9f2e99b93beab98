"""Findings as workflow commands, which GitHub Actions shows as annotations.

Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions, and for the escapes
https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts.
"""

from prompt_cli.domain.finding import Finding, Report, Severity
from prompt_cli.reporting.terminal import visible

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})


def findings_github(report: Report) -> str:
    """Return one command per finding; unchecked prompts and notices are commands without a file."""
    commands = [_command(finding) for finding in report.findings]
    commands += [f"::error title=prompt-cli::{_data(f'could not check {one}')}" for one in report.not_checked]
    commands += [f"::notice title=prompt-cli::{_data(one)}" for one in report.notices]
    return "".join(f"{command}\n" for command in commands)


def _command(finding: Finding) -> str:
    region = finding.region
    properties = {"file": finding.path, "line": str(region.line), "endLine": str(region.end_line)}
    # GitHub shows columns within one line only, and its end column is inclusive.
    if region.line == region.end_line:
        properties |= {"col": str(region.column), "endColumn": str(max(region.column, region.end_column - 1))}
    properties["title"] = f"{finding.code} {finding.name}"
    options = ",".join(f"{name}={visible(value).translate(_PROPERTY)}" for name, value in properties.items())
    text = finding.message + (f"\nhelp: {finding.help}" if finding.help else "")
    return f"::{_COMMANDS[finding.severity]} {options}::{_data(text)}"


def _data(text: str) -> str:
    return visible(text).translate(_DATA)
