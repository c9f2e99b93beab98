from __future__ import annotations

from itertools import pairwise, product

from hypothesis import given
from hypothesis import strategies as st

from prompt_cli.resolver import components, shortest_path

graphs = st.lists(st.lists(st.integers(0, 7), max_size=4), min_size=8, max_size=8)


def reachable(graph: list[list[int]]) -> set[tuple[int, int]]:
    """The slow, obvious closure: (a, b) where b can be reached from a by one step or more."""
    found = {(node, target) for node, targets in enumerate(graph) for target in targets}
    for via, start, end in product(range(len(graph)), repeat=3):
        if (start, via) in found and (via, end) in found:
            found.add((start, end))
    return found


@given(graphs)
def test_members_of_a_component_reach_one_another(graph: list[list[int]]) -> None:
    closure = reachable(graph)
    found = components(range(len(graph)), lambda node: graph[node])
    assert sorted(node for component in found for node in component) == list(range(len(graph)))
    home = {node: n for n, component in enumerate(found) for node in component}
    for one, other in product(range(len(graph)), repeat=2):
        together = one == other or ((one, other) in closure and (other, one) in closure)
        assert (home[one] == home[other]) == together
        if (one, other) in closure:
            assert home[other] <= home[one], "what is led to comes first"


@given(graphs, st.integers(0, 7), st.integers(0, 7))
def test_a_shortest_path_is_one(graph: list[list[int]], start: int, end: int) -> None:
    path = shortest_path(start, end, lambda node: graph[node])
    if start == end:
        assert path == [start]
    elif (start, end) in reachable(graph):
        assert (path[0], path[-1]) == (start, end)
        assert all(after in graph[before] for before, after in pairwise(path))
    else:
        assert path == []


def test_a_very_long_chain_needs_no_recursion() -> None:
    assert len(components([0], lambda node: [node + 1] if node < 50_000 else [])) == 50_001
