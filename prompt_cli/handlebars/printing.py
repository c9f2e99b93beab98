"""Closures that print text and values."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeAlias

from .helpers import SafeString
from .javascript import ARRAY, MISSING, ObjectRefusedError, ValueRefusedError, number_text, text
from .nodes import Expression, PathExpression, SubExpression
from .paths import read_key
from .runtime import CompileState, Emit, Getter, Render, Run, Scope

Convert: TypeAlias = Callable[[object, Run], str]
Step: TypeAlias = "str | PrintKey | Render"

JOINED = 4
"""The work for a character of a text that is put together from the items of a list."""
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
        run.spend(len(result) * JOINED, state.site(node))
    return result


def _json_hint(node: Expression) -> str:
    written = node.origin.text[node.offset : node.end]
    written = f"({written})" if isinstance(node, SubExpression) else written
    return f"; write {{{{json {written}}}}} or name what to print of it"


def as_text(node: Expression, state: CompileState) -> Convert:
    """Return the conversion of a value of an expression to plain text."""
    return partial(text_of, node, state)


def as_html(node: Expression, state: CompileState) -> Convert:
    """Return the conversion of a value of an expression to text that is escaped for HTML."""

    def convert(value: object, run: Run) -> str:
        if isinstance(value, SafeString):
            return value
        raw = text_of(node, state, value, run)
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
