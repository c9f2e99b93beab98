"""The syntax tree: frozen nodes named as in handlebars.js's AST specification (its docs/compiler-api.md)."""

from __future__ import annotations

from prompt_cli.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from .source import Source, Span


class Node(Record):
    """A node of the syntax tree.

    Attributes:
        offset: Where it begins in the source, in code points from 0.
        end: Where it ends.
        origin: The source.
    """

    __slots__ = ()
    offset: int
    end: int
    origin: Source

    @property
    def span(self) -> Span:
        """Its place, with line and column."""
        return self.origin.span(self.offset, self.end)

    def __repr__(self) -> str:
        fields = [f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True) if name != "origin"]
        return f"{type(self).__name__}({', '.join(fields)})"


class StringLiteral(Node):
    """`"text"` or `'text'`."""

    __slots__ = ()
    value: str


class NumberLiteral(Node):
    """`12`, `-1.5`: an integer where it has no fraction."""

    __slots__ = ()
    value: int | float


class BooleanLiteral(Node):
    """`true`, `false`."""

    __slots__ = ()
    value: bool


class UndefinedLiteral(Node):
    """`undefined`."""

    __slots__ = ()


class NullLiteral(Node):
    """`null`."""

    __slots__ = ()


class PathExpression(Node):
    """`a.b`, `../a`, `this`, `@index`.

    Attributes:
        data: Whether it starts with `@`.
        depth: How many `../` it starts with.
        parts: The keys it goes through; none for `this` and `..`.
        original: As written, without spaces and brackets; helpers and partials go by this name.
        scoped: Whether it begins with `.` or mentions `this`, and so is never a helper or block parameter.
    """

    __slots__ = ()
    data: bool
    depth: int
    parts: tuple[str, ...]
    original: str
    scoped: bool


class HashPair(Node):
    """`key=value`."""

    __slots__ = ()
    key: str
    value: Expression


class Hash(Node):
    """The `key=value` pairs of a call, in the order written."""

    __slots__ = ()
    pairs: tuple[HashPair, ...]


class SubExpression(Node):
    """`(helper arguments key=value)`."""

    __slots__ = ()
    path: HelperName
    params: tuple[Expression, ...]
    hash: Hash | None


Literal: TypeAlias = StringLiteral | NumberLiteral | BooleanLiteral | UndefinedLiteral | NullLiteral
HelperName: TypeAlias = PathExpression | Literal
Expression: TypeAlias = HelperName | SubExpression


class Program(Node):
    """What stands between two tags, or the whole template.

    Attributes:
        body: The statements.
        block_params: The names after `as` of the tag that opens it.
        chained: Whether it is the rest of an `{{else if}}` chain: a single block without a closing tag.
    """

    __slots__ = ()
    body: tuple[Statement, ...]
    block_params: tuple[str, ...]
    chained: bool


class ContentStatement(Node):
    """Text.

    Attributes:
        value: What is printed: `original` without what whitespace control takes away.
        original: As written, without the backslash of an escaped mustache.
    """

    __slots__ = ()
    value: str
    original: str


class CommentStatement(Node):
    """`{{! text }}` or `{{!-- text --}}`."""

    __slots__ = ()
    value: str


class MustacheStatement(Node):
    """`{{x}}`, `{{{x}}}`, `{{&x}}`, `{{helper arguments key=value}}`."""

    __slots__ = ()
    path: HelperName
    params: tuple[Expression, ...]
    hash: Hash | None
    escaped: bool


class BlockStatement(Node):
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

    __slots__ = ()
    path: HelperName
    params: tuple[Expression, ...]
    hash: Hash | None
    program: Program | None
    inverse: Program | None
    raw: bool
    open_end: int


class InlinePartial(Node):
    """`{{#*inline "name"}}...{{/inline}}`: a DecoratorBlock of handlebars.js, the only decorator there is here."""

    __slots__ = ()
    params: tuple[Expression, ...]
    hash: Hash | None
    program: Program
    open_end: int


class PartialStatement(Node):
    """`{{> name context key=value}}`; `indent` is the white space before it where it stands alone on its line."""

    __slots__ = ()
    name: Expression
    params: tuple[Expression, ...]
    hash: Hash | None
    indent: str


class PartialBlockStatement(Node):
    """`{{#> name context key=value}}...{{/name}}`."""

    __slots__ = ()
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


class Template(Node):
    """A parsed template.

    Attributes:
        program: Its statements.
        names_params: Whether any block in it names block parameters.
    """

    __slots__ = ()
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
