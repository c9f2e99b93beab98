"""Rendered templates: every written case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.handlebars import (
    hb_cases_comments,
    hb_cases_each,
    hb_cases_escapes,
    hb_cases_helpers,
    hb_cases_if,
    hb_cases_lookup_and_log,
    hb_cases_partials,
    hb_cases_sections,
    hb_cases_syntax,
    hb_cases_values,
    hb_cases_whitespace,
    hb_cases_with,
)
from tests.handlebars.hb_differences import DIFFERENCES, explained
from tests.handlebars.hb_oracle import Answer, Oracle, missing

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = {
    "comments": hb_cases_comments.CASES,
    "each": hb_cases_each.CASES,
    "escapes": hb_cases_escapes.CASES,
    "helpers": hb_cases_helpers.CASES,
    "if": hb_cases_if.CASES,
    "lookup and log": hb_cases_lookup_and_log.CASES,
    "partials": hb_cases_partials.CASES,
    "sections": hb_cases_sections.CASES,
    "syntax": hb_cases_syntax.CASES,
    "values": hb_cases_values.CASES,
    "whitespace": hb_cases_whitespace.CASES,
    "with": hb_cases_with.CASES,
}
EXAMPLES = tuple(example for difference in DIFFERENCES for example in difference.examples)

pytestmark_js = pytest.mark.skipif(missing() is not None, reason=missing() or "")


@pytest.mark.parametrize("group", CASES)
def test_a_case_renders_its_expected_output(group: str) -> None:
    wrong = [(case, output) for case in CASES[group] if (output := case.render()) != case.expected]
    assert not wrong


def test_documented_difference_renders_as_documented() -> None:
    wrong = [(case, output) for case in EXAMPLES if (output := case.render()) != case.expected]
    assert not wrong


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with Oracle() as oracle:
        yield oracle


@pytestmark_js
@pytest.mark.parametrize("group", CASES)
def test_handlebars_js_renders_the_same(oracle: Oracle, group: str) -> None:
    answers = [(case, oracle.ask(**case.question())) for case in CASES[group]]
    wrong = [(case, answer) for case, answer in answers if answer.output != case.expected]
    assert not wrong


@pytestmark_js
def test_a_difference_is_one(oracle: Oracle) -> None:
    """A difference that handlebars.js no longer shows must go, and each example must belong to its difference."""
    for difference in DIFFERENCES:
        for case in difference.examples:
            answer = oracle.ask(**case.question())
            assert answer.output != case.expected, (difference.name, case)
            assert difference.explains(case, case.expected, answer), (difference.name, case, answer)


@pytest.mark.parametrize(
    "case",
    [CASES["values"][0], CASES["each"][0], CASES["helpers"][0], CASES["whitespace"][0]],
)
def test_no_difference_explains_a_wrong_output(case: object) -> None:
    assert isinstance(case, type(CASES["values"][0]))
    assert not explained(case, "wrong", Answer(case.expected, ""))
    assert not explained(case, None, Answer(case.expected, ""))
    assert not explained(case, case.expected, Answer(None, "Parse error on line 1"))


def test_there_are_enough_cases() -> None:
    assert sum(map(len, CASES.values())) >= 1000
