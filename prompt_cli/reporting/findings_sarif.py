"""Findings as SARIF 2.1.0, with fingerprints that survive edits of other lines."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from prompt_cli.domain.finding import Finding, Fix, Report, Severity
from prompt_cli.problems import Region
from prompt_cli.rules.rule import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "promptCli/v1"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_ROOT = "SRCROOT"
_PLACEHOLDER = re.compile(r"\{(\d+)\}")


def findings_sarif(report: Report, rules: Sequence[Rule], version: str) -> dict[str, Any]:
    """Return a report as the data of a SARIF document, with all rules and the version of prompt-cli."""
    indexes = {rule.code: n for n, rule in enumerate(rules)}
    results = [
        {**_result(finding, fingerprint), "ruleIndex": indexes[finding.code]}
        for finding, fingerprint in zip(report.findings, _fingerprints(report), strict=True)
    ]
    driver = {"name": "prompt-cli", "version": version, "rules": [_rule(rule) for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(report)],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The top of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _fingerprints(report: Report) -> Iterator[str]:
    """Yield the fingerprint of each finding, in order.

    A fingerprint is a hash of the rule, the file and the content of the line, with a number to tell equal ones apart.
    Line numbers and messages may change, so they are not part of it.
    """
    lines = {path: text.split("\n") for path, text in report.sources.items()}
    counts: Counter[str] = Counter()
    for finding in report.findings:
        file_lines = lines.get(finding.path, [])
        line = file_lines[finding.region.line - 1] if finding.region.line <= len(file_lines) else ""
        parts = "\0".join((finding.code, finding.path, " ".join(line.split())))
        digest = hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        counts[digest] += 1
        yield f"{digest}:{counts[digest]}"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": _message(rule.name.replace("-", " ").capitalize()),
        "fullDescription": _message(rule.summary),
        "help": _message(rule.why),
        "defaultConfiguration": {"level": _LEVELS[rule.severity], "enabled": rule.enabled},
    }


def _invocation(report: Report) -> dict[str, Any]:
    """Return the notices, and an error for each unchecked prompt: results alone would look complete."""
    notes = [{"level": "error", "message": _message(f"could not check {one}")} for one in report.not_checked]
    done: dict[str, Any] = {"executionSuccessful": not notes}
    notes += [{"level": "note", "message": _message(one)} for one in report.notices]
    return {**done, "toolExecutionNotifications": notes} if notes else done


def _result(finding: Finding, fingerprint: str) -> dict[str, Any]:
    text = finding.message + (f"\n{finding.help}" if finding.help else "")
    artifact = _artifact(finding.path)
    result = {
        "ruleId": finding.code,
        "level": _LEVELS[finding.severity],
        "message": _message(text),
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": _region(finding.region)}}],
        "partialFingerprints": {FINGERPRINT: fingerprint},
    }
    return {**result, "fixes": [_fix(finding.fix, artifact)]} if finding.fix else result


def _fix(fix: Fix, artifact: dict[str, str]) -> dict[str, Any]:
    replacements = [{"deletedRegion": _region(one.region), "insertedContent": {"text": one.text}} for one in fix.edits]
    change = {"artifactLocation": artifact, "replacements": replacements}
    return {"description": _message(fix.message), "artifactChanges": [change]}


def _region(region: Region) -> dict[str, int]:
    return dict(zip(("startLine", "startColumn", "endLine", "endColumn"), region, strict=True))


def _artifact(path: str) -> dict[str, str]:
    uri = quote(path, errors="replace")
    if path.startswith("/"):
        return {"uri": f"file://{uri}"}
    if re.match("[A-Za-z]:/", path):
        return {"uri": f"file:///{uri.replace('%3A', ':', 1)}"}
    return {"uri": uri, "uriBaseId": _ROOT}


def _message(text: str) -> dict[str, str]:
    """Return a message with its text escaped: no placeholders (3.11.5) and no links (3.11.6)."""
    text = _PLACEHOLDER.sub(r"{{\1}}", text)
    return {"text": text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]") if "](" in text else text}
