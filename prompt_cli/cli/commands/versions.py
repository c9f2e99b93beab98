"""The command ``versions``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from prompt_cli.cli.completion import complete_ids
from prompt_cli.cli.context import session_of
from prompt_cli.cli.options import AsJson, argument
from prompt_cli.cli.output import note, write_json, write_table
from prompt_cli.domain.version import declared_level
from prompt_cli.errors import PromptNotFoundError
from prompt_cli.log import log

if TYPE_CHECKING:
    from prompt_cli.history.protocol import PromptVersion
    from prompt_cli.workspace import Workspace

_COMMIT_DIGITS = 10


def versions(
    context: typer.Context,
    target: Annotated[str, argument("TARGET", "Prompt id or file.", complete_ids)],
    as_json: AsJson = False,
    number: Annotated[
        int | None, typer.Option("--number", "-n", min=1, metavar="N", help="Only the newest N.", show_default=False)
    ] = None,
) -> None:
    """List the versions of a prompt, newest first."""
    from prompt_cli.checking.targets import find_one

    session = session_of(context)
    project = session.find_project(target)
    prompt_id = find_one(target, project)
    list_versions = partial(_list_versions, prompt_id=prompt_id, number=number, as_json=as_json)
    session.run("versions", list_versions, project=project, prompt_id=prompt_id)


async def _list_versions(workspace: Workspace, *, prompt_id: str, number: int | None, as_json: bool) -> None:
    import asyncio

    # Await both even if one fails: a git process that has just started cannot be ended cleanly.
    history, uncommitted = await asyncio.gather(
        workspace.version_store.versions(prompt_id), _uncommitted(workspace, prompt_id), return_exceptions=True
    )
    if isinstance(history, BaseException):
        raise history
    if isinstance(uncommitted, BaseException):
        raise uncommitted
    log("info", "versions_listed", prompt_id=prompt_id, versions=len(history))
    if as_json:
        data = {"id": prompt_id, "uncommitted": uncommitted, "versions": list(map(_json, history[:number]))}
        write_json(data)
        return
    edited = (uncommitted and uncommitted["version"]) or ""
    rows = [_cells(one, edited) for one in history[:number]]
    if edited and all(str(one.version) != edited for one in history):
        rows.insert(0, (edited, "", "-", "-", "-", "[not committed]"))
    write_table(("VERSION", "LEVEL", "COMMIT", "DATE", "AUTHOR", "SUBJECT"), rows, shortened="AUTHOR")
    if uncommitted and not edited:
        note("the file in the working tree is broken: run `prompt-cli validate`")
    if not history:
        note(f"no commit has a valid version of {prompt_id}")


async def _uncommitted(workspace: Workspace, prompt_id: str) -> dict[str, str | None] | None:
    """Return the version of a file with an uncommitted change, None if the file is invalid; None for a clean file."""
    from prompt_cli.history.diff import FileStatus

    status = (await workspace.change_store("read the status of files").statuses([prompt_id]))[prompt_id]
    if status is FileStatus.CLEAN:
        return None
    try:
        loaded = await workspace.registry.load(prompt_id)
    except PromptNotFoundError:
        return None  # an uncommitted deletion
    return {"version": str(loaded.prompt.version) if loaded.prompt else None}


def _cells(one: PromptVersion, edited: str) -> tuple[str, ...]:
    version = str(one.version)
    marks = (
        f"[{one.contents} contents with this version] " if one.contents > 1 else "",
        "[went down] " if one.down else "",
        "[edited, not committed] " if edited == version else "",
    )
    subject = "".join(marks) + one.subject
    return version, _level(one), one.commit[:_COMMIT_DIGITS], str(one.date.date()), one.author, subject


def _level(one: PromptVersion) -> str:
    return "" if one.before is None or one.down else str(declared_level(one.before, one.version) or "")


def _json(one: PromptVersion) -> dict[str, object]:
    return {
        "version": str(one.version),
        "level": _level(one) or None,
        "down": one.down,
        "commit": one.commit,
        "date": one.date.isoformat(),
        "author": one.author,
        "subject": one.subject,
        "contents": one.contents,
    }
