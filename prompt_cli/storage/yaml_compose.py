"""From a text to its nodes: one pass over the events of libyaml's parser.

The parser is the C one, its composer is not used: building the nodes here is faster, keeps the place of each alias,
and bounds the depth as it goes. (The C composer recurses, and ends the process on 30,000 open brackets.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from prompt_cli.errors import Problem
from prompt_cli.storage.yaml_nodes import Alias, Lines, Mapping, Scalar, Sequence
from prompt_cli.storage.yaml_offsets import COLON
from prompt_cli.storage.yaml_schema import (
    CORE_TAGS,
    MAP,
    MAYBE_NO_STRING,
    NON_SPECIFIC,
    SEQ,
    LongNumberError,
    TagMismatchError,
    UnknownTagError,
    resolve_plain,
    resolve_tagged,
    short_tag,
    shorten,
)
from prompt_cli.storage.yaml_steps import ALIAS, DOCUMENT, END, MAPPING, MAX_DEPTH, SCALAR, SEQUENCE, steps
from prompt_cli.storage.yaml_text import refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from prompt_cli.errors import SourceProblem
    from prompt_cli.storage.yaml_nodes import Anchored, Collection, Node
    from prompt_cli.storage.yaml_steps import Step

MAX_EXPANSION = 10_000
"""How many nodes all aliases together may stand for."""

_FIRST_BREAK = re.compile(r"\r\n?|\n")


def compose(text: str, lines: Lines) -> Mapping:
    """Return the mapping a file consists of.

    Args:
        text: The text of the file.
        lines: Its lines.

    Raises:
        PromptFormatError: The text is no YAML, or YAML that a prompt's file may not use; every fault that does not
            hide the rest is in its ``problems``.
    """
    return _Composer(text, lines).run(steps(text))


class _Composer:
    def __init__(self, text: str, lines: Lines) -> None:
        self._text = text
        self._lines = lines
        self._problems: list[Problem] = []
        self._root: Node | None = None
        self._documents = 0
        # The innermost open collection, the key that waits for its value, and those of the collections around.
        self._parent: Collection | None = None
        self._key: Node | None = None
        self._around: list[tuple[Collection | None, Node | None]] = []
        self._anchors: dict[str, Anchored] = {}
        self._expanded = 0
        self._measures: dict[int, tuple[int, int]] = {}
        self._handlers: dict[int, Callable[..., None]] = {
            SCALAR: self._scalar,
            MAPPING: self._start_mapping,
            SEQUENCE: self._start_sequence,
            END: self._end,
            ALIAS: self._alias,
            DOCUMENT: self._start_document,
        }

    def run(self, met: Iterable[Step]) -> Mapping:
        from ruamel.yaml.error import YAMLError

        try:
            for kind, *details in met:
                self._handlers[kind](*details)
        except YAMLError as error:
            from prompt_cli.storage.yaml_syntax import syntax_problem

            problem = syntax_problem(error, self._text, self._lines)
            told = any(known.message == problem.message for known in self._problems)
            refuse(self._problems if told else [*self._problems, problem])
        root = self._root
        if root is None:
            self._fail("the file is empty", "empty", 0, 0, "a prompt is a mapping: begin with 'id: …'")
        if not isinstance(root, Mapping):
            what = "a list" if isinstance(root, Sequence) else "a single value"
            self._note(f"the file is {what}, a prompt is a mapping", "not_mapping", root, "begin with 'id: …'")
        if self._problems or not isinstance(root, Mapping):
            refuse(sorted(self._problems, key=lambda problem: problem.region or ()))
        return root

    def _start_document(self, start: int) -> None:
        self._documents += 1
        if self._documents > 1:
            advice = "one prompt a file: move the second document to a file of its own"
            self._fail("a second document begins here", "several_documents", start, start + 3, advice)

    def _scalar(self, start: int, end: int, text: str, style: str, *properties: str | None) -> None:
        node = Scalar(start, end, text, style, *properties)
        if style or any(properties) or text[:1] in MAYBE_NO_STRING:
            self._interpret(node)
        self._add(node)

    def _interpret(self, node: Scalar) -> None:
        """Find out about a scalar what a plain one without tag and anchor, and no number or word, has not."""
        try:
            if node.tag is not None:
                node.data = resolve_tagged(node.text, node.tag)
            elif not node.style:
                node.data = resolve_plain(node.text)
        except LongNumberError as error:
            self._note(str(error), "long_number", node, "write it in quotes")
        except TagMismatchError as error:
            self._note(str(error), "tag_mismatch", node, "correct the value, or remove the tag")
        except UnknownTagError:
            self._unknown_tag(node)
        if node.style in {"|", ">"}:
            node.end = _without_last_break(self._text, node)
        if node.anchor:
            self._anchors[node.anchor] = node

    def _start_mapping(self, start: int, flow: bool, tag: str | None, anchor: str | None) -> None:  # noqa: FBT001
        self._start(Mapping(start, flow=flow, tag=tag, anchor=anchor), MAP)

    def _start_sequence(self, start: int, flow: bool, tag: str | None, anchor: str | None) -> None:  # noqa: FBT001
        self._start(Sequence(start, flow=flow, tag=tag, anchor=anchor), SEQ)

    def _start(self, node: Collection, own_tag: str) -> None:
        if len(self._around) == MAX_DEPTH:
            self._too_deep(node.start)
        if node.tag is not None and node.tag not in {own_tag, NON_SPECIFIC}:
            self._wrong_tag(node, node.tag)
        if node.anchor:
            self._anchors[node.anchor] = node
        self._around.append((self._parent, self._key))
        self._parent, self._key = node, None

    def _end(self, end: int) -> None:
        node = self._parent
        if node is None:
            return
        self._parent, self._key = self._around.pop()
        # The end of a block collection is the next token's start, comments and blank lines later.
        if node.flow:
            node.end = end
        self._add(node)

    def _alias(self, name: str, start: int, end: int) -> None:
        target = self._anchors.get(name)
        if target is None:
            advice = f"write &{name} before the value that is meant, or put the text in quotes"
            self._fail(f"*{name} stands for a value that has no name yet", "undefined_alias", start, end, advice)
        if target is self._parent or any(target is one for one, _ in self._around):
            advice = "write the value out"
            self._fail(f"*{name} stands inside the value it stands for", "recursive_alias", start, end, advice)
        nodes, height = self._measure(target)
        self._expanded += nodes
        if self._expanded > MAX_EXPANSION:
            message = f"the aliases up to here stand for more than {MAX_EXPANSION:,} values"
            self._fail(message, "alias_bound", start, end, "write the values out")
        if len(self._around) + height > MAX_DEPTH:
            self._too_deep(start)
        self._add(Alias(start, end, target))

    def _measure(self, node: Node) -> tuple[int, int]:
        """Return how many nodes a value expands to, and how many collections deep it is."""
        if isinstance(node, Alias):
            return self._measure(node.target)
        if isinstance(node, Scalar):
            return 1, 0
        if id(node) not in self._measures:
            children = [*node.items] if isinstance(node, Sequence) else [value for _, value in node.entries.values()]
            measured = [self._measure(child) for child in children]
            self._measures[id(node)] = (
                1 + sum(nodes for nodes, _ in measured),
                1 + max((height for _, height in measured), default=0),
            )
        return self._measures[id(node)]

    def _add(self, node: Node) -> None:
        parent, key = self._parent, self._key
        if parent is None:
            self._root = node
        elif isinstance(parent, Sequence):
            parent.items.append(node)
            parent.data.append(node.data)
            parent.end = node.end
        elif key is None:
            self._key = node
        else:
            self._key = None
            self._enter(parent, key, node)

    def _enter(self, parent: Mapping, key: Node, node: Node) -> None:
        if isinstance(node, Scalar) and node.start == node.end:
            node.start = node.end = node.raw_end = self._place_of_missing(key, node)
        parent.end = max(node.end, key.end)
        name = key.data
        if not isinstance(name, str) or name == "<<" or name in parent.entries or parent.flow:
            name = self._name(key, parent)
        if name is not None:
            parent.entries[name] = (key, node)
            parent.data[name] = node.data

    def _place_of_missing(self, key: Node, value: Scalar) -> int:
        """Return where the value of ``key:`` would stand; libyaml sometimes names the next token instead."""
        colon = COLON.match(self._text, key.end)
        return colon.end() if colon and colon.end() <= value.start else key.end

    def _name(self, key: Node, parent: Mapping) -> str | None:
        """Return the key of an entry, or None where it is none that may stand there."""
        name = key.data
        if parent.flow and self._text[key.start - 1] == "?":
            # In YAML 1.2 `[?x]` is text; libyaml still reads YAML 1.1's mark of a key.
            from prompt_cli.storage.yaml_syntax import QUESTION

            self._note(QUESTION.message, "yaml_syntax", key, QUESTION.help)
            return None
        if isinstance(key, Scalar) and key.text == "<<" and not key.style and key.tag is None:
            self._note("merge keys are no part of YAML 1.2", "merge_key", key, "write the keys out")
        elif not isinstance(name, str):
            self._wrong_key(key, parent)
        elif name in parent.entries:
            first, _ = parent.entries[name]
            line, column = self._lines.position(first.start)
            message = (
                f"the key {shorten(name)!r} stands here a second time; the first is in line {line}, column {column}"
            )
            self._note(message, "duplicate_key", key, "remove one of them")
        else:
            return name
        return None

    def _wrong_key(self, key: Node, parent: Mapping) -> None:
        from prompt_cli.storage.yaml_syntax import TEMPLATE_HELP, TEMPLATE_MESSAGE

        if self._text.startswith("{{", parent.start):
            self._note(TEMPLATE_MESSAGE, "key_type", parent, TEMPLATE_HELP)
        elif isinstance(key, Mapping | Sequence):
            what = "mapping" if isinstance(key, Mapping) else "list"
            self._note(f"a {what} cannot be a key", "key_type", key, "keys are text")
        else:
            written = self._text[key.start : key.end]
            what = f"the key {shorten(written)} is no text" if written else "a key is missing before the colon"
            self._note(what, "key_type", key, "write the key in quotes")

    def _wrong_tag(self, node: Collection, tag: str) -> None:
        if tag not in CORE_TAGS:
            self._unknown_tag(node)
            return
        message = f"a {'mapping' if isinstance(node, Mapping) else 'list'} is no {short_tag(tag).strip('!')}"
        self._note(message, "tag_mismatch", node, "correct the value, or remove the tag")

    def _unknown_tag(self, node: Anchored) -> None:
        message = f"the tag {short_tag(node.tag or '')} is not one of YAML's core schema"
        self._note(message, "unknown_tag", node, "remove the tag")

    def _too_deep(self, start: int) -> NoReturn:
        message = f"more than {MAX_DEPTH} mappings and lists stand inside each other"
        self._fail(message, "nesting", start, start + 1, "write it flatter")

    def _note(self, message: str, kind: SourceProblem, node: Node, advice: str) -> None:
        region = self._lines.region(node.start, max(node.end, node.start + 1))
        self._problems.append(Problem(message, kind, help=advice, region=region))

    def _fail(self, message: str, kind: SourceProblem, start: int, end: int, advice: str) -> NoReturn:
        problem = Problem(message, kind, help=advice, region=self._lines.region(start, end))
        refuse(sorted([*self._problems, problem], key=lambda one: one.region or ()))


def _without_last_break(text: str, node: Scalar) -> int:
    """Return where a block scalar ends without the break of its last line and the blank lines it does not hold."""
    end = node.raw_end
    body = text[node.start : end]
    kept = node.text.rstrip("\n")
    if len(node.text) - len(kept) > 1 or kept.endswith((" ", "\t")):
        # The blank lines are text here, or the last line looks blank and is none.
        return end - (2 if body.endswith("\r\n") else 1 if body.endswith(("\n", "\r")) else 0)
    tail = len(body.rstrip(" \r\n"))
    after = _FIRST_BREAK.search(body, tail)
    return node.start + after.start() if after else end
