"""Results of checks, of one prompt and of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.finding import Report
from prompt_cli.rules.secrets import redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from prompt_cli.domain.finding import Finding
    from prompt_cli.problems import Region
    from prompt_cli.storage.project import Project


class CheckResult(NamedTuple):
    """The result of checking one prompt.

    Attributes:
        path: The path of its file, as shown to users.
        findings: The findings that are not suppressed.
        suppressed: The number of suppressed findings.
        hidden: The regions of its text that must never be shown, such as secrets.
        digests: The digest of each file that the result depends on, by prompt id; empty if it depends on more.
        has_pins: Whether it also depends on the commit history.
    """

    path: str
    findings: tuple[Finding, ...]
    suppressed: int
    hidden: tuple[Region, ...]
    digests: Mapping[str, str]
    has_pins: bool = False


def text_of(content: bytes) -> str:
    """Return the text of a file to quote from, even if it is not UTF-8."""
    return content.decode("utf-8", "replace").removeprefix("\ufeff")


def with_cached(report: Report, results: Iterable[CheckResult], texts: Mapping[str, str]) -> Report:
    """Return a report with cached results added.

    Args:
        report: The report of the prompts that were checked.
        results: The cached results.
        texts: The texts of cached prompts with findings, by path.
    """
    results = tuple(results)
    findings = [*report.findings, *(finding for one in results for finding in one.findings)]
    paths = sorted([*report.paths, *(one.path for one in results)])
    quoted = {one.path: redact(texts[one.path], one.hidden) for one in results if one.findings}
    return report._replace(
        findings=tuple(sorted(findings, key=lambda one: (one.path, one.region, one.code, one.message))),
        checked=len(paths),
        sources={**report.sources, **quoted},
        paths=tuple(paths),
        suppressed=report.suppressed + sum(one.suppressed for one in results),
    )


def with_directory(report: Report, project: Project) -> Report:
    """Return a report whose help names the prompt directory in commands, if the settings name several."""
    if project.is_alone:
        return report
    findings = tuple(one._replace(help=project.help_here(one.help)) for one in report.findings)
    return report._replace(findings=findings)


def nothing_checked() -> Report:
    """Return the report of no prompts."""
    return Report((), 0, (), {})


class CheckResults:
    """Collected results.

    Attributes:
        findings: The findings that are not suppressed.
        not_checked: The checks that could not be done, with the reasons.
        sources: The text of each file with findings, by its path.
        paths: The checked files.
        notices: Messages for users about the check itself.
        suppressed: The number of suppressed findings.
        new_ignores: The number of ignore comments that are not in the base commit and so do not count yet.
        checked: The result of each prompt that could be checked, by its id.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.not_checked: list[str] = []
        self.sources: dict[str, str] = {}
        self.paths: list[str] = []
        self.notices: list[str] = []
        self.suppressed: int = 0
        self.new_ignores: int = 0
        self.checked: dict[str, CheckResult] = {}

    def add(self, other: CheckResults) -> None:
        """Add other results."""
        self.findings += other.findings
        self.not_checked += other.not_checked
        self.sources |= other.sources
        self.paths += other.paths
        self.notices += other.notices
        self.suppressed += other.suppressed
        self.new_ignores += other.new_ignores
        self.checked |= other.checked

    def report(self) -> Report:
        """Return the report, sorted by path and position."""
        ordered = tuple(sorted(self.findings, key=lambda one: (one.path, one.region, one.code, one.message)))
        paths = tuple(sorted(self.paths))
        return Report(
            ordered, len(paths), tuple(self.not_checked), self.sources, paths, self.suppressed, self.new_ignores
        )
