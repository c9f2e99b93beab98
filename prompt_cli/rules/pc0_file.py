"""PC0: characters that end a line to some readers of YAML and not to others."""

from __future__ import annotations

import re
from collections.abc import Mapping as ReadOnlyMapping
from typing import TYPE_CHECKING

from prompt_cli.domain.finding import Edit, Fix
from prompt_cli.errors import PromptFormatError
from prompt_cli.rules.rule import Match, Rule, problems_of, prompt_file
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

_GOOD = prompt_file("template: Hello!\n")
_TEXT = "id: example\nversion: 1.0.0\nformat: text\n"


def _before_the_others(_subject: Subject) -> Iterator[Match]:
    """Find nothing: whoever reads the files says which could not be read, and no rule can look at those."""
    return iter(())


class _TooLarge(ReadOnlyMapping[str, str]):
    """An example of a mebibyte, made for those alone who look at it."""

    def __getitem__(self, prompt_id: str) -> str:
        return {"example": f"{_TEXT}template: {'x' * 2**20}\n"}[prompt_id]

    def __iter__(self) -> Iterator[str]:
        return iter(("example",))

    def __len__(self) -> int:
        return 1


SOURCE_RULES = (
    Rule(
        "PC001",
        "unreadable",
        "A prompt that whoever checks it may not read, or whose disk fails, is not known to be good. The check ends "
        "with the status 3 whatever is ignored.",
        {"example": "# chmod 000 prompts/example.yaml\n" + _TEXT + "template: Hello!\n"},
        _GOOD,
        _before_the_others,
    ),
    Rule(
        "PC002",
        "not-utf8",
        "Prompts are UTF-8: any other encoding is guessed differently by every tool that reads it.",
        {"example": _TEXT + "template: caf\udce9\n"},
        prompt_file("template: café\n"),
        problems_of("not_utf8"),
    ),
    Rule(
        "PC003",
        "too-large",
        "A prompt of more than 1 MiB is no prompt a model reads, and slows down everybody who checks it.",
        _TooLarge(),
        _GOOD,
        problems_of("too_large"),
    ),
    Rule(
        "PC004",
        "yaml-syntax",
        "A file that cannot be read as YAML 1.2 is no prompt.",
        prompt_file('template: "Hello\n'),
        prompt_file('template: "Hello"\n'),
        problems_of(
            "yaml_syntax",
            "control_character",
            "nesting",
            "empty",
            "not_mapping",
            "key_type",
            "long_number",
        ),
    ),
    Rule(
        "PC005",
        "duplicate-key",
        "Of two equal keys most readers silently keep one, and which one differs from reader to reader.",
        prompt_file("template: Hello!\ntemplate: Hi!\n"),
        _GOOD,
        problems_of("duplicate_key"),
    ),
    Rule(
        "PC006",
        "unknown-tag",
        "A tag beyond YAML's core types asks the reader to build something that is no data.",
        prompt_file("template: !shout Hello!\n"),
        _GOOD,
        problems_of("unknown_tag", "tag_mismatch"),
    ),
    Rule(
        "PC007",
        "several-documents",
        "One prompt a file: its path is its id, so a second document could never be addressed.",
        prompt_file("template: Hello!\n---\nid: other\n"),
        _GOOD,
        problems_of("several_documents"),
    ),
    Rule(
        "PC008",
        "alias-bound",
        "An alias stands for a value that was named before it. Aliases of aliases grow exponentially: a few lines can "
        "fill any memory.",
        prompt_file(
            "metadata:\n  a: &a [x, x, x, x, x, x, x, x, x, x]\n"
            + "".join(
                f"  {name}: &{name} [{', '.join([f'*{below}'] * 10)}]\n"
                for below, name in zip("abcd", "bcde", strict=True)
            )
            + "template: Hello!\n"
        ),
        prompt_file("metadata:\n  a: &a [x, x]\n  b: *a\ntemplate: Hello!\n"),
        problems_of("alias_bound", "recursive_alias", "undefined_alias"),
    ),
    Rule(
        "PC009",
        "merge-key",
        "Merge keys are not in YAML 1.2; readers that know them and readers that do not see different prompts.",
        prompt_file("metadata:\n  base: &base {a: 1}\n  more: {<<: *base}\ntemplate: Hello!\n"),
        prompt_file("metadata:\n  base: {a: 1}\n  more: {a: 1}\ntemplate: Hello!\n"),
        problems_of("merge_key"),
    ),
)
