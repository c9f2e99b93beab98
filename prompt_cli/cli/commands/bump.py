"""The command ``bump``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from prompt_cli.cli.context import manager_of, session_of
from prompt_cli.cli.options import AsJson, complete_ids
from prompt_cli.cli.output import note, write, write_json
from prompt_cli.domain.version import Level
from prompt_cli.errors import PromptNotFoundError, format_path
from prompt_cli.reporting.terminal import visible

if TYPE_CHECKING:
    from prompt_cli.bump import Bump, BumpOptions
    from prompt_cli.workspace import Workspace

_COMMIT_DIGITS = 10
_LEVELS = {str(level): level for level in Level if level}


def _complete_words(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield ids, and after a first id or --all also levels, that begin with a text."""
    if context.params.get("words") or context.params.get("everything"):
        yield from (level for level in reversed(_LEVELS) if level.startswith(incomplete))
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
    from prompt_cli.bump import BumpOptions

    ids, level = _parse_words(words or (), everything=everything)
    options = BumpOptions(level, against, force, commit or tag or message is not None, message, tag, dry_run)

    async def work(workspace: Workspace) -> None:
        await _bump(workspace, ids, options, as_json=as_json)

    session_of(context).run("bump", work, prompt_ids=ids)


class _BumpArguments(NamedTuple):
    """The ids of the prompts, None for all; and the level, None for the level that the changes need."""

    ids: tuple[str, ...] | None
    level: Level | None


def _parse_words(words: Sequence[str], *, everything: bool) -> _BumpArguments:
    """Parse ``[ID]... [LEVEL]``; a single word is an id, even if it is the name of a level.

    Raises:
        PromptIdError: A word is not a valid id.
        BadParameter: There is no id, or an id beside --all.
    """
    from prompt_cli.domain.ids import check_id

    level = _LEVELS.get(words[-1]) if words and (everything or len(words) > 1) else None
    ids = words[:-1] if level else words
    if everything and ids:
        raise typer.BadParameter(f"--all is every prompt; leave out {ids[0]!r}, or --all", param_hint="ID")
    if not everything and not ids:
        raise typer.BadParameter("which prompt? Name one, or say --all", param_hint="ID")
    return _BumpArguments(None if everything else tuple(map(check_id, ids)), level)


async def _bump(workspace: Workspace, ids: Sequence[str] | None, options: BumpOptions, *, as_json: bool) -> None:
    notices: tuple[str, ...] = ()
    if options.against is not None:
        from prompt_cli.changes.directories import find_change_directories

        directories = await find_change_directories(workspace, options.against, staged=False)
        workspace, notices = directories.current, directories.notices
        if ids is None and directories.former:
            note(f"not bumped: what is left there; `--directory {directories.former.shown_directory}` bumps it")
    try:
        with _termination_interrupts():
            bumps = await manager_of(workspace).bump_many(ids, options)
    except PromptNotFoundError as error:
        if ids is not None and len(ids) > 1 and error.prompt_id == ids[-1] and not error.near:
            error.advise(f"the levels are {', '.join(reversed(_LEVELS))}; {error.help}")
        raise
    if as_json:
        data = {"schema": 1, "dry_run": options.dry_run, "prompts": [_json(one) for one in bumps]}
        write_json({**data, "notices": notices} if notices else data)
        return
    for one in bumps:
        if one.is_bumped or ids is not None:
            write("".join(f"{visible(line)}\n" for line in _lines(one, dry_run=options.dry_run)))
    if not any(one.is_bumped for one in bumps):
        note("no bump needed")


@contextmanager
def _termination_interrupts() -> Iterator[None]:
    """Handle SIGTERM like Ctrl-C, so that a file whose commit did not finish gets its old version back."""
    import signal

    before = signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _lines(bump: Bump, *, dry_run: bool) -> list[str]:
    if not bump.is_bumped:
        return [f"{bump.prompt_id}: {bump.old} stays{_reason(bump)}"]
    line = f"{bump.prompt_id}: {bump.old} -> {bump.new}"
    if dry_run:
        line += " (nothing was written)"
    elif bump.commit:
        line += f" (commit {bump.commit[:_COMMIT_DIGITS]}{f', tag {bump.tag}' if bump.tag else ''})"
    return [line, *(f"  {change.level}: {change.message}" for change in bump.changes if change.level)]


def _reason(bump: Bump) -> str:
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
