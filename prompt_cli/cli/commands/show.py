"""The command ``show``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from prompt_cli.cli.context import session_of
from prompt_cli.cli.options import AsJson, Reference
from prompt_cli.cli.output import write_failure, write_highlighted, write_json
from prompt_cli.errors import ExitCode, PromptFormatError
from prompt_cli.log import log

if TYPE_CHECKING:
    from prompt_cli.workspace import Workspace


def show(context: typer.Context, reference: Reference, as_json: AsJson = False) -> None:
    """Show a prompt's file, at any revision, byte for byte."""
    from prompt_cli.checking.targets import find_prompt

    session = session_of(context)
    project = session.find_project(reference)
    prompt = find_prompt(reference, project)

    async def work(workspace: Workspace) -> ExitCode:
        loaded, revision = await workspace.load(*prompt), str(prompt.revision)
        log("info", "prompt_shown", prompt_id=loaded.id, revision=revision, bytes=len(loaded.content))
        if as_json:
            write_json({"path": loaded.path, "revision": revision, "prompt": loaded.checked().to_data()})
            return ExitCode.DONE
        # A file gets no colors, asked for or not.
        write_highlighted(loaded.content, "yaml" if sys.stdout.isatty() else "")
        try:
            loaded.checked()
        except PromptFormatError as error:  # an invalid prompt is shown too
            write_failure(error)
            return error.exit_code
        return ExitCode.DONE

    raise typer.Exit(session.run("show", work, project=project, prompt_id=prompt.id))
