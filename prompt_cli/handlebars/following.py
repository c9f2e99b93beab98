"""References and partials of a template: what variables, lint rules and diffs are built on."""

from __future__ import annotations

from .analysis import Analysis
from .around import Around
from .errors import HandlebarsSyntaxError
from .options import Limits
from .places import ROOT
from .source import Span
from .sources import PartialSources
from .specs import HELPERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from .ast import Template
    from .reference import PartialReference, Reference
    from .sources import Partials

_OPENINGS = "{{>", "{{#>", "{{~>", "{{~#>"
"""How the tag of a partial begins: a template without any of these includes nothing."""
_LIMITS = Limits()
_KEPT = 2048
_PARTIALS: dict[int, tuple[Template, tuple[PartialReference, ...]]] = {}
"""What templates include, by their identity."""


def references(
    template: Template,
    *,
    partials: Partials | None = None,
    variables: Collection[str] = (),
    helpers: Collection[str] = HELPERS,
    type_of: Callable[[tuple[str, ...]], str | None] | None = None,
) -> tuple[Reference, ...]:
    """Every path a template reads, in the order of the template.

    Args:
        template: The template.
        partials: What it may include, as for compile; partials are followed in the scope they are included in, those
            that are not found are not. Without any, only what is handed to partials is reported.
        variables: Names that are data where they stand alone.
        helpers: The names of the helpers; others that stand alone are data.
        type_of: The JSON Schema type of what is at a path, if it is known. It tells what the plain section
            `{{#x}}...{{/x}}` does: with "array" its body reads items, with "boolean" the context around, else `x`
            itself. Where the type is not known the scope of what it reads is "unknown".

    Raises:
        HandlebarsSyntaxError: A partial is no template, or partials include one another too often to be followed.
    """
    return tuple(analysis_of(template, partials, variables, helpers, type_of).references)


def partials_of(
    template: Template,
    *,
    variables: Collection[str] = (),
    helpers: Collection[str] = HELPERS,
    type_of: Callable[[tuple[str, ...]], str | None] | None = None,
) -> tuple[PartialReference, ...]:
    """Every partial a template includes, in the order of the template.

    Inline partials are not reported where they are in sight, nor is `{{> @partial-block}}`. The arguments are those of
    `references`.
    """
    if variables or type_of or helpers is not HELPERS:
        return tuple(analysis_of(template, None, variables, helpers, type_of).partials)
    # Whoever checks a prompt asks for these again and again. Kept by identity: to hash a template is to walk it, and
    # as long as it is kept no other can have its identity.
    known = _PARTIALS.get(id(template))
    if known is None or known[0] is not template:
        includes = any(opening in template.source for opening in _OPENINGS)
        found = tuple(analysis_of(template, None, (), helpers, None).partials) if includes else ()
        known = _PARTIALS[id(template)] = (template, found)
        if len(_PARTIALS) > _KEPT:
            _PARTIALS.clear()
    return known[1]


def analysis_of(
    template: Template,
    partials: Partials | None,
    variables: Collection[str],
    helpers: Collection[str],
    type_of: Callable[[tuple[str, ...]], str | None] | None,
) -> Analysis:
    """A template, followed."""
    sources = None if partials is None else PartialSources(partials, _LIMITS)
    analysis = Analysis(helpers, type_of)
    try:
        around = Around(ROOT, template=template.name, variables=variables, sources=sources)
        analysis.program(template.program, around)
    except RecursionError:
        message = "the template is nested too deeply for the stack that is left"
        raise HandlebarsSyntaxError(message, Span(0, 1, 1, 0), template.name) from None
    return analysis
