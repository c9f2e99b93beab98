"""The command ``create``."""

from enum import StrEnum
from typing import Annotated

import typer

from prompt_cli.cli.session import Workspace, session_of


class FormatName(StrEnum):
    """What a prompt is for."""

    TEXT = "text"
    CHAT = "chat"
    COMPLETION = "completion"
    INSTRUCTION = "instruction"


def create(
    context: typer.Context,
    prompt_id: Annotated[str, typer.Argument(metavar="ID", help="The new prompt's id.", show_default=False)],
    source: Annotated[
        str | None, typer.Argument(metavar="[-]", help="- reads the template from standard input.", show_default=False)
    ] = None,
    prompt_format: Annotated[FormatName, typer.Option("--format", "-f", help="What it is for.")] = FormatName.TEXT,
    template: Annotated[
        str | None, typer.Option("--template", metavar="TEXT", help="The template; of a chat, the user's message.")
    ] = None,
    from_file: Annotated[
        str | None, typer.Option("--from-file", metavar="FILE|-", help="Read the template from a file.")
    ] = None,
    description: Annotated[
        str | None, typer.Option("--description", "-d", metavar="TEXT", help="What it does.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", "-t", metavar="TAG", help="A tag; repeatable.")] = None,
    var: Annotated[
        list[str] | None,
        typer.Option(
            "--var", metavar="NAME[:TYPE][=DEFAULT]", help="A variable; those in the template are declared anyway."
        ),
    ] = None,
    edit: Annotated[bool, typer.Option("--edit", "-e", help="Open the file in $VISUAL or $EDITOR first.")] = False,
) -> None:
    """Create a prompt. The variables its template uses are declared; nothing that exists is overwritten."""
    from prompt_cli.cli.creating import Draft, create_prompt  # help needs nothing of it

    if source not in {None, "-"}:
        raise typer.BadParameter(f"{source!r} is not -", param_hint="[-]")
    if sum(one is not None for one in (source, template, from_file)) > 1:
        raise typer.BadParameter("give one of --template, --from-file and -", param_hint="--template")
    draft = Draft(
        prompt_id, prompt_format.value, template, source or from_file, description, tuple(tag or ()), tuple(var or ())
    )

    async def work(workspace: Workspace) -> None:
        await create_prompt(workspace, draft, edit=edit)

    session_of(context).run("create", work, prompt_id=prompt_id)
