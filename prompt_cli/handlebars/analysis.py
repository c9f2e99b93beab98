"""Static analysis: the paths a template reads and the partials it includes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from .errors import HandlebarsSyntaxError, Span
from .helpers import HELPERS
from .nodes import (
    BlockStatement,
    ContentStatement,
    InlinePartial,
    MustacheStatement,
    PartialBlockStatement,
    PartialStatement,
    PathExpression,
    StringLiteral,
    SubExpression,
    as_path,
    original,
    span_of,
)
from .partials import PARTIAL_BLOCK, PartialSources, may_have_partials
from .runtime import Limits
from .visitor import programs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from .nodes import Expression, HelperCall, Program, Statement, Template
    from .partials import Partials

    Include: TypeAlias = PartialStatement | PartialBlockStatement
    Paths: TypeAlias = frozenset[tuple[str, ...]]
    TypeOf: TypeAlias = Callable[[tuple[str, ...]], str | None]

Origin: TypeAlias = 'Literal["root", "item", "block_parameter", "partial_argument", "data", "unknown"]'
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
        hash: The keys that `key=value` arguments add to the context.
        fallback: Whether a block replaces a missing partial.
        span: The range of the name.
        template: The name of the including template or partial.
        guards: Paths that conditions around the inclusion test.
    """

    name: str | None
    path: tuple[str, ...]
    scope: Origin
    hash: tuple[str, ...]
    fallback: bool
    span: Span
    template: str | None
    guards: frozenset[tuple[str, ...]]


ITEM = "[]"
"""The path segment of an item of a list or a value of an object."""


class ValuePath(NamedTuple):
    """The path to a value.

    Attributes:
        path: The keys from the root, `[]` for an item; the keys as written if the scope is unknown.
        scope: The start of the path.
        extended: The `key=value` arguments of a partial, which hide keys of the value.
        defaults: Keys that are never missing, since the partial has defaults for them.
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
    """An inline partial or the block of a partial, with the scope of its definition.

    Attributes:
        is_included: Whether anything includes the program.
    """

    def __init__(self, program: Program, scope: AnalysisScope) -> None:
        self.program = program
        self.scope = scope
        self.is_included = False


class AnalysisScope(NamedTuple):
    """The names and contexts a program sees.

    Attributes:
        parents: The contexts around, the nearest first.
        params: The block parameters with their paths, the innermost first.
        guards: Paths that a condition around the program tests.
        block: The program of `{{> @partial-block}}`.
        template: The name of the template.
        variables: Names that are data, even if a helper has the same name.
        inclusions: The ids of the partials around.
    """

    context: ValuePath
    parents: tuple[ValuePath, ...] = ()
    params: tuple[tuple[str, ValuePath], ...] = ()
    guards: frozenset[tuple[str, ...]] = frozenset()
    inlines: tuple[tuple[str, DeferredProgram], ...] = ()
    block: DeferredProgram | None = None
    template: str | None = None
    variables: Collection[str] = ()
    inclusions: tuple[int, ...] = ()
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
        paths = places + (UNKNOWN,) * len(program.block_params)
        return self._replace(params=(*zip(program.block_params, paths, strict=False), *self.params))

    def iterating(self, program: Program | None, place: ValuePath) -> AnalysisScope:
        """Return the scope of an item of the list at `place`; guards on the previous item do not apply."""
        item = place.item()
        size = len(item.path)
        guards = frozenset([path for path in self.guards if path[:size] != item.path])
        return self._replace(guards=guards).inside(item).naming(program, (item, ValuePath(("@key",), "data")))

    def guarded(self, paths: frozenset[tuple[str, ...]]) -> AnalysisScope:
        """Return the scope with more guards."""
        return self._replace(guards=self.guards | paths) if paths else self

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
        """Return the path from the root that a path of the template leads to."""
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
        """Count the leading keys of a path that conditions or defaults guard."""
        if not (self.guards or self.context.defaults):
            return 0
        size = len(place.path)
        count = next((end for end in range(size, 0, -1) if place.path[:end] in self.guards), 0)
        starts_here = path.parts and not path.depth and not path.data and not self.names_param(path)
        if starts_here and path.parts[0] in self.context.defaults:
            count = max(count, size - len(path.parts) + 1)
        return count


_NONE: Paths = frozenset()


def paths_if_true(condition: Expression, scope: AnalysisScope) -> Paths:
    """Return the paths that exist when a condition is true: its own path, or all arguments of `and`."""
    if isinstance(condition, PathExpression):
        path = scope.locate(condition).path
        return frozenset([path[:end] for end in range(1, len(path) + 1)])
    if isinstance(condition, SubExpression) and isinstance(condition.path, PathExpression):
        helper = condition.path.original
        if helper == "and":
            return _NONE.union(*[paths_if_true(param, scope) for param in condition.params])
        if helper == "not" and len(condition.params) == 1:
            return paths_if_false(condition.params[0], scope)
    return _NONE


def paths_if_false(condition: Expression, scope: AnalysisScope) -> Paths:
    """Return the paths that exist when a condition is false: those under `not`, or all arguments of `or`."""
    if isinstance(condition, SubExpression) and isinstance(condition.path, PathExpression):
        helper = condition.path.original
        if helper == "or":
            return _NONE.union(*[paths_if_false(param, scope) for param in condition.params])
        if helper == "not" and len(condition.params) == 1:
            return paths_if_true(condition.params[0], scope)
    return _NONE


_MOST_FOLLOWED = 20_000
"""Limit of followed statements in partials: partials that include two others each double the work at every level."""

_ROLES: dict[str, Role] = {"if": "condition", "unless": "condition", "with": "context", "each": "iterate"}


class Analysis:
    """The paths, partials and helper calls of the programs that it follows.

    Attributes:
        references: The paths, in order and once each.
        partials: The inclusions, likewise.
        calls: The calls of helpers, by the id of the node.
    """

    def __init__(self, helpers: Collection[str], type_of: TypeOf | None) -> None:
        self.references: dict[Reference, None] = {}
        self.partials: dict[PartialReference, None] = {}
        self.calls: dict[int, HelperCall] = {}
        self._helpers = helpers
        self._type_of = type_of
        self._done: set[tuple[object, ...]] = set()
        self._followed = 0

    def program(self, program: Program | None, scope: AnalysisScope) -> None:
        """Follow a program."""
        if program is None:
            return
        own = _inlines(program, scope)
        if own:
            scope = scope._replace(inlines=(*own, *scope.inlines))
        if scope.inclusions:
            self._followed += len(program.body)
        for statement in program.body:
            if not isinstance(statement, ContentStatement):
                self._statement(statement, scope)
        for _, body in own:
            if not body.is_included:  # a partial that is not available here may include it
                self._inline(body, scope.context, scope)

    def _statement(self, statement: Statement, scope: AnalysisScope) -> None:
        if isinstance(statement, MustacheStatement):
            if self._is_helper(statement, scope):
                self._call(statement, scope)
            else:
                self._read(as_path(statement.path), scope, "print")
        elif isinstance(statement, BlockStatement):
            self._block(statement, scope)
        elif isinstance(statement, (PartialStatement, PartialBlockStatement)):
            self._include(statement, scope)

    def _is_helper(self, node: HelperCall, scope: AnalysisScope) -> bool:
        name = node.path if isinstance(node.path, PathExpression) else as_path(node.path)
        simple = len(name.parts) == 1 and not name.scoped and not name.depth
        if simple and scope.params and scope.names_param(name):
            return False
        if isinstance(node, SubExpression) or node.params or node.hash:
            return True
        return simple and name.parts[0] not in scope.variables and name.parts[0] in self._helpers

    def _block(self, node: BlockStatement, scope: AnalysisScope) -> None:
        """Follow a block with its chain of `else`, however long."""
        while True:
            scope = self._program_of(node, scope)
            inverse = node.inverse
            link = inverse.body[0] if inverse and inverse.chained else None
            if not isinstance(link, BlockStatement):
                self.program(inverse, scope)
                return
            node = link

    def _program_of(self, node: BlockStatement, scope: AnalysisScope) -> AnalysisScope:
        """Follow the main program of a block and return the scope of its inverse."""
        if not self._is_helper(node, scope):
            self.program(node.program, self._in_section(node, scope))
            return scope
        self.calls[id(node)] = node
        name = as_path(node.path)
        helper = name.parts[0] if name.parts else ""
        if helper not in _ROLES or len(node.params) != 1:
            self._call(node, scope)
            unknown = scope._replace(context=UNKNOWN, parents=())
            self.program(node.program, unknown)
            return unknown
        subject = node.params[0]
        place = self._value(subject, scope, _ROLES[helper], None, tolerant=True)
        self._hash(node, scope, helper)
        main = scope.guarded(paths_if_true(subject, scope))
        inverse = scope.guarded(paths_if_false(subject, scope))
        if helper == "unless":
            main, inverse = inverse, main
        elif helper == "with":
            main = main.inside(place).naming(node.program, (place,))
        elif helper == "each":
            main = main.iterating(node.program, place)
        self.program(node.program, main)
        return inverse

    def _in_section(self, node: BlockStatement, scope: AnalysisScope) -> AnalysisScope:
        path = as_path(node.path)
        place = self._read(path, scope, "section")
        has_type = place.scope not in {"unknown", "data"}
        kind = self._type_of(place.path) if self._type_of and has_type else None
        inside = scope.guarded(paths_if_true(path, scope))
        if kind == "array":
            return inside.iterating(node.program, place)
        if kind is None:
            return inside.inside(UNKNOWN)
        return inside if kind == "boolean" else inside.inside(place)

    def _read(
        self,
        path: PathExpression,
        scope: AnalysisScope,
        role: Role,
        helper: str | None = None,
        *,
        tolerant: bool = False,
    ) -> ValuePath:
        place = scope.locate(path)
        size = len(place.path)
        tested = size if tolerant else scope.tested(path, place)
        guarded = tolerant or 0 < tested == size
        span = span_of(path)
        reference = Reference(
            place.path, place.scope, guarded, tested, role, helper, span, scope.template, path.original
        )
        self.references[reference] = None
        return place

    def _value(
        self, node: Expression, scope: AnalysisScope, role: Role, helper: str | None = None, *, tolerant: bool = False
    ) -> ValuePath:
        if isinstance(node, PathExpression):
            return self._read(node, scope, role, helper, tolerant=tolerant)
        if isinstance(node, SubExpression):
            if self._is_helper(node, scope):
                return self._call(node, scope)
            return self._read(as_path(node.path), scope, role, helper, tolerant=tolerant)
        return UNKNOWN

    def _call(self, node: HelperCall, scope: AnalysisScope) -> ValuePath:
        self.calls[id(node)] = node
        name = as_path(node.path).original
        spec = HELPERS.get(name)
        tolerant = spec is not None and spec.tolerant
        places = [self._value(param, scope, "argument", name, tolerant=tolerant) for param in node.params]
        self._hash(node, scope, name, tolerant=tolerant)
        if name == "lookup" and len(node.params) > 1:
            key = node.params[1]
            return places[0].child((key.value,)) if isinstance(key, StringLiteral) else places[0].item()
        return UNKNOWN

    def _hash(
        self, node: HelperCall | Include, scope: AnalysisScope, helper: str | None, *, tolerant: bool = False
    ) -> tuple[tuple[str, ValuePath], ...]:
        pairs = node.hash.pairs if node.hash else ()
        return tuple(
            [(pair.key, self._value(pair.value, scope, "argument", helper, tolerant=tolerant)) for pair in pairs]
        )

    def _include(self, node: Include, scope: AnalysisScope) -> None:
        if self._followed > _MOST_FOLLOWED:
            message = f"partials include each other too often: more than {_MOST_FOLLOWED} statements to follow"
            raise HandlebarsSyntaxError(message, span_of(node.name), scope.template)
        name = None if isinstance(node.name, SubExpression) else original(node.name)
        if name is None:
            self._value(node.name, scope, "argument")
        context = self._value(node.params[0], scope, "context") if node.params else scope.context
        pairs = self._hash(node, scope, None)
        if pairs:
            context = context._replace(extended=(*pairs, *context.extended))
        block = DeferredProgram(node.program, scope) if isinstance(node, PartialBlockStatement) else None
        inline = scope.inline(name) if name else None
        if inline:
            self._inline(inline, context, scope._replace(block=block or scope.block))
        elif name == PARTIAL_BLOCK:
            self._partial_block(scope.block, context, scope)
        else:
            keys = tuple([key for key, _ in pairs])
            fallback, span = block is not None, span_of(node.name)
            partial = PartialReference(
                name, context.path, context.scope, keys, fallback, span, scope.template, scope.guards
            )
            self.partials[partial] = None
            if name is not None:
                self._external(name, context, scope, block)
        if block and not block.is_included:
            self._partial_block(block, context, scope)

    def _external(self, name: str, context: ValuePath, scope: AnalysisScope, block: DeferredProgram | None) -> None:
        """Follow a partial, one step into recursion: deeper steps read the same paths."""
        partial = scope.sources.find(name) if scope.sources else None
        key = id(partial)
        state = (key, context, scope.guards, scope.inlines, block or scope.block)
        if partial is None or state in self._done or scope.inclusions.count(key) > 1:
            return
        self._done.add(state)
        if partial.defaults or context.defaults:
            context = context._replace(defaults=frozenset(partial.defaults))
        inlines = (*(_inlines(block.program, scope) if block else ()), *scope.inlines)
        inside = AnalysisScope(
            context,
            guards=scope.guards,
            inlines=inlines,
            block=block or scope.block,
            template=partial.template.name,
            variables=partial.variables,
            inclusions=(*scope.inclusions, key),
            sources=partial.sources,
        )
        self.program(partial.template.program, inside)

    def _inline(self, body: DeferredProgram, context: ValuePath, caller: AnalysisScope) -> None:
        """Follow an inline partial; `../` leads out of the program that defines it."""
        parents = body.scope.parents
        parents = parents[1:] if parents[:1] == (context,) else parents
        self._body(body, body.scope._replace(context=context, parents=parents, block=caller.block), caller)

    def _partial_block(self, body: DeferredProgram | None, context: ValuePath, caller: AnalysisScope) -> None:
        """Follow the block of a partial; `../` leads to the contexts around the statement."""
        if body:
            self._body(body, body.scope.inside(context), caller)

    def _body(self, body: DeferredProgram, scope: AnalysisScope, caller: AnalysisScope) -> None:
        body.is_included = True
        key = id(body.program)
        if caller.inclusions.count(key) > 1:
            return
        guards = scope.guards | caller.guards
        self.program(body.program, scope._replace(guards=guards, inclusions=(*caller.inclusions, key)))


def _inlines(program: Program, scope: AnalysisScope) -> tuple[tuple[str, DeferredProgram], ...]:
    """Return the inline partials that a program defines."""
    return tuple(
        [
            (original(node.params[0]) if node.params else "undefined", DeferredProgram(node.program, scope))
            for node in program.body
            if isinstance(node, InlinePartial)
        ]
    )


_SCOPED = "#>", "#*"
"""Signs of partial blocks and inline partials, whose names depend on the scope."""
_LIMITS = Limits()


def references(
    template: Template,
    *,
    partials: Partials | None = None,
    variables: Collection[str] = (),
    helpers: Collection[str] = HELPERS,
    type_of: Callable[[tuple[str, ...]], str | None] | None = None,
) -> tuple[Reference, ...]:
    """Return every path a template reads, in the order of the template.

    Args:
        template: The template.
        partials: Partials to follow, as for compile; missing ones are skipped. None reports only the arguments of
            partials.
        variables: Names that are data if they have no arguments, even if a helper has the same name.
        helpers: The names of the helpers; other names without arguments are data.
        type_of: Returns the JSON Schema type of the value at a path, if the schema declares one. The body of a plain
            section `{{#x}}...{{/x}}` reads items if `x` is an "array", the context around if "boolean", else `x`
            itself. Without a type, references in the body get the scope "unknown".

    Raises:
        HandlebarsSyntaxError: A partial is not a valid template, or partials include each other too often.
    """
    return tuple(analysis_of(template, partials, variables, helpers, type_of).references)


def partials_of(
    template: Template,
    *,
    variables: Collection[str] = (),
    helpers: Collection[str] = HELPERS,
    type_of: Callable[[tuple[str, ...]], str | None] | None = None,
) -> tuple[PartialReference, ...]:
    """Return every partial a template includes, in the order of the template.

    Inline partials in scope and `{{> @partial-block}}` are left out. The arguments are those of `references`.
    """
    return tuple(analysis_of(template, None, variables, helpers, type_of).partials)


def partial_uses(template: Template) -> tuple[PartialUse, ...]:
    """Return the partials that `partials_of` returns, without their contexts; far cheaper."""
    source = template.source
    if not may_have_partials(source):
        return ()
    if any(sign in source for sign in _SCOPED):
        return tuple([PartialUse(one.name, one.fallback, one.span) for one in partials_of(template)])
    body = template.program.body
    if any(isinstance(one, BlockStatement) for one in body):
        body = tuple([one for program, _, entered in programs(template) if entered for one in program.body])
    nodes = [one.name for one in body if isinstance(one, PartialStatement)]
    names = [(None if isinstance(node, SubExpression) else original(node), node) for node in nodes]
    return tuple(
        [PartialUse(name, fallback=False, span=span_of(node)) for name, node in names if name != PARTIAL_BLOCK]
    )


def analysis_of(
    template: Template,
    partials: Partials | None,
    variables: Collection[str],
    helpers: Collection[str],
    type_of: Callable[[tuple[str, ...]], str | None] | None,
) -> Analysis:
    """Follow a template."""
    sources = None if partials is None else PartialSources(partials, _LIMITS)
    analysis = Analysis(helpers, type_of)
    try:
        scope = AnalysisScope(ROOT, template=template.name, variables=variables, sources=sources)
        analysis.program(template.program, scope)
    except RecursionError:
        message = "the template is nested too deeply for the stack that is left"
        raise HandlebarsSyntaxError(message, Span(0, 1, 1, 0), template.name) from None
    return analysis
