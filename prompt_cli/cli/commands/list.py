"""The command ``list``."""

from typing import Annotated

import typer

from prompt_cli.cli.parameters import AsJson, complete_ids
from prompt_cli.cli.session import Workspace, session_of
from prompt_cli.errors import ExitCode


def list_prompts(
    context: typer.Context,
    pattern: Annotated[
        str | None,
        typer.Argument(
            metavar="[PATTERN]",
            help="Ids to list: 'support/*', or a part of the id.",
            autocompletion=complete_ids,
            show_default=False,
        ),
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", "-t", metavar="TAG", help="Only prompts with this tag; repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the prompts there are."""
    from prompt_cli.cli.listing import Filter, list_matching  # help needs nothing of it

    wanted = Filter(pattern, frozenset(tag or ()))

    async def work(workspace: Workspace) -> ExitCode:
        return await list_matching(workspace, wanted, as_json=as_json)

    raise typer.Exit(session_of(context).run("list", work))
