"""The command ``help``."""

from collections.abc import Iterator
from typing import Annotated

import typer
from typer.core import TyperGroup

from prompt_cli.cli.options import argument
from prompt_cli.cli.output import write_drawn


def _complete_commands(context: typer.Context, incomplete: str) -> Iterator[str]:
    root = context.find_root()
    names = root.command.list_commands(root) if isinstance(root.command, TyperGroup) else ()
    return (name for name in names if name.startswith(incomplete))


def show_help(
    context: typer.Context,
    command: Annotated[str | None, argument("[COMMAND]", "A command.", _complete_commands)] = None,
) -> None:
    """Show the help of a command; without COMMAND that of prompt-cli."""
    root = context.find_root()
    if command is None:
        write_drawn(f"{root.get_help()}\n")
    elif isinstance(root.command, TyperGroup):
        name, built, _ = root.command.resolve_command(root, [command])
        if built is not None:
            built.make_context(name, ["--help"], parent=root)
