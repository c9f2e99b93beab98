"""Dates in other forms, for the helper `date`."""

from __future__ import annotations

import re
from datetime import datetime

from .errors import HelperError

_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)
_KNOWN = frozenset("aAbBdHIjmMpSyYzZ%")


def format_date(value: str, pattern: str) -> str:
    """A date or time in ISO 8601, written by the directives of `strftime` (%Y, %m, %d, %H, %M, %S, %B ...)."""
    unknown = next((letter for letter in _DIRECTIVE.findall(pattern) if letter not in _KNOWN or not letter), None)
    if unknown is not None:
        raise HelperError(f"'%{unknown}' is no directive of a date; use {', '.join('%' + c for c in sorted(_KNOWN))}")
    try:
        date = datetime.fromisoformat(value)
    except ValueError:
        raise HelperError("expected a date like 2026-01-31 or 2026-01-31T12:00:00Z") from None
    return date.strftime(pattern)
