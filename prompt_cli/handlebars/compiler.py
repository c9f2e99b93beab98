"""Compiler: statements to closures that render them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from . import blocks, lint, partials, paths, printing, values
from .helpers import BUILT_IN
from .javascript import MISSING
from .nodes import (
    BlockStatement,
    CommentStatement,
    ContentStatement,
    InlinePartial,
    MustacheStatement,
    PartialBlockStatement,
    PartialStatement,
    PathExpression,
    Program,
    SubExpression,
    UndefinedLiteral,
    as_path,
    original,
)
from .partials import CompiledProgram, Inline
from .runtime import ANY_DATA

if TYPE_CHECKING:
    from collections.abc import Callable

    from .nodes import Expression
    from .printing import Step
    from .runtime import CompileState, Emit, Getter, Render, Scope, Site


_NO_USES: frozenset[str] = frozenset()
_NOTHING = CompiledProgram(printing.nothing)


def compile_program(program: Program, state: CompileState) -> CompiledProgram:
    """Compile a program, or a whole template, to closures."""
    body = program.body
    params = bool(program.block_params)
    size = program.end - program.offset
    if len(body) == 1 and isinstance(body[0], ContentStatement):
        return CompiledProgram(printing.print_text(body[0].value), block_params=params, size=size)
    around, state.uses = state.uses, set()
    if state.tracks_params:
        state.block_params.insert(0, program.block_params)
    inlines: list[Inline] = []
    steps: list[Step] = []
    for statement in body:
        if isinstance(statement, ContentStatement):
            steps.append(statement.value)
        elif isinstance(statement, MustacheStatement):
            steps.append(_mustache(statement, state))
        elif isinstance(statement, BlockStatement):
            steps.append(_block(statement, state))
        elif isinstance(statement, InlinePartial):
            inlines.append(_inline(statement, state))
        elif not isinstance(statement, CommentStatement):
            steps.append(_partial(statement, state))
    if state.tracks_params:
        del state.block_params[0]
    uses = frozenset(state.uses) if state.uses else _NO_USES
    around.update(uses)
    state.uses = around
    render, item = printing.print_all(steps)
    return CompiledProgram(render, tuple(inlines), uses, params, item, size)


def _mustache(node: MustacheStatement, state: CompileState) -> Step:
    key = values.plain_key(node, state)
    if key is not None and isinstance(node.path, PathExpression) and not (node.escaped and state.options.escape):
        return printing.PrintKey(key, node.path, state)
    name = as_path(node.path)
    escapes = node.escaped and state.options.escape
    make = printing.escaped if escapes else printing.plain
    if values.is_call(node, state):
        read = values.call(node, state)
        if state.required and name.original == "lookup":
            read = values.required_value(read, state.site(name))
        return printing.print_value(read, make(_as_subexpression(node), state))
    read = values.path(name, state)
    convert = make(name, state)
    if name.data and len(name.parts) == 1 and not (escapes or name.depth or state.block_param(name)):
        return printing.print_data(name.parts[0], read, convert)
    return printing.print_value(read, convert)


def _as_subexpression(node: MustacheStatement) -> SubExpression:
    """Return the call of a mustache as a subexpression."""
    end = node.hash.end if node.hash else (node.params[-1].end if node.params else node.path.end)
    return SubExpression(node.path.offset, end, node.origin, node.path, node.params, node.hash)


def _block(node: BlockStatement, state: CompileState) -> Render:
    inverse = node.inverse
    if inverse and inverse.chained:
        return _chain(node, state)
    otherwise = compile_program(inverse, state) if inverse else _NOTHING
    return _link(node, otherwise, [], state).render


def _chain(node: BlockStatement, state: CompileState) -> Render:
    """Compile a block with an `else` chain from its end, without recursion: chains may be long."""
    links = [node]
    while (inverse := links[-1].inverse) and inverse.chained and isinstance(inverse.body[0], BlockStatement):
        links.append(inverse.body[0])
    around = state.block_params
    otherwise = _NOTHING
    branches: list[blocks.Branch] = []
    for level in range(len(links) - 1, -1, -1):
        if state.tracks_params:  # each link of a chain is a level of block parameters
            state.block_params = [()] * level + around
        if level == len(links) - 1 and inverse:
            otherwise = compile_program(inverse, state)
        otherwise = _link(links[level], otherwise, branches, state, first=not level)
    state.block_params = around
    return otherwise.render


def _link(
    node: BlockStatement,
    otherwise: CompiledProgram,
    branches: list[blocks.Branch],
    state: CompileState,
    *,
    first: bool = True,
) -> CompiledProgram:
    """Compile one link of a chain, which stands before `branches` and `otherwise`."""
    main = compile_program(node.program, state) if node.program else _NOTHING
    branch = None if otherwise.inlines or main.inlines else _branch(node, main, state)
    if branch:
        branches.append(branch)
        return _branching(branches, otherwise, state) if first else otherwise
    render = _plain_block(node, main, _branching(branches, otherwise, state), state)
    branches.clear()
    return CompiledProgram(render)


def _branch(node: BlockStatement, main: CompiledProgram, state: CompileState) -> blocks.Branch | None:
    """Compile a link to a branch if it is a plain `if` or `unless`."""
    name = original(node.path)
    if name not in state.conditions or len(node.params) != 1:
        return None
    param = node.params[0]
    site = state.site(param)
    read = values.expression(param, state, tolerant=True)
    if node.hash:
        read = _with_options(name, node, state, read, site)
    return blocks.Branch(read, main.render, negative=name == "unless", site=site)


def _branching(branches: list[blocks.Branch], otherwise: CompiledProgram, state: CompileState) -> CompiledProgram:
    """Join branches, the last link first, into one program."""
    if not branches:
        return otherwise
    return CompiledProgram(blocks.choose(tuple(reversed(branches)), otherwise.render, state))


def _plain_block(node: BlockStatement, main: CompiledProgram, inverse: CompiledProgram, state: CompileState) -> Render:
    name = as_path(node.path)
    if not values.is_call(node, state):
        read = values.path(name, state)
        return _bound(partial(blocks.section, read, block=_block_context(main, state, name)), main, inverse)
    first = name.parts[0] if name.parts else ""
    if first in _BLOCKS and first not in state.helpers:
        return _built_in_block(first, node, state, (main, inverse))
    return printing.print_value(values.call(node, state, (main, inverse)), printing.plain(name, state))


def _bound(make: Callable[[Render, Render], Render], main: CompiledProgram, inverse: CompiledProgram) -> Render:
    """Build a block; one whose programs define inline partials is built at each rendering."""
    if not (main.inlines or inverse.inlines):
        return make(main.render, inverse.render)

    def render(context: object, scope: Scope, emit: Emit) -> None:
        depths = (context, scope.parents)
        main_render, _ = main.bind(context, scope, depths)
        inverse_render, _ = inverse.bind(context, scope, depths)
        make(main_render, inverse_render)(context, scope, emit)

    return render


def _block_context(main: CompiledProgram, state: CompileState, node: Expression) -> blocks.BlockContext:
    return blocks.BlockContext(state.site(node), main.uses, main.block_params, main.item, state, main.size)


def _built_in_block(
    name: str, node: BlockStatement, state: CompileState, programs: tuple[CompiledProgram, CompiledProgram]
) -> Render:
    main, inverse = programs
    if len(node.params) != 1:
        problem = lint.check_call(BUILT_IN[name], node, state.helper_names)
        return printing.print_value(
            values.failing(str(problem), state.site(node.path, name)), printing.plain(node.path, state)
        )
    param = node.params[0]
    read = values.expression(param, state, tolerant=True)
    block = _block_context(main, state, param)
    if node.hash:
        read = _with_options(name, node, state, read, block.site)
    return _bound(partial(_BLOCKS[name], read, block=block), main, inverse)


def _with_options(name: str, node: BlockStatement, state: CompileState, read: Getter, site: Site) -> Getter:
    named = values.pairs(node, state)
    include_zero = dict(named).get("includeZero")
    if include_zero and name in {"if", "unless"}:
        read = blocks.including_zero(read, include_zero, site)
    return values.after(named, read)


def _unless_block(read: Getter, main: Render, inverse: Render, block: blocks.BlockContext) -> Render:
    return blocks.if_block(read, inverse, main, block)


_BLOCKS = {
    "if": blocks.if_block,
    "unless": _unless_block,
    "with": blocks.with_block,
    "each": blocks.each_block,
}


def _partial(node: PartialStatement | PartialBlockStatement, state: CompileState) -> Render:
    state.uses.add(ANY_DATA)
    label = original(node.name)
    site = state.site(node.name)
    if isinstance(node.name, SubExpression):
        name = partials.name_of(values.expression(node.name, state), site)
        find = partials.find_dynamic(name, state.find_partial)
    else:
        find = partials.find_static(label, state.find_partial)
    read = values.expression(node.params[0], state) if node.params else paths.context_of(0)
    if node.hash:
        read = partials.with_hash(read, values.partial_pairs(node, state), drops=state.required)
    program = compile_program(node.program, state) if isinstance(node, PartialBlockStatement) else None
    indent = node.indent if isinstance(node, PartialStatement) else ""
    return partials.include(find, read, program, indent, site)


def _inline(node: InlinePartial, state: CompileState) -> Inline:
    param = node.params[0] if node.params else None
    name = values.expression(param, state) if param else paths.literal(MISSING)
    site = state.site(param or UndefinedLiteral(node.offset, node.open_end, node.origin))
    return Inline(partials.name_of(name, site), compile_program(node.program, state), site)
