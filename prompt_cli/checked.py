"""What checking one prompt gave, and all of it put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.findings import Report
from prompt_cli.rules.masking import masked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from prompt_cli.domain.findings import Finding
    from prompt_cli.errors import Region


class CheckedPrompt(NamedTuple):
    """What checking a prompt gave.

    Attributes:
        path: Its file, as people are shown it.
        findings: What was found, and not silenced.
        silenced: How much was.
        hidden: What of its text may never be shown.
        digests: The digest of each file that this follows from, by prompt id; empty where it follows from more.
        has_pins: Whether it follows from the commit history too.
    """

    path: str
    findings: tuple[Finding, ...]
    silenced: int
    hidden: tuple[Region, ...]
    digests: Mapping[str, str]
    has_pins: bool = False


def text_of(content: bytes) -> str:
    """Return the text of a file to quote from, whatever its bytes are."""
    return content.decode("utf-8", "replace").removeprefix("\ufeff")


def with_cached(report: Report, results: Iterable[CheckedPrompt], texts: Mapping[str, str]) -> Report:
    """Return a report with cached results added.

    Args:
        report: The report of the prompts that were checked.
        results: The results of the others.
        texts: The text of those that have findings, by path.
    """
    results = tuple(results)
    findings = [*report.findings, *(finding for one in results for finding in one.findings)]
    paths = sorted([*report.paths, *(one.path for one in results)])
    quoted = {one.path: masked(texts[one.path], one.hidden) for one in results if one.findings}
    return report._replace(
        findings=tuple(sorted(findings, key=lambda one: (one.path, one.region, one.code, one.message))),
        checked=len(paths),
        sources={**report.sources, **quoted},
        paths=tuple(paths),
        silenced=report.silenced + sum(one.silenced for one in results),
    )


def nothing_checked() -> Report:
    """Return the report of no prompts."""
    return Report((), 0, (), {})
