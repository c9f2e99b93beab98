"""What is wrong with a call, and how to write it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .ast import BlockStatement, PathExpression, SubExpression
from .errors import did_you_mean
from .names import as_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .ast import MustacheStatement
    from .helpers import HelperSpec

    Call: TypeAlias = MustacheStatement | BlockStatement | SubExpression

_OTHER_ELSE_IF = frozenset(("elseif", "elif", "elsif", "elseIf"))
_LINK = r"\{\{~?\s*else"


class Problem(NamedTuple):
    """What is wrong with a call.

    Attributes:
        message: What is wrong.
        help: What to do about it, if that is known.
    """

    message: str
    help: str = ""

    def __str__(self) -> str:
        return f"{self.message}; {self.help}" if self.help else self.message


def unknown_helper(node: Call, known: Iterable[str]) -> Problem:
    """The call of a helper there is not."""
    name = as_path(node.path).original
    help_ = else_if(name, _arguments(node)) or did_you_mean(name, known).removeprefix("; ")
    return Problem(f"unknown helper {name!r}", help_)


def else_if(name: str, condition: str = "") -> str:
    """How `{{else if}}` is written, if a name is what other languages call it."""
    return f"write {{{{else if {condition or 'x'}}}}}" if name in _OTHER_ELSE_IF else ""


def wrong_count(spec: HelperSpec, node: Call, known: Iterable[str]) -> Problem | None:
    """What is wrong with the number of arguments of a call."""
    count = len(node.params)
    if spec.least <= count and (spec.most is None or count <= spec.most):
        return None
    expected = str(spec.least) if spec.most == spec.least else f"at least {spec.least}"
    if spec.most is not None and spec.most != spec.least:
        expected = f"{spec.least} to {spec.most}"
    plural = "" if expected.endswith("1") else "s"
    message = f"the helper {spec.name!r} takes {expected} argument{plural}, not {count}"
    return Problem(message, (count > 1 and _in_parentheses(node, known)) or _usage(spec, node))


def wrong_key(spec: HelperSpec, node: Call) -> Problem | None:
    """Which `key=` of a call its helper does not know."""
    for pair in node.hash.pairs if node.hash else ():
        if pair.key not in spec.hash:
            hint = did_you_mean(pair.key, spec.hash).removeprefix("; ")
            return Problem(f"the helper {spec.name!r} takes no '{pair.key}='", hint or _usage(spec, node))
    return None


def wrong_block(spec: HelperSpec, node: Call) -> Problem | None:
    """Whether a call opens a block its helper does nothing with, or opens none where its helper needs one."""
    name = spec.name
    is_block = isinstance(node, BlockStatement)
    if spec.block and not is_block:
        return Problem(f"{name!r} is a block helper: {{{{#{name} ...}}}}...{{{{/{name}}}}}")
    if is_block and not spec.block:
        return Problem(f"the helper {name!r} opens no block", f"write {{{{#if ({name} {_arguments(node) or '...'})}}}}")
    return None


def _usage(spec: HelperSpec, node: Call) -> str:
    signature = spec.signature
    if isinstance(node, BlockStatement) and re.match(_LINK, node.origin.text[node.offset : node.path.offset]):
        signature = signature.replace("{{#", "{{else ")
    return f"it is used as {signature}"


def _in_parentheses(node: Call, known: Iterable[str]) -> str:
    """The call with its arguments in parentheses, if the first of them is a helper: `{{#if (eq a b)}}`."""
    first = node.params[0]
    if not isinstance(first, PathExpression) or first.original not in known:
        return ""
    opening = node.origin.text[node.offset : first.offset]
    closing = ")" if isinstance(node, SubExpression) else "}}"
    return f"write {opening}({_arguments(node)}){closing}"


def _arguments(node: Call) -> str:
    """The arguments of a call, as written."""
    ends = [param.end for param in node.params] + ([node.hash.end] if node.hash else [])
    starts = [param.offset for param in node.params] + ([node.hash.offset] if node.hash else [])
    return node.origin.text[starts[0] : ends[-1]] if starts else ""
