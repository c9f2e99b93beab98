"""The short way through a file: what it reads is what the composer reads, and it leaves the composer what it cannot."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompt_cli.storage.yaml_compose import compose
from prompt_cli.storage.yaml_lines import read_lines
from prompt_cli.storage.yaml_nodes import Lines, same_data
from prompt_cli.storage.yaml_source import YamlSource
from prompt_cli.storage.yaml_text import UNFIT
from tests.storage.yaml_strategies import PATIENT, TRICKY, documents, written


def check(text: str) -> bool:
    """Compare what is read with what the composer reads, where it is read at all."""
    data = None if re.search(UNFIT, text) else read_lines(text)  # no other text comes so far
    if data is None:
        return False
    root = compose(text, Lines(text))
    assert same_data(data, root.data)
    assert list(data) == list(root.data)
    return True


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


PIECES = (
    *(
        " ",
        "  ",
        "\n",
        "\n\n",
        "   \n",
        "#",
        " #c",
        ":",
        ": ",
        "-",
        "- ",
        "|",
        "|-",
        ">",
        "[",
        "]",
        "{",
        "}",
        ",",
        "'",
        '"',
    ),
    *("?", "!", "&a", "*a", "%", "@", "`", "<<", "...", "---", "\\n", "\\", "é", "\xa0", "{{x}}", "a", "b:", "a: b"),
    *("1", "-1", "0x1", "~", "null", "true", "\n  ", "\n- ", "\n  - ", "x: |\n    y\n", "#c\n"),
)
FILE = """\
id: a/b
version: 1.2.0 # two
tags: [a, b c]
variables:
  x: {type: string, description: What it is, enum: [a, "b", 'c'], default: 1.5}
  y:
    type: array
    items: {type: object, properties: {z: {}}}

messages:
- role: system
  content: |
    One {{x}}

      two: # no comment
- role: user
  name:
  content: |-
    Three
metadata:
  - "a\\n\\"b\\""
  - 'c'
  - |
    four
  - e:
    - f
"""


@PATIENT
@given(st.data())
def test_a_file_that_was_edited_anyhow_is_read_as_the_composer_reads_it(data: st.DataObject) -> None:
    text = FILE
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        taken = data.draw(st.sampled_from([0, 0, 0, 1, 2, 5]))
        text = text[:at] + data.draw(st.sampled_from(["", *PIECES])) + text[at + taken :]
    check(text)


def test_what_most_files_consist_of_is_read() -> None:
    assert check(FILE)


@pytest.mark.parametrize("path", sorted(Path("prompts").rglob("*.yaml")), ids=str)
def test_the_prompts_of_this_project_are_read(path: Path) -> None:
    assert check(path.read_text(encoding="utf-8"))


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
    assert read_lines(text) is None


def test_the_places_of_a_file_are_still_to_be_asked_for() -> None:
    text = "a: [1, x, true]\nb: |\n  two\n  lines\n\nc:\nd: {d: 'e'}\n"
    data = read_lines(text)
    assert data == {"a": [1, "x", True], "b": "two\nlines\n", "c": None, "d": {"d": "e"}}
    source = YamlSource.parse(text.encode())
    assert source.data == data
    assert source.region(("a", 1)) == (1, 8, 1, 9)
    assert source.root is source.root


def test_two_files_never_share_what_they_hold() -> None:
    text = "a: {b: [{c: d}]}\n"
    first, second = read_lines(text), read_lines(text)
    assert first == second
    first["a"]["b"][0]["c"] = "e"  # type: ignore[index, call-overload] # it is what the text says
    assert second == read_lines(text)


def test_a_long_line_is_read_in_linear_time() -> None:
    for text in ("a: b" + " " * 100_000 + "#\n", "a: b" + " c" * 50_000 + ":\n", "a: [" + "b " * 50_000 + "\n"):
        check(text)
