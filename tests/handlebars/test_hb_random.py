"""Templates made up by Hypothesis, rendered beside handlebars.js."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.handlebars.hb_case import Case
from tests.handlebars.hb_differences import explained
from tests.handlebars.hb_oracle import Oracle, missing
from tests.handlebars.hb_strategies import CONTEXTS, TEMPLATES, broken_templates

EXAMPLES = int(os.environ.get("HANDLEBARS_EXAMPLES", "75"))
HELPERS = ("join", "list", "object", "upper", "twice", "inside")
PARTIAL = "[{{> @partial-block}}]{{> inline}}"
ESCAPES = st.sampled_from((True, True, False))

pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")
examples = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@st.composite
def cases(draw: st.DrawFn, templates: st.SearchStrategy[str]) -> Case:
    """A case made of a template, a partial, data and options."""
    escape = draw(ESCAPES)
    partials = {"p": draw(TEMPLATES), "q": PARTIAL}
    context, template = draw(CONTEXTS), draw(templates)
    return Case(template, context, None, partials, HELPERS, {"level": 1}, escape)


def check(case: Case, oracle: Oracle) -> None:
    ours, theirs = case.render(), oracle.ask(**case.question())
    assert ours == theirs.output or explained(case, ours, theirs), (ours, theirs)


def test_templates_of_the_grammar() -> None:
    with Oracle() as oracle:

        @examples
        @given(cases(TEMPLATES))
        def run(case: Case) -> None:
            check(case, oracle)

        run()


def test_templates_slightly_broken() -> None:
    with Oracle() as oracle:

        @examples
        @given(cases(broken_templates()))
        def run(case: Case) -> None:
            check(case, oracle)

        run()
