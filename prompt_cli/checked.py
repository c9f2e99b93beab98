"""What checking one prompt gave, and all of it put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.findings import Report
from prompt_cli.rules.masking import masked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from prompt_cli.domain.findings import Finding
    from prompt_cli.errors import Region
    from prompt_cli.resolution import ResolvedPrompt


class CheckedPrompt(NamedTuple):
    """What checking a prompt gave.

    Attributes:
        path: Its file, as people are shown it.
        findings: What was found, and not silenced.
        silenced: How much was.
        hidden: What of its text may never be shown.
        digests: The digest of each file that this follows from, by its prompt's id: its own, and all it includes. Empty
            where it does not follow from these alone: a version is looked up in the history, the name of what does
            not exist among all there is.
    """

    path: str
    findings: tuple[Finding, ...]
    silenced: int
    hidden: tuple[Region, ...]
    digests: Mapping[str, str]


def text_of(content: bytes) -> str:
    """Return the text of a file to quote from, whatever its bytes are."""
    return content.decode("utf-8", "replace").removeprefix("\ufeff")


def digests_of(resolved: ResolvedPrompt) -> Mapping[str, str]:
    """Return the digests of a prompt's file and of all it includes; none where these do not say all."""
    found: dict[str, str] = {}
    for one in _included(resolved):
        if one is None:
            return {}
        found[one.loaded.id] = one.own_digest
    return found


def with_known(report: Report, known: Iterable[CheckedPrompt], texts: Mapping[str, str]) -> Report:
    """Return a report with the prompts added that had been checked before.

    Args:
        report: What was found in the others.
        known: What was found in these.
        texts: The text of those that have findings, by path.
    """
    known = tuple(known)
    findings = [*report.findings, *(finding for one in known for finding in one.findings)]
    paths = sorted([*report.paths, *(one.path for one in known)])
    quoted = {one.path: masked(texts[one.path], one.hidden) for one in known if one.findings}
    return report._replace(
        findings=tuple(sorted(findings, key=lambda one: (one.path, one.region, one.code, one.message))),
        checked=len(paths),
        sources={**report.sources, **quoted},
        paths=tuple(paths),
        silenced=report.silenced + sum(one.silenced for one in known),
    )


def nothing_checked() -> Report:
    """Return the report of no prompts."""
    return Report((), 0, (), {})


def _included(resolved: ResolvedPrompt) -> Iterator[ResolvedPrompt | None]:
    """Yield a prompt and all it includes, each once; None for what is not told by the bytes of a file."""
    from prompt_cli.resolution import PartialFault  # brings Pydantic, which known results do without

    seen = {resolved.loaded.id}
    left = [resolved]
    while left:
        one = left.pop()
        yield one
        for name, partial in one.partials.items():
            if "@" in name or isinstance(partial, PartialFault):
                yield None
            elif partial.loaded.id not in seen:
                seen.add(partial.loaded.id)
                left.append(partial)
