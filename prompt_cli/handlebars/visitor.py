"""Walks over the syntax tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .nodes import BlockStatement, InlinePartial, Node, PartialBlockStatement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .nodes import Program, Template


def walk(node: Node) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Yield every node from `node` down, in the order of the source, with its ancestors from the nearest up.

    >>> from prompt_cli.handlebars import parse
    >>> [type(node).__name__ for node, _ in walk(parse("{{#if a}}b{{/if}}"))][:4]
    ['Template', 'Program', 'BlockStatement', 'PathExpression']
    """
    stack: list[tuple[Node, tuple[Node, ...]]] = [(node, ())]
    while stack:
        current, ancestors = stack.pop()
        yield current, ancestors
        inner = (current, *ancestors)
        stack.extend([(child, inner) for child in reversed(_children(current))])


def iter_nodes(node: Node) -> Iterator[Node]:
    """Yield every node from `node` down, in the order of the source, without ancestors."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(_children(current)))


def programs(template: Template) -> Iterator[tuple[Program, Node, bool]]:
    """Yield every program twice, on entry and on exit, with its owner and whether it is an entry.

    Callers track the surroundings between the two themselves: tuples of ancestors would grow with every link of a
    long `{{else if}}` chain.

    >>> from prompt_cli.handlebars import parse
    >>> [(type(owner).__name__, entered) for _, owner, entered in programs(parse("{{#if a}}b{{/if}}"))]
    [('Template', True), ('BlockStatement', True), ('BlockStatement', False), ('Template', False)]
    """
    stack: list[tuple[Program, Node, bool]] = [(template.program, template, True)]
    while stack:
        step = stack.pop()
        yield step
        program, owner, entered = step
        if entered:
            stack.append((program, owner, False))
            stack.extend([(inner, outer, True) for inner, outer in reversed(_inner(program))])


def _inner(program: Program) -> list[tuple[Program, Node]]:
    inner: list[tuple[Program, Node]] = []
    for statement in program.body:
        if isinstance(statement, BlockStatement):
            inner += [(one, statement) for one in (statement.program, statement.inverse) if one is not None]
        elif isinstance(statement, _HOLDERS):
            inner.append((statement.program, statement))
    return inner


_HOLDERS = InlinePartial, PartialBlockStatement


def _children(node: Node) -> list[Node]:
    children: list[Node] = []
    for field in node:
        if type(field) is tuple:
            children.extend([item for item in field if isinstance(item, Node)])
        elif isinstance(field, Node):
            children.append(field)
    return children
