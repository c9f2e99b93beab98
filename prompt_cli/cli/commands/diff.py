"""The command ``diff``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from prompt_cli.cli.parameters import complete_ids
from prompt_cli.cli.session import Workspace, session_of
from prompt_cli.errors import ExitCode


class DiffFormat(StrEnum):
    """How a comparison is written."""

    TEXT = "text"
    UNIFIED = "unified"
    JSON = "json"
    MARKDOWN = "markdown"


def diff(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID [FROM] [TO]]",
            help="A prompt and two revisions, HEAD and the working tree where not given; or ID@A ID@B. With --against: "
            "the prompts to compare, as ids, patterns or directories; every one that changed where none is given.",
            autocompletion=complete_ids,
            show_default=False,
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="REF",
            help="Compare every prompt that changed since HEAD parted from this commit, and those that include it.",
            show_default=False,
        ),
    ] = None,
    direct: Annotated[bool, typer.Option("--direct", help="With --against: compare with the commit itself.")] = False,
    staged: Annotated[bool, typer.Option("--staged", help="The new side is the index, not the working tree.")] = False,
    output_format: Annotated[
        DiffFormat, typer.Option("--output-format", help="How it is written; markdown is for a pull request.")
    ] = DiffFormat.TEXT,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --output-format json.")] = False,
    rendered: Annotated[
        bool, typer.Option("--rendered", help="Compare what a model would read; with the first example's values.")
    ] = False,
    example: Annotated[
        str | None, typer.Option("--example", metavar="NAME", help="With --rendered: an example's values.")
    ] = None,
    var: Annotated[
        list[str] | None, typer.Option("--var", metavar="NAME=VALUE", help="With --rendered: a variable's value.")
    ] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 where there is a difference.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file.")] = None,
    no_pager: Annotated[bool, typer.Option("--no-pager", help="Never show it page by page.")] = False,
) -> None:
    """Compare prompts: what a change means for those who use them, then the text, word by word."""
    from prompt_cli.cli.comparing import DiffRequest, show_diff, targets  # help needs nothing of it
    from prompt_cli.cli.rendered import Values

    if (example or var) and not rendered:
        raise typer.BadParameter("values are for what is rendered: add --rendered", param_hint="--example, --var")
    values = Values(example, tuple(var or ())) if rendered else None
    request = DiffRequest(
        targets(words or (), against=against, direct=direct, staged=staged),
        DiffFormat.JSON if as_json else output_format,
        values,
        exit_code,
        output,
        paged=not no_pager,
    )

    async def work(workspace: Workspace) -> ExitCode:
        return await show_diff(workspace, request)

    raise typer.Exit(session_of(context).run("diff", work))
