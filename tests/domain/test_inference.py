"""Inferred variables validate, and the prompt renders with any values of the inferred types."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prompt_cli import InMemoryStorage, PromptManager, PromptRegistry
from prompt_cli.domain.inference import infer_variables
from prompt_cli.domain.prompt import Prompt
from prompt_cli.handlebars import parse
from prompt_cli.yaml.emit import dump

STRING, NUMBER, FLAG = {"type": "string"}, {"type": "number"}, {"type": "boolean"}
COUNT, OBJECT = {"type": "integer", "minimum": 0}, {"type": "object"}
OPTIONAL = {"type": "string", "required": False}
STRINGS = {"type": "array", "items": STRING}


def rows(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "properties": properties}}


INFERRED: tuple[tuple[str, dict[str, dict[str, Any]]], ...] = (
    ("{{a}}{{upper b}}{{date c}}", {"a": STRING, "b": STRING, "c": STRING}),
    ('{{join a ", "}}{{bullets b}}{{numbered c}}', {"a": STRINGS, "b": STRINGS, "c": STRINGS}),
    ("{{#each a}}{{this}}{{/each}}{{#each b}}{{x}}{{/each}}", {"a": STRINGS, "b": rows(x=STRING)}),
    ("{{#each a}}{{join x}}{{#if y}}!{{/if}}{{/each}}", {"a": rows(x=STRINGS, y=FLAG)}),
    ("{{#if a}}x{{/if}}{{#unless b}}x{{/unless}}{{#if (not c)}}x{{/if}}", {"a": FLAG, "b": FLAG, "c": FLAG}),
    ("{{#if (and a (or b c))}}x{{/if}}", {"a": FLAG, "b": FLAG, "c": FLAG}),
    ("{{#if a}}{{a}}{{/if}}{{default b 'x'}}", {"a": OPTIONAL, "b": OPTIONAL}),
    ("{{#if a}}{{a}}{{/if}}{{a}}", {"a": STRING}),
    ("{{#if (gt a 3)}}x{{/if}}{{#if (lte b c)}}x{{/if}}", {"a": NUMBER, "b": NUMBER, "c": NUMBER}),
    ("{{#if (gt a 'm')}}x{{/if}}{{#if (eq b 'x')}}x{{/if}}", {"a": STRING, "b": STRING}),
    ("{{#if (eq a 3)}}x{{/if}}{{#if (eq b true)}}x{{/if}}", {"a": NUMBER, "b": FLAG}),
    ("{{#if (eq a b)}}x{{/if}}{{#if (gt b 1)}}x{{/if}}", {"a": NUMBER, "b": NUMBER}),
    ("{{#if (eq a null)}}x{{/if}}", {"a": {**STRING, "nullable": True}}),
    ("{{truncate a b}}{{indent a c}}", {"a": STRING, "b": COUNT, "c": COUNT}),
    ("{{a.[0].x}}{{lookup a 1}}", {"a": {**rows(x=STRING), "minItems": 2}}),
    ("{{a.length}}{{length b}}", {"a": STRINGS, "b": STRINGS}),
    ("{{length a}}{{a}}", {"a": STRING}),
    ("{{a.b.c}}", {"a": {**OBJECT, "properties": {"b": {**OBJECT, "properties": {"c": STRING}}}}}),
    ("{{#with a}}{{b}}{{/with}}", {"a": {**OBJECT, "properties": {"b": STRING}}}),
    ("{{lookup a 'b'}}", {"a": {**OBJECT, "properties": {"b": STRING}}}),
    ("{{#user}}{{name}}{{/user}}", {"user": {**OBJECT, "properties": {"name": STRING}}}),
    ("{{#users}}{{name}}{{/users}}{{#people}}{{.}}{{/people}}", {"users": rows(name=STRING), "people": STRINGS}),
    ("{{#show}}x{{/show}}{{^hide}}x{{/hide}}", {"show": FLAG, "hide": FLAG}),
    ("{{name}}{{#formal}}{{name}}{{/formal}}", {"name": STRING, "formal": FLAG}),
    (
        "{{date}}{{length}}{{trim}}{{#if upper}}x{{/if}}",
        {"date": STRING, "length": STRING, "trim": STRING, "upper": FLAG},
    ),
    ("{{#each a}}{{@key}}: {{this}}{{/each}}{{#each b as |v k|}}{{k}}{{/each}}", {"a": OBJECT, "b": OBJECT}),
    ("{{json a}}{{lookup b c}}", {"a": OBJECT, "b": OBJECT, "c": STRING}),
    ("{{join (default a b)}}", {"a": {**STRINGS, "required": False}, "b": {**STRINGS, "required": False}}),
    ("{{#each a}}{{../b}}{{@index}}{{@root.c}}{{/each}}", {"a": STRINGS, "b": STRING, "c": STRING}),
    ("{{#each a as |x|}}{{x.b}}{{/each}}", {"a": rows(b=STRING)}),
)


@pytest.mark.parametrize(("template", "expected"), INFERRED)
def test_a_variable_gets_the_type_that_its_uses_take(template: str, expected: dict[str, Any]) -> None:
    assert infer_variables([parse(template)]) == expected


def test_the_uses_in_partials_count() -> None:
    partials = {"p": "{{join tags}}{{default other 'x'}}", "q": "{{> p tags=rows}}"}
    assert infer_variables([parse("{{> q rows=names}}{{> p tags=tags}}")], partials) == {
        "names": STRINGS,
        "tags": STRINGS,
    }


# Ways to use a name of each kind; BODY is a template over other names, and names are used in several ways.
USES = {
    "text": (
        "{{N}}",
        "{{upper N}}",
        "{{truncate N 3}}",
        "{{#if (eq N 'a')}}x{{/if}}",
        "{{#if (lt N 'm')}}x{{/if}}",
        "{{#with N}}{{this}}{{/with}}",
        "{{trim (default N 'x')}}",
    ),
    "optional": ("{{#if N}}{{N}}{{/if}}", "{{default N 'x'}}", "{{#if (or N 'x')}}x{{/if}}"),
    "number": ("{{#if (gt N 3)}}x{{/if}}", "{{#if (ne N 1.5)}}x{{/if}}", "{{#if (lte N M)}}x{{/if}}"),
    "count": ("{{truncate 'abc' N}}", "{{#if (eq N 2)}}x{{/if}}{{indent 'x' N}}"),
    "flag": ("{{#if N}}x{{/if}}", "{{#N}}x{{else}}y{{/N}}", "{{#if (and N (not N))}}x{{/if}}", "{{^N}}x{{/N}}"),
    "list": (
        "{{join N '; '}}",
        "{{bullets N}}",
        "{{#each N}}{{this}}{{lookup ../N @index}}{{/each}}",
        "{{N.[1]}}",
        "{{N.length}}",
        "{{length N}}{{numbered N}}",
    ),
    "rows": ("{{#each N}}BODY{{/each}}", "{{#each N as |one|}}{{one.a_text}}{{/each}}", "{{N.[0].a_text}}"),
    "rows_s": ("{{#N}}BODY{{/N}}", "{{#N}}{{a_text}}{{../outer}}{{/N}}"),
    "object": ("{{N.a_text}}", "{{#with N}}BODY{{/with}}", "{{#N}}{{a_text}}{{/N}}", "{{lookup N 'a_text'}}{{json N}}"),
    "keyed": ("{{#each N}}{{@key}}: {{json this}}{{/each}}", "{{length N}}"),
    "alone": ("{{N}}", "{{#if N}}{{N}}{{/if}}"),
}
ALONE = ("date", "length", "trim", "json")


@st.composite
def templates(draw: st.DrawFn, prefix: str = "", depth: int = 2) -> str:
    pieces = [draw(st.sampled_from(["Hello, ", "\n", ""]))]
    for kind in draw(st.lists(st.sampled_from(sorted(USES)), min_size=1, max_size=4)):
        name = draw(st.sampled_from(ALONE)) if kind == "alone" else f"{prefix}{draw(st.sampled_from('ab'))}_{kind}"
        use = draw(st.sampled_from(USES[kind])).replace("N", name).replace("M", f"{prefix}c_number")
        if "BODY" in use:
            use = use.replace("BODY", draw(templates(f"{prefix}x", depth - 1)) if depth else "{{a_text}}")
        pieces.append(use)
    return "".join(pieces)


def values(spec: dict[str, Any]) -> st.SearchStrategy[Any]:
    match spec["type"]:
        case "string":
            return st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
        case "number":
            return st.integers(-5, 5) | st.floats(-5, 5)
        case "integer":
            return st.integers(spec["minimum"], 9)
        case "boolean":
            return st.booleans()
        case "array":
            return st.lists(values(spec["items"]), min_size=spec.get("minItems", 0), max_size=3)
    return objects(spec.get("properties", {}))


def objects(properties: dict[str, dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    required = {name: values(one) for name, one in properties.items() if one.get("required", True)}
    optional = {name: values(one) for name, one in properties.items() if not one.get("required", True)}
    return st.fixed_dictionaries(required, optional=optional)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(templates(), st.data())
def test_inferred_variables_validate_and_render(template: str, data: st.DataObject) -> None:
    specs = infer_variables([parse(template)])
    head = {"id": "x", "version": "1.0.0", "format": "text"}
    prompt = Prompt.load({**head, **({"variables": specs} if specs else {}), "template": template})

    async def use() -> None:
        manager = PromptManager(PromptRegistry(InMemoryStorage({"x": dump(prompt.to_data())})))
        report = await manager.validate()
        assert [one for one in report.findings if one.severity == "error" or one.code == "PC211"] == []
        await manager.render("x", data.draw(objects(specs)))

    asyncio.run(use())
