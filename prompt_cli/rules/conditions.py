"""What a condition is known to be where it stands."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from prompt_cli.handlebars import (
    BlockStatement,
    BooleanLiteral,
    NullLiteral,
    NumberLiteral,
    PathExpression,
    Program,
    StringLiteral,
    SubExpression,
    UndefinedLiteral,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prompt_cli.handlebars import Node

Shape: TypeAlias = tuple[object, ...]
"""An expression without its place: two of one shape in one context have one value."""

_VALUED = StringLiteral | NumberLiteral | BooleanLiteral
_LITERAL = _VALUED | NullLiteral | UndefinedLiteral


def shape(node: Node) -> Shape:
    """Return the shape of an expression."""
    if isinstance(node, PathExpression):
        return "path", node.data, node.depth, node.parts
    if isinstance(node, SubExpression):
        pairs = node.hash.pairs if node.hash else ()
        params = tuple(map(shape, node.params))
        return "call", shape(node.path), params, tuple((pair.key, shape(pair.value)) for pair in pairs)
    return type(node).__name__, getattr(node, "value", None)


def helper_of(block: BlockStatement) -> str | None:
    """Return the helper with one argument that a block calls."""
    simple = isinstance(block.path, PathExpression) and len(block.params) == 1 and block.hash is None
    return block.path.original if simple and isinstance(block.path, PathExpression) else None


def constant(block: BlockStatement) -> bool | None:
    """Return whether the body of a block is rendered always (True) or never (False); None where the data tell."""
    helper = helper_of(block)
    if helper not in {"if", "unless", "each", "with"} or not isinstance(block.params[0], _LITERAL):
        return None
    if helper == "each":
        return False  # no literal is a list
    value = isinstance(block.params[0], _VALUED) and bool(block.params[0].value)
    return not value if helper == "unless" else value


def known(block: BlockStatement, around: Sequence[Node]) -> bool | None:
    """Return whether the condition of an `if` or `unless` is settled by the blocks around it."""
    helper = helper_of(block)
    if helper not in {"if", "unless"}:
        return None
    settled = next((holds for fact, holds in _facts(around) if fact == shape(block.params[0])), None)
    return None if settled is None else settled is (helper == "if")


def _facts(around: Sequence[Node]) -> Iterator[tuple[Shape, bool]]:
    """Yield conditions that hold or do not hold, as far out as the context is the same."""
    for inner, outer in pairwise(around):
        if not isinstance(inner, Program):
            continue
        if not isinstance(outer, BlockStatement):
            return
        helper, main = helper_of(outer), inner is outer.program
        if helper in {"if", "unless"}:
            yield shape(outer.params[0]), main is (helper == "if")
        elif main:
            return  # a path in it starts elsewhere
