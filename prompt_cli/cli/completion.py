"""Completing prompt ids: a walk of the directory, and nothing read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prompt_cli.errors import PromptManagerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import typer


def ids_below(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield the ids that begin with a text; none where there is no project, for a shell has no use for errors."""
    from prompt_cli.cli.session import session_of
    from prompt_cli.storage.project import find_project
    from prompt_cli.storage.scan import walk

    try:
        directory = find_project(Path.cwd(), session_of(context).directory).directory
        ids = walk(str(directory), incomplete).ids
        yield from (prompt_id for prompt_id in ids if prompt_id.startswith(incomplete))
    except (PromptManagerError, OSError):
        return
