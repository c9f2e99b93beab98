"""The command ``mv``."""

# Without `from __future__ import annotations`: Typer would evaluate each annotation several times.

from typing import TYPE_CHECKING, Annotated

import typer

from prompt_cli.cli.completion import complete_ids
from prompt_cli.cli.context import manager_of, session_of
from prompt_cli.cli.options import AsJson
from prompt_cli.cli.output import from_here, note, write, write_json

if TYPE_CHECKING:
    from prompt_cli.move import Move
    from prompt_cli.workspace import Workspace


def mv(
    context: typer.Context,
    old: Annotated[
        str,
        typer.Argument(metavar="OLD", help="Prompt id or file.", autocompletion=complete_ids, show_default=False),
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="New id or file.", show_default=False)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the files that would change, and write nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Rename a prompt: its file, the id in it, and every include of it. Pinned versions stay under the old id."""
    from prompt_cli.checking.targets import find_one, new_id

    session = session_of(context)
    project = session.find_project(old)
    old_id, id_after = find_one(old, project), new_id(new, project.directory)

    async def work(workspace: "Workspace") -> None:
        move = await manager_of(workspace).move(old_id, id_after, dry_run=dry_run)
        if as_json:
            write_json({**move._asdict(), "written": not dry_run})
            return
        write("".join(f"{from_here(workspace.registry.path_of(one))}\n" for one in (move.new, *move.includers)))
        _explain(move, dry_run=dry_run, has_history=workspace.has_history)

    session.run("mv", work, project=project, prompt_id=old_id)


def _explain(move: "Move", *, dry_run: bool, has_history: bool) -> None:
    includers = f", and its include in {', '.join(move.includers)}" if move.includers else ""
    note(f"{'would rename' if dry_run else 'renamed'} {move.old} -> {move.new}{includers}")
    if not has_history:
        return
    if move.includers and not dry_run:
        note(f"the text of these prompts changed: `prompt-cli bump {' '.join(move.includers)}`")
    if move.pinned:
        note(f"{', '.join(move.pinned)}: the pins of {move.old} stay; they are read from git history")
    note(f"committed versions stay reachable as {move.old}@VERSION; {move.new} has its own from the next commit on")
