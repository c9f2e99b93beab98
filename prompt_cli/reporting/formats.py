"""The output formats of a report."""

from __future__ import annotations

from prompt_cli.domain.finding import Report


def format_report(report: Report, report_format: str, width: int | None = None) -> str:
    """Return a report in a format; the width is that of a terminal, and None for a pipe.

    Raises:
        ValueError: The format is unknown.
    """
    # Each format imports its own libraries: the XML library alone imports urllib.request.
    match report_format:
        case "text":
            from prompt_cli.reporting.findings_text import findings_text

            return findings_text(report, width)
        case "concise":
            from prompt_cli.reporting.findings_text import findings_concise

            return findings_concise(report)
        case "json":
            from prompt_cli.reporting.findings_json import findings_json
            from prompt_cli.reporting.terminal import json_text

            return json_text({"schema": 1, **findings_json(report)})
        case "github":
            from prompt_cli.reporting.findings_github import findings_github

            return findings_github(report)
        case "sarif":
            from prompt_cli import __version__
            from prompt_cli.reporting.findings_sarif import findings_sarif
            from prompt_cli.reporting.terminal import json_text
            from prompt_cli.rules.catalogue import RULES

            return json_text(findings_sarif(report, RULES, __version__))
        case "junit":
            from prompt_cli.reporting.findings_junit import findings_junit

            return findings_junit(report)
        case "markdown":
            from prompt_cli.reporting.findings_markdown import findings_markdown

            return findings_markdown(report)
        case _:
            raise ValueError(f"unknown report format {report_format!r}")
