"""Options and limits of rendering, and the state of one render."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, NoReturn, TypeAlias

from .errors import HandlebarsRenderError
from .javascript import loosely_equal
from .nodes import SubExpression, Template, original, span_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .nodes import Expression

    Emit: TypeAlias = Callable[[str], object]
    Getter: TypeAlias = Callable[[object, "Scope"], object]
    Render: TypeAlias = Callable[[object, "Scope", Emit], None]
    Parents: TypeAlias = "tuple[object, Parents] | None"
    Params: TypeAlias = "tuple[tuple[object, ...] | None, Params] | None"


class Limits(NamedTuple):
    """Limits of a template; to exceed one is an error with a position.

    Attributes:
        depth: Blocks and parentheses inside one another in one template.
        tags: Tags of one template, and arguments in them.
        partials: Partials inside one another while rendering, recursion included.
        output: Characters written.
        work: Characters of templates gone through and of values that helpers and loops read and make, all together.
    """

    depth: int = 100
    tags: int = 20_000
    partials: int = 100
    output: int = 10_000_000
    work: int = 50_000_000


class Options(NamedTuple):
    """Options of rendering; the default is handlebars.js for plain text.

    Attributes:
        escape: Whether `{{x}}` is escaped for HTML (`{{{x}}}` and `{{&x}}` never are).
        strict: As in handlebars.js: what is printed or opens a block must exist, and so must what a path goes through.
        missing: "error" makes it an error to read what is missing, except as the condition of `if`, `unless`, `each`
            or `with` and as an argument of `default`, `and`, `or` and `not`.
        objects: What printing an object does: "javascript" writes `[object Object]`, "error" refuses.
        log: Called with the arguments of `{{log ...}}`; nothing is ever written to the output.
        limits: How much it may use.
    """

    escape: bool = False
    strict: bool = False
    missing: Literal["empty", "error"] = "empty"
    objects: Literal["javascript", "error"] = "javascript"
    log: Callable[..., object] | None = None
    limits: Limits = Limits()


PROMPT_OPTIONS = Options(missing="error", objects="error")
"""Options of prompts: plain text, and a missing value is an error."""


_PIECES_BETWEEN_CHECKS = 4096
STEP = 16
"""The work of a step that has no length: a turn of a loop, an item that is printed."""
_COMPARISON = 1000
"""The work of printing a list to compare it with another context."""

NULL_CONTEXT: dict[str, object] = {}
"""The context of helpers where it is null or missing, as in handlebars.js."""


class Site:
    """A place in a template that errors of rendering point at.

    Attributes:
        name: The name of the template.
        node: The expression or template.
    """

    __slots__ = ("_label", "name", "node")

    def __init__(self, name: str | None, node: Expression | Template, label: str | None = None) -> None:
        self.name = name
        self.node = node
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

    def fail(self, message: str) -> NoReturn:
        """Raise an error at this place."""
        raise self.error(message)


class Budget:
    """The work that several renders may do together; the messages and examples of a prompt share one.

    Work is counted in characters: of the template each time it is gone through, and of values that are read or made.

    Attributes:
        limit: All of it.
        left: The rest.
    """

    __slots__ = ("left", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = self.left = limit


class Run:
    """The state of one call of render: its output and the remaining budget.

    Attributes:
        options: The options of the template that is rendered.
        whole: The template, as a place for errors.
        budget: The work that is left.
        pieces: The output so far.
        depth: Partials inside one another.
        check_at: How many pieces there may be before their size is looked at.
    """

    __slots__ = ("budget", "check_at", "depth", "options", "pieces", "whole")

    def __init__(self, options: Options, whole: Site, budget: Budget | None = None) -> None:
        self.options = options
        self.whole = whole
        self.budget = budget or Budget(options.limits.work)
        self.pieces: list[str] = []
        self.depth = 0
        self.check_at = _PIECES_BETWEEN_CHECKS

    def text(self, site: Site) -> str:
        """Return the output, unless it is too long."""
        self.check_size(sum(map(len, self.pieces)), site)
        return "".join(self.pieces)

    def check_size(self, size: int, site: Site) -> None:
        """Raise an error if this many characters exceed the limit of output."""
        if size > self.options.limits.output:
            site.fail(f"the output is longer than {self.options.limits.output} characters")

    def check(self, site: Site) -> None:
        """Check the size of the output, and join its pieces."""
        self.pieces[:] = [self.text(site)]
        self.check_at = _PIECES_BETWEEN_CHECKS

    def spend(self, work: int, site: Site | None = None) -> None:
        """Count work, in characters, at a place or in the template as a whole."""
        budget = self.budget
        budget.left -= work
        if budget.left < 0:
            (site or self.whole).fail(f"rendering takes more work than {budget.limit} characters read and written")

    def enter_partial(self, site: Site) -> None:
        """Count the inclusion of a partial, one level deeper."""
        self.spend(STEP, site)
        self.depth += 1
        if self.depth > self.options.limits.partials:
            limit = self.options.limits.partials
            site.fail(f"partials are nested deeper than {limit}; does {site.label!r} include itself?")
        if len(self.pieces) > self.check_at:
            self.check(site)

    def capture(self, render: Render, context: object, scope: Scope, site: Site) -> str:
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
    """One inclusion of a template (the container of handlebars.js).

    Attributes:
        run: The render it belongs to.
        inline: The inline partials that can be seen at the moment.
    """

    __slots__ = ("inline", "run")

    def __init__(self, run: Run, inline: dict[str, Render]) -> None:
        self.run = run
        self.inline = inline


class Scope:
    """The surroundings of a program beside its context.

    Attributes:
        parents: The contexts `../` reaches, the nearest first.
        data: The data variables; those of the frame around are under `_parent`, as in handlebars.js.
        params: The block parameters of the programs around, kept only where a template uses any.
        unit: The inclusion the program belongs to.
        block: What `{{> @partial-block}}` renders.
    """

    __slots__ = ("block", "data", "params", "parents", "unit")

    def __init__(
        self,
        parents: Parents,
        data: dict[str, object],
        params: Params,
        unit: Unit,
        block: Render | None,
    ) -> None:
        self.parents = parents
        self.data = data
        self.params = params
        self.unit = unit
        self.block = block


def parents_inside(depths: Parents, inner: object, run: Run) -> Parents:
    """Return the contexts that `../` reaches from a program with the context `inner`.

    handlebars.js counts a context only where it differs (`!=`) from the one around.

    Args:
        depths: The contexts around the program, the nearest first.
        inner: The context it is opened with.
        run: Counts the comparison of long texts and lists.
    """
    if depths is None:
        return None
    around = depths[0]
    if type(around) is not dict and type(inner) is not dict and around is not inner:
        run.spend(min(len(around), len(inner)) if isinstance(around, str) and isinstance(inner, str) else _COMPARISON)
    same = around is inner or (inner is NULL_CONTEXT and around is None) or loosely_equal(around, inner)
    return depths[1] if same else depths
