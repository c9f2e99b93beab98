"""What a program sees when a template is followed without its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .places import ROOT, UNKNOWN, Place

if TYPE_CHECKING:
    from collections.abc import Collection

    from .ast import PathExpression, Program
    from .sources import PartialSources


class Body:
    """A program that is rendered from elsewhere: an inline partial or the block of a partial.

    Attributes:
        program: The program.
        around: What it sees where it is written.
        seen: Whether anything includes it.
    """

    __slots__ = ("around", "program", "seen")

    def __init__(self, program: Program, around: Around) -> None:
        self.program = program
        self.around = around
        self.seen = False


class Around(NamedTuple):
    """What a program sees.

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

    context: Place
    parents: tuple[Place, ...] = ()
    params: tuple[tuple[str, Place], ...] = ()
    guards: frozenset[tuple[str, ...]] = frozenset()
    inlines: tuple[tuple[str, Body], ...] = ()
    block: Body | None = None
    template: str | None = None
    variables: Collection[str] = ()
    included: tuple[int, ...] = ()
    sources: PartialSources | None = None

    def inside(self, context: Place) -> Around:
        """The same with another context."""
        if context == self.context:
            return self
        return self._replace(context=context, parents=(self.context, *self.parents))

    def naming(self, program: Program | None, places: tuple[Place, ...]) -> Around:
        """The same with the block parameters of a program."""
        if program is None or not program.block_params:
            return self
        known = places + (UNKNOWN,) * len(program.block_params)
        return self._replace(params=(*zip(program.block_params, known, strict=False), *self.params))

    def iterating(self, program: Program | None, place: Place) -> Around:
        """The same for an item of what is at `place`; what was known about another item is forgotten."""
        item = place.item()
        size = len(item.path)
        guards = frozenset([path for path in self.guards if path[:size] != item.path])
        return self._guarded_by(guards).inside(item).naming(program, (item, Place(("@key",), "data")))

    def guarded(self, paths: frozenset[tuple[str, ...]]) -> Around:
        """The same where the paths exist."""
        return self._guarded_by(self.guards | paths) if paths else self

    def _guarded_by(self, guards: frozenset[tuple[str, ...]]) -> Around:
        return self._replace(guards=guards)

    def inline(self, name: str) -> Body | None:
        """The inline partial of this name."""
        return next((body for key, body in self.inlines if key == name), None)

    def names_param(self, path: PathExpression) -> bool:
        """Whether a path starts with a block parameter."""
        if not self.params:
            return False
        simple = path.parts and not path.scoped and not path.depth
        return bool(simple) and any(path.parts[0] == name for name, _ in self.params)

    def locate(self, path: PathExpression) -> Place:
        """Where a path leads."""
        if not (self.params or path.data or path.depth):  # as most
            return self.context if path.parts[:1] == ("",) else self.context.child(path.parts)
        if self.names_param(path):
            place = next(place for name, place in self.params if name == path.parts[0])
            place = place.child(path.parts[1:])
            return place if place.scope in {"unknown", "data"} else place._replace(scope="block_parameter")
        if path.data and path.parts:
            if path.parts[0] == "root":
                return ROOT.child(path.parts[1:])
            return Place(("@" + path.parts[0], *path.parts[1:]), "data")
        start = self.context
        if path.depth:
            start = self.parents[path.depth - 1] if path.depth <= len(self.parents) else UNKNOWN
        return start if path.parts[:1] == ("",) else start.child(path.parts)

    def tested(self, path: PathExpression, place: Place) -> int:
        """How many keys of the place a path leads to are known to exist there."""
        if not (self.guards or self.context.defaults):
            return 0
        size = len(place.path)
        known = next((end for end in range(size, 0, -1) if place.path[:end] in self.guards), 0)
        starts_here = path.parts and not path.depth and not path.data and not self.names_param(path)
        if starts_here and path.parts[0] in self.context.defaults:
            known = max(known, size - len(path.parts) + 1)
        return known
