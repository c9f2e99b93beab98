"""The engine pybars3: what it renders, and what never reaches it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pybars import Compiler

from prompt_cli.engines.handlebars import TemplateEngine
from prompt_cli.engines.protocol import PartialTemplate, TemplateEngineProtocol
from prompt_cli.engines.pybars import PybarsEngine
from prompt_cli.errors import TemplateRenderError, TemplateSyntaxError
from prompt_cli.handlebars import Limits

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support import Project

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
    ],
)
def test_it_renders_what_our_own_engine_renders(template: str) -> None:
    assert render(PybarsEngine(), template) == render(TemplateEngine(), template)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{#if yes}}never closed", "never closed"),
        ("{{#if yes}}a{{else if no}}b{{/if}}", "else if"),
        ("{{#each items as |item|}}{{item.a}}{{/each}}", "block parameters"),
        ("{{name.__class__}}", "'__class__'"),
        ("{{_private}}", "'_private'"),
        ("{{[a b]}}", "'a b'"),
        ("{{object.[k']}}", "the name"),
        ('{{upper "it\'s"}}', "this value"),
        ("{{upper '\\\\'}}", "this value"),
        ('{{truncate name 3 suffix="\n"}}', "this value"),
        ("{{default none 1.5}}", "this value"),
        ("{{truncate name 3 class='x'}}", "'class'"),
        ("{{unknown name}}", "a helper of that name"),
        ("{{#unknown name}}{{/unknown}}", "a helper of that name"),
        ("{{#upper name}}{{/upper}}", "as a block"),
        ("{{{{raw}}}}x{{{{/raw}}}}", "raw blocks"),
        ("{{#> shared/p}}x{{/shared/p}}", "partial blocks"),
        ("{{#*inline 'x'}}{{/inline}}", "inline partials"),
        ("{{> (lookup object 'k')}}", "computed"),
        ("{{> @partial-block}}", "partial blocks"),
        ("{{'__import__'}}", "a literal in the place of a name"),
        ("{{@../index}}", "cannot carry"),
        ("{{@anything}}", "cannot carry"),
        ("{{upper}}", "wrong arguments"),
        ("{{upper name name}}", "wrong arguments"),
    ],
)
def test_what_pybars3_cannot_carry_is_refused_with_its_place(template: str, words: str) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        render(PybarsEngine(), template)
    assert words in caught.value.message
    assert caught.value.line is not None


@pytest.mark.parametrize(
    "template", ["{{object}}", "{{items}}", "{{join items}}", "{{date tone}}", "{{> shared/none}}"]
)
def test_what_cannot_be_printed_is_an_error_without_values(template: str) -> None:
    with pytest.raises(TemplateRenderError) as caught:
        render(PybarsEngine(), template)
    assert "INST" not in str(caught.value)


@pytest.mark.parametrize(
    "template",
    ["{{name.upper}}", "{{object.keys}}", "{{object.clear}}", "{{items.append}}", "{{yes.real}}", "{{big.real}}"],
)
def test_no_attribute_is_reached(template: str) -> None:
    assert render(PybarsEngine(), template) == ""
    assert VALUES["object"] == {"k": "v", "z": None}


@pytest.mark.parametrize("value", [object(), print, type, {1, 2}, lambda: "called", b"bytes"])
def test_data_that_is_no_json_is_refused(value: Any) -> None:
    for template in ("{{x}}", "{{#if x}}a{{/if}}", "{{#each x}}a{{/each}}{{x.y}}"):
        compiled = PybarsEngine().compile(template, name="t", variables={"x"}, partials={})
        with pytest.raises(TemplateRenderError):
            compiled.render({"x": value})


HOSTILE = "{{[x')\n    import os; os.mkdir('@')\n    value = resolve(context, u'].z}}"


def test_a_template_executes_nothing_through_us(tmp_path: Path) -> None:
    target = tmp_path / "made"
    template = HOSTILE.replace("@", str(target))
    with pytest.raises(TemplateSyntaxError):
        render(PybarsEngine(), template)
    assert not target.exists()
    # That it is no straw man: by itself, pybars3 runs it.
    Compiler().compile(template)({"x": {}})
    assert target.is_dir()


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
        "x", "variables: {name: {type: string}}\ntemplate: '<{{name}}>{{#if name}}yes{{else if name}}no{{/if}}'\n"
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
