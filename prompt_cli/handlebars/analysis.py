"""Static analysis: the paths a template reads and the partials it includes."""

from collections.abc import Callable, Collection
from typing import NamedTuple, TypeAlias

from .errors import HandlebarsSyntaxError, stack_exhausted
from .helpers import (
    ANY,
    BUILT_IN,
    HELPERS,
    PRINTED,
    TABLE,
    HelperSpec,
    JsonTypes,
    has_key,
    type_of_literal,
    types_of_values,
)
from .lint import WrongCall, wrong_call_of
from .nodes import (
    BlockStatement,
    ContentStatement,
    Expression,
    HelperCall,
    InlinePartial,
    MustacheStatement,
    NumberLiteral,
    PartialBlockStatement,
    PartialStatement,
    PathExpression,
    Program,
    Statement,
    StringLiteral,
    SubExpression,
    Template,
    as_path,
    original,
    span_of,
)
from .partials import PARTIAL_BLOCK, Partials, PartialSources
from .runtime import Limits
from .uses import (
    ITEM,
    ROOT,
    UNKNOWN,
    AnalysisScope,
    Comparison,
    DeferredProgram,
    Mismatch,
    Operand,
    PartialReference,
    Reference,
    Role,
    Use,
    ValuePath,
    paths_if,
)

Include: TypeAlias = PartialStatement | PartialBlockStatement
TypeOf: TypeAlias = Callable[[tuple[str, ...]], str | None]

_LIMITS = Limits()
_MAX_FOLLOWED = 20_000  # statements: partials that include two others each double the work at every level
_ROLES: dict[str, Role] = {"if": "condition", "unless": "condition", "with": "context", "each": "iterate"}
_PRINT = Use("print", PRINTED, taker="the output")
_DATA_TYPES: dict[tuple[str, ...], str] = {("@index",): "integer", ("@first",): "boolean", ("@last",): "boolean"}


class Analysis(NamedTuple):
    """The uses of values, partials and helpers in a template, each in its order and once."""

    references: tuple[Reference, ...]
    partials: tuple[PartialReference, ...]  # without inline partials in scope and `{{> @partial-block}}`
    wrong_calls: tuple[WrongCall, ...]  # without those in partials
    mismatches: tuple[Mismatch, ...]
    comparisons: tuple[Comparison, ...]
    keyed: frozenset[tuple[str, ...]]  # the values whose `@key` a loop reads


def analyse(
    template: Template,
    *,
    partials: Partials | None = None,
    variables: Collection[str] = (),
    type_of: TypeOf | None = None,
    each: str | None = None,
) -> Analysis:
    """Analyse a template in one pass.

    Partials are followed, and missing ones are skipped; None reports only the arguments of partials. The `variables`
    are data if they have no arguments, even if a helper has the same name. With `each`, the template renders as the
    block of an `each` over that list.

    `type_of` returns the JSON Schema type of the value at a path, if the schema declares one. The body of a plain
    section `{{#x}}...{{/x}}` reads items if `x` is an "array", the context around if "boolean", else `x` itself.
    Without a type, references in the body get the scope "unknown".
    """
    sources = None if partials is None else PartialSources(partials, _LIMITS)
    scope = AnalysisScope(ROOT, template=template.name, variables=variables, sources=sources)
    analyser = _Analyser(template, type_of)
    try:
        analyser.program(template.program, scope if each is None else scope.inside_items(None, ROOT.child((each,))))
    except RecursionError:
        raise stack_exhausted(template.name) from None
    return Analysis(
        tuple(analyser.references),
        tuple(analyser.partials),
        tuple(sorted([call for call in analyser.calls.values() if call], key=lambda call: call.span)),
        tuple(analyser.mismatches),
        tuple(analyser.comparisons.values()),
        frozenset(analyser.keyed),
    )


class _Analyser:
    """The walk over a template and the partials it includes; the attributes are those of Analysis."""

    def __init__(self, template: Template, type_of: TypeOf | None) -> None:
        self.references: dict[Reference, None] = {}
        self.partials: dict[PartialReference, None] = {}
        # The calls of helpers in the template, by the id of the node; those that can work are None.
        self.calls: dict[int, WrongCall | None] = {}
        self.mismatches: dict[Mismatch, None] = {}
        self.comparisons: dict[tuple[object, ...], Comparison] = {}
        self.keyed: set[tuple[str, ...]] = set()
        self._origin = template.origin
        self._type_of = type_of
        self._states: set[tuple[object, ...]] = set()
        self._statements_followed = 0

    def program(self, program: Program | None, scope: AnalysisScope) -> None:
        if program is None:
            return
        own = _inlines(program, scope)
        if own:
            scope = scope._replace(inlines=(*own, *scope.inlines))
        if scope.inclusions:
            self._statements_followed += len(program.body)
        for statement in program.body:
            if not isinstance(statement, ContentStatement):
                self._statement(statement, scope)
        for _, body in own:
            if not body.is_included:  # a partial that is not available here may include it
                self._inline(body, scope.context, scope)

    def _statement(self, statement: Statement, scope: AnalysisScope) -> None:
        if isinstance(statement, MustacheStatement):
            if self._is_helper(statement, scope):
                self._call(statement, scope, _PRINT)
            else:
                self._read(as_path(statement.path), scope, _PRINT)
        elif isinstance(statement, BlockStatement):
            self._block(statement, scope)
        elif isinstance(statement, (PartialStatement, PartialBlockStatement)):
            self._include(statement, scope)

    def _is_helper(self, node: HelperCall, scope: AnalysisScope) -> bool:
        name = as_path(node.path)
        if scope.params and name.is_simple and scope.names_param(name):
            return False
        if node.params or node.hash or isinstance(node, SubExpression):
            return True
        parts = name.parts
        return bool(parts) and parts[0] in HELPERS and name.is_simple and parts[0] not in scope.variables

    def _check(self, node: HelperCall) -> None:
        if node.origin is self._origin and id(node) not in self.calls:  # a partial's own file reports its calls
            self.calls[id(node)] = wrong_call_of(node)

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
        self._check(node)
        name = as_path(node.path)
        helper = name.parts[0] if name.parts else ""
        if helper not in _ROLES or len(node.params) != 1:
            self._call(node, scope, _PRINT)
            unknown = scope._replace(context=UNKNOWN, parents=())
            self.program(node.program, unknown)
            return unknown
        subject = node.params[0]
        use = Use(_ROLES[helper], BUILT_IN[helper].takes[0], tolerant=True, taker=f"{{{{#{helper}}}}}")
        place = self._value(subject, scope, use)
        if node.hash:
            self._hash(node, scope, Use("argument", helper=helper))
        main = scope.with_guards(paths_if(subject, scope, holds=True))
        inverse = scope.with_guards(paths_if(subject, scope, holds=False))
        if helper == "unless":
            main, inverse = inverse, main
        elif helper == "with":
            main = main.inside(place).with_params(node.program, (place,))
        elif helper == "each":
            main = main.inside_items(node.program, place)
        self.program(node.program, main)
        return inverse

    def _in_section(self, node: BlockStatement, scope: AnalysisScope) -> AnalysisScope:
        path = as_path(node.path)
        place = self._read(path, scope, Use("section"))
        kind = self._declared_type(place)
        inside = scope.with_guards(paths_if(path, scope, holds=True))
        if kind in {"array", TABLE}:
            return inside.inside_items(node.program, place)
        if kind is None:
            return inside.inside(UNKNOWN)
        return inside if kind == "boolean" else inside.inside(place)

    def _read(self, path: PathExpression, scope: AnalysisScope, use: Use, key: str | None = None) -> ValuePath:
        """Read a path, or with a key the value that `lookup` finds under it."""
        place, written = scope.locate(path), path.original
        if key is not None:
            place, written = place.child((key,)), f'(lookup {written} "{key}")'
        names = place.path
        if names == ("@key",) and scope.context.path[-1:] == (ITEM,):
            self.keyed.add(scope.context.path[:-1])
        tested = len(names) if use.tolerant else scope.tested(path, place)
        outer = self._outer(path, scope) if scope.parents else ""
        reference = Reference(names, place.scope, tested, use, path, written, scope.template, outer)
        self.references[reference] = None
        if count := self._count_fitting(place):
            parent = place._replace(path=names[:count])
            self._report(parent, use, path, scope, key=names[count], guarded=reference.guarded)
        elif not self._fits(place, use):
            self._report(place, use, path, scope, guarded=reference.guarded, written=written)
        return place

    def _outer(self, path: PathExpression, scope: AnalysisScope) -> str:
        """Return the path to write for the declared value of a context around, if the context lacks the name."""
        if not scope.is_relative(path) or self._declared_type(scope.context.child(path.parts[:1])):
            return ""
        for count, parent in enumerate(scope.parents, 1):
            if self._declared_type(parent.child(path.parts[:1])):
                return "../" * count + path.original.removeprefix("this").lstrip("./")
        return ""

    def _declared_type(self, place: ValuePath) -> str | None:
        return self._type_of(place.path) if self._type_of and place.is_declarable else None

    def _count_fitting(self, place: ValuePath) -> int:
        """Count the leading keys whose value has no such key as the next; 0 if every key may exist."""
        path, type_of = place.path, self._type_of
        if type_of is None or not place.is_declarable:
            return 0
        for end in range(1, len(path)):
            if path[end] == ITEM:
                continue
            if (kind := type_of(path[:end])) is None:
                return 0  # nothing below is declared either; a stranger's path may have 200,000 keys
            if not has_key(kind, path[end]):
                return end
        return 0

    def _types(self, place: ValuePath) -> JsonTypes:
        kind = _DATA_TYPES.get(place.path) if place.scope == "data" else self._declared_type(place)
        return types_of_values(kind) if kind else place.types

    def _fits(self, place: ValuePath, use: Use) -> bool:
        return use.takes.types is ANY.types or not self._types(place).isdisjoint(use.takes.types)

    def _report(
        self,
        place: ValuePath,
        use: Use,
        node: Expression,
        scope: AnalysisScope,
        *,
        key: str | None = None,
        guarded: bool = False,
        written: str = "",
    ) -> None:
        """Record a value of a wrong type; with a key, a value that has no such key."""
        mismatch = Mismatch(
            path=place.path if place.is_declarable else (),
            types=self._types(place),
            takes=use.takes,
            key=key,
            role=use.role,
            taker=use.taker or use.helper or "",
            guarded=guarded,
            span=span_of(node),
            template=scope.template,
            written=written or node.origin.text[node.offset : node.end],
            outer=self._outer(node, scope) if isinstance(node, PathExpression) else "",
        )
        self.mismatches[mismatch] = None

    def _value(self, node: Expression, scope: AnalysisScope, use: Use) -> ValuePath:
        if isinstance(node, PathExpression):
            return self._read(node, scope, use)
        if isinstance(node, SubExpression):
            if self._is_helper(node, scope):
                return self._call(node, scope, use)
            return self._read(as_path(node.path), scope, use)
        place = UNKNOWN._replace(types=type_of_literal(node).types)
        if use.role == "argument" and not self._fits(place, use):
            self._report(place, use, node, scope)
        return place

    def _call(self, node: HelperCall, scope: AnalysisScope, use: Use) -> ValuePath:
        """Follow a call whose result is used as `use` says."""
        self._check(node)
        name = as_path(node.path).original
        spec = HELPERS.get(name)
        if name == "lookup" and len(node.params) > 1:
            return self._lookup(node, scope, use)
        places = [self._value(param, scope, _argument(spec, name, node, n, use)) for n, param in enumerate(node.params)]
        if node.hash:
            self._hash(node, scope, Use("argument", helper=name, tolerant=spec is not None and spec.tolerant))
        if spec is None:
            return UNKNOWN
        if spec.compares != "no" and len(places) > 1:
            sides = [Operand(place, self._types(place), one) for place, one in zip(places, node.params, strict=True)]
            key = (id(node), *[one.place for one in sides[:2]])
            self.comparisons[key] = Comparison(name, spec.compares == "strictly", sides[0], sides[1], scope.template)
        place = UNKNOWN._replace(types=spec.gives.types)
        if isinstance(node, SubExpression) and spec.passes == "none" and not self._fits(place, use):
            self._report(place, use, node, scope)
        elif spec.passes == "all":
            place = UNKNOWN._replace(types=frozenset().union(*map(self._types, places)))
        return place

    def _lookup(self, node: HelperCall, scope: AnalysisScope, use: Use) -> ValuePath:
        value, key = node.params[:2]
        spec = BUILT_IN["lookup"]
        if isinstance(value, PathExpression) and isinstance(key, StringLiteral | NumberLiteral):
            return self._read(value, scope, use, str(key.value))
        place = self._value(value, scope, Use("argument", spec.takes[0], "lookup"))
        self._value(key, scope, Use("argument", spec.takes[1], "lookup"))
        return place.child((key.value,)) if isinstance(key, StringLiteral) else place.item()

    def _hash(self, node: HelperCall | Include, scope: AnalysisScope, use: Use) -> tuple[tuple[str, ValuePath], ...]:
        spec = HELPERS.get(use.helper or "")
        takes = spec.hash if spec else {}
        pairs = node.hash.pairs if node.hash else ()
        return tuple(
            [(pair.key, self._value(pair.value, scope, use._replace(takes=takes.get(pair.key, ANY)))) for pair in pairs]
        )

    def _include(self, node: Include, scope: AnalysisScope) -> None:
        if self._statements_followed > _MAX_FOLLOWED:
            message = f"partials include each other too often: more than {_MAX_FOLLOWED} statements to follow"
            raise HandlebarsSyntaxError(message, span_of(node.name), scope.template)
        name = None if isinstance(node.name, SubExpression) else original(node.name)
        if name is None:
            self._value(node.name, scope, Use("argument"))
        context = self._value(node.params[0], scope, Use("context")) if node.params else scope.context
        pairs = self._hash(node, scope, Use("argument"))
        if pairs:
            context = context._replace(extended=(*pairs, *context.extended))
        block = DeferredProgram(node.program, scope) if isinstance(node, PartialBlockStatement) else None
        inline = scope.inline(name) if name else None
        if inline:
            self._inline(inline, context, scope._replace(block=block or scope.block))
        elif name == PARTIAL_BLOCK:
            self._partial_block(scope.block, context, scope)
        else:
            partial = PartialReference(
                name,
                context.path,
                context.scope,
                pairs,
                fallback=block is not None,
                span=span_of(node.name),
                template=scope.template,
                guards=scope.guards,
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
        if partial is None or state in self._states or scope.inclusions.count(key) > 1:
            return
        self._states.add(state)
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


def _argument(spec: HelperSpec | None, name: str, node: HelperCall, index: int, use: Use) -> Use:
    """Return the use of an argument of a call whose result is used as `use` says."""
    if spec is None:
        return Use("argument", helper=name)
    if spec.passes == "all" or (spec.passes == "last" and index == len(node.params) - 1):
        return use._replace(role="argument", helper=name, tolerant=spec.tolerant, taker=use.taker or use.helper)
    takes = spec.takes[min(index, len(spec.takes) - 1)] if spec.takes else ANY
    literal = ANY
    if spec.compares != "no" and len(node.params) > 1:
        literal = type_of_literal(node.params[0 if index else 1])
    return Use("argument", takes, name, spec.tolerant, name, None if literal is ANY else literal)


def _inlines(program: Program, scope: AnalysisScope) -> tuple[tuple[str, DeferredProgram], ...]:
    return tuple(
        [
            (original(node.params[0]) if node.params else "undefined", DeferredProgram(node.program, scope))
            for node in program.body
            if isinstance(node, InlinePartial)
        ]
    )
