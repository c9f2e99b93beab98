"""The command ``schema``."""

from pathlib import Path
from typing import Annotated

import typer

from prompt_cli.cli.session import Workspace, session_of


def schema(
    context: typer.Context,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file.")] = None,
) -> None:
    """Write the JSON Schema of a prompt's file, by which editors complete and check it."""

    async def work(_workspace: Workspace) -> None:
        from prompt_cli.cli.output import write_exactly  # help needs nothing of it
        from prompt_cli.domain.schema import prompt_schema
        from prompt_cli.reporting.terminal import json_text
        from prompt_cli.storage.streams import write_output

        content = json_text(prompt_schema()).encode()
        if output is None:
            write_exactly(content)
        else:
            await write_output(output, content)

    session_of(context).run("schema", work)
