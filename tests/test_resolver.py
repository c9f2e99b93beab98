from __future__ import annotations

from itertools import pairwise, product

from hypothesis import given
from hypothesis import strategies as st

from prompt_cli.domain.revision import ExactVersion, Snapshot
from prompt_cli.resolver import PromptResolver, components, shortest_path
from prompt_cli.storage.backends import InMemoryStorage
from prompt_cli.storage.loader import LoadedPrompt, parse_prompt

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


async def test_a_content_in_two_states_is_parsed_once() -> None:
    parsed: list[str] = []

    def parse(content: bytes, prompt_id: str) -> LoadedPrompt:
        parsed.append(prompt_id)
        return parse_prompt(content, prompt_id, prompt_id)

    async def find(_id: str, _version: ExactVersion, _includer: Snapshot) -> Snapshot:
        raise AssertionError("there are no pins")

    top = "{id: top, version: 1.0.0, format: text, template: '{{> part}}'}"
    states = [
        InMemoryStorage({"top": top, "part": f"{{id: part, version: 1.0.0, format: text, template: {text}}}"})
        for text in ("old", "new")
    ]
    resolver = PromptResolver(find, parse)
    before, after = [await resolver.resolve("top", state) for state in states]
    assert sorted(parsed) == ["part", "part", "top"]
    assert before.loaded is after.loaded
    assert before.digest != after.digest


def test_a_very_long_chain_needs_no_recursion() -> None:
    assert len(components([0], lambda node: [node + 1] if node < 50_000 else [])) == 50_001
