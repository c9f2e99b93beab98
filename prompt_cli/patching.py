"""Making fixes: the edits of several findings in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.yaml.nodes import Lines
from prompt_cli.yaml.splice import OverlapError, Splice, apply
from prompt_cli.yaml.text import BOM

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from prompt_cli.domain.findings import Edit, Finding
    from prompt_cli.errors import Region


def chosen_fixes(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings whose fixes can be made together: of two that overlap, the first."""
    chosen: list[Finding] = []
    taken: set[Edit] = set()
    for finding in findings:
        edits = finding.fix.edits if finding.fix else ()
        if edits and all(one in taken or not _meets(one, taken) for one in edits):
            chosen.append(finding)
            taken.update(edits)
    return tuple(chosen)


def patched(content: bytes, findings: Sequence[Finding]) -> bytes | None:
    """Return the bytes of a file with the fixes of findings made; None where its text cannot be told from its bytes."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    mark = BOM if text.startswith(BOM) else ""
    text = text.removeprefix(mark)
    lines = Lines(text)
    # Findings that are mended by the same edit share it.
    edits = dict.fromkeys(edit for finding in findings if finding.fix for edit in finding.fix.edits)
    splices = [Splice(*_indexes(edit.region, lines), edit.text) for edit in edits]
    try:
        return (mark + apply(text, splices)).encode()
    except OverlapError:
        return None


def _indexes(region: Region, lines: Lines) -> tuple[int, int]:
    return lines.index(region.line, region.column), lines.index(region.end_line, region.end_column)


def _meets(edit: Edit, others: Iterable[Edit]) -> bool:
    """Tell whether an edit touches what others replace; two that meet at a place would be made in no order."""
    start, end = edit.region[:2], edit.region[2:]
    return any(start <= other.region[2:] and other.region[:2] <= end for other in others)
