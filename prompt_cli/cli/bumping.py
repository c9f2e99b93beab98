"""What ``bump`` does."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import typer

from prompt_cli.cli.output import note, write, write_json
from prompt_cli.domain.ids import check_id
from prompt_cli.domain.version import Level
from prompt_cli.errors import PromptNotFoundError, format_path
from prompt_cli.reporting.terminal import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prompt_cli.bump import Bump, BumpOptions
    from prompt_cli.cli.session import Workspace

_SHORT = 10
_LEVELS = {str(level): level for level in Level if level}


class BumpArguments(NamedTuple):
    """The prompts, all where None, and the level, what is needed where None."""

    ids: tuple[str, ...] | None
    level: Level | None


def chosen(words: Sequence[str], *, everything: bool) -> BumpArguments:
    """Read ``[ID]... [LEVEL]``: the last word is a level where it is one's name, and not the only one.

    Raises:
        PromptIdError: A word is no id.
        BadParameter: There is no prompt, or ids beside --all.
    """
    level = _LEVELS.get(words[-1]) if words and (everything or len(words) > 1) else None
    ids = words[:-1] if level else words
    if everything and ids:
        raise typer.BadParameter(f"--all is every prompt; leave out {ids[0]!r}, or --all", param_hint="ID")
    if not everything and not ids:
        raise typer.BadParameter("which prompt? Name one, or say --all", param_hint="ID")
    return BumpArguments(None if everything else tuple(map(check_id, ids)), level)


async def bump_prompts(workspace: Workspace, ids: Sequence[str] | None, options: BumpOptions, *, as_json: bool) -> None:
    """Raise versions, and say from what to what."""
    notices: tuple[str, ...] = ()
    if options.against is not None:
        from prompt_cli.cli.judged import judged_directories  # few measure by a commit

        judged = await judged_directories(workspace, options.against, staged=False)
        workspace, notices = judged.directory, judged.notices
        if ids is None and judged.former:
            note(f"not bumped: what is left there; `--directory {judged.former.shown_directory}` bumps it")
    try:
        with _termination_cancels():
            done = await workspace.manager.bump_many(ids, options)
    except PromptNotFoundError as error:
        if ids is not None and len(ids) > 1 and error.prompt_id == ids[-1] and not error.near:
            error.context["help"] = f"the levels are {', '.join(reversed(_LEVELS))}; {error.help}"
        raise
    if as_json:
        data = {"schema": 1, "dry_run": options.dry_run, "prompts": [_json(one) for one in done]}
        write_json({**data, "notices": notices} if notices else data)
        return
    for one in done:
        if one.raised or ids is not None:
            write("".join(f"{visible(line)}\n" for line in _lines(one, dry_run=options.dry_run)))
    if not any(one.raised for one in done):
        note("nothing has to be raised")


@contextmanager
def _termination_cancels() -> Iterator[None]:
    """Let a termination do what Ctrl-C does: a file whose version could not be committed gets the old one back."""
    before = signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _lines(bump: Bump, *, dry_run: bool) -> list[str]:
    if not bump.raised:
        return [f"{bump.prompt_id}: {bump.old} stays{_why(bump)}"]
    said = f"{bump.prompt_id}: {bump.old} -> {bump.new}"
    if dry_run:
        said += " (nothing was written)"
    elif bump.commit:
        said += f" (commit {bump.commit[:_SHORT]}{f', tag {bump.tag}' if bump.tag else ''})"
    return [said, *(f"  {change.level}: {change.message}" for change in bump.changes if change.level)]


def _why(bump: Bump) -> str:
    if bump.level is None:
        return ": it was never committed"
    return ": it is high enough" if bump.level else ": no change needs more"


def _json(bump: Bump) -> dict[str, object]:
    return {
        "id": bump.prompt_id,
        "path": bump.path,
        "from": str(bump.old),
        "to": str(bump.new),
        "level": None if bump.level is None else str(bump.level),
        "commit": bump.commit,
        "tag": bump.tag,
        "changes": [
            {
                "kind": one.kind,
                "level": str(one.level),
                "path": format_path(one.path),
                "old": one.old,
                "new": one.new,
                "message": one.message,
            }
            for one in bump.changes
        ],
    }
