"""Uses of values and partials in a template, and the paths and scopes that lead to them."""

from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple, TypeAlias

from .errors import Span
from .helpers import ANY, JsonTypes, ValueType, are_comparable
from .nodes import Expression, PathExpression, Program, SubExpression, span_of
from .partials import PartialSources

Origin: TypeAlias = 'Literal["root", "item", "block_parameter", "partial_argument", "data", "unknown"]'
Role: TypeAlias = 'Literal["print", "condition", "iterate", "context", "section", "argument"]'
ITEM = "[]"  # the path segment of an item of a list or a value of an object

_MAX_PATH = 100
"""The maximum length of a path that others begin with, because each repeats it. No declaration is nested deeper."""


class ValuePath(NamedTuple):
    """The path to a value."""

    path: tuple[str, ...]  # the keys from the root, `[]` for an item; as written if the scope is unknown
    scope: Origin  # the start of the path
    extended: "tuple[tuple[str, ValuePath], ...]" = ()  # the `key=value` arguments of a partial, which hide keys
    defaults: frozenset[str] = frozenset()  # keys that are never missing, as the partial has defaults for them
    types: JsonTypes = ANY.types  # as far as its path does not tell

    @property
    def is_declarable(self) -> bool:
        """Whether a variable can declare the value: its path leads from the root."""
        return self.scope not in {"data", "unknown"}

    def child(self, keys: tuple[str, ...]) -> "ValuePath":
        """Return the path of the keys below this one."""
        if not keys:
            return self
        for key, place in self.extended:
            if key == keys[0]:
                below = place.child(keys[1:])
                return below if below.scope == "unknown" else below._replace(scope="partial_argument")
        if len(self.path) > _MAX_PATH:
            return ValuePath(keys, "unknown")
        return ValuePath(self.path + keys, self.scope)

    def item(self) -> "ValuePath":
        """Return the path of an item."""
        if len(self.path) > _MAX_PATH:
            return ValuePath((ITEM,), "unknown")
        return ValuePath((*self.path, ITEM), "unknown" if self.scope == "unknown" else "item")


ROOT = ValuePath((), "root")
UNKNOWN = ValuePath((), "unknown")


class Use(NamedTuple):
    """The use of an expression: its role and the helper it is an argument of, as in Reference."""

    role: Role
    takes: ValueType = ANY  # the values that the place takes
    helper: str | None = None
    tolerant: bool = False  # whether the value may be missing without an error
    taker: str | None = None  # the last helper or tag to take the value: `join` in `{{join (default list other)}}`
    prefers: ValueType | None = None  # the type of the literal that the value is compared with


class Reference(NamedTuple):
    """A read of a path.

    In `path`, the keys from the root, `[]` is an item of a list or a value of an object: `tickets`, `[]`, `subject`.
    The path of a data variable starts with `@`; an unknown scope has only the keys as written.

    The first `tested` keys may be missing without an error or must exist: in `{{#if user}}{{user.name}}{{/if}}` one of
    two, all if the path is guarded. `outer` is the path to write for the declared value of a context around,
    `../limit`; it is empty if there is none or the context itself declares the name.
    """

    path: tuple[str, ...]
    scope: Origin  # "item" of `each`, "data" variable, or "unknown" if only the data tell
    tested: int
    use: Use
    node: PathExpression
    written: str  # the path as written
    template: str | None  # the name of the template or partial
    outer: str

    @property
    def guarded(self) -> bool:
        """Whether the value may be missing without an error: by its use, or by a condition that tests the path."""
        return self.use.tolerant or 0 < self.tested == len(self.path)

    @property
    def role(self) -> Role:
        """The role of the value."""
        return self.use.role

    @property
    def helper(self) -> str | None:
        """The helper that takes the value as an argument."""
        return self.use.helper

    @property
    def takes(self) -> ValueType:
        """The values that the place takes; of a comparison with a literal, those of its type."""
        return self.use.prefers or self.use.takes

    @property
    def span(self) -> Span:
        """The range of the path."""
        return span_of(self.node)


class Mismatch(NamedTuple):
    """A value of a type that its place does not take."""

    path: tuple[str, ...]  # empty if it is the result of a helper or a literal
    types: JsonTypes
    takes: ValueType  # the values that the place takes
    key: str | None  # the key that no such value has; None if the value itself does not fit
    role: Role
    taker: str  # the helper or tag that takes the value at last, for messages
    guarded: bool  # whether the value may be missing without an error
    span: Span
    template: str | None  # the name of the template or partial
    written: str  # the value as written
    outer: str  # as in Reference


class Operand(NamedTuple):
    """A side of a comparison."""

    place: ValuePath
    types: JsonTypes
    node: Expression

    @property
    def span(self) -> Span:
        """The range of the expression."""
        return span_of(self.node)


class Comparison(NamedTuple):
    """A comparison of two values by a helper in a template or partial."""

    helper: str
    is_strict: bool  # whether values of two types are an error
    left: Operand
    right: Operand
    template: str | None

    @property
    def can_hold(self) -> bool:
        """Whether the values may have one type."""
        return are_comparable(self.left.types, self.right.types)


class PartialReference(NamedTuple):
    """An inclusion of a partial, with its context."""

    name: str | None  # None if it is computed
    path: tuple[str, ...]  # to the context of the partial, as in Reference
    scope: Origin
    arguments: tuple[tuple[str, ValuePath], ...]  # which add keys to the context
    fallback: bool  # whether a block replaces a missing partial
    span: Span  # of the name
    template: str | None  # the including template or partial
    guards: frozenset[tuple[str, ...]]  # paths that conditions around the inclusion test

    @property
    def hash(self) -> tuple[str, ...]:
        """The keys of the arguments."""
        return tuple([key for key, _ in self.arguments])


class DeferredProgram:
    """An inline partial or the block of a partial, with the scope of its definition."""

    def __init__(self, program: Program, scope: "AnalysisScope") -> None:
        self.program = program
        self.scope = scope
        self.is_included = False


_NO_PARAMS: Mapping[str, ValuePath] = {}


class AnalysisScope(NamedTuple):
    """The names and contexts a program sees."""

    context: ValuePath
    parents: tuple[ValuePath, ...] = ()  # the contexts around, the nearest first
    params: Mapping[str, ValuePath] = _NO_PARAMS  # the block parameters
    guards: frozenset[tuple[str, ...]] = frozenset()  # paths that a condition around the program tests
    inlines: tuple[tuple[str, DeferredProgram], ...] = ()
    block: DeferredProgram | None = None  # the program of `{{> @partial-block}}`
    template: str | None = None
    variables: Collection[str] = ()  # names that are data, even if a helper has the same name
    inclusions: tuple[int, ...] = ()  # the ids of the partials around
    sources: PartialSources | None = None

    def inside(self, context: ValuePath) -> "AnalysisScope":
        """Return the scope with another context."""
        if context == self.context:
            return self
        return self._replace(context=context, parents=(self.context, *self.parents))

    def with_params(self, program: Program | None, places: tuple[ValuePath, ...]) -> "AnalysisScope":
        """Return the scope with the block parameters of a program."""
        if program is None or not program.block_params:
            return self
        paths = places + (UNKNOWN,) * len(program.block_params)
        params = dict(reversed([*zip(program.block_params, paths, strict=False)]))  # the first of equal names counts
        return self._replace(params={**self.params, **params})

    def inside_items(self, program: Program | None, place: ValuePath) -> "AnalysisScope":
        """Return the scope of an item of the list at `place`; guards on the previous item do not apply."""
        item = place.item()
        size = len(item.path)
        guards = frozenset([path for path in self.guards if path[:size] != item.path])
        return self._replace(guards=guards).inside(item).with_params(program, (item, ValuePath(("@key",), "data")))

    def with_guards(self, paths: frozenset[tuple[str, ...]]) -> "AnalysisScope":
        """Return the scope with more guards."""
        return self._replace(guards=self.guards | paths) if paths else self

    def inline(self, name: str) -> DeferredProgram | None:
        """Return the inline partial of this name."""
        return next((body for key, body in self.inlines if key == name), None)

    def names_param(self, path: PathExpression) -> bool:
        """Return whether a path starts with a block parameter."""
        may_name_one = path.parts and not path.scoped and not path.depth
        return bool(may_name_one) and path.parts[0] in self.params

    def locate(self, path: PathExpression) -> ValuePath:
        """Return the path from the root that a path of the template leads to."""
        if not (self.params or path.data or path.depth):
            return self.context if path.parts[:1] == ("",) else self.context.child(path.parts)
        if self.names_param(path):
            place = self.params[path.parts[0]].child(path.parts[1:])
            return place if place.scope in {"unknown", "data"} else place._replace(scope="block_parameter")
        if path.data and path.parts:
            if path.parts[0] == "root":
                return ROOT.child(path.parts[1:])
            return ValuePath(("@" + path.parts[0], *path.parts[1:]), "data")
        start = self.context
        if path.depth:
            start = self.parents[path.depth - 1] if path.depth <= len(self.parents) else UNKNOWN
        return start if path.parts[:1] == ("",) else start.child(path.parts)

    def is_relative(self, path: PathExpression) -> bool:
        """Return whether a path begins with a key of the context."""
        return bool(path.parts) and not path.depth and not path.data and not self.names_param(path)

    def tested(self, path: PathExpression, place: ValuePath) -> int:
        """Count the leading keys of a path that conditions or defaults guard."""
        if not (self.guards or self.context.defaults):
            return 0
        size = len(place.path)
        count = next((end for end in range(min(size, _MAX_PATH), 0, -1) if place.path[:end] in self.guards), 0)
        if self.is_relative(path) and path.parts[0] in self.context.defaults:
            count = max(count, size - len(path.parts) + 1)
        return count


def paths_if(condition: Expression, scope: AnalysisScope, *, holds: bool) -> frozenset[tuple[str, ...]]:
    """Return the paths that exist when a condition holds, or when it does not.

    If it holds, that is its own path, or those of all arguments of `and`; else those of all arguments of `or`.
    """
    nothing: frozenset[tuple[str, ...]] = frozenset()
    if holds and isinstance(condition, PathExpression):
        path = scope.locate(condition).path
        return frozenset([path[:end] for end in range(1, min(len(path), _MAX_PATH) + 1)])
    if isinstance(condition, SubExpression) and isinstance(condition.path, PathExpression):
        helper = condition.path.original
        if helper == ("and" if holds else "or"):
            return nothing.union(*[paths_if(param, scope, holds=holds) for param in condition.params])
        if helper == "not" and len(condition.params) == 1:
            return paths_if(condition.params[0], scope, holds=not holds)
    return nothing
