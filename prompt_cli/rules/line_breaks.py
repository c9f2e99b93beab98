"""PC0: characters that end a line to some readers of YAML and not to others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from prompt_cli.domain.findings import Edit, Fix
from prompt_cli.errors import PromptFormatError
from prompt_cli.rules.rule import Rule, problems_of, prompt_file
from prompt_cli.yaml.nodes import Mapping, Scalar, Sequence
from prompt_cli.yaml.source import YamlSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.errors import Problem
    from prompt_cli.rules.subject import Subject
    from prompt_cli.yaml.nodes import Node

_RAW = re.compile("[\x85\u2028\u2029]")
_INDENT = re.compile(r"(?:\r\n?|\n)( +)(?=[^\s])")


def _fix(subject: Subject, problem: Problem) -> Fix | None:
    """Replace all of them together: the file cannot be read before the last is gone."""
    if problem.kind != "line_break":
        return None
    text = subject.text
    try:
        # A space in the place of each keeps every other place.
        source = YamlSource.parse(_RAW.sub(" ", text).encode())
    except (PromptFormatError, UnicodeEncodeError):
        return None
    scalars = list(_scalars(source.root))
    edits = [
        Edit(subject.lines.region(match.start(), match.end()), _instead(match[0], match.start(), scalars, text))
        for match in _RAW.finditer(text)
    ]
    return Fix("replace the raw line breaks of the file by plain ones", tuple(edits))


def _instead(character: str, index: int, scalars: list[Scalar], text: str) -> str:
    """Return what to write for a raw line break: in double quotes its escape, in a block of text a plain one."""
    node = next((one for one in scalars if one.start <= index < one.raw_end), None)
    if node is None:
        return " "
    if node.style == '"':
        return f"\\u{ord(character):04x}"
    if node.style not in {"|", ">"}:
        return " "
    from prompt_cli.yaml.splice import line_break  # few prompts have such characters

    indents = [len(one) for one in _INDENT.findall(text, node.start, node.raw_end)]
    return line_break(text) + " " * min(indents, default=0) if indents else " "


def _scalars(node: Node) -> Iterator[Scalar]:
    match node:
        case Scalar():
            yield node
        case Mapping():
            for key, value in node.entries.values():
                yield from _scalars(key)
                yield from _scalars(value)
        case Sequence():
            for item in node.items:
                yield from _scalars(item)
        case _:
            pass


LINE_BREAK_RULES = (
    Rule(
        "PC012",
        "raw-line-break",
        "U+0085, U+2028 and U+2029 end a line to readers of YAML 1.1 and are text to those of 1.2: the two see "
        "different prompts.",
        prompt_file("template: |\n  Hello\u2028there!\n"),
        prompt_file('template: "Hello\\u2028there!"\n'),
        problems_of("line_break", fix=_fix),
        fixable="safe",
    ),
)
