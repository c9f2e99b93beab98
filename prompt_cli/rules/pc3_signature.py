"""PC3: variables, compared with the values that templates read."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.binding import misfits
from prompt_cli.domain.finding import Severity
from prompt_cli.domain.ids import near_names
from prompt_cli.domain.json_values import with_article
from prompt_cli.domain.template import NOT_DECLARED
from prompt_cli.domain.variables import first_missing, spec_at, written
from prompt_cli.handlebars import BlockStatement
from prompt_cli.rules.rule import Match, Rule, prompt_file
from prompt_cli.rules.subject import inclusion_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.errors import DataPath
    from prompt_cli.handlebars import Node, Program, Reference
    from prompt_cli.handlebars.analysis import Role
    from prompt_cli.rules.subject import Subject

# Bounds on the search for near names: names that get a hint, and variables compared with each.
_MAX_HINTS = 20
_MAX_VARIABLES = 100


def _find_undeclared(subject: Subject) -> Iterator[Match]:
    if subject.prompt is None:
        return
    specs, own = subject.prompt.variables, subject.prompt.id
    hints = _MAX_HINTS
    for path, references in subject.references.items():
        reported: set[tuple[object, ...]] = set()
        for one in references:
            missing = () if one.scope in NOT_DECLARED else first_missing(specs, one.path)
            if missing and one.template == own:
                hint = _declaration_hint(missing, specs if hints > 0 else {})
                hints -= 1
                yield Match(f"{written(missing)!r} is not declared", path, hint, (one.span.offset, one.span.end))
            elif missing and not one.guarded:  # a partial may test, or have a default for, any name
                place = inclusion_of(subject.resolved, path, one.template)
                key = (place, missing)
                if place is not None and key not in reported:
                    reported.add(key)
                    message = f"the partial {one.template!r} reads {written(missing)!r}, which is not declared here"
                    yield Match(message, path, _partial_hint(missing, specs), (place.offset, place.end))


def _declaration_hint(missing: tuple[str, ...], specs: Mapping[str, VariableSpec]) -> str:
    if len(missing) > 1:
        return f"declare it under the properties of {written(missing[:-1])!r}"
    near = near_names(missing[0], islice(specs, _MAX_VARIABLES), most=1)
    return f"did you mean {near[0]!r}?" if near else "declare it under 'variables'"


def _partial_hint(missing: tuple[str, ...], specs: Mapping[str, VariableSpec]) -> str:
    if len(missing) > 1:
        return _declaration_hint(missing, specs)
    return f"declare it under 'variables', or pass it: {{{{> ... {missing[0]}=...}}}}"


def _find_unused(subject: Subject) -> Iterator[Match]:
    if subject.prompt is None or subject.renderable is None or subject.analysis.errors:
        return  # a template that cannot be analysed may read any variable
    if not subject.resolved.is_handlebars:
        return  # the same is true of another language
    names = {one.path[0] for references in subject.references.values() for one in references if one.path}
    for name in subject.prompt.variables:
        if name not in names:
            hint = "remove it, or use it in the template"
            yield Match(f"variable {name!r} is never used", ("variables", name), hint, key=True)


def _find_invalid_defaults(subject: Subject) -> Iterator[Match]:
    for path, problem in misfits(subject.specs):
        reason = "invalid default" if problem.path[0] == "default" else "no value can be this one"
        yield Match(f"{reason}: {problem.message}", (*path, *problem.path), problem.help)


def _find_unguarded(subject: Subject) -> Iterator[Match]:
    if subject.prompt is None or not any(_may_be_missing(spec) for _, spec in subject.specs):
        return
    for path, references in subject.references.items():
        for one in references:
            if one.guarded or one.template != subject.prompt.id or one.scope in NOT_DECLARED:
                continue
            for end in range(one.tested + 1, len(one.path) + 1):  # an enclosing `if` tested the segments before
                name = one.path[:end]
                spec = spec_at(subject.prompt.variables, name)
                if spec is not None and _may_be_missing(spec):
                    message = f"{written(name)!r} is optional and may be missing here"
                    hint = f"guard it with {{{{#if {name[-1]}}}}}, or add a default"
                    yield Match(message, path, hint, (one.span.offset, one.span.end))


def _may_be_missing(spec: VariableSpec) -> bool:
    return not spec.required and not spec.has_default


_BLOCK_PARAMETER = re.compile(r"[^\s|]+")


def _find_shadowing_parameters(subject: Subject) -> Iterator[Match]:
    specs = subject.prompt.variables if subject.prompt else {}
    for path, template in subject.resolved.templates.items() if specs else ():
        for name, span, is_nested in _block_parameters(subject.programs[path]) if template.names_params else ():
            if name in specs or is_nested:
                kind = "variable" if name in specs else "block parameter"
                message = f"the block parameter {name!r} hides the {kind} of that name"
                yield Match(message, path, "rename it", span)


def _block_parameters(programs: Iterable[tuple[Program, Node, bool]]) -> Iterator[tuple[str, tuple[int, int], bool]]:
    """Yield the block parameters of a template with their spans, and whether an enclosing block has the name too."""
    outer: Counter[str] = Counter()
    for program, _, is_entry in programs:
        if not is_entry:
            outer.subtract(program.block_params)
            continue
        outer.update(program.block_params)
        for block in program.body:
            if isinstance(block, BlockStatement):
                yield from [(name, span, outer[name] > 0) for name, span in _parameters_of(block)]


def _parameters_of(block: BlockStatement) -> list[tuple[str, tuple[int, int]]]:
    """Return the names after `as` with their spans."""
    text = block.origin.text
    end = text.rfind("|", block.offset, block.open_end)
    start = text.rfind("|", block.offset, max(end, block.offset))
    if start < 0 or not any(one and one.block_params for one in (block.program, block.inverse)):
        return []
    return [(match[0], match.span()) for match in _BLOCK_PARAMETER.finditer(text, start, end)]


class _Use(NamedTuple):
    """A use of a declared value in a template; `prefix` names the partial that reads it, for messages."""

    reference: Reference
    spec: VariableSpec
    path: DataPath
    span: tuple[int, int]
    prefix: str


def _uses(subject: Subject, role: Role, is_wrong: Callable[[VariableSpec], bool]) -> Iterator[_Use]:
    """Yield the uses of wrong values in a role; those in a partial once an inclusion."""
    specs = subject.prompt.variables if subject.prompt else {}
    for path, references in subject.references.items():
        reported: set[tuple[object, ...]] = set()
        for one in references:
            spec = None if one.role != role or one.scope in NOT_DECLARED else spec_at(specs, one.path)
            if spec is None or not is_wrong(spec):
                continue
            if one.template == subject.id:
                yield _Use(one, spec, path, (one.span.offset, one.span.end), "")
            elif (place := inclusion_of(subject.resolved, path, one.template)) is not None:
                key = (one.template, one.path, one.role, place.offset)
                if key not in reported:
                    reported.add(key)
                    yield _Use(one, spec, path, (place.offset, place.end), f"in the partial {one.template!r}, ")


def _find_each_over_scalar(subject: Subject) -> Iterator[Match]:
    for use in _uses(subject, "iterate", lambda spec: spec.type not in {"array", "object"}):
        kind = with_article(use.spec.type)
        message = f"{use.prefix}{{{{#each}}}} iterates over {use.reference.written!r}, which is {kind}"
        yield Match(message, use.path, "declare it as an array, or use {{#if}}", use.span)


def _find_printed_objects(subject: Subject) -> Iterator[Match]:
    for use in _uses(subject, "print", _holds_object):
        kind = "an object" if use.spec.type == "object" else "a list that holds objects"
        message = f"{use.prefix}{use.reference.written!r} is {kind}, which has no text of its own"
        hint = "print its properties, go through it with {{#each}}, or write {{json " + use.reference.written + "}}"
        yield Match(message, use.path, hint, use.span)


def _holds_object(spec: VariableSpec) -> bool:
    inner = spec
    while inner.type == "array" and inner.items is not None:
        inner = inner.items
    return inner.type == "object"


def _find_ambiguous_names(subject: Subject) -> Iterator[Match]:
    specs = subject.prompt.variables if subject.prompt else {}
    for path, references in subject.references.items():
        for one in references:
            is_property = one.template == subject.id and one.scope not in NOT_DECLARED and len(one.path) > 1
            # `this.name` and `../name` are not ambiguous.
            if is_property and one.written in specs and one.path[-1] == one.written and spec_at(specs, one.path):
                hint = f"write {{{{this.{one.written}}}}}, or {{{{@root.{one.written}}}}} for the variable"
                message = f"here {one.written!r} is a property of the item; a variable has the same name"
                yield Match(message, path, hint, (one.span.offset, one.span.end))


_GOOD = prompt_file("variables: {name: {type: string}}\ntemplate: Hello {{name}}!\n")
_FRIENDS = (
    "variables:\n  name: {type: string}\n"
    "  friends: {type: array, items: {type: object, properties: {name: {type: string}}}}\n"
)
_EACH_FRIEND = _FRIENDS + "template: Hello {{name}}{{#each friends%s}}, {{%s}}{{/each}}!\n"
_LIST = "variables: {names: {type: %s}}\ntemplate: Hello{{#each names}} {{this}}{{/each}}!\n"
_OBJECT = "variables: {user: {type: object, properties: {name: {type: string}}}}\ntemplate: Hello {{%s}}!\n"

SIGNATURE_RULES = (
    Rule(
        "PC301",
        "undeclared-variable",
        "Callers can't know to pass a variable that isn't declared.",
        prompt_file("variables: {name: {type: string}}\ntemplate: Hello {{nmae}} and {{name}}!\n"),
        _GOOD,
        _find_undeclared,
    ),
    Rule(
        "PC302",
        "unused-variable",
        "Callers must pass an unused variable for nothing. It is usually a leftover or a typo.",
        prompt_file("variables: {name: {type: string}, tone: {type: string}}\ntemplate: Hello {{name}}!\n"),
        _GOOD,
        _find_unused,
    ),
    Rule(
        "PC303",
        "invalid-default",
        "A default that its own variable rejects breaks every caller who relies on it.",
        prompt_file("variables: {name: {type: string, default: 5}}\ntemplate: Hello {{name}}!\n"),
        prompt_file("variables: {name: {type: string, default: all}}\ntemplate: Hello {{name}}!\n"),
        _find_invalid_defaults,
    ),
    Rule(
        "PC304",
        "optional-without-guard",
        "Rendering fails when an optional variable without a default is left out. Guard it with `{{#if name}}`.",
        prompt_file("variables: {name: {type: string, required: false}}\ntemplate: Hello {{name}}!\n"),
        prompt_file(
            "variables: {name: {type: string, required: false}}\ntemplate: Hello{{#if name}} {{name}}{{/if}}!\n"
        ),
        _find_unguarded,
    ),
    Rule(
        "PC305",
        "shadowed-name",
        "A block parameter hides the variable of the same name inside the block, and readers confuse the two.",
        prompt_file(_EACH_FRIEND % (" as |name|", "name.name")),
        prompt_file(_EACH_FRIEND % (" as |friend|", "friend.name")),
        _find_shadowing_parameters,
        Severity.WARNING,
    ),
    Rule(
        "PC306",
        "each-over-scalar",
        "{{#each}} over anything but a list or an object renders nothing.",
        prompt_file(_LIST % "string"),
        prompt_file(_LIST % "array"),
        _find_each_over_scalar,
    ),
    Rule(
        "PC307",
        "object-printed",
        "Printing an object fails at render time, because an object has no text form.",
        prompt_file(_OBJECT % "user"),
        prompt_file(_OBJECT % "user.name"),
        _find_printed_objects,
    ),
    Rule(
        "PC308",
        "ambiguous-name",
        "Inside a block, a plain name is a property of the item and hides the variable of the same name. Write "
        "`this.` or `../` to say which is meant.",
        prompt_file(_EACH_FRIEND % ("", "name")),
        prompt_file(_EACH_FRIEND % ("", "this.name")),
        _find_ambiguous_names,
        Severity.INFO,
    ),
)
