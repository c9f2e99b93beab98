"""Selection of rules."""

from __future__ import annotations

import pytest

from prompt_cli.domain.finding import Finding, Severity
from prompt_cli.errors import SettingsError
from prompt_cli.problems import Region
from prompt_cli.rules.catalogue import RULES
from prompt_cli.rules.selection import nearest, path_matches, select_rules
from prompt_cli.settings import RuleChoice

ALL = {rule.code for rule in RULES if rule.enabled}
PC3 = {rule.code for rule in RULES if rule.code.startswith("PC3")}


def finding(code: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding("prompts/x.yaml", Region(1, 1, 1, 1), severity, code, "name", "message")


@pytest.mark.parametrize(
    ("settled", "asked", "on"),
    [
        (RuleChoice(), RuleChoice(), ALL),
        (RuleChoice(select=("PC3",)), RuleChoice(), PC3),
        (RuleChoice(select=("PC",)), RuleChoice(), {rule.code for rule in RULES}),
        (RuleChoice(select=()), RuleChoice(), set()),
        (RuleChoice(ignore=("PC3",)), RuleChoice(), ALL - PC3),
        (RuleChoice(select=("optional-unguarded", "unused-variable")), RuleChoice(), {"PC302", "PC304"}),
        (RuleChoice(ignore=("PC302", "PC6")), RuleChoice(select=("PC3",)), PC3),
        (RuleChoice(select=("PC3",)), RuleChoice(ignore=("PC302",)), PC3 - {"PC302"}),
        (RuleChoice(select=("PC302",), ignore=("PC3",)), RuleChoice(), {"PC302"}),
        (RuleChoice(select=("PC3",), ignore=("PC302",)), RuleChoice(), PC3 - {"PC302"}),
        (RuleChoice(select=("PC302",), ignore=("PC302",)), RuleChoice(), set()),
        (RuleChoice(), RuleChoice(select=("PC302",), ignore=("PC3",)), {"PC302"}),
        (RuleChoice(select=("PC3",)), RuleChoice(select=()), set()),
    ],
)
def test_enabled_rules(settled: RuleChoice, asked: RuleChoice, on: set[str]) -> None:
    assert set(select_rules(settled, asked).severities) == on


def test_a_rule_that_is_off_until_chosen() -> None:
    assert {"PC603", "PC604"} & select_rules().severities.keys() == {"PC603"}
    assert {"PC603", "PC604"} <= select_rules(RuleChoice(select=("PC",))).severities.keys()


def test_ignored_rule_differs_from_unselected_rule() -> None:
    only = select_rules(RuleChoice(), RuleChoice(select=("PC3",)))
    assert [only.selects(finding("PC004")), only.names(finding("PC004"))] == [False, False]
    without = select_rules(RuleChoice(ignore=("PC004",)))
    assert [without.selects(finding("PC004")), without.names(finding("PC004"))] == [False, True]


def test_the_longest_code_weighs_and_the_command_line_wins() -> None:
    settled = RuleChoice(severity={"PC3": Severity.WARNING, "PC302": Severity.INFO, "PC301": Severity.INFO})
    chosen = select_rules(settled, RuleChoice(severity={"PC301": Severity.ERROR})).severities
    assert [chosen[code] for code in ("PC301", "PC302", "PC303", "PC004")] == ["error", "info", "warning", "error"]


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [(Severity.ERROR, {"error"}), (Severity.WARNING, {"error", "warning"}), (Severity.INFO, set(Severity))],
)
def test_failing_severities(fail_on: Severity, failing: set[str]) -> None:
    selection = select_rules(RuleChoice(fail_on=fail_on))
    assert {one for one in Severity if selection.fails([finding("PC301", one)])} == failing
    assert not selection.fails([])


@pytest.mark.parametrize(
    "choice",
    [
        RuleChoice(select=("PC999",)),
        RuleChoice(ignore=("",)),
        RuleChoice(severity={"PC3O2": Severity.INFO}),
        RuleChoice(per_path_ignores={"a/**": ("pc302",)}),
    ],
)
def test_a_code_that_no_rule_has_is_refused(choice: RuleChoice) -> None:
    for pair in ((choice, RuleChoice()), (RuleChoice(), choice)):
        with pytest.raises(SettingsError, match="unknown rule"):
            select_rules(*pair)


@pytest.mark.parametrize(
    ("code", "near"),
    [("pc302", "PC302"), ("PC3O2", "PC302"), ("unused-variable", "PC302"), ("unused-variables", "PC302")],
)
def test_the_nearest_rule_is_named(code: str, near: str) -> None:
    assert nearest(code) == f"did you mean {near!r}?"


def test_unknown_rule_without_a_near_name() -> None:
    assert nearest("W0613") == "`prompt-cli rule` lists the rules"


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("a.yaml", "a.yaml", True),
        ("a.yaml", "b/a.yaml", False),
        ("**/a.yaml", "a.yaml", True),
        ("**/a.yaml", "b/c/a.yaml", True),
        ("legacy/**", "legacy/a/b.yaml", True),
        ("legacy/", "legacy/a/b.yaml", True),
        ("legacy/*", "legacy/a/b.yaml", False),
        ("legacy/*", "legacy/a.yaml", True),
        ("legacy/**", "new/legacy/a.yaml", False),
        ("**/x/**/y.yaml", "a/x/b/x/c/y.yaml", True),
        ("**/x/**/y.yaml", "a/b/y.yaml", False),
        ("a?.yaml", "ab.yaml", True),
        ("A.yaml", "a.yaml", False),
        ("legacy", "legacy/a.yaml", False),
    ],
)
def test_patterns(pattern: str, path: str, *, matches: bool) -> None:
    assert path_matches(pattern, path) is matches


def test_patterns_are_of_the_repository_or_the_prompt_directory() -> None:
    for pattern in ("legacy/**", "prompts/legacy/**"):
        selection = select_rules(RuleChoice(per_path_ignores={pattern: ("PC3",)}), directory="prompts")
        assert selection.ignored_at("prompts/legacy/x.yaml") == PC3
        assert selection.ignored_at("prompts/new/x.yaml") == set()


def test_a_pattern_is_matched_without_backtracking() -> None:
    assert not path_matches("**/" * 2000 + "b", "a/" * 2000 + "a")
