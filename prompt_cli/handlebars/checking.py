"""Finding calls that cannot work without rendering."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from . import advice
from .ast import span_of
from .following import analysis_of
from .names import as_path
from .specs import HELPERS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from .advice import Call, Problem
    from .ast import Template
    from .helpers import HelperSpec
    from .reference import Reference
    from .source import Span
    from .sources import Partials


class WrongCall(NamedTuple):
    """A call that cannot work, or does not do what it says.

    Attributes:
        kind: What is wrong with it.
        helper: The name it calls.
        message: What is wrong, in words.
        help: What to do about it, if that is known.
        span: Where the name is.
    """

    kind: Literal["unknown_helper", "wrong_arguments"]
    helper: str
    message: str
    help: str
    span: Span


class Examined(NamedTuple):
    """What following a template once tells.

    Attributes:
        references: What it reads, as `references` says.
        wrong_calls: What its own calls do wrong, as `wrong_calls` says.
    """

    references: tuple[Reference, ...]
    wrong_calls: tuple[WrongCall, ...]


def examine(
    template: Template,
    *,
    partials: Partials | None = None,
    variables: Collection[str] = (),
    helpers: Mapping[str, HelperSpec] = HELPERS,
    type_of: Callable[[tuple[str, ...]], str | None] | None = None,
) -> Examined:
    """What `references` and `wrong_calls` say of a template, for half the work; it takes and raises what they do."""
    analysis = analysis_of(template, partials, variables, helpers, type_of)
    own = template.program.origin  # what partials call is theirs
    calls = [call for call in analysis.calls.values() if call.origin is own]
    return Examined(tuple(analysis.references), _ordered(calls, helpers))


def wrong_calls(
    template: Template, *, variables: Collection[str] = (), helpers: Mapping[str, HelperSpec] = HELPERS
) -> tuple[WrongCall, ...]:
    """Every call of a helper that does not exist or takes other arguments, in the order of the template.

    What partials call is theirs: they are not followed. A name that stands alone and is no helper is data.

    Args:
        template: The template.
        variables: Names that are data where they stand alone.
        helpers: The helpers by name.

    Raises:
        HandlebarsSyntaxError: The template is nested too deeply for the stack that is left.
    """
    return _ordered(analysis_of(template, None, variables, helpers, None).calls.values(), helpers)


def _ordered(calls: Collection[Call], helpers: Mapping[str, HelperSpec]) -> tuple[WrongCall, ...]:
    return tuple(sorted(_wrong(calls, helpers), key=lambda call: call.span))


def _wrong(calls: Collection[Call], helpers: Mapping[str, HelperSpec]) -> Iterator[WrongCall]:
    for node in calls:
        path = as_path(node.path)
        simple = len(path.parts) == 1 and not path.scoped and not path.depth
        spec = helpers.get(path.parts[0]) if simple else None
        problem = advice.unknown_helper(node, helpers) if spec is None else _misused(spec, node, helpers)
        if problem:
            kind: Literal["unknown_helper", "wrong_arguments"] = "wrong_arguments" if spec else "unknown_helper"
            yield WrongCall(kind, path.original, problem.message, problem.help, span_of(path))


def _misused(spec: HelperSpec, node: Call, helpers: Mapping[str, HelperSpec]) -> Problem | None:
    return advice.wrong_count(spec, node, helpers) or advice.wrong_block(spec, node) or advice.wrong_key(spec, node)
