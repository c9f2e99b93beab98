"""Closures of the built-in blocks: if, unless, with, each and the section of a plain name (blockHelperMissing)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .javascript import MISSING, ValueRefusedError, condition, empty
from .paths import read_key
from .printing import shown
from .runtime import ANY_DATA, NULL_CONTEXT, PARENTS, STEP, Scope, parents_inside

if TYPE_CHECKING:
    from collections.abc import Callable

    from .printing import PrintItem
    from .runtime import CompileState, Emit, Getter, Params, Render, Site

    Items: TypeAlias = "list[object] | tuple[object, ...] | dict[str, object]"
    Loop: TypeAlias = "Callable[[Items, object, Scope, Emit], None]"


class BlockContext(NamedTuple):
    """The place of a block in errors, its template, and the needs of its main program as in CompiledProgram."""

    site: Site
    uses: frozenset[str]
    params: bool
    item: PrintItem | None
    state: CompileState
    size: int


def same_context(context: object, scope: Scope, block: BlockContext) -> tuple[object, Scope]:
    """Return the context and scope of a program that keeps the context (`fn(this)`)."""
    inner = NULL_CONTEXT if block.state.null and (context is None or context is MISSING) else context
    if inner is context and not block.state.tracks_params:
        return context, scope
    return inner, _enter(context, inner, scope, (None, scope.params))


class Branch(NamedTuple):
    """`{{#if x}}`, a negative `unless` or a link of a chain, without block parameters and inline partials."""

    read: Getter
    program: Render
    negative: bool
    site: Site


def choose(branches: tuple[Branch, ...], otherwise: Render, state: CompileState) -> Render:
    """Render `{{#if x}}...{{else if y}}...{{else}}...{{/if}}`."""
    if state.null:
        return _choose_in_context(branches, otherwise)
    if len(branches) > 1:
        return _choose(branches, otherwise)
    read, main, site = branches[0].read, branches[0].program, branches[0].site
    if branches[0].negative:
        main, otherwise = otherwise, main

    def render(context: object, scope: Scope, emit: Emit) -> None:
        value = read(context, scope)
        if value is True or (value is not False and value is not None and test(value, site)):
            main(context, scope, emit)
        else:
            otherwise(context, scope, emit)

    return render


def _choose(branches: tuple[Branch, ...], otherwise: Render) -> Render:
    def render(context: object, scope: Scope, emit: Emit) -> None:
        for branch in branches:
            if test(branch.read(context, scope), branch.site) is not branch.negative:
                branch.program(context, scope, emit)
                return
        otherwise(context, scope, emit)

    return render


def _choose_in_context(branches: tuple[Branch, ...], otherwise: Render) -> Render:
    """Render the same; a null context becomes an object inside the block, as in handlebars.js."""

    def render(context: object, scope: Scope, emit: Emit) -> None:
        for branch in branches:
            chosen = test(branch.read(context, scope), branch.site) is not branch.negative
            if context is None or context is MISSING:
                scope = _enter(context, NULL_CONTEXT, scope, scope.params)
                context = NULL_CONTEXT
            if chosen:
                branch.program(context, scope, emit)
                return
        otherwise(context, scope, emit)

    return render


def if_block(read: Getter, main: Render, inverse: Render, block: BlockContext) -> Render:
    """Render `{{#if x}}` in general; for `unless` the caller exchanges the programs."""

    def render(context: object, scope: Scope, emit: Emit) -> None:
        program = main if test(read(context, scope), block.site) else inverse
        program(*same_context(context, scope, block), emit)

    return render


def test(value: object, site: Site) -> bool:
    """Return whether `if` renders its block."""
    try:
        return condition(value)
    except ValueRefusedError as error:
        raise site.error(f"{site.label!r}: {error}") from None


def including_zero(read: Getter, include: Getter, site: Site) -> Getter:
    """Read the condition of `if` with `includeZero`, which makes 0 true."""

    def read_condition(context: object, scope: Scope) -> object:
        value = read(context, scope)
        return test(value, site) or (test(include(context, scope), site) and not _empty(value, site))

    return read_condition


def with_block(read: Getter, main: Render, inverse: Render, block: BlockContext) -> Render:
    """Render `{{#with x}}`."""

    def render(context: object, scope: Scope, emit: Emit) -> None:
        value = read(context, scope)
        if _empty(value, block.site):
            inverse(*same_context(context, scope, block), emit)
        else:
            main(value, _enter(context, value, scope, ((value,), scope.params)), emit)

    return render


def each_block(read: Getter, main: Render, inverse: Render, block: BlockContext) -> Render:
    """Render `{{#each x}}`."""
    repeat = loop(main, block)

    def render(context: object, scope: Scope, emit: Emit) -> None:
        value = read(context, scope)
        if isinstance(value, list | tuple | dict) and value:
            repeat(value, context, scope, emit)
        else:
            _empty(value, block.site)
            inverse(*same_context(context, scope, block), emit)

    return render


def section(read: Getter, main: Render, inverse: Render, block: BlockContext) -> Render:
    """Render `{{#x}}`: loop over a list, else use the value as the context unless it is false or null."""
    repeat = loop(main, block)

    def render(context: object, scope: Scope, emit: Emit) -> None:
        value = read(context, scope)
        if isinstance(value, list | tuple) and value:
            repeat(value, context, scope, emit)
            return
        same = _enter(context, context, scope, (None, scope.params)) if block.state.tracks_params else scope
        if value is True:
            main(context, same, emit)
        elif value is False or value is None or value is MISSING or isinstance(value, list | tuple):
            inverse(context, same, emit)
        else:
            _empty(value, block.site)
            params = _all_params(scope.params) if block.params else None
            main(value, _enter(context, value, scope, (params, scope.params)), emit)

    return render


def _enter(context: object, inner: object, scope: Scope, params: Params) -> Scope:
    parents = parents_inside((context, scope.parents), inner, scope.unit.run)
    return Scope(parents, scope.data, params, scope.unit, scope.block)


def _empty(value: object, site: Site) -> bool:
    try:
        return empty(value)
    except ValueRefusedError as error:
        raise site.error(f"{site.label!r}: {error}") from None


def _all_params(params: Params) -> tuple[object, ...]:
    """Return the block parameters around; handlebars.js passes them to the program of `{{#object as |x|}}`."""
    result: list[object] = []
    while params:
        result.append(MISSING if params[0] is None else list(params[0]))
        params = params[1]
    return tuple(result)


def loop(main: Render, block: BlockContext) -> Loop:
    """Return the cheapest loop with all that the program needs."""
    if block.uses or block.state.tracks_params:
        return _full_loop(main, block)
    return _text_loop(block.item, block.site) if block.item else _plain_loop(main, block)


def _text_loop(program: PrintItem, site: Site) -> Loop:
    """Loop over a program that prints only the item between two texts."""
    before, after, node, state = program.before, program.after, program.step.node, program.step.state
    between = after + before
    work = STEP + len(between)

    def repeat(items: Items, _context: object, scope: Scope, emit: Emit) -> None:
        run = scope.unit.run
        run.spend(len(items) * work, site)
        values = list(items.values() if isinstance(items, dict) else items)
        texts: list[str] = values  # type: ignore[assignment]  # checked in the next line
        if {*map(type, values)} != {str}:
            texts = [shown(read_key(value, "", node, state), node, state, run) for value in values]
        run.check_size(sum(map(len, texts)) + len(between) * len(texts), site)
        emit(before)
        emit(between.join(texts))
        emit(after)
        if len(run.pieces) > run.check_at:
            run.check(site)

    return repeat


def _plain_loop(main: Render, block: BlockContext) -> Loop:
    """Loop over a program that reads only the item and `@root`."""
    site, work = block.site, STEP + block.size

    def repeat(items: Items, _context: object, scope: Scope, emit: Emit) -> None:
        run = scope.unit.run
        run.spend(len(items) * work, site)
        pieces, check_at = run.pieces, run.check_at
        for item in items.values() if isinstance(items, dict) else items:
            main(item, scope, emit)
            if len(pieces) > check_at:
                run.check(site)

    return repeat


def _full_loop(main: Render, block: BlockContext) -> Loop:
    """Loop over a program that may read anything."""
    site, uses, track = block.site, block.uses, block.state.tracks_params
    parents = PARENTS in uses
    wanted = uses != {PARENTS}
    work = STEP + block.size
    edges = not uses.isdisjoint(("first", "last", ANY_DATA))

    def repeat(items: Items, context: object, scope: Scope, emit: Emit) -> None:
        run = scope.unit.run
        run.spend(len(items) * work, site)
        pieces, check_at = run.pieces, run.check_at
        data = {**scope.data, "_parent": scope.data, "first": True, "last": False} if wanted else scope.data
        depths = (context, scope.parents)
        inner = Scope(depths, data, scope.params, scope.unit, scope.block)
        last = len(items) - 1
        for index, (key, item) in enumerate(items.items() if isinstance(items, dict) else enumerate(items)):
            if wanted:
                data["key"] = key
                data["index"] = index
                if edges:
                    data["first"] = index == 0
                    data["last"] = index == last
            if parents:
                fresh = type(item) is dict and item is not context
                inner.parents = depths if fresh else parents_inside(depths, item, run)
            if track:
                inner.params = ((item, key), scope.params)
            main(item, inner, emit)
            if len(pieces) > check_at:
                run.check(site)

    return repeat
