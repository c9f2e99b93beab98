"""Closures that read a path from the context, the contexts around it, data variables and block parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import HandlebarsRenderError, did_you_mean, else_if
from .javascript import MISSING, ValueRefusedError, child, truthy, type_name

if TYPE_CHECKING:
    from .nodes import PathExpression
    from .runtime import CompileState, Getter, Scope


def lenient(start: Getter, keys: tuple[str, ...], node: PathExpression, state: CompileState) -> Getter:
    """Read a path; it is MISSING or null if a key is missing or its parent is null."""
    if not keys:
        return start

    def read(context: object, scope: Scope) -> object:
        value = start(context, scope)
        for key in keys:
            if type(value) is dict:
                value = value.get(key, MISSING)
            elif value is None or value is MISSING:
                return value
            else:
                value = _child(value, key, node, state)
        return value

    return read


def lenient_data(start: Getter, keys: tuple[str, ...], node: PathExpression, state: CompileState) -> Getter:
    """Read `@a.b`; any false value ends the path (`a && a.b` in handlebars.js)."""
    site = state.site(node)

    def read(context: object, scope: Scope) -> object:
        value = start(context, scope)
        for key in keys:
            if not site.apply(truthy, value):
                return value
            value = _child(value, key, node, state)
        return value

    return read


def required_path(start: Getter, keys: tuple[str, ...], node: PathExpression, state: CompileState) -> Getter:
    """Read a path; a missing value, or null before the last key, is an error."""

    def read(context: object, scope: Scope) -> object:
        value = parent = start(context, scope)
        for index, key in enumerate(keys):
            parent = value
            if type(parent) is dict:
                value = parent.get(key, MISSING)
            elif parent is None or parent is MISSING:
                raise _no_parent(keys[:index], key, parent, node, state)
            else:
                value = _child(parent, key, node, state)
        if value is MISSING:
            raise _no_key(keys, parent, node, state) if keys else state.error(node, f"{node.original!r} is missing")
        return value

    return read


def read_key(context: object, key: str, node: PathExpression, state: CompileState) -> object:
    """Read one key of the context, or with an empty key the context itself."""
    value = context
    if key and context is not None and context is not MISSING:
        value = _child(context, key, node, state)
    if state.required and (value is MISSING or (key and context is None)):
        raise _no_key((key,), context, node, state) if value is MISSING else _no_parent((), key, context, node, state)
    return value


def context_of(depth: int) -> Getter:
    """Read the context `depth` levels up."""
    if not depth:
        return _context

    def read(_context: object, scope: Scope) -> object:
        parents = scope.parents
        for _ in range(depth - 1):
            if parents is None:
                break
            parents = parents[1]
        return MISSING if parents is None else parents[0]

    return read


def _context(context: object, _scope: Scope) -> object:
    return context


def data_of(depth: int) -> Getter:
    """Read the data variables `depth` frames up."""
    if not depth:
        return _data

    def read(_context: object, scope: Scope) -> object:
        data: object = scope.data
        for _ in range(depth):
            data = data.get("_parent", MISSING) if isinstance(data, dict) else MISSING
        return data

    return read


def _data(_context: object, scope: Scope) -> object:
    return scope.data


def block_param(level: int, index: int, node: PathExpression, state: CompileState) -> Getter:
    """Read the block parameter `index` of the program `level` levels up."""

    def read(_context: object, scope: Scope) -> object:
        params = scope.params
        for _ in range(level):
            params = params and params[1]
        values = params and params[0]
        if values is None:
            raise state.error(node, f"the block that names {node.parts[0]!r} has no block parameters")
        return values[index] if index < len(values) else MISSING

    return read


def literal(value: object) -> Getter:
    """Return a closure that reads a constant."""
    return lambda _context, _scope: value


def _child(value: object, key: str, node: PathExpression, state: CompileState) -> object:
    try:
        return child(value, key)
    except ValueRefusedError as error:
        raise state.error(node, f"{node.original!r}: {error}") from None


def _no_parent(
    before: tuple[str, ...], key: str, parent: object, node: PathExpression, state: CompileState
) -> HandlebarsRenderError:
    what = "null" if parent is None else "missing"
    if before:
        return state.error(node, f"{node.original!r} is missing: {'.'.join(before)!r} is {what} and has no {key!r}")
    where = "the context around" if node.depth else "the context"
    return state.error(node, f"{node.original!r} is missing: {where} is {what}")


def _no_key(keys: tuple[str, ...], parent: object, node: PathExpression, state: CompileState) -> HandlebarsRenderError:
    *before, key = keys
    where = repr(".".join(before)) if before else "the context"
    if parent is MISSING:
        return state.error(node, f"{node.original!r} is missing: {where} is missing")
    if not isinstance(parent, dict):
        return state.error(node, f"{node.original!r} is missing: {where} is {type_name(parent)} and has no {key!r}")
    hint = else_if(key) or did_you_mean(key, parent)
    where = f": {where} has no {key!r}" if before else ""
    return state.error(node, f"{node.original!r} is missing{where}{hint and '; '}{hint}")
