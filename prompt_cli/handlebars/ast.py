"""The syntax tree: frozen nodes named as in handlebars.js's AST specification (its docs/compiler-api.md).

Each has the `offset` where it begins in its source, in code points from 0, the `end` where it ends, and its `origin`,
the source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from .source import Source, Span


class StringLiteral(NamedTuple):
    """`"text"` or `'text'`."""

    offset: int
    end: int
    origin: Source
    value: str


class NumberLiteral(NamedTuple):
    """`12`, `-1.5`: an integer where it has no fraction."""

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
    """`a.b`, `../a`, `this`, `@index`.

    Attributes:
        data: Whether it starts with `@`.
        depth: How many `../` it starts with.
        parts: The keys it goes through; none for `this` and `..`.
        original: As written, without spaces and brackets; helpers and partials go by this name.
        scoped: Whether it begins with `.` or mentions `this`, and so is never a helper or block parameter.
    """

    offset: int
    end: int
    origin: Source
    data: bool
    depth: int
    parts: tuple[str, ...]
    original: str
    scoped: bool


class HashPair(NamedTuple):
    """`key=value`."""

    offset: int
    end: int
    origin: Source
    key: str
    value: Expression


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
    path: HelperName
    params: tuple[Expression, ...]
    hash: Hash | None


Literal: TypeAlias = StringLiteral | NumberLiteral | BooleanLiteral | UndefinedLiteral | NullLiteral
HelperName: TypeAlias = PathExpression | Literal
Expression: TypeAlias = HelperName | SubExpression


class Program(NamedTuple):
    """What stands between two tags, or the whole template.

    Attributes:
        body: The statements.
        block_params: The names after `as` of the tag that opens it.
        chained: Whether it is the rest of an `{{else if}}` chain: a single block without a closing tag.
    """

    offset: int
    end: int
    origin: Source
    body: tuple[Statement, ...]
    block_params: tuple[str, ...]
    chained: bool


class ContentStatement(NamedTuple):
    """Text.

    Attributes:
        value: What is printed: `original` without what whitespace control takes away.
        original: As written, without the backslash of an escaped mustache.
    """

    offset: int
    end: int
    origin: Source
    value: str
    original: str


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
    params: tuple[Expression, ...]
    hash: Hash | None
    escaped: bool


class BlockStatement(NamedTuple):
    """`{{#x}}...{{else}}...{{/x}}`, `{{^x}}...{{/x}}`, `{{{{x}}}}...{{{{/x}}}}` and each link of an `{{else x}}` chain.

    Attributes:
        path: What follows `#`.
        params: The arguments.
        hash: The `key=value` pairs.
        program: What is rendered where it applies; none for `{{^x}}` without `{{else}}`.
        inverse: What is rendered where it does not.
        raw: Whether it is a raw block.
        open_end: Where the opening tag ends.
    """

    offset: int
    end: int
    origin: Source
    path: HelperName
    params: tuple[Expression, ...]
    hash: Hash | None
    program: Program | None
    inverse: Program | None
    raw: bool
    open_end: int


class InlinePartial(NamedTuple):
    """`{{#*inline "name"}}...{{/inline}}`: a DecoratorBlock of handlebars.js, the only decorator there is here."""

    offset: int
    end: int
    origin: Source
    params: tuple[Expression, ...]
    hash: Hash | None
    program: Program
    open_end: int


class PartialStatement(NamedTuple):
    """`{{> name context key=value}}`; `indent` is the white space before it where it stands alone on its line."""

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
    """A parsed template.

    Attributes:
        program: Its statements.
        names_params: Whether any block in it names block parameters.
    """

    offset: int
    end: int
    origin: Source
    program: Program
    names_params: bool

    @property
    def source(self) -> str:
        """The text it was parsed from."""
        return self.origin.text

    @property
    def name(self) -> str | None:
        """What its errors call it."""
        return self.origin.name


Node: TypeAlias = Literal | PathExpression | HashPair | Hash | SubExpression | Program | Statement | Template


def span_of(node: Node) -> Span:
    """Return the place of a node, with line and column."""
    return node.origin.span(node.offset, node.end)
