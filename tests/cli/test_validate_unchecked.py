"""A prompt that cannot be read or rendered never passes, with any selection of rules and severities."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support import InProcess

if TYPE_CHECKING:
    from tests.support import Project

HEAD = b"id: x\nversion: 1.0.0\nformat: text\n"
BROKEN = {
    "PC002": HEAD + b"template: caf\xe9\n",
    "PC003": HEAD + b"template: " + b"x" * 2**20 + b"\n",
    "PC004": HEAD + b'template: "never closed\n',
    "PC005": HEAD + b"format: text\ntemplate: x\n",
    "PC006": HEAD + b"template: !custom x\n",
    "PC007": HEAD + b"template: x\n---\nid: y\n",
    "PC008": HEAD + b"template: *none\n",
    "PC009": HEAD + b"metadata: {<<: {a: 1}}\ntemplate: x\n",
    "PC101": b"id: x\nformat: text\ntemplate: x\n",
    "PC102": HEAD + b"descripton: x\ntemplate: x\n",
    "PC103": HEAD + b"tags: x\ntemplate: x\n",
    "PC104": b"id: y\nversion: 1.0.0\nformat: text\ntemplate: x\n",
    "PC105": b"id: x\nversion: 1.0.0\nformat: chat\ntemplate: x\n",
    "PC106": HEAD + b"variables: {a b: {type: string}}\ntemplate: x\n",
    "PC201": HEAD + b"template: |\n  Hi {{#if}\n  {{undeclared}}\n",
    "PC204": HEAD + b"template: '{{> none}}'\n",
    "PC205": HEAD + b"template: '{{> x}}'\n",
    "PC206": HEAD + b"template: '{{> \"good@9.0.0\"}}'\n",
    "PC207": HEAD + b"template: '{{> broken}}'\n",
}


@pytest.fixture
def project(repository: Project) -> InProcess:
    repository.prompt("good")
    repository.commit()
    return InProcess(repository.root)


def assert_unchecked(project: Project, code: str, *arguments: str) -> None:
    result = project.run("validate", *arguments)
    assert result.status == 3, (code, arguments, result)
    assert "1 prompt could not be checked\n" in result.err
    assert f"error: could not check prompts/x.yaml: it cannot be read or rendered ({code}: " in result.err


@pytest.mark.parametrize("code", BROKEN)
def test_ignoring_hides_a_finding_and_not_that_the_prompt_was_not_checked(project: Project, code: str) -> None:
    project.write("prompts/x.yaml", BROKEN[code])
    if code == "PC207":
        project.prompt("broken", "template: '{{#if}'\n")
    for arguments in (("--ignore", code), ("--ignore", "PC"), ("--severity", f"{code}=info"), ("--select", "PC3")):
        assert_unchecked(project, code, *arguments, "x")
    for settings in (f'ignore = ["{code[:3]}"]', "select = []", f'per-path-ignores = {{"x.yaml" = ["{code}"]}}'):
        project.write("prompt-cli.toml", settings)
        assert_unchecked(project, code, "x")
    assert project.run("validate", "good").status == 0


@pytest.mark.parametrize(
    "content",
    [
        b"# prompt-cli: ignore PC201\n" + BROKEN["PC201"],
        HEAD + b"template: |  # prompt-cli: ignore PC201\n  Hi {{#if}\n",
        b"# prompt-cli: ignore PC102 -- a later version reads it\n" + BROKEN["PC102"],
    ],
)
def test_nor_does_a_comment(project: Project, content: bytes) -> None:
    project.write("prompts/x.yaml", content)
    result = project.run("validate", "x")
    assert (result.status, result.out) == (3, "")
    assert "1 suppressed; 1 prompt could not be checked\n" in result.err
    project.commit()
    project.write("prompts/x.yaml", content + b"# edited\n")
    project.git("add", "-A")
    assert project.run("validate", "--staged").status == 3
    assert project.run("validate", "--against", "HEAD").status == 3


@pytest.mark.parametrize("code", ["PC004", "PC104", "PC201"])
def test_a_finding_that_is_reported_and_fails_says_enough(project: Project, code: str) -> None:
    project.write("prompts/x.yaml", BROKEN[code])
    result = project.run("validate", "x")
    assert (result.status, "could not be checked" in result.err) == (1, False)
    result = project.run("validate", "x", "--severity", f"{code}=warning")
    assert (result.status, f"warning {code}" in result.out) == (3, True), "it is shown, and does not fail"
    assert project.run("validate", "x", "--severity", f"{code}=warning", "--strict").status == 1


def test_another_finding_of_the_file_does_not_stand_for_it(project: Project) -> None:
    project.write("prompts/x.yaml", BROKEN["PC201"] + b"# prompt-cli: ignore PC3O2\n")
    result = project.run("validate", "x", "--ignore", "PC201")
    assert (result.status, "PC011" in result.out) == (3, True), "findings are printed all the same"


def test_the_second_run_says_the_same(project: Project) -> None:
    project.write("prompts/x.yaml", BROKEN["PC004"])
    for _ in range(2):
        assert project.run("validate", "--ignore", "PC004").status == 3
        assert project.run("validate", "--severity", "PC004=info").status == 3


def test_findings_of_low_severity_can_be_fixed(project: Project) -> None:
    project.write("prompts/x.yaml", BROKEN["PC104"])
    assert project.run("validate", "--fix", "--severity", "PC104=info").status == 0
    assert project.read("prompts/x.yaml").startswith(b"id: x\n")


@pytest.mark.parametrize(
    ("report_format", "words"),
    [
        ("json", '"unchecked": ['),
        ("sarif", '"executionSuccessful": false'),
        ("junit", 'errors="1"'),
        ("github", "::error title=prompt-cli::could not check prompts/x.yaml"),
        ("markdown", "- could not check prompts/x.yaml"),
    ],
)
def test_every_report_says_so(project: Project, report_format: str, words: str) -> None:
    project.write("prompts/x.yaml", BROKEN["PC004"])
    result = project.run("validate", "--ignore", "PC0", "--output-format", report_format)
    assert result.status == 3
    assert words in result.out
    if report_format == "json":
        assert json.loads(result.out)["summary"]["checked"] == 1, "the good one"
