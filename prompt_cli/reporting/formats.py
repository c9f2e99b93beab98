"""The output formats of a report."""

from enum import StrEnum

from prompt_cli import __version__
from prompt_cli.domain.finding import Report
from prompt_cli.reporting.terminal import json_text


class ReportFormat(StrEnum):
    """Output formats of a report."""

    TEXT = "text"
    CONCISE = "concise"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"
    MARKDOWN = "markdown"

    @property
    def is_for_terminals(self) -> bool:
        """Whether people read it in a terminal: with colors, and paths relative to the current directory."""
        return self in {ReportFormat.TEXT, ReportFormat.CONCISE}

    @property
    def has_edits(self) -> bool:
        """Whether it has the edits of a fix, which an editor applies itself."""
        return self in {ReportFormat.JSON, ReportFormat.SARIF}


def format_report(report: Report, report_format: ReportFormat, width: int | None = None) -> str:
    """Return a report in a format; the width is that of a terminal, and None for a pipe."""
    # Each format imports its own libraries: the XML library alone imports urllib.request.
    match report_format:
        case ReportFormat.TEXT:
            from prompt_cli.reporting.findings_text import findings_text

            return findings_text(report, width)
        case ReportFormat.CONCISE:
            from prompt_cli.reporting.findings_text import findings_concise

            return findings_concise(report)
        case ReportFormat.JSON:
            from prompt_cli.reporting.findings_json import findings_json

            return json_text({"schema": 1, **findings_json(report)})
        case ReportFormat.GITHUB:
            from prompt_cli.reporting.findings_github import findings_github

            return findings_github(report)
        case ReportFormat.SARIF:
            from prompt_cli.reporting.findings_sarif import findings_sarif
            from prompt_cli.rules.catalogue import RULES

            return json_text(findings_sarif(report, RULES, __version__))
        case ReportFormat.JUNIT:
            from prompt_cli.reporting.findings_junit import findings_junit

            return findings_junit(report)
        case ReportFormat.MARKDOWN:
            from prompt_cli.reporting.findings_markdown import findings_markdown

            return findings_markdown(report)
