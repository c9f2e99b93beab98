"""Scope of static analysis: what a program sees when a template is followed without its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from .nodes import PathExpression, SubExpression

if TYPE_CHECKING:
    from collections.abc import Collection

    from .nodes import Expression, Program
    from .partials import PartialSources

    Paths: TypeAlias = frozenset[tuple[str, ...]]

Origin: TypeAlias = 'Literal["root", "item", "block_parameter", "partial_argument", "data", "unknown"]'
ITEM = "[]"
"""The segment that stands for an item of a list or a value of an object."""


class ValuePath(NamedTuple):
    """The path to a value and how it is reached.

    Attributes:
        path: The keys from the root, `[]` for an item; for an unknown place the keys as written.
        scope: How it is reached.
        extended: What the `key=value` arguments of a partial put over it.
        defaults: Keys that are never missing in it, since the partial has defaults for them.
    """

    path: tuple[str, ...]
    scope: Origin
    extended: tuple[tuple[str, ValuePath], ...] = ()
    defaults: frozenset[str] = frozenset()

    def child(self, keys: tuple[str, ...]) -> ValuePath:
        """Return the path of the keys below this one."""
        if not keys:
            return self
        for key, place in self.extended:
            if key == keys[0]:
                below = place.child(keys[1:])
                return below if below.scope == "unknown" else below._replace(scope="partial_argument")
        return ValuePath(self.path + keys, self.scope)

    def item(self) -> ValuePath:
        """Return the path of an item."""
        return ValuePath((*self.path, ITEM), "unknown" if self.scope == "unknown" else "item")


ROOT = ValuePath((), "root")
UNKNOWN = ValuePath((), "unknown")


class DeferredProgram:
    """A program that is rendered from elsewhere: an inline partial or the block of a partial.

    Attributes:
        program: The program.
        scope: The scope it is defined in.
        seen: Whether anything includes it.
    """

    __slots__ = ("program", "scope", "seen")

    def __init__(self, program: Program, scope: AnalysisScope) -> None:
        self.program = program
        self.scope = scope
        self.seen = False


class AnalysisScope(NamedTuple):
    """The names and contexts a program sees.

    Attributes:
        context: Its context.
        parents: The contexts around, the nearest first.
        params: The block parameters in sight with their places, the innermost first.
        guards: Paths known to exist.
        inlines: The inline partials in sight.
        block: What `{{> @partial-block}}` renders.
        template: The name of the template.
        variables: Names that are data.
        included: The partials around.
        sources: Where partials are found.
    """

    context: ValuePath
    parents: tuple[ValuePath, ...] = ()
    params: tuple[tuple[str, ValuePath], ...] = ()
    guards: frozenset[tuple[str, ...]] = frozenset()
    inlines: tuple[tuple[str, DeferredProgram], ...] = ()
    block: DeferredProgram | None = None
    template: str | None = None
    variables: Collection[str] = ()
    included: tuple[int, ...] = ()
    sources: PartialSources | None = None

    def inside(self, context: ValuePath) -> AnalysisScope:
        """Return the scope with another context."""
        if context == self.context:
            return self
        return self._replace(context=context, parents=(self.context, *self.parents))

    def naming(self, program: Program | None, places: tuple[ValuePath, ...]) -> AnalysisScope:
        """Return the scope with the block parameters of a program."""
        if program is None or not program.block_params:
            return self
        known = places + (UNKNOWN,) * len(program.block_params)
        return self._replace(params=(*zip(program.block_params, known, strict=False), *self.params))

    def iterating(self, program: Program | None, place: ValuePath) -> AnalysisScope:
        """Return the scope of an item of the list at `place`; guards on the previous item do not apply."""
        item = place.item()
        size = len(item.path)
        guards = frozenset([path for path in self.guards if path[:size] != item.path])
        return self._guarded_by(guards).inside(item).naming(program, (item, ValuePath(("@key",), "data")))

    def guarded(self, paths: frozenset[tuple[str, ...]]) -> AnalysisScope:
        """Return the scope where these paths exist."""
        return self._guarded_by(self.guards | paths) if paths else self

    def _guarded_by(self, guards: frozenset[tuple[str, ...]]) -> AnalysisScope:
        return self._replace(guards=guards)

    def inline(self, name: str) -> DeferredProgram | None:
        """Return the inline partial of this name."""
        return next((body for key, body in self.inlines if key == name), None)

    def names_param(self, path: PathExpression) -> bool:
        """Return whether a path starts with a block parameter."""
        if not self.params:
            return False
        simple = path.parts and not path.scoped and not path.depth
        return bool(simple) and any(path.parts[0] == name for name, _ in self.params)

    def locate(self, path: PathExpression) -> ValuePath:
        """Return where a path leads."""
        if not (self.params or path.data or path.depth):
            return self.context if path.parts[:1] == ("",) else self.context.child(path.parts)
        if self.names_param(path):
            place = next(place for name, place in self.params if name == path.parts[0])
            place = place.child(path.parts[1:])
            return place if place.scope in {"unknown", "data"} else place._replace(scope="block_parameter")
        if path.data and path.parts:
            if path.parts[0] == "root":
                return ROOT.child(path.parts[1:])
            return ValuePath(("@" + path.parts[0], *path.parts[1:]), "data")
        start = self.context
        if path.depth:
            start = self.parents[path.depth - 1] if path.depth <= len(self.parents) else UNKNOWN
        return start if path.parts[:1] == ("",) else start.child(path.parts)

    def tested(self, path: PathExpression, place: ValuePath) -> int:
        """Return how many leading keys of a place are known to exist."""
        if not (self.guards or self.context.defaults):
            return 0
        size = len(place.path)
        known = next((end for end in range(size, 0, -1) if place.path[:end] in self.guards), 0)
        starts_here = path.parts and not path.depth and not path.data and not self.names_param(path)
        if starts_here and path.parts[0] in self.context.defaults:
            known = max(known, size - len(path.parts) + 1)
        return known


_NONE: Paths = frozenset()


def found_by(condition: Expression, scope: AnalysisScope) -> Paths:
    """Return the paths that exist when a condition is true: its own path, or all arguments of `and`."""
    if isinstance(condition, PathExpression):
        path = scope.locate(condition).path
        return frozenset([path[:end] for end in range(1, len(path) + 1)])
    if isinstance(condition, SubExpression) and isinstance(condition.path, PathExpression):
        helper = condition.path.original
        if helper == "and":
            return _NONE.union(*[found_by(param, scope) for param in condition.params])
        if helper == "not" and len(condition.params) == 1:
            return missed_by(condition.params[0], scope)
    return _NONE


def missed_by(condition: Expression, scope: AnalysisScope) -> Paths:
    """Return the paths that exist when a condition is false: those under `not`, or all arguments of `or`."""
    if isinstance(condition, SubExpression) and isinstance(condition.path, PathExpression):
        helper = condition.path.original
        if helper == "or":
            return _NONE.union(*[missed_by(param, scope) for param in condition.params])
        if helper == "not" and len(condition.params) == 1:
            return found_by(condition.params[0], scope)
    return _NONE
