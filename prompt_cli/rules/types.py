"""PC3: what templates do with values of a type that cannot bear it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.declared import spec_at
from prompt_cli.domain.template import NOT_DECLARED
from prompt_cli.domain.values import with_article
from prompt_cli.rules.reading import inclusion_of
from prompt_cli.rules.rule import Match, Rule, prompt_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.errors import DataPath
    from prompt_cli.handlebars import Reference
    from prompt_cli.handlebars.analysis import Role
    from prompt_cli.rules.subject import Subject


class _Use(NamedTuple):
    """A place where a declared value is read, here or in a partial; `who` says which."""

    reference: Reference
    spec: VariableSpec
    path: DataPath
    span: tuple[int, int]
    who: str


def _uses(subject: Subject, role: Role, wrong: Callable[[VariableSpec], bool]) -> Iterator[_Use]:
    specs = subject.prompt.variables if subject.prompt else {}
    for path, references in subject.references.items():
        told: set[tuple[object, ...]] = set()
        for one in references:
            spec = None if one.role != role or one.scope in NOT_DECLARED else spec_at(specs, one.path)
            if spec is None or not wrong(spec):
                continue
            if one.template == subject.id:
                yield _Use(one, spec, path, (one.span.offset, one.span.end), "")
            elif (place := inclusion_of(subject.resolved, path, one.template)) is not None:
                key = (one.template, one.path, one.role, place.offset)
                if key not in told:
                    told.add(key)
                    who = f"in the partial {one.template!r}, "
                    yield _Use(one, spec, path, (place.offset, place.end), who)


def _each(subject: Subject) -> Iterator[Match]:
    for use in _uses(subject, "iterate", lambda spec: spec.type not in {"array", "object"}):
        kind = with_article(use.spec.type)
        message = f"{use.who}{{{{#each}}}} goes through {use.reference.written!r}, which is {kind}"
        yield Match(message, use.path, "declare it as an array, or use {{#if}}", use.span)


def _printed(subject: Subject) -> Iterator[Match]:
    for use in _uses(subject, "print", _holds_object):
        what = "an object" if use.spec.type == "object" else "a list that holds objects"
        message = f"{use.who}{use.reference.written!r} is {what}, which has no text of its own"
        hint = "print its properties, go through it with {{#each}}, or write {{json " + use.reference.written + "}}"
        yield Match(message, use.path, hint, use.span)


def _holds_object(spec: VariableSpec) -> bool:
    inner = spec
    while inner.type == "array" and inner.items is not None:
        inner = inner.items
    return inner.type == "object"


_LIST = "variables: {names: {type: %s}}\ntemplate: Hello{{#each names}} {{this}}{{/each}}!\n"
_OBJECT = "variables: {user: {type: object, properties: {name: {type: string}}}}\ntemplate: Hello {{%s}}!\n"

TYPE_RULES = (
    Rule(
        "PC306",
        "each-over-scalar",
        "Only a list or an object can be gone through; over anything else {{#each}} renders nothing, without a word.",
        prompt_file(_LIST % "string"),
        prompt_file(_LIST % "array"),
        _each,
    ),
    Rule(
        "PC307",
        "object-printed",
        "An object has no text of its own: printing it makes the prompt fail for every caller.",
        prompt_file(_OBJECT % "user"),
        prompt_file(_OBJECT % "user.name"),
        _printed,
    ),
)
