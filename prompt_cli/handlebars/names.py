"""What a name in a tag is called, and when two tags name the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .ast import BooleanLiteral, NullLiteral, NumberLiteral, PathExpression, StringLiteral
from .javascript import number_text

if TYPE_CHECKING:
    from .ast import Expression, HelperName


def original(name: Expression) -> str:
    """The name as handlebars.js takes it: `1.0` is "1", `"a"` and `[a]` are "a"; "undefined" if it is computed."""
    if isinstance(name, PathExpression):
        return name.original
    if isinstance(name, StringLiteral):
        return name.value
    if isinstance(name, NumberLiteral):
        return number_text(name.value)
    if isinstance(name, BooleanLiteral):
        return "true" if name.value else "false"
    return "null" if isinstance(name, NullLiteral) else "undefined"


def identity(name: Expression) -> tuple[str, str]:
    """What is equal where a closing tag closes a block: the name and the kind of literal (`===` in handlebars.js)."""
    kind = "" if isinstance(name, PathExpression | StringLiteral) else type(name).__name__
    return ("UndefinedLiteral" if kind == "SubExpression" else kind, original(name))


def closing_tag(name: Expression) -> str:
    """The tag that closes the block of this name, as messages show it."""
    return f"'{{{{/{original(name)}}}}}'"


def as_path(name: HelperName) -> PathExpression:
    """The name as a path: a literal in the place of a name is the key it spells (transformLiteralToPath)."""
    if isinstance(name, PathExpression):
        return name
    text = original(name)
    return PathExpression(
        name.offset, name.end, name.origin, data=False, depth=0, parts=(text,), original=text, scoped=is_scoped(text)
    )


def is_scoped(name: str) -> bool:
    """Whether a name begins with `.` or mentions `this` (scopedId), and so is neither helper nor block parameter."""
    return name.startswith(".") or ("this" in name and re.search(r"this\b", name, re.ASCII) is not None)
