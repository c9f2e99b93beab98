"""SARIF: its schema, and the expectations of its readers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft4Validator

from prompt_cli.domain.finding import Report, Severity
from prompt_cli.problems import Region
from prompt_cli.reporting.findings_sarif import FINGERPRINT, findings_sarif
from prompt_cli.rules.catalogue import RULES
from tests.reporting.reports import EMPTY, HOSTILE, PLAIN, SOURCE, of_text

# As the npm package @microsoft/jest-sarif ships it (MIT).
SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0-rtm.5.json").read_text())


def sarif(report: Report) -> Any:
    return findings_sarif(report, RULES, "1.2.3")["runs"][0]


@pytest.mark.parametrize("report", [EMPTY, PLAIN, of_text(HOSTILE)], ids=["empty", "plain", "hostile"])
def test_it_is_valid(report: Report) -> None:
    document = findings_sarif(report, RULES, "1.2.3")
    errors = [error.message for error in Draft4Validator(SCHEMA).iter_errors(document)]
    assert errors == []


def test_the_schema_would_find_a_mistake() -> None:
    document = findings_sarif(PLAIN, RULES, "1.2.3")
    document["runs"][0]["results"][0]["level"] = "info"
    assert not Draft4Validator(SCHEMA).is_valid(document)


def test_every_rule_is_described_and_every_result_names_its_own() -> None:
    run = sarif(PLAIN)
    described = run["tool"]["driver"]["rules"]
    assert [one["id"] for one in described] == [rule.code for rule in RULES]
    assert all(one["help"]["text"] and one["shortDescription"]["text"] for one in described)
    for finding, result in zip(PLAIN.findings, run["results"], strict=True):
        assert described[result["ruleIndex"]]["id"] == result["ruleId"] == finding.code
    assert [one["level"] for one in run["results"]] == ["warning", "error", "note"]


def test_places_are_characters_below_the_repository() -> None:
    run = sarif(PLAIN)
    assert run["columnKind"] == "unicodeCodePoints"
    place = run["results"][1]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "prompts/a%20b%2Cc%3Ad.yaml", "uriBaseId": "SRCROOT"}
    assert place["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]
    assert place["region"] == {"startLine": 6, "startColumn": 11, "endLine": 6, "endColumn": 19}
    # The 😀 before it is one character, though two units of UTF-16.
    assert SOURCE.splitlines()[5][10:18] == "{{nmae}}"


@pytest.mark.parametrize(
    ("path", "uri"),
    [("/tmp/a b.yaml", "file:///tmp/a%20b.yaml"), ("C:/a b.yaml", "file:///C:/a%20b.yaml")],  # noqa: S108 - no file
)
def test_a_path_outside_the_repository_is_absolute(path: str, uri: str) -> None:
    report = PLAIN._replace(findings=(PLAIN.findings[0]._replace(path=path),))
    assert sarif(report)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}


def test_unchecked_prompts_are_reported() -> None:
    assert sarif(EMPTY)["invocations"] == [{"executionSuccessful": True}]
    (invocation,) = sarif(PLAIN)["invocations"]
    assert not invocation["executionSuccessful"]
    assert "prompts/q.yaml" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_fix_holds_the_replacement() -> None:
    (change,) = sarif(PLAIN)["results"][1]["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 6, "startColumn": 13, "endLine": 6, "endColumn": 17},
            "insertedContent": {"text": "name"},
        }
    ]


def test_hostile_text_is_neither_link_nor_placeholder() -> None:
    (result,) = sarif(of_text(HOSTILE))["results"]
    assert "\\[a\\](http://evil.example)" in result["message"]["text"]
    assert "{{0}}" in result["message"]["text"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii()
    assert "[/INST]" in unquote(uri)


def prints(report: Report) -> list[str]:
    return [one["partialFingerprints"][FINGERPRINT] for one in sarif(report)["results"]]


def moved(report: Report, lines: int) -> Report:
    findings = tuple(
        one._replace(region=Region(one.region.line + lines, *one.region[1:2], one.region.end_line + lines, 1))
        for one in report.findings
    )
    return report._replace(findings=findings, sources={path: "#\n" * lines + t for path, t in report.sources.items()})


def test_a_fingerprint_survives_moved_lines_and_other_words() -> None:
    assert prints(moved(PLAIN, 3)) == prints(PLAIN)
    reworded = tuple(one._replace(message="other", severity=Severity.INFO) for one in PLAIN.findings)
    assert prints(PLAIN._replace(findings=reworded)) == prints(PLAIN)


def test_a_fingerprint_differs_by_rule_file_and_content() -> None:
    first, second, _ = PLAIN.findings
    changed = PLAIN._replace(sources={first.path: SOURCE.replace("tone", "mood")})
    assert prints(changed)[0] != prints(PLAIN)[0]
    assert prints(changed)[1] == prints(PLAIN)[1]
    for other in (first._replace(code="PC303"), first._replace(path="prompts/other.yaml")):
        assert prints(PLAIN._replace(findings=(other, second))) != prints(PLAIN._replace(findings=(first, second)))


def test_equal_findings_are_counted() -> None:
    found = prints(PLAIN._replace(findings=PLAIN.findings[:1] * 3))
    assert [one.rpartition(":")[2] for one in found] == ["1", "2", "3"]
    assert len({one.rpartition(":")[0] for one in found}) == 1
