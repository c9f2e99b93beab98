"""Following a template as rendering would, with places instead of values."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from .around import Around, Body
from .ast import (
    BlockStatement,
    ContentStatement,
    InlinePartial,
    MustacheStatement,
    PartialBlockStatement,
    PartialStatement,
    PathExpression,
    StringLiteral,
    SubExpression,
    span_of,
)
from .errors import HandlebarsSyntaxError
from .guards import found_by, missed_by
from .names import as_path, original
from .partials import PARTIAL_BLOCK
from .places import UNKNOWN, Place
from .reference import PartialReference, Reference
from .specs import HELPERS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from .advice import Call
    from .ast import Expression, Program, Statement
    from .reference import Role

    Include: TypeAlias = PartialStatement | PartialBlockStatement
    TypeOf: TypeAlias = Callable[[tuple[str, ...]], str | None]

_MOST_FOLLOWED = 50_000
"""Statements of partials: two partials in each that include two more are more than anybody could follow."""

_ROLES: dict[str, Role] = {"if": "condition", "unless": "condition", "with": "context", "each": "iterate"}


class Analysis:
    """Collects what programs read and include.

    Attributes:
        references: What they read, in order and once each.
        partials: What they include.
        calls: The helpers they call, by the identity of the call.
    """

    def __init__(self, helpers: Collection[str], type_of: TypeOf | None) -> None:
        self.references: dict[Reference, None] = {}
        self.partials: dict[PartialReference, None] = {}
        self.calls: dict[int, Call] = {}
        self._helpers = helpers
        self._type_of = type_of
        self._done: set[tuple[object, ...]] = set()
        self._followed = 0

    def program(self, program: Program | None, around: Around) -> None:
        """Follow a program."""
        if program is None:
            return
        own = _inlines(program, around)
        if own:
            around = around._replace(inlines=(*own, *around.inlines))
        if around.included:
            self._followed += len(program.body)
        for statement in program.body:
            if not isinstance(statement, ContentStatement):  # half of them
                self._statement(statement, around)
        for _, body in own:
            if not body.seen:  # a partial that is not known here may include it
                self._inline(body, around.context, around)

    def _statement(self, statement: Statement, around: Around) -> None:
        if isinstance(statement, MustacheStatement):
            if self._is_helper(statement, around):
                self._call(statement, around)
            else:
                self._read(as_path(statement.path), around, "print")
        elif isinstance(statement, BlockStatement):
            self._block(statement, around)
        elif isinstance(statement, (PartialStatement, PartialBlockStatement)):
            self._include(statement, around)

    def _is_helper(self, node: Call, around: Around) -> bool:
        name = node.path if isinstance(node.path, PathExpression) else as_path(node.path)
        simple = len(name.parts) == 1 and not name.scoped and not name.depth
        if simple and around.params and around.names_param(name):
            return False
        if isinstance(node, SubExpression) or node.params or node.hash:
            return True
        return simple and name.parts[0] not in around.variables and name.parts[0] in self._helpers

    def _block(self, node: BlockStatement, around: Around) -> None:
        """Follow a block with its chain of `else`, however long."""
        while True:
            missed = self._program_of(node, around)
            inverse = node.inverse
            link = inverse.body[0] if inverse and inverse.chained else None
            if not isinstance(link, BlockStatement):
                self.program(inverse, missed)
                return
            node, around = link, missed

    def _program_of(self, node: BlockStatement, around: Around) -> Around:
        """Follow what a block renders where it applies.

        Returns:
            What is seen where it does not.
        """
        if not self._is_helper(node, around):
            self.program(node.program, self._in_section(node, around))
            return around
        self.calls[id(node)] = node
        name = as_path(node.path)
        helper = name.parts[0] if name.parts else ""
        if helper not in _ROLES or len(node.params) != 1:
            self._call(node, around)
            unknown = around._replace(context=UNKNOWN, parents=())
            self.program(node.program, unknown)
            return unknown
        subject = node.params[0]
        place = self._value(subject, around, _ROLES[helper], None, tolerant=True)
        self._hash(node, around, helper)
        found, missed = around.guarded(found_by(subject, around)), around.guarded(missed_by(subject, around))
        if helper == "unless":
            found, missed = missed, found
        elif helper == "with":
            found = found.inside(place).naming(node.program, (place,))
        elif helper == "each":
            found = found.iterating(node.program, place)
        self.program(node.program, found)
        return missed

    def _in_section(self, node: BlockStatement, around: Around) -> Around:
        path = as_path(node.path)
        place = self._read(path, around, "section")
        known = self._type_of and place.scope not in {"unknown", "data"}
        kind = self._type_of(place.path) if self._type_of and known else None
        inside = around.guarded(found_by(path, around))
        if kind == "array":
            return inside.iterating(node.program, place)
        if kind is None:
            return inside.inside(UNKNOWN)
        return inside if kind == "boolean" else inside.inside(place)

    def _read(
        self, path: PathExpression, around: Around, role: Role, helper: str | None = None, *, tolerant: bool = False
    ) -> Place:
        place = around.locate(path)
        size = len(place.path)
        tested = size if tolerant else around.tested(path, place)
        guarded = tolerant or 0 < tested == size
        read = Reference(
            place.path, place.scope, guarded, tested, role, helper, span_of(path), around.template, path.original
        )
        self.references[read] = None
        return place

    def _value(
        self, node: Expression, around: Around, role: Role, helper: str | None = None, *, tolerant: bool = False
    ) -> Place:
        if isinstance(node, PathExpression):
            return self._read(node, around, role, helper, tolerant=tolerant)
        if isinstance(node, SubExpression):
            if self._is_helper(node, around):
                return self._call(node, around)
            return self._read(as_path(node.path), around, role, helper, tolerant=tolerant)
        return UNKNOWN

    def _call(self, node: Call, around: Around) -> Place:
        self.calls[id(node)] = node
        name = as_path(node.path).original
        spec = HELPERS.get(name)
        tolerant = spec is not None and spec.tolerant
        places = [self._value(param, around, "argument", name, tolerant=tolerant) for param in node.params]
        self._hash(node, around, name, tolerant=tolerant)
        if name == "lookup" and len(node.params) > 1:
            key = node.params[1]
            return places[0].child((key.value,)) if isinstance(key, StringLiteral) else places[0].item()
        return UNKNOWN

    def _hash(
        self, node: Call | Include, around: Around, helper: str | None, *, tolerant: bool = False
    ) -> tuple[tuple[str, Place], ...]:
        pairs = node.hash.pairs if node.hash else ()
        return tuple(
            [(pair.key, self._value(pair.value, around, "argument", helper, tolerant=tolerant)) for pair in pairs]
        )

    def _include(self, node: Include, around: Around) -> None:
        if self._followed > _MOST_FOLLOWED:
            message = f"partials include one another too often: more than {_MOST_FOLLOWED} statements to follow"
            raise HandlebarsSyntaxError(message, span_of(node.name), around.template)
        name = None if isinstance(node.name, SubExpression) else original(node.name)
        if name is None:
            self._value(node.name, around, "argument")
        given = self._value(node.params[0], around, "context") if node.params else around.context
        pairs = self._hash(node, around, None)
        if pairs:
            given = given._replace(extended=(*pairs, *given.extended))
        block = Body(node.program, around) if isinstance(node, PartialBlockStatement) else None
        inline = around.inline(name) if name else None
        if inline:
            self._inline(inline, given, around._replace(block=block or around.block))
        elif name == PARTIAL_BLOCK:
            self._partial_block(around.block, given, around)
        else:
            keys = tuple([key for key, _ in pairs])
            fallback, span = block is not None, span_of(node.name)
            partial = PartialReference(
                name, given.path, given.scope, keys, fallback, span, around.template, around.guards
            )
            self.partials[partial] = None
            if name is not None:
                self._external(name, given, around, block)
        if block and not block.seen:
            self._partial_block(block, given, around)

    def _external(self, name: str, given: Place, around: Around, block: Body | None) -> None:
        """Follow a partial, one step into recursion: the paths of an item's items are those of an item."""
        found = around.sources.find(name) if around.sources else None
        mark = id(found)
        state = (mark, given, around.guards, around.inlines, block or around.block)
        if found is None or state in self._done or around.included.count(mark) > 1:
            return
        self._done.add(state)
        handed = _inlines(block.program, around) if block else ()
        context = given._replace(defaults=frozenset(found.defaults)) if found.defaults or given.defaults else given
        inlines, included = (*handed, *around.inlines), (*around.included, mark)
        seen = (context, (), (), around.guards, inlines, block or around.block)
        inside = Around(*seen, found.template.name, found.variables, included, found.sources)
        self.program(found.template.program, inside)

    def _inline(self, body: Body, given: Place, caller: Around) -> None:
        """Follow an inline partial, which sees what is around the program that defines it."""
        parents = body.around.parents
        parents = parents[1:] if parents[:1] == (given,) else parents
        self._body(body, body.around._replace(context=given, parents=parents, block=caller.block), caller)

    def _partial_block(self, body: Body | None, given: Place, caller: Around) -> None:
        """Follow the block of a partial, which sees what is around the statement."""
        if body:
            self._body(body, body.around.inside(given), caller)

    def _body(self, body: Body, around: Around, caller: Around) -> None:
        body.seen = True
        mark = id(body.program)
        if caller.included.count(mark) > 1:
            return
        guards = around.guards | caller.guards
        self.program(body.program, around._replace(guards=guards, included=(*caller.included, mark)))


def _inlines(program: Program, around: Around) -> tuple[tuple[str, Body], ...]:
    """The inline partials a program defines."""
    found = [one for one in program.body if isinstance(one, InlinePartial)]
    if not found:
        return ()
    return tuple([(original(one.params[0]) if one.params else "undefined", Body(one.program, around)) for one in found])
