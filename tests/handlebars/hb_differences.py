"""Intended differences from handlebars.js, with reasons and examples. The tests allow no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.handlebars import (
    BlockStatement,
    ContentStatement,
    HandlebarsError,
    MustacheStatement,
    PartialBlockStatement,
    PartialStatement,
    Program,
    parse,
    walk,
)
from tests.handlebars.hb_case import ERROR, Case

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.handlebars.hb_oracle import Answer


class Difference(NamedTuple):
    """One reason to differ.

    Attributes:
        name: What is different.
        reason: Why.
        explains: Whether it explains that ours is not what handlebars.js answers for a case.
        examples: Cases with what we render.
    """

    name: str
    reason: str
    explains: Callable[[Case, str | None, Answer], bool]
    examples: tuple[Case, ...]


def explained(case: Case, ours: str | None, theirs: Answer) -> bool:
    """Whether one of the differences explains this one."""
    return any(difference.explains(case, ours, theirs) for difference in DIFFERENCES)


def _four_braces(_case: Case, _ours: str | None, theirs: Answer) -> bool:
    return theirs.output is None and theirs.error.endswith("got 'CLOSE_RAW_BLOCK'")


def _large_integer(case: Case, ours: str | None, theirs: Answer) -> bool:
    return ours != theirs.output and any(_holds(value, _is_large) for value in (case.context, case.data, case.template))


def _integer_keys(case: Case, _ours: str | None, _theirs: Answer) -> bool:
    return _holds(case.context, lambda value: isinstance(value, dict) and any(str(key).isdigit() for key in value))


def _astral(case: Case, _ours: str | None, _theirs: Answer) -> bool:
    counts = "length" in case.template or "[" in case.template
    return counts and _holds(case.context, lambda value: isinstance(value, str) and max(value, default="") > "\uffff")


def _added_numbers(case: Case, ours: str | None, theirs: Answer) -> bool:
    """Values that are not escaped stand side by side where a program begins: numbers among them are added."""
    if ours is None or theirs.output is None:
        return False
    return any(_may_add(source, case.escape) for source in (case.template, *case.partials.values()))


def _may_add(source: str, escape: bool) -> bool:  # noqa: FBT001 - the option it stands for
    try:
        template = parse(source)
    except HandlebarsError:
        return False
    return any(_begins_with_values(node, escape) for node in walk(template) if isinstance(node, Program))


def _begins_with_values(program: Program, escape: bool) -> bool:  # noqa: FBT001 - the option it stands for
    values = 0
    for statement in program.body:
        if isinstance(statement, MustacheStatement):
            if escape and statement.escaped:
                break
            values += 1
        elif isinstance(statement, BlockStatement):
            values += 1
        elif isinstance(statement, PartialStatement | PartialBlockStatement) or (
            isinstance(statement, ContentStatement) and statement.value
        ):
            break
    return values > 1


def _inherited(case: Case, _ours: str | None, theirs: Answer) -> bool:
    """Whether a name is met that every object of JavaScript has, beside its own keys."""
    sources = (case.template, *case.partials.values())
    if theirs.output is None:
        printed = theirs.error == "Cannot convert object to primitive value"
        keys = _holds(case.context, lambda value: isinstance(value, dict) and not _CONVERSIONS.isdisjoint(value))
        return printed and (keys or any(f"{name}=" in source for name in _CONVERSIONS for source in sources))
    return any("__proto__=" in source for source in sources)


_CONVERSIONS = frozenset(("toString", "valueOf"))


def _functions(case: Case, _ours: str | None, _theirs: Answer) -> bool:
    sources = (case.template, *case.partials.values())
    return any("{{*" in source or "{{@partial-block" in source for source in sources)


def _holds(value: object, test: Callable[[object], bool]) -> bool:
    if test(value):
        return True
    if isinstance(value, dict):
        return any(_holds(item, test) for item in value.values())
    return isinstance(value, list) and any(_holds(item, test) for item in value)


def _is_large(value: object) -> bool:
    if isinstance(value, str):
        return any(word.isdigit() and int(word) > _SAFE for word in value.replace("}", " ").replace("{", " ").split())
    return isinstance(value, int) and abs(value) > _SAFE


_SAFE = 2**53

DIFFERENCES = (
    Difference(
        "`}}}}` after a value",
        "JSON around a mustache ends like this; handlebars.js takes it for the end of a raw block's tag and fails",
        _four_braces,
        (
            Case('{"a": {"b": {{x}}}}', {"x": 1}, '{"a": {"b": 1}}'),
            Case("{{x}}}}", {"x": 1}, "1}}"),
            Case("{{x}}}}}", {"x": 1}, "1}}}"),
            Case("{{{x}}}}", {"x": 1}, "1}"),
            Case("{{{x}}}}}", {"x": 1}, "1}}"),
            Case("\\{{{{x}}}}", {"x": 1}, "{{1}}"),
            Case("{{#if x}}{{x}}{{/if}}}}", {"x": 1}, "1}}"),
            Case("{{#if x}}}}{{/if}}", {"x": 1}, "}}"),
            Case("{{lookup . 'x'}}}}", {"x": 1}, "1}}"),
        ),
    ),
    Difference(
        "integers are exact",
        "a number in JavaScript has 53 bits: 9007199254740993 becomes 9007199254740992",
        _large_integer,
        (
            Case("{{x}}", {"x": 9007199254740993}, "9007199254740993"),
            Case("{{x}}", {"x": [-(10**25)]}, "-10000000000000000000000000"),
            Case("{{lookup . 9007199254740993}}", {"9007199254740993": "x"}, "x"),
        ),
    ),
    Difference(
        "keys keep their order",
        "an object in JavaScript has keys that are integers first, in numerical order",
        _integer_keys,
        (
            Case("{{#each o}}{{@key}} {{/each}}", {"o": {"b": 1, "2": 1, "1": 1}}, "b 2 1 "),
            Case(
                "{{#each o}}{{@first}}{{@last}} {{/each}}{{#each o}}{{this}}{{/each}}",
                {"o": {"x": 1, "0": 2}},
                "truefalse falsetrue 12",
            ),
        ),
    ),
    Difference(
        "lengths are in characters",
        "a character beyond U+FFFF counts for two in JavaScript, and its halves can be read",
        _astral,
        (
            Case("{{x.length}}", {"x": "a😀"}, "2"),
            Case("{{x.[1]}}", {"x": "a😀"}, "😀"),
            Case("{{x.[2]}}", {"x": "a😀b"}, "b"),
        ),
    ),
    Difference(
        "adjacent numbers are not added",
        "where nothing is escaped, handlebars.js generates `1 + 2` from {{a}}{{b}} at the start of a program",
        _added_numbers,
        (
            Case("{{a}}{{b}}", {"a": 1, "b": 2}, "12", escape=False),
            Case("{{{a}}}{{{b}}}", {"a": 1, "b": 2}, "12"),
            Case("{{{a}}}{{{a}}}|", {"a": True}, "truetrue|"),
            Case("{{#if a}}{{{a}}}{{/if}}{{{b}}}", {"a": 1, "b": 2}, "12"),
        ),
    ),
    Difference(
        "keys are data alone",
        "every object of JavaScript inherits `constructor`, `toString` ...: a key `toString` breaks printing the object, "
        "and `__proto__=` sets what is inherited",
        _inherited,
        (
            Case("{{this}}", {"toString": 1}, "[object Object]"),
            Case("{{#with (object __proto__=1)}}{{lookup this '__proto__'}}{{/with}}", {}, "1", helpers=("object",)),
        ),
    ),
    Difference(
        "what needs functions",
        "decorators are JavaScript functions, and so is the block of a partial read as a value",
        _functions,
        (
            Case('{{* inline "p"}}', {}, ERROR),
            Case("{{#> p}}x{{/p}}", {}, "[]", partials={"p": "[{{@partial-block}}]"}),
        ),
    ),
)
