"""The application, and the one error boundary: what is the user's to mend is told from what is ours."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

import typer

from prompt_cli.cli.app import app
from prompt_cli.cli.output import note
from prompt_cli.errors import ExitCode, PromptManagerError

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM = "prompt-cli"

_FULL = (errno.ENOSPC, errno.EIO)
_PRINTERS = ("typer", "rich")
"""Packages that print help."""


def run(arguments: Sequence[str]) -> int:
    """Run the command line.

    Args:
        arguments: The arguments after the program's name.

    Returns:
        The exit status.
    """
    try:
        status = app(args=list(arguments), prog_name=PROGRAM, standalone_mode=False)
    except typer.TyperException as error:
        return _wrong_usage(error)
    except SystemExit as end:  # how completion ends
        return end.code if isinstance(end.code, int) else ExitCode.DONE
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except PromptManagerError as error:
        from prompt_cli.cli.failure import describe  # most runs end well

        note(describe(error))
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the boundary: whatever else happens is a defect of ours
        if isinstance(error, OSError) and error.errno in _FULL:
            note(f"error: {_failed(error)}: {error.strerror}")
            return ExitCode.UNABLE
        from prompt_cli.cli.failure import report_defect  # the same

        note(report_defect(error))
        return ExitCode.DEFECT
    return status if isinstance(status, int) else ExitCode.DONE


def _failed(error: OSError) -> str:
    """Say what could not be read or written; help is all that others than `prompt_cli.cli.output` print."""
    import traceback  # full disks are rare

    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    if str(frame.f_globals.get("__name__")).partition(".")[0] in _PRINTERS:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is buffered would be tried again
        return "standard output could not be written"
    return f"{error.filename or 'a file'} could not be read or written"


def _wrong_usage(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else PROGRAM
    note(f"error: {error.format_message()}\n  help: `{command} --help` shows how it is used")
    return ExitCode.USAGE
