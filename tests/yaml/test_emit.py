"""New files: written in the usual style, with exactly the data that they get."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompt_cli.errors import StorageError
from prompt_cli.yaml.emit import dump
from prompt_cli.yaml.nodes import same_data
from prompt_cli.yaml.source import YamlSource
from tests.yaml.strategies import PATIENT, TRICKY, documents

TRIAGE = """\
id: support/triage
version: 1.2.0
format: chat
description: Sort an incoming ticket and draft a first answer.
tags: [support, production]
variables:
  customer: {type: string, description: Name as the customer signs}
  tickets:
    type: array
    description: Open tickets, newest first, each with the subject as the customer wrote it and nothing more
    items:
      type: object
      properties: {subject: {type: string}, urgent: {type: boolean, default: false}}
messages:
  - role: system
    content: |
      You answer for {{company}}.
      {{> shared/tone}}
  - role: user
    content: |-
      [/INST] 😀
metadata: {owner: support-team}
examples:
  - name: two tickets
    variables: {customer: Ada, tickets: [{subject: Login fails, urgent: true}]}
    expect: {contains: [Login fails (urgent)]}
"""
OCTAL = f"0o{'7' * 1_001}"


def test_a_file_is_written_as_people_write_it() -> None:
    data = YamlSource.parse(TRIAGE.encode()).data
    shuffled = dict(sorted(data.items(), reverse=True))
    assert dump(shuffled).decode() == TRIAGE


@pytest.mark.parametrize(
    ("template", "written"),
    [
        ("Hi\n", "|\n  Hi\n"),
        ("Hi", "|-\n  Hi\n"),
        ("Hi\n\n", "|+\n  Hi\n\n"),
        ("a  \n\n  b\t\n", "|\n  a  \n\n    b\t\n"),
        ("  a\n", "|2\n    a\n"),
        ("\n\n a", "|2-\n\n\n   a\n"),
        ("\ta", "|2-\n  \ta\n"),
        ("{{", "|-\n  {{\n"),
        ("# a", "|-\n  # a\n"),
        ("--- a\n...", "|-\n  --- a\n  ...\n"),
        ("a\n   ", "|-\n  a\n     \n"),
        ("", '""\n'),
        ("\n\n", '"\\n\\n"\n'),
        ("  ", '"  "\n'),
        ("a\r\nb", '"a\\r\\nb"\n'),
        ("a\x85b\u2028\x1b[0m\x00\x7f", '"a\\x85b\\u2028\\x1b[0m\\x00\\x7f"\n'),
        ("\ufffe\uffff", '"\\ufffe\\uffff"\n'),
        ("é😀\U0001f468\u200d\U0001f469", "|-\n  é😀\U0001f468\u200d\U0001f469\n"),
    ],
)
def test_templates_are_block_scalars_if_possible(template: str, written: str) -> None:
    content = dump({"template": template})
    assert content.decode() == f"template: {written}"
    assert YamlSource.parse(content).data == {"template": template}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain words, with commas", "plain words, with commas"),
        ("yes", '"yes"'),
        ("12", '"12"'),
        ("1e999", '"1e999"'),
        (OCTAL, f'"{OCTAL}"'),
        ("2026-01-01", '"2026-01-01"'),
        ("1_000", '"1_000"'),
        ("1:30", '"1:30"'),
        ("0b1", '"0b1"'),
        ("1.2.0", "1.2.0"),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("a#b", "a#b"),
        ('"a"', "'\"a\"'"),
        ('it\'s "it"', 'it\'s "it"'),
        ("- a", '"- a"'),
        ("-a", "-a"),
        ("x ", '"x "'),
        ("", '""'),
        ("<<", '"<<"'),
        (None, "null"),
        (True, "true"),
        (0.1, "0.1"),
        (1e16, "1.0e+16"),
        (1e-7, "1.0e-07"),
        (float("-inf"), "-.inf"),
        (float("nan"), ".nan"),
        ([], "[]"),
        ({}, "{}"),
        (["a: b", "c,d", "?e", "f:g"], '["a: b", "c,d", "?e", "f:g"]'),
        (("a", 1), "[a, 1]"),
        ("x\ny\n", "|\n  x\n  y"),
    ],
)
def test_ambiguous_values_are_quoted(value: object, written: str) -> None:
    assert dump({"a": value}).decode() == f"a: {written}\n"


def test_long_lines_become_blocks() -> None:
    words = ["word " * 5 + str(n) for n in range(5)]
    assert dump({"tags": words}).decode() == "tags:\n" + "".join(f"  - {one}\n" for one in words)


def test_nothing_is_an_empty_mapping() -> None:
    assert dump({}) == b"{}\n"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"a": {1}}, "a is of type set, which a prompt's file cannot hold"),
        ({"a": [b"x"]}, "a[0] is of type bytes"),
        ({"a": "\udc00"}, "'a' holds half a surrogate pair"),
        ({"\udc00": 1}, "half a surrogate pair"),
        ({"b": {1: 1}}, "the key 1 of b is not text"),
        ({"a": 10**4000}, "a is a number beyond 1.8e308, which JSON readers do not agree on"),
    ],
)
def test_values_that_yaml_cannot_hold_are_refused(data: dict[str, object], why: str) -> None:
    with pytest.raises(StorageError) as raised:
        dump(data)
    assert why in raised.value.message


def test_data_that_is_too_deep_is_refused() -> None:
    deep: object = 1
    for _ in range(2_000):
        deep = [deep]
    with pytest.raises(StorageError, match="nested deeper than 64 levels"):
        dump({"a": deep})


@settings(PATIENT, max_examples=75)
@given(documents)
def test_data_comes_back_as_it_went(data: dict[str, Any]) -> None:
    assert same_data(YamlSource.parse(dump(data)).data, data)


@settings(PATIENT, max_examples=150)
@given(st.text() | st.text(alphabet=TRICKY), st.text(alphabet=TRICKY))
def test_text_comes_back_as_it_went(template: str, content: str) -> None:
    data = {"template": template, "messages": [{"content": content}], "description": content, content: template}
    assert YamlSource.parse(dump(data)).data == data


def test_a_key_of_any_length_is_written() -> None:
    data = {"k" * 3_000: {"l" * 3_000: "x"}, "m" * 2_000: "y\n"}
    assert YamlSource.parse(dump(data)).data == data
