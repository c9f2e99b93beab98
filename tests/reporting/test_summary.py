from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from prompt_cli.domain.change import ChangeKind
from prompt_cli.domain.version import Level
from prompt_cli.reporting.summary import summary, values, verdict
from tests.reporting.comparisons import DESCRIPTION_CHANGED, TEXT_CHANGED, VARIABLE_REMOVED, broken, change, compared
from tests.reporting.comparisons import prompt as made

if TYPE_CHECKING:
    from prompt_cli.domain.change import Change

OPTIONAL_ADDED = change(ChangeKind.OPTIONAL_VARIABLE_ADDED, "variables.tone", None, {"type": "string"})


@pytest.mark.parametrize(
    ("old", "new", "changes", "expected"),
    [
        ("1.2.0", "1.2.0", [], "unchanged"),
        ("1.2.0", "1.2.0", [VARIABLE_REMOVED], "breaking: needs a major bump; version is still 1.2.0"),
        (
            "1.2.0",
            "1.3.0",
            [VARIABLE_REMOVED],
            "breaking: needs a major bump; version says minor (1.2.0 -> 1.3.0)",
        ),
        ("1.2.0", "2.0.0", [VARIABLE_REMOVED], "breaking: 1.2.0 -> 2.0.0 is enough"),
        ("1.2.0", "1.2.1", [TEXT_CHANGED], "patch: 1.2.0 -> 1.2.1 is enough"),
        ("1.2.0", "3.0.0", [TEXT_CHANGED], "patch: 1.2.0 -> 3.0.0 is enough"),
        ("1.2.0", "1.2.0", [TEXT_CHANGED], "patch: needs a patch bump; version is still 1.2.0"),
        ("1.2.0", "1.2.1", [OPTIONAL_ADDED], "minor: needs a minor bump; version says patch (1.2.0 -> 1.2.1)"),
        ("1.2.0", "1.2.0", [DESCRIPTION_CHANGED], "no change that needs a bump"),
        ("1.2.0", "1.3.0", [], "no change that needs a bump; version says minor (1.2.0 -> 1.3.0)"),
        ("1.2.0", "1.1.9", [], "version went down (1.2.0 -> 1.1.9); versions only go up"),
        ("1.2.0", "1.1.9", [TEXT_CHANGED], "version went down (1.2.0 -> 1.1.9); patch: needs 1.2.1 or above"),
        # below 1.0.0 a breaking change needs a minor bump, everything else a patch, and 1.0.0 is always enough
        (
            "0.3.1",
            "0.3.2",
            [VARIABLE_REMOVED],
            "breaking: needs a minor bump below 1.0.0; version says patch (0.3.1 -> 0.3.2)",
        ),
        ("0.3.1", "0.4.0", [VARIABLE_REMOVED], "breaking: 0.3.1 -> 0.4.0 is enough"),
        ("0.3.1", "0.3.2", [OPTIONAL_ADDED], "minor: 0.3.1 -> 0.3.2 is enough"),
        ("0.3.1", "0.3.1", [OPTIONAL_ADDED], "minor: needs a patch bump below 1.0.0; version is still 0.3.1"),
        ("0.3.1", "1.0.0", [VARIABLE_REMOVED], "breaking: 0.3.1 -> 1.0.0 is enough"),
    ],
)
def test_verdict(old: str, new: str, changes: list[Change], expected: str) -> None:
    assert verdict(compared(made(version=old), made(version=new), *changes)) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [(["a"], ["b"], ('["a"]', '["b"]')), (None, 1, ("1",)), (["a"], ["a"], ())],
)
def test_values_are_shown_if_they_differ(old: object, new: object, expected: tuple[str, ...]) -> None:
    assert values(change(ChangeKind.DOCUMENTATION_CHANGED, "examples", old, new)) == expected


def test_prompts_with_one_side() -> None:
    assert verdict(compared(None, made())) == "added (1.2.0)"
    assert verdict(compared(made(), None)) == "deleted (it was 1.2.0)"
    assert verdict(broken()) == "could not compare: line 1: the list is not closed"


def test_a_broken_file_has_no_level() -> None:
    comparison = broken()
    assert (comparison.level, comparison.declared, comparison.required) == (None, None, None)


def test_a_problem_outweighs_changes() -> None:
    comparison = compared(made(), made(version="1.3.0"), TEXT_CHANGED, problem="the template does not parse")
    assert verdict(comparison) == "could not compare: the template does not parse"
    assert (comparison.level, comparison.declared) == (None, Level.MINOR)


def test_summary_counts() -> None:
    assert summary([]) == "no prompt changed"
    assert summary([compared(made(), made())]) == "no prompt changed"
    low = compared(made(), made(), VARIABLE_REMOVED)
    fine = compared(made(), made(version="1.2.1"), TEXT_CHANGED)
    assert summary([fine]) == "1 prompt changed: 1 patch"
    assert summary([low]) == "1 prompt changed: 1 breaking; 1 version is too low"
    assert (
        summary([broken(), low, compared(made(), made()), fine, low, compared(None, made()), compared(made(), None)])
        == "6 prompts changed: 2 breaking, 1 patch, 1 added, 1 deleted, 1 not compared; 2 versions are too low"
    )
