"""PC3: variables, compared with the values that templates read."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.binding import default_problems
from prompt_cli.domain.finding import Severity
from prompt_cli.domain.ids import near_names
from prompt_cli.domain.json_values import with_article
from prompt_cli.domain.template import NOT_DECLARED
from prompt_cli.domain.variables import INPUT_TYPES, ITEM, format_names, spec_at, undeclared_path
from prompt_cli.handlebars import BlockStatement, Comparison
from prompt_cli.handlebars.value_types import ORDERED, TABLE
from prompt_cli.rules.rule import Match, Rule, prompt_file

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.handlebars import Mismatch, Reference
    from prompt_cli.problems import DataPath
    from prompt_cli.rules.subject import Subject, Visit

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
            missing = () if one.scope in NOT_DECLARED else undeclared_path(specs, one.path)
            if missing and one.template == own:
                hint = _outer_hint(one) or _declaration_hint(missing, specs if hints > 0 else {})
                hints -= 1
                yield Match(f"{format_names(missing)!r} is not declared", path, hint, one.span.bounds)
            elif missing and not one.guarded:  # a partial may test, or have a default for, any name
                place = subject.inclusion_of(path, one.template)
                key = (place, missing)
                if place is not None and key not in reported:
                    reported.add(key)
                    message = (
                        f"the partial {one.template!r} reads {format_names(missing)!r}, which is not declared here"
                    )
                    hint = _outer_hint(one, "in the partial, ") or _partial_hint(missing, specs)
                    yield Match(message, path, hint, place.bounds)


def _outer_hint(one: Reference | Mismatch, where: str = "") -> str:
    """Say how to reach the value of a context around, if that declares the name."""
    outer = f"{{{{{one.outer}}}}}" if one.role == "print" else one.outer
    return f"{where}write {outer}" if one.outer else ""


def _declaration_hint(missing: tuple[str, ...], specs: Mapping[str, VariableSpec]) -> str:
    if len(missing) > 1:
        return f"declare it under the properties of {format_names(missing[:-1])!r}"
    if missing[0].startswith("$"):
        return f"write {{{{{missing[0][1:]}}}}}: names with $ are Semantic Kernel's"
    near = near_names(missing[0], islice(specs, _MAX_VARIABLES), most=1)
    return f"did you mean {near[0]!r}?" if near else "declare it under 'variables'"


def _partial_hint(missing: tuple[str, ...], specs: Mapping[str, VariableSpec]) -> str:
    name = missing[-1]
    if len(missing) > 1:
        return _pass_hint(name) if name in specs else _declaration_hint(missing, specs)
    return f"declare it under 'variables', or pass it: {{{{> ... {missing[0]}=...}}}}"


def _find_unused(subject: Subject) -> Iterator[Match]:
    if subject.prompt is None or subject.renderable is None or subject.analysis.errors:
        return  # a template that cannot be analysed may read any variable
    if not subject.resolved.is_handlebars:
        return  # the same is true of another language
    reads = [one for references in subject.references.values() for one in references]
    if any(map(_reads_all, reads)):
        return
    names = {one.path[0] for one in reads if one.path}
    if subject.prompt.chat_template is not None:
        names |= {one.name for one in subject.prompt.chat_template.placements}
    slips = {_first_name(one): one for one in reads if one.path[:1] != (_first_name(one),)}
    for name in subject.prompt.variables:
        slip = slips.get(name)
        if name in names or (slip and _is_reported(slip, subject)):
            continue
        hint = _slip_hint(slip, name, subject) if slip else ""
        hint = hint or _cut_hint(name, subject) or "remove it, or use it in the template"
        yield Match(f"variable {name!r} is never used", ("variables", name), hint, key=True)


def _cut_hint(name: str, subject: Subject) -> str:
    """Return advice if a comment of YAML holds the tag that uses a variable."""
    for comment in subject.comments_with_tags:
        if re.search(rf"\{{\{{[^{{}}]*\b{re.escape(name)}\b", comment.text):
            return f"it is used in the comment of line {comment.line}: put that text in quotes"
    return ""


def _first_name(one: Reference) -> str:
    """Return the first name of a path that begins in its own context; of another path its sign."""
    return re.sub(r"^(?:this)?[./]+", "", one.written).partition(".")[0] if one.written[:2] != ".." else ".."


def _slip_hint(one: Reference, name: str, subject: Subject) -> str:
    """Say how to reach a variable where a template reads its name of an item or another context."""
    if one.outer or one.template == subject.id:
        return _outer_hint(one)
    return _pass_hint(name)


def _pass_hint(name: str) -> str:
    return f"pass it: {{{{> ... {name}=@root.{name}}}}}"


def _reads_all(one: Reference) -> bool:
    """Return whether a reference reads all variables by value: `{{json this}}`, `{{#each @root}}`."""
    is_value = one.role in {"iterate", "print", "section"} or (one.role == "argument" and one.helper is not None)
    return is_value and one.path in {(), (ITEM,)} and one.scope not in NOT_DECLARED


def _is_reported(one: Reference, subject: Subject) -> bool:
    """Return whether another rule reports that the context lacks a name."""
    specs = subject.prompt.variables if subject.prompt else {}
    mismatches = (wrong.span for each in subject.analysis.templates.values() for wrong in each.mismatches if wrong.key)
    is_missing = bool(undeclared_path(specs, one.path)) and (one.template == subject.id or not one.guarded)
    return one.scope not in NOT_DECLARED and (is_missing or one.span in mismatches)


def _find_invalid_defaults(subject: Subject) -> Iterator[Match]:
    for path, problem in default_problems([*subject.specs, *subject.answer_specs]):
        reason = "invalid default" if problem.path[0] == "default" else "no value can be this one"
        yield Match(f"{reason}: {problem.message}", (*path, *problem.path), problem.help)


def _find_unguarded(subject: Subject) -> Iterator[Match]:
    if subject.prompt is None or not any(_may_be_missing(spec) for _, spec in subject.specs):
        return
    for path, references in subject.references.items():
        reported: set[tuple[object, ...]] = set()
        for one in references:
            # A partial does not get an argument that has no value.
            is_passed = one.role == "argument" and one.helper is None
            if one.guarded or is_passed or one.scope in NOT_DECLARED:
                continue
            for end in range(one.tested + 1, len(one.path) + 1):  # an enclosing `if` tested the segments before
                name = one.path[:end]
                spec = spec_at(subject.prompt.variables, name)
                if spec is None or not _may_be_missing(spec):
                    continue
                place = _place_of(subject, path, one)
                key = (place, name)
                if place and (one.template == subject.id or key not in reported):
                    reported.add(key)
                    message = f"{place.prefix}{format_names(name)!r} is optional and may be missing here"
                    hint = f"guard it with {{{{#if {name[-1]}}}}}, or add a default"
                    yield Match(message, path, hint, place.span)


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


def _block_parameters(visits: Iterable[Visit]) -> Iterator[tuple[str, tuple[int, int], bool]]:
    """Yield the block parameters of a template with their spans, and whether an enclosing block has the name too."""
    outer: Counter[str] = Counter()
    for program, _, is_entry in visits:
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


class _Place(NamedTuple):
    """A place in a prompt's own template; `prefix` names the partial that is included there, for messages."""

    span: tuple[int, int]
    prefix: str


def _place_of(subject: Subject, path: DataPath, one: Reference | Mismatch | Comparison) -> _Place | None:
    """Return the place of a use of a value in a prompt's template, or of the partial with that use."""
    if one.template == subject.id:
        span = one.right.span if isinstance(one, Comparison) else one.span
        return _Place((span.offset, span.end), "")
    place = subject.inclusion_of(path, one.template)
    return _Place((place.offset, place.end), f"in the partial {one.template!r}, ") if place else None


def _mismatches(subject: Subject, is_wanted: Callable[[Mismatch], bool]) -> Iterator[tuple[DataPath, Mismatch, _Place]]:
    """Yield the values of wrong types; those in a partial once an inclusion."""
    for path, analysis in subject.analysis.templates.items():
        reported: set[tuple[object, ...]] = set()
        for one in filter(is_wanted, analysis.mismatches):
            if (place := _place_of(subject, path, one)) is not None:
                key = (one.template, one.path, one.role, one.key, place.span)
                if one.template == subject.id or key not in reported:
                    reported.add(key)
                    yield path, one, place


def _find_each_over_scalar(subject: Subject) -> Iterator[Match]:
    for path, one, place in _mismatches(subject, lambda one: one.role == "iterate" and one.key is None):
        message = f"{place.prefix}{{{{#each}}}} iterates over {one.written!r}, which is {_kinds(one.types)}"
        yield Match(message, path, "declare it as an array, or use {{#if}}", place.span)


def _find_printed_objects(subject: Subject) -> Iterator[Match]:
    for path, one, place in _mismatches(subject, lambda one: one.role == "print" and one.key is None):
        message = f"{place.prefix}{one.written!r} is {_kinds(one.types)}, which has no text of its own"
        hint = f"print its properties, iterate over it with {{{{#each}}}}, or write {{{{json {one.written}}}}}"
        yield Match(message, path, _place_hint(subject, one) or hint, place.span)


def _place_hint(subject: Subject, one: Mismatch) -> str:
    """Return where an image, a file or messages belong; empty for other values."""
    spec = spec_at(subject.prompt.variables, one.path) if subject.prompt else None
    if spec is None or spec.type not in INPUT_TYPES:
        return ""
    return f"place it in messages: {{{'history' if spec.type == 'messages' else spec.type}: {one.path[-1]}}}"


def _find_wrong_types(subject: Subject) -> Iterator[Match]:
    def is_wanted(one: Mismatch) -> bool:
        # A partial may test any name.
        is_tested = one.guarded and one.template != subject.id
        return one.role not in {"iterate", "print"} if one.key is None else not is_tested

    for path, one, place in _mismatches(subject, is_wanted):
        if one.key is None:
            message = f"{place.prefix}{one.taker} takes {one.takes.name}, and {one.written!r} is {_kinds(one.types)}"
            hint = _type_hint(one)
        else:
            message = f"{place.prefix}{format_names(one.path)!r} is {_kinds(one.types)} and has no {one.key!r}"
            hint = _key_hint(one)
        yield Match(message, path, hint, place.span)
    for path, analysis in subject.analysis.templates.items():
        for comparison in analysis.comparisons:
            at = _place_of(subject, path, comparison) if _mixes_types(comparison) else None
            if at is not None:
                left, right = _kinds(comparison.left.types), _kinds(comparison.right.types)
                message = f"{at.prefix}{comparison.helper} compares {left} with {right}"
                yield Match(message, path, "compare numbers with numbers, and strings with strings", at.span)


def _mixes_types(one: Comparison) -> bool:
    """Return whether a comparison always fails since one side is a number and the other a string."""
    return one.is_strict and not (
        one.can_hold or any(side.types.isdisjoint(ORDERED.types) for side in (one.left, one.right))
    )


def _key_hint(one: Mismatch) -> str:
    name = format_names(one.path)
    if one.path[-1] == one.key:
        return f"write {{{{this}}}}, or {{{{#if {one.key}}}}} in place of {{{{#{one.key}}}}}"
    if one.types <= {"array", TABLE}:
        return _outer_hint(one) or f"iterate over it with {{{{#each {name}}}}}, or read an item: {name}.[0]"
    return _outer_hint(one) or f"declare {name!r} as an object, or read it without {one.key!r}"


def _type_hint(one: Mismatch) -> str:
    if one.types <= {"object", TABLE} and "string" in one.takes.types:
        return f"make a string of it: (json {one.written})"
    if one.types == {TABLE}:
        return f"iterate over it with {{{{#each {one.written}}}}}, or write {{{{json {one.written}}}}}"
    if not one.path:
        return ""
    kind = one.takes.declared
    return f"declare {format_names(one.path)!r} as {with_article(kind)}" if kind else ""


def _kinds(types: Collection[str]) -> str:
    """Name the types of a value: "an integer or a string"."""
    names = set(types)
    if {"integer", "number"} <= names:
        names.remove("integer")
    return " or ".join("a list that holds objects" if one == TABLE else with_article(one) for one in sorted(names))


def _find_ambiguous_names(subject: Subject) -> Iterator[Match]:
    specs = subject.prompt.variables if subject.prompt else {}
    for path, references in subject.references.items():
        for one in references:
            is_property = one.template == subject.id and one.scope not in NOT_DECLARED and len(one.path) > 1
            # `this.name` and `../name` are not ambiguous.
            if is_property and one.written in specs and one.path[-1] == one.written and spec_at(specs, one.path):
                hint = f"write {{{{this.{one.written}}}}}, or {{{{@root.{one.written}}}}} for the variable"
                message = f"here {one.written!r} is a property of the item; a variable has the same name"
                yield Match(message, path, hint, one.span.bounds)


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
    Rule(
        "PC309",
        "wrong-type",
        "A helper or property access with a value of the wrong type fails for every caller.",
        prompt_file("variables: {names: {type: string}}\ntemplate: 'Hello {{join names}}!'\n"),
        prompt_file("variables: {names: {type: array}}\ntemplate: 'Hello {{join names}}!'\n"),
        _find_wrong_types,
    ),
)
