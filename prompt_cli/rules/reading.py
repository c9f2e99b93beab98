"""What the templates of a prompt read, the partials they include followed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from prompt_cli.domain.declared import defaults_of, spec_at
from prompt_cli.handlebars import Examined, HandlebarsSyntaxError, Partial, Reference, examine
from prompt_cli.record import NamedTuple
from prompt_cli.resolution import ResolvedPrompt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from prompt_cli.errors import DataPath
    from prompt_cli.handlebars import Span, Template, WrongCall


_SHORT = 2000
"""How long a template may be for what it reads to be remembered, in characters."""
_MOST = 4
"""How many answers are remembered of one, for as many types of the same variables."""
_NAME = Reference._fields.index("template")


class Reading(NamedTuple):
    """What templates read, by their path in the prompt's data.

    Attributes:
        references: What each reads; of one that is refused, without its partials.
        wrong_calls: The calls in each that cannot work.
        refused: Those whose partials could not be followed.
    """

    references: Mapping[DataPath, tuple[Reference, ...]]
    wrong_calls: Mapping[DataPath, tuple[WrongCall, ...]]
    refused: Mapping[DataPath, HandlebarsSyntaxError]


def read_by(resolved: ResolvedPrompt) -> Reading:
    """Return what the templates of a prompt read."""
    prompt = resolved.loaded.prompt
    if prompt is None:
        return Reading({}, {}, {})
    specs, names, partials = prompt.variables, prompt.declared_names, _partials(resolved, {})

    def type_of(path: tuple[str, ...]) -> str | None:
        spec = spec_at(specs, path)
        return spec.type if spec else None

    found: dict[DataPath, Examined] = {}
    refused: dict[DataPath, HandlebarsSyntaxError] = {}
    for path, template in resolved.templates.items():
        try:
            if resolved.uses[path]:
                found[path] = examine(template, partials=partials, variables=names, type_of=type_of)
            else:
                found[path] = _examined(template, names, type_of)
        except HandlebarsSyntaxError as error:
            refused[path] = error
            found[path] = examine(template, variables=names, type_of=type_of)
    return Reading(
        {path: one.references for path, one in found.items()},
        {path: one.wrong_calls for path, one in found.items()},
        refused,
    )


class _Told(NamedTuple):
    """What following a template told, and the answers to what it asked about the types of variables."""

    types: Mapping[tuple[str, ...], str | None]
    examined: Examined


@lru_cache(128)
def _told_of(_text: str, _names: frozenset[str]) -> list[_Told]:
    """Return what was told of a template that includes nothing, where these names are declared."""
    return []


def _examined(template: Template, names: frozenset[str], type_of: Callable[[tuple[str, ...]], str | None]) -> Examined:
    """Follow a template that includes nothing, which other prompts may have too: messages repeat each other."""
    told = _told_of(template.source, names) if len(template.source) <= _SHORT else []
    for one in told:
        if all(type_of(path) == kind for path, kind in one.types.items()):
            read = one.examined.references
            own = [Reference._make((*path[:_NAME], template.name, *path[_NAME + 1 :])) for path in read]
            return Examined(tuple(own), one.examined.wrong_calls)
    types: dict[tuple[str, ...], str | None] = {}

    def asked(path: tuple[str, ...]) -> str | None:
        types[path] = type_of(path)
        return types[path]

    found = examine(template, variables=names, type_of=asked)
    told.append(_Told(types, found))
    del told[:-_MOST]
    return found


def inclusion_of(resolved: ResolvedPrompt, path: DataPath, partial_id: str | None) -> Span | None:
    """Return where one of a prompt's own templates includes a partial, directly or not."""
    for one in resolved.uses[path]:
        included = resolved.partials.get(one.name or "")
        if isinstance(included, ResolvedPrompt) and partial_id in _ids(included, {}).values():
            return one.span
    return None


def _ids(resolved: ResolvedPrompt, seen: dict[str, str]) -> dict[str, str]:
    """Return the ids of a prompt and all it includes by their digests: several versions of one may be among them."""
    if resolved.digest not in seen:
        seen[resolved.digest] = resolved.loaded.id
        for one in resolved.partials.values():
            if isinstance(one, ResolvedPrompt):
                _ids(one, seen)
    return seen


def _partials(resolved: ResolvedPrompt, known: dict[str, dict[str, Partial]]) -> dict[str, Partial]:
    """Return what a prompt includes, with what that includes; `known` has what prompts of a digest include."""
    # Two partials that include a third share it: without this, layers of such pairs would take time without bound.
    if resolved.digest in known:
        return known[resolved.digest]
    found: dict[str, Partial] = {}
    known[resolved.digest] = found
    for name, one in resolved.partials.items():
        if isinstance(one, ResolvedPrompt) and one.loaded.prompt is not None and one.templates:
            (template,) = one.templates.values()
            prompt = one.loaded.prompt
            found[name] = Partial(template, defaults_of(prompt.variables), prompt.declared_names, _partials(one, known))
    return found
