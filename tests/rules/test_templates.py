"""Rules about templates and their partials."""

from __future__ import annotations

import pytest

from prompt_cli import InMemoryStorage, PromptRegistry
from prompt_cli.checking.checker import PromptChecker
from prompt_cli.workspace import Workspace


async def findings_of(files: dict[str, str], prompt_id: str = "x") -> list[str]:
    stored = {name: f"id: {name}\nversion: 1.0.0\nformat: text\n{body}\n".encode() for name, body in files.items()}
    report = await PromptChecker(Workspace(PromptRegistry(InMemoryStorage(stored)))).check([prompt_id])
    return [f"{finding.code} {finding.region.line}:{finding.region.column}" for finding in report.findings]


WRONG_IN_PARTIAL = {"p": "template: '{{uper 1}}{{upper}}'", "x": "template: '{{> p}}'"}


async def test_a_wrong_call_in_a_partial_is_the_finding_of_the_partial() -> None:
    assert await findings_of(WRONG_IN_PARTIAL) == []
    assert await findings_of(WRONG_IN_PARTIAL, "p") == ["PC202 4:14", "PC203 4:24"]


OPTIONAL = (
    "variables:\n  a: {type: object, required: false, properties: {b: {type: string}, "
    "c: {type: string, required: false}}}\n  l: {type: array, required: false, items: {type: string}}\n"
)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{#if a}}{{a.b}}{{/if}}{{#if l}}{{l.[0]}}{{/if}}", []),
        ("{{#each l}}{{this}}{{/each}}{{#with a}}{{b}}{{/with}}", []),
        ("{{#if a}}{{a.c}}{{/if}}{{l}}", ["PC304", "PC304"]),
        ("{{#if a.c}}{{a.c}}{{/if}}{{#if l}}x{{/if}}{{a.b}}", ["PC304"]),
        ("{{a.c}}{{#if l}}x{{/if}}", ["PC304", "PC304"]),
    ],
)
async def test_guards_cover_the_tested_part_of_a_path(template: str, expected: list[str]) -> None:
    findings = await findings_of({"x": OPTIONAL + f"template: '{template}'"})
    assert [finding.split()[0] for finding in findings] == expected


async def test_endless_partials_are_a_finding() -> None:
    include = "{{{{> p{next} a}}}}{{{{> p{next} b}}}}"
    files = {f"p{n}": "template: '" + include.format(next=n + 1) + "'" for n in range(25)}
    files |= {"p25": "template: ''", "x": "variables: {a: {type: object}, b: {type: object}}\ntemplate: 'a {{> p0}}'"}
    findings = await findings_of(files)
    assert {finding for finding in findings if finding.startswith("PC2")} == {"PC207 5:18"}
