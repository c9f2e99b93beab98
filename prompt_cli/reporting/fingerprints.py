"""Fingerprints of findings: by them a finding is known again when the lines around it have moved."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.domain.findings import Report


def fingerprints(report: Report) -> Iterator[str]:
    """Yield the fingerprint of each finding, in their order.

    It is made of the rule, the file and the content of the line, not of the line's number nor of the message, whose
    words may change; those that are equal are counted.
    """
    lines = {path: text.split("\n") for path, text in report.sources.items()}
    seen: Counter[str] = Counter()
    for finding in report.findings:
        of_file = lines.get(finding.path, [])
        line = of_file[finding.region.line - 1] if finding.region.line <= len(of_file) else ""
        parts = "\0".join((finding.code, finding.path, " ".join(line.split())))
        digest = hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        seen[digest] += 1
        yield f"{digest}:{seen[digest]}"
