"""The options of validate: selection, suppression, output, and standard input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from prompt_cli.reporting.formats import ReportFormat

if TYPE_CHECKING:
    from tests.support import Project

IN_PROCESS = True

# An error on line 5 and, once the settings or an option say so, a warning on line 4.
TWO = "variables: {tone: {type: string}}\ntemplate: '{{nmae}}'\n"


@pytest.fixture
def two(repository: Project) -> Project:
    repository.prompt("legacy/x", TWO)
    repository.prompt("good")
    return repository


def codes(project: Project, *arguments: str, settings: str = "") -> tuple[int, list[str]]:
    project.write("prompt-cli.toml", settings)
    result = project.run("validate", "--json", *arguments)
    return result.status, [f"{one['code']} {one['severity']}" for one in result.json["findings"]]


@pytest.mark.parametrize(
    ("arguments", "settings", "status", "found"),
    [
        ((), "", 1, ["PC302 error", "PC301 error"]),
        (("--select", "PC302"), "", 1, ["PC302 error"]),
        (("--select", "PC302,PC301"), "", 1, ["PC302 error", "PC301 error"]),
        (("--select", "PC302", "--select", "PC2, PC301"), "", 1, ["PC302 error", "PC301 error"]),
        (("--select", "PC6"), "", 0, ["PC604 info", "PC604 info"]),
        (("--select", "PC601"), "", 0, []),
        (("--ignore", "PC3"), "", 0, []),
        (("--ignore", "PC301", "--ignore", "PC302"), "", 0, []),
        (("--severity", "PC3=warning"), "", 0, ["PC302 warning", "PC301 warning"]),
        (("--severity", "PC3=warning", "--strict"), "", 1, ["PC302 warning", "PC301 warning"]),
        (("--severity", "PC3=warning", "--fail-on", "warning"), "", 1, ["PC302 warning", "PC301 warning"]),
        (("--severity", "PC3=info,PC301=warning", "--strict"), "", 1, ["PC302 info", "PC301 warning"]),
        (("--severity", "PC3=info", "--strict"), "", 0, ["PC302 info", "PC301 info"]),
        (("--severity", "PC3=info", "--fail-on", "info"), "", 1, ["PC302 info", "PC301 info"]),
        ((), 'select = ["PC301"]', 1, ["PC301 error"]),
        (("--select", "PC302"), 'select = ["PC301"]', 1, ["PC302 error"]),
        (("--select", "PC302"), 'ignore = ["PC302"]', 1, ["PC302 error"]),
        (("--ignore", "PC302"), 'ignore = ["PC301"]', 0, []),
        ((), 'severity = {PC3 = "warning"}', 0, ["PC302 warning", "PC301 warning"]),
        ((), 'fail-on = "warning"\nseverity = {PC3 = "warning"}', 1, ["PC302 warning", "PC301 warning"]),
        (("--fail-on", "error"), 'fail-on = "info"\nseverity = {PC3 = "info"}', 0, ["PC302 info", "PC301 info"]),
        ((), 'per-path-ignores = {"legacy/**" = ["PC3"]}', 0, []),
        ((), 'per-path-ignores = {"prompts/legacy/*.yaml" = ["PC302"]}', 1, ["PC301 error"]),
        (("--select", "PC3"), 'per-path-ignores = {"legacy/" = ["PC302"]}', 1, ["PC301 error"]),
        ((), 'per-path-ignores = {"new/**" = ["PC3"]}', 1, ["PC302 error", "PC301 error"]),
    ],
)
def test_choosing(two: Project, arguments: tuple[str, ...], settings: str, status: int, found: list[str]) -> None:
    assert codes(two, *arguments, settings=settings) == (status, found)


@pytest.mark.parametrize(
    ("arguments", "settings", "words"),
    [
        (("--select", "PC3O2"), "", "did you mean 'PC302'?"),
        (("--ignore", "unused-variables"), "", "did you mean 'PC302'?"),
        (("--ignore", ""), "", "unknown rule ''"),
        (("--severity", "PC999=info"), "", "unknown rule 'PC999'"),
        (("--select", "PC5"), "", "add --against REF or --staged"),
        ((), 'select = ["PC501"]', "nothing to compare with"),
        (("--severity", "PC302=warn"), "", "did you mean 'warning'?"),
        ((), 'select = "PC3"', "'select' must be a list of codes"),
        ((), "ignore = [1]", "'ignore' must be a list of codes"),
        ((), 'ignore = ["PC3O2"]', "did you mean 'PC302'?"),
        ((), 'severity = {PC302 = "off"}', "'severity.PC302' must be error, warning or info"),
        ((), "severity = []", "'severity' must be a table"),
        ((), 'per-path-ignores = {"a/**" = ["PC9"]}', "prompt-cli.toml:1:32: error: unknown rule 'PC9'"),
        ((), "# PC9\nselect = [\n  'PC90', 'PC9']", "prompt-cli.toml:3:4: error: unknown rule 'PC90'"),
        ((), "severity.PC9 = 'info'", "prompt-cli.toml:1:10: error: unknown rule 'PC9'"),
        ((), 'ignore = ["x\\u0031"]', "prompt-cli.toml: error: unknown rule 'x1'"),
        ((), 'per-path-ignores = {"a/**" = "PC3"}', "must be a list of codes"),
        ((), 'fail-on = "warnings"', "did you mean 'warning'?"),
        ((), 'fail_on = "warning"', "did you mean 'fail-on'?"),
        ((), 'ignroe = ["PC302"]', "did you mean 'ignore'?"),
    ],
)
def test_choices_that_cannot_be_made_are_wrong_usage(
    two: Project, arguments: tuple[str, ...], settings: str, words: str
) -> None:
    two.write("prompt-cli.toml", settings)
    result = two.run("validate", *arguments)
    assert (result.status, result.out) == (2, ""), result
    assert words in result.err


def test_settings_that_are_not_utf_8_have_their_place(two: Project) -> None:
    for mark in (b"", b"\xef\xbb\xbf"):
        two.write("prompt-cli.toml", mark + "# é\n# é".encode() + b"\xff\n")
        result = two.run("list")
        assert (result.status, result.out) == (2, "")
        assert result.err.startswith("prompt-cli.toml:2:4: error: byte 0xff is not UTF-8\n")


def test_other_commands_need_not_know_the_rules(two: Project) -> None:
    two.write("prompt-cli.toml", 'ignore = ["PC999"]\n')
    assert two.run("list").status == 0


def test_suppressed_findings_are_counted(repository: Project) -> None:
    repository.prompt(
        "x", "variables: {tone: {type: string}} # prompt-cli: ignore PC302 -- callers send it\ntemplate: x\n"
    )
    result = repository.run("validate", "--strict")
    assert (result.status, result.out, result.err) == (0, "", "1 prompt checked, no problems; 1 suppressed\n")
    repository.prompt("x", "template: x # prompt-cli: ignore PC302\n")
    result = repository.run("validate")
    assert (result.status, result.err) == (0, "1 prompt checked: 0 errors, 1 warning\n")
    assert result.out.startswith("prompts/x.yaml:4:34: warning PC010 unused ignore: no PC302 on this line\n")
    assert repository.run("validate", "--strict").status == 1


def test_unchecked_prompts_win_over_findings(two: Project) -> None:
    two.write("prompts/broken.yaml", "{")
    result = two.run("validate", "--select", "PC302")
    assert result.status == 3
    assert "PC302" in result.out
    assert "1 prompt could not be checked\nerror: could not check prompts/broken.yaml: " in result.err
    assert two.run("validate", "--select", "PC302,PC0").status == 1
    assert two.run("validate", "--ignore", "PC0,PC3").status == 3


@pytest.mark.parametrize("report_format", ReportFormat)
def test_every_format_goes_to_standard_output_and_to_a_file(two: Project, report_format: str) -> None:
    printed = two.run("validate", "--output-format", report_format)
    assert printed.status == 1
    assert printed.out.count("PC301") >= 1
    assert printed.err == "2 prompts checked: 2 errors, 0 warnings\n"
    written = two.run("validate", "--output-format", report_format, "--output", "report")
    assert (written.status, written.out, written.err) == (1, "", printed.err)
    assert two.read("report") == printed.stdout
    if report_format in {"json", "sarif"}:
        json.loads(printed.out)
    if report_format == "junit":
        ET.fromstring(printed.out)  # noqa: S314 - it is our own


def test_a_report_that_cannot_be_written_is_an_error(two: Project) -> None:
    result = two.run("validate", "--output", "no/such/directory")
    assert (result.status, result.out) == (3, "")
    assert "could not be written" in result.err


def test_findings_come_in_one_order(repository: Project) -> None:
    for name in ("b", "a", "c/d"):
        repository.prompt(name, TWO)
    runs = [repository.run("validate", "--output-format", "concise", *ids).out for ids in ([], ["c", "b", "a"])]
    assert runs[0] == runs[1]
    assert [line.split(": ")[0] for line in runs[0].splitlines()] == [
        f"prompts/{name}.yaml:{place}" for name in ("a", "b", "c/d") for place in ("4:13", "5:14")
    ]


def test_standard_input_is_checked_as_the_file_it_is_named_after(repository: Project) -> None:
    repository.prompt("tone", "template: Be kind.\n")
    saved = repository.prompt("x").read_bytes()
    text = b"id: x\nversion: 1.0.0\nformat: text\ntemplate: '{{> tone}} {{> none}}'\n"
    for path, cwd in (("prompts/x.yaml", "."), ("x.yaml", "prompts"), (str(repository.root / "prompts/x.yaml"), ".")):
        result = repository.run("validate", "-", "--stdin-filename", path, stdin=text, cwd=cwd)
        assert result.status == 1
        shown = "x.yaml" if cwd == "prompts" else "prompts/x.yaml"
        assert result.out.startswith(f"{shown}:4:27: error PC204 unknown partial 'none'")
        assert result.err == "1 prompt checked: 1 error, 0 warnings\n"
    assert repository.read("prompts/x.yaml") == saved


@pytest.mark.parametrize(
    ("text", "path", "code"),
    [
        (b"id: new\nversion: 1.0.0\nformat: text\ntemplate: '{{> new}}'\n", "prompts/new.yaml", "PC205"),
        (b"id: new\nversion: 1.0.0\nformat: text\ntemplate: x\n", "prompts/other.yaml", "PC104"),
        (b"\xff", "prompts/new.yaml", "PC002"),
        (b"", "prompts/new.yaml", "PC004"),
    ],
)
def test_a_file_that_is_not_saved_yet(repository: Project, text: bytes, path: str, code: str) -> None:
    repository.prompt("x")
    result = repository.run("validate", "-", "--stdin-filename", path, "--json", stdin=text)
    assert [one["code"] for one in result.json["findings"]] == [code]
    assert not (repository.root / path).exists()


@pytest.mark.parametrize("path", ["outside.yaml", "prompts/Bad Name.yaml", "prompts/x.txt", "prompts/../../x.yaml"])
def test_files_outside_the_directory_are_not_checked(repository: Project, path: str) -> None:
    repository.prompt("x")
    result = repository.run("validate", "-", "--stdin-filename", path, stdin=b"id: x\n")
    assert (result.status, result.out) == (3, "")
    assert result.err.startswith("error: ")
