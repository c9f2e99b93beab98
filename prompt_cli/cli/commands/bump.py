"""The command ``bump``."""

from collections.abc import Iterator
from typing import Annotated

import typer

from prompt_cli.cli.parameters import AsJson, complete_ids
from prompt_cli.cli.session import Workspace, session_of


def _complete_words(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield the ids, and once there is what may be raised, the levels, that begin with what is typed."""
    if context.params.get("words") or context.params.get("everything"):
        yield from (level for level in ("major", "minor", "patch") if level.startswith(incomplete))
    yield from complete_ids(context, incomplete)


def bump(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID]... [LEVEL]",
            help="The prompts; and major, minor or patch, or what their changes need where not given.",
            autocompletion=_complete_words,
            show_default=False,
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every prompt, or with --against every one that changed.")
    ] = False,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="REF",
            help="Measure changes since HEAD parted from this commit, not since the version was set.",
            show_default=False,
        ),
    ] = None,
    message: Annotated[
        str | None,
        typer.Option("--message", "-m", metavar="TEXT", help="Commit the files alone, with this message."),
    ] = None,
    commit: Annotated[bool, typer.Option("--commit", help="Commit the files alone, whatever else is staged.")] = False,
    tag: Annotated[bool, typer.Option("--tag", help="Commit, and tag the commit ID@VERSION.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Take a LEVEL lower than what the changes need.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only say what would be done.")] = False,
    as_json: AsJson = False,
) -> None:
    """Raise versions by what changed: one word of each file, and nothing else."""
    from prompt_cli.bump import BumpOptions  # help needs nothing of it
    from prompt_cli.cli.bumping import bump_prompts, chosen

    ids, level = chosen(words or (), everything=everything)
    options = BumpOptions(level, against, force, commit or tag or message is not None, message, tag, dry_run)

    async def work(workspace: Workspace) -> None:
        await bump_prompts(workspace, ids, options, as_json=as_json)

    session_of(context).run("bump", work, prompt_ids=ids)
