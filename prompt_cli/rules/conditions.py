"""What a condition is known to be where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from prompt_cli.handlebars import (
    BlockStatement,
    BooleanLiteral,
    NullLiteral,
    NumberLiteral,
    PathExpression,
    StringLiteral,
    SubExpression,
    UndefinedLiteral,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from prompt_cli.handlebars import Node, Program

Shape: TypeAlias = tuple[object, ...]
"""An expression without its place: two of one shape in one context have one value."""

_Facts: TypeAlias = dict[Shape, list[bool]]
"""Conditions that were asked in the context at hand, and whether they held, the innermost last."""

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


class Settled(NamedTuple):
    """A block whose condition is known wherever it is rendered.

    Attributes:
        block: The block.
        holds: Whether its body is rendered always, or never.
        constant: Whether its condition is a constant; otherwise the blocks around have asked it.
    """

    block: BlockStatement
    holds: bool
    constant: bool


def _constant(block: BlockStatement) -> bool | None:
    """Return whether the body of a block is rendered always (True) or never (False); None where the data tell."""
    helper = helper_of(block)
    if helper not in {"if", "unless", "each", "with"} or not isinstance(block.params[0], _LITERAL):
        return None
    if helper == "each":
        return False  # no literal is a list
    value = isinstance(block.params[0], _VALUED) and bool(block.params[0].value)
    return not value if helper == "unless" else value


def may_be_settled(blocks: Sequence[BlockStatement]) -> bool:
    """Tell whether the condition of any of a template's blocks is a constant, or asked more than once."""
    asked = [shape for block in blocks if (shape := _asked(block)) is not None]
    return len(asked) != len(set(asked)) or any(_constant(block) is not None for block in blocks)


def settled(programs: Iterable[tuple[Program, Node, bool]]) -> Iterator[Settled]:
    """Yield the blocks whose condition is settled, by itself or by the blocks around it.

    Args:
        programs: The programs of a template, as they are entered and left.
    """
    facts: _Facts = {}
    outside: list[_Facts] = []
    for program, owner, entered in programs:
        asked = _asked(owner)
        if asked is not None:
            if entered:
                holds = isinstance(owner, BlockStatement) and (program is owner.program) is (helper_of(owner) == "if")
                facts.setdefault(asked, []).append(holds)
            else:
                facts[asked].pop()
        elif not isinstance(owner, BlockStatement) or program is owner.program:
            # a path in it starts elsewhere
            if entered:
                outside.append(facts)
            facts = {} if entered else outside.pop()
        if entered:
            yield from _settled_in(program, facts)


def _asked(owner: Node) -> Shape | None:
    """Return what an `if` or `unless` asks; None of any other."""
    if isinstance(owner, BlockStatement) and helper_of(owner) in {"if", "unless"}:
        return shape(owner.params[0])
    return None


def _settled_in(program: Program, facts: _Facts) -> Iterator[Settled]:
    for block in program.body:
        if not isinstance(block, BlockStatement):
            continue
        always = _constant(block)
        if always is not None:
            yield Settled(block, always, constant=True)
        elif facts and (asked := _asked(block)) is not None and (known := facts.get(asked)):
            yield Settled(block, known[-1] is (helper_of(block) == "if"), constant=False)
