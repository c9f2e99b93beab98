"""The engine pybars3: its output, and templates that are refused before they reach it."""

from __future__ import annotations

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pybars import Compiler

from prompt_cli import PromptManager
from prompt_cli.engines.handlebars import TemplateEngine
from prompt_cli.engines.protocol import PartialTemplate, TemplateEngineProtocol
from prompt_cli.engines.pybars import MAX_DEPTH, PybarsEngine
from prompt_cli.errors import TemplateError, TemplateRenderError, TemplateSyntaxError
from prompt_cli.handlebars import PROMPT_HELPERS, HandlebarsError, Limits, Options, Partial
from prompt_cli.handlebars import compile as compile_handlebars
from tests.documents import ROOT
from tests.handlebars.hb_strategies import CONTEXTS, KEYS, TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.support import Project

IN_PROCESS = True

VALUES: dict[str, Any] = {
    "name": "<A&'\"> [/INST] {{x}} \\n",
    "number": 1.0,
    "big": 10**40,
    "yes": True,
    "no": False,
    "none": None,
    "empty": [],
    "length": 7,
    "tone": "x",
    "object": {"k": "v", "z": None},
    "object2": {"k'": {'"': "quoted"}},
    "a b": "spaced",
    "_private": "p",
    "zero": 0,
    "items": [{"a": 1, "b": [1, 2]}, {"a": 2, "b": []}],
}


def render(engine: TemplateEngineProtocol, template: str) -> str:
    partial = engine.compile("[{{tone}}]\nend", name="p", variables={"tone"}, partials={})
    partials = {"shared/p": PartialTemplate(partial, {"tone": "by default"})}
    compiled = engine.compile(template, name="t", variables=set(VALUES), partials=partials)
    return compiled.render(VALUES)


@pytest.mark.parametrize(
    "template",
    [
        "",
        "text alone { } \\ ' \" \n\r\n\t é 😀",
        "{{name}} {{{name}}} {{&name}}",
        "{{number}} {{big}} {{yes}} {{no}} {{none}}|{{object.z}}",
        "{{items.0.a}} {{items.length}} {{empty}}",
        "{{#if yes}}a{{else}}b{{/if}}{{#if no}}a{{else}}b{{/if}}{{#if empty}}a{{else}}b{{/if}}{{#if object}}a{{/if}}",
        "{{#unless yes}}a{{else}}b{{/unless}}{{#unless none}}a{{/unless}}",
        "{{#each items}}{{@index}}:{{a}}{{#each b}}-{{this}}@{{../a}}{{else}}none{{/each}}{{/each}}",
        "{{#each items}}{{#unless @last}}{{a}},{{/unless}}{{#if @first}}!{{/if}}{{/each}}",
        "{{#each object}}{{@key}}={{this}};{{/each}}{{#each empty}}x{{else}}none{{/each}}",
        "{{#with object}}{{k}} {{../tone}}{{/with}}{{#with none}}x{{else}}none{{/with}}",
        "{{#each items}}{{#with this}}{{@index}}{{/with}}{{/each}}",
        "{{#items}}{{a}}{{/items}}{{^empty}}none{{/empty}}{{#object}}{{k}}{{/object}}{{#yes}}{{tone}}{{/yes}}",
        "{{upper tone}} {{json object}} {{truncate name 5 suffix='!'}} {{default none 'x'}}",
        "{{#if (eq tone 'x')}}same{{/if}}{{lookup object 'k'}}{{#each (lookup object 'none')}}x{{/each}}",
        "{{length}} {{length items}}",
        "{{@root.tone}}{{#each items}}{{@root.object.k}}{{/each}}",
        "a\n{{#if yes}}\n  b\n{{/if}}\nc {{~tone~}} \n d\n  {{! note }}\ne",
        "{{> shared/p}}|{{> shared/p object}}|\n  {{> shared/p tone=name}}\nrest",
        "\\{{name}} {{! comment }}{{!-- {{x}} --}}",
        "{{log name}}",
        "{{#if no}}a{{else if empty}}b{{else if yes}}c{{else}}d{{/if}}{{#if no}}a{{else each items}}{{a}}{{else}}d{{/if}}",
        "{{#unless yes}}a{{else with object}}{{k}}{{../tone}}{{/unless}}",
        "{{#each items as |item n|}}{{n}}{{item.a}}{{#each item.b as |b|}}{{n}}{{b}}{{item.a}}{{/each}}{{/each}}",
        "{{#each items as |name|}}{{name.a}}{{json ../name}}{{#with @root as |r|}}{{r.tone}}{{name.a}}{{/with}}{{/each}}",
        "{{#each object as |value key|}}{{key}}={{value}}{{/each}}{{#with object as |o|}}{{#if o.k}}{{o.k}}{{/if}}{{/with}}",
        "{{#each items as |upper|}}{{upper.a}}{{/each}}{{#each items as |this|}}{{json this}}{{/each}}",
        '{{upper "it\'s"}}{{upper \'\\\\\'}}{{truncate name 3 suffix="\n"}}{{default none 1.5}}{{default none -2}}',
        "{{[a b]}}{{object2.[k'].[\"]}}{{#if ../name}}y{{/if}}{{default ../name 1}}{{#with object2}}{{[k'].[\"]}}{{../[a b]}}{{/with}}",
        "{{_private}}{{@root.[a b]}}{{#each object2}}{{@key.length}}{{/each}}",
        "{{> shared/p tone='x' class='y' a=1 user_name=name tone='z'}}{{> shared/p none tone='x'}}",
        "{{{{if yes}}}}{{raw}} text{{{{/if}}}}",
        "{{#if zero includeZero=true}}zero{{/if}}{{#unless zero}}none{{/unless}}",
    ],
)
def test_pybars_renders_like_our_engine(template: str) -> None:
    assert render(PybarsEngine(), template) == render(TemplateEngine(), template)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{#if yes}}never closed", "never closed"),
        ("{{unknown name}}", "unknown helper 'unknown'"),
        ("{{#unknown name}}{{/unknown}}", "unknown helper 'unknown'"),
        ("{{upper (unknown)}}", "unknown helper 'unknown'"),
        ("{{#upper name}}{{/upper}}", "is not a block helper"),
        ("{{upper}}", "takes 1 argument, not 0"),
        ("{{upper name name}}", "takes 1 argument, not 2"),
        ("{{upper name x=1}}", "has no parameter 'x'"),
        ("{{> (lookup object 'k')}}", "a literal name"),
        ("{{> @partial-block}}", "partial blocks"),
        ("{{#> shared/p}}x{{/shared/p}}", "partial blocks"),
        ("{{#*inline 'x'}}{{/inline}}", "inline partials"),
        ("{{'__import__'}}", "literals in the place of a name"),
        ("{{#'name'}}{{/'name'}}", "literals in the place of a name"),
        ("{{@../index}}", "no '@../index'"),
        ("{{@anything}}", "no '@anything'"),
        ("{{#if yes as |x|}}{{x}}{{/if}}", "block parameter 'x'"),
        ("{{#each items as |x y z|}}{{z}}{{/each}}", "block parameter 'z'"),
        ("{{upper undefined}}", "no undefined value"),
        ("{{#if no}}" + "{{else if no}}" * MAX_DEPTH + "{{/if}}", "deeper than 40, `else if` included"),
    ],
)
def test_unsupported_syntax_of_pybars3_is_refused_with_its_place(template: str, words: str) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        render(PybarsEngine(), template)
    assert words in caught.value.message
    assert caught.value.line is not None


@pytest.mark.parametrize(
    "template", ["{{object}}", "{{items}}", "{{join items}}", "{{date tone}}", "{{> shared/none}}"]
)
def test_print_error_shows_no_values(template: str) -> None:
    with pytest.raises(TemplateRenderError) as caught:
        render(PybarsEngine(), template)
    assert "INST" not in str(caught.value)


@pytest.mark.parametrize(
    "template",
    [
        "{{name.__class__}}",
        "{{name.upper}}",
        "{{object.keys}}",
        "{{object.clear}}",
        "{{items.append}}",
        "{{yes.real}}",
        "{{big.real}}",
        "{{#each object}}{{@key.upper}}{{@index.real}}{{/each}}",
        "{{#each items as |item n|}}{{item.clear}}{{n.real}}{{/each}}",
        "{{#each object as |value key|}}{{value.upper}}{{key.upper}}{{/each}}",
        "{{#with 'text' as |x|}}{{x.upper}}{{/with}}{{#with name}}{{upper.x}}{{lower.x}}{{/with}}",
        "{{#each items}}{{../items.append}}{{@root.items.append}}{{/each}}",
        "{{#if yes}}{{this.__init__.__globals__}}{{this.context}}{{this.parent}}{{this.overrides}}{{/if}}",
    ],
)
def test_no_attribute_is_reached(template: str) -> None:
    assert render(PybarsEngine(), template) == ""
    assert VALUES["object"] == {"k": "v", "z": None}


@pytest.mark.parametrize("value", [object(), print, type, {1, 2}, lambda: "called", b"bytes"])
def test_data_that_is_not_json_is_refused(value: Any) -> None:
    for template in ("{{x}}", "{{#if x}}a{{/if}}", "{{#each x}}a{{/each}}{{x.y}}"):
        compiled = PybarsEngine().compile(template, name="t", variables={"x"}, partials={})
        with pytest.raises(TemplateRenderError):
            compiled.render({"x": value})


HOSTILE = "{{[x')\n    import os; os.mkdir('@')\n    value = resolve(context, u'].z}}"


def test_a_template_executes_nothing_through_us(tmp_path: Path) -> None:
    target = tmp_path / "made"
    template = HOSTILE.replace("@", str(target))
    assert render(PybarsEngine(), template) == ""
    assert not target.exists()
    # The attack is real: pybars3 alone runs it.
    Compiler().compile(template)({"x": {}})
    assert target.is_dir()


def test_threads_compile_at_the_same_time_and_no_template_stays() -> None:
    before = set(sys.modules)
    names = [f"name{n}" for n in range(24)]

    def rendered(name: str) -> str:
        template = f"{{{{#if {name}}}}}{{{{{name}}}}}{{{{#each {name}}}}}{{{{{name}}}}}{{{{/each}}}}{{{{/if}}}}"
        return PybarsEngine().compile(template, name="t", variables={name}, partials={}).render({name: name})

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(rendered, names)) == names
    assert not {name for name in set(sys.modules) - before if name.startswith("pybars")}


def test_loops_and_output_are_bounded() -> None:
    limits = Limits(work=50_000, output=1000)
    engine = PybarsEngine(limits)
    loops = engine.compile("{{#each x}}{{#each ../x}}a{{/each}}{{/each}}", name="t", variables={"x"}, partials={})
    with pytest.raises(TemplateRenderError, match="work"):
        loops.render({"x": [1] * 50})
    text = engine.compile("{{x}}{{x}}", name="t", variables={"x"}, partials={})
    with pytest.raises(TemplateRenderError, match="characters"):
        text.render({"x": "a" * 600})


def test_it_is_chosen_on_the_command_line_alone(repository: Project) -> None:
    repository.prompt(
        "x", "variables: {name: {type: string}}\ntemplate: '<{{name}}>{{#*inline \"yes\"}}yes{{/inline}}{{> yes}}'\n"
    )
    assert repository.run("render", "x", "--var", "name=&").out == "<&>yes"
    refused = repository.run("render", "x", "--var", "name=&", "--engine", "pybars3")
    assert refused.status == 1
    assert "prompts/x.yaml:5:" in refused.err
    repository.write("prompt-cli.toml", 'engine = "pybars3"\n')
    assert repository.run("render", "x", "--var", "name=&").status == 2
    repository.write("prompt-cli.toml", "")
    repository.prompt("x", "variables: {name: {type: string}}\ntemplate: '<{{name}}>'\n")
    assert repository.run("render", "x", "--var", "name=&", "--engine", "pybars3").out == "<&>"
    assert repository.run("render", "x", "--engine", "other").status == 2


PAGE = (ROOT / "docs" / "templates.md").read_text().partition("## pybars3")[2]
DIFFERENCES = re.findall(r"^\| `(\{\{.*)` \| (.*) \| (.*) \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("row", DIFFERENCES, ids=lambda row: row[0])
async def test_the_page_tells_how_it_differs(row: tuple[str, str, str]) -> None:
    template, ours, theirs = row
    assert [await rendered_or_error(TemplateEngine(), template), await rendered_or_error(PybarsEngine(), template)] == [
        ours,
        theirs,
    ]


async def rendered_or_error(engine: TemplateEngine | PybarsEngine, template: str) -> str:
    """Render a template, and tell the result in the words of the table."""
    rows = [{"cells": [1]}, {"cells": [1]}]
    try:
        text = await engine.render(template, {"name": "Ada", "object": {"a": 1}, "rows": rows})
    except TemplateSyntaxError:
        return "refused"
    except TemplateRenderError as error:
        return "error with line and column" if error.line and error.column else "error without a line"
    return f"`{text}`" if text else "nothing"


def test_the_page_has_a_table() -> None:
    assert len(DIFFERENCES) >= 10


async def test_the_examples_of_the_prompts_here_render_alike() -> None:
    async with PromptManager.open() as ours, PromptManager.open(template_engine=PybarsEngine()) as theirs:
        async for prompt in ours.list_prompts():
            for example in prompt.examples:
                expected = await ours.render_messages(prompt.id, example.variables)
                assert await theirs.render_messages(prompt.id, example.variables) == expected


@settings(max_examples=50)
@given(TEMPLATES, st.dictionaries(KEYS, CONTEXTS, max_size=6))
def test_pybars_renders_like_handlebars(template: str, values: Mapping[str, Any]) -> None:
    """A missing value is nothing to pybars3, as to handlebars.js; only there it is compared."""
    partial = PybarsEngine().compile("[{{a}}]", name="p", variables=(), partials={})
    partials = {"p": PartialTemplate(partial, {"b": 1})}
    with suppress(TemplateError, HandlebarsError):
        text = PybarsEngine().compile(template, name="t", variables=(), partials=partials).render(values)
        options = Options(objects="error")
        ours = compile_handlebars(
            template, partials={"p": Partial("[{{a}}]", {"b": 1})}, helpers=PROMPT_HELPERS, options=options
        )
        assert text == ours.render(values)
