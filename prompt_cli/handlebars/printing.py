"""Closures that print text and values."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .helpers import SafeString
from .javascript import ObjectRefusedError, ValueRefusedError, number_text, text
from .nodes import SubExpression
from .paths import read_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from .nodes import Expression, PathExpression
    from .runtime import CompileState, Emit, Getter, Render, Run, Scope

    Convert: TypeAlias = Callable[[object, Run], str]
    Step: TypeAlias = "str | PrintKey | Render"

_SMALL = 10**15
PIECED = 4
"""The work for a character of a text that is put together from the items of a list."""
_HTML = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;"}
)


class PrintKey(NamedTuple):
    """A step that prints a key of the context, or with an empty key the context itself, as plain text."""

    key: str
    node: PathExpression
    state: CompileState


class PrintItem(NamedTuple):
    """A program that prints only the context between two texts."""

    before: str
    after: str
    step: PrintKey


def shown(value: object, node: Expression, state: CompileState, run: Run) -> str:
    """Return the text that is written for the value of an expression."""
    if isinstance(value, str):
        return value
    if type(value) is int:
        return number_text(value)
    try:
        result = text(value, state.options.limits.output, objects=state.null)
    except ValueRefusedError as error:
        site = state.site(node)
        hint = _json_hint(node) if isinstance(error, ObjectRefusedError) else ""
        raise site.error(f"{site.label!r}: {error}{hint}") from None
    if isinstance(value, list | tuple):
        run.spend(len(result) * PIECED, state.site(node))
    return result


def _json_hint(node: Expression) -> str:
    written = node.origin.text[node.offset : node.end]
    written = f"({written})" if isinstance(node, SubExpression) else written
    return f"; write {{{{json {written}}}}} or name what to print of it"


def plain(node: Expression, state: CompileState) -> Convert:
    """Return the conversion of a value of an expression to plain text."""
    return lambda value, run: shown(value, node, state, run)


def escaped(node: Expression, state: CompileState) -> Convert:
    """Return the conversion of a value of an expression to text that is escaped for HTML."""

    def convert(value: object, run: Run) -> str:
        if isinstance(value, SafeString):
            return value
        raw = shown(value, node, state, run)
        run.spend(len(raw), state.site(node))
        return escape(raw)

    return convert


def escape(text: str) -> str:
    """Escape a text for HTML (escapeExpression of handlebars.js)."""
    return text.translate(_HTML)


def print_value(read: Getter, convert: Convert) -> Render:
    """Print the value of an expression."""

    def render(context: object, scope: Scope, emit: Emit) -> None:
        emit(convert(read(context, scope), scope.unit.run))

    return render


def print_data(key: str, read: Getter, convert: Convert) -> Render:
    """Print a data variable of the current frame; most are numbers."""

    def render(context: object, scope: Scope, emit: Emit) -> None:
        value = scope.data.get(key)
        small = type(value) is int and -_SMALL < value < _SMALL
        emit(str(value) if small else convert(read(context, scope), scope.unit.run))

    return render


def print_all(steps: list[Step]) -> tuple[Render, PrintItem | None]:
    """Join steps, neighbouring texts and keys in one closure; also return the item if it is the only step."""
    parts: list[Render] = []
    run: list[tuple[str, PrintKey]] = []
    before = ""
    for step in steps:
        if isinstance(step, str):
            before += step
        elif isinstance(step, PrintKey):
            run.append((before, step))
            before = ""
        else:
            if run or before:
                parts.append(_print_run(run, before))
                run, before = [], ""
            parts.append(step)
    if not parts:
        item = PrintItem(run[0][0], before, run[0][1]) if len(run) == 1 and not run[0][1].key else None
        return (_print_run(run, before) if run or before else nothing), item
    if run or before:
        parts.append(_print_run(run, before))
    return (parts[0] if len(parts) == 1 else _in_order(tuple(parts))), None


def _print_run(run: list[tuple[str, PrintKey]], after: str) -> Render:
    if not run:
        return print_text(after)
    if len(run) > 1:
        return _print_keys(tuple([(before, step.key, step.node, step.state) for before, step in run]), after)
    before, step = run[0]
    return _print_key(before, step, after) if step.key else _print_context(before, step, after)


def print_text(content: str) -> Render:
    """Print a text."""

    def render(_context: object, _scope: Scope, emit: Emit) -> None:
        emit(content)

    return render


def _print_context(before: str, step: PrintKey, after: str) -> Render:
    node, state = step.node, step.state

    def render(context: object, scope: Scope, emit: Emit) -> None:
        emit(before)
        if type(context) is str:
            emit(context)
        else:
            emit(shown(read_key(context, "", node, state), node, state, scope.unit.run))
        emit(after)

    return render


def _print_key(before: str, step: PrintKey, after: str) -> Render:
    key, node, state = step.key, step.node, step.state

    def render(context: object, scope: Scope, emit: Emit) -> None:
        emit(before)
        value = context.get(key) if type(context) is dict else None
        if type(value) is not str:
            value = shown(read_key(context, key, node, state), node, state, scope.unit.run)
        emit(value)
        if after:
            emit(after)

    return render


def _print_keys(run: tuple[tuple[str, str, PathExpression, CompileState], ...], after: str) -> Render:
    def render(context: object, scope: Scope, emit: Emit) -> None:
        fields = context if type(context) is dict else {}
        for before, key, node, state in run:
            emit(before)
            value = fields.get(key)
            if type(value) is not str:
                value = shown(read_key(context, key, node, state), node, state, scope.unit.run)
            emit(value)
        emit(after)

    return render


def _in_order(parts: tuple[Render, ...]) -> Render:
    def render(context: object, scope: Scope, emit: Emit) -> None:
        for part in parts:
            part(context, scope, emit)

    return render


def nothing(_context: object, _scope: Scope, _emit: Emit) -> None:
    """Print nothing."""
