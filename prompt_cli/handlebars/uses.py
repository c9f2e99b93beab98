"""Uses of values and partials in a template, as the analysis returns them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from .nodes import span_of
from .value_types import ANY, are_comparable

if TYPE_CHECKING:
    from .errors import Span
    from .nodes import Expression
    from .scopes import Origin, ValuePath
    from .value_types import JsonTypes, ValueType

Role: TypeAlias = 'Literal["print", "condition", "iterate", "context", "section", "argument"]'


class Reference(NamedTuple):
    """A read of a path.

    Attributes:
        path: The keys from the root, `[]` standing for an item of a list or a value of an object:
            `("tickets", "[]", "subject")`. The path of a data variable starts with `@`; an unknown scope has only the
            keys as written.
        scope: The start of the path. "item": an item of `each`; "data": a data variable; "unknown": only the data tell.
        guarded: Whether the value may be missing without an error: a condition, an argument of `default` and the
            like, or a path that such a condition tests.
        tested: The number of leading keys that may be missing without an error or must exist: one of two in
            `{{#if user}}{{user.name}}{{/if}}`, all if the path is guarded.
        role: The use of the value.
        helper: The helper that takes the value as an argument.
        span: The range of the path.
        template: The name of the template or partial.
        written: The path as written.
        takes: The values that the place takes; of a comparison with a literal, those of its type.
        outer: The path to write for the declared value of a context around, `../limit`; empty if there is none or the
            context itself declares the name.
    """

    path: tuple[str, ...]
    scope: Origin
    guarded: bool
    tested: int
    role: Role
    helper: str | None
    span: Span
    template: str | None
    written: str
    takes: ValueType
    outer: str


class Mismatch(NamedTuple):
    """A value of a type that its place does not take.

    Attributes:
        path: The path of the value; empty if it is the result of a helper or a literal.
        types: The types of the value.
        takes: The values that the place takes.
        key: The key that is read and that no such value has; None if the value itself does not fit.
        role: The use of the value.
        taker: The helper or tag that takes the value at last, for messages.
        guarded: Whether the value may be missing without an error.
        span: The range of the value.
        template: The name of the template or partial.
        written: The value as written.
        outer: The path to write for a declared value of a context around, as in Reference.
    """

    path: tuple[str, ...]
    types: JsonTypes
    takes: ValueType
    key: str | None
    role: Role
    taker: str
    guarded: bool
    span: Span
    template: str | None
    written: str
    outer: str


class Operand(NamedTuple):
    """A side of a comparison.

    Attributes:
        place: The path of the value.
        types: The types of the value.
        node: The expression.
    """

    place: ValuePath
    types: JsonTypes
    node: Expression

    @property
    def span(self) -> Span:
        """The range of the expression."""
        return span_of(self.node)


class Comparison(NamedTuple):
    """A comparison of two values by a helper.

    Attributes:
        helper: The name of the helper.
        is_strict: Whether values of two types are an error.
        left: The first value.
        right: The second value.
        template: The name of the template or partial.
    """

    helper: str
    is_strict: bool
    left: Operand
    right: Operand
    template: str | None

    @property
    def can_hold(self) -> bool:
        """Whether the values may have one type."""
        return are_comparable(self.left.types, self.right.types)


class Use(NamedTuple):
    """The use of an expression: its role and the helper it is an argument of, as in Reference.

    Attributes:
        takes: The values that the place takes.
        tolerant: Whether the value may be missing without an error.
        taker: The helper or tag that takes the value at last: `join` in `{{join (default list other)}}`.
        prefers: The type of the literal that the value is compared with.
    """

    role: Role
    takes: ValueType = ANY
    helper: str | None = None
    tolerant: bool = False
    taker: str | None = None
    prefers: ValueType | None = None


class PartialUse(NamedTuple):
    """An inclusion of a partial.

    Attributes:
        name: The name of the partial; None if it is computed.
        fallback: Whether a block replaces a missing partial.
        span: The range of the name.
    """

    name: str | None
    fallback: bool
    span: Span


class PartialReference(NamedTuple):
    """An inclusion of a partial, with its context.

    Attributes:
        name: The name of the partial; None if it is computed.
        path: The path to the context of the partial, as in Reference.
        scope: The start of that path, as in Reference.
        arguments: The `key=value` arguments, which add keys to the context: the path to each value.
        fallback: Whether a block replaces a missing partial.
        span: The range of the name.
        template: The name of the including template or partial.
        guards: Paths that conditions around the inclusion test.
    """

    name: str | None
    path: tuple[str, ...]
    scope: Origin
    arguments: tuple[tuple[str, ValuePath], ...]
    fallback: bool
    span: Span
    template: str | None
    guards: frozenset[tuple[str, ...]]

    @property
    def hash(self) -> tuple[str, ...]:
        """The keys of the arguments."""
        return tuple([key for key, _ in self.arguments])
