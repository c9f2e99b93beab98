"""The command ``schema``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from prompt_cli.cli.context import session_of
from prompt_cli.cli.options import Output
from prompt_cli.cli.output import write_result
from prompt_cli.log import log

if TYPE_CHECKING:
    from prompt_cli.workspace import Workspace


def schema(context: typer.Context, output: Output = None) -> None:
    """Write the JSON Schema of prompt files, for completion and validation in editors."""

    async def work(_workspace: Workspace) -> None:
        from prompt_cli.domain.schema import prompt_schema
        from prompt_cli.reporting.terminal import json_text

        content = json_text(prompt_schema()).encode()
        log("info", "schema_written", bytes=len(content))
        await write_result(content, output)

    session_of(context).run("schema", work)
