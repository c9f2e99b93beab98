"""Rules that read text find it in every style of YAML, at its place in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from prompt_cli import InMemoryStorage, PromptRegistry
from prompt_cli.checking.checker import PromptChecker
from prompt_cli.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD = (
    "id: x\nversion: 1.0.0\nformat: text\nvariables:\n  name: {type: string, enum: [Ada, Bob]}\n"
    "  lines: {type: array, items: {type: string}, default: []}\ntemplate: "
)
TAIL = "\nmetadata: {after: it}\n"

FLAWS: Mapping[str, str] = {
    "PC201": "«{{/each}}»",
    "PC202": "{{«uper» name}}",
    "PC203": '{{«upper» name "x"}}',
    "PC204": "{{> «shared/tonne»}}",
    "PC208": "«{{#if name}}»{{/if}}",
    "PC209": "«{{#if true}}»It is urgent.{{/if}}",
    "PC210": "to «{name}»",
    "PC211": '{{#if (eq name «"Eve"»)}}Eve{{/if}}',
    "PC301": "to {{«nam»}}",
    "PC306": "{{#each «name»}}{{this}}{{/each}}",
    "PC401": "with «ghp_" + "q7RkZ2mXv9TbLc4WnYs8HdJf3GpQa6Ue1KxV»",
    "PC402": "with password=«k3J9xQ2m" + "V7pLw8Rt»",
    "PC403": "Pay «\u202e»now",
    "PC404": "an 😀\u200d\U0001f4bb and a joi«\u200b»ner",
    "PC405": "now«\U000e0068\U000e0069»",
}
"""A text by the rule that finds it; the marks are around the place."""


def _plain(text: str) -> str:
    return f"It's \\n a test\n  of {text} in it,\n  and on."


def _single(text: str) -> str:
    return f"'It''s \\n a \"test\"\n  of: {text.replace(chr(39), chr(39) * 2)} # in it,\n\n  and on.'"


def _double(text: str) -> str:
    return f'"It\'s a \\\\ \\"test\\"\n  of: {_escaped(text)} # in it,\n\n  and on."'


def _double_with_escapes(text: str) -> str:
    return f'"It\'s \\U0001F600 a test:\\n{_escaped(text)}\\tin\\x20it\\\n  and on."'


def _after_a_tab(text: str) -> str:
    return f'"A test:\\t{_escaped(text)}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _literal(text: str) -> str:
    return f'|\n    It\'s \\n a "test"\n      of: {text} # in it,\n\n    and on.'


def _literal_with_indicator(text: str) -> str:
    return f"|2-\n    It's a test\n  of {text} in it,\n  and on."


def _folded(text: str) -> str:
    return f'>-\n  It\'s \\n a\n  "test" of: {text} # in it,\n\n    and\n  on.'


STYLES = (
    _plain,
    _single,
    _double,
    _double_with_escapes,
    _after_a_tab,
    _literal,
    _literal_with_indicator,
    _folded,
)


@pytest.mark.parametrize("code", FLAWS)
async def test_a_rule_finds_text_in_every_style(code: str) -> None:
    marked = {
        f"x{number}": (HEAD.replace("id: x", f"id: x{number}") + style(FLAWS[code]) + TAIL).replace("\n", line_break)
        for number, (style, line_break) in enumerate((style, end) for style in STYLES for end in ("\n", "\r\n"))
    }
    files = {name: text.replace("«", "").replace("»", "").encode() for name, text in marked.items()}
    report = await PromptChecker(Workspace(PromptRegistry(InMemoryStorage(files)))).check([*files])
    found = {(one.path, *one.region) for one in report.findings if one.code == code}
    assert found == {(f"{name}.yaml", *_marked_place(text)) for name, text in marked.items()}


def _marked_place(text: str) -> tuple[int, int, int, int]:
    before, _, rest = text.partition("«")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return line, column, line, column + rest.index("»")
