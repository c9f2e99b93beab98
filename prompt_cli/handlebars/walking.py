"""Going through a syntax tree."""

from __future__ import annotations

from .ast import Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def walk(node: Node) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Every node below and including `node`, in the order of the source, with its ancestors from the nearest up.

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


def _children(node: Node) -> list[Node]:
    children: list[Node] = []
    for field in node:
        if isinstance(field, Node):
            children.append(field)
        elif type(field) is tuple:
            children.extend([item for item in field if isinstance(item, Node)])
    return children
