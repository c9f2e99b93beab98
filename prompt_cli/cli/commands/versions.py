"""The command ``versions``."""

from typing import Annotated

import typer

from prompt_cli.cli.parameters import AsJson, PromptId
from prompt_cli.cli.session import Workspace, session_of


def versions(
    context: typer.Context,
    prompt_id: PromptId,
    as_json: AsJson = False,
    number: Annotated[
        int | None, typer.Option("--number", "-n", min=1, metavar="N", help="Only the newest N.", show_default=False)
    ] = None,
) -> None:
    """List every version a prompt has had, newest first."""
    from prompt_cli.cli.versioning import Listed, show_versions  # help needs nothing of it
    from prompt_cli.domain.identifiers import check_id

    wanted = Listed(check_id(prompt_id), number, as_json)

    async def work(workspace: Workspace) -> None:
        await show_versions(workspace, wanted)

    session_of(context).run("versions", work, prompt_id=prompt_id)
