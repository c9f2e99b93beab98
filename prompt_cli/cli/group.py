"""The group of all commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from prompt_cli.cli.catalogue import COMMANDS
from prompt_cli.cli.parameters import examples
from prompt_cli.cli.session import PromptCommand, common_options

if TYPE_CHECKING:
    from prompt_cli.cli.catalogue import Command

CONTEXT = {"help_option_names": ["--help", "-h"], "max_content_width": 100}
"""What help looks like, of the group and of each command."""


class PromptGroup(TyperGroup):
    """The group of all commands, which takes the common options before a command's name.

    Typer would read the parameters of every command at each start, which takes longer than all else a command does
    when it answers from a cache: the commands it lists here have a name and help, and only the one that is called is
    made.
    """

    def __init__(self, *args: Any, params: list[Any] | None = None, **kwargs: Any) -> None:  # noqa: ANN401 - Typer's own
        super().__init__(*args, params=[*(params or ()), *common_options()], **kwargs)
        for command in COMMANDS:
            self.add_command(TyperCommand(command.name, short_help=command.job))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:  # noqa: ANN401 - the same
        """Return the command that the arguments name, made, and the arguments that are left."""
        name, listed, rest = super().resolve_command(ctx, args)
        made = [_made(command) for command in COMMANDS if command.name == name]
        return name, made[0] if made else listed, rest


def _made(command: Command) -> object:
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=CONTEXT)
    register = alone.command(command.name, cls=PromptCommand, epilog=examples(*command.examples))
    register(command.run())
    return typer.main.get_command(alone)
