"""Analysis: the values that a template reads and the partials that it includes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from prompt_cli.handlebars import (
    HandlebarsSyntaxError,
    Partial,
    PartialSource,
    parse,
)
from prompt_cli.handlebars.analysis import analyse

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTIALS: Mapping[str, PartialSource] = {
    "name": "{{name}}",
    "items": "{{#each this}}{{name}}{{/each}}",
    "up": "{{../name}}",
    "root": "{{@root.name}}",
    "both": "{{who.name}}{{tone}}{{> name}}",
    "defaults": Partial("{{tone}}{{size}}", {"tone": "friendly"}),
    "length": Partial("{{length}}", variables=("length",)),
    "tree": "{{name}}{{#each children}}{{> tree}}{{/each}}",
    "layout": "{{title}}{{> @partial-block}}{{> head}}",
    "within": "{{#with customer}}{{> @partial-block}}{{/with}}",
    "twice": "{{> name}}{{> name}}",
    "guard": "{{#if name}}{{> name}}{{/if}}",
}

# reads: path joined by dots, scope, role, "?" where it is guarded, the partial it is read in
READ: tuple[tuple[str, list[str]], ...] = (
    ("text {{! name }} {{!-- {{x}} --}} \\{{x}}", []),
    ("{{name}}", ["name root print"]),
    ("{{{name}}}{{&name}}{{name}}", ["name root print", "name root print", "name root print"]),
    ("{{customer.name}}{{customer/name}}", ["customer.name root print", "customer.name root print"]),
    ("{{this}}{{.}}", [" root print", " root print"]),
    ("{{this.name}}{{./name}}", ["name root print", "name root print"]),
    ("{{@root.name}}{{@level}}{{@index}}", ["name root print", "@level data print", "@index data print"]),
    ("{{tickets.[0].subject}}", ["tickets.0.subject root print"]),
    ('{{"a b"}}{{[c d]}}', ["a b root print", "c d root print"]),
    ("{{../name}}", ["name unknown print"]),
    (
        "{{#each tickets}}{{subject}}{{../tone}}{{/each}}",
        ["tickets root iterate?", "tickets.[].subject item print", "tone root print"],
    ),
    (
        "{{#each tickets}}{{this}}{{@index}}{{@key}}{{/each}}",
        ["tickets root iterate?", "tickets.[] item print", "@index data print", "@key data print"],
    ),
    (
        "{{#each a}}{{#each b}}{{c}}{{../d}}{{../../e}}{{/each}}{{/each}}",
        ["a root iterate?", "a.[].b item iterate?", "a.[].b.[].c item print", "a.[].d item print", "e root print"],
    ),
    (
        "{{#each tickets as |t i|}}{{t.subject}}{{i}}{{t}}{{name}}{{/each}}",
        [
            "tickets root iterate?",
            "tickets.[].subject block_parameter print",
            "@key data print",
            "tickets.[] block_parameter print",
            "tickets.[].name item print",
        ],
    ),
    (
        "{{#each a as |x|}}{{#each x.b as |x|}}{{x.c}}{{/each}}{{x.d}}{{/each}}",
        [
            "a root iterate?",
            "a.[].b block_parameter iterate?",
            "a.[].b.[].c block_parameter print",
            "a.[].d block_parameter print",
        ],
    ),
    (
        "{{#with customer}}{{name}}{{../tone}}{{/with}}",
        ["customer root context?", "customer.name root print", "tone root print"],
    ),
    (
        "{{#with customer as |c|}}{{c.name}}{{else}}{{name}}{{/with}}",
        ["customer root context?", "customer.name block_parameter print", "name root print"],
    ),
    ("{{#with this}}{{name}}{{../x}}{{/with}}", [" root context?", "name root print", "x unknown print"]),
    ("{{#if name}}{{name}}{{else}}{{name}}{{/if}}", ["name root condition?", "name root print?", "name root print"]),
    (
        "{{#unless name}}{{name}}{{else}}{{name}}{{/unless}}",
        ["name root condition?", "name root print", "name root print?"],
    ),
    (
        "{{#if a.b}}{{a}}{{a.b}}{{a.b.c}}{{a.c}}{{/if}}{{a}}",
        [
            "a.b root condition?",
            "a root print?",
            "a.b root print?",
            "a.b.c root print",
            "a.c root print",
            "a root print",
        ],
    ),
    (
        "{{#if a}}{{else if b}}{{a}}{{b}}{{else}}{{b}}{{/if}}",
        ["a root condition?", "b root condition?", "a root print", "b root print?", "b root print"],
    ),
    (
        "{{#each tickets}}{{#if urgent}}{{urgent}}{{/if}}{{urgent}}{{/each}}",
        [
            "tickets root iterate?",
            "tickets.[].urgent item condition?",
            "tickets.[].urgent item print?",
            "tickets.[].urgent item print",
        ],
    ),
    (
        "{{#each a}}{{#if b}}{{#each ../a}}{{b}}{{/each}}{{/if}}{{/each}}",
        ["a root iterate?", "a.[].b item condition?", "a root iterate?", "a.[].b item print"],
    ),
    (
        "{{#if (and a b)}}{{a}}{{b}}{{/if}}",
        ["a root argument? and", "b root argument? and", "a root print?", "b root print?"],
    ),
    (
        "{{#if (or a b)}}{{a}}{{else}}{{a}}{{/if}}",
        ["a root argument? or", "b root argument? or", "a root print", "a root print"],
    ),
    ("{{#if (not a)}}{{a}}{{else}}{{a}}{{/if}}", ["a root argument? not", "a root print", "a root print?"]),
    (
        "{{#unless (or (not a) (not b))}}{{a}}{{b}}{{/unless}}",
        ["a root argument? not", "b root argument? not", "a root print?", "b root print?"],
    ),
    ("{{#if (eq a 'x')}}{{a}}{{/if}}", ["a root argument eq", "a root print"]),
    ("{{default a b}}{{upper a}}", ["a root argument? default", "b root argument? default", "a root argument upper"]),
    ("{{join list separator=sep}}", ["list root argument join", "sep root argument join"]),
    ("{{upper (join list)}}", ["list root argument join"]),
    ("{{unknown a b=c}}", ["a root argument unknown", "c root argument unknown"]),
    ("{{#unknown a}}{{b}}{{/unknown}}", ["a root argument unknown", "b unknown print"]),
    (
        "{{lookup a b}}{{#each (lookup a 'b')}}{{c}}{{/each}}",
        ["a root argument lookup", "b root argument lookup", "a.b root iterate?", "a.b.[].c item print"],
    ),
    (
        "{{#with (lookup list @index)}}{{name}}{{/with}}",
        ["list root argument lookup", "@index data argument lookup", "list.[].name item print"],
    ),
    (
        "{{#with (default a b)}}{{name}}{{../c}}{{/with}}",
        ["a root argument? default", "b root argument? default", "name unknown print", "c root print"],
    ),
    (
        "{{#name}}{{x}}{{../y}}{{/name}}{{^name}}{{z}}{{/name}}",
        ["name root section", "x unknown print", "y root print", "name root section", "z root print"],
    ),
    ("{{{{raw}}}}{{x}}{{{{/raw}}}}", []),
    ("{{{{text}}}}{{x}}{{{{/text}}}}", ["text root section"]),
    ("{{length}}{{each}}", []),
    ("{{#*inline 'p'}}{{name}}{{/inline}}{{> p customer}}", ["customer root context", "customer.name root print"]),
    ("{{#*inline 'p'}}{{name}}{{/inline}}", ["name root print"]),
    (
        "{{#each a}}{{#*inline 'p'}}{{b}}{{../c}}{{/inline}}{{> p}}{{/each}}",
        ["a root iterate?", "a.[].b item print", "c root print"],
    ),
    ("{{> nowhere customer tone=style}}", ["customer root context", "style root argument"]),
    ("{{> (lookup this 'p') customer}}", ["p root argument", "customer root context"]),
    ("{{#> nowhere customer}}{{name}}{{/nowhere}}", ["customer root context", "customer.name root print"]),
    ("{{> @partial-block customer}}", ["customer root context"]),
)

READ_THROUGH = (
    ("{{> name}}", ["name root print @name"]),
    ("{{> name customer}}", ["customer root context", "customer.name root print @name"]),
    ("{{#each tickets}}{{> name}}{{/each}}", ["tickets root iterate?", "tickets.[].name item print @name"]),
    (
        "{{> items tickets}}",
        ["tickets root context", "tickets root iterate? @items", "tickets.[].name item print @items"],
    ),
    (
        "{{#with customer}}{{> up}}{{> root}}{{/with}}",
        ["customer root context?", "name unknown print @up", "name root print @root"],
    ),
    (
        "{{> both customer who=person tone='dry'}}",
        [
            "customer root context",
            "person root argument",
            "person.name partial_argument print @both",
            " unknown print @both",
            "customer.name root print @name",
        ],
    ),
    (
        "{{> both who=(lookup people 1)}}",
        [
            "people.1 root argument",
            "people.1.name partial_argument print @both",
            "tone root print @both",
            "name root print @name",
        ],
    ),
    ("{{> defaults}}", ["tone root print? @defaults", "size root print @defaults"]),
    (
        "{{> defaults tone=style}}",
        ["style root argument", "style partial_argument print? @defaults", "size root print @defaults"],
    ),
    ("{{> length}}", ["length root print @length"]),
    (
        "{{> tree}}",
        [
            "name root print @tree",
            "children root iterate? @tree",
            "children.[].name item print @tree",
            "children.[].children item iterate? @tree",
        ],
    ),
    (
        "{{#> layout}}{{body}}{{#*inline 'head'}}{{style}}{{/inline}}{{/layout}}",
        ["title root print @layout", "body root print", "style root print"],
    ),
    (
        "{{#> within}}{{name}}{{../tone}}{{/within}}",
        ["customer root context? @within", "customer.name root print", "tone root print"],
    ),
    ("{{#> name}}{{fallback}}{{/name}}", ["name root print @name", "fallback root print"]),
    ("{{> twice}}{{> twice}}", ["name root print @name"]),
    (
        "{{#if name}}{{> name}}{{/if}}{{> name}}",
        ["name root condition?", "name root print? @name", "name root print @name"],
    ),
    ("{{> guard}}", ["name root condition? @guard", "name root print? @name"]),
)

TYPES: dict[tuple[str, ...], str] = {
    ("list",): "array",
    ("object",): "object",
    ("flag",): "boolean",
    ("text",): "string",
}
SECTIONS = (
    ("{{#list}}{{x}}{{../y}}{{/list}}", ["list root section", "list.[].x item print", "y root print"]),
    ("{{#object}}{{x}}{{../y}}{{/object}}", ["object root section", "object.x root print", "y root print"]),
    ("{{#flag}}{{x}}{{flag}}{{/flag}}", ["flag root section", "x root print", "flag root print?"]),
    ("{{#text}}{{this}}{{../y}}{{/text}}", ["text root section", "text root print?", "y root print"]),
    ("{{#other}}{{x}}{{/other}}", ["other root section", "x unknown print"]),
)


def read(
    source: str,
    partials: Mapping[str, PartialSource] | None = None,
    types: Mapping[tuple[str, ...], str] | None = None,
) -> list[str]:
    found = analyse(parse(source), partials=partials, type_of=types.get if types else None).references
    return [
        f"{'.'.join(reference.path)} {reference.scope} {reference.role}"
        + ("?" if reference.guarded else "")
        + (f" {reference.helper}" if reference.helper else "")
        + (f" @{reference.template}" if reference.template else "")
        for reference in found
    ]


@pytest.mark.parametrize(("source", "expected"), READ)
def test_reads_of_a_template(source: str, expected: list[str]) -> None:
    assert read(source) == expected


@pytest.mark.parametrize(("source", "expected"), READ_THROUGH)
def test_reads_through_partials(source: str, expected: list[str]) -> None:
    assert read(source, PARTIALS) == expected


@pytest.mark.parametrize(("source", "expected"), SECTIONS)
def test_declared_type_decides_the_kind_of_a_section(source: str, expected: list[str]) -> None:
    assert read(source, types=TYPES) == expected


def test_reference_has_its_place_and_its_text() -> None:
    source = "a\n{{#each tickets}}\n  {{../[some tone]}}{{/each}}"
    tickets, tone = analyse(parse(source, name="a/b")).references
    assert source[tickets.span.offset : tickets.span.end] == tickets.written == "tickets"
    assert (tickets.span.line, tickets.span.column, tickets.template) == (2, 9, "a/b")
    assert source[tone.span.offset : tone.span.end] == "../[some tone]"
    assert (tone.written, tone.path, tone.span.line, tone.span.column) == ("../some tone", ("some tone",), 3, 5)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{a.b.c}}", ["a.b.c 0"]),
        ("{{#if a}}{{a.b.c}}{{/if}}", ["a 1", "a.b.c 1"]),
        ("{{#if a.b}}{{a.b.c}}{{a.x}}{{x}}{{/if}}", ["a.b 2", "a.b.c 2", "a.x 1", "x 0"]),
        ("{{#if a}}{{#if a.b}}{{a.b.[0]}}{{/if}}{{/if}}", ["a 1", "a.b 2", "a.b.0 2"]),
        ("{{#each a}}{{#if b}}{{json b.[0]}}{{/if}}{{b.c}}{{/each}}", ["a 1", "a.[].b 3", "a.[].b.0 3", "a.[].b.c 1"]),
        ("{{#with a}}{{b.c}}{{../d.e}}{{/with}}", ["a 1", "a.b.c 1", "d.e 0"]),
        ("{{default a.b 1}}{{this}}", ["a.b 2", " 0"]),
        ("{{> p}}", ["a 1", "a.b 1", "x 0"]),
        ("{{#with o}}{{> p}}{{/with}}", ["o 1", "o.a 2", "o.a.b 2", "o.x 1"]),
    ],
)
def test_guarded_part_of_a_path(source: str, expected: list[str]) -> None:
    partials = {"p": Partial("{{a}}{{a.b}}{{x}}", {"a": {"b": 1}})}
    found = analyse(parse(source), partials=partials).references
    assert [f"{'.'.join(one.path)} {one.tested}" for one in found] == expected
    assert all(one.guarded == (one.tested == len(one.path)) for one in found if one.path)


def test_a_name_is_a_helper_unless_it_is_declared() -> None:
    template = parse("{{length}}{{custom}}{{#length}}{{/length}}")
    assert [reference.path for reference in analyse(template).references] == [("custom",)]
    declared = analyse(template, variables=("length",)).references
    assert [reference.path for reference in declared] == [("length",), ("custom",), ("length",)]


def test_partial_that_is_not_a_template_is_refused() -> None:
    with pytest.raises(HandlebarsSyntaxError) as raised:
        analyse(parse("{{> p}}"), partials={"p": "{{"})
    assert raised.value.name == "p"


def test_partials_that_include_each_other_many_times_are_followed_once() -> None:
    partials = {f"p{level}": f"{{{{> p{level + 1}}}}}" * 9 + "{{x}}" for level in range(40)}
    assert len(analyse(parse("{{> p0}}"), partials=partials).references) == 40


INCLUDED: tuple[tuple[str, list[str]], ...] = (
    # name, path and scope of the context, keys of the hash, "block" where a block stands in
    ("{{name}}", []),
    ("{{> p}}", ["p  root"]),
    ('{{> a/b.c}}{{> "a/2"}}{{> [x y]}}{{> 12}}', ["a/b.c  root", "a/2  root", "x y  root", "12  root"]),
    ("{{> p customer.address}}", ["p customer.address root"]),
    ("{{#each list}}{{> p}}{{> q ../x}}{{/each}}", ["p list.[] item", "q x root"]),
    ("{{#each list as |item|}}{{> p item.x}}{{/each}}", ["p list.[].x block_parameter"]),
    ("{{> p a=1 b=customer}}", ["p  root a b"]),
    ("{{> p (lookup list 1)}}{{> p 'text'}}", ["p list.1 root", "p  unknown"]),
    ("{{> (lookup this 'p') a=1}}", ["None  root a"]),
    ("{{#> p}}{{> q}}{{/p}}", ["p  root block", "q  root"]),
    ("{{#*inline 'p'}}{{> q}}{{/inline}}{{> p}}", ["q  root"]),
    ("{{> p}}{{#with a}}{{#*inline 'p'}}{{/inline}}{{> p}}{{/with}}", ["p  root"]),
    ("{{#with a}}{{#*inline 'p'}}{{/inline}}{{/with}}{{> p}}", ["p  root"]),
    ("{{> @partial-block}}", []),
    ("{{#if a}}{{> p}}{{else}}{{> q}}{{/if}}", ["p  root", "q  root"]),
    ("\\{{> p}}{{! {{> q}} }}{{{{raw}}}}{{> r}}{{{{/raw}}}}", []),
)


@pytest.mark.parametrize(("source", "expected"), INCLUDED)
def test_partials_of_a_template(source: str, expected: list[str]) -> None:
    included = [
        " ".join(
            [f"{partial.name} {'.'.join(partial.path)} {partial.scope}", *partial.hash, *["block"] * partial.fallback]
        )
        for partial in analyse(parse(source)).partials
    ]
    assert included == expected


def test_inclusion_has_its_place() -> None:
    source = "a\n  {{> some/partial x}}"
    (partial,) = analyse(parse(source, name="main")).partials
    assert source[partial.span.offset : partial.span.end] == "some/partial"
    assert (partial.span.line, partial.span.column, partial.template) == (2, 7, "main")


def test_guards_around_a_partial() -> None:
    (guarded, free) = analyse(parse("{{#if a.b}}{{> p}}{{/if}}{{> p}}")).partials
    assert guarded.guards == {("a",), ("a", "b")}
    assert free.guards == frozenset()


def test_section_around_a_partial_follows_its_type() -> None:
    template = parse("{{#rows}}{{> p}}{{/rows}}")
    (unknown,) = analyse(template).partials
    (item,) = analyse(template, type_of=lambda path: "array" if path == ("rows",) else None).partials
    assert unknown.scope == "unknown"
    assert (item.scope, item.path) == ("item", ("rows", "[]"))
