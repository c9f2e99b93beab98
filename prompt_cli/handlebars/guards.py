"""Which paths exist where a condition was true, or was not."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from .ast import PathExpression, SubExpression

if TYPE_CHECKING:
    from .around import Around
    from .ast import Expression

    Paths: TypeAlias = frozenset[tuple[str, ...]]

_NONE: Paths = frozenset()


def found_by(condition: Expression, around: Around) -> Paths:
    """The paths that exist where `if` took the condition for true: its own, or all of `and`."""
    if isinstance(condition, PathExpression):
        path = around.locate(condition).path
        return frozenset([path[:end] for end in range(1, len(path) + 1)])
    if isinstance(condition, SubExpression) and isinstance(condition.path, PathExpression):
        helper = condition.path.original
        if helper == "and":
            return _NONE.union(*[found_by(param, around) for param in condition.params])
        if helper == "not" and len(condition.params) == 1:
            return missed_by(condition.params[0], around)
    return _NONE


def missed_by(condition: Expression, around: Around) -> Paths:
    """The paths that exist where `if` did not take the condition for true: those under `not`, or all of `or`."""
    if isinstance(condition, SubExpression) and isinstance(condition.path, PathExpression):
        helper = condition.path.original
        if helper == "or":
            return _NONE.union(*[missed_by(param, around) for param in condition.params])
        if helper == "not" and len(condition.params) == 1:
            return found_by(condition.params[0], around)
    return _NONE
