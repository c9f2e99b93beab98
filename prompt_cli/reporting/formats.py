"""A report in the format that is asked for; each brings what it alone needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from prompt_cli.domain.finding import Report, Severity


def _text(report: Report, _: Severity) -> str:
    from prompt_cli.reporting.findings_text import findings_text

    return findings_text(report)


def _concise(report: Report, _: Severity) -> str:
    from prompt_cli.reporting.findings_concise import findings_concise

    return findings_concise(report)


def _json(report: Report, _: Severity) -> str:
    from prompt_cli.reporting.findings_json import findings_json
    from prompt_cli.reporting.terminal import json_text

    return json_text({"schema": 1, **findings_json(report)})


def _github(report: Report, _: Severity) -> str:
    from prompt_cli.reporting.findings_github import findings_github

    return findings_github(report)


def _sarif(report: Report, _: Severity) -> str:
    from prompt_cli import __version__
    from prompt_cli.reporting.findings_sarif import findings_sarif
    from prompt_cli.reporting.terminal import json_text
    from prompt_cli.rules.catalogue import RULES

    return json_text(findings_sarif(report, RULES, __version__))


def _junit(report: Report, fail_on: Severity) -> str:
    from prompt_cli.reporting.findings_junit import findings_junit

    return findings_junit(report, fail_on)


def _markdown(report: Report, _: Severity) -> str:
    from prompt_cli.reporting.findings_markdown import findings_markdown

    return findings_markdown(report)


FORMATS: Mapping[str, Callable[[Report, Severity], str]] = {
    "text": _text,
    "concise": _concise,
    "json": _json,
    "github": _github,
    "sarif": _sarif,
    "junit": _junit,
    "markdown": _markdown,
}
"""What writes a report in each format."""


def written(report: Report, report_format: str, fail_on: Severity) -> str:
    """Return a report as text.

    Args:
        report: What was found.
        report_format: One of `FORMATS`.
        fail_on: The least severity that makes the check fail.
    """
    return FORMATS[report_format](report, fail_on)
