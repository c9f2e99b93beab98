"""Partials that bring their own partials along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from prompt_cli.handlebars import (
    PROMPT_OPTIONS,
    HandlebarsRenderError,
    HandlebarsSyntaxError,
    Partial,
    PartialSource,
    compile,  # noqa: A004 - its public name
    parse,
)
from prompt_cli.handlebars.analysis import analyse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OLD: Mapping[str, PartialSource] = {"inner": "old{{a}}", "deep": "{{> inner}}{{> (lookup this 'name')}}"}
NEW: Mapping[str, PartialSource] = {
    "inner": "new{{b}}",
    "deep": "{{> inner}}",
    "pinned": Partial("<{{> inner}}>", partials=OLD),
    "deeper": Partial("{{> deep}}", partials=OLD),
    "inherits": Partial("({{> inner}})"),
    "bare": Partial("{{> inner}}", partials={}),
    "layout": Partial("{{> inner}}[{{> @partial-block}}]", partials=OLD),
    "hook": Partial("{{> inline}}", partials=OLD),
    "back": Partial("{{> pinned}}", partials={"pinned": Partial("{{> inner}}", partials=lambda name: f"{name}!")}),
}
DATA: dict[str, Any] = {"a": 1, "b": 2, "name": "inner"}

# template, output, reads with the name of the template
CASES: tuple[tuple[str, str, list[str]], ...] = (
    ("{{> inner}}{{> pinned}}{{> inner}}", "new2<old1>new2", ["b inner", "a inner"]),
    ("{{> inherits}}", "(new2)", ["b inner"]),
    ("{{> deeper}}", "old1old1", ["a inner", "name deep"]),
    ("{{> deep}}", "new2", ["b inner"]),
    ("{{> back}}", "inner!", []),
    # the content of a block belongs to the includer, and so do its partials
    ("{{#> layout}}{{> inner}}{{> pinned}}{{/layout}}", "old1[new2<old1>]", ["a inner", "b inner"]),
    # inline partials reach into every partial, as in handlebars.js
    ('{{#*inline "inner"}}i{{/inline}}{{> pinned}}', "<i>", []),
    ('{{#*inline "inline"}}{{> inner}}{{/inline}}{{> hook}}', "new2", ["b inner"]),
    ('{{#> hook}}{{#*inline "inline"}}{{> inner}}{{/inline}}{{/hook}}', "new2", ["b inner"]),
)


@pytest.mark.parametrize(("template", "expected"), [(case[0], case[1]) for case in CASES])
def test_a_partial_includes_its_own_partials(template: str, expected: str) -> None:
    assert compile(template, partials=NEW).render(DATA) == expected


@pytest.mark.parametrize(("template", "expected"), [(case[0], case[2]) for case in CASES])
def test_reads_of_inline_partials(template: str, expected: list[str]) -> None:
    found = analyse(parse(template), partials=NEW).references
    assert [f"{'.'.join(one.path)} {one.template}" for one in found] == expected


def test_a_partial_that_has_none_of_its_own_finds_none() -> None:
    with pytest.raises(HandlebarsRenderError, match="'inner' could not be found") as raised:
        compile("\n{{> bare}}", partials=NEW).render(DATA)
    assert (raised.value.name, raised.value.span.line, raised.value.span.column) == ("bare", 1, 5)
    assert analyse(parse("{{> bare}}"), partials=NEW).references == ()


def test_an_error_names_the_partial_by_the_name_its_template_has() -> None:
    inner = Partial("{{> inner}}", partials={"inner": parse("\n{{missing}}", name="inner of old")})
    with pytest.raises(HandlebarsRenderError) as raised:
        compile("{{> outer}}", partials={"outer": inner, "inner": ""}, options=PROMPT_OPTIONS).render({})
    assert (raised.value.name, raised.value.span.line, raised.value.span.column) == ("inner of old", 2, 3)
    broken = Partial("{{> inner}}", partials={"inner": "{{#if"})
    with pytest.raises(HandlebarsSyntaxError) as syntax:
        compile("{{> outer}}", partials={"outer": broken}).render({})
    assert syntax.value.name == "inner"


def test_versions_of_one_partial_are_not_recursion() -> None:
    """Recursion is found by template, not by name."""
    partials: dict[str, PartialSource] = {"p": "{{v0}}"}
    for version in range(1, 6):
        partials = {"p": Partial(f"{{{{v{version}}}}}{{{{> p}}}}", partials=partials)}
    found = analyse(parse("{{> p}}"), partials=partials).references
    assert [one.path[0] for one in found] == ["v5", "v4", "v3", "v2", "v1", "v0"]
    assert compile("{{> p}}", partials=partials).render({f"v{version}": version for version in range(6)}) == "543210"


def test_layers_of_pairs_are_looked_up_once_each() -> None:
    asked: list[str] = []

    def layer(level: int) -> Callable[[str], PartialSource]:
        below = layer(level + 1) if level < 30 else None

        def find(name: str) -> PartialSource:
            asked.append(name)
            # only one of each pair is rendered: 2 ** 30 of them would be printed
            return Partial("{{> a}}{{#if more}}{{> b}}{{/if}}" if below else "x", partials=below)

        return find

    compiled = compile("{{> a}}{{> b}}", partials=layer(0))
    assert compiled.render({"more": False}) == "xx"
    assert len(asked) == 32
    asked.clear()
    assert [one.path for one in analyse(parse("{{> a}}{{> b}}"), partials=layer(0)).references] == [("more",)] * 2
    assert len(asked) == 62


@pytest.mark.parametrize(
    "partial",
    [
        "{{{{> p{next} a}}}}{{{{> p{next} b}}}}",
        "{{{{#> p{next}}}}}a{{{{/p{next}}}}}{{{{#> p{next}}}}}b{{{{/p{next}}}}}",
        "{{{{> p{next} x=1}}}}{{{{> p{next} y=x}}}}",
    ],
)
def test_partials_that_are_never_the_same_twice_end_in_an_error(partial: str) -> None:
    partials = {f"p{level}": partial.format(next=level + 1) for level in range(32)}
    with pytest.raises(HandlebarsSyntaxError, match="include each other too often") as raised:
        analyse(parse("{{> p0}}"), partials=partials)
    assert raised.value.name in partials
