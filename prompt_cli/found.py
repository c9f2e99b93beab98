"""What checking some of the prompts found, to be put together with what checking the others did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.domain.findings import Report

if TYPE_CHECKING:
    from prompt_cli.checked import CheckedPrompt
    from prompt_cli.domain.findings import Finding


class Found:
    """What was found so far.

    Attributes:
        findings: What was found, and not silenced.
        unchecked: What could not be judged, and why.
        sources: The text of each file that has findings, by its path.
        paths: The files that were looked at.
        notices: What whoever asked should know of how it was found.
        silenced: How many findings are left out.
        new_ignores: How many comments would silence, and do not yet.
        checked: What was found in each prompt that could be checked, by its id.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.unchecked: list[str] = []
        self.sources: dict[str, str] = {}
        self.paths: list[str] = []
        self.notices: list[str] = []
        self.silenced = 0
        self.new_ignores = 0
        self.checked: dict[str, CheckedPrompt] = {}

    def add(self, other: Found) -> None:
        """Add what was found elsewhere."""
        self.findings += other.findings
        self.unchecked += other.unchecked
        self.sources |= other.sources
        self.paths += other.paths
        self.notices += other.notices
        self.silenced += other.silenced
        self.new_ignores += other.new_ignores
        self.checked |= other.checked

    def report(self) -> Report:
        """Return all of it, in the order it is shown."""
        ordered = tuple(sorted(self.findings, key=lambda one: (one.path, one.region, one.code, one.message)))
        paths = tuple(sorted(self.paths))
        return Report(ordered, len(paths), tuple(self.unchecked), self.sources, paths, self.silenced, self.new_ignores)
