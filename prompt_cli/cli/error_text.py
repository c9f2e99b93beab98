"""The text of errors, of commands and of the command line."""

import re
from collections.abc import Sequence

import typer

from prompt_cli.cli.options import UnknownNameError
from prompt_cli.cli.output import from_here
from prompt_cli.domain.ids import near_names
from prompt_cli.errors import (
    HistoryError,
    PromptFormatError,
    PromptManagerError,
    RequestError,
    SettingsError,
    TemplateError,
    VariableError,
)
from prompt_cli.problems import Problem, Region, format_path
from prompt_cli.reporting.findings_text import excerpt

_MAX_LINES = 1000  # of one error
_CHOICES = re.compile(r"(?:Value error, )?'(?P<value>.*)' is not one of (?P<choices>'.*')")
_EXTRA = re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((?P<words>.*)\)", re.DOTALL)
_COMMAND = re.compile(r"(?P<message>.*)\. Did you mean (?P<near>.*)\?", re.DOTALL)


def describe(error: PromptManagerError, width: int | None = None) -> str:
    """Return the message of an error, its location and its help.

    With a location in a file the text begins ``path:line:column: error:``, which editors and terminals link. A pipe,
    whose width is None, gets unbroken lines.
    """
    match error:
        case PromptFormatError() | RequestError() if error.problems:
            return "\n".join(_describe_problem(one, error, width) for one in error.problems)
        case VariableError() if len(error.problems) > 1:
            lines = [f"  {one.message}{f' - {one.help}' if one.help else ''}" for one in error.problems[:_MAX_LINES]]
            more = len(error.problems) - len(lines)
            lines += [f"  and {more:,} more"] if more else []
            return "\n".join([f"error: {error.message}", *lines]) + _help(error.help)
        case TemplateError() | SettingsError() | HistoryError():
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


def describe_usage(error: typer.TyperException, command: str) -> str:
    """Return the message of a usage error and its help, for a command such as ``prompt-cli render``."""
    message, near = _parts(error)
    message = message.rstrip(".")
    help_ = f"did you mean {' or '.join(near)}?" if near else f"`{command} --help` shows the usage"
    return f"{_lower(message)}\n  help: {help_}"


def _parts(error: typer.TyperException) -> tuple[str, Sequence[str]]:
    """Return the message and the suggestions, quoted."""
    if isinstance(error, UnknownNameError):
        return f"{_option(error)}{error.message}", [repr(one) for one in error.near]
    if possible := getattr(error, "possibilities", None):
        return str(error), [repr(one) for one in possible]
    if extra := _EXTRA.fullmatch(error.format_message()):
        words, context = extra["words"], getattr(error, "ctx", None)
        options = [one for parameter in context.command.params for one in parameter.opts] if context else []
        if " " in words:  # several, or one in quotes
            return f"unexpected arguments '{words}'", ()
        option = "--vars" if words.endswith(".json") else "--var" if words.count("=") == 1 else ""
        return f"unexpected argument '{words}'", [f"'{option} {words}'"] if option in options else []
    if command := _COMMAND.fullmatch(error.format_message()):
        return command["message"], command["near"].split(", ")
    if not isinstance(error, typer.BadParameter) or not error.message:
        return error.format_message(), ()
    option = _option(error)
    if choices := _CHOICES.match(error.message):
        near = near_names(choices["value"], choices["choices"].replace("'", "").split(", "), most=1)
        message = f"{choices['value']!r} is not one of {choices['choices']}"
        return f"{option}{message}", [repr(one) for one in near]
    return f"{option}{_lower(error.message)}", ()


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _option(error: typer.BadParameter) -> str:
    """Return the option with a wrong value and a colon; nothing for an argument."""
    hint = error.param_hint or (error.param and error.param.opts) or ""
    first = (hint if isinstance(hint, str) else hint[0]).split(" / ")[0].strip("'")
    return f"{first}: " if first.startswith("--") or first == "-C" else ""
