"""What a template reads: every path, from which scope, and whether something tests it before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from .places import Origin
    from .source import Span

Role: TypeAlias = 'Literal["print", "condition", "iterate", "context", "section", "argument"]'


class Reference(NamedTuple):
    """One reading of a path.

    Attributes:
        path: The keys from the root, `[]` standing for an item of a list or a value of an object:
            `("tickets", "[]", "subject")`. For data variables the first key starts with `@`. Where the scope is
            unknown, only the keys as written.
        scope: How it is reached: from the root, an item of what `each` goes through, a block parameter, an argument of
            a partial, a data variable, or in a way only the data tell.
        guarded: Whether it may be missing here without an error: it is a condition or an argument of `default` and
            the like, or stands where such a condition found it.
        tested: How many keys of the path, from its beginning, may be missing here without an error or are known to
            exist: in `{{#if user}}{{user.name}}{{/if}}` one of the two; all of them where it is guarded.
        role: What it is read for.
        helper: The helper it is an argument of.
        span: Where.
        template: The name of the template or partial it is in.
        written: The path as written.
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


class PartialUse(NamedTuple):
    """A place where a template includes a partial.

    Attributes:
        name: The name of the partial; None if it is computed.
        fallback: Whether a block stands in for it if it does not exist.
        span: Where the name is.
    """

    name: str | None
    fallback: bool
    span: Span


class PartialReference(NamedTuple):
    """One inclusion of a partial.

    Attributes:
        name: The partial; None if the name is computed.
        path: Where the context it is given comes from, as in Reference.
        scope: How that is reached, as in Reference.
        hash: The keys its `key=value` arguments add to that context.
        fallback: Whether a block stands in for it if it does not exist.
        span: Where the name is.
        template: The name of the template or partial that includes it.
        guards: Paths that are known to exist there.
    """

    name: str | None
    path: tuple[str, ...]
    scope: Origin
    hash: tuple[str, ...]
    fallback: bool
    span: Span
    template: str | None
    guards: frozenset[tuple[str, ...]]
