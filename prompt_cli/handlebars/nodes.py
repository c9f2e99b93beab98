"""Syntax tree: the source of a template and frozen nodes named as in handlebars.js (docs/compiler-api.md).

Each node spans `offset` to before `end` in its `origin`, the source, in code points from 0.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from .errors import HandlebarsSyntaxError, Span
from .javascript import number_text

# The characters of `\s` in JavaScript (ECMA-262, 22.2.2.9), which differ from Python's.
WHITE_SPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)

_LINE_END = re.compile(r"\r\n?|\n")


class Source:
    """The text of a template, its name in errors, and its lines."""

    __slots__ = ("_starts", "name", "text")

    def __init__(self, text: str, name: str | None) -> None:
        self.text: str = text
        self.name: str | None = name
        self._starts: list[int] | None = None

    def span(self, offset: int, end: int) -> Span:
        """Return the span from `offset` to before `end`."""
        starts = self._starts
        if starts is None:
            starts = self._starts = [0, *[match.end() for match in _LINE_END.finditer(self.text)]]
        line = bisect_right(starts, offset)
        return Span(offset, line, offset - starts[line - 1] + 1, end)

    def error(self, message: str, offset: int, end: int) -> HandlebarsSyntaxError:
        """Create a syntax error about the range from `offset` to before `end`."""
        return HandlebarsSyntaxError(message, self.span(offset, end), self.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Source) and (self.text, self.name) == (other.text, other.name)

    def __hash__(self) -> int:
        return hash(self.text)


class StringLiteral(NamedTuple):
    """`"text"` or `'text'`."""

    offset: int
    end: int
    origin: Source
    value: str


class NumberLiteral(NamedTuple):
    """`12`, `-1.5`; an integer without a fraction."""

    offset: int
    end: int
    origin: Source
    value: int | float


class BooleanLiteral(NamedTuple):
    """`true`, `false`."""

    offset: int
    end: int
    origin: Source
    value: bool


class UndefinedLiteral(NamedTuple):
    """`undefined`."""

    offset: int
    end: int
    origin: Source


class NullLiteral(NamedTuple):
    """`null`."""

    offset: int
    end: int
    origin: Source


class PathExpression(NamedTuple):
    """`a.b`, `../a`, `this`, `@index`."""

    offset: int
    end: int
    origin: Source
    parts: tuple[str, ...]  # the keys; none for `this` and `..`
    original: str  # as written, without spaces and brackets; the name of a helper or partial
    depth: int = 0  # the number of leading `../`
    data: bool = False  # whether the path starts with `@`
    scoped: bool = False  # whether `.` or `this` keep it from being a helper or block parameter

    @property
    def is_simple(self) -> bool:
        """Whether the path is a single name, which may be that of a helper or block parameter."""
        return len(self.parts) == 1 and not self.scoped and not self.depth


class HashPair(NamedTuple):
    """`key=value`."""

    offset: int
    end: int
    origin: Source
    key: str
    value: "Expression"


class Hash(NamedTuple):
    """The `key=value` pairs of a call, in the order written."""

    offset: int
    end: int
    origin: Source
    pairs: tuple[HashPair, ...]


class SubExpression(NamedTuple):
    """`(helper arguments key=value)`."""

    offset: int
    end: int
    origin: Source
    path: "HelperName"
    params: "tuple[Expression, ...]"
    hash: Hash | None


Literal: TypeAlias = StringLiteral | NumberLiteral | BooleanLiteral | UndefinedLiteral | NullLiteral
HelperName: TypeAlias = PathExpression | Literal
Expression: TypeAlias = HelperName | SubExpression


class Program(NamedTuple):
    """The statements between two tags, or the whole template."""

    offset: int
    end: int
    origin: Source
    body: "tuple[Statement, ...]"
    block_params: tuple[str, ...]  # the names after `as` in the opening tag
    chained: bool  # whether it is the rest of an `{{else if}}` chain: one block without closing tag


class ContentStatement(NamedTuple):
    """Text."""

    offset: int
    end: int
    origin: Source
    value: str  # the printed text: `original` after whitespace control
    original: str  # as written, without the backslash of an escaped mustache


class CommentStatement(NamedTuple):
    """`{{! text }}` or `{{!-- text --}}`."""

    offset: int
    end: int
    origin: Source
    value: str


class MustacheStatement(NamedTuple):
    """`{{x}}`, `{{{x}}}`, `{{&x}}`, `{{helper arguments key=value}}`."""

    offset: int
    end: int
    origin: Source
    path: HelperName
    params: tuple[Expression, ...] = ()
    hash: Hash | None = None
    escaped: bool = True


class BlockStatement(NamedTuple):
    """A block `{{#x}}`, `{{^x}}` or `{{{{x}}}}` up to its closing tag, and each link of an `{{else x}}` chain."""

    offset: int
    end: int
    origin: Source
    path: HelperName  # the name after `#`
    params: tuple[Expression, ...]
    hash: Hash | None
    program: Program | None  # none for `{{^x}}` without `{{else}}`
    inverse: Program | None  # the program of `{{else}}`
    raw: bool  # whether it is a raw block
    open_end: int  # the end of the opening tag


HelperCall: TypeAlias = MustacheStatement | BlockStatement | SubExpression
"""A node that may call a helper."""


class InlinePartial(NamedTuple):
    """`{{#*inline "name"}}...{{/inline}}`: a DecoratorBlock of handlebars.js, the only supported decorator."""

    offset: int
    end: int
    origin: Source
    params: tuple[Expression, ...]
    hash: Hash | None
    program: Program
    open_end: int


class PartialStatement(NamedTuple):
    """`{{> name context key=value}}`; `indent` is the white space before a partial alone on its line."""

    offset: int
    end: int
    origin: Source
    name: Expression
    params: tuple[Expression, ...]
    hash: Hash | None
    indent: str


class PartialBlockStatement(NamedTuple):
    """`{{#> name context key=value}}...{{/name}}`."""

    offset: int
    end: int
    origin: Source
    name: Expression
    params: tuple[Expression, ...]
    hash: Hash | None
    program: Program
    open_end: int


Statement: TypeAlias = (
    ContentStatement
    | CommentStatement
    | MustacheStatement
    | BlockStatement
    | InlinePartial
    | PartialStatement
    | PartialBlockStatement
)


class Template(NamedTuple):
    """A parsed template; `names_params` tells whether any block names block parameters."""

    offset: int
    end: int
    origin: Source
    program: Program
    names_params: bool

    @property
    def source(self) -> str:
        """The text of the template."""
        return self.origin.text

    @property
    def name(self) -> str | None:
        """The name of the template in errors."""
        return self.origin.name


Node: TypeAlias = Literal | PathExpression | HashPair | Hash | SubExpression | Program | Statement | Template


def span_of(node: Node) -> Span:
    """Return the span of a node."""
    return node.origin.span(node.offset, node.end)


def original(name: Expression) -> str:
    """Return a name as handlebars.js reads it: `1.0` is "1", `"a"` and `[a]` are "a", a computed one "undefined"."""
    if isinstance(name, PathExpression):
        return name.original
    if isinstance(name, StringLiteral):
        return name.value
    if isinstance(name, NumberLiteral):
        return number_text(name.value)
    if isinstance(name, BooleanLiteral):
        return "true" if name.value else "false"
    return "null" if isinstance(name, NullLiteral) else "undefined"


def identity(name: Expression) -> tuple[str, str]:
    """Return the key by which a closing tag matches: name and kind of literal (`===` in handlebars.js)."""
    kind = "" if isinstance(name, PathExpression | StringLiteral) else type(name).__name__
    return ("UndefinedLiteral" if kind == "SubExpression" else kind, original(name))


def closing_tag(name: Expression) -> str:
    """Return the closing tag of a block, as messages show it."""
    return f"'{{{{/{original(name)}}}}}'"


def as_path(name: HelperName) -> PathExpression:
    """Return a name as a path: a literal is the key of the same spelling (transformLiteralToPath)."""
    if isinstance(name, PathExpression):
        return name
    text = original(name)
    return PathExpression(name.offset, name.end, name.origin, (text,), text, scoped=is_scoped(text))


def is_scoped(name: str) -> bool:
    """Return whether a name starts with `.` or contains `this` (scopedId): never a helper or block parameter."""
    return name.startswith(".") or ("this" in name and re.search(r"this\b", name, re.ASCII) is not None)


def walk(node: Node) -> Iterator[Node]:
    """Yield every node from `node` down, in the order of the source.

    >>> from prompt_cli.handlebars import parse
    >>> [type(node).__name__ for node in walk(parse("{{#if a}}b{{/if}}"))][:4]
    ['Template', 'Program', 'BlockStatement', 'PathExpression']
    """
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(_children(current)))


def _children(node: Node) -> list[Node]:
    children: list[Node] = []
    for field in node:
        if type(field) is tuple:
            children.extend([item for item in field if isinstance(item, Node)])
        elif isinstance(field, Node):
            children.append(field)
    return children


def programs(template: Template) -> Iterator[tuple[Program, Node, bool]]:
    """Yield every program twice, on entry and on exit, with its owner and whether it is an entry.

    Callers track the surroundings between the two themselves: tuples of ancestors would grow with every link of a
    long `{{else if}}` chain.

    >>> from prompt_cli.handlebars import parse
    >>> [(type(owner).__name__, entered) for _, owner, entered in programs(parse("{{#if a}}b{{/if}}"))]
    [('Template', True), ('BlockStatement', True), ('BlockStatement', False), ('Template', False)]
    """
    stack: list[tuple[Program, Node, bool]] = [(template.program, template, True)]
    while stack:
        step = stack.pop()
        yield step
        program, owner, entered = step
        if entered:
            stack.append((program, owner, False))
            stack.extend([(inner, outer, True) for inner, outer in reversed(_inner(program))])


def _inner(program: Program) -> list[tuple[Program, Node]]:
    inner: list[tuple[Program, Node]] = []
    for statement in program.body:
        if isinstance(statement, (ContentStatement, MustacheStatement)):  # as most
            continue
        if isinstance(statement, BlockStatement):
            inner += [(one, statement) for one in (statement.program, statement.inverse) if one is not None]
        elif isinstance(statement, (InlinePartial, PartialBlockStatement)):
            inner.append((statement.program, statement))
    return inner
