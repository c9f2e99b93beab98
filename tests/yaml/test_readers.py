"""Our reader beside others: ruamel.yaml's YAML 1.2 parser, and npm's yaml where it is installed."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from prompt_cli.errors import PromptFormatError
from prompt_cli.yaml.nodes import Alias, Mapping, Sequence, same_data
from prompt_cli.yaml.source import YamlSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.yaml.nodes import Node

ROOT = Path(__file__).parents[2]
NPM_YAML = Path(os.environ.get("NPM_YAML_PATH") or ROOT / ".node" / "node_modules" / "yaml")
INSTALL = "npm install --no-save --prefix .node yaml@2"
DOCUMENTS = 400
# In brackets ruamel.yaml reads [?a] as a key and [a:] as text, as YAML 1.1 does: both are errors here.
REFUSED_FOR_1_1 = re.compile(r"\?|:[\[\]{},]")
CORPUS = sorted([*ROOT.glob("prompts/**/*.yaml"), *ROOT.glob("tests/**/*.yaml")])

FILE = """\
id: a/b
version: 1.2.0 # two
tags: [a, b c, team:search]
variables:
  x: {type: string, description: Is it open?, enum: [a, "b", 'c'], default: 12:30}
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
  content: >-
    Three
    four
metadata:
  - "a\\n\\"b\\""
  - !!str 'c'
  - &e
    - f
"""
SMALL = ("a: [b, c]\n", "a: {b: c, d: e}\n", "a:\n- b\n- c: d\n", "a: |\n  b\n  c\nd: e\n", "a: \"b c\"\nd: 'e'\n")
PIECES = (
    *(" ", "  ", "\n", "\n\n", "   \n", "\t", "\r\n", "#", " #c", "#c\n", ":", ": ", "::", ":a", "a:b", "q: Is it?"),
    *("-", "- ", "\t- ", "|", "|-", ">", "|\n\t", "[", "]", "{", "}", ",", "'", '"', "?", "? ", "!", "!!str ", "&x "),
    *("*x", "%", "@", "`", "<<", "...", "---", "\\n", "\\", "é", "\xa0", "{{x}}", "a", "b:", "a: b", "1", "-1", "0x1"),
    *("~", "null", "true", "\n  ", "\n- ", "\n  - ", "x: |\n    y\n", "[team:search]", "{at: 12:30}"),
)


def edited_documents(count: int, seed: int) -> list[str]:
    """Return documents that were edited at random; each ends with a line break, for npm's yaml adds one to a block."""
    draw = random.Random(seed)  # noqa: S311 - test data
    documents = []
    for _ in range(count):
        text = draw.choice([FILE, *SMALL, *SMALL])
        for _ in range(draw.randint(1, 3)):
            at = draw.randint(0, len(text))
            text = text[:at] + draw.choice(PIECES) + text[at + draw.choice([0, 0, 0, 1, 2, 5]) :]
        documents.append(text + "\n")
    return documents


def read(text: str, *, c_parser: bool = True) -> tuple[object | None, set[str]]:
    """Return the data, or None with the kinds of errors."""
    try:
        return YamlSource(text.encode(), c_parser=c_parser).data, set()
    except PromptFormatError as error:
        return None, {problem.kind for problem in error.problems}


def is_yaml(text: str) -> bool:
    """Return whether ruamel.yaml's YAML 1.2 parser accepts a text."""
    try:
        list(YAML(typ="safe", pure=True).parse(text))
    except (YAMLError, ValueError, OverflowError):
        return False
    return True


def by_npm(texts: list[str]) -> list[Any]:
    """Return for each text a list of its data, or None for an error."""
    script = str(Path(__file__).with_name("npm_yaml.mjs"))
    command = ["node", script, str(NPM_YAML.resolve())]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True)
    return [one and json.loads(one) for one in json.loads(done.stdout)]


def comparable(value: object) -> object:
    """Return data as JSON and JavaScript can tell it apart."""
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def test_documents_of_the_yaml_1_2_parser_are_read() -> None:
    for text in edited_documents(DOCUMENTS, 1):
        data, kinds = read(text)
        if data is not None and is_yaml(text):
            assert same_data(data, read(text, c_parser=False)[0]), text
        assert "yaml_syntax" not in kinds or REFUSED_FOR_1_1.search(text) or not is_yaml(text), text


def test_the_yaml_1_2_parser_refuses_a_long_tag_and_reads_a_long_text_with_its_sign() -> None:
    assert read(f"a: !{'x' * 6000} b", c_parser=False) == (None, {"yaml_syntax"})
    assert read(f"a: |\n  !{'x' * 6000} b", c_parser=False) == ({"a": f"!{'x' * 6000} b"}, set())


@pytest.mark.skipif(not shutil.which("node") or not NPM_YAML.exists(), reason=f"npm's yaml is asked after `{INSTALL}`")
def test_no_verdict_is_against_both_other_readers() -> None:
    texts = edited_documents(DOCUMENTS, 2)
    for text, theirs in zip(texts, by_npm(texts), strict=True):
        data, kinds = read(text)
        if data is not None:
            # The YAML 1.2 parser takes no tabs between tokens; YAML 1.2 does.
            assert theirs is not None or is_yaml(text.replace("\t", " ")), f"only we accept {text!r}"
            if theirs is not None and is_yaml(text) and "\r" not in text.replace("\r\n", ""):
                assert same_data(comparable(theirs[0]), comparable(data)), text
        elif kinds == {"yaml_syntax"} and not REFUSED_FOR_1_1.search(text):
            assert theirs is None or not is_yaml(text), f"only we refuse {text!r}"


def nodes(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Mapping):
        for key, value in node.entries.values():
            yield from nodes(key)
            yield from nodes(value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from nodes(item)


def described(content: bytes, *, c_parser: bool) -> object:
    """Return the values of a file with their positions, or its problems."""
    try:
        source = YamlSource(content, c_parser=c_parser)
    except PromptFormatError as error:
        return error.problems
    return [
        (node.start, node.end, node.data, *(() if isinstance(node, Alias) else (node.tag, node.anchor)))
        for node in nodes(source.root)
    ]


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: str(path.relative_to(ROOT)))
def test_both_parsers_tell_the_same_of_the_files_of_this_project(path: Path) -> None:
    content = path.read_bytes()
    assert described(content, c_parser=True) == described(content, c_parser=False)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(
    ("scalar", "part"),
    [
        ("a b", "b"),
        ("a\n  b", "b"),
        ("'it''s b'", "b"),
        ("'a\n\n  b'", "b"),
        ('"\\u00e9\\n b"', "b"),
        ('"a \\\n  b"', "b"),
        ("|\n    a\n\n      b\n", "b"),
        ("|2-\n    a\n   b", "b"),
        (">-\n  a\n  b\n", "b"),
        ("!!str &x a b", "b"),
        ("&x !!str a b", "b"),
        ("[c, a b , d]", "b"),
        ("{c: 'a b', d: e}", "b"),
        ('{c: "a\n  b"}', "b"),
        ("[team:b]", "b"),
        ("{c: Is it b?}", "b"),
        ("{c: 12:b}", "b"),
        ("[c, !!str &x a b]", "b"),
    ],
)
@pytest.mark.parametrize("c_parser", [True, False])
def test_positions_are_exact(scalar: str, part: str, newline: str, mark: str, c_parser: bool) -> None:  # noqa: FBT001
    text = f"é: 1\nk: {scalar}\nlast: 2\n".replace("\n", newline)
    source = YamlSource((mark + text).encode(), c_parser=c_parser)
    path: tuple[str | int, ...] = ("k",)
    value: Any = source.data["k"]
    while not isinstance(value, str):
        key = next((n for n, item in enumerate(value) if part in item), 0) if isinstance(value, list) else "c"
        path, value = (*path, key), value[key]
    region = source.value_region(path, value.index(part), value.index(part) + 1)
    assert text[source.lines.index(*region[:2]) : source.lines.index(*region[2:])] == part
    first, last = source.region(path), source.region(("last",))
    assert source.lines.index(*first[2:]) <= text.index(f"last: 2{newline}")
    assert text[source.lines.index(*last[:2]) :] == f"2{newline}"


def test_everything_is_read_without_the_c_extension() -> None:
    program = """\
import sys
sys.modules["_ruamel_yaml"] = sys.modules["_ruamel_yaml_clibz"] = None
from prompt_cli.yaml.source import YamlSource
print(YamlSource.parse(sys.stdin.buffer.read()).data)
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, input=FILE, capture_output=True, text=True, check=True)
    assert done.stdout == f"{YamlSource.parse(FILE.encode()).data}\n"
