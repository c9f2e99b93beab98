"""The entry of the command line and its one error boundary, which separates user errors from bugs."""

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from contextvars import copy_context

import typer

from prompt_cli.cli.app import COMMANDS, app
from prompt_cli.cli.output import set_color_mode, write_error, write_failure
from prompt_cli.errors import ExitCode, PromptManagerError, StorageError

_PROGRAM = "prompt-cli"
_SYSTEM_ERRORS = frozenset(
    {*(errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS), *(errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE)}
)
"""Errors of the machine, such as a full disk, a forbidden directory and too many open files: never a bug."""
_HELP_PRINTERS = ("typer", "rich")


def run(arguments: Sequence[str]) -> int:
    """Run the command line, without the program's name, and return its exit status."""
    try:
        return copy_context().run(_run, arguments)  # options such as --quiet end with the run
    except StorageError:  # the error could not be written, as on a full disk
        return ExitCode.UNABLE


def _run(arguments: Sequence[str]) -> int:
    set_color_mode(arguments)
    try:
        status = app(args=list(arguments), prog_name=_PROGRAM, standalone_mode=False)
    except typer.TyperException as error:
        return _report_usage(error, arguments)
    except SystemExit as end:  # completion ends this way
        return end.code if isinstance(end.code, int) else ExitCode.DONE
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except PromptManagerError as error:
        write_failure(error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the boundary: any other exception is a bug
        if isinstance(error, OSError) and error.errno in _SYSTEM_ERRORS:
            write_error(f"{_failed_file(error)}: {error.strerror}")
            return ExitCode.UNABLE
        _report_bug(error)
        return ExitCode.DEFECT
    return status if isinstance(status, int) else ExitCode.DONE


def _report_usage(error: typer.TyperException, arguments: Sequence[str]) -> int:
    from prompt_cli.cli.error_text import describe_usage  # only errors need it

    context = getattr(error, "ctx", None)  # None if Typer refuses an option while splitting the arguments
    named = [one for one in arguments if one in {command.name for command in COMMANDS}][:1]
    write_error(describe_usage(error, context.command_path if context else " ".join([_PROGRAM, *named])))
    return ExitCode.USAGE


def _failed_file(error: OSError) -> str:
    """Name the file of a system error: standard output if Typer was printing help, the only text printed elsewhere."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    if str(frame.f_globals.get("__name__")).partition(".")[0] in _HELP_PRINTERS:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the buffer would be flushed again at exit
        return "standard output could not be written"
    return f"{error.filename or 'a file'} could not be read or written"


def _report_bug(error: Exception) -> None:
    """Write the traceback of a bug to a file that only the user can read: messages may hold values of variables."""
    import tempfile

    kind = type(error).__name__
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="prompt-cli-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            traceback.print_exception(error, file=file)
    except OSError:
        write_error(f"a bug in prompt-cli: {kind}; its traceback could not be written")
    else:
        write_error(f"a bug in prompt-cli: {kind}\n  help: please report it with the traceback in {file.name}")
