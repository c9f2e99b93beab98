"""Static analysis: the paths a template reads and the partials it includes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from .analysis_scope import ROOT, UNKNOWN, AnalysisScope, DeferredProgram, ValuePath, found_by, missed_by
from .errors import HandlebarsSyntaxError
from .nodes import (
    BlockStatement,
    ContentStatement,
    InlinePartial,
    MustacheStatement,
    PartialBlockStatement,
    PartialStatement,
    PathExpression,
    Span,
    StringLiteral,
    SubExpression,
    as_path,
    original,
    span_of,
)
from .partials import PARTIAL_BLOCK, PartialSources, may_have_partials
from .prompt_helpers import HELPERS
from .runtime import Limits
from .visitor import programs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from .analysis_scope import Origin
    from .nodes import Expression, HelperCall, Program, Statement, Template
    from .partials import Partials

    Include: TypeAlias = PartialStatement | PartialBlockStatement
    TypeOf: TypeAlias = Callable[[tuple[str, ...]], str | None]

Role: TypeAlias = 'Literal["print", "condition", "iterate", "context", "section", "argument"]'


class Reference(NamedTuple):
    """A read of a path.

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
    """An inclusion of a partial, with the context it gets.

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


_MOST_FOLLOWED = 20_000
"""Limit of followed statements in partials: partials that include two others each double the work at every level."""

_ROLES: dict[str, Role] = {"if": "condition", "unless": "condition", "with": "context", "each": "iterate"}


class Analysis:
    """Collector of what programs read, include and call.

    Attributes:
        references: What they read, in order and once each.
        partials: What they include.
        calls: The helpers they call, by the identity of the call.
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
        if scope.included:
            self._followed += len(program.body)
        for statement in program.body:
            if not isinstance(statement, ContentStatement):
                self._statement(statement, scope)
        for _, body in own:
            if not body.seen:  # a partial that was not found may include it
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
            missed = self._program_of(node, scope)
            inverse = node.inverse
            link = inverse.body[0] if inverse and inverse.chained else None
            if not isinstance(link, BlockStatement):
                self.program(inverse, missed)
                return
            node, scope = link, missed

    def _program_of(self, node: BlockStatement, scope: AnalysisScope) -> AnalysisScope:
        """Follow the program a block renders when it applies.

        Returns:
            The scope of its inverse.
        """
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
        found, missed = scope.guarded(found_by(subject, scope)), scope.guarded(missed_by(subject, scope))
        if helper == "unless":
            found, missed = missed, found
        elif helper == "with":
            found = found.inside(place).naming(node.program, (place,))
        elif helper == "each":
            found = found.iterating(node.program, place)
        self.program(node.program, found)
        return missed

    def _in_section(self, node: BlockStatement, scope: AnalysisScope) -> AnalysisScope:
        path = as_path(node.path)
        place = self._read(path, scope, "section")
        known = self._type_of and place.scope not in {"unknown", "data"}
        kind = self._type_of(place.path) if self._type_of and known else None
        inside = scope.guarded(found_by(path, scope))
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
        read = Reference(
            place.path, place.scope, guarded, tested, role, helper, span_of(path), scope.template, path.original
        )
        self.references[read] = None
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
            message = f"partials include one another too often: more than {_MOST_FOLLOWED} statements to follow"
            raise HandlebarsSyntaxError(message, span_of(node.name), scope.template)
        name = None if isinstance(node.name, SubExpression) else original(node.name)
        if name is None:
            self._value(node.name, scope, "argument")
        given = self._value(node.params[0], scope, "context") if node.params else scope.context
        pairs = self._hash(node, scope, None)
        if pairs:
            given = given._replace(extended=(*pairs, *given.extended))
        block = DeferredProgram(node.program, scope) if isinstance(node, PartialBlockStatement) else None
        inline = scope.inline(name) if name else None
        if inline:
            self._inline(inline, given, scope._replace(block=block or scope.block))
        elif name == PARTIAL_BLOCK:
            self._partial_block(scope.block, given, scope)
        else:
            keys = tuple([key for key, _ in pairs])
            fallback, span = block is not None, span_of(node.name)
            partial = PartialReference(
                name, given.path, given.scope, keys, fallback, span, scope.template, scope.guards
            )
            self.partials[partial] = None
            if name is not None:
                self._external(name, given, scope, block)
        if block and not block.seen:
            self._partial_block(block, given, scope)

    def _external(self, name: str, given: ValuePath, scope: AnalysisScope, block: DeferredProgram | None) -> None:
        """Follow a partial, one step into recursion: deeper steps read the same paths."""
        found = scope.sources.find(name) if scope.sources else None
        mark = id(found)
        state = (mark, given, scope.guards, scope.inlines, block or scope.block)
        if found is None or state in self._done or scope.included.count(mark) > 1:
            return
        self._done.add(state)
        handed = _inlines(block.program, scope) if block else ()
        context = given._replace(defaults=frozenset(found.defaults)) if found.defaults or given.defaults else given
        inlines, included = (*handed, *scope.inlines), (*scope.included, mark)
        seen = (context, (), (), scope.guards, inlines, block or scope.block)
        inside = AnalysisScope(*seen, found.template.name, found.variables, included, found.sources)
        self.program(found.template.program, inside)

    def _inline(self, body: DeferredProgram, given: ValuePath, caller: AnalysisScope) -> None:
        """Follow an inline partial, which sees what is around the program that defines it."""
        parents = body.scope.parents
        parents = parents[1:] if parents[:1] == (given,) else parents
        self._body(body, body.scope._replace(context=given, parents=parents, block=caller.block), caller)

    def _partial_block(self, body: DeferredProgram | None, given: ValuePath, caller: AnalysisScope) -> None:
        """Follow the block of a partial, which sees what is around the statement."""
        if body:
            self._body(body, body.scope.inside(given), caller)

    def _body(self, body: DeferredProgram, scope: AnalysisScope, caller: AnalysisScope) -> None:
        body.seen = True
        mark = id(body.program)
        if caller.included.count(mark) > 1:
            return
        guards = scope.guards | caller.guards
        self.program(body.program, scope._replace(guards=guards, included=(*caller.included, mark)))


def _inlines(program: Program, scope: AnalysisScope) -> tuple[tuple[str, DeferredProgram], ...]:
    """Return the inline partials that a program defines."""
    found = [one for one in program.body if isinstance(one, InlinePartial)]
    if not found:
        return ()
    return tuple(
        [(original(one.params[0]) if one.params else "undefined", DeferredProgram(one.program, scope)) for one in found]
    )


_SCOPED = "#>", "#*"
"""What the tag of a partial block or an inline partial holds: which names are partials depends on where they stand."""
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
        partials: What it may include, as for compile; partials are followed in the scope they are included in, those
            that are not found are not. Without any, only what is handed to partials is reported.
        variables: Names that are data where they stand alone.
        helpers: The names of the helpers; others that stand alone are data.
        type_of: The JSON Schema type of what is at a path, if it is known. It tells what the plain section
            `{{#x}}...{{/x}}` does: with "array" its body reads items, with "boolean" the context around, else `x`
            itself. Where the type is not known the scope of what it reads is "unknown".

    Raises:
        HandlebarsSyntaxError: A partial is no template, or partials include one another too often to be followed.
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

    Inline partials are not reported where they are in sight, nor is `{{> @partial-block}}`. The arguments are those of
    `references`.
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
    names = [one.name for one in body if isinstance(one, PartialStatement)]
    found = [(None if isinstance(one, SubExpression) else original(one), one) for one in names]
    return tuple([PartialUse(name, fallback=False, span=span_of(one)) for name, one in found if name != PARTIAL_BLOCK])


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
        scope = AnalysisScope(ROOT, (), (), frozenset(), (), None, template.name, variables, (), sources)
        analysis.program(template.program, scope)
    except RecursionError:
        message = "the template is nested too deeply for the stack that is left"
        raise HandlebarsSyntaxError(message, Span(0, 1, 1, 0), template.name) from None
    return analysis
