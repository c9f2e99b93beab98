"""Formats of findings, byte for byte, with hostile text too."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from prompt_cli.domain.finding import Severity
from prompt_cli.reporting.findings_markdown import MAX_FINDINGS, escape
from prompt_cli.reporting.findings_text import summary
from prompt_cli.reporting.formats import ReportFormat, format_report
from prompt_cli.reporting.terminal import UNSAFE
from tests.reporting.reports import EMPTY, HOSTILE, PLAIN, of_text

if TYPE_CHECKING:
    from tests.support import Golden

GOLDEN = Path(__file__).parent / "golden"
SUFFIXES = {"json": "json", "sarif": "sarif.json", "junit": "xml", "markdown": "md"}


def write(report: Any, report_format: str, fail_on: Severity = Severity.ERROR) -> str:
    return format_report(report._replace(fail_on=fail_on), ReportFormat(report_format))


def test_the_page_on_checks_names_each_format() -> None:
    page = (Path(__file__).parents[2] / "docs" / "checks.md").read_text()
    (paragraph,) = [one for one in page.split("\n\n") if one.startswith("`--output-format` writes")]
    assert all(f"`{one}`" in paragraph for one in ReportFormat)


@pytest.mark.parametrize("report_format", ReportFormat)
def test_a_report_is_written_as_it_was(golden: Golden, report_format: str) -> None:
    text = write(PLAIN, report_format)
    if report_format == "sarif":
        # The rules and the version are the program's: only what the report says is held here.
        (run,) = json.loads(text)["runs"]
        del run["tool"], run["results"][0]["ruleIndex"], run["results"][1]["ruleIndex"], run["results"][2]["ruleIndex"]
        text = json.dumps(run, indent=2) + "\n"
    golden.check(GOLDEN / f"findings-{report_format}.{SUFFIXES.get(report_format, 'txt')}", text)


@pytest.mark.parametrize("report_format", ReportFormat)
def test_the_same_report_gives_the_same_bytes(report_format: str) -> None:
    assert write(PLAIN, report_format) == write(PLAIN._replace(sources=dict(PLAIN.sources)), report_format)


@pytest.mark.parametrize("report_format", ReportFormat)
def test_no_format_passes_terminal_controls_on(report_format: str) -> None:
    text = write(of_text(HOSTILE), report_format)
    assert not UNSAFE & set(text)


@pytest.mark.parametrize(("report_format", "lines"), [("concise", 1), ("text", 4), ("github", 2)])
def test_hostile_text_adds_no_line(report_format: str, lines: int) -> None:
    """A line of its own could be a command to the CI system, or a finding that is none."""
    text = write(of_text(HOSTILE), report_format)
    assert text.count("\n") == lines, text
    starts = ("prompts/", "::error ", "  ")
    assert all(line.startswith(starts) for line in text.splitlines())


def test_nothing_found() -> None:
    assert [write(EMPTY, one) for one in ("text", "concise", "github")] == ["", "", ""]
    assert write(EMPTY, "markdown") == "### prompt-cli\n\n2 prompts checked, no problems\n"
    suite = ET.fromstring(write(EMPTY, "junit"))  # noqa: S314 - it is our own
    assert [case.get("name") for case in suite.iter("testcase")] == ["prompts/a.yaml", "prompts/b.yaml"]


def test_the_summary_counts() -> None:
    assert summary(PLAIN) == (
        "4 prompts checked: 1 error, 1 warning, 1 info; "
        "1 can be fixed by --fix [*]; 2 suppressed; 1 prompt could not be checked"
    )
    assert summary(EMPTY._replace(suppressed=1)) == "2 prompts checked, no problems; 1 suppressed"
    assert summary(EMPTY._replace(new_ignores=2)) == (
        "2 prompts checked, no problems; 2 new ignore comments, not applied yet"
    )
    assert json.loads(write(PLAIN, "json"))["summary"] == {
        "checked": 4,
        "unchecked": ["prompts/q.yaml: it cannot be read"],
        "findings": 3,
        "errors": 1,
        "warnings": 1,
        "infos": 1,
        "silenced": 2,
        "new_ignores": 0,
        "fixed": 0,
        "notices": [],
    }


def test_json_round_trip_of_findings() -> None:
    document = json.loads(write(of_text(HOSTILE), "json").encode("utf-8", "backslashreplace"))
    (finding,) = document["findings"]
    assert list(document) == ["schema", "findings", "summary"]
    assert (finding["message"], finding["help"], finding["path"]) == (HOSTILE, HOSTILE, f"prompts/{HOSTILE}.yaml")
    assert finding["fix"] is None
    fixed = json.loads(write(PLAIN, "json"))["findings"][1]["fix"]
    assert fixed == {
        "message": "write name",
        "edits": [{"line": 6, "column": 13, "end_line": 6, "end_column": 17, "text": "name"}],
    }


def unescaped(text: str) -> str:
    """Read a value as the runner does: https://github.com/actions/runner, ActionCommand.cs."""
    for code, sign in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, sign)
    return text


def test_workflow_commands_read_back() -> None:
    first, second, third, fourth = write(PLAIN, "github").splitlines()
    match = re.fullmatch(r"::warning file=([^:,]*),line=4,endLine=4,col=13,endColumn=16,title=([^:,]*)::(.*)", first)
    assert match
    assert unescaped(match[1]) == "prompts/a b,c:d.yaml"
    assert unescaped(match[3]) == "variable 'tone' is never used"
    assert second.startswith("::error ")
    assert second.endswith("::'nmae' is not declared%0Ahelp: did you mean 'name'?")
    # Columns of a region of several lines would be read as those of its first.
    assert re.fullmatch(r"::notice file=[^:,]*,line=2,endLine=4,title=[^:,]*::50%25 of it: not, met", third)
    assert fourth == "::error title=prompt-cli::could not check prompts/q.yaml: it cannot be read"


def test_workflow_commands_carry_hostile_text_as_data() -> None:
    line = write(of_text("a%0A:b,c\r\nd"), "github").splitlines()[0]
    assert line == (
        "::error file=prompts/a%250A%3Ab%2Cc\\x0d%0Ad.yaml,line=1,endLine=1,col=1,endColumn=1,"
        "title=PC301 undeclared-variable::a%250A:b,c\\x0d%0Ad%0Ahelp: a%250A:b,c\\x0d%0Ad"
    )


def test_junit_reads_back() -> None:
    suites = ET.fromstring(write(of_text(HOSTILE), "junit"))  # noqa: S314 - it is our own
    (case, not_checked) = suites.iter("testcase")
    (failure,) = case.iter("failure")
    shown = failure.get("message") or ""
    for part in ("[/INST]", "]]>", "<b>&amp;</b>", "\\x1b[31m", "\\u202e", "\\ufffe", "\\ud800", "\n", "\t", "é😀"):
        assert part in shown
        assert part in (failure.text or "")
    assert not_checked.find("error") is not None
    for one in suites.iter("testsuite"):
        assert (one.get("tests"), one.get("failures"), one.get("errors")) == ("2", "1", "1")


@pytest.mark.parametrize(("fail_on", "failures"), [(Severity.ERROR, 1), (Severity.WARNING, 2), (Severity.INFO, 3)])
def test_junit_failures_are_those_of_the_check(fail_on: Severity, failures: int) -> None:
    suites = ET.fromstring(write(PLAIN, "junit", fail_on))  # noqa: S314 - it is our own
    assert len(list(suites.iter("failure"))) == failures == int(suites.get("failures") or "")
    assert len(list(suites.iter("testcase"))) == 5 == int(suites.get("tests") or "")


def test_markdown_is_one_row_a_finding() -> None:
    table = [line for line in write(of_text(HOSTILE), "markdown").splitlines() if line.startswith("|")]
    assert len(table) == 3
    # Bars that stand alone part the cells; those of the text are escaped.
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in table] == [5, 5, 5]


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("a|b", "a\\|b"),
        ("`x`", "\\`x\\`"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("[a](b)", "\\[a\\](b)"),
        ("https://x www.x a@b", "https\\://x www\\.x a\\@b"),
        ("a\\|b", "a\\\\\\|b"),
        ("a\nb", "a\\\\nb"),
        ("x" * 500, "x" * 400 + "…"),
    ],
)
def test_markdown_shows_text_as_it_is(text: str, markdown: str) -> None:
    assert escape(text) == markdown


def test_long_table_counts_omitted_rows() -> None:
    many = PLAIN._replace(findings=PLAIN.findings[:1] * (MAX_FINDINGS + 7), not_checked=())
    text = write(many, "markdown")
    assert text.count("unused") == MAX_FINDINGS
    assert text.endswith("Not shown: 7 more.\n")
