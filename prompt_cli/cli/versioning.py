"""What ``versions`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.cli.output import note, write_drawn, write_json
from prompt_cli.cli.table import table
from prompt_cli.domain.semver import declared_level
from prompt_cli.errors import PromptNotFoundError
from prompt_cli.history.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_cli.cli.session import Workspace
    from prompt_cli.domain.semver import Level, SemanticVersion
    from prompt_cli.history.store import PromptVersion

_SHORT = 10
"""Digits of an object id that people are shown; git itself takes seven and more as it needs."""


class _Uncommitted(NamedTuple):
    """What the working tree has that no commit has: its version, where it can be read."""

    version: SemanticVersion | None


async def show_versions(workspace: Workspace, prompt_id: str, number: int | None, *, as_json: bool) -> None:
    """List versions."""
    found = await workspace.manager.versions(prompt_id)
    uncommitted = await _uncommitted(workspace, prompt_id)
    shown = found[:number]
    if as_json:
        write_json(_json(prompt_id, shown, uncommitted))
        return
    versions = [str(one.version) for one in found]
    edited = str(uncommitted.version) if uncommitted and uncommitted.version else ""
    rows = [_cells(one, edited) for one in shown]
    if edited and edited not in versions:
        rows.insert(0, (edited, "", "-", "-", "-", "[not committed]"))
    write_drawn(table(("VERSION", "LEVEL", "COMMIT", "DATE", "AUTHOR", "SUBJECT"), rows))
    if uncommitted and not edited:
        note("the working tree's file is broken: `prompt-cli validate` says why")
    if not found:
        note(f"no commit has a valid version of {prompt_id}")


def _level(one: PromptVersion) -> Level | None:
    """Return by how much a version was raised; None for the first one, and where it went down."""
    return None if one.before is None or one.down else declared_level(one.before, one.version)


async def _uncommitted(workspace: Workspace, prompt_id: str) -> _Uncommitted | None:
    standing = (await workspace.manager.version_store.standing([prompt_id]))[prompt_id]
    if standing is Standing.CLEAN:
        return None
    try:
        loaded = await workspace.manager.registry.load(prompt_id)
    except PromptNotFoundError:
        return None  # deleted, and that is not committed
    return _Uncommitted(loaded.prompt.version if loaded.prompt else None)


def _cells(one: PromptVersion, edited: str) -> tuple[str, ...]:
    marks = [
        *([f"[{one.contents} contents under this version]"] if one.contents > 1 else ()),
        *(["[went down]"] if one.down else ()),
        *(["[edited, not committed]"] if edited == str(one.version) else ()),
    ]
    date = one.date.date().isoformat()
    return (
        str(one.version),
        _text(_level(one)) or "",
        one.commit[:_SHORT],
        date,
        one.author,
        " ".join([*marks, one.subject]),
    )


def _text(level: Level | None) -> str | None:
    return None if level is None else str(level)


def _json(prompt_id: str, rows: Sequence[PromptVersion], uncommitted: _Uncommitted | None) -> dict[str, object]:
    working = uncommitted and {"version": uncommitted.version and str(uncommitted.version)}
    return {
        "schema": 1,
        "id": prompt_id,
        "uncommitted": working,
        "versions": [
            {
                "version": str(one.version),
                "level": _text(_level(one)),
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
