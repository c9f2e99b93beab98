"""PC3: variables, compared with the values that templates read."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from prompt_cli.domain.binding import default_problems
from prompt_cli.domain.finding import Severity
from prompt_cli.domain.ids import suggest
from prompt_cli.domain.json_values import INPUT_TYPES, with_article
from prompt_cli.domain.template import NOT_DECLARED
from prompt_cli.domain.variables import ITEM, VariableSpec, format_names, spec_at, undeclared_path
from prompt_cli.handlebars import BlockStatement
from prompt_cli.handlebars.helpers import ORDERED, TABLE
from prompt_cli.handlebars.uses import Comparison, Mismatch, Reference
from prompt_cli.problems import DataPath
from prompt_cli.rules.rule import Match, Rule, Subject, Visit, prompt_file

# Bounds on the search for near names: names that get a hint, and variables compared with each.
_MAX_HINTS = 20
_MAX_VARIABLES = 100


def _find_undeclared(subject: Subject) -> Iterator[Match]:
    if subject.prompt is None:
        return
    specs, own = subject.prompt.variables, subject.prompt.id
    paths = {one.path for references in subject.references.values() for one in references}
    undeclared = {path: missing for path in paths if (missing := undeclared_path(specs, path))}
    hints = _MAX_HINTS
    for path, references in subject.references.items() if undeclared else ():
        reported: set[tuple[object, ...]] = set()
        for reference in references:
            missing = () if reference.scope in NOT_DECLARED else undeclared.get(reference.path, ())
            if missing and reference.template == own:
                hint = _outer_hint(reference) or _declaration_hint(missing, specs if hints > 0 else {})
                hints -= 1
                yield Match(f"{format_names(missing)!r} is not declared", path, hint, reference.span.bounds)
            elif missing and not reference.guarded:  # a partial may test, or have a default for, any name
                partial = reference.template
                place = subject.inclusion_of(path, partial)
                key = (place, missing)
                if place is not None and key not in reported:
                    reported.add(key)
                    message = f"the partial {partial!r} reads {format_names(missing)!r}, which is not declared here"
                    hint = _outer_hint(reference, "in the partial, ") or _partial_hint(missing, specs)
                    yield Match(message, path, hint, place.bounds)


def _outer_hint(use: Reference | Mismatch, where: str = "") -> str:
    """Return how to reach the value in an outer context; empty if none declares the name."""
    outer = f"{{{{{use.outer}}}}}" if use.role == "print" else use.outer
    return f"{where}write {outer}" if use.outer else ""


def _declaration_hint(missing: tuple[str, ...], specs: Mapping[str, VariableSpec]) -> str:
    if len(missing) > 1:
        return f"declare it under the properties of {format_names(missing[:-1])!r}"
    if missing[0].startswith("$"):
        return f"write {{{{{missing[0][1:]}}}}}: names with $ are Semantic Kernel's"
    return suggest(missing[0], islice(specs, _MAX_VARIABLES), "declare it under 'variables'")


def _partial_hint(missing: tuple[str, ...], specs: Mapping[str, VariableSpec]) -> str:
    name = missing[-1]
    if len(missing) > 1:
        return _pass_hint(name) if name in specs else _declaration_hint(missing, specs)
    return f"declare it under 'variables', or pass it: {{{{> ... {missing[0]}=...}}}}"


def _find_unused(subject: Subject) -> Iterator[Match]:
    if subject.prompt is None or subject.failure is not None or subject.analysis.errors:
        return  # a template that cannot be analysed may read any variable
    if not subject.resolved.is_handlebars:
        return  # so may a template in another language
    reads = [one for references in subject.references.values() for one in references]
    names = {one.path[0] for one in reads if one.path}
    if subject.prompt.chat_template is not None:
        names |= {one.name for one in subject.prompt.chat_template.placements}
    unused = [name for name in subject.prompt.variables if name not in names]
    if not unused or any(map(_reads_all, reads)):
        return
    misplaced = {_first_name(one): one for one in reads if one.path[:1] != (_first_name(one),)}
    for name in unused:
        reference = misplaced.get(name)
        if reference and _is_reported(reference, subject):
            continue
        hint = _context_hint(reference, name, subject) if reference else ""
        hint = hint or _comment_hint(name, subject) or "remove it, or use it in the template"
        yield Match(f"variable {name!r} is never used", ("variables", name), hint, key=True)


def _comment_hint(name: str, subject: Subject) -> str:
    """Return advice if a comment of YAML holds the tag that uses a variable."""
    for comment in subject.comments_with_tags:
        if re.search(rf"\{{\{{[^{{}}]*\b{re.escape(name)}\b", comment.text):
            return f"it is used in the comment of line {comment.line}: put that text in quotes"
    return ""


def _first_name(reference: Reference) -> str:
    """Return the first name of a path in the current context; ".." for a path in an outer one."""
    if reference.written.startswith(".."):
        return ".."
    return re.sub(r"^(?:this)?[./]+", "", reference.written).partition(".")[0]


def _context_hint(reference: Reference, name: str, subject: Subject) -> str:
    """Return how to reach a variable from an item or another context, in which a template looks for its name."""
    if reference.outer or reference.template == subject.id:
        return _outer_hint(reference)
    return _pass_hint(name)


def _pass_hint(name: str) -> str:
    return f"pass it: {{{{> ... {name}=@root.{name}}}}}"


def _reads_all(reference: Reference) -> bool:
    """Return whether a reference reads all variables by value: `{{json this}}`, `{{#each @root}}`."""
    is_argument = reference.role == "argument" and reference.helper is not None
    is_value = is_argument or reference.role in {"iterate", "print", "section"}
    return is_value and reference.path in {(), (ITEM,)} and reference.scope not in NOT_DECLARED


def _is_reported(reference: Reference, subject: Subject) -> bool:
    """Return whether another rule reports that the context lacks a name."""
    specs = subject.variables
    mismatches = (wrong.span for each in subject.analysis.templates.values() for wrong in each.mismatches if wrong.key)
    must_exist = reference.template == subject.id or not reference.guarded
    is_missing = must_exist and bool(undeclared_path(specs, reference.path))
    return reference.scope not in NOT_DECLARED and (is_missing or reference.span in mismatches)


def _find_invalid_defaults(subject: Subject) -> Iterator[Match]:
    specs = ((path, spec.data) for path, spec in (*subject.specs, *subject.answer_specs))
    for path, problem in default_problems(specs):
        reason = "invalid default" if problem.path[0] == "default" else "no value can be this one"
        yield Match(f"{reason}: {problem.message}", (*path, *problem.path), problem.help)


def _find_unguarded(subject: Subject) -> Iterator[Match]:
    if not any(_may_be_missing(spec) for _, spec in subject.specs):
        return
    for path, references in subject.references.items():
        reported: set[tuple[object, ...]] = set()
        for reference in references:
            # A partial does not get an argument that has no value.
            is_passed = reference.role == "argument" and reference.helper is None
            if reference.guarded or is_passed or reference.scope in NOT_DECLARED:
                continue
            first = reference.tested + 1  # an enclosing `if` tested the segments before
            for end in range(first, len(reference.path) + 1):
                name = reference.path[:end]
                spec = spec_at(subject.variables, name)
                if spec is None or not _may_be_missing(spec):
                    continue
                place = _place_of(subject, path, reference)
                key = (place, name)
                if place and (reference.template == subject.id or key not in reported):
                    reported.add(key)
                    message = f"{place.prefix}{format_names(name)!r} is optional and may be missing here"
                    hint = f"guard it with {{{{#if {name[-1]}}}}}, or add a default"
                    yield Match(message, path, hint, place.span)


def _may_be_missing(spec: VariableSpec) -> bool:
    return not spec.required and not spec.has_default


_BLOCK_PARAMETER = re.compile(r"[^\s|]+")


def _find_shadowing_parameters(subject: Subject) -> Iterator[Match]:
    specs = subject.variables
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


def _place_of(subject: Subject, path: DataPath, use: Reference | Mismatch | Comparison) -> _Place | None:
    """Return the place of a use of a value in a prompt's template, or of the partial with that use."""
    if use.template == subject.id:
        span = use.right.span if isinstance(use, Comparison) else use.span
        return _Place(span.bounds, "")
    place = subject.inclusion_of(path, use.template)
    return _Place(place.bounds, f"in the partial {use.template!r}, ") if place else None


def _mismatches(subject: Subject) -> Iterator[tuple[DataPath, Mismatch, _Place]]:
    """Yield the values of wrong types; once per inclusion for those in a partial."""
    for path, analysis in subject.analysis.templates.items():
        reported: set[tuple[object, ...]] = set()
        for mismatch in analysis.mismatches:
            is_own = mismatch.template == subject.id
            place = _place_of(subject, path, mismatch)
            if place is None or (mismatch.key is not None and mismatch.guarded and not is_own):
                continue  # a partial may test any name
            key = (mismatch.template, mismatch.path, mismatch.role, mismatch.key, place.span)
            if is_own or key not in reported:
                reported.add(key)
                yield path, mismatch, place


def _find_each_over_scalar(subject: Subject) -> Iterator[Match]:
    for path, mismatch, place in _mismatches(subject):
        if mismatch.role == "iterate" and mismatch.key is None:
            value, types = mismatch.written, _type_names(mismatch.types)
            message = f"{place.prefix}{{{{#each}}}} iterates over {value!r}, which is {types}"
            yield Match(message, path, "declare it as an array, or use {{#if}}", place.span)


def _find_printed_objects(subject: Subject) -> Iterator[Match]:
    for path, mismatch, place in _mismatches(subject):
        if mismatch.role == "print" and mismatch.key is None:
            value, types = mismatch.written, _type_names(mismatch.types)
            message = f"{place.prefix}{value!r} is {types}, which has no text of its own"
            hint = f"print its properties, iterate over it with {{{{#each}}}}, or write {{{{json {value}}}}}"
            yield Match(message, path, _place_hint(subject, mismatch) or hint, place.span)


def _place_hint(subject: Subject, mismatch: Mismatch) -> str:
    """Return the place for an image, a file or messages; empty for other values."""
    spec = spec_at(subject.variables, mismatch.path)
    if spec is None or spec.type not in INPUT_TYPES:
        return ""
    return f"place it in messages: {{{'history' if spec.type == 'messages' else spec.type}: {mismatch.path[-1]}}}"


def _find_wrong_types(subject: Subject) -> Iterator[Match]:
    for path, mismatch, place in _mismatches(subject):
        types = _type_names(mismatch.types)
        if mismatch.key is not None:
            message = f"{format_names(mismatch.path)!r} is {types} and has no {mismatch.key!r}"
            yield Match(place.prefix + message, path, _key_hint(mismatch), place.span)
        elif mismatch.role not in {"iterate", "print"}:
            message = f"{mismatch.taker} takes {mismatch.takes.name}, and {mismatch.written!r} is {types}"
            yield Match(place.prefix + message, path, _type_hint(mismatch), place.span)
    for path, analysis in subject.analysis.templates.items():
        for comparison in analysis.comparisons:
            at = _place_of(subject, path, comparison) if _mixes_types(comparison) else None
            if at is not None:
                left, right = _type_names(comparison.left.types), _type_names(comparison.right.types)
                message = f"{at.prefix}{comparison.helper} compares {left} with {right}"
                yield Match(message, path, "compare numbers with numbers, and strings with strings", at.span)


def _mixes_types(comparison: Comparison) -> bool:
    """Return whether a comparison always fails because one side is a number and the other a string."""
    sides = comparison.left, comparison.right
    has_other = any(side.types.isdisjoint(ORDERED.types) for side in sides)
    return comparison.is_strict and not comparison.can_hold and not has_other


def _key_hint(mismatch: Mismatch) -> str:
    name = format_names(mismatch.path)
    if mismatch.path[-1] == mismatch.key:
        return f"write {{{{this}}}}, or {{{{#if {mismatch.key}}}}} in place of {{{{#{mismatch.key}}}}}"
    if mismatch.types <= {"array", TABLE}:
        return _outer_hint(mismatch) or f"iterate over it with {{{{#each {name}}}}}, or read an item: {name}.[0]"
    return _outer_hint(mismatch) or f"declare {name!r} as an object, or read it without {mismatch.key!r}"


def _type_hint(mismatch: Mismatch) -> str:
    if mismatch.types <= {"object", TABLE} and "string" in mismatch.takes.types:
        return f"make a string of it: (json {mismatch.written})"
    if mismatch.types == {TABLE}:
        return f"iterate over it with {{{{#each {mismatch.written}}}}}, or write {{{{json {mismatch.written}}}}}"
    if not mismatch.path:
        return ""
    kind = mismatch.takes.declared
    return f"declare {format_names(mismatch.path)!r} as {with_article(kind)}" if kind else ""


def _type_names(types: Collection[str]) -> str:
    """Name the types of a value: "an integer or a string"."""
    names = set(types)
    if {"integer", "number"} <= names:
        names.remove("integer")
    return " or ".join("a list that holds objects" if one == TABLE else with_article(one) for one in sorted(names))


def _find_ambiguous_names(subject: Subject) -> Iterator[Match]:
    specs = subject.variables
    for path, references in subject.references.items():
        for reference in references:
            if not reference.path[1:] or reference.template != subject.id or reference.scope in NOT_DECLARED:
                continue
            name = reference.path[-1]
            # `this.name` and `../name` are not ambiguous.
            if name == reference.written and name in specs and spec_at(specs, reference.path):
                hint = f"write {{{{this.{name}}}}}, or {{{{@root.{name}}}}} for the variable"
                message = f"here {name!r} is a property of the item; a variable has the same name"
                yield Match(message, path, hint, reference.span.bounds)


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
