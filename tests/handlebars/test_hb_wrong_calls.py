"""Calls that cannot work, found without rendering."""

from __future__ import annotations

from typing import Any

import pytest

from prompt_cli.handlebars import (
    PROMPT_HELPERS,
    PROMPT_OPTIONS,
    HandlebarsRenderError,
    compile,  # noqa: A004 - its public name
    parse,
)
from prompt_cli.handlebars.analysis import analyse

# template, column, kind, message, help
WRONG = (
    ("{{uper x}}", 3, "unknown_helper", "unknown helper 'uper'", "did you mean 'upper'?"),
    ("{{{uper x}}}", 4, "unknown_helper", "unknown helper 'uper'", "did you mean 'upper'?"),
    ("{{zzz x}}", 3, "unknown_helper", "unknown helper 'zzz'", ""),
    ("{{zzz a=1}}", 3, "unknown_helper", "unknown helper 'zzz'", ""),
    ("{{a.b 1}}", 3, "unknown_helper", "unknown helper 'a.b'", ""),
    ("{{./upper x}}", 3, "unknown_helper", "unknown helper './upper'", "did you mean 'upper'?"),
    ("{{#zzz x}}{{/zzz}}", 4, "unknown_helper", "unknown helper 'zzz'", ""),
    ("{{#if (zzz)}}{{/if}}", 8, "unknown_helper", "unknown helper 'zzz'", ""),
    ("{{> p (zzz 1)}}", 8, "unknown_helper", "unknown helper 'zzz'", ""),
    ("{{> (zzz)}}", 6, "unknown_helper", "unknown helper 'zzz'", ""),
    ("{{> p a=(zzz)}}", 10, "unknown_helper", "unknown helper 'zzz'", ""),
    ("{{json x indent=(zzz)}}", 18, "unknown_helper", "unknown helper 'zzz'", ""),
    ("{{#> p}}{{zzz 1}}{{/p}}", 11, "unknown_helper", "unknown helper 'zzz'", ""),
    ('{{#*inline "p"}}{{zzz 1}}{{/inline}}', 19, "unknown_helper", "unknown helper 'zzz'", ""),
    ("{{#if a}}{{else}}{{zzz 1}}{{/if}}", 20, "unknown_helper", "unknown helper 'zzz'", ""),
    ("{{#if a}}{{elseif b}}{{/if}}", 12, "unknown_helper", "unknown helper 'elseif'", "write {{else if b}}"),
    ("{{#if a}}{{elif (eq b 1)}}{{/if}}", 12, "unknown_helper", "unknown helper 'elif'", "write {{else if (eq b 1)}}"),
    (
        "{{upper}}",
        3,
        "wrong_arguments",
        "the helper 'upper' takes 1 argument, not 0",
        "usage: upper text",
    ),
    ("{{upper trim x}}", 3, "wrong_arguments", "takes 1 argument, not 2", "write {{upper (trim x)}}"),
    ("{{#if (upper trim x)}}{{/if}}", 8, "wrong_arguments", "takes 1 argument, not 2", "write (upper (trim x))"),
    ('{{~#if eq a "b"~}}{{/if}}', 5, "wrong_arguments", "takes 1 argument, not 3", 'write {{~#if (eq a "b")}}'),
    ("{{#if a}}{{else if}}{{/if}}", 17, "wrong_arguments", "not 0", "usage: {{else if value}}"),
    ("{{#if a}}{{else if or b c}}{{/if}}", 17, "wrong_arguments", "not 3", "write {{else if (or b c)}}"),
    ("{{#each item in items}}{{/each}}", 4, "wrong_arguments", "not 3", "usage: {{#each value}}"),
    ("{{json x indnet=2}}", 3, "wrong_arguments", "'json' has no parameter 'indnet'", "did you mean 'indent'?"),
    ("{{#if a b=1}}{{/if}}", 4, "wrong_arguments", "'if' has no parameter 'b'", "usage: {{#if value}}"),
    ("{{if a}}", 3, "wrong_arguments", "'if' is a block helper: {{#if ...}}...{{/if}}", ""),
    ("{{#if (with a)}}{{/if}}", 8, "wrong_arguments", "'with' is a block helper", ""),
    ("{{#eq a b}}x{{/eq}}", 4, "wrong_arguments", "'eq' is not a block helper", "write {{#if (eq a b)}}"),
    ("{{#raw a}}x{{/raw}}", 4, "wrong_arguments", "takes 0 arguments, not 1", "usage: {{{{raw}}}}...{{{{/raw}}}}"),
    ("{{{{raw a}}}}x{{{{/raw}}}}", 5, "wrong_arguments", "not 1", "usage: {{{{raw}}}}...{{{{/raw}}}}"),
    ("{{raw}}", 3, "wrong_arguments", "'raw' is a block helper: {{{{raw}}}}...{{{{/raw}}}}", ""),
    ("{{lookup a}}", 3, "wrong_arguments", "takes 2 arguments, not 1", "usage: lookup value key"),
)

RIGHT = (
    "{{x}} {{x.y}} {{#x}}{{y}}{{/x}} {{^x}}{{/x}}",
    "{{upper x}} {{json x indent=2}} {{#if (eq x 1)}}{{else if (or x y)}}{{/if}} {{log}}{{log 1 level=2}}",
    "{{#each xs as |upper|}}{{upper}}{{upper.x}}{{#upper}}{{/upper}}{{/each}}",
    "{{#if x includeZero=true}}{{/if}}{{#unless x}}{{/unless}}{{#with x}}{{/with}}{{#each x}}{{/each}}",
    "{{lower}}{{#lower}}{{/lower}}",
    "{{> p uper}} {{!-- {{zzz 1}} --}} \\{{zzz 1}}",
)


@pytest.mark.parametrize(("source", "column", "kind", "message", "help_"), WRONG)
def test_wrong_call_has_its_place(source: str, column: int, kind: str, message: str, help_: str) -> None:
    (call,) = analyse(parse(f"\n{source}")).wrong_calls
    assert (call.kind, call.help, call.span.line, call.span.column) == (kind, help_, 2, column)
    assert message in call.message
    assert f"\n{source}"[call.span.offset : call.span.end] == call.helper


@pytest.mark.parametrize("source", RIGHT)
def test_nothing_is_found_in_a_right_call(source: str) -> None:
    assert analyse(parse(source), variables=("lower",)).wrong_calls == ()


def test_all_are_found_in_order_and_once_each() -> None:
    source = '{{#*inline "p"}}{{zzz 1}}{{/inline}}{{> p}}{{> p x}}{{upper (yyy 1) (xxx 2)}}'
    assert [call.helper for call in analyse(parse(source)).wrong_calls] == ["zzz", "upper", "yyy", "xxx"]


@pytest.mark.parametrize("source", [case[0] for case in WRONG if "inline" not in case[0] and "b=1" not in case[0]])
def test_reported_calls_fail_when_rendered(source: str) -> None:
    data: dict[str, Any] = {"a": False, "b": False, "x": "x", "items": [1]}
    partials = {"p": "{{> @partial-block}}"}
    with pytest.raises(HandlebarsRenderError) as raised:
        compile(source, helpers=PROMPT_HELPERS, options=PROMPT_OPTIONS, partials=partials).render(
            data | {"a": "elseif" in source or "elif" in source}
        )
    (call,) = analyse(parse(source)).wrong_calls
    assert call.message in raised.value.message
    assert raised.value.span == call.span
