"""Positions of the parts of a prompt's file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from prompt_cli.errors import PromptFormatError
from prompt_cli.problems import Region
from prompt_cli.yaml.nodes import same_data
from prompt_cli.yaml.source import YamlSource
from tests.yaml.strategies import PATIENT, documents, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.problems import DataPath
    from prompt_cli.yaml.nodes import YamlData

FILE = """\
# ours
id: support/triage
tags: [a, "b c", &x d]
variables:
  tone: {type: string, default: }
  lang:

messages:
- role: user
  content: |
    Hi {{name}},
      é😀 indented

    bye  \t
  # a comment
- role: system
  content: >-
    folded
    text

    end
note: "a\\tb\\u00e9 \\
  c"
quote: 'it''s
  two lines'
plain: several
  words here # no text
again: *x
"""


def cut(source: YamlSource, region: Region) -> str:
    """Return the text of a region."""
    start, end = indexes(line_starts(source.text), region)
    return source.text[start:end]


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), FILE[FILE.index("id:") : -1], None),
        (("id",), "support/triage", "id"),
        (("tags",), '[a, "b c", &x d]', "tags"),
        (("tags", 1), '"b c"', '"b c"'),
        (("tags", 2), "&x d", "&x d"),
        (("tags", 3), '[a, "b c", &x d]', "tags"),
        (("tags", "x"), '[a, "b c", &x d]', "tags"),
        (("variables", "tone", "type"), "string", "type"),
        (("variables", "tone", "default"), "default", "default"),
        (("variables", "lang"), "lang", "lang"),
        (("variables", "none", "deeper"), "tone: {type: string, default: }\n  lang:", "variables"),
        (("messages", 0, "role"), "user", "role"),
        (("messages", 0), FILE[FILE.index("role: user") : FILE.index("  # a comment") - 1], None),
        (("messages", 1, "content"), ">-\n    folded\n    text\n\n    end", "content"),
        (("plain",), "several\n  words here", "plain"),
        (("again",), "*x", "again"),
        (("id", "deeper"), "support/triage", "id"),
    ],
)
def test_regions_of_values_and_keys(path: DataPath, value: str, key: str | None) -> None:
    source = YamlSource.parse(FILE.encode())
    assert cut(source, source.region(path)) == value
    assert key is None or cut(source, source.key_region(path)) == key


def test_regions_count_characters_from_one() -> None:
    source = YamlSource.parse("\ufeffé😀: ü\r\nb: {'x': [1, 'é', 2]}\r\n".encode())
    assert source.region(("é😀",)) == Region(1, 5, 1, 6)
    assert source.region(("b", "x", 2)) == Region(2, 19, 2, 20)


@pytest.mark.parametrize(
    ("path", "part", "expected"),
    [
        (("messages", 0, "content"), "{{name}}", "{{name}}"),
        (("messages", 0, "content"), "é😀", "é😀"),
        (("messages", 0, "content"), "  é", "  é"),
        (("messages", 0, "content"), "  \t\n", "  \t\n"),
        (("messages", 0, "content"), "indented\n\nbye", "indented\n\n    bye"),
        (("messages", 1, "content"), "folded text", "folded\n    text"),
        (("messages", 1, "content"), "ed", "ed"),
        (("messages", 1, "content"), "end", "end"),
        (("note",), "\t", "\\t"),
        (("note",), "é", "\\u00e9"),
        (("note",), "é c", "\\u00e9 \\\n  c"),
        (("quote",), "t's", "t''s"),
        (("quote",), "s two", "s\n  two"),
        (("plain",), "several words", "several\n  words"),
        (("again",), "d", "d"),
        (("tags", 1), "b c", "b c"),
    ],
)
def test_parts_of_strings_are_found_in_the_file(path: DataPath, part: str, expected: str) -> None:
    source = YamlSource.parse(FILE.encode())
    value: Any = source.data
    for segment in path:
        value = value[segment]
    start = value.index(part)
    assert cut(source, source.value_region(path, start, start + len(part))) == expected


@pytest.mark.parametrize(
    ("text", "start", "end", "expected"),
    [
        ("a: ''", 0, 0, Region(1, 6, 1, 6)),
        ("a: |\n  xy\n", 3, 3, Region(3, 1, 3, 1)),
        ("a: |\n  xy\n", 1, 1, Region(2, 4, 2, 4)),
        ("a: |\n  xy\n", 1, 99, Region(2, 4, 3, 1)),
        ("a: xy", 5, 9, Region(1, 6, 1, 6)),
        ("a: [x]", 0, 1, Region(1, 4, 1, 7)),
        ("a: |\n\n\n", 0, 0, Region(1, 5, 1, 5)),
    ],
)
def test_parts_at_the_edge(text: str, start: int, end: int, expected: Region) -> None:
    assert YamlSource.parse(text.encode()).value_region(("a",), start, end) == expected


def strings(value: YamlData, path: DataPath = ()) -> Iterator[tuple[DataPath, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from strings(inner, (*path, key))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from strings(inner, (*path, n))


@settings(PATIENT, max_examples=60)
@given(st.data())
def test_each_character_of_each_string_is_found(data: st.DataObject) -> None:
    given_data = data.draw(documents)
    source = parsed(data.draw(written(given_data)), given_data)
    starts = line_starts(source.text)
    for path, value in strings(given_data):
        here = 0
        for n, character in enumerate(value):
            start, end = indexes(starts, source.value_region(path, n, n + 1))
            assert start >= here, "characters stand in the order of the value"
            here = start
            raw = source.text[start:end]
            assert character in " \t\r\n" or raw == character or read(raw) == character


def read(raw: str) -> str:
    """Return the character that a piece of a scalar denotes, as the YAML library reads it."""
    if raw == "''":
        return "'"
    quoted = raw if len(raw) > 1 else raw.replace("\\", "\\\\").replace('"', '\\"')
    return str(YamlSource.parse(f'a: "{quoted}"'.encode()).data["a"])


def line_starts(text: str) -> list[int]:
    ends = [
        n
        for n, character in enumerate(text)
        if character == "\n" or (character == "\r" and text[n + 1 : n + 2] != "\n")
    ]
    return [0, *(end + 1 for end in ends)]


def indexes(starts: list[int], region: Region) -> tuple[int, int]:
    return starts[region.line - 1] + region.column - 1, starts[region.end_line - 1] + region.end_column - 1


def parsed(text: str, data: object) -> YamlSource:
    """Return the source; invalid YAML of the strategy is skipped."""
    try:
        source = YamlSource.parse(text.encode())
    except PromptFormatError:
        reject()
    assume(same_data(source.data, data))
    return source


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# one\na: 1 # two\n#three", [(1, 1, "# one"), (2, 6, "# two"), (3, 1, "#three")]),
        ("a: 'x # y'\nb: \"# z\"\nc: d#e", []),
        ("a: | # head\n  # text\n # lower\nb: >- #x\n", [(1, 6, "# head"), (3, 2, "# lower"), (4, 7, "#x")]),
        ("a: |\n  # text\n # lower\nb: 1", [(3, 2, "# lower")]),
        ("a: &b !!str x\nd: [e, # f\n  g#h,#i\n ]", [(2, 8, "# f"), (3, 7, "#i")]),
        ("%YAML 1.2 # y\n--- # z\na: !!str # t\n  b\n", [(1, 11, "# y"), (2, 5, "# z"), (3, 10, "# t")]),
        ("é: 😀 # ü\r\nb: 1\r\n", [(1, 6, "# ü")]),
        ("a: b\n  c # d\n", [(2, 5, "# d")]),
        ("a: &x#1#2 y # c\nb: *x#1#2 # d\nc: 'p &q'#e\n", [(1, 13, "# c"), (2, 11, "# d"), (3, 10, "#e")]),
        ("&x#1 a: &y#2\n  [&z#3 b,&z#4\t#c\n    d]\n", [(2, 16, "#c")]),
        ("? a # k\n: b # v\n", [(1, 5, "# k"), (2, 5, "# v")]),
    ],
)
def test_comments(text: str, expected: list[tuple[int, int, str]]) -> None:
    assert [tuple(one) for one in YamlSource.parse(text.encode()).comments()] == expected


@settings(PATIENT, max_examples=60)
@given(st.data())
def test_comments_hold_no_data(data: st.DataObject) -> None:
    given_data = data.draw(documents)
    source = parsed(data.draw(written(given_data)), given_data)
    lines = source.text.split("\n")
    for line, column, text in reversed(source.comments()):
        before, after = lines[line - 1][: column - 1], lines[line - 1][column - 1 + len(text) :]
        assert text.startswith("#")
        assert lines[line - 1] == before + text + after
        lines[line - 1] = f"{before}#{after}"
    bare = YamlSource.parse("\n".join(lines).encode())
    assert same_data(bare.data, given_data)
    assert [one.text for one in bare.comments()] == ["#"] * len(source.comments())
    assert "# why" not in bare.text
