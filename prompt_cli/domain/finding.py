"""Findings: what the rules yield."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompt_cli.errors import Region


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    def reaches(self, level: Severity) -> bool:
        """Tell whether it matters as much as a level, or more."""
        order = list(Severity)
        return order.index(self) <= order.index(level)


class Edit(NamedTuple):
    """A stretch of a file, and the text to put in its place."""

    region: Region
    text: str


class Fix(NamedTuple):
    """How a finding can be mended without changing what the prompt means: edits of its file, made together."""

    message: str
    edits: tuple[Edit, ...]


class Finding(NamedTuple):
    """Something a rule found, and where.

    Attributes:
        path: The file, relative to the repository, with ``/`` between its parts.
        region: Where in the file.
        severity: How much it matters.
        code: The rule's code: ``PC301``.
        name: The rule's name: ``undeclared-variable``.
        message: What is wrong.
        help: What to do about it; may be empty.
        fix: How it can be mended safely; None where only a person can.
    """

    path: str
    region: Region
    severity: Severity
    code: str
    name: str
    message: str
    help: str = ""
    fix: Fix | None = None


class Report(NamedTuple):
    """What checking prompts gave.

    Attributes:
        findings: In the order of files and, in a file, of lines.
        checked: How many prompts were looked at.
        unchecked: What could not be judged, and why: it is never reported as fine.
        sources: The text of each file that has findings, to quote from, by its path.
        paths: The files that were looked at, in the order of the findings.
        suppressed: How many findings are left out because a comment or the settings of their path say so.
        new_ignores: How many comments would silence and do not yet, because the old side does not have them.
        fixed: How many were mended, and are not among the findings.
        notices: What users must know of what was checked, as sentences.
    """

    findings: tuple[Finding, ...]
    checked: int
    not_checked: tuple[str, ...]
    sources: Mapping[str, str]
    paths: tuple[str, ...] = ()
    suppressed: int = 0
    new_ignores: int = 0
    fixed: int = 0
    notices: tuple[str, ...] = ()

    def joined(self, other: Report) -> Report:
        """Return this report and one on other files as one."""
        findings = (*self.findings, *other.findings)
        return Report(
            tuple(sorted(findings, key=lambda one: (one.path, one.region, one.code, one.message))),
            self.checked + other.checked,
            (*self.not_checked, *other.not_checked),
            {**self.sources, **other.sources},
            tuple(sorted((*self.paths, *other.paths))),
            self.suppressed + other.suppressed,
            self.new_ignores + other.new_ignores,
            self.fixed + other.fixed,
            (*self.notices, *other.notices),
        )

    @property
    def fixable(self) -> int:
        """How many findings can be mended."""
        return sum(one.fix is not None for one in self.findings)

    def count(self, severity: Severity) -> int:
        """Count the findings of a severity."""
        return sum(one.severity is severity for one in self.findings)
