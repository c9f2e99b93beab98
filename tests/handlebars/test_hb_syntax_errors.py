"""Syntax errors and their places."""

from __future__ import annotations

import pytest

from prompt_cli.handlebars import HandlebarsSyntaxError, Limits, parse

BROKEN = (
    # template, line, column, quoted text, words of the message
    ("{{x", 1, 1, "{{", "never closed"),
    ("a\n{{x", 2, 1, "{{", "never closed"),
    ("a\nb {{x y=1\nz", 2, 3, "{{", "never closed"),
    ("one {{two {{three}}", 1, 5, "{{", "never closed"),
    ("{{x}}{{", 1, 6, "{{", "never closed"),
    ("{{#if x", 1, 1, "{{", "never closed"),
    ("é😀 {{x", 1, 4, "{{", "never closed"),
    ("{{x}", 1, 4, "}", "single '}'"),
    ("{{x}}}", 1, 4, "}}}", "put a space between: {{x}} }"),
    ('{"a": {{json x indent=2}}}', 1, 24, "}}}", "put a space between: {{json x indent=2}} }"),
    ("{{~#if x}}}{{/if}}", 1, 9, "}}}", "put a space between: {{~#if x}} }"),
    ("{{x " + "y" * 60 + "}}}", 1, 65, "}}}", "put a space between: }} }"),
    ("{{{x}}", 1, 5, "}}", "expected an argument or '}}}', found '}}'"),
    ("{{&x}}}", 1, 5, "}}}", "expected an argument or '}}'"),
    ("{{}}", 1, 3, "}}", "expected a name or value"),
    ("{{ }}", 1, 4, "}}", "expected a name or value"),
    ("{{#}}", 1, 4, "}}", "expected a name or value"),
    ("{{>}}", 1, 4, "}}", "expected a name or value"),
    ("{{/}}", 1, 4, "}}", "expected a name or value"),
    ("{{(x)}}", 1, 3, "(", "expected a name or value, found '('"),
    ("{{lookup ()}}", 1, 11, ")", "expected a name or value"),
    ("{{x y=}}", 1, 7, "}}", "expected a name or value"),
    ("{{@}}", 1, 4, "}}", "after '@'"),
    ("{{@1}}", 1, 4, "1", "after '@'"),
    ("{{@@x}}", 1, 4, "@", "after '@'"),
    ("{{ #if x}}", 1, 4, "#", "must follow '{{' at once"),
    ("{{ !x}}", 1, 4, "!", "must follow '{{' at once"),
    ("{{ ^x}}", 1, 4, "^", "must follow '{{' at once"),
    ("{{ >x}}", 1, 4, ">", "must follow '{{' at once"),
    ("{{x,y}}", 1, 4, ",", "unexpected ','"),
    ("{{x y;z}}", 1, 6, ";", "unexpected ';'"),
    ("{{a@b}}", 1, 4, "@", "unexpected '@'"),
    ("{{a\nb(c)}}", 2, 2, "(", "unexpected '('"),
    ("{{`x`}}", 1, 3, "`", "unexpected '`'"),
    ("{{~~x}}", 1, 4, "~", "unexpected '~'"),
    ("{{x ~ y}}", 1, 5, "~", "unexpected '~'"),
    ("{{x.0}}", 1, 5, "0", "write '[0]'"),
    ("{{x.true}}", 1, 5, "true", "write '[true]'"),
    ("{{x.'y'}}", 1, 5, "'y'", "write '[y]'"),
    ("{{x.}}{{x/}}", 1, 11, "}}", "expected a name"),
    ("{{a.b/../c}}", 1, 3, "a.b/..", "invalid path 'a.b/..'"),
    ("{{a.this}}", 1, 3, "a.this", "'[this]'"),
    ("{{lookup a b.this.c}}", 1, 12, "b.this", "invalid path"),
    ('{{"x}}', 1, 3, '"', "the string is not closed"),
    ("{{x 'y}}", 1, 5, "'", "the string is not closed"),
    ("{{x\n  y='z}}", 2, 5, "'", "the string is not closed"),
    ("{{x.[y}}", 1, 5, "[", "the segment is not closed"),
    ("{{x y=1 z}}", 1, 9, "z", "come before those with one"),
    ("{{x 'y'='z'}}", 1, 8, "=", "found '='"),
    ("{{x (y}}", 1, 7, "}}", "expected an argument or ')'"),
    ("{{x y)}}", 1, 6, ")", "expected an argument or '}}'"),
    ("{{x (y z=1 w)}}", 1, 12, "w", "come before those with one"),
    ("{{x as |y|}}", 1, 5, "as |", "expected an argument or '}}'"),
    ("{{#x as |y}}{{/x}}", 1, 11, "}}", "block parameters"),
    ("{{#x as ||}}{{/x}}", 1, 10, "|", "block parameters"),
    ("{{#x as |a.b|}}{{/x}}", 1, 11, ".", "block parameters"),
    ("{{#x as |[a]|}}{{/x}}", 1, 6, "as |[a]|", "without brackets"),
    ("{{#x as |y| z}}{{/x}}", 1, 13, "z", "expected an argument or '}}'"),
    ("{{> x as |y|}}", 1, 7, "as |", "expected an argument or '}}'"),
    ("{{> x y z}}", 1, 9, "z", "a partial takes one context"),
    ("{{#> x y z}}{{/x}}", 1, 10, "z", "a partial takes one context"),
    ("{{#if x}}a", 1, 1, "{{#if x}}", "'{{/if}}' is missing"),
    ("\n  {{#each x}}\n{{#if y}}{{/if}}", 2, 3, "{{#each x}}", "'{{/each}}' is missing"),
    ("{{#if x}}\n{{#if y}}\n{{/if}}", 1, 1, "{{#if x}}", "'{{/if}}' is missing"),
    ("{{#if x}}{{else}}a", 1, 1, "{{#if x}}", "'{{/if}}' is missing"),
    ("{{^x}}a", 1, 1, "{{^x}}", "'{{/x}}' is missing"),
    ("{{#> x}}a", 1, 1, "{{#> x}}", "'{{/x}}' is missing"),
    ('{{#*inline "x"}}a', 1, 1, '{{#*inline "x"}}', "'{{/inline}}' is missing"),
    ("a{{/if}}", 1, 2, "{{/if}}", "no block is open here"),
    ("{{#if x}}{{/if}}\n{{/if}}", 2, 1, "{{/if}}", "no block is open here"),
    ("{{#if x}}\n{{/each}}", 2, 1, "{{/each}}", "'{{/if}}' to close the block of line 1, column 1"),
    ("{{#a}}{{#b}}{{/a}}{{/b}}", 1, 13, "{{/a}}", "'{{/b}}' to close the block of line 1, column 7"),
    ("{{#a.b}}{{/a/b}}", 1, 9, "{{/a/b}}", "expected '{{/a.b}}'"),
    ("{{#1}}{{/'1'}}", 1, 7, "{{/'1'}}", "expected '{{/1}}'"),
    ("{{#x}}{{/x y}}", 1, 12, "y", "expected an argument or '}}'"),
    ("{{else}}", 1, 1, "{{else}}", "none is open here"),
    ("a\n {{^}}", 2, 2, "{{^}}", "none is open here"),
    ("{{else if x}}", 1, 1, "{{else if x}}", "none is open here"),
    ("{{#x}}{{else}}{{else}}{{/x}}", 1, 15, "{{else}}", "cannot follow the last '{{else}}'"),
    ("{{#x}}{{^}}{{else if y}}{{/x}}", 1, 12, "{{else if y}}", "cannot follow the last '{{else}}'"),
    ("{{^x}}{{else if y}}{{/x}}", 1, 7, "{{else if y}}", "cannot continue a block that {{^x}} opens"),
    ("{{#> x}}{{else}}{{/x}}", 1, 9, "{{else}}", "no place in a partial"),
    ('{{#*inline "x"}}{{^}}{{/inline}}', 1, 17, "{{^}}", "no place in a partial"),
    ("{{!", 1, 1, "{{!", "'}}' is missing"),
    ("a {{!-- }}", 1, 3, "{{!", "'--}}' is missing"),
    ("{{{{x}}}}y", 1, 1, "{{{{x}}}}", "the raw block is never closed"),
    ("{{{{x}}}}y{{{{/z}}}}", 1, 11, "{{{{/z}}}}", "expected '{{{{/x}}}}', found '{{{{/z}}}}'"),
    ("{{{{x}}", 1, 6, "}}", "expected an argument or '}}}}'"),
    ("{{*x}}", 1, 1, "{{*x}}", "decorators are not supported"),
    ("{{* inline 'x'}}", 1, 1, "{{* inline 'x'}}", "decorators are not supported"),
    ("{{#*x}}{{/x}}", 1, 1, "{{#*x}}", "decorators are not supported"),
    ("{{^*x}}{{/x}}", 1, 4, "*", "unexpected '*'"),
    ("{{> shared/tone@1.0.0}}", 1, 16, "@", 'put the name in quotes: {{> "shared/tone@1.0.0"}}'),
    ("{{~#> tone@1.0.0 x=1}}{{/tone}}", 1, 11, "@", 'put the name in quotes: {{~#> "tone@1.0.0" ...'),
    ("{{#if a == b}}{{/if}}", 1, 10, "=", "write (eq a b)"),
    ("{{#if a===b}}{{/if}}", 1, 9, "=", "write (eq a b)"),
    ("{{#if a != b}}{{/if}}", 1, 9, "!", "write (ne a b)"),
    ("{{#if a >= b}}{{/if}}", 1, 9, ">", "write (gt a b)"),
    ("{{#if a<b}}{{/if}}", 1, 8, "<", "write (lt a b)"),
    ("{{#if a && b}}{{/if}}", 1, 9, "&", "write (and a b)"),
    ("{{#if a || b}}{{/if}}", 1, 9, "|", "write (or a b)"),
    ("{{#if !a}}{{/if}}", 1, 7, "!", "write (not a)"),
    ("{{x | upper}}", 1, 5, "|", "{{upper x}}"),
    ("{{x + y}}", 1, 5, "+", "{{a}}{{b}}"),
    ("{{upper(x)}}", 1, 8, "(", "put a space before '('"),
    ("{{xs[0]}}", 1, 5, "[", "write '.['"),
    ("a\0b", 1, 2, "\0", "NUL"),
    ("a\n{{x}}\0", 2, 6, "\0", "NUL"),
    ("a\r\nb\rc\n {{x", 4, 2, "{{", "never closed"),
    ("a\u2028b\u0085{{x", 1, 5, "{{", "never closed"),
)


@pytest.mark.parametrize(("source", "line", "column", "about", "message"), BROKEN)
def test_syntax_error_has_its_place(source: str, line: int, column: int, about: str, message: str) -> None:
    with pytest.raises(HandlebarsSyntaxError) as raised:
        parse(source, name="a/b")
    error = raised.value
    assert (error.span.line, error.span.column) == (line, column)
    assert source[error.span.offset : error.span.end] == about
    assert message in error.message
    assert error.name == "a/b"
    assert str(error) == f"a/b, line {line}, column {column}: {error.message}"


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("{{#a}}" * 4 + "{{/a}}" * 4, 19),
        ("{{#a}}{{#b (c (d (e)))}}{{/b}}{{/a}}", 18),
        ("{{x (a (b (c (d))))}}", 14),
        ("{{#> a}}{{#*inline 'b'}}{{^c}}{{#d}}{{/d}}{{/c}}{{/inline}}{{/a}}", 31),
    ],
)
def test_the_limit_of_depth_counts_blocks_and_parentheses(source: str, column: int) -> None:
    with pytest.raises(HandlebarsSyntaxError, match="nested deeper than 3") as raised:
        parse(source, limits=Limits(depth=3))
    assert raised.value.span.column == column
    parse(source, limits=Limits(depth=4))


@pytest.mark.parametrize(
    "source",
    [
        "{{#a}}{{/a}}" * 9,
        "{{x (a) (b) (c) (d)}}",
        "{{#a}}{{else b}}{{else c}}{{else d}}{{else e}}{{/a}}",
        "{{{{a}}}}" * 1,
    ],
)
def test_adjacent_blocks_are_not_nested(source: str) -> None:
    closed = source + "{{{{/a}}}}" if source.startswith("{{{{") else source
    parse(closed, limits=Limits(depth=1))
