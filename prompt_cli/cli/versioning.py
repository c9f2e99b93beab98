"""What ``versions`` does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.cli.output import note, write_drawn, write_json
from prompt_cli.cli.table import table
from prompt_cli.domain.version import declared_level
from prompt_cli.errors import PromptNotFoundError
from prompt_cli.history.status import FileStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_cli.cli.session import Workspace
    from prompt_cli.domain.version import SemanticVersion
    from prompt_cli.history.protocol import PromptVersion

_SHORT = 10
"""Digits of an object id that people are shown; git itself takes seven and more as it needs."""


class _Uncommitted(NamedTuple):
    """What the working tree has that no commit has: its version, where it can be read."""

    version: SemanticVersion | None


class Listed(NamedTuple):
    """How versions are to be listed: of which prompt, how many, and whether as JSON."""

    prompt_id: str
    number: int | None
    as_json: bool


async def show_versions(workspace: Workspace, wanted: Listed) -> None:
    """List versions."""
    listed = workspace.version_store.versions(wanted.prompt_id)
    # Both to their ends, whatever happens: a process that is only just started could not be ended cleanly.
    found, uncommitted = await asyncio.gather(listed, _uncommitted(workspace, wanted.prompt_id), return_exceptions=True)
    if isinstance(found, BaseException):
        raise found
    if isinstance(uncommitted, BaseException):
        raise uncommitted
    _show(found, wanted, uncommitted)


def _show(found: Sequence[PromptVersion], wanted: Listed, uncommitted: _Uncommitted | None) -> None:
    shown = found[: wanted.number]
    if wanted.as_json:
        write_json(_json(wanted.prompt_id, shown, uncommitted))
        return
    edited = str(uncommitted.version) if uncommitted and uncommitted.version else ""
    rows = [_cells(one, edited) for one in shown]
    if edited and all(str(one.version) != edited for one in found):
        rows.insert(0, (edited, "", "-", "-", "-", "[not committed]"))
    write_drawn(table(("VERSION", "LEVEL", "COMMIT", "DATE", "AUTHOR", "SUBJECT"), rows))
    if uncommitted and not edited:
        note("the working tree's file is broken: `prompt-cli validate` says why")
    if not found:
        note(f"no commit has a valid version of {wanted.prompt_id}")


async def _uncommitted(workspace: Workspace, prompt_id: str) -> _Uncommitted | None:
    status = (await workspace.version_store.statuses([prompt_id]))[prompt_id]
    if status is FileStatus.CLEAN:
        return None
    try:
        loaded = await workspace.manager.registry.load(prompt_id)
    except PromptNotFoundError:
        return None  # deleted, and that is not committed
    return _Uncommitted(loaded.prompt.version if loaded.prompt else None)


def _level(one: PromptVersion) -> str:
    return "" if one.before is None or one.down else str(declared_level(one.before, one.version) or "")


def _cells(one: PromptVersion, edited: str) -> tuple[str, ...]:
    version = str(one.version)
    marks = (
        f"[{one.contents} contents under this version] " if one.contents > 1 else "",
        "[went down] " if one.down else "",
        "[edited, not committed] " if edited == version else "",
    )
    subject = "".join(marks) + one.subject
    return version, _level(one), one.commit[:_SHORT], str(one.date.date()), one.author, subject


def _json(prompt_id: str, rows: Sequence[PromptVersion], uncommitted: _Uncommitted | None) -> dict[str, object]:
    working = uncommitted and {"version": uncommitted.version and str(uncommitted.version)}
    return {
        "schema": 1,
        "id": prompt_id,
        "uncommitted": working,
        "versions": [
            {
                "version": str(one.version),
                "level": _level(one) or None,
                "down": one.down,
                "commit": one.commit,
                "date": one.date.isoformat(),
                "author": one.author,
                "subject": one.subject,
                "contents": one.contents,
            }
            for one in rows
        ],
    }
