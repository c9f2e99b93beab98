"""Edits: only the edited value changes, and every other byte stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from prompt_cli.errors import PromptFormatError, StorageError
from prompt_cli.yaml.nodes import same_data
from prompt_cli.yaml.source import YamlSource
from tests.yaml.strategies import PATIENT, changed, documents, edits, texts, written


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        ("a: b # c\nd: 1\n", "2.0.0", "a: 2.0.0 # c\nd: 1\n"),
        ('a: "1.0.0" # c\n', "2.0.0", 'a: "2.0.0" # c\n'),
        ("a: '1.0.0'\n", "it's", "a: 'it''s'\n"),
        ("a: '1.0.0'\n", "x\ny", 'a: "x\\ny"\n'),
        ("a: 1.0.0\n", "1.0", 'a: "1.0"\n'),
        ("a: 1.0.0\n", "yes", 'a: "yes"\n'),
        ("a: 1.0.0\n", "2026-01-01", 'a: "2026-01-01"\n'),
        ("a: 1.0.0\n", 'say "x": y', "a: 'say \"x\": y'\n"),
        ("a: x # c\nb: 1\n", "l1\nl2\n", "a: | # c\n  l1\n  l2\nb: 1\n"),
        ("a: x\n\nb: 1\n", "l1\n\n", 'a: "l1\\n\\n"\n\nb: 1\n'),
        ("a: x\nb: 1\n", "l1\n\n", "a: |+\n  l1\n\nb: 1\n"),
        ("a: x\n  y # c\nb: 1\n", "z", "a: z # c\nb: 1\n"),
        ("a: |\n  x\n   y\n\n# c\nb: 1\n", "z\n", "a: |\n  z\n\n# c\nb: 1\n"),
        ("a: |\n  x\n\n\nb: 1\n", "z", "a: |-\n  z\n\n\nb: 1\n"),
        ("a: |\n  x\n\n\nb: 1\n", "z\n\n", "a: |+\n  z\n\nb: 1\n"),
        ("a: |+\n  x\n\n\nb: 1\n", "z\n", "a: |\n  z\nb: 1\n"),
        ("a: | # c\n     x\nb: 1\n", "  z\n", "a: |5 # c\n       z\nb: 1\n"),
        ("a: |1\n  x\nb: 1\n", "z\n", "a: |1\n z\nb: 1\n"),
        ("a: |\n  x\nb: 1\n", "\tz\n", "a: |2\n  \tz\nb: 1\n"),
        ("a: | # c\n  x\nb: 1\n", "", 'a: "" # c\nb: 1\n'),
        ("a: |\n  x\nb: 1\n", "y\rz", 'a: "y\\rz"\nb: 1\n'),
        ("a: >-  # c\n    x\n    y\n\nb: 1", "l1\nl2\n", "a: >  # c\n    l1\n\n    l2\n\nb: 1"),
        ("a: >-\n    x\nb: 1", " l1", "a: |4-\n     l1\nb: 1"),
        ("a: |\n  x", "y\n", "a: |\n  y\n"),
        ("a: |-\n  x", "y", "a: |-\n  y"),
        ("a:\nb: 1", "x", "a: x\nb: 1"),
        ("a: # c\nb: 1", "x", "a: x # c\nb: 1"),
        ("{a: b, c: d}", "x, y", '{a: "x, y", c: d}'),
        ("{a: b, c: d}", "x\ny", '{a: "x\\ny", c: d}'),
        ("{a, c: d}", "x", "{a: x, c: d}"),
        ("{a: , c: d}", "x", "{a: x , c: d}"),
        ("? a\n: b\n", "x", "? a\n: x\n"),
        ("a: !!str 1 # c", "2", 'a: !!str "2" # c'),
        ("a: !!int 1 # c", "2", 'a: "2" # c'),
        ("a: &x !!int 1\nb: 1", "2", 'a: &x "2"\nb: 1'),
        ("a: &x b\nc: 1", "z", "a: &x z\nc: 1"),
        ("b: &x b\na: *x\n", "z", "b: &x b\na: z\n"),
        ("\ufeffa: 1\r\nb: 2\r\n", "x\ny\n", "\ufeffa: |\r\n  x\r\n  y\r\nb: 2\r\n"),
        ("a: é😀 # ü\n", "ü😀", "a: ü😀 # ü\n"),
        ("a: b # c", "b", "a: b # c"),
    ],
)
def test_a_scalar_is_replaced_in_its_style(before: str, text: str, after: str) -> None:
    edited = YamlSource.parse(before.encode()).replace_scalar("a", text)
    assert edited.content.decode() == after
    assert edited.data["a"] == text


@pytest.mark.parametrize(
    ("text", "key", "why"),
    [
        ("a: &x b\nc: *x", "a", "&x in it is used in line 2 too"),
        ("a: [b]", "a", "'a' is not a single value"),
        ("a: &x [b]\nc: *x", "c", "'c' is not a single value"),
        ("a: b", "c", "no 'c' to change"),
    ],
)
def test_a_scalar_that_cannot_change_alone_is_refused(text: str, key: str, why: str) -> None:
    with pytest.raises(StorageError) as raised:
        YamlSource.parse(text.encode()).replace_scalar(key, "new")
    assert why in raised.value.message


def test_an_edit_that_breaks_a_bound_is_refused() -> None:
    with pytest.raises(StorageError, match="a prompt has 1,048,576 at most"):
        YamlSource.parse(b"a: b").replace_scalar("a", "x" * (1 << 20))


@pytest.mark.parametrize(
    ("before", "data", "after"),
    [
        ("a: 1 # c\nb: 2\n", {"a": 1, "b": 2}, "a: 1 # c\nb: 2\n"),
        ("a: 1 # c\nb: 2\n", {"a": 3, "b": 2}, "a: 3 # c\nb: 2\n"),
        ("a: 1 # c\n\n# of b\nb: 2\n", {"a": 1}, "a: 1 # c\n\n# of b\n"),
        ("a: 1 # c\n# of b\nb: 2 # d\n", {"b": 2}, "# of b\nb: 2 # d\n"),
        ("a: 1\n", {"a": 1, "b": [1]}, "a: 1\nb: [1]\n"),
        ("a: 1", {"a": 1, "b": [1]}, "a: 1\nb: [1]"),
        ("a: 1 # c\nb: 2\n", {"a": 1, "c": "x", "b": 2}, "a: 1 # c\nc: x\nb: 2\n"),
        ("a: 1\r\nb: 2\r\n", {"new": "x", "a": 1, "b": 2}, "new: x\r\na: 1\r\nb: 2\r\n"),
        ("a: |\n  x\n\n# end\n", {"a": "x\n", "b": 1}, "a: |\n  x\nb: 1\n\n# end\n"),
        ("a: |\n  x", {"a": "x", "b": 1}, "a: |-\n  x\nb: 1"),
        ("a: {b: 1, c: 2} # x\n", {"a": {"b": 1, "c": 2, "d": "z"}}, "a: {b: 1, c: 2, d: z} # x\n"),
        ("a: { b: 1,  c: 2 }\n", {"a": {"c": 2}}, "a: { c: 2 }\n"),
        ("a: { b: 1,  c: 2 }\n", {"a": {"b": 1}}, "a: { b: 1 }\n"),
        ("a: [x, y, ]\n", {"a": ["x"]}, "a: [x, ]\n"),
        ("a: [x, y]\n", {"a": ["w", "x", "y"]}, "a: [w, x, y]\n"),
        ("a: [x, y, z]\n", {"a": ["x", "z"]}, "a: [x, z]\n"),
        ("a: [x,\n    y]\n", {"a": ["x", "new", "y"]}, "a: [x, new,\n    y]\n"),
        ("a: [x]\n", {"a": []}, "a: []\n"),
        ("a: []\n", {"a": ["x"]}, "a: [x]\n"),
        ("a:\n- x # 1\n- y # 2\n", {"a": ["x", "z", "y"]}, "a:\n- x # 1\n- z\n- y # 2\n"),
        ("a:\n  - x # 1\n  - y # 2\n", {"a": ["y"]}, "a:\n  - y # 2\n"),
        ("a:\n  - x: 1\n    y: 2\n", {"a": [{"y": 2}]}, "a:\n  - y: 2\n"),
        ("a:\n  - x: 1\n    y: 2\n", {"a": [{"w": 0, "x": 1, "y": 2}]}, "a:\n  - w: 0\n    x: 1\n    y: 2\n"),
        ("a:\n  - x: 1\n", {"a": [{"x": 1}, {"x": 2}]}, "a:\n  - x: 1\n  - {x: 2}\n"),
        ("a:\n    b: 1 # c\n    # d\n    e: 2\nf: 3\n", {"a": {"b": 1}, "f": 3}, "a:\n    b: 1 # c\n    # d\nf: 3\n"),
        ("a: # c\n  b: 1\nd: 2\n", {"a": 5, "d": 2}, "a: 5 # c\nd: 2\n"),
        ("a: # c\n  b: 1\nd: 2\n", {"a": "x\ny\n", "d": 2}, "a: | # c\n  x\n  y\nd: 2\n"),
        ("a: 1 # c\n", {"a": {"b": "x\ny"}}, 'a: {b: "x\\ny"} # c\n'),
        ("a: &x {b: 1}\nc: *x\n", {"a": {"b": 1}, "c": 2}, "a: &x {b: 1}\nc: 2\n"),
        ("a: &x {b: 1}\nc: *x\n", {"a": {"b": 1}}, "a: &x {b: 1}\n"),
        ("a: |-\n  x\n     \nb: 1\n", {"a": "x\n   ", "c": 2, "b": 1}, "a: |-\n  x\n     \nc: 2\nb: 1\n"),
        ("a: 1\n\nb: 2\n", {"a": 1, "c": "x\n\n", "b": 2}, 'a: 1\nc: "x\\n\\n"\n\nb: 2\n'),
        ("a:\n  b: 1\n  # c\n", {"a": {"b": 1}, "d": "x\ny\n"}, 'a:\n  b: 1\nd: "x\\ny\\n"\n  # c\n'),
        ("{a: , b: 1}", {"a": None, "c": 1, "b": 1}, "{a: , c: 1 , b: 1}"),
        ("{a: 1}", {"a": 1, "k" * 2_000: 2}, "{a: 1, ? " + "k" * 2_000 + ": 2}"),
        ("a: 1\n", {"b": 2}, "b: 2\n"),
        ("# top\na: 1 # c\n# end\n", {}, "# top\n{}\n# end\n"),
        ("{a: 1}", {"b": [1]}, "{b: [1]}"),
        ("{a: 1, b: 2} # c\n", {"b": 2, "c": 3}, "{b: 2, c: 3} # c\n"),
        ("a: yes\n", {"a": True}, "a: true\n"),
        ("a: 1\n", {"a": 1.0}, "a: 1.0\n"),
        ("messages: [{role: user, content: x}]\n", {"messages": []}, "messages: []\n"),
        (
            "messages:\n  - role: user # r\n    content: |\n      Hi\n",
            {"messages": [{"role": "user", "content": "Hi\n"}, {"role": "system", "content": "Bye\n"}]},
            "messages:\n  - role: user # r\n    content: |\n      Hi\n  - role: system\n    content: |\n      Bye\n",
        ),
    ],
)
def test_an_update_changes_the_least(before: str, data: dict[str, Any], after: str) -> None:
    updated = YamlSource.parse(before.encode()).replace_data(data)
    assert updated.content.decode() == after
    assert same_data(updated.data, data)


# Files as people write them, each with something that has gone wrong in an editor of YAML before.
ODD_FILES = [
    "a: [b: 1, c, {d: e}]\nf: 1\n",
    "a:\tb\t# c\nd:   e   # f\n",
    "a: !!map\n  b: 1\nc: &x\n  - 1\n",
    'a: &x !!map\n  b: 1\n\nd: "multi\n  line\n\n  text" # c\n',
    "? a\n? b\n? c\n: d\n",
    "a:\n  - - 1\n    - 2\n  - - 3\n",
    "a:\n-\n  b: 1\n-\n  - c\n",
    "a: |-\n\n  x\n\n\nb:\n\n\n  c: 1\n\n\n# end\n",
    "a: b\n...\n# after\n",
    "{\n  a: 1, # one\n  b: [\n    2,\n    3, # three\n  ],\n}\n",
    "--- {a: 1, b: x}\n",
    "---\na: >\n  folded text\n  more\n\n   indented\nb: 1\n",
    '"a": "x"\n\'b\': \'y\'\n"c d": {"e": "f", g: "h"}\n',
    'a: "x" # c1\n# c2\n\n# c3\nb: y # c4\n',
    "  a: 1\n  b:\n    c: 2\n",
    "a: |\n  x\n # odd\nb: 1\n",
    "a:\n  b: |+\n    x\n\n\n  c: 1\n",
    "a:\n  - b: |\n      x\n    c: >-\n      y\n  - b: 1 # t\n",
    "a: x\r\nb:\r\n  - c # d\r\n\r\n  - e\r\n",
    "a: x\rb: y\rc:\r  - z\r",
    'é: "ü" # ö\n😀: {🎉: [🎈]}\n',
    "a: !!str\nb: !!null\nc: &e\nd: 1\n",
    "a : 1\nb  :  2\n",
    "a: {b : 1 , c : 2 , }\n",
    "%YAML 1.2\n%TAG !e! tag:yaml.org,2002:\n---\na: !e!str 1\nb: 2\n",
    "a: # c\n  # d\n  b: 1\n  # e\nf: 2\n",
    "a:\n# c\n- b\n# d\n- e\n# f\ng: 1\n",
    "a: |2\n    x\n   y\nb: 1\n",
    "a: >\n\n\n  x\n\n\n\n  y\n",
    'messages:\n- {role: user, content: "x"}\n-   role: a\n    content:   |\n      t\n',
    "a: 1\n\n\n",
    "a: |\n  x",
]


@settings(PATIENT, max_examples=75)
@given(st.data(), st.sampled_from(ODD_FILES))
def test_odd_files_are_updated_too(data: st.DataObject, text: str) -> None:
    source = YamlSource.parse(text.encode())
    after = data.draw(changed(source.data))
    if not isinstance(after, dict):
        reject()
    assert same_data(source.replace_data(after).data, after)


def test_an_update_without_a_change_is_the_same_source() -> None:
    source = YamlSource.parse(b"b: 1\na: [2]")
    assert source.replace_data({"a": [2], "b": 1}) is source


@pytest.mark.parametrize(
    ("text", "data", "why"),
    [
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 2}, "c": {"b": 1}}, "&x in it is used in line 2 too"),
        ("a: &x 1\nb: [*x]", {"b": [1]}, "&x in it is used in line 2 too"),
        ("a: {b: [&x 1]}\nc: *x", {"a": {"b": [2]}, "c": 1}, "&x in it is used in line 2 too"),
        ("a: 1", {"a": object()}, "a is of type object, which a prompt's file cannot hold"),
        ("a: 1", {"a": "\ud800"}, "half a surrogate pair"),
        ("a: 1", {"a": {1: 2}}, "the key 1 of a is not text"),
        ("a: 1", {"a": 10**5000}, "beyond 1.8e308, which JSON readers do not agree on"),
    ],
)
def test_an_update_that_cannot_be_made_in_place_is_refused(text: str, data: dict[str, Any], why: str) -> None:
    with pytest.raises(StorageError) as raised:
        YamlSource.parse(text.encode()).replace_data(data)
    assert why in raised.value.message


def parsed(text: str, data: object) -> YamlSource:
    """Return the source; invalid YAML of the strategy is skipped."""
    try:
        source = YamlSource.parse(text.encode())
    except PromptFormatError:
        reject()
    assume(same_data(source.data, data))
    return source


def entry_lines(source: YamlSource) -> dict[str, list[str]]:
    """Return the lines of each key of the top level, up to the last line of its value."""
    lines = source.text.split("\n")
    found = {}
    for key in source.data:
        first, last = source.key_region((key,)).line, source.region((key,)).end_line
        found[key] = [line.rstrip("\r") for line in lines[first - 1 : max(first, last)]]
    return found


@settings(PATIENT, max_examples=50)
@given(st.data(), edits())
def test_an_update_holds_the_data_and_leaves_the_rest_alone(data: st.DataObject, change: tuple[Any, Any]) -> None:
    before, after = change
    source = parsed(data.draw(written(before)), before)
    root = source.region(())
    assume(source.text.split("\n")[root.line - 1][root.column - 1] != "{")
    updated = source.replace_data(after)
    assert same_data(updated.data, after)
    assert source.content.startswith(b"\xef\xbb\xbf") == updated.content.startswith(b"\xef\xbb\xbf")
    old, new = entry_lines(source), entry_lines(updated)
    untouched = [key for key in before if key in after and same_data(before[key], after[key])]
    # A block that the end of the file ends needs another header where lines are to follow it.
    ended = list(before)[-1] if before and not source.text.endswith("\n") else None
    assert [old[key] for key in untouched if key != ended] == [new[key] for key in untouched if key != ended]


@settings(PATIENT, max_examples=50)
@given(st.data(), documents, texts)
def test_a_replaced_scalar_changes_alone(data: st.DataObject, document: dict[str, Any], text: str) -> None:
    keys = [key for key, value in document.items() if not isinstance(value, dict | list)]
    assume(keys)
    source = parsed(data.draw(written(document)), document)
    key = data.draw(st.sampled_from(keys))
    edited = source.replace_scalar(key, text)
    assert same_data(edited.data, {**document, key: text})
    assert [one.text for one in edited.comments()] == [one.text for one in source.comments()]
