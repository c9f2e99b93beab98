"""Checks of helper calls without rendering."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from .analysis import analysis_of
from .errors import Span, did_you_mean, else_if
from .helpers import HELPERS
from .nodes import BlockStatement, HelperCall, PathExpression, SubExpression, as_path, span_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from .helpers import HelperSpec
    from .nodes import Template
    from .partials import Partials
    from .uses import Comparison, Mismatch, Reference

_LINK = r"\{\{~?\s*else"


class CallProblem(NamedTuple):
    """A problem of a helper call.

    Attributes:
        message: The problem.
        help: The fix, or an empty text.
    """

    message: str
    help: str = ""

    def __str__(self) -> str:
        return f"{self.message}; {self.help}" if self.help else self.message


def unknown_helper(node: HelperCall, helpers: Iterable[str]) -> CallProblem:
    """Describe the call of an unknown helper."""
    name = as_path(node.path).original
    help_ = else_if(name, _arguments(node)) or did_you_mean(name, helpers).removeprefix("; ")
    return CallProblem(f"unknown helper {name!r}", help_)


def wrong_count(spec: HelperSpec, node: HelperCall, helpers: Iterable[str]) -> CallProblem | None:
    """Check the number of arguments of a call."""
    count = len(node.params)
    if spec.least <= count and (spec.most is None or count <= spec.most):
        return None
    expected = str(spec.least) if spec.most == spec.least else f"at least {spec.least}"
    if spec.most is not None and spec.most != spec.least:
        expected = f"{spec.least} to {spec.most}"
    plural = "" if expected.endswith("1") else "s"
    message = f"the helper {spec.name!r} takes {expected} argument{plural}, not {count}"
    return CallProblem(message, (count > 1 and _in_parentheses(node, helpers)) or _usage(spec, node))


def wrong_key(spec: HelperSpec, node: HelperCall) -> CallProblem | None:
    """Check the `key=` arguments of a call."""
    for pair in node.hash.pairs if node.hash else ():
        if pair.key not in spec.hash:
            hint = did_you_mean(pair.key, spec.hash).removeprefix("; ")
            return CallProblem(f"the helper {spec.name!r} has no parameter '{pair.key}'", hint or _usage(spec, node))
    return None


def wrong_block(spec: HelperSpec, node: HelperCall) -> CallProblem | None:
    """Check that a call opens a block if, and only if, its helper takes one."""
    name = spec.name
    is_block = isinstance(node, BlockStatement)
    if spec.block and not is_block:
        return CallProblem(f"{name!r} is a block helper: {{{{#{name} ...}}}}...{{{{/{name}}}}}")
    if is_block and not spec.block:
        return CallProblem(f"{name!r} is not a block helper", f"write {{{{#if ({name} {_arguments(node) or '...'})}}}}")
    return None


def _usage(spec: HelperSpec, node: HelperCall) -> str:
    signature = spec.signature
    if isinstance(node, BlockStatement) and re.match(_LINK, node.origin.text[node.offset : node.path.offset]):
        signature = signature.replace("{{#", "{{else ")
    return f"usage: {signature}"


def _in_parentheses(node: HelperCall, helpers: Iterable[str]) -> str:
    """Return the call with its arguments in parentheses if the first is a helper: `{{#if (eq a b)}}`."""
    first = node.params[0]
    if not isinstance(first, PathExpression) or first.original not in helpers:
        return ""
    opening = node.origin.text[node.offset : first.offset]
    closing = ")" if isinstance(node, SubExpression) else "}}"
    return f"write {opening}({_arguments(node)}){closing}"


def _arguments(node: HelperCall) -> str:
    """Return the arguments of a call, as written."""
    ends = [param.end for param in node.params] + ([node.hash.end] if node.hash else [])
    starts = [param.offset for param in node.params] + ([node.hash.offset] if node.hash else [])
    return node.origin.text[starts[0] : ends[-1]] if starts else ""


class WrongCall(NamedTuple):
    """A call of an unknown helper or with wrong arguments.

    Attributes:
        kind: The kind of problem.
        helper: The name of the helper.
        message: The problem in words.
        help: The fix, or an empty text.
        span: The range of the name.
    """

    kind: Literal["unknown_helper", "wrong_arguments"]
    helper: str
    message: str
    help: str
    span: Span


class Examined(NamedTuple):
    """The analysis of a template.

    Attributes:
        references: The paths it reads, as `references` returns them.
        wrong_calls: The calls that cannot work, as `wrong_calls` returns them.
        mismatches: The values of a type that their place does not take.
        comparisons: The comparisons of two values.
        keyed: The paths of the values whose `@key` a loop reads.
    """

    references: tuple[Reference, ...]
    wrong_calls: tuple[WrongCall, ...]
    mismatches: tuple[Mismatch, ...]
    comparisons: tuple[Comparison, ...]
    keyed: frozenset[tuple[str, ...]]


def examine(
    template: Template,
    *,
    partials: Partials | None = None,
    variables: Collection[str] = (),
    helpers: Mapping[str, HelperSpec] = HELPERS,
    type_of: Callable[[tuple[str, ...]], str | None] | None = None,
    each: str | None = None,
) -> Examined:
    """Return the `references` and `wrong_calls` of a template in one pass, with their arguments and errors."""
    analysis = analysis_of(template, partials, variables, helpers, type_of, each)
    own = template.program.origin  # calls in partials are reported for the partial
    calls = [call for call in analysis.calls.values() if call.origin is own]
    return Examined(
        tuple(analysis.references),
        _ordered(calls, helpers),
        tuple(analysis.mismatches),
        tuple(analysis.comparisons.values()),
        frozenset(analysis.keyed),
    )


def wrong_calls(
    template: Template, *, variables: Collection[str] = (), helpers: Mapping[str, HelperSpec] = HELPERS
) -> tuple[WrongCall, ...]:
    """Return every call of an unknown helper or with wrong arguments, in the order of the template.

    Partials are not followed. The arguments are those of `references`.

    Raises:
        HandlebarsSyntaxError: The template is nested too deeply for the stack that is left.
    """
    return _ordered(analysis_of(template, None, variables, helpers, None).calls.values(), helpers)


def _ordered(calls: Collection[HelperCall], helpers: Mapping[str, HelperSpec]) -> tuple[WrongCall, ...]:
    return tuple(sorted(_wrong(calls, helpers), key=lambda call: call.span))


def _wrong(calls: Collection[HelperCall], helpers: Mapping[str, HelperSpec]) -> Iterator[WrongCall]:
    for node in calls:
        path = as_path(node.path)
        simple = len(path.parts) == 1 and not path.scoped and not path.depth
        spec = helpers.get(path.parts[0]) if simple else None
        problem = unknown_helper(node, helpers) if spec is None else _misused(spec, node, helpers)
        if problem:
            kind: Literal["unknown_helper", "wrong_arguments"] = "wrong_arguments" if spec else "unknown_helper"
            yield WrongCall(kind, path.original, problem.message, problem.help, span_of(path))


def _misused(spec: HelperSpec, node: HelperCall, helpers: Mapping[str, HelperSpec]) -> CallProblem | None:
    return wrong_count(spec, node, helpers) or wrong_block(spec, node) or wrong_key(spec, node)
