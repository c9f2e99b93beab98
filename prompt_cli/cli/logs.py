"""Logs on standard error, for ``-v`` and ``-vv``."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prompt_cli.cli.session import LogFormat


def configure_logs(verbosity: int, log_format: LogFormat) -> None:
    """Configure structlog for this run.

    Args:
        verbosity: 1 for what was done, 2 and more for each step of it.
        log_format: One line an event for people, or one JSON object a line.
    """
    import structlog  # takes longer than most commands

    rendered: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            rendered,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbosity > 1 else logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )


def bind_context(**fields: object) -> None:
    """Bind fields, such as the command and the prompt's id, to every event of this run."""
    import structlog  # imported already where this is called

    structlog.contextvars.bind_contextvars(**fields)
