"""YAML in the files of prompts, and the errors for YAML that is refused."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

from prompt_cli.errors import PromptFormatError
from prompt_cli.problems import Region
from prompt_cli.yaml.source import YamlSource
from prompt_cli.yaml.text import MAX_BYTES


def problems_of(content: str | bytes) -> list[tuple[str, tuple[int, ...] | None]]:
    with pytest.raises(PromptFormatError) as raised:
        YamlSource.parse(content.encode() if isinstance(content, str) else content)
    return [(one.kind, one.region and tuple(one.region)[:2]) for one in raised.value.problems]


def message_of(content: str) -> tuple[str, str]:
    with pytest.raises(PromptFormatError) as raised:
        YamlSource.parse(content.encode())
    (problem,) = raised.value.problems
    assert raised.value.message == problem.message
    return problem.message, problem.help


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("n", "n"),
        ("2026-01-01", "2026-01-01"),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("1:30", "1:30"),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("-12", -12),
        ("+12", 12),
        ("- 12", None),
        ("1.5", 1.5),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1.2.0", "1.2.0"),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("+.Inf", math.inf),
        ("~", None),
        ("", None),
        ("null", None),
        ("nULL", "nULL"),
        ("true", True),
        ("False", False),
        ("tRUE", "tRUE"),
        ("<<", "<<"),
        ("=", "="),
        ('"12"', "12"),
        ("'~'", "~"),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("!!float 1", 1.0),
        ("!!int 0x10", 16),
        ("!!null ''", None),
        ("!!bool true", True),
        ("!!map {a: 1}", {"a": 1}),
        ("!!seq [a]", ["a"]),
        ("! [a]", ["a"]),
        ("1\u0661", "1\u0661"),
        ("\t12", 12),
        ("a\ufeffb", "a\ufeffb"),
    ],
)
def test_values_are_those_of_the_core_schema(text: str, value: object) -> None:
    if value is None and text.startswith("-"):
        assert problems_of(f"a: {text}")
        return
    found = YamlSource.parse(f"a: {text}\n".encode()).data["a"]
    assert (type(found), found) == (type(value), value)


def test_nan_is_a_number() -> None:
    found = YamlSource.parse(b"a: .NaN").data["a"]
    assert isinstance(found, float)
    assert math.isnan(found)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("%YAML 1.1\n---\na: yes\n", {"a": "yes"}),
        ("%TAG !c! tag:yaml.org,2002:\n---\na: !c!str 1\n", {"a": "1"}),
        ("--- # start\na: 1\n...\n", {"a": 1}),
        ("{a: 1}", {"a": 1}),
        ("{}", {}),
        ("\ufeffa: 1", {"a": 1}),
        ("a: 1\r\nb: |\r\n  x\r\n  y\r\n", {"a": 1, "b": "x\ny\n"}),
        ('"<<": 1', {"<<": 1}),
        ("!!str <<: 1", {"<<": 1}),
        ("? a\n: 1", {"a": 1}),
        ("a: &x {b: 1}\nc: *x\nd: [*x]", {"a": {"b": 1}, "c": {"b": 1}, "d": [{"b": 1}]}),
        ("a: &x 1\nb: &x 2\nc: *x", {"a": 1, "b": 2, "c": 2}),
        ("&k a: 1\nb: *k", {"a": 1, "b": "a"}),
        ("a: &k b\n*k : 1", {"a": "b", "b": 1}),
        ('a: "\\u2028\\x85\\e"', {"a": "\u2028\x85\x1b"}),
        ("%FOO\n---\na: 1", {"a": 1}),
        ("a: {b, c: }", {"a": {"b": None, "c": None}}),
        ("'': 1", {"": 1}),
        ("a: [team:search]", {"a": ["team:search"]}),
        ("a: {at: 12:30}", {"a": {"at": "12:30"}}),
        ("a: {q: Is it open?}", {"a": {"q": "Is it open?"}}),
        ("a: |\n  \t- b\n", {"a": "\t- b\n"}),
        ("a: [\n  \tb]", {"a": ["b"]}),
    ],
)
def test_files_are_read(text: str, data: object) -> None:
    assert YamlSource.parse(text.encode()).data == data


def test_alias_is_the_object_of_its_anchor() -> None:
    data = YamlSource.parse(b"a: &x [1]\nb: *x").data
    assert data["a"] is data["b"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a: \xff", [("not_utf8", (1, 4))]),
        ("é: é\na: x".encode("latin-1"), [("not_utf8", (1, 1))]),
        ("a: é".encode("utf-16"), [("not_utf8", (1, 1))]),
        (b"a: \xed\xa0\x80", [("not_utf8", (1, 4))]),
        (b"x" * (MAX_BYTES + 1), [("too_large", None)]),
        (b"", [("empty", (1, 1))]),
        (b"# only this\n", [("empty", (1, 1))]),
        (b"\xef\xbb\xbf", [("empty", (1, 1))]),
        (b"- a", [("not_mapping", (1, 1))]),
        (b"just text", [("not_mapping", (1, 1))]),
        (b"---\n", [("not_mapping", (2, 1))]),
        ("a: x\x07y\nb: \x1b", [("control_character", (1, 5)), ("control_character", (2, 4))]),
        ("a: \x7f", [("control_character", (1, 4))]),
        ("a: \ufffe", [("control_character", (1, 4))]),
        ("a: |\n  x\u2028y", [("line_break", (2, 4))]),
        ("a: x\x85# \u2029", [("line_break", (1, 5)), ("line_break", (1, 8))]),
        ("a: 1\nb: 2\na: 3\n'b': 4", [("duplicate_key", (3, 1)), ("duplicate_key", (4, 1))]),
        ("a: {b: {c: 1, c: 2}}", [("duplicate_key", (1, 15))]),
        ("a: !x 1\nb: !!binary ''", [("unknown_tag", (1, 4)), ("unknown_tag", (2, 4))]),
        ("a: !x [1]\nb: !!set {}", [("unknown_tag", (1, 4)), ("unknown_tag", (2, 4))]),
        ("a: !e!x 1", [("unknown_tag", (1, 4))]),
        ("a: !!int x", [("tag_mismatch", (1, 4))]),
        ("a: !!map 1", [("tag_mismatch", (1, 4))]),
        ("a: !!map []", [("tag_mismatch", (1, 4))]),
        ("a: !!str {}", [("tag_mismatch", (1, 4))]),
        ("a: 1\n---\nb: 1", [("several_documents", (2, 1))]),
        ("a: 1\n...\n---\nb: 1", [("several_documents", (3, 1))]),
        ("a: &x [*x]", [("recursive_alias", (1, 8))]),
        ("&x a: *x\n", []),
        ("&x\na: {b: *x}", [("recursive_alias", (2, 8))]),
        ("a: *x", [("undefined_alias", (1, 4))]),
        ("<<: {a: 1}", [("merge_key", (1, 1))]),
        ("a: &x {b: 1}\nc: {<<: *x}", [("merge_key", (2, 5))]),
        ("1: a\ntrue: b\n~: c\n1.5: d", [("key_type", (line, 1)) for line in (1, 2, 3, 4)]),
        ("? [a]\n: 1\n? {b: c}\n: 2", [("key_type", (1, 3)), ("key_type", (3, 3))]),
        ("a: {? : 1}", [("key_type", (1, 6))]),
        ("a: {{x}}", [("key_type", (1, 4))]),
        (f"a: {'9' * 4001}\nb: 1.{'9' * 4000}", [("long_number", (1, 4)), ("long_number", (2, 4))]),
        ("a: " + "[" * 63 + "]" * 63, []),
        ("a: " + "[" * 64 + "]" * 64, [("nesting", (1, 67))]),
        ("a: [1\nb: c: d", [("yaml_syntax", (2, 2))]),
        ("a: 1\na: 2\nb: [", [("duplicate_key", (2, 1)), ("yaml_syntax", (3, 5))]),
        ("é😀: x\n😀😀: 'y", [("yaml_syntax", (2, 5))]),
        ("a: x\r\nb: 'y", [("yaml_syntax", (2, 4))]),
        ("a: x\rb: 'y", [("yaml_syntax", (2, 4))]),
        ('a: "\\\\\\ud83d\\ude00"', [("yaml_syntax", (1, 7))]),
        ('a: "\\uDC00"', [("yaml_syntax", (1, 5))]),
        ("a: 1\na: 2\nb: |\n  ![](data:image/png;base64," + "A" * 6000 + ")", [("duplicate_key", (2, 1))]),
        (f"a: !{'x' * 1001} 1\nb: !y 1", [("long_tag", (1, 4))]),
        ("%YAML 1.2\r" + "%TAG !a! x\r" * 101 + "---\ra: 1", [("yaml_syntax", (2, 1))]),
        ("a: [" + "x," * 100_000 + "]", [("too_large", (1, 200_003))]),
    ],
)
def test_files_are_refused_with_the_place(content: str | bytes, expected: list[object]) -> None:
    if not expected:
        YamlSource.parse(content.encode() if isinstance(content, str) else content)
        return
    assert problems_of(content) == expected


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        ("a: b: c", "an unquoted value contains a colon followed by a space", "quotes"),
        ("a: 1\n  b: 2", "this key is indented deeper than the line above it allows", "alike"),
        ("a:\n  b: 1\n c: 2", "this line is indented unlike the entries above it", "alike"),
        ("a: Look at\n  ticket #7 and\n  answer", "' #' begins a comment in the line above", "quotes"),
        ("- {a: See #7}\n- {a: b}", "' #' begins a comment, which holds the }", "quotes"),
        ("a: [x, #y]\nb: 1", "' #' begins a comment, which holds the ]", "quotes"),
        ("a:\n- b: See #7\n    and more", "' #' begins a comment in the line above", "block"),
        ("a:\n  b: 1 # one\n c: 2", "this line is indented unlike the entries above it", "alike"),
        ("a:\n\tb: 1", "a tab indents this line", "spaces"),
        ("\ta: 1", "a tab indents this line", "spaces"),
        ("a: |\n\tx", "a tab indents this line", "spaces"),
        ('a: "x\nb: 1', "this quote is never closed", "close it"),
        ("a: 'it's'", "unexpected text after the value", "quotes"),
        ('a: "x" y', "unexpected text after the value", "quotes"),
        ("a: [x", "this [ is never closed", "]"),
        ("a: {x: 1", "this { is never closed", "}"),
        ("a: [x\nb: 1", "a comma or a closing bracket is missing before this", "commas"),
        ("a: @x", "a value cannot begin with @", "quotes"),
        ("a: `x`", "a value cannot begin with `", "quotes"),
        ("a: %x", "a value cannot begin with %", "quotes"),
        ("a: *x*", "the alias *x* has no anchor before it", "quotes"),
        ("a: & x", "a value that begins with & is read as an anchor", "quotes"),
        ("a: - b", "a list cannot begin here", "line after"),
        ("a: {{x}}", "a value that begins with {{ is read as a mapping, not as text", "quotes"),
        ("a: {{x}} and more", "a value that begins with {{ is read as a mapping, not as text", "quotes"),
        ("- a: {{#if x}}y{{/if}}", "a value that begins with {{ is read as a mapping, not as text", "quotes"),
        ("{{> shared/tone}}", "a value that begins with {{ is read as a mapping, not as text", "quotes"),
        ("a: |\n  Hello\n<<<<<<< HEAD\n  b\n=======\n", "an unresolved merge conflict", "keep one"),
        ("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n", "an unresolved merge conflict", "keep one"),
        ("a: Hello\nb\n", "this line is not 'key: value'", "colon"),
        ("a: |x\n  y", "unexpected text after the | or > of a block", "next line"),
        ('a: "\\q"', "this escape is unknown", "single quotes"),
        ("a:\n  - x\n  y: 1", "this line is not an entry of the list above it", "- "),
        ("a: *", "a value that begins with * is read as an alias", "quotes"),
        ('a: "\\U00110000"', "this escape is not a Unicode character", "itself"),
        (f"%YAML 1.{'9' * 5000}\n---\na: 1", "this version of YAML is unknown", "remove"),
        ("%YAML 2.0\n---\na: 1", "this version of YAML is unknown", "remove"),
        ("a: 1\nA: 2\na: 3", "duplicate key 'a'; the first is in line 1, column 1", "remove"),
        ("12: a", "the key 12 is not text", "write the key in quotes"),
        ("a: !!python/object:os.system x", "the tag !!python/object:os.system is not in", "remove the tag"),
        ("a: ,", "a value is expected here", "quotes"),
        ("a: |# x\n  y", "unexpected text after the | or > of a block", "next line"),
        ("a: [b:]", "a value in brackets ends with a colon", "space after the colon"),
        ("a: [?b]", "unquoted text in brackets contains a ?", "quotes"),
        ("a: [b, [", "the file ends where a value is expected", "bracket"),
    ],
)
def test_messages_have_help(text: str, message: str, advice: str) -> None:
    found, found_advice = message_of(text)
    assert found.startswith(message)
    assert advice in found_advice


def test_aliases_expand_within_a_bound() -> None:
    def bombs(levels: int) -> str:
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
        return "\n".join(lines)

    assert len(YamlSource.parse(bombs(3).encode()).data) == 3
    assert problems_of(bombs(9)) == [("alias_bound", (4, 45))]


def test_aliases_cannot_nest_deeper_than_the_file_may() -> None:
    deep = "a: &a " + "[" * 40 + "]" * 40
    assert YamlSource.parse(f"{deep}\nb: [*a]".encode()).data["b"]
    assert problems_of(f"{deep}\nb: {'[' * 24}*a{']' * 24}") == [("nesting", (2, 28))]


@pytest.mark.parametrize("unit", ["[", "- ", "{a: ", "? ", "[a, ", "- ? "])
def test_deep_nesting_is_refused_and_does_not_end_the_process(unit: str) -> None:
    content = "a:\n  " + unit * (MAX_BYTES // len(unit) - 5)
    assert [kind for kind, _ in problems_of(content)] == ["nesting"]


def test_problems_have_an_end() -> None:
    with pytest.raises(PromptFormatError) as raised:
        YamlSource.parse("é: 1\nkey: 2\n'key': 3".encode())
    assert [one.region for one in raised.value.problems] == [Region(3, 1, 3, 6)]


def test_many_problems_are_reported_together() -> None:
    with pytest.raises(
        PromptFormatError, match="the file has 2 problems\n  1:1: the key 1 is not text\n  2:4: the tag !x"
    ):
        YamlSource.parse(b"1: a\nb: !x c")


def test_the_module_imports_no_yaml_library_until_it_parses() -> None:
    code = (
        "import sys, prompt_cli.yaml.source as m\n"
        "heavy = {'ruamel', 'asyncio', 'pydantic', 'aiofiles', 'filelock', 'dataclasses', 'json', 'hashlib'}\n"
        "print(sorted(heavy & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
