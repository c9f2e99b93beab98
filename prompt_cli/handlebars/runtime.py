"""Options and limits, and the state of compiling and rendering a template."""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from .errors import HandlebarsRenderError
from .javascript import ValueRefusedError, loosely_equal
from .nodes import Expression, PathExpression, SubExpression, Template, original, span_of

if TYPE_CHECKING:
    from .helpers import Helper, HelperFunction

Emit: TypeAlias = Callable[[str], object]
Getter: TypeAlias = Callable[[object, "Scope"], object]
Render: TypeAlias = Callable[[object, "Scope", Emit], None]
Parents: TypeAlias = "tuple[object, Parents] | None"
Params: TypeAlias = "tuple[tuple[object, ...] | None, Params] | None"


class Limits(NamedTuple):
    """Limits of a template; exceeding one is an error with a position.

    Attributes:
        depth: Nested blocks and parentheses in one template.
        tags: Tags of one template, and arguments in them.
        partials: Nested partials, recursion included.
        output: Characters of the output.
        work: Characters of templates, and of values that helpers and loops read and make, in total.

    Examples:
        >>> import asyncio
        >>> from prompt_cli import Limits, TemplateEngine, TemplateRenderError
        >>> try:
        ...     asyncio.run(TemplateEngine(Limits(output=3)).render("Hello!", {}))
        ... except TemplateRenderError as error:
        ...     print(error.context["template"])
        <template>
    """

    depth: int = 100
    tags: int = 20_000
    partials: int = 100
    output: int = 10_000_000
    work: int = 50_000_000


class Options(NamedTuple):
    """Options of rendering; the default is handlebars.js for plain text.

    With `escape`, `{{x}}` is escaped for HTML; `{{{x}}}` and `{{&x}}` never are. Even if `missing` is "error", a value
    may be missing as the condition of `if`, `unless`, `each` or `with` and as an argument of `default`, `and`, `or` and
    `not`. If `objects` is "javascript", an object prints `[object Object]`, else it is an error.
    """

    escape: bool = False
    missing: Literal["empty", "error"] = "empty"
    objects: Literal["javascript", "error"] = "javascript"
    limits: Limits = Limits()


# Options of prompts: plain text, and a missing value is an error.
PROMPT_OPTIONS = Options(missing="error", objects="error")

_PIECES_BETWEEN_CHECKS = 4096
STEP = 16  # work of a step without a length, as an iteration of a loop
_COMPARISON = 1000  # work of printing a list to compare it with another context
NULL_CONTEXT: dict[str, object] = {}  # the context of helpers if theirs is null or missing, as in handlebars.js


class Site:
    """The place of an error: an expression, or the template of this name."""

    __slots__ = ("_label", "name", "node")

    def __init__(self, name: str | None, node: Expression | Template, label: str | None = None) -> None:
        self.name: str | None = name
        self.node: Expression | Template = node
        self._label = label

    @property
    def label(self) -> str:
        """The path or helper, as written."""
        if self._label is None:
            node = self.node
            if isinstance(node, SubExpression):
                return node.origin.text[node.offset : node.end]
            return "" if isinstance(node, Template) else original(node)
        return self._label

    def error(self, message: str) -> HandlebarsRenderError:
        """Create an error at this place."""
        return HandlebarsRenderError(message, span_of(self.node), self.name)

    def apply(self, test: Callable[[object], bool], value: object) -> bool:
        """Return the result of a test; a value that is not JSON is an error at this place."""
        try:
            return test(value)
        except ValueRefusedError as error:
            raise self.error(f"{self.label!r}: {error}") from None


class Budget:
    """The work that several renders may do together; the messages and examples of a prompt share one.

    Work is counted in characters: of the template on each pass, and of values that are read or made.
    """

    __slots__ = ("limit", "remaining")

    def __init__(self, limit: int) -> None:
        self.limit: int = limit
        self.remaining: int = limit


class Run:
    """The state of one call of render: its output and the remaining budget."""

    __slots__ = ("budget", "check_at", "depth", "options", "pieces", "whole")

    def __init__(self, options: Options, whole: Site, budget: Budget | None = None) -> None:
        self.options: Options = options
        self.whole: Site = whole  # the place of errors without an expression
        self.budget: Budget = budget or Budget(options.limits.work)
        self.pieces: list[str] = []
        self.depth: int = 0  # the number of partials around
        self.check_at: int = _PIECES_BETWEEN_CHECKS  # pieces that trigger a check of their size

    def text(self, site: Site) -> str:
        """Return the output, unless it is too long."""
        self.check_size(sum(map(len, self.pieces)), site)
        return "".join(self.pieces)

    def check_size(self, size: int, site: Site) -> None:
        """Raise an error if this many characters exceed the limit of output."""
        if size > self.options.limits.output:
            raise site.error(f"the output is longer than {self.options.limits.output} characters")

    def check(self, site: Site) -> None:
        """Check the size of the output, and join its pieces."""
        self.pieces[:] = [self.text(site)]
        self.check_at = _PIECES_BETWEEN_CHECKS

    def spend(self, work: int, site: Site | None = None) -> None:
        """Count work, in characters, at a place or in the template as a whole."""
        budget = self.budget
        budget.remaining -= work
        if budget.remaining < 0:
            raise (site or self.whole).error(
                f"rendering takes more work than {budget.limit} characters read and written"
            )

    def enter_partial(self, site: Site) -> None:
        """Count the inclusion of a partial, one level deeper."""
        self.spend(STEP, site)
        self.depth += 1
        if self.depth > self.options.limits.partials:
            limit = self.options.limits.partials
            raise site.error(f"partials are nested deeper than {limit}; does {site.label!r} include itself?")
        if len(self.pieces) > self.check_at:
            self.check(site)

    def capture(self, render: Render, context: object, scope: "Scope", site: Site) -> str:
        """Return the text of a program instead of adding it to the output."""
        pieces, check_at = self.pieces, self.check_at
        self.pieces = []
        self.check_at = _PIECES_BETWEEN_CHECKS
        try:
            render(context, scope, self.pieces.append)
            captured = self.text(site)
            self.spend(len(captured), site)
            return captured
        finally:
            self.pieces = pieces
            self.check_at = check_at


class Unit:
    """One inclusion of a template (the container of handlebars.js), with the inline partials in scope."""

    __slots__ = ("inline", "run")

    def __init__(self, run: Run, inline: dict[str, Render]) -> None:
        self.run: Run = run
        self.inline: dict[str, Render] = inline


class Scope:
    """The surroundings of a program beside its context."""

    __slots__ = ("block", "data", "params", "parents", "unit")

    def __init__(
        self, parents: Parents, data: dict[str, object], params: Params, unit: Unit, block: Render | None
    ) -> None:
        self.parents: Parents = parents  # the contexts of `../`, the nearest first
        self.data: dict[str, object] = data  # those of the frame around are under `_parent`, as in handlebars.js
        self.params: Params = params  # of the programs around, if the template has any
        self.unit: Unit = unit
        self.block: Render | None = block  # the program of `{{> @partial-block}}`


def parents_inside(depths: Parents, inner: object, run: Run) -> Parents:
    """Return the contexts of `../` in a program with the context `inner`, given the contexts around, nearest first.

    handlebars.js counts a context only if it differs (`!=`) from the one around.
    """
    if depths is None:
        return None
    around = depths[0]
    if type(around) is not dict and type(inner) is not dict and around is not inner:
        run.spend(min(len(around), len(inner)) if isinstance(around, str) and isinstance(inner, str) else _COMPARISON)
    same = around is inner or (inner is NULL_CONTEXT and around is None) or loosely_equal(around, inner)
    return depths[1] if same else depths


PARENTS: Final = ".."
ANY_DATA: Final = "@"
_CONDITIONS: Final = frozenset(("if", "unless"))
# Helpers that handlebars.js calls for a missing one; templates never call them by name.
HOOKS: Final = frozenset(("helperMissing", "blockHelperMissing"))
LOOP_DATA: Final = frozenset(("key", "index", "first", "last"))


class CompileState:
    """The state of compiling one template."""

    def __init__(
        self,
        helpers: "Mapping[str, Helper | HelperFunction]",  # beside the built-in ones
        helper_names: Collection[str],
        find_partial: Callable[[str], Render | None],
        template: Template,
        options: Options,
        variables: Collection[str],  # names that are data, even if a helper has the same name
    ) -> None:
        self.helpers = helpers
        self.helper_names = helper_names
        self.find_partial = find_partial
        self.name: str | None = template.name
        self.options = options
        self.variables = variables
        self.tracks_params: bool = template.names_params  # whether there are block parameters at all
        self.block_params: list[dict[str, int]] = []  # their indexes, in the programs around, the innermost first
        self.uses: set[str] = set()  # names of data that the program may read, with ANY_DATA and PARENTS
        self.required: bool = options.missing == "error"  # whether a missing value is an error
        self.conditions: frozenset[str] = frozenset() if self.tracks_params else _CONDITIONS.difference(helpers)
        self.null: bool = options.objects == "javascript"  # whether a null context becomes an object in a block

    def is_helper(self, name: str) -> bool:
        """Return whether a name without arguments is a helper."""
        return (name in self.helper_names or name in HOOKS) and name not in self.variables

    def site(self, node: Expression, label: str | None = None) -> Site:
        """Return the place of an expression."""
        return Site(self.name, node, label)

    def error(self, node: Expression, message: str) -> HandlebarsRenderError:
        """Create an error about an expression."""
        return self.site(node).error(message)

    def block_param(self, path: PathExpression) -> tuple[int, int] | None:
        """Return the level and index of the block parameter at the start of a path, if there is one."""
        if not self.tracks_params or not path.parts or path.scoped or path.depth:
            return None
        for level, names in enumerate(self.block_params):
            if path.parts[0] in names:
                return level, names[path.parts[0]]
        return None
