"""Findings of the rules, and the report of a check."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from prompt_cli.problems import Region


class Severity(StrEnum):
    """The severity of a finding, highest first.

    Examples:
        >>> from prompt_cli import Severity
        >>> Severity("warning").reaches(Severity.INFO)
        True
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    def reaches(self, level: "Severity") -> bool:
        """Return whether the severity is at least as high as another.

        Args:
            level: The other severity.

        Returns:
            True if it is as high or higher.
        """
        order = list(Severity)
        return order.index(self) <= order.index(level)


class Edit(NamedTuple):
    """A region of a file, and the text that replaces it.

    Attributes:
        region: The region to replace.
        text: The new text.

    Examples:
        >>> from prompt_cli import Edit, Region
        >>> Edit(Region(1, 5, 1, 12), "greeting").region.line
        1
    """

    region: Region
    text: str


class Fix(NamedTuple):
    """A safe fix of a finding: edits of its file, applied together, that keep the meaning of the prompt.

    Attributes:
        message: The effect of the fix, in a sentence.
        edits: The edits.

    Examples:
        >>> from prompt_cli import Edit, Fix, Region
        >>> fix = Fix("write the id of the path", (Edit(Region(1, 5, 1, 12), "greeting"),))
        >>> [edit.text for edit in fix.edits]
        ['greeting']
    """

    message: str
    edits: tuple[Edit, ...]


class Finding(NamedTuple):
    """A finding of a rule, with its location.

    Attributes:
        path: The file, relative to the repository, with ``/`` between its parts.
        region: The region of the file.
        severity: The severity.
        code: The rule's code: ``PC301``.
        name: The rule's name: ``undeclared-variable``.
        message: The problem, in a sentence.
        help: The one thing to do; may be empty.
        fix: A safe fix; None if there is none.

    Examples:
        >>> from prompt_cli import Finding, Region, Severity
        >>> region = Region(5, 18, 5, 22)
        >>> finding = Finding("prompts/a.yaml", region, Severity.ERROR, "PC302", "unused-variable", "'tone' is unused")
        >>> f"{finding.path}:{finding.region.line}: {finding.code} {finding.message}"
        "prompts/a.yaml:5: PC302 'tone' is unused"
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
    """The result of checking prompts.

    Attributes:
        findings: The findings, ordered by file and line.
        checked: The number of checked prompts.
        not_checked: A sentence for everything that could not be checked; never reported as fine.
        sources: The text of each file with findings, to quote from, by its path.
        paths: The checked files, in the order of the findings.
        suppressed: The number of findings that a comment or the settings suppress.
        new_ignores: The number of ignore comments without effect yet, because the old side lacks them.
        fixed: The number of fixed findings, which are not among `findings`.
        notices: Sentences that users must read with the result.
        fail_on: The lowest severity of a finding that makes the check fail.

    Examples:
        >>> from prompt_cli import Report
        >>> Report(findings=(), checked=1, not_checked=(), sources={}).passed
        True
        >>> Report(findings=(), checked=0, not_checked=("the clone is shallow",), sources={}).passed
        False
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
    fail_on: Severity = Severity.ERROR

    @property
    def passed(self) -> bool:
        """Whether everything could be checked, and no finding makes the check fail."""
        return not self.not_checked and not any(one.severity.reaches(self.fail_on) for one in self.findings)

    def joined(self, other: "Report") -> "Report":
        """Combine this report with a report on other files.

        Args:
            other: The other report.

        Returns:
            A report on the files of both.
        """
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
            self.fail_on,
        )

    @property
    def fixable(self) -> int:
        """The number of findings with a fix."""
        return sum(one.fix is not None for one in self.findings)

    def count(self, severity: Severity) -> int:
        """Count the findings of a severity.

        Args:
            severity: The severity.

        Returns:
            The number of findings with exactly this severity.
        """
        return sum(one.severity is severity for one in self.findings)
