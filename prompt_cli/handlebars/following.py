"""References and partials of a template: what variables, lint rules and diffs are built on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .analysis import Analysis
from .around import Around
from .ast import BlockStatement, PartialStatement, SubExpression, span_of
from .errors import HandlebarsSyntaxError
from .names import original
from .options import Limits
from .partials import PARTIAL_BLOCK, may_have_partials
from .places import ROOT
from .reference import PartialUse
from .source import Span
from .sources import PartialSources
from .specs import HELPERS
from .walking import programs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from .ast import Template
    from .reference import PartialReference, Reference
    from .sources import Partials

_SCOPED = "#>", "#*"
"""What the tag of a partial block or an inline partial holds: which names are partials depends on where they stand."""
_LIMITS = Limits()


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
    return tuple(analysis_of(template, None, variables, helpers, type_of).partials)


def partial_uses(template: Template) -> tuple[PartialUse, ...]:
    """The partials that `partials_of` tells of, without the contexts they are given, for a small part of the work."""
    source = template.source
    if not may_have_partials(source):
        return ()
    if any(sign in source for sign in _SCOPED):
        return tuple([PartialUse(one.name, one.fallback, one.span) for one in partials_of(template)])
    # Most stand in no block, and what is in one is looked for where there are blocks.
    body = template.program.body
    if any(isinstance(one, BlockStatement) for one in body):
        body = tuple([one for program, _, entered in programs(template) if entered for one in program.body])
    names = [one.name for one in body if isinstance(one, PartialStatement)]
    found = [(None if isinstance(one, SubExpression) else original(one), one) for one in names]
    return tuple([PartialUse(name, fallback=False, span=span_of(one)) for name, one in found if name != PARTIAL_BLOCK])


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
        around = Around(ROOT, (), (), frozenset(), (), None, template.name, variables, (), sources)
        analysis.program(template.program, around)
    except RecursionError:
        message = "the template is nested too deeply for the stack that is left"
        raise HandlebarsSyntaxError(message, Span(0, 1, 1, 0), template.name) from None
    return analysis
