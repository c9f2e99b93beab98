"""Circles and paths in a graph of includes."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

Node = TypeVar("Node", bound="Hashable")


def components(roots: Iterable[Node], edges: Callable[[Node], Iterable[Node]]) -> list[list[Node]]:
    """Return the reachable strongly connected components, each after those it leads to.

    A component of one node is a circle only if the node leads to itself. Time is linear in nodes and edges. There is
    no recursion, because the graph comes from untrusted files.

    Source: R. Tarjan, "Depth-First Search and Linear Graph Algorithms", SIAM Journal on Computing 1 (1972).
    """
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    open_nodes: dict[Node, None] = {}
    closed: list[list[Node]] = []
    for root in roots:
        pending: list[tuple[Node, Iterator[Node]]] = []
        if root not in index:
            index[root] = low[root] = len(index)
            open_nodes[root] = None
            pending.append((root, iter(edges(root))))
        while pending:
            node, below = pending[-1]
            target = next((other for other in below if other not in index or other in open_nodes), None)
            if target is None:
                pending.pop()
                if pending:
                    low[pending[-1][0]] = min(low[pending[-1][0]], low[node])
                if low[node] == index[node]:
                    closed.append(_close(open_nodes, node))
            elif target in index:
                low[node] = min(low[node], index[target])
            else:
                index[target] = low[target] = len(index)
                open_nodes[target] = None
                pending.append((target, iter(edges(target))))
    return closed


def _close(open_nodes: dict[Node, None], first: Node) -> list[Node]:
    component: list[Node] = []
    while True:
        node, _ = open_nodes.popitem()
        component.append(node)
        if node == first:
            return component


def shortest_path(start: Node, end: Node, edges: Callable[[Node], Iterable[Node]]) -> Sequence[Node]:
    """Return the nodes of a shortest path, both ends included; empty without a path."""
    before: dict[Node, Node | None] = {start: None}
    pending = deque([start])
    while pending and end not in before:
        node = pending.popleft()
        for target in edges(node):
            if target not in before:
                before[target] = node
                pending.append(target)
    path: list[Node] = []
    at: Node | None = end if end in before else None
    while at is not None:
        path.append(at)
        at = before[at]
    return path[::-1]
