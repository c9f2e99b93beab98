"""The command ``mv``."""

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from prompt_cli.cli.completion import complete_ids
from prompt_cli.cli.context import manager_of, session_of
from prompt_cli.cli.options import AsJson, argument
from prompt_cli.cli.output import from_here, note, write, write_json
from prompt_cli.errors import HistoryError

if TYPE_CHECKING:
    from prompt_cli.move import Move
    from prompt_cli.workspace import Workspace


def mv(
    context: typer.Context,
    old: Annotated[str, argument("OLD", "Prompt id or file.", complete_ids)],
    new: Annotated[str, argument("NEW", "New id or file.")],
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
        _explain(move, await _committed(workspace, [move.old, *move.includers]), dry_run=dry_run)

    session.run("mv", work, project=project, prompt_id=old_id)


async def _committed(workspace: "Workspace", prompt_ids: Sequence[str]) -> Container[str]:
    """Return the prompts that HEAD has; all if git cannot tell."""
    from prompt_cli.history.errors import NO_HISTORY

    try:
        head = await workspace.change_store("mv").tip("HEAD")
        return await head.read_many(prompt_ids)
    except HistoryError as error:
        return () if error.reason in NO_HISTORY else prompt_ids


def _explain(move: "Move", committed: Container[str], *, dry_run: bool) -> None:
    includers = f", and its include in {', '.join(move.includers)}" if move.includers else ""
    note(f"{'would rename' if dry_run else 'renamed'} {move.old} -> {move.new}{includers}")
    changed = [one for one in move.includers if one in committed]
    if changed and not dry_run:
        note(f"the text of these prompts changed: `prompt-cli bump {' '.join(changed)}`")
    has_versions = move.old in committed
    if move.pinned:
        source = "they are read from git history" if has_versions else f"no version of {move.old} is committed"
        note(f"{', '.join(move.pinned)}: the pins of {move.old} stay; {source}")
    if has_versions:
        note(f"committed versions stay reachable as {move.old}@VERSION; {move.new} has its own from the next commit on")
