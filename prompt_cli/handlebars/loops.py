"""Closures that render a program for every item of a list or value of an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from .paths import read_key
from .printing import shown
from .runtime import STEP, Scope, parents_inside
from .state import ANY_DATA, PARENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from .blocks import Needs
    from .printing import PrintItem
    from .runtime import Emit, Render, Site

    Items: TypeAlias = "list[object] | tuple[object, ...] | dict[str, object]"
    Loop: TypeAlias = "Callable[[Items, object, Scope, Emit], None]"


def loop(main: Render, needs: Needs) -> Loop:
    """The cheapest loop that gives the program all it needs."""
    if needs.uses or needs.state.tracks_params:
        return _full_loop(main, needs)
    return _text_loop(needs.item, needs.site) if needs.item else _plain_loop(main, needs)


def _text_loop(program: PrintItem, site: Site) -> Loop:
    """A loop whose program prints nothing but the item between two texts."""
    before, after, node, state = program.before, program.after, program.step.node, program.step.state
    between = after + before
    work = STEP + len(between)

    def repeat(items: Items, _context: object, scope: Scope, emit: Emit) -> None:
        run = scope.unit.run
        run.spend(len(items) * work, site)
        values = list(items.values() if isinstance(items, dict) else items)
        texts: list[str] = values  # type: ignore[assignment]  # if all are strings, which is seen at once
        if {*map(type, values)} != {str}:
            texts = [shown(read_key(value, "", node, state), node, state, run) for value in values]
        run.check_size(sum(map(len, texts)) + len(between) * len(texts), site)
        emit(before)
        emit(between.join(texts))
        emit(after)
        if len(run.pieces) > run.check_at:
            run.check(site)

    return repeat


def _plain_loop(main: Render, needs: Needs) -> Loop:
    """A loop whose program reads nothing but the item and `@root`."""
    site, work = needs.site, STEP + needs.size

    def repeat(items: Items, _context: object, scope: Scope, emit: Emit) -> None:
        run = scope.unit.run
        run.spend(len(items) * work, site)
        pieces, check_at = run.pieces, run.check_at
        for item in items.values() if isinstance(items, dict) else items:
            main(item, scope, emit)
            if len(pieces) > check_at:
                run.check(site)

    return repeat


def _full_loop(main: Render, needs: Needs) -> Loop:
    """A loop whose program may read anything."""
    site, uses, track = needs.site, needs.uses, needs.state.tracks_params
    parents = PARENTS in uses
    wanted = uses != {PARENTS}
    work = STEP + needs.size
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
