"""Errors, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.errors import (
    PromptFormatError,
    PromptManagerError,
    Region,
    TemplateError,
    VariableError,
    format_path,
)
from prompt_cli.reporting.findings_text import excerpt

if TYPE_CHECKING:
    from prompt_cli.errors import Problem


def describe(error: PromptManagerError) -> str:
    """Say what went wrong, where, and what to do next.

    Where a place in a file is known the text begins ``path:line:column: error:``, which editors and terminals follow.
    """
    match error:
        case PromptFormatError() if error.problems:
            blocks = [_problem(one, error) for one in error.problems]
            return "\n".join(blocks)
        case VariableError() if len(error.problems) > 1:
            lines = [f"  {one.message}{_dash(one.help)}" for one in error.problems]
            return "\n".join([f"error: {error.message}", *lines]) + _help(error.help)
        case TemplateError():
            return _with_place(error.message, error, error.context.get("region")) + _help(error.help)
    return f"error: {error}" + _help(error.help)


def _problem(problem: Problem, error: PromptFormatError) -> str:
    where = f"{format_path(problem.path)}: " if problem.path else ""
    return _with_place(problem.message, error, problem.region, where) + _help(problem.help)


def _with_place(message: str, error: PromptManagerError, region: object, where: str = "") -> str:
    source, text = error.context.get("source"), error.context.get("text")
    if not isinstance(region, Region) or source is None:
        return f"error: {where}{message}" if source is None else f"{source}: error: {where}{message}"
    shown = f"{source}:{region.line}:{region.column}: error: {message}"
    quoted = excerpt(text, region) if isinstance(text, str) else ""
    return "\n".join([shown, *(f"  {line}" for line in quoted.splitlines())])


def _help(text: str) -> str:
    return f"\n  help: {text}" if text else ""


def _dash(text: str) -> str:
    return f" - {text}" if text else ""


def report_defect(error: Exception) -> str:
    """Write the traceback of a defect of ours to a file, and say where.

    Values of variables may be in the messages of exceptions, so the file is the user's alone and nothing is sent.
    """
    import tempfile  # defects are rare
    import traceback

    kind = type(error).__name__
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="prompt-cli-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            traceback.print_exception(error, file=file)
    except OSError:
        return f"error: a defect of prompt-cli: {kind}; its traceback could not be written"
    return f"error: a defect of prompt-cli: {kind}\n  help: please report it with the traceback in {file.name}"
