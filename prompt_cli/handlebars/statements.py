"""Closures that render statements: texts, values and the built-in blocks, and sections (blockHelperMissing)."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from .expressions import read_key
from .helpers import SafeString
from .javascript import (
    ARRAY,
    CONTAINER,
    MISSING,
    ObjectRefusedError,
    ValueRefusedError,
    condition,
    empty,
    number_text,
    text,
)
from .nodes import Expression, PathExpression, SubExpression
from .runtime import (
    ANY_DATA,
    NULL_CONTEXT,
    PARENTS,
    STEP,
    CompileState,
    Emit,
    Getter,
    Params,
    Render,
    Run,
    Scope,
    Site,
    parents_inside,
)

Step: TypeAlias = "str | PrintKey | Render"
Items: TypeAlias = list[object] | tuple[object, ...] | dict[str, object]

_JOINED = 4  # work for a character of a text that is put together from the items of a list
_HTML = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;"}
)


class PrintKey(NamedTuple):
    """A step that prints a key of the context, or with an empty key the context itself, as plain text."""

    key: str
    node: PathExpression
    state: CompileState


def text_of(node: Expression, state: CompileState, value: object, run: Run) -> str:
    """Return the text that is written for the value of an expression."""
    if type(value) is int:
        return number_text(value)
    if isinstance(value, str):
        return value
    try:
        result = text(value, state.options.limits.output, objects=state.null)
    except ValueRefusedError as error:
        site = state.site(node)
        hint = _json_hint(node) if isinstance(error, ObjectRefusedError) else ""
        raise site.error(f"{site.label!r}: {error}{hint}") from None
    if isinstance(value, ARRAY):
        run.spend(len(result) * _JOINED, state.site(node))
    return result


def _json_hint(node: Expression) -> str:
    written = node.origin.text[node.offset : node.end]
    written = f"({written})" if isinstance(node, SubExpression) else written
    return f"; write {{{{json {written}}}}} or name what to print of it"


def print_value(read: Getter, node: Expression, state: CompileState, *, escapes: bool = False) -> Render:
    """Print the value of an expression, escaped for HTML if `escapes` (escapeExpression of handlebars.js)."""

    def render(context: object, scope: Scope, emit: Emit) -> None:
        run = scope.unit.run
        value = read(context, scope)
        text = text_of(node, state, value, run)
        if escapes and not isinstance(value, SafeString):
            run.spend(len(text), state.site(node))
            text = text.translate(_HTML)
        emit(text)

    return render


def print_all(steps: list[Step]) -> Render:
    """Join steps, neighbouring texts and keys in one closure."""
    parts: list[Render] = []
    keys: list[tuple[str, PrintKey]] = []
    before = ""
    for step in steps:
        if isinstance(step, str):
            before += step
        elif isinstance(step, PrintKey):
            keys.append((before, step))
            before = ""
        else:
            if keys or before:
                parts.append(_print_keys(keys, before))
                keys, before = [], ""
            parts.append(step)
    if keys or before:
        parts.append(_print_keys(keys, before))
    return parts[0] if len(parts) == 1 else _in_order(tuple(parts))


def print_text(content: str) -> Render:
    """Print a text."""

    def render(_context: object, _scope: Scope, emit: Emit) -> None:
        emit(content)

    return render


def _print_keys(keys: list[tuple[str, PrintKey]], after: str) -> Render:
    """Print keys of the context, each after a text, and a last text."""
    if not keys:
        return print_text(after)
    steps = tuple([(before, *step) for before, step in keys])

    def render(context: object, scope: Scope, emit: Emit) -> None:
        fields = context if type(context) is dict else {}
        for before, key, node, state in steps:
            value = fields.get(key) if key else context
            if type(value) is not str:
                if value is None or value is MISSING:
                    value = read_key(context, key, node, state)
                value = text_of(node, state, value, scope.unit.run)
            emit(before + value)
        if after:
            emit(after)

    return render


def _in_order(parts: tuple[Render, ...]) -> Render:
    def render(context: object, scope: Scope, emit: Emit) -> None:
        for part in parts:
            part(context, scope, emit)

    return render


class BlockContext(NamedTuple):
    """The place of a block in errors, its template, and the needs of its main program as in CompiledProgram."""

    site: Site
    uses: frozenset[str]
    params: bool
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
    has_object = state.null  # a null context becomes an object

    def render(context: object, scope: Scope, emit: Emit) -> None:
        for read, program, negative, site in branches:
            value = read(context, scope)
            is_chosen = (value if type(value) is bool else site.apply(condition, value)) is not negative
            if has_object and (context is None or context is MISSING):
                scope = _enter(context, NULL_CONTEXT, scope, scope.params)
                context = NULL_CONTEXT
            if is_chosen:
                program(context, scope, emit)
                return
        otherwise(context, scope, emit)

    return render


def if_block(read: Getter, main: Render, inverse: Render, block: BlockContext) -> Render:
    """Render `{{#if x}}` in general; for `unless` the caller exchanges the programs."""

    def render(context: object, scope: Scope, emit: Emit) -> None:
        program = main if block.site.apply(condition, read(context, scope)) else inverse
        program(*same_context(context, scope, block), emit)

    return render


def including_zero(read: Getter, include: Getter, site: Site) -> Getter:
    """Read the condition of `if` with `includeZero`, which makes 0 true."""

    def read_condition(context: object, scope: Scope) -> object:
        value = read(context, scope)
        if site.apply(condition, value):
            return True
        return site.apply(condition, include(context, scope)) and not site.apply(empty, value)

    return read_condition


def with_block(read: Getter, main: Render, inverse: Render, block: BlockContext) -> Render:
    """Render `{{#with x}}`."""

    def render(context: object, scope: Scope, emit: Emit) -> None:
        value = read(context, scope)
        if block.site.apply(empty, value):
            inverse(*same_context(context, scope, block), emit)
        else:
            main(value, _enter(context, value, scope, ((value,), scope.params)), emit)

    return render


def each_block(read: Getter, main: Render, inverse: Render, block: BlockContext) -> Render:
    """Render `{{#each x}}`."""
    repeat = loop(main, block)

    def render(context: object, scope: Scope, emit: Emit) -> None:
        value = read(context, scope)
        if isinstance(value, CONTAINER) and value:
            repeat(value, context, scope, emit)
        else:
            block.site.apply(empty, value)
            inverse(*same_context(context, scope, block), emit)

    return render


def section(read: Getter, main: Render, inverse: Render, block: BlockContext) -> Render:
    """Render `{{#x}}`: loop over a list, else use the value as the context unless it is false or null."""
    repeat = loop(main, block)

    def render(context: object, scope: Scope, emit: Emit) -> None:
        value = read(context, scope)
        if isinstance(value, ARRAY) and value:
            repeat(value, context, scope, emit)
            return
        same = _enter(context, context, scope, (None, scope.params)) if block.state.tracks_params else scope
        if value is True:
            main(context, same, emit)
        elif value is False or value is None or value is MISSING or isinstance(value, ARRAY):
            inverse(context, same, emit)
        else:
            block.site.apply(empty, value)
            params = _all_params(scope.params) if block.params else None
            main(value, _enter(context, value, scope, (params, scope.params)), emit)

    return render


def _enter(context: object, inner: object, scope: Scope, params: Params) -> Scope:
    parents = parents_inside((context, scope.parents), inner, scope.unit.run)
    return Scope(parents, scope.data, params, scope.unit, scope.block)


def _all_params(params: Params) -> tuple[object, ...]:
    """Return the block parameters around; handlebars.js passes them to the program of `{{#object as |x|}}`."""
    result: list[object] = []
    while params:
        result.append(MISSING if params[0] is None else list(params[0]))
        params = params[1]
    return tuple(result)


def loop(main: Render, block: BlockContext) -> Callable[[Items, object, Scope, Emit], None]:
    """Render a program for each item, with the data variables, parents and block parameters that it uses."""
    site, uses, tracks_params = block.site, block.uses, block.state.tracks_params
    has_parents = PARENTS in uses
    has_data = not uses <= {PARENTS}
    has_edges = not uses.isdisjoint(("first", "last", ANY_DATA))
    work = STEP + block.size

    def repeat(items: Items, context: object, scope: Scope, emit: Emit) -> None:
        run = scope.unit.run
        run.spend(len(items) * work, site)
        pieces, check_at = run.pieces, run.check_at
        data = {**scope.data, "_parent": scope.data, "first": True, "last": False} if has_data else scope.data
        depths = (context, scope.parents)
        inner = Scope(depths, data, scope.params, scope.unit, scope.block)
        last = len(items) - 1
        index = 0
        for key, item in items.items() if isinstance(items, dict) else enumerate(items):
            if has_data:
                data["key"] = key
                data["index"] = index
                if has_edges:
                    data["first"] = index == 0
                    data["last"] = index == last
                index += 1
            if has_parents:
                is_new = type(item) is dict and item is not context
                inner.parents = depths if is_new else parents_inside(depths, item, run)
            if tracks_params:
                inner.params = ((item, key), scope.params)
            main(item, inner, emit)
            if len(pieces) > check_at:
                run.check(site)

    return repeat
