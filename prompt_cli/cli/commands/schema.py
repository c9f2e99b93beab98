"""The command ``schema``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prompt_cli.cli.completion import complete_references
from prompt_cli.cli.context import session_of
from prompt_cli.cli.options import Output, argument
from prompt_cli.cli.output import write_result
from prompt_cli.errors import PromptFormatError
from prompt_cli.log import log
from prompt_cli.reporting.terminal import json_text

if TYPE_CHECKING:
    from prompt_cli.workspace import Workspace


def schema(
    context: typer.Context,
    reference: Annotated[
        str | None,
        argument(
            "[ID[@REVISION]]", "Write the schema of this prompt's answer (its output) instead.", complete_references
        ),
    ] = None,
    output: Output = None,
) -> None:
    """Write the JSON Schema of prompt files, for editors; of a prompt, that of its answer."""
    from prompt_cli.checking.targets import find_prompt

    session = session_of(context)
    project = session.find_projects([])[0][0] if reference is None else session.find_project(reference)
    prompt = None if reference is None else find_prompt(reference, project)

    async def work(workspace: Workspace) -> None:
        from prompt_cli.domain.prompt import output_schema, prompt_schema

        if prompt is None:
            document = prompt_schema()
        elif (answer := (await workspace.load(*prompt)).checked().output) is not None:
            document = output_schema(answer)
        else:
            raise PromptFormatError(f"{prompt.id} has no output", help="describe the answer under 'output'")
        content = json_text(document).encode()
        log("info", "schema_written", bytes=len(content))
        await write_result(content, output)

    session.run("schema", work, project=project, prompt_id=prompt.id if prompt else None)
