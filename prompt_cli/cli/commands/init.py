"""The command ``init``."""

import typer

from prompt_cli.cli.session import session_of


def init(context: typer.Context) -> None:
    """Make a prompt directory with an example, and show the snippets for hooks and CI. Nothing is overwritten."""
    from prompt_cli.cli.starting import start  # help needs nothing of it

    session_of(context).run("init", start)
