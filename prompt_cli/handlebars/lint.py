"""Checks of helper calls without rendering."""

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from .errors import Span, did_you_mean, else_if
from .helpers import HELPERS, HelperSpec
from .nodes import BlockStatement, HelperCall, PathExpression, SubExpression, as_path, span_of

_LINK = r"\{\{~?\s*else"


class CallProblem(NamedTuple):
    """A problem of a helper call, and its fix or an empty text."""

    message: str
    help: str = ""

    def __str__(self) -> str:
        return f"{self.message}; {self.help}" if self.help else self.message


def unknown_helper(node: HelperCall, helpers: Iterable[str]) -> CallProblem:
    """Describe the call of an unknown helper."""
    name = as_path(node.path).original
    help_ = else_if(name, _arguments(node)) or did_you_mean(name, helpers)
    return CallProblem(f"unknown helper {name!r}", help_)


def check_call(spec: HelperSpec, node: HelperCall, helpers: Iterable[str]) -> CallProblem | None:
    """Check the arguments of a call, and that it opens a block if, and only if, its helper takes one."""
    count = len(node.params)
    if count < spec.least or (spec.most is not None and count > spec.most):
        return _wrong_count(spec, node, helpers)
    if spec.block is not isinstance(node, BlockStatement):
        return _wrong_block(spec, node)
    return _wrong_key(spec, node) if node.hash else None


def _wrong_count(spec: HelperSpec, node: HelperCall, helpers: Iterable[str]) -> CallProblem:
    count = len(node.params)
    expected = str(spec.least) if spec.most == spec.least else f"at least {spec.least}"
    if spec.most is not None and spec.most != spec.least:
        expected = f"{spec.least} to {spec.most}"
    plural = "" if expected.endswith("1") else "s"
    message = f"the helper {spec.name!r} takes {expected} argument{plural}, not {count}"
    return CallProblem(message, (count > 1 and _in_parentheses(node, helpers)) or _usage(spec, node))


def _wrong_block(spec: HelperSpec, node: HelperCall) -> CallProblem:
    name = spec.name
    if spec.block:
        block = f"{{{{#{name} ...}}}}...{{{{/{name}}}}}" if spec.least else spec.signature
        return CallProblem(f"{name!r} is a block helper: {block}")
    return CallProblem(f"{name!r} is not a block helper", f"write {{{{#if ({name} {_arguments(node) or '...'})}}}}")


def _wrong_key(spec: HelperSpec, node: HelperCall) -> CallProblem | None:
    for pair in node.hash.pairs if node.hash else ():
        if pair.key not in spec.hash:
            hint = did_you_mean(pair.key, spec.hash)
            return CallProblem(f"the helper {spec.name!r} has no parameter '{pair.key}'", hint or _usage(spec, node))
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
    arguments = [*node.params, *([node.hash] if node.hash else [])]
    return node.origin.text[arguments[0].offset : arguments[-1].end] if arguments else ""


class WrongCall(NamedTuple):
    """A call of an unknown helper or with wrong arguments, by the range of the name; the help may be empty."""

    kind: Literal["unknown_helper", "wrong_arguments"]
    helper: str
    message: str
    help: str
    span: Span


def wrong_call_of(node: HelperCall) -> WrongCall | None:
    """Return the problem of a call in a prompt, if there is one."""
    path = as_path(node.path)
    spec = HELPERS.get(path.parts[0]) if path.is_simple else None
    problem = check_call(spec, node, HELPERS) if spec else unknown_helper(node, HELPERS)
    if problem is None:
        return None
    return WrongCall("wrong_arguments" if spec else "unknown_helper", path.original, *problem, span_of(path))
