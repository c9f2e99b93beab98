"""Composer: parser events to nodes with positions.

ruamel.yaml's C parser comes first, because it is ten times faster. In places it follows YAML 1.1, so if it or the
composer finds an error, ruamel.yaml's own YAML 1.2 parser reads the text again and decides. Without the C extension,
the YAML 1.2 parser is the only one.
"""

import re
from collections.abc import Iterator
from typing import Any, NoReturn, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.events import (
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.scanner import Scanner

from prompt_cli.errors import PromptFormatError
from prompt_cli.problems import MAX_PROBLEMS, Problem, SourceProblem
from prompt_cli.yaml.nodes import (
    BREAK,
    CORE_TAGS,
    MAP,
    MAX_DEPTH,
    MAX_TAG,
    NON_SPECIFIC,
    NUMBER_BEGINNINGS,
    SEQ,
    WORDS,
    Alias,
    Anchored,
    Collection,
    Leaf,
    Lines,
    Mapping,
    Node,
    Scalar,
    SchemaError,
    Sequence,
    resolve_plain,
    resolve_tagged,
    shorten,
    tag_mismatch,
    unknown_tag,
)
from prompt_cli.yaml.positions import BLANK, after_colon, content_start
from prompt_cli.yaml.text import refuse

MAX_EXPANSION = 10_000  # nodes that all aliases expand to
MAX_VALUES = 100_000  # in a file; the YAML 1.2 parser takes 5 seconds for them
_MAX_DIRECTIVES = 100  # the C parser compares each %TAG directive with all others
_BOUNDS = frozenset({"too_large", "alias_bound", "nesting", "long_tag"})  # problems too large for either parser
Event: TypeAlias = Any  # ruamel.yaml's events declare their attributes as Any

_SURROGATE = re.compile("[\ud800-\udfff]")
# A surrogate, or a number above U+10FFFF, after an even number of backslashes.
_BAD_ESCAPE = re.compile(
    r"(?<!\\)(?:\\\\)*+(\\(?:(?:u|U0000)[dD][89a-fA-F][0-9a-fA-F]{2}|U(?!0010|000[0-9a-fA-F])[0-9a-fA-F]{8}))"
)
# The C parser accepts a comment right after the header.
_HEADER_WITH_COMMENT = re.compile(r"[|>][-+0-9]*#")
_FLOW_SIGNS = frozenset(",[]{}")
_TAG_DIRECTIVE = re.compile(r"(?:^|[\r\n])(%TAG)")
_TAG_AFTER = re.compile(rf"&[^ \t\r\n]*{BLANK}!")
_LONG_TAG = re.compile(rf"[-\w;/?:@&=+$,.!~*'()\[\]%#]{{{5 * MAX_TAG}}}", re.ASCII)
_TAG_BEFORE = re.compile(r"![^ \t\r\n]*[ \t]+\Z")


def compose(text: str, lines: Lines, *, c_parser: bool = True) -> tuple[Mapping, list[Leaf]]:
    """Return the mapping that a file consists of, and its scalars and aliases in order, keys included.

    The `problems` of an error are those up to the first that hides the rest.
    """
    if len(directives := _TAG_DIRECTIVE.findall(text)) > _MAX_DIRECTIVES:
        at = text.index(directives[0])
        message = f"the file has more than {_MAX_DIRECTIVES} %TAG directives"
        refuse([Problem(message, "yaml_syntax", help="remove them", region=lines.region(at, at + 4))])
    if c_parser and (events := _c_events(text)) is not None:
        try:
            composer = _Composer(text, lines, events)
            return composer.run(), composer.leaves
        except (YAMLError, PromptFormatError) as error:
            if isinstance(error, PromptFormatError) and any(one.kind in _BOUNDS for one in error.problems):
                raise
            # The YAML 1.2 parser decides, and its errors are reported.
    composer = _Composer(text, lines, _events(text))
    try:
        return composer.run(), composer.leaves
    except YAMLError as error:
        composer.refuse_syntax(error)


def _c_events(text: str) -> Iterator[Event] | None:
    """Return the events of the C parser, or None if the extension is missing."""
    try:
        from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined] # the extension has no types
    except ImportError:
        return None
    # Each file has a parser of its own: a %YAML or %TAG directive of one file must not apply to the next.
    return iter(CParser(text).get_event, None)


class _Scanner(Scanner):
    """The scanner of YAML 1.2 with a bound on tags, whose time grows with the square of their length."""

    def scan_tag_uri(self, name: Any, start_mark: Any) -> Any:  # noqa: ANN401 - ruamel.yaml's own
        if _LONG_TAG.match(self.reader.prefix(5 * MAX_TAG)):
            raise MarkedYAMLError(problem="found a tag that is too long", problem_mark=start_mark)
        return super().scan_tag_uri(name, start_mark)


def _events(text: str) -> Iterator[Event]:
    """Yield the events of the YAML 1.2 parser."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = _Scanner
    try:
        yield from yaml.parse(text)
    except (ValueError, OverflowError) as error:
        # The parser converts \U escapes and the number after %YAML without checking their size.
        escape = _BAD_ESCAPE.search(text)
        problem = "found an escape beyond Unicode" if escape else "found incompatible YAML document"
        index = escape.start(1) if escape else text.find("%YAML")
        raise MarkedYAMLError(problem=problem, problem_mark=StringMark("", index, 0, 0, "", 0)) from error


class _Composer:
    def __init__(self, text: str, lines: Lines, events: Iterator[Event]) -> None:
        self._text = text
        self._lines = lines
        self._events = events
        self.leaves: list[Leaf] = []
        self._problems: list[Problem] = []
        self._values = 0
        self._open: list[Collection] = []
        self._anchors: dict[str, Anchored] = {}
        self._expanded = 0
        self._measures: dict[int, tuple[int, int]] = {}

    def run(self) -> Mapping:
        root: Node | None = None
        for event in self._events:
            if isinstance(event, NodeEvent):
                root = self._node(event)
            elif isinstance(event, DocumentStartEvent) and root is not None:
                start = event.start_mark.index
                advice = "a file holds one prompt: move the second document to a file of its own"
                self._fail("a second document begins here", "several_documents", start, start + 3, advice)
        if root is None:
            self._fail("the file is empty", "empty", 0, 0, "a prompt is a mapping: begin with 'id: …'")
        if not isinstance(root, Mapping):
            kind = "a list" if isinstance(root, Sequence) else "a single value"
            self._report(f"the file is {kind}, not a mapping", "not_mapping", root, "begin with 'id: …'")
        if self._problems or not isinstance(root, Mapping):
            self._refuse()
        return root

    def refuse_syntax(self, error: Exception) -> NoReturn:
        """Raise a parser's error with the earlier problems."""
        from prompt_cli.yaml.syntax_errors import syntax_problem  # most files are valid

        problem = syntax_problem(error, self._text, self._lines)
        is_known = any(other.message == problem.message for other in self._problems)
        refuse(self._problems if is_known else [*self._problems, problem])

    def _node(self, event: Event) -> Node:
        """Return the node that begins with an event, and consume its events."""
        kind = type(event)
        if kind is ScalarEvent:
            node: Node = self._scalar(event)
        elif kind is MappingStartEvent:
            node = self._mapping(event)
        elif kind is SequenceStartEvent:
            node = self._sequence(event)
        else:
            node = self._alias(event)
        self._values += 1
        if self._values > MAX_VALUES:
            message = f"the file has more than {MAX_VALUES:,} values"
            self._fail(message, "too_large", node.start, node.start + 1, "split it, or move its data elsewhere")
        return node

    def _scalar(self, event: Event) -> Scalar:
        text, style, tag, anchor = event.value, event.style or "", event.tag, event.anchor
        node = Scalar(event.start_mark.index, event.end_mark.index, text, style, tag, anchor)
        if style or tag or anchor or text in WORDS or text[0] in NUMBER_BEGINNINGS or text[-1] == ":":
            self._interpret(node)
        self.leaves.append(node)
        return node

    def _interpret(self, node: Scalar) -> None:
        """Resolve tag, type and anchor of a scalar that is not a plain untagged string."""
        try:
            if node.tag is not None:
                node.data = resolve_tagged(node.text, node.tag)
            elif not node.style:
                node.data = resolve_plain(node.text)
                if node.text.endswith(":") and self._text[node.end : node.end + 1] in _FLOW_SIGNS:
                    # In YAML 1.2 `[a:]` holds a mapping. Both parsers read text.
                    message = "a value in brackets ends with a colon"
                    self._report(message, "yaml_syntax", node, "put a space after the colon, or the text in quotes")
        except SchemaError as error:
            self._report(str(error), error.kind, node, error.help)
        if node.style == '"' and _SURROGATE.search(node.text):
            escape = _BAD_ESCAPE.search(self._text, node.start, node.end)
            start, end = escape.span(1) if escape else (node.start, node.end)
            from prompt_cli.yaml.syntax_errors import ESCAPE_HELP, ESCAPE_MESSAGE  # as above

            self._add_problem(ESCAPE_MESSAGE, "yaml_syntax", start, end, ESCAPE_HELP)
        if node.style in {"|", ">"}:
            if _HEADER_WITH_COMMENT.match(self._text, content_start(self._text, node)):
                from prompt_cli.yaml.syntax_errors import BLOCK_HEADER  # as above

                self._report(BLOCK_HEADER.message, "yaml_syntax", node, "put a space before the #")
            node.end = _without_last_break(self._text, node)
        self._set_anchor(node)

    def _mapping(self, start: Event) -> Mapping:
        node = Mapping(start.start_mark.index, flow=bool(start.flow_style), tag=start.tag, anchor=start.anchor)
        self._enter(node, MAP)
        entries, data, flow = node.entries, node.data, node.flow
        while type(event := next(self._events)) is not MappingEndEvent:
            key, value = self._node(event), self._node(next(self._events))
            if value.start == value.end and isinstance(value, Scalar):
                # The C parser sometimes reports the next token.
                value.start = value.end = value.raw_end = after_colon(self._text, key, value)
            node.end = value.end
            name = key.data
            if (
                not isinstance(name, str)
                or name == "<<"
                or name in entries
                or (flow and self._text[key.start - 1] == "?")
            ):
                name = self._entry_name(key, node)
            if name is not None:
                entries[name] = (key, value)
                data[name] = value.data
        self._leave(node, event)
        return node

    def _sequence(self, start: Event) -> Sequence:
        node = Sequence(start.start_mark.index, flow=bool(start.flow_style), tag=start.tag, anchor=start.anchor)
        self._enter(node, SEQ)
        while type(event := next(self._events)) is not SequenceEndEvent:
            item = self._node(event)
            node.items.append(item)
            node.data.append(item.data)
            node.end = item.end
        self._leave(node, event)
        return node

    def _enter(self, node: Collection, own_tag: str) -> None:
        if len(self._open) == MAX_DEPTH:
            self._too_deep(node.start)
        if node.tag is not None and node.tag not in {own_tag, NON_SPECIFIC}:
            kind = "mapping" if isinstance(node, Mapping) else "list"
            error = tag_mismatch(f"a {kind}", node.tag) if node.tag in CORE_TAGS else unknown_tag(node.tag)
            self._report(str(error), error.kind, node, error.help)
        self._set_anchor(node)
        self._open.append(node)

    def _leave(self, node: Collection, end: Event) -> None:
        self._open.pop()
        # The end of a block collection is the next token's start, comments and blank lines later.
        if node.flow:
            node.end = end.end_mark.index

    def _set_anchor(self, node: Anchored) -> None:
        if not node.anchor:
            return
        self._anchors[node.anchor] = node
        # The YAML 1.2 parser starts a value at its anchor even if the tag comes first.
        if node.tag and self._text.startswith("&", node.start) and not _TAG_AFTER.match(self._text, node.start):
            tag = _TAG_BEFORE.search(self._text, self._lines.start_of(node.start), node.start)
            node.start = tag.start() if tag else node.start

    def _alias(self, event: Event) -> Alias:
        name, start, end = event.anchor, event.start_mark.index, event.end_mark.index
        target = self._anchors.get(name)
        if target is None:
            advice = f"define &{shorten(name)} first, or put the text in quotes"
            self._fail(f"the alias *{shorten(name)} has no anchor before it", "undefined_alias", start, end, advice)
        if any(target is one for one in self._open):
            advice = "write the value out"
            self._fail(f"the alias *{shorten(name)} is inside its own anchor", "recursive_alias", start, end, advice)
        nodes, height = self._measure(target)
        self._expanded += nodes
        if self._expanded > MAX_EXPANSION:
            message = f"aliases expand to more than {MAX_EXPANSION:,} values"
            self._fail(message, "alias_bound", start, end, "write the values out")
        if len(self._open) + height > MAX_DEPTH:
            self._too_deep(start)
        alias = Alias(start, end, target)
        self.leaves.append(alias)
        return alias

    def _measure(self, node: Node) -> tuple[int, int]:
        """Return how many nodes a value expands to, and how many collections deep it is."""
        if isinstance(node, Alias):
            return self._measure(node.target)
        if isinstance(node, Scalar):
            return 1, 0
        if id(node) not in self._measures:
            children = [*node.items] if isinstance(node, Sequence) else [value for _, value in node.entries.values()]
            measures = [self._measure(child) for child in children]
            self._measures[id(node)] = (
                1 + sum(nodes for nodes, _ in measures),
                1 + max((height for _, height in measures), default=0),
            )
        return self._measures[id(node)]

    def _entry_name(self, key: Node, parent: Mapping) -> str | None:
        """Return the key of an entry; None if it is invalid."""
        name = key.data
        if parent.flow and key.start < key.end and self._text[key.start - 1] == "?":
            # In YAML 1.2 `[?x]` is text. Both parsers read it as a key, as YAML 1.1 does.
            message = "unquoted text in brackets contains a ?"
            self._report(message, "yaml_syntax", key, "put the text in quotes")
            return None
        if isinstance(key, Scalar) and key.text == "<<" and not key.style and key.tag is None:
            self._report("YAML 1.2 has no merge keys", "merge_key", key, "write the keys out")
        elif not isinstance(name, str):
            self._wrong_key(key, parent)
        elif name in parent.entries:
            first, _ = parent.entries[name]
            line, column = self._lines.position(first.start)
            message = f"duplicate key {shorten(name)!r}; the first is in line {line}, column {column}"
            self._report(message, "duplicate_key", key, "remove one of them")
        else:
            return name
        return None

    def _wrong_key(self, key: Node, parent: Mapping) -> None:
        if self._text.startswith("{{", parent.start):
            from prompt_cli.yaml.syntax_errors import TEMPLATE_HELP, TEMPLATE_MESSAGE  # as above

            self._report(TEMPLATE_MESSAGE, "key_type", parent, TEMPLATE_HELP)
        elif isinstance(key, Mapping | Sequence):
            kind = "mapping" if isinstance(key, Mapping) else "list"
            self._report(f"a {kind} cannot be a key", "key_type", key, "keys are text")
        else:
            raw = self._text[key.start : key.end]
            message = f"the key {shorten(raw)} is not text" if raw else "a key is missing before the colon"
            self._report(message, "key_type", key, "write the key in quotes")

    def _too_deep(self, start: int) -> NoReturn:
        message = f"mappings and lists are nested more than {MAX_DEPTH} deep"
        self._fail(message, "nesting", start, start + 1, "reduce the nesting")

    def _report(self, message: str, kind: SourceProblem, node: Node, advice: str) -> None:
        self._add_problem(message, kind, node.start, max(node.end, node.start + 1), advice)
        if kind in _BOUNDS:
            self._refuse()

    def _fail(self, message: str, kind: SourceProblem, start: int, end: int, advice: str) -> NoReturn:
        self._add_problem(message, kind, start, end, advice)
        self._refuse()

    def _add_problem(self, message: str, kind: SourceProblem, start: int, end: int, advice: str) -> None:
        self._problems.append(Problem(message, kind, help=advice, region=self._lines.region(start, end)))
        if len(self._problems) == MAX_PROBLEMS:
            self._refuse()

    def _refuse(self) -> NoReturn:
        refuse(sorted(self._problems, key=lambda problem: problem.region or ()))


def _without_last_break(text: str, node: Scalar) -> int:
    """Return the end of a block scalar without its last line break and the blank lines that are not part of it."""
    end = node.raw_end
    body = text[node.start : end]
    text = node.text.rstrip("\n")
    if len(node.text) - len(text) > 1 or text.endswith((" ", "\t")):
        # The blank lines are text, or the last line of the text is white space.
        return end - (2 if body.endswith("\r\n") else 1 if body.endswith(("\n", "\r")) else 0)
    tail = len(body.rstrip(" \r\n"))
    after = BREAK.search(body, tail)
    return node.start + after.start() if after else end
