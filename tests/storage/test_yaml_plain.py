"""The short way through a file: what it reads is what the composer reads, and it leaves the composer what it cannot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompt_cli.errors import PromptFormatError
from prompt_cli.storage.yaml_compose import compose
from prompt_cli.storage.yaml_nodes import Alias, Lines, Mapping, Node, Scalar, Sequence, same_data
from prompt_cli.storage.yaml_source import YamlSource
from prompt_cli.storage.yaml_steps import read_plain
from tests.storage.yaml_strategies import PATIENT, TRICKY, documents, written


def shape(node: Node) -> object:
    """Everything a node says, to compare with another."""
    match node:
        case Scalar():
            return node.start, node.end, node.raw_end, node.text, node.style, node.tag, repr(node.data)
        case Mapping():
            return (
                node.start,
                node.end,
                node.flow,
                [(key, shape(one), shape(other)) for key, (one, other) in node.entries.items()],
            )
        case Sequence():
            return node.start, node.end, node.flow, [shape(one) for one in node.items]
        case Alias():
            return node.start, node.end, shape(node.target)


def check(text: str) -> None:
    plain = read_plain(text)
    try:
        root = compose(text, Lines(text))
    except PromptFormatError:
        assert plain is None
        return
    if plain is not None:
        assert same_data(plain.data, root.data)
        assert list(plain.data) == list(root.data)
        assert shape(compose(text, Lines(text), plain.steps)) == shape(root)


@PATIENT
@given(st.data())
def test_it_reads_what_the_composer_reads(data: st.DataObject) -> None:
    check(data.draw(written(data.draw(documents))).removeprefix("\ufeff"))


@PATIENT
@given(st.text(alphabet=TRICKY, max_size=30), st.data())
def test_it_leaves_every_fault_to_the_composer(noise: str, data: st.DataObject) -> None:
    text = data.draw(written(data.draw(documents))).removeprefix("\ufeff")
    at = data.draw(st.integers(0, len(text)))
    check(text[:at] + noise + text[at:])


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2\n",
        "a: &x 1\nb: *x\n",
        "a: !!str 1\n",
        "a: 1\n---\nb: 2\n",
        "<<: {a: 1}\n",
        "1: a\n",
        "? [a]\n: b\n",
        "{?a: b}\n",
        "[a]\n",
        "a\n",
        "",
        "a: [\n",
        "a: " + "9" * 5_000 + "\n",
        "a: " + "[" * 64 + "]" * 64 + "\n",
    ],
)
def test_what_is_unusual_is_not_read(text: str) -> None:
    assert read_plain(text) is None


def test_a_plain_file_is_read_with_its_places_still_to_be_asked_for() -> None:
    text = "a: [1, x, true]\nb: |\n  two\n  lines\n\nc:\n'<': {d: 'e'}\n"
    plain = read_plain(text)
    assert plain is not None
    assert plain.data == {"a": [1, "x", True], "b": "two\nlines\n", "c": None, "<": {"d": "e"}}
    source = YamlSource.parse(text.encode())
    assert source.data == plain.data
    assert source.region(("a", 1)) == (1, 8, 1, 9)
    assert source.root is source.root
