"""The helpers for prompts."""

from __future__ import annotations

from typing import Any

import pytest

from prompt_cli.handlebars import (
    HELPERS,
    PROMPT_HELPERS,
    PROMPT_OPTIONS,
    HandlebarsRenderError,
    Limits,
    compile,  # noqa: A004 - its public name
)
from prompt_cli.handlebars.helpers import BUILT_IN

DATA: dict[str, Any] = {
    "text": "  Hello World \n",
    "word": "word",
    "long": "The quick brown fox",
    "lines": "one\n\ntwo",
    "list": ["a", "b", "c"],
    "mixed": [1, 2.5, True, None, "x", ["y", "z"]],
    "one": ["only"],
    "none": [],
    "multi": ["first\nsecond", "third", ""],
    "object": {"b": 1, "a": [1, {"c": None}], "é": 'q"\n'},
    "nothing": {},
    "null": None,
    "zero": 0,
    "one_half": 0.5,
    "big": 10**20,
    "yes": True,
    "no": False,
    "empty": "",
    "day": "2026-01-31",
    "moment": "2026-01-31T13:05:09.250+02:00",
    "zulu": "2026-01-31T13:05:09Z",
    "emoji": "😀é",
}

RENDERED = (
    # handlebars.js prints the same, given the helper of its documentation: options.fn(this).
    ("{{{{raw}}}} {{ x }} {{{{/raw}}}}", " {{ x }} "),
    ("a\n{{{{raw}}}}\n{{x}} \\{{y}} {{#if}}\n{{{{/raw}}}}\nb", "a\n{{x}} \\{{y}} {{#if}}\nb"),
    ("{{{{raw}}}}{{{{raw}}}}x{{{{/raw}}}}{{{{/raw}}}}", "{{{{raw}}}}x{{{{/raw}}}}"),
    ('{{{{ raw }}}}{{"a": 1}}{{{{/raw}}}}', '{{"a": 1}}'),
    ("{{json object}}", '{"b":1,"a":[1,{"c":null}],"é":"q\\"\\n"}'),
    (
        "{{json object indent=2}}",
        '{\n  "b": 1,\n  "a": [\n    1,\n    {\n      "c": null\n    }\n  ],\n  "é": "q\\"\\n"\n}',
    ),
    ("{{json list indent=1}}", '[\n "a",\n "b",\n "c"\n]'),
    ("{{json nothing}}{{json none}}{{json nothing indent=2}}{{json none indent=4}}", "{}[]{}[]"),
    ("{{json word}} {{json null}} {{json yes}} {{json zero}} {{json one_half}}", '"word" null true 0 0.5'),
    ("{{json big}} {{json 1.0}} {{json -1.5}}", "100000000000000000000 1 -1.5"),
    ("{{json mixed}}", '[1,2.5,true,null,"x",["y","z"]]'),
    ("{{json emoji}}", '"😀é"'),
    ("{{join list}}|{{join list '-'}}|{{join list ''}}|{{join one}}|{{join none}}", "a, b, c|a-b-c|abc|only|"),
    ("{{join mixed '/'}}", "1/2.5/true//x/y,z"),
    (
        "{{upper word}}{{lower 'ÀB'}}[{{trim text}}]{{upper 1}}{{upper yes}}[{{upper null}}]",
        "WORDàb[Hello World]1TRUE[]",
    ),
    (
        "{{truncate long 9}}|{{truncate long 19}}|{{truncate long 18}}",
        "The qu...|The quick brown fox|The quick brown...",
    ),
    ("{{truncate long 10 suffix=''}}|{{truncate long 4 suffix='…'}}|{{truncate long 2}}", "The quick |The…|.."),
    ("{{truncate emoji 1 suffix=''}}{{truncate word 0}}{{truncate empty 0}}", "😀"),
    (
        "{{default null 'x'}}{{default word 'x'}}[{{default empty 'x'}}]{{default zero 1}}{{default no 1}}",
        "xword[]0false",
    ),
    ("{{default missing null 'x'}}[{{default missing}}]{{default null null null}}", "x[]"),
    (
        "{{#if (eq 1 1.0)}}a{{/if}}{{#if (eq 1 '1')}}b{{/if}}{{#if (eq 1 true)}}c{{/if}}{{#if (eq null null)}}d{{/if}}",
        "ad",
    ),
    ("{{#if (eq list list)}}a{{/if}}{{#if (eq object object)}}b{{/if}}{{#if (eq list none)}}c{{/if}}", "ab"),
    ("{{#if (eq 0 false)}}a{{/if}}{{#if (eq word 'word')}}b{{/if}}{{#if (eq no false)}}c{{/if}}", "bc"),
    ("{{#if (ne 1 2)}}a{{/if}}{{#if (ne word 'word')}}b{{/if}}{{#if (ne null '')}}c{{/if}}", "ac"),
    ("{{gt 2 1}}{{gt 1 1}}{{gte 1 1}}{{lt 1 2}}{{lt 2 1}}{{lte 2 2}}", "truefalsetruetruefalsetrue"),
    ("{{gt 'b' 'a'}}{{lt 'B' 'a'}}{{gt big 1.5}}", "truetruetrue"),
    ("{{and 1 2}}{{and 1 0 2}}{{and none 1}}{{and yes}}", "20true"),
    ("{{or 0 '' 3}}{{or no none null}}|{{or word 1}}", "3|word"),
    ("{{not 0}}{{not none}}{{not nothing}}{{not word}}{{not missing}}", "truetruefalsefalsetrue"),
    ("{{length list}}{{length object}}{{length word}}{{length emoji}}{{length none}}", "33420"),
    (
        "{{indent lines}}|{{indent lines 1}}|{{indent lines 4 first=false}}",
        "  one\n\n  two| one\n\n two|one\n\n    two",
    ),
    ("{{indent word 0}}{{indent empty}}", "word"),
    ("{{bullets list}}|{{bullets one marker='*'}}|{{bullets none}}", "- a\n- b\n- c|* only|"),
    ("{{bullets multi}}", "- first\n  second\n- third\n-"),
    ("{{numbered list}}|{{numbered multi start=9}}", "1. a\n2. b\n3. c|9. first\n   second\n10. third\n11."),
    (
        "{{date day}} {{date day '%d.%m.%Y'}} {{date day '%A, %d %B %y %%'}}",
        "2026-01-31 31.01.2026 Saturday, 31 January 26 %",
    ),
    (
        "{{date moment '%H:%M:%S %p %I %j %z'}} {{date zulu '%Y-%m-%dT%H:%M:%S'}}",
        "13:05:09 PM 01 031 +0200 2026-01-31T13:05:09",
    ),
    ("{{upper (join list (lower 'X'))}}{{#each (default missing list)}}{{this}}{{/each}}", "AXBXCabc"),
)

REFUSED = (
    ("{{join word}}", "join: expected a list, not a string"),
    ("{{join list 1}}", "join: expected a string for the separator, not a number"),
    ("{{bullets object}}", "bullets: expected a list, not an object"),
    ("{{numbered list start='x'}}", "numbered: expected a whole number from 0 for start=, not a string"),
    ("{{numbered list start=-1}}", "numbered: expected a whole number from 0"),
    ("{{upper list}}", "upper: expected a string or number, not a list"),
    ("{{trim object}}", "trim: expected a string or number, not an object"),
    ("{{truncate long 'x'}}", "truncate: expected a whole number from 0 for the length, not a string"),
    ("{{truncate long 1.5}}", "truncate: expected a whole number from 0 for the length, not a number"),
    ("{{truncate long yes}}", "truncate: expected a whole number from 0 for the length, not a boolean"),
    ("{{truncate long 5 suffix=1}}", "truncate: expected a string for suffix="),
    ("{{gt 1 'a'}}", "gt: expected two numbers or two strings, not a number and a string"),
    ("{{lt yes no}}", "lt: expected two numbers or two strings, not a boolean and a boolean"),
    ("{{length 5}}", "length: expected a list, an object or a string, not a number"),
    ("{{length null}}", "length: expected a list, an object or a string, not null"),
    ("{{indent word 1001}}", "indent: expected at most 1000 for the width"),
    ("{{json list indent=-1}}", "json: expected a whole number from 0 for indent="),
    ("{{json list indent=1001}}", "json: expected at most 1000 for indent="),
    ("{{date 5}}", "date: expected a string for the date, not a number"),
    ("{{date 'soon'}}", "date: expected a date like 2026-01-31"),
    ("{{date day '%Q'}}", "date: '%Q' is not a date directive"),
    ("{{date day 'x%'}}", "date: '%' is not a date directive"),
)


def render(template: str, limits: Limits | None = None) -> str:
    options = PROMPT_OPTIONS._replace(limits=limits or Limits())
    return compile(template, helpers=PROMPT_HELPERS, options=options).render(DATA)


@pytest.mark.parametrize(("template", "expected"), RENDERED)
def test_results_of_helpers(template: str, expected: str) -> None:
    assert render(template) == expected


@pytest.mark.parametrize(("template", "message"), REFUSED)
def test_refused_arguments_of_helpers(template: str, message: str) -> None:
    with pytest.raises(HandlebarsRenderError) as raised:
        render("\n " + template)
    assert message in raised.value.message
    assert (raised.value.span.line, raised.value.span.column) == (2, 4)


@pytest.mark.parametrize(
    "template",
    [
        "{{join list '" + "x" * 60 + "'}}",
        "{{indent lines 90}}",
        "{{json list indent=90}}",
        "{{bullets list marker='" + "x" * 90 + "'}}",
        "{{json '" + "x" * 200 + "'}}",
    ],
)
def test_a_helper_does_not_write_more_than_a_template_may(template: str) -> None:
    with pytest.raises(HandlebarsRenderError, match=r"longer than|too long"):
        render(template, Limits(output=100))


@pytest.mark.parametrize("name", PROMPT_HELPERS)
def test_helper_description_names_its_arguments(name: str) -> None:
    spec = HELPERS[name]
    assert spec == PROMPT_HELPERS[name].spec
    assert spec.signature.lstrip("{").startswith(name)
    assert spec.summary.endswith(".")
    counts = [count for count in (spec.least - 1, (spec.most or 50) + 1) if count >= 0 and spec.most != count]
    for count in counts if spec.most is not None else counts[:1]:
        with pytest.raises(HandlebarsRenderError, match=f"the helper '{name}' takes"):
            render(f"{{{{{name} {' '.join(['1'] * count)} x=1}}}}".replace(" x=1", ""))
    tag = f"{name} {' '.join(['1'] * spec.least)} nope=1"
    with pytest.raises(HandlebarsRenderError, match=f"the helper '{name}' has no parameter 'nope'"):
        render(f"{{{{#{tag}}}}}{{{{/{name}}}}}" if spec.block else f"{{{{{tag}}}}}")


def test_all_helpers_are_described() -> None:
    assert HELPERS.keys() == BUILT_IN.keys() | PROMPT_HELPERS.keys()
    assert all(name == spec.name for name, spec in HELPERS.items())
    assert {name for name, spec in HELPERS.items() if spec.tolerant} == {
        *("if", "unless", "with", "each"),
        *("default", "and", "or", "not"),
    }
