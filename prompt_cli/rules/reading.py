"""What the templates of a prompt read, the partials they include followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.declared import defaults_of, spec_at
from prompt_cli.handlebars import Examined, HandlebarsSyntaxError, Partial, Reference, examine
from prompt_cli.resolution import ResolvedPrompt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompt_cli.errors import DataPath
    from prompt_cli.handlebars import Span, WrongCall


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
            found[path] = examine(template, partials=partials, variables=names, type_of=type_of)
        except HandlebarsSyntaxError as error:
            refused[path] = error
            found[path] = examine(template, variables=names, type_of=type_of)
    return Reading(
        {path: one.references for path, one in found.items()},
        {path: one.wrong_calls for path, one in found.items()},
        refused,
    )


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
