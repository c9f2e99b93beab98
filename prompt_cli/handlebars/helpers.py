"""Helpers: functions with a description, and the built-in ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .runtime import NULL_CONTEXT, Scope, parents_inside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .partials import Blocks
    from .runtime import Render, Site


HelperFunction: TypeAlias = "Callable[..., object]"
"""Called with HelperOptions and the arguments, None for what is missing; returns what is printed or the value of the
subexpression. What it refuses it refuses by a HelperError."""


class HelperSpec(NamedTuple):
    """The description of a helper, for checks and documentation.

    Attributes:
        name: Its name.
        signature: How it is called, without the braces.
        summary: What it does, in one line.
        least: How many arguments it needs.
        most: How many it takes; None for any number.
        hash: The `key=` arguments it knows.
        block: Whether it opens a block.
        tolerant: Whether its arguments may be missing even where reading what is missing is an error.
    """

    name: str
    signature: str
    summary: str
    least: int
    most: int | None
    hash: tuple[str, ...] = ()
    block: bool = False
    tolerant: bool = False


class Helper(NamedTuple):
    """A helper whose arguments are checked before it is called."""

    function: HelperFunction
    spec: HelperSpec


class SafeString(str):
    """Text that is HTML already and must not be escaped."""

    __slots__ = ()


class HelperOptions:
    """Options that a helper receives beside its arguments, as in handlebars.js.

    Attributes:
        name: The name it is called by.
        hash: The `key=value` arguments.
        context: The context it is called in.
        data: The data variables.
        limit: How many characters a template may write.
    """

    __slots__ = ("_inverse", "_program", "_scope", "_site", "context", "data", "hash", "limit", "name")

    def __init__(
        self, site: Site, hash_: dict[str, object], context: object, scope: Scope, blocks: Blocks | None
    ) -> None:
        self.name = site.label
        self.hash = hash_
        self.context = NULL_CONTEXT if context is None else context
        self.data: Mapping[str, object] = scope.data
        self.limit = scope.unit.run.options.limits.output
        self._scope = scope
        self._site = site
        self._program = self._inverse = None
        if blocks:
            depths = (context, scope.parents)
            self._program, self._inverse = [program.bind(context, scope, depths)[0] for program in blocks]

    @property
    def is_block(self) -> bool:
        """Whether the helper opens a block."""
        return self._program is not None

    def spend(self, work: int) -> None:
        """Count work, in characters read or made; beyond the limit it is an error."""
        self._scope.unit.run.spend(work, self._site)

    def fn(
        self, context: object, *, data: Mapping[str, object] | None = None, block_params: Sequence[object] = ()
    ) -> str:
        """Render the block with `context`."""
        return self._render(self._program, context, data, block_params)

    def inverse(
        self, context: object, *, data: Mapping[str, object] | None = None, block_params: Sequence[object] = ()
    ) -> str:
        """Render the `{{else}}` program with `context`."""
        return self._render(self._inverse, context, data, block_params)

    def _render(
        self, render: Render | None, context: object, data: Mapping[str, object] | None, block_params: Sequence[object]
    ) -> str:
        if render is None:
            raise self._site.error(f"the helper {self.name!r} needs a block: {{{{#{self.name}}}}}")
        scope = self._scope
        parents = parents_inside((self.context, scope.parents), context, scope.unit.run)
        frame = scope.data if data is None else dict(data)
        inner = Scope(parents, frame, (tuple(block_params) or None, scope.params), scope.unit, scope.block)
        return scope.unit.run.capture(render, context, inner, self._site)


def _block(name: str, summary: str, *keys: str) -> HelperSpec:
    return HelperSpec(name, f"{{{{#{name} value}}}}", summary, 1, 1, keys, block=True, tolerant=True)


BUILT_IN = {
    spec.name: spec
    for spec in (
        _block("if", "Render the block if the value is true, not 0 and not empty.", "includeZero"),
        _block("unless", "Render the block if `if` would not.", "includeZero"),
        _block("with", "Render the block with the value as its context, unless it is empty."),
        _block("each", "Render the block for each item of a list or value of an object."),
        HelperSpec("lookup", "lookup value key", "What a value has under a computed key.", 2, 2),
        HelperSpec("log", "log value ...", "Hand the values to the program that renders.", 0, None, ("level",)),
    )
}
"""Their descriptions by name."""

HOOKS = frozenset(("helperMissing", "blockHelperMissing"))
"""Helpers that are called if no other is found, never by name."""
