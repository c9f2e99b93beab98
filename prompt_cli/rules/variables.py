"""PC3: the signature, and what the templates read of it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from prompt_cli.domain.declared import first_missing, spec_at, written
from prompt_cli.domain.identifiers import near_names
from prompt_cli.domain.template import NOT_DECLARED
from prompt_cli.rules.reading import inclusion_of
from prompt_cli.rules.rule import Match, Rule, prompt_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.rules.subject import Subject


_MOST_HINTS = 20
"""Names that near ones are looked for, which takes time."""
_MOST_NEAR = 100
"""Names that are compared with one that is not declared."""


def _undeclared(subject: Subject) -> Iterator[Match]:
    if subject.prompt is None:
        return
    specs, own = subject.prompt.variables, subject.prompt.id
    hints = _MOST_HINTS
    for path, references in subject.references.items():
        told: set[tuple[object, ...]] = set()
        for one in references:
            missing = () if one.scope in NOT_DECLARED else first_missing(specs, one.path)
            if missing and one.template == own:
                hint = _declare(missing, specs if hints > 0 else {})
                hints -= 1
                yield Match(f"{written(missing)!r} is not declared", path, hint, (one.span.offset, one.span.end))
            elif missing and not one.guarded:
                # What a partial tests or has a default for may be left out, and what it reads is told once a place.
                place = inclusion_of(subject.resolved, path, one.template)
                key = (place, missing)
                if place is not None and key not in told:
                    told.add(key)
                    message = f"the partial {one.template!r} reads {written(missing)!r}, which is not declared here"
                    yield Match(message, path, _hand_over(missing, specs), (place.offset, place.end))


def _declare(missing: tuple[str, ...], specs: Mapping[str, VariableSpec]) -> str:
    if len(missing) > 1:
        return f"declare it under the properties of {written(missing[:-1])!r}"
    near = near_names(missing[0], islice(specs, _MOST_NEAR), most=1)
    return f"did you mean {near[0]!r}?" if near else "declare it under 'variables'"


def _hand_over(missing: tuple[str, ...], specs: Mapping[str, VariableSpec]) -> str:
    if len(missing) > 1:
        return _declare(missing, specs)
    return f"declare it under 'variables', or hand it over: {{{{> ... {missing[0]}=...}}}}"


def _unguarded(subject: Subject) -> Iterator[Match]:
    if subject.prompt is None or not any(_may_lack(spec) for _, spec in subject.specs):
        return
    for path, references in subject.references.items():
        for one in references:
            if one.guarded or one.template != subject.prompt.id or one.scope in NOT_DECLARED:
                continue
            # what an `if` around it found is there
            ends = range(one.tested + 1, len(one.path) + 1)
            specs = ((one.path[:end], spec_at(subject.prompt.variables, one.path[:end])) for end in ends)
            for name, spec in specs:
                if spec is not None and _may_lack(spec):
                    message = f"{written(name)!r} is optional and may be missing here"
                    hint = f"read it inside {{{{#if {name[-1]}}}}}, or give it a default"
                    yield Match(message, path, hint, (one.span.offset, one.span.end))


def _may_lack(spec: VariableSpec) -> bool:
    return not spec.required and not spec.has_default


def _unused(subject: Subject) -> Iterator[Match]:
    if subject.prompt is None or subject.renderable is None or subject.reading.refused:
        return  # what cannot be parsed or included may read anything
    read = {one.path[0] for references in subject.references.values() for one in references if one.path}
    for name in subject.prompt.variables:
        if name not in read:
            hint = "remove it, or read it in the template"
            yield Match(f"the variable {name!r} is never read", ("variables", name), hint, key=True)


def _unfit(subject: Subject) -> Iterator[Match]:
    for path, spec in subject.specs:
        for problem in spec.misfits:
            what = "the default does not fit" if problem.path[0] == "default" else "no value can be this one"
            yield Match(f"{what}: {problem.message}", (*path, *problem.path), problem.help)


_GOOD = prompt_file("variables: {name: {type: string}}\ntemplate: Hello {{name}}!\n")

VARIABLE_RULES = (
    Rule(
        "PC301",
        "undeclared-variable",
        "The variables are the signature: what a template reads and the signature does not name, nobody knows to give.",
        prompt_file("variables: {name: {type: string}}\ntemplate: Hello {{nmae}} and {{name}}!\n"),
        _GOOD,
        _undeclared,
    ),
    Rule(
        "PC302",
        "unused-variable",
        "A variable that nothing reads makes callers gather a value for nothing, and is most often the rest of an "
        "edit or a misspelt name.",
        prompt_file("variables: {name: {type: string}, tone: {type: string}}\ntemplate: Hello {{name}}!\n"),
        _GOOD,
        _unused,
    ),
    Rule(
        "PC303",
        "unfit-default",
        "A default that does not fit its own variable fails every caller who relies on it.",
        prompt_file("variables: {name: {type: string, default: 5}}\ntemplate: Hello {{name}}!\n"),
        prompt_file("variables: {name: {type: string, default: all}}\ntemplate: Hello {{name}}!\n"),
        _unfit,
    ),
    Rule(
        "PC304",
        "optional-unguarded",
        "A variable that may be left out and has no default makes the prompt fail for everybody who leaves it out, "
        "unless the template asks for it first.",
        prompt_file("variables: {name: {type: string, required: false}}\ntemplate: Hello {{name}}!\n"),
        prompt_file(
            "variables: {name: {type: string, required: false}}\ntemplate: Hello{{#if name}} {{name}}{{/if}}!\n"
        ),
        _unguarded,
    ),
)
