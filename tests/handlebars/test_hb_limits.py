"""Limits of templates, and templates and data that try to exceed them."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from prompt_cli.handlebars import (
    PROMPT_HELPERS,
    PROMPT_OPTIONS,
    HandlebarsError,
    HandlebarsRenderError,
    HandlebarsSyntaxError,
    Limits,
    Options,
    Template,
    compile,  # noqa: A004 - its public name
    parse,
    walk,
)
from prompt_cli.handlebars.analysis import analyse
from prompt_cli.handlebars.runtime import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MANY = 100_000
DEFAULT_LIMITS = Limits()


def render(
    template: str, data: Any = None, partials: Mapping[str, str] | None = None, limits: Limits = DEFAULT_LIMITS
) -> str:
    options = Options(limits=limits)
    return compile(template, name="main", partials=partials, helpers=PROMPT_HELPERS, options=options).render(data)


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("{{#if a}}", "{{/if}}"),
        ("{{#a}}", "{{/a}}"),
        ("{{^a}}", "{{/a}}"),
        ("{{#a}}{{else}}{{#b}}", "{{/b}}{{/a}}"),
        ("{{#> a}}", "{{/a}}"),
        ('{{#*inline "a"}}', "{{/inline}}"),
        ("{{a (", ")}}"),
        ("{{a " + "(b " * 50, ")" * 50 + "}}"),
    ],
)
def test_a_hundred_thousand_levels_end_in_a_syntax_error(opening: str, closing: str) -> None:
    for source in (opening * MANY + closing * MANY, opening * MANY, "{{a " + "(b " * MANY + ")" * MANY + "}}"):
        with pytest.raises(HandlebarsSyntaxError):
            parse(source)


def test_a_long_chain_of_else_is_not_deep() -> None:
    source = "{{#if a}}0" + "".join(f"{{{{else if a{i}}}}}{i}" for i in range(2000)) + "{{else}}none{{/if}}"
    assert render(source, {"a1999": True}) == "1999"
    assert render(source, {}) == "none"
    template = parse(source)
    assert len(analyse(template).references) == 2001
    assert analyse(template).partials == ()
    assert sum(1 for _ in walk(template)) > 6000


def test_a_long_chain_of_other_blocks_is_rendered_or_refused() -> None:
    source = "{{#with a}}0" + "{{else with b}}1" * 300 + "{{else}}none{{/with}}"
    assert render(source, {}) == "none"
    with pytest.raises(HandlebarsError, match="too deeply"):
        render(source.replace("{{else}}", "{{else with b}}1" * 3000 + "{{else}}"), {})


@pytest.mark.parametrize(
    "fragment",
    [
        *(
            "{{~",
            " ",
            "\n",
            "\r\n",
            "\r",
            "\\",
            "{{!--",
            "{{!",
            "[",
            '"',
            "'",
            "{",
            "}",
            "|",
            "@",
            ".",
            "/",
            "\0",
            "\u00a0",
        ),
        *(
            "{{",
            "}}",
            "{{{",
            "{{{{",
            "{{{{/",
            "{{[",
            '{{"',
            "{{'",
            "{{@",
            "{{(",
            "{{#",
            "{{/",
            "{{^",
            "{{>",
            "{{&",
            "{{else",
        ),
        *(
            "\\{{",
            "\\\\{{",
            "{{ ",
            "{{\n",
            "{{a ",
            "{{a=",
            "{{a\\",
            "{{a.",
            "{{..",
            "{{../",
            "{{as |",
            "{{1",
            "{{-",
            "--}}",
            "~}}",
        ),
        *(
            "{{else}}",
            "{{^}}",
            "{{/a}}",
            "{{!a",
            "{{!---",
            "{{\\",
            "{{ \u00a0",
            '{{"\\"',
            "{{[\\]",
            "{{a b=",
            "{{a (b) ",
            "{{#a}}{{else ",
        ),
    ],
)
def test_a_megabyte_of_a_fragment_is_parsed_or_refused(fragment: str) -> None:
    for source in (fragment * (1_000_000 // len(fragment)), "{{" + fragment * (1_000_000 // len(fragment)) + "}}"):
        try:
            assert parse(source).end == len(source)
        except HandlebarsSyntaxError as error:
            assert 0 <= error.span.offset <= error.span.end <= len(source)  # noqa: PT017 - either way is right


@pytest.mark.parametrize(
    "fragment", ["{{a}}", "{{!a}}", "{{!a}}\n", "{{#a}}{{/a}}", "{{#a}}\n{{/a}}\n", "{{~a~}} ", "\\{{a}} "]
)
def test_many_tags_are_parsed_one_after_the_other(fragment: str) -> None:
    count = 20_000
    assert len(parse(fragment * count, limits=Limits(tags=2 * count)).program.body) >= count


@pytest.mark.parametrize(
    ("fragment", "message"),
    [("{{a}}", "3 tags"), ("{{a b c d e}}", "3 arguments"), ("{{#a}}{{/a}}", "3 tags"), ("{{a (b c d e)}}", "3 argum")],
)
def test_a_template_has_only_so_many_tags_and_arguments(fragment: str, message: str) -> None:
    source = fragment * 4 if "tags" in message else fragment
    with pytest.raises(HandlebarsSyntaxError, match=f"more than {message}") as caught:
        parse(source, limits=Limits(tags=3))
    assert source[caught.value.span.offset : caught.value.span.end] in {"{{", "e"}
    parse(source, limits=Limits(tags=8))


def test_partials_may_be_nested_only_so_deep() -> None:
    tree = {"p": "{{v}}{{#if more}}{{> p more}}{{/if}}"}
    data: dict[str, Any] = {"v": 9}
    for value in range(8):
        data = {"v": value, "more": data}
    assert render("{{> p}}", data, tree, Limits(partials=9)) == "765432109"
    with pytest.raises(
        HandlebarsRenderError, match="partials are nested deeper than 8; does 'p' include itself"
    ) as raised:
        render("{{> p}}", data, tree, Limits(partials=8))
    assert (raised.value.name, raised.value.span.line, raised.value.span.column) == ("p", 1, 22)


@pytest.mark.parametrize(
    ("template", "partials"),
    [
        ("{{> p}}", {"p": "{{> p}}"}),
        ("{{> p}}", {"p": "{{#if a}}{{> q}}{{/if}}", "q": "{{#with this}}{{> p}}{{/with}}"}),
        ("{{#*inline 'p'}}{{> p}}{{/inline}}{{> p}}", {}),
        ("{{#> p}}x{{/p}}", {"p": "{{#> p}}{{> @partial-block}}{{/p}}"}),
        ("{{> (lookup this 'a')}}", {"p": "{{> (lookup this 'a')}}"}),
        ("  {{> p}}\n", {"p": "  {{> p}}\n"}),
    ],
)
def test_a_partial_that_includes_itself_is_an_error(template: str, partials: dict[str, str]) -> None:
    with pytest.raises(HandlebarsRenderError, match=r"partials are nested deeper than 100|too deeply"):
        render(template, {"a": "p"}, partials)


HUNDRED: dict[str, Any] = {
    "list": list(range(100)),
    "text": "x" * 1000,
    "texts": ["x" * 100] * 100,
    "rows": [["y"] * 100] * 100,
    "small": [1, 2],
}
EACH = "{{#each list}}%s{{/each}}"


@pytest.mark.parametrize(
    ("template", "label"),
    [
        ("{{#each list}}{{#each ../list}}x{{/each}}{{/each}}", "../list"),
        ("{{#each list}}{{#each ../list}}{{#if (eq 1 2)}}{{/if}}{{/each}}{{/each}}", "../list"),
        ("{{#list}}{{> p}}{{/list}}", None),
        (EACH % "{{#if (eq (json ../texts) 1)}}{{/if}}", "json"),
        (EACH % "{{#if (eq (join ../texts) 1)}}{{/if}}", "join"),
        (EACH % "{{#if (eq (bullets ../texts) 1)}}{{/if}}", "bullets"),
        (EACH % "{{#if (eq (numbered ../texts) 1)}}{{/if}}", "numbered"),
        (EACH % "{{#if (eq (upper ../text) 1)}}{{/if}}", "upper"),
        (EACH % "{{#if (eq (lower ../text) 1)}}{{/if}}", "lower"),
        (EACH % "{{#if (eq (trim ../text) 1)}}{{/if}}", "trim"),
        (EACH % "{{#if (eq (truncate ../text 900) 1)}}{{/if}}", "truncate"),
        (EACH % "{{#if (eq (indent ../text) 1)}}{{/if}}", "indent"),
        (EACH % "{{#if (eq ../texts ../copies)}}{{/if}}", "eq"),
        (EACH % "{{#if (ne ../text ../copy)}}{{/if}}", "ne"),
        (EACH % "{{#if (gt ../text ../copy)}}{{/if}}", "gt"),
        (EACH % "{{#if (lookup .. ../small)}}{{/if}}", "lookup"),
        ("{{#each rows}}{{#each this}}{{../this}}{{/each}}{{/each}}", None),
        (EACH % "{{> p a=1}}", None),
        (EACH % "{{#*inline 'a'}}{{/inline}}{{> a ../text b=1}}", None),
        ("{{#each list}}{{> text}}{{/each}}", None),
    ],
)
def test_work_is_counted_and_has_a_place(template: str, label: str | None) -> None:
    """Work of loops, helpers and partials, of values nothing is printed of too."""
    data = {**HUNDRED, "copy": "".join(HUNDRED["text"]), "copies": ["".join(one) for one in HUNDRED["texts"]]}
    partials = {"p": "{{!" + "x" * 100 + "}}", "text": "{{!" + "x" * 1000 + "}}"}
    try:
        render(template, data, partials, Limits(work=50_000_000))
    except HandlebarsRenderError as error:
        assert "work" not in error.message  # noqa: PT017 - it may be wrong in other ways
    with pytest.raises(HandlebarsRenderError, match="takes more work than 10000 characters") as raised:
        render(template, data, partials, Limits(work=10_000))
    if label is not None:
        assert template[raised.value.span.offset : raised.value.span.end].strip("()").startswith(label)


def test_work_is_not_counted_twice() -> None:
    data = {"list": list(range(1000)), "text": "x" * 1_000_000}
    template = (
        "{{#each list}}{{#if (eq ../text 'x')}}{{/if}}{{#if (default ../text 1)}}{{/if}}{{length ../text}}{{/each}}"
    )
    assert render(template, data, limits=Limits(work=200_000)) == "1000000" * 1000


def test_renderings_that_share_a_budget_end_together() -> None:
    compiled = compile("{{text}}")
    budget = Budget(2500)
    for _ in range(2):
        assert len(compiled.render({"text": "x" * 1000}, budget=budget)) == 1000
    with pytest.raises(HandlebarsRenderError, match="takes more work than 2500"):
        compiled.render({"text": "x" * 1000}, budget=budget)


def test_partials_that_double_end_soon() -> None:
    partials = {f"p{level}": f"{{{{> p{level + 1}}}}}{{{{> p{level + 1}}}}}" for level in range(50)}
    with pytest.raises(HandlebarsRenderError, match="more work than"):
        render("{{> p0}}", {}, {**partials, "p50": ""}, Limits(work=100_000))


@pytest.mark.parametrize(
    "template",
    [
        "{{a}}{{a}}",
        "{{#each list}}{{../a}}{{/each}}",
        "{{#each list}}{{this}}12345{{/each}}",
        "{{#each list}}{{@index}}12345{{/each}}",
        "{{list}}{{list}}",
        "{{#each list}}{{> p}}{{/each}}",
        "  {{> q}}\n",
        "text that is longer than the limit of output",
        "{{join list '1234567'}}",
    ],
)
def test_the_output_may_be_only_so_long(template: str) -> None:
    data = {"a": "x" * 15, "list": [1, 2, 3, 4, 5, 6]}
    partials = {"p": "12345", "q": "{{#each list}}12345{{/each}}"}
    assert len(render(template, data, partials, Limits(output=100))) > 20
    with pytest.raises(HandlebarsRenderError, match=r"longer than 20 characters|printed") as raised:
        render(template, data, partials, Limits(output=20))
    assert raised.value.name in {"main", "q"}


def test_the_output_is_looked_at_while_it_grows() -> None:
    """Otherwise a gigabyte would be built before it is refused."""
    data = {"list": list(range(100_000)), "big": "x" * 1_000_000}
    for template in ("{{#each list}}{{../big}}{{/each}}", "{{#each list}}{{#if true}}{{../big}}{{/if}}{{/each}}"):
        with pytest.raises(HandlebarsRenderError, match="longer than 10000000 characters"):
            render(template, data)


def _nested(levels: int, kind: Callable[[Any], Any]) -> Any:
    value: Any = []
    for _ in range(levels):
        value = kind(value)
    return value


DEEP_LIST = _nested(MANY, lambda value: [value])
DEEP_OBJECT = _nested(MANY, lambda value: {"a": value})
DOUBLED = _nested(60, lambda value: [value, value])
CYCLE: list[Any] = []
CYCLE.append(CYCLE)


@pytest.mark.parametrize("data", [DEEP_LIST, DEEP_OBJECT, CYCLE], ids=["list", "object", "cycle"])
@pytest.mark.parametrize(
    "template",
    [
        "{{this}}",
        "{{json this}}",
        "{{join this}}",
        "{{bullets this}}",
        "{{length this}}",
        "{{#if (eq this this)}}a{{/if}}",
        "{{#each this}}{{#each this}}{{@key}}{{/each}}{{/each}}",
        "{{#with this}}{{a.a.a.a}}{{/with}}",
        "{{lookup this this}}",
        "{{#each this}}{{#with ../this}}{{this}}{{/with}}{{/each}}",
        "{{> p}}",
    ],
)
def test_data_of_any_depth_are_rendered_or_refused(template: str, data: object) -> None:
    check_limited(template, data)


@pytest.mark.parametrize("template", ["{{this}}", "{{json this}}", "{{#if (eq this this)}}a{{/if}}", "{{> p}}"])
def test_data_that_double_at_each_depth_are_refused(template: str) -> None:
    check_limited(template, DOUBLED)


def check_limited(template: str, data: object) -> None:
    limits = Limits(work=10_000)
    for options in (Options(limits=limits), PROMPT_OPTIONS._replace(limits=limits)):
        partials = {"p": "{{#each this}}{{> p}}{{/each}}"}
        try:
            compile(template, partials=partials, helpers=PROMPT_HELPERS, options=options).render(data)  # type: ignore[arg-type]  # more than JSON
        except HandlebarsRenderError as error:
            assert error.span.line == 1  # noqa: PT017 - either way is right


def near_the_limit(job: Callable[[], object]) -> set[str]:
    """Results of a job as the stack shrinks."""
    outcomes = set()

    def dive(levels: int) -> None:
        if levels:
            dive(levels - 1)
            return
        try:
            job()
            outcomes.add("done")
        except HandlebarsError as error:
            assert "too deeply for the stack that is left" in error.message  # noqa: PT017 - either way is right
            outcomes.add(type(error).__name__)

    used = 0
    frame = sys._getframe()  # noqa: SLF001 - there is no public way to count frames
    while (back := frame.f_back) is not None:
        frame, used = back, used + 1
    for left in range(40, sys.getrecursionlimit() - used - 20, 40):
        dive(sys.getrecursionlimit() - used - left)
    return outcomes


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("{{#if a}}" * 90 + "x" + "{{/if}}" * 90, "HandlebarsRenderError"),
        ("{{#each a}}" * 90 + "x" + "{{/each}}" * 90, "HandlebarsRenderError"),
        ("{{> p}}", "HandlebarsRenderError"),
    ],
)
def test_rendering_never_ends_in_a_recursion_error(source: str, error: str) -> None:
    compiled = compile(source, partials={"p": "{{#if a}}{{> p a}}{{/if}}"})
    data = _nested(90, lambda value: {"a": [value] if "each" in source else value})
    assert near_the_limit(lambda: compiled.render(data)) == {"done", error}


def _number_of_nodes(template: Template) -> int:
    return sum(1 for _ in walk(template))


def _compile_and_render(template: Template) -> str:
    return compile(template, helpers=PROMPT_HELPERS).render({})


def test_parsing_compiling_and_following_never_end_in_a_recursion_error() -> None:
    blocks = "{{#if a}}" * 90 + "x" + "{{/if}}" * 90
    parentheses = "{{not " + "(not " * 90 + "a" + ")" * 90 + "}}"
    outcomes = {"done", "HandlebarsSyntaxError"}
    assert near_the_limit(lambda: parse(parentheses)) == outcomes
    for source in (blocks, parentheses):
        template = parse(source)
        assert near_the_limit(partial(_compile_and_render, template)) == {"done", "HandlebarsRenderError"}
        assert near_the_limit(partial(analyse, template)) == outcomes
        assert near_the_limit(partial(_number_of_nodes, template)) == {"done"}
