"""State of compiling one template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .helpers import BUILT_IN, HOOKS
from .runtime import Site

if TYPE_CHECKING:
    from collections.abc import Collection

    from .api import Environment
    from .errors import HandlebarsRenderError
    from .nodes import Expression, PathExpression, Template
    from .runtime import Options


PARENTS: Final = ".."
ANY_DATA: Final = "@"
_CONDITIONS: Final = frozenset(("if", "unless"))
_NONE: Final[frozenset[str]] = frozenset()
LOOP_DATA: Final = frozenset(("key", "index", "first", "last"))


class CompileState:
    """The state of compiling one template.

    Attributes:
        environment: The helpers and partials it may use.
        name: Its name in errors.
        options: How it is rendered.
        variables: Names that are data where they stand alone.
        tracks_params: Whether the template has block parameters at all.
        block_params: The block parameters of the programs around, the innermost first.
        uses: What the program at hand may read beside its context: the names of data variables, ANY_DATA, PARENTS.
        required: Whether it is an error to read what is missing.
        has_helper_missing: Whether the helper `helperMissing` is called for what is missing.
        conditions: `if` and `unless`, unless there are helpers of these names or block parameters are counted.
        null: Whether helpers take a context that is null for an object, as in handlebars.js.
    """

    __slots__ = (
        "block_params",
        "conditions",
        "environment",
        "has_helper_missing",
        "name",
        "null",
        "options",
        "required",
        "tracks_params",
        "uses",
        "variables",
    )

    def __init__(
        self, environment: Environment, template: Template, options: Options, variables: Collection[str]
    ) -> None:
        self.environment = environment
        self.name = template.name
        self.options = options
        self.variables = variables
        self.tracks_params = template.names_params
        self.block_params: list[tuple[str, ...]] = []
        self.uses: set[str] = set()
        self.required = options.missing == "error"
        self.has_helper_missing = "helperMissing" in environment.helpers
        self.conditions = _NONE if self.tracks_params else _CONDITIONS.difference(environment.helpers)
        self.null = options.objects == "javascript"

    def is_helper(self, name: str) -> bool:
        """Return whether a name that stands alone is a helper."""
        known = name in BUILT_IN or name in self.environment.helpers or name in HOOKS
        return known and name not in self.variables

    def site(self, node: Expression, label: str | None = None) -> Site:
        """Return the place of an expression."""
        return Site(self.name, node, label)

    def error(self, node: Expression, message: str) -> HandlebarsRenderError:
        """Create an error about an expression."""
        return self.site(node).error(message)

    def block_param(self, path: PathExpression) -> tuple[int, int] | None:
        """Return the level and index of the block parameter that a path starts with, if it does."""
        if not self.tracks_params or not path.parts or path.scoped or path.depth:
            return None
        for level, names in enumerate(self.block_params):
            if path.parts[0] in names:
                return level, names.index(path.parts[0])
        return None
