"""The application."""

from __future__ import annotations

from typing import Annotated

import typer

from prompt_cli.cli.group import CONTEXT, PromptGroup
from prompt_cli.cli.parameters import examples
from prompt_cli.errors import ExitCode

app = typer.Typer(
    name="prompt-cli",
    cls=PromptGroup,
    help="Prompts as code: YAML files in git, checked, rendered and versioned.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=CONTEXT,
)


def _show_version(value: bool) -> None:
    if value:
        from prompt_cli import __version__  # needed on this path alone
        from prompt_cli.cli.output import write

        write(f"prompt-cli {__version__}\n")
        raise typer.Exit


@app.callback(
    invoke_without_command=True,
    epilog=examples("prompt-cli list", "prompt-cli render support/triage --example 'two tickets'"),
)
def root(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", "-V", is_eager=True, callback=_show_version, help="Show the version.")
    ] = False,
) -> None:
    """Prompts as code: YAML files in git, checked, rendered and versioned."""
    if context.invoked_subcommand is None:
        from prompt_cli.cli.output import note

        note(context.get_help())
        raise typer.Exit(ExitCode.USAGE)
