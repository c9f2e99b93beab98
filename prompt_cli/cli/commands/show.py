"""The command ``show``."""

import typer

from prompt_cli.cli.parameters import AsJson, Reference
from prompt_cli.cli.session import Workspace, session_of
from prompt_cli.errors import ExitCode


def show(context: typer.Context, reference: Reference, as_json: AsJson = False) -> None:
    """Show a prompt's file, at any revision, byte for byte."""
    from prompt_cli.cli.showing import show_prompt  # help needs nothing of it
    from prompt_cli.domain.revision import parse_reference

    prompt = parse_reference(reference)

    async def work(workspace: Workspace) -> ExitCode:
        return await show_prompt(workspace, prompt, as_json=as_json)

    raise typer.Exit(session_of(context).run("show", work, prompt_id=prompt.id))
