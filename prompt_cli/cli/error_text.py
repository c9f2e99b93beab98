"""The text of errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.cli.output import from_here
from prompt_cli.errors import (
    PromptFormatError,
    PromptManagerError,
    RequestError,
    SettingsError,
    TemplateError,
    VariableError,
)
from prompt_cli.problems import Region, format_path
from prompt_cli.reporting.findings_text import excerpt

if TYPE_CHECKING:
    from prompt_cli.problems import Problem


def describe(error: PromptManagerError, width: int | None = None) -> str:
    """Return the message of an error, its location and its help.

    With a location in a file the text begins ``path:line:column: error:``, which editors and terminals link.

    Args:
        error: The error.
        width: The columns of a terminal; None for a pipe.
    """
    match error:
        case PromptFormatError() | RequestError() if error.problems:
            return "\n".join(_describe_problem(one, error, width) for one in error.problems)
        case VariableError() if len(error.problems) > 1:
            lines = [f"  {one.message}{f' - {one.help}' if one.help else ''}" for one in error.problems]
            return "\n".join([f"error: {error.message}", *lines]) + _help(error.help)
        case TemplateError() | SettingsError():
            return _locate(error.message, error, error.location and error.location.region, width) + _help(error.help)
    return f"error: {error}" + _help(error.help)


def _describe_problem(problem: Problem, error: PromptManagerError, width: int | None) -> str:
    field = f"{format_path(problem.path)}: " if problem.path else ""
    return _locate(problem.message, error, problem.region, width, field) + _help(problem.help)


def _locate(message: str, error: PromptManagerError, region: Region | None, width: int | None, field: str = "") -> str:
    if error.location is None:
        return f"error: {field}{message}"
    path, _, text = error.location
    path = from_here(path)
    if region is None:
        return f"{path}: error: {field}{message}"
    first = f"{path}:{region.line}:{region.column}: error: {message}"
    quote = excerpt(text, region, width) if text else ""
    return "\n".join([first, *(f"  {line}" for line in quote.splitlines())])


def _help(text: str) -> str:
    return f"\n  help: {text}" if text else ""
