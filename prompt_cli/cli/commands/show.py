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
    from prompt_cli.domain.revision import PromptReference
    from prompt_cli.workspace import Workspace


def show(context: typer.Context, reference: Reference, as_json: AsJson = False) -> None:
    """Show a prompt's file, at any revision, byte for byte."""
    from prompt_cli.domain.revision import parse_reference

    prompt = parse_reference(reference)

    async def work(workspace: Workspace) -> ExitCode:
        return await _show(workspace, prompt, as_json=as_json)

    raise typer.Exit(session_of(context).run("show", work, prompt_id=prompt.id))


async def _show(workspace: Workspace, reference: PromptReference, *, as_json: bool) -> ExitCode:
    """Show a prompt; an invalid one is shown too, with status 1."""
    loaded = await workspace.load(*reference)
    size = len(loaded.content)
    log("info", "prompt_shown", prompt_id=loaded.id, revision=str(reference.revision), bytes=size)
    if as_json:
        data = loaded.checked().to_data()
        write_json({"path": loaded.path, "revision": str(reference.revision), "prompt": data})
        return ExitCode.DONE
    write_highlighted(loaded.content, "yaml" if sys.stdout.isatty() else "")  # a file gets no colors, asked for or not
    try:
        loaded.checked()
    except PromptFormatError as error:
        write_failure(error)
        return error.exit_code
    return ExitCode.DONE
