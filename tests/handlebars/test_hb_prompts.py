"""Rendering as prompts are: nothing is escaped, and nothing is left out in silence."""

from __future__ import annotations

from typing import Any

import pytest

from prompt_cli.handlebars import (
    PROMPT_HELPERS,
    PROMPT_OPTIONS,
    HandlebarsRenderError,
    HandlebarsSyntaxError,
    Partial,
    PartialSource,
    compile,  # noqa: A004 - its public name
    parse,
)

DATA: dict[str, Any] = {
    "name": "Ada",
    "empty": "",
    "zero": 0,
    "none": None,
    "no": False,
    "list": ["a", "b"],
    "items": [{"n": "x"}, {"n": "y"}],
    "object": {"key": "value", "none": None},
    "html": "<b>&</b>",
    "big": 12345678901234567890,
    "float": 1.50,
    "length": "declared",
}
PARTIALS = {"p": "{{name}}", "q": "{{missing}}", "w": "{{who}}", "broken": "a\n{{#if}"}

RENDERED = (
    ("{{name}} {{{name}}} {{&name}}", "Ada Ada Ada"),
    ("{{html}}{{{html}}}", "<b>&</b><b>&</b>"),
    ("[{{none}}{{empty}}{{object.none}}]", "[]"),
    ("{{zero}}{{no}}{{big}} {{float}}", "0false12345678901234567890 1.5"),
    ("{{list}}", "a,b"),
    ("{{name.length}} {{list.length}} {{list.[1]}}", "3 2 b"),
    ("{{#if missing}}a{{else}}b{{/if}}", "b"),
    ("{{#if object.missing.deep}}a{{else}}b{{/if}}", "b"),
    ("{{#if none.deep}}a{{else}}b{{/if}}", "b"),
    ("{{#unless missing}}a{{/unless}}", "a"),
    ("{{#each missing}}a{{else}}b{{/each}}", "b"),
    ("{{#with missing}}a{{else}}b{{/with}}", "b"),
    ("{{#if (and missing name)}}a{{else}}b{{/if}}", "b"),
    ("{{#if (or missing name)}}a{{/if}}", "a"),
    ("{{#if (not missing)}}a{{/if}}", "a"),
    ("{{#if (lookup object 'missing')}}a{{else}}b{{/if}}", "b"),
    ("{{default missing 'x'}}{{default object.missing none 'y'}}{{default name 'z'}}", "xyAda"),
    ("{{default (lookup object 'missing') 'x'}}", "x"),
    ("{{#each items}}{{n}}{{../name}}{{/each}}", "xAdayAda"),
    ("{{#each list}}{{this}}{{@index}}{{/each}}", "a0b1"),
    ("{{#each object}}{{@key}}={{this}};{{/each}}", "key=value;none=;"),
    ("{{#list}}{{this}}{{/list}}{{#none}}x{{/none}}{{^none}}y{{/none}}", "aby"),
    ("{{#each (lookup this 'list')}}{{this}}{{/each}}", "ab"),
    ("{{> p}}{{> w who=name}}{{> w object who='x'}}", "AdaAdax"),
    ("{{log name}}{{log}}", ""),
    ("{{json object}}", '{"key":"value","none":null}'),
)

FAILING = (
    # template, line, column, words of the message
    ("{{missing}}", 1, 3, "'missing' is missing"),
    ("a\n  {{missing}}", 2, 5, "'missing' is missing"),
    ("{{nmae}}", 1, 3, "did you mean 'name'?"),
    ("{{object.kye}}", 1, 3, "'object' has no 'kye'; did you mean 'key'?"),
    ("{{object.missing.deep}}", 1, 3, "'object.missing' is missing and has no 'deep'"),
    ("{{none.deep}}", 1, 3, "'none' is null and has no 'deep'"),
    ("{{name.first}}", 1, 3, "'name' is a string and has no 'first'"),
    ("{{list.[5]}}", 1, 3, "'list' is a list and has no '5'"),
    ("{{zero.x}}", 1, 3, "'zero' is a number and has no 'x'"),
    ("{{#missing}}a{{/missing}}", 1, 4, "'missing' is missing"),
    ("{{^missing}}a{{/missing}}", 1, 4, "'missing' is missing"),
    ("{{#each items}}\n{{m}}\n{{/each}}", 2, 3, "'m' is missing"),
    ("{{#each items}}{{../nope}}{{/each}}", 1, 18, "'../nope' is missing"),
    ("{{../name}}", 1, 3, "the context around is missing"),
    ("{{#each list}}{{x}}{{/each}}", 1, 17, "the context is a string and has no 'x'"),
    ("{{@nope}}", 1, 3, "'@nope' is missing"),
    ("{{@root.nope}}", 1, 3, "'root' has no 'nope'"),
    ("{{@index}}", 1, 3, "'@index' is missing"),
    ("{{#if (eq missing 1)}}{{/if}}", 1, 11, "'missing' is missing"),
    ("{{upper missing}}", 1, 9, "'missing' is missing"),
    ("{{upper (lookup object 'nope')}}", 1, 9, "lookup: no value for this key"),
    ("{{lookup object 'nope'}}", 1, 3, "lookup: no value for this key"),
    ("{{lookup missing 'nope'}}", 1, 10, "'missing' is missing"),
    ("{{#if (length missing)}}{{/if}}", 1, 15, "'missing' is missing"),
    ("{{object}}", 1, 3, "'object': an object cannot be printed; write {{json object}}"),
    ("{{items}}", 1, 3, "'items': a list that holds an object cannot be printed; write {{json items}}"),
    ("{{this}}", 1, 3, "an object cannot be printed"),
    ("{{join items}}", 1, 3, "join: an object cannot be printed; print the items inside {{#each}}, or the list"),
    ("{{bullets items}}", 1, 3, "or the list by the helper json"),
    ("{{upper object}}", 1, 3, "not an object; (json ...) makes a string of it"),
    ("{{items.[0]}}", 1, 3, "write {{json items.[0]}}"),
    ("{{default object 1}}", 1, 3, "write {{json (default object 1)}}"),
    ("{{nope name}}", 1, 3, "unknown helper 'nope'"),
    ("{{uper name}}", 1, 3, "unknown helper 'uper'; did you mean 'upper'?"),
    ("{{nope a=name}}", 1, 3, "unknown helper 'nope'"),
    ("{{#if (nope)}}{{/if}}", 1, 8, "unknown helper 'nope'"),
    ("{{object.key 1}}", 1, 3, "unknown helper 'object.key'"),
    ("{{#if}}{{/if}}", 1, 4, "the helper 'if' takes 1 argument, not 0; usage: {{#if value}}"),
    ("{{#each list items}}{{/each}}", 1, 4, "the helper 'each' takes 1 argument, not 2"),
    ("{{if name}}", 1, 3, "'if' is a block helper: {{#if ...}}...{{/if}}"),
    ("{{#if (each name)}}{{/if}}", 1, 8, "'each' is a block helper"),
    ("{{lookup object}}", 1, 3, "the helper 'lookup' takes 2 arguments, not 1"),
    ("{{upper}}", 1, 3, "the helper 'upper' takes 1 argument, not 0; usage: upper text"),
    ("{{join list ',' 'x'}}", 1, 3, "the helper 'join' takes 1 to 2 arguments, not 3"),
    ("{{default}}", 1, 3, "the helper 'default' takes at least 1 argument, not 0"),
    ("{{json object indnet=2}}", 1, 3, "the helper 'json' has no parameter 'indnet'; did you mean 'indent'?"),
    ("{{> nope}}", 1, 5, "the partial 'nope' could not be found"),
    ("a {{> q}}", 1, 3, "'missing' is missing"),
    ("{{> p missing}}", 1, 7, "'missing' is missing"),
    ("{{> w who=missing}}", 1, 11, "'missing' is missing"),
    ("{{> w}}", 1, 3, "'who' is missing"),
    ("{{> (lookup this 'name')}}", 1, 5, "the partial \"(lookup this 'name')\" could not be found"),
    ("{{#if name as |x|}}{{x}}{{/if}}", 1, 22, "the block that names 'x' has no block parameters"),
    ('{{#if eq name "a"}}{{/if}}', 1, 4, 'not 3; write {{#if (eq name "a")}}'),
    ("{{#if no}}{{else if eq name 'a'}}{{/if}}", 1, 18, "write {{else if (eq name 'a')}}"),
    ("{{#if no}}{{else if}}{{/if}}", 1, 18, "usage: {{else if value}}"),
    ("{{#unless (not eq name 'a')}}{{/unless}}", 1, 12, "write (not (eq name 'a'))"),
    ("{{upper trim name}}", 1, 3, "write {{upper (trim name)}}"),
    ("{{#if name}}{{elseif no}}{{/if}}", 1, 15, "unknown helper 'elseif'; write {{else if no}}"),
    ("{{#if name}}{{elif (eq name 'b')}}{{/if}}", 1, 15, "write {{else if (eq name 'b')}}"),
    ("{{#if name}}{{elif}}{{/if}}", 1, 15, "'elif' is missing; write {{else if x}}"),
    ("{{#eq name 'a'}}x{{/eq}}", 1, 4, "'eq' is not a block helper; write {{#if (eq name 'a')}}"),
    ("{{#lookup list 0}}x{{/lookup}}", 1, 4, "'lookup' is not a block helper"),
    ("{{lookup items 0}}", 1, 3, "write {{json (lookup items 0)}}"),
    ("{{helperMissing}}", 1, 3, "'helperMissing' is called when rendering"),
)


def render(template: str, variables: list[str] | None = None) -> str:
    return compile(
        template,
        name="main",
        partials=PARTIALS,
        helpers=PROMPT_HELPERS,
        options=PROMPT_OPTIONS,
        variables=variables or (),
    ).render(DATA)


@pytest.mark.parametrize(("template", "expected"), RENDERED)
def test_rendered_prompts(template: str, expected: str) -> None:
    assert render(template) == expected


@pytest.mark.parametrize(("template", "line", "column", "message"), FAILING)
def test_refused_calls_have_their_place(template: str, line: int, column: int, message: str) -> None:
    with pytest.raises(HandlebarsRenderError) as raised:
        render(template)
    assert (raised.value.span.line, raised.value.span.column) == (line, column)
    assert message in raised.value.message


@pytest.mark.parametrize(
    ("template", "name"), [("{{missing}}", "main"), ("{{> q}}", "q"), ("{{> w}}", "w"), ("{{> nope}}", "main")]
)
def test_an_error_names_the_template_or_partial(template: str, name: str) -> None:
    with pytest.raises(HandlebarsRenderError) as raised:
        render(template)
    assert raised.value.name == name


def test_error_of_a_broken_partial_has_its_place() -> None:
    assert render("{{#if no}}{{> broken}}{{/if}}") == ""
    with pytest.raises(HandlebarsSyntaxError) as raised:
        render("{{> broken}}")
    assert (raised.value.name, raised.value.span.line, raised.value.span.column) == ("broken", 2, 6)


@pytest.mark.parametrize(
    ("template", "variables", "expected"),
    [
        ("{{length}}", ["length"], "declared"),
        ("{{#length}}{{this}}{{/length}}", ["length"], "declared"),
        ("{{{length}}}{{&length}}", ["length"], "declareddeclared"),
        ("{{length name}}", ["length"], "3"),
        ("{{#if (length name)}}{{length}}{{/if}}", ["length"], "declared"),
        ("{{@root.length}}{{this.length}}{{./length}}", [], "declareddeclareddeclared"),
    ],
)
def test_declared_variable_alone_wins_over_a_helper(template: str, variables: list[str], expected: str) -> None:
    assert render(template, variables=variables) == expected


@pytest.mark.parametrize("template", ["{{length}}", "{{#length}}{{/length}}", "{{#if (length)}}{{/if}}"])
def test_helper_wins_over_an_undeclared_name(template: str) -> None:
    with pytest.raises(HandlebarsRenderError, match="the helper 'length' takes 1 argument"):
        render(template)


@pytest.mark.parametrize(
    ("context", "given", "expected"),
    [
        ({}, "", "friendly/none"),
        ({"tone": "formal"}, "", "formal/none"),
        ({"tone": None}, "", "/none"),
        ({"tone": "formal"}, "tone='dry'", "dry/none"),
        ({"o": {"x": 1}}, "o", "friendly/none"),
        ({"o": {"tone": "hash"}}, "o size=3", "hash/3"),
    ],
)
def test_defaults_of_a_partial_apply_where_its_context_lacks_them(
    context: dict[str, Any], given: str, expected: str
) -> None:
    partials = {"p": Partial("{{tone}}/{{default size}}", {"tone": "friendly", "size": "none"})}
    compiled = compile(f"{{{{> p {given}}}}}", partials=partials, helpers=PROMPT_HELPERS, options=PROMPT_OPTIONS)
    assert compiled.render(context) == expected


@pytest.mark.parametrize(
    ("context", "given", "expected"),
    [
        ({}, "tone=mood", "friendly/none"),
        ({"tone": "outer"}, "tone=mood", "friendly/none"),
        ({"mood": None}, "tone=mood", "/none"),
        ({"mood": "dry"}, "tone=mood size=o.mood", "dry/none"),
        ({"o": {"mood": 5}}, "o size=o.mood", "friendly/5"),
        ({"l": [1]}, "tone='x' size=@root.mood", "x/none"),
    ],
)
def test_declared_variable_without_a_value_is_not_passed(context: dict[str, Any], given: str, expected: str) -> None:
    partials = {"p": Partial("{{tone}}/{{default size 'none'}}", {"tone": "friendly"})}
    template = f"{{{{> p {given}}}}}"
    assert (
        compile(
            template, partials=partials, variables=("mood",), options=PROMPT_OPTIONS, helpers=PROMPT_HELPERS
        ).render(context)
        == expected
    )


@pytest.mark.parametrize("given", ["tone=mood", "tone=(upper mood)", "tone=o.mood"])
def test_a_name_that_is_not_declared_is_an_error_as_an_argument(given: str) -> None:
    compiled = compile(f"{{{{> p {given}}}}}", partials={"p": "x"}, helpers=PROMPT_HELPERS, options=PROMPT_OPTIONS)
    with pytest.raises(HandlebarsRenderError, match="is missing"):
        compiled.render({"o": {}})


def test_defaults_of_a_partial_do_not_reach_out_of_it() -> None:
    partials = {"p": Partial("{{tone}}{{> q}}", {"tone": "a"}), "q": Partial("{{tone}}{{#if x}}x{{/if}}", {"x": 1})}
    assert compile("{{> p}}{{#if tone}}!{{/if}}", partials=partials).render({}) == "aax"


def test_defaults_apply_to_objects_only() -> None:
    partials = {"p": Partial("{{this}}{{#if tone}}!{{/if}}", {"tone": "a"})}
    assert compile("{{> p 'text'}}{{#each list}}{{> p}}{{/each}}", partials=partials).render({"list": [1]}) == "text1"


def test_variables_of_a_partial_are_its_own() -> None:
    partials: dict[str, PartialSource] = {"p": Partial("{{length}}", variables=("length",)), "q": "{{length name}}"}
    compiled = compile("{{> p}}{{> q}}", partials=partials, helpers=PROMPT_HELPERS, options=PROMPT_OPTIONS)
    assert compiled.render(DATA) == "declared3"


@pytest.mark.parametrize(
    "partial",
    [
        "{{name}}",
        parse("{{name}}"),
        compile("{{name}}", options=PROMPT_OPTIONS),
        Partial("{{name}}"),
        Partial(parse("{{name}}", name="other")),
        Partial(compile("{{name}}")),
    ],
)
def test_a_partial_is_source_tree_or_compiled_template(partial: PartialSource) -> None:
    assert compile("{{> p}}", partials={"p": partial}).render(DATA) == "Ada"
    assert compile("{{> p}}", partials=lambda name: partial if name == "p" else None).render(DATA) == "Ada"


def test_a_resolver_is_asked_once_for_each_name_and_only_when_needed() -> None:
    asked: list[str] = []

    def resolve(name: str) -> str | None:
        asked.append(name)
        return {"p": "{{> q}}", "q": "x"}.get(name)

    compiled = compile("{{#each list}}{{> p}}{{/each}}{{#if no}}{{> never}}{{/if}}", partials=resolve)
    assert asked == []
    assert compiled.render(DATA) == "xx"
    assert compiled.render(DATA) == "xx"
    assert asked == ["p", "q"]


SECRETS: dict[str, Any] = {
    "password": "s3cret",
    "number": 98765,
    "list": ["s3cret"],
    "object": {"hidden": "s3cret"},
    "key": "s3cret",
}


@pytest.mark.parametrize(
    "template",
    [
        "{{password.x}}",
        "{{number.x}}",
        "{{object}}",
        "{{#with password}}{{x}}{{/with}}",
        "{{#each list}}{{x}}{{/each}}",
        "{{lookup object key}}",
        "{{lookup password key}}",
        "{{> (lookup this 'key')}}",
        "{{join password}}",
        "{{truncate password password}}",
        "{{indent password number}}",
        "{{gt password number}}",
        "{{date password}}",
        "{{date '2026-01-01' '%Q'}}",
        "{{length number}}",
        "{{bullets password}}",
        "{{upper list}}",
        "{{json password indent=password}}",
        "{{#password x=1}}{{/password}}",
        "{{password 1}}",
    ],
)
def test_an_error_never_shows_a_value(template: str) -> None:
    with pytest.raises(HandlebarsRenderError) as raised:
        compile(template, helpers=PROMPT_HELPERS, options=PROMPT_OPTIONS).render(SECRETS)
    assert "s3cret" not in str(raised.value)
    assert "98765" not in str(raised.value)
