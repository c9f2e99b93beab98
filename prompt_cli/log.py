"""Logging for library code: structlog, for those who asked for it.

Importing structlog takes longer than most commands, and unconfigured it prints to standard output. So an event is
handed over only where the application has imported and configured structlog; else it is dropped, at the price of one
look into ``sys.modules``. Events are snake_case nouns and verbs; the values of variables are never among their fields.
"""

from __future__ import annotations

import sys
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["debug", "info", "warning"]


def log(level: Level, event: str, **fields: object) -> None:
    """Log an event with structlog, where the application configured it.

    Args:
        level: How much it matters.
        event: What happened: ``prompt_rendered``.
        fields: To what: ids, paths, counts, durations in milliseconds (``ms``).
    """
    structlog = sys.modules.get("structlog")
    if structlog is not None and structlog.is_configured():
        getattr(structlog.get_logger("prompt_cli"), level)(event, **fields)
