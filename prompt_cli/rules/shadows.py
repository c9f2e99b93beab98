"""PC3: names that hide others."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from prompt_cli.domain.declared import spec_at
from prompt_cli.domain.findings import Severity
from prompt_cli.domain.template import NOT_DECLARED
from prompt_cli.handlebars import BlockStatement
from prompt_cli.rules.rule import Match, Rule, prompt_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prompt_cli.handlebars import Node, Program
    from prompt_cli.rules.subject import Subject

_WORD = re.compile(r"[^\s|]+")


def _hidden_by_parameters(subject: Subject) -> Iterator[Match]:
    specs = subject.prompt.variables if subject.prompt else {}
    for path, template in subject.resolved.templates.items() if specs else ():
        for name, span, around in _named(subject.programs[path]) if template.names_params else ():
            if name in specs or around:
                what = "variable" if name in specs else "block parameter"
                message = f"the block parameter {name!r} hides the {what} of that name"
                yield Match(message, path, "give it another name", span)


def _named(programs: Iterable[tuple[Program, Node, bool]]) -> Iterator[tuple[str, tuple[int, int], bool]]:
    """Yield the block parameters of a template with their places, and whether one of that name is around them."""
    outer: Counter[str] = Counter()
    for program, _, entered in programs:
        if not entered:
            outer.subtract(program.block_params)
            continue
        outer.update(program.block_params)
        for block in program.body:
            if isinstance(block, BlockStatement):
                yield from [(name, span, outer[name] > 0) for name, span in _parameters(block)]


def _parameters(block: BlockStatement) -> list[tuple[str, tuple[int, int]]]:
    """Return the names after `as` with their places."""
    text = block.origin.text
    last = text.rfind("|", block.offset, block.open_end)
    first = text.rfind("|", block.offset, max(last, block.offset))
    named = any(one and one.block_params for one in (block.program, block.inverse))
    return [(match[0], match.span()) for match in _WORD.finditer(text, first, last)] if named and first >= 0 else []


def _hidden_by_properties(subject: Subject) -> Iterator[Match]:
    specs = subject.prompt.variables if subject.prompt else {}
    for path, references in subject.references.items():
        for one in references:
            inner = one.template == subject.id and one.scope not in NOT_DECLARED and len(one.path) > 1
            # `this.name` and `../name` say which is meant.
            if inner and one.written in specs and one.path[-1] == one.written and spec_at(specs, one.path):
                hint = f"write {{{{this.{one.written}}}}}, or {{{{@root.{one.written}}}}} for the variable"
                message = f"here {one.written!r} is a property, though a variable goes by that name too"
                yield Match(message, path, hint, (one.span.offset, one.span.end))


_LIST = "  %s: {type: array, items: {type: object, properties: {name: {type: string}}}}\n"
_FRIENDS = "variables:\n  name: {type: string}\n" + _LIST % "friends"
_TEMPLATE = "template: Hello {{name}}{{#each friends%s}}, {{%s}}{{/each}}!\n"

SHADOW_RULES = (
    Rule(
        "PC305",
        "shadowed-name",
        "A block parameter of the same name makes a variable, or one around it, unreachable in the block: whoever "
        "reads the template, or edits it next, takes one for the other.",
        prompt_file(_FRIENDS + _TEMPLATE % (" as |name|", "name.name")),
        prompt_file(_FRIENDS + _TEMPLATE % (" as |friend|", "friend.name")),
        _hidden_by_parameters,
        Severity.WARNING,
    ),
)

AMBIGUITY_RULES = (
    Rule(
        "PC308",
        "ambiguous-name",
        "Inside a block a plain name is the item's property, though a variable goes by the same name; with this. or "
        "../ before it everybody sees which is meant.",
        prompt_file(_FRIENDS + _TEMPLATE % ("", "name")),
        prompt_file(_FRIENDS + _TEMPLATE % ("", "this.name")),
        _hidden_by_properties,
        Severity.INFO,
    ),
)
