"""Cheaper walks over a template find what the full analysis finds."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from prompt_cli.handlebars import (
    HandlebarsSyntaxError,
    Options,
    Partial,
    compile,  # noqa: A004 - the name in handlebars.js
    parse,
    partial_uses,
    programs,
    walk,
)
from prompt_cli.handlebars.analysis import analyse
from tests.handlebars.hb_strategies import TEMPLATES

PATIENT = settings(deadline=None, suppress_health_check=list(HealthCheck))


@PATIENT
@given(TEMPLATES)
def test_uses_equal_the_partials_of_the_analysis(source: str) -> None:
    try:
        template = parse(source)
    except HandlebarsSyntaxError:
        return
    uses = [(one.name, one.fallback, one.span) for one in analyse(template).partials]
    assert [tuple(one) for one in partial_uses(template)] == uses


@PATIENT
@given(TEMPLATES)
def test_programs_are_those_that_a_walk_finds(source: str) -> None:
    try:
        template = parse(source)
    except HandlebarsSyntaxError:
        return
    nodes = list(walk(template))
    entered = [program for program, _, inside in programs(template) if inside]
    assert list(map(id, entered)) == [id(node) for node in nodes if type(node).__name__ == "Program"]
    assert len(entered) == sum(not inside for _, _, inside in programs(template))


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("{{> a}}", ["a"]),
        ("{{~> a ~}}", ["a"]),
        ("{{#> a}}x{{/a}}", ["a"]),
        ("{{~#> a}}x{{/a}}", ["a"]),
        ("{{a}} > {{b}}", []),
        ("{{{{raw}}}}{{> a}}{{{{/raw}}}}", []),
    ],
)
def test_partials_are_found_in_all_notations(source: str, names: list[str]) -> None:
    assert [one.name for one in analyse(parse(source)).partials] == names
    assert [one.name for one in partial_uses(parse(source))] == names


def test_compiled_partial_renders_with_helpers_and_partials_of_its_includer() -> None:
    own = {"p": "own"}
    partial = compile("{{shout x}}{{> p}}", name="a", helpers={"shout": lambda _, text: f"{text}!"}, partials=own)
    included = {"a": Partial(partial, partials=own)}
    quiet = {"shout": lambda _, text: f"{text}?"}
    assert compile("{{> a}}", partials=included, helpers=quiet).render({"x": "hi"}) == "hi?own"
    assert (
        compile("{{> a}}", partials=included, helpers=quiet, options=Options(escape=True)).render({"x": "<"}) == "<?own"
    )
    assert partial.render({"x": "hi"}) == "hi!own"


def test_partials_of_a_compiled_partial_render_like_their_includer() -> None:
    helpers = {"shout": lambda _, text: f"{text}!"}
    own = {"p": "{{x}}"}
    included = {"a": Partial(compile("{{x}}{{> p}}", name="a", helpers=helpers, partials=own), partials=own)}
    plain = compile("{{> a}}", partials=included, helpers=helpers)
    escaping = compile("{{> a}}", partials=included, helpers=helpers, options=Options(escape=True))
    assert (plain.render({"x": "<"}), escaping.render({"x": "<"})) == ("<<", "<&lt;")
