"""The text of usage errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import typer

from prompt_cli.domain.ids import near_names

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHOICES = re.compile(r"(?:Value error, )?'(?P<value>.*)' is not one of (?P<choices>'.*')")
_COMMAND = re.compile(r"(?P<message>.*)\. Did you mean (?P<near>.*)\?", re.DOTALL)


class UnknownNameError(typer.BadParameter):
    """A name of an option that does not exist, and similar ones that do.

    Args:
        message: The message.
        option: The option.
        near: The similar names.
    """

    def __init__(self, message: str, option: str, near: Sequence[str]) -> None:
        super().__init__(message, param_hint=option)
        self.near = near


def describe_usage(error: typer.TyperException, command: str) -> str:
    """Return the message of a usage error and its help.

    Args:
        error: The error that Typer or a command raised.
        command: The words of the command, such as ``prompt-cli render``.
    """
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
