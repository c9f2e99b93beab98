"""Ignore comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from prompt_cli import InMemoryStorage, PromptRegistry
from prompt_cli.checking.checker import PromptChecker
from prompt_cli.rules.selection import select_rules
from prompt_cli.settings import RuleChoice
from prompt_cli.workspace import Workspace
from tests.support import Steps

if TYPE_CHECKING:
    from prompt_cli.domain.finding import Report

HEAD = "id: x\nversion: 1.0.0\nformat: text\n"
# PC302 on line 4, PC301 on line 5.
BODY = "variables: {tone: {type: string}}{0}\ntemplate: Hello {{nmae}}!{1}\n"


async def check(text: str, choice: RuleChoice = RuleChoice()) -> Report:  # noqa: B008 - it is immutable
    workspace = Workspace(PromptRegistry(InMemoryStorage({"x": text})))
    return await PromptChecker(workspace, select_rules(choice)).check(["x"])


def codes_and_lines(report: Report) -> list[tuple[str, int]]:
    return [(one.code, one.region.line) for one in report.findings]


def body(first: str = "", second: str = "") -> str:
    return HEAD + BODY.replace("{0}", first).replace("{1}", second)


@pytest.mark.parametrize(
    ("text", "remaining", "suppressed"),
    [
        (body(), [("PC302", 4), ("PC301", 5)], 0),
        (body("  # prompt-cli: ignore PC302 -- callers send it"), [("PC301", 5)], 1),
        (body("  # prompt-cli: ignore PC302"), [("PC301", 5)], 1),
        (body("  # prompt-cli: ignore unused-variable, optional-unguarded"), [("PC010", 4), ("PC301", 5)], 1),
        (body("  #prompt-cli:ignore PC302--why"), [("PC302", 4), ("PC011", 4), ("PC301", 5)], 0),
        (body("  #prompt-cli:ignore PC302 -- a, b -- c"), [("PC301", 5)], 1),
        (body("", "  # prompt-cli: ignore PC301,PC301"), [("PC302", 4)], 1),
        # On the wrong line; with a code too many; twice.
        (body("", "  # prompt-cli: ignore PC302"), [("PC302", 4), ("PC301", 5), ("PC010", 5)], 0),
        (body("  # prompt-cli: ignore PC302, PC303"), [("PC010", 4), ("PC301", 5)], 1),
        # Before the first key a comment applies to the file; after it, a line of its own applies to no key.
        ("# prompt-cli: ignore PC302 , PC301 -- old\n" + body(), [], 2),
        ("# About it.\n\n  # prompt-cli: ignore PC301\n" + body(), [("PC302", 7)], 1),
        ("# prompt-cli: ignore PC601\n" + body(), [("PC010", 1), ("PC302", 5), ("PC301", 6)], 0),
        (
            HEAD + "# prompt-cli: ignore PC302\n" + body().removeprefix(HEAD),
            [("PC010", 4), ("PC302", 5), ("PC301", 6)],
            0,
        ),
        # Text is text.
        (HEAD + "template: |\n  # prompt-cli: ignore PC301\n  {{nmae}}\n", [("PC301", 6)], 0),
        (HEAD + "template: '# prompt-cli: ignore PC301 {{nmae}}'\n", [("PC301", 4)], 0),
        (HEAD + "description: 'a # prompt-cli: nonsense'\ntemplate: x\n", [], 0),
        # A text of several lines has room for a comment at its ends alone.
        (HEAD + "template: |  # prompt-cli: ignore PC301\n  a\n  {{nmae}}\n  {{b}}\n", [], 2),
        (HEAD + 'template: "a\n  {{nmae}}\n  b"  # prompt-cli: ignore PC301\n', [], 1),
        (
            HEAD + "description: x  # prompt-cli: ignore PC301\ntemplate: |\n  {{nmae}}\n",
            [("PC010", 4), ("PC301", 6)],
            0,
        ),
        # Malformed, or without a rule.
        (body("  # prompt-cli: ignore"), [("PC011", 4), ("PC302", 4), ("PC301", 5)], 0),
        (body("  # prompt-cli ignore PC302"), [("PC011", 4), ("PC302", 4), ("PC301", 5)], 0),
        (body("  # prompt-cli: ignore PC302 because"), [("PC011", 4), ("PC302", 4), ("PC301", 5)], 0),
        (body("  # prompt-cli: ignore PC3"), [("PC011", 4), ("PC302", 4), ("PC301", 5)], 0),
        (body("  # prompt-cli: noqa"), [("PC011", 4), ("PC302", 4), ("PC301", 5)], 0),
        (body("  # prompt-cli: ignore PC302,"), [("PC011", 4), ("PC302", 4), ("PC301", 5)], 0),
        (body("  # see prompt-cli: ignore PC302"), [("PC302", 4), ("PC301", 5)], 0),
        # The bookkeeping cannot suppress itself.
        (HEAD + "template: x  # prompt-cli: ignore PC010\n", [("PC010", 4)], 0),
    ],
)
async def test_suppression(text: str, remaining: list[tuple[str, int]], suppressed: int) -> None:
    report = await check(text)
    assert (sorted(codes_and_lines(report)), report.suppressed) == (sorted(remaining), suppressed)
    assert not report.not_checked


async def test_unused_ignore_marks_the_code() -> None:
    (unused,) = (await check(HEAD + "template: x  # prompt-cli: ignore PC302 -- no\n")).findings
    assert unused.region == (4, 35, 4, 40)
    assert (unused.severity, unused.message) == ("warning", "unused ignore: no PC302 on this line")
    (unknown,) = (await check(HEAD + "template: x  # prompt-cli: ignore PC3O2\n")).findings
    assert (unknown.region, unknown.help) == ((4, 35, 4, 40), "did you mean 'PC302'?")


async def test_ignore_of_a_rule_that_did_not_run_is_not_a_finding() -> None:
    text = HEAD + "template: x  # prompt-cli: ignore PC302\n"
    assert codes_and_lines(await check(text, RuleChoice(select=("PC0", "PC601")))) == []
    assert codes_and_lines(await check(text, RuleChoice(ignore=("PC302",)))) == []
    assert codes_and_lines(await check(text, RuleChoice(per_path_ignores={"x.yaml": ("PC302",)}))) == []
    # No rule can check an unreadable file.
    broken = HEAD + "colour: red\ntemplate: '{{nmae}}'  # prompt-cli: ignore PC301\n"
    assert codes_and_lines(await check(broken)) == [("PC102", 4)]


async def test_findings_on_ignores_can_be_ignored() -> None:
    text = HEAD + "template: x  # prompt-cli: ignore PC302, PC999\n"
    assert codes_and_lines(await check(text)) == [("PC010", 4), ("PC011", 4)]
    assert codes_and_lines(await check(text, RuleChoice(ignore=("PC010",)))) == [("PC011", 4)]
    assert codes_and_lines(await check(text, RuleChoice(per_path_ignores={"x.yaml": ("PC01",)}))) == []


async def test_unchecked_rules_do_not_pass() -> None:
    for text in ("{", HEAD + "colour: red\n", HEAD + "template: '{{'\n", HEAD + "template: '{{> none}}'\n"):
        report = await check(text, RuleChoice(select=("PC3",)))
        assert (report.findings, report.checked) == ((), 0)
        assert "it cannot be read or rendered" in report.not_checked[0]
        assert not (await check(text)).not_checked
    # An ignore hides the finding, and does not make the prompt one that was checked.
    report = await check(HEAD + "template: '{{> none}}'  # prompt-cli: ignore PC204 -- to come\n")
    assert (report.findings, len(report.not_checked), report.checked, report.suppressed) == ((), 1, 0, 1)
    report = await check(HEAD + "template: '{{> none}}'\n", RuleChoice(ignore=("PC204",)))
    assert (report.findings, len(report.not_checked), report.checked) == ((), 1, 0)


def commented(count: int) -> str:
    comments = "".join(f"  k{n}: v  # prompt-cli: ignore PC302\n" for n in range(count))
    return HEAD + "metadata:\n" + comments + "template: x\n"


async def test_work_grows_as_comments_do() -> None:
    async def steps(text: str) -> int:
        with Steps() as made:
            report = await check(text)
        assert report.findings
        return made.count

    assert await steps(commented(800)) < 3 * await steps(commented(400))


@pytest.mark.parametrize(
    "comment",
    [", ".join(["PC302"] * 100_000), "PC302 ," * 100_000 + "!", " " * 500_000 + "!"],
    ids=["codes", "malformed", "spaces"],
)
async def test_a_comment_as_long_as_a_file_may_be_is_read(comment: str) -> None:
    """A pattern that backtracks would not end."""
    text = f"{HEAD}metadata:\n  k: v  # prompt-cli: ignore {comment}\ntemplate: x\n"
    assert len(text) < 2**20
    assert (await check(text)).findings
