"""What follows from the contents of files, found out once for each content and kept by its object id."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from prompt_cli.history.entries import read_entries
from prompt_cli.history.kept import KeptFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from prompt_cli.history.entries import Entry
    from prompt_cli.history.repository import Place

_SCHEMA: Final = 1


async def derived(
    place: Place, label: str, kind: str, entries: Mapping[str, Entry], derive: Callable[[bytes], str]
) -> dict[str, str]:
    """Return what follows from the content of each file, by the prompt's id.

    Args:
        place: Where the prompt directory is.
        label: What the state the files are in is called.
        kind: What is derived, as a name for where it is kept.
        entries: The files, by the ids of their prompts.
        derive: Derives a line of text from a content.

    Raises:
        HistoryError: A file is a symbolic link or too large; git could not answer.
    """
    keeps = place.keeps and not await asyncio.to_thread(_has_replacements, place)
    files = KeptFiles(place.common_dir, kind, _SCHEMA) if keeps else None
    known = {} if files is None else _read(await asyncio.to_thread(files.load, place.prefix))
    new = {one: entry for one, entry in entries.items() if entry.blob not in known}
    contents = await read_entries(place, label, new)
    known.update((new[one].blob, derive(content)) for one, content in contents.items())
    found = {one: known[entry.blob] for one, entry in entries.items()}
    if new and files:
        # Those of this state alone: what is kept does not grow with history.
        lines = dict.fromkeys(f"{entry.blob} {found[one]}" for one, entry in entries.items())
        await asyncio.to_thread(files.save, {place.prefix: "\n".join(lines).encode("utf-8")})
    return found


def _read(body: bytes | None) -> dict[str, str]:
    lines = (body or b"").decode("utf-8", "replace").split("\n")
    return {blob: text for blob, space, text in (line.partition(" ") for line in lines) if space}


def _has_replacements(place: Place) -> bool:
    """Tell whether git may show another content for an object id than the one it is the hash of.

    Source: git-replace(1); gitrepository-layout(5).
    """
    common = place.common_dir
    if (common / "refs" / "replace").exists() or (common / "reftable").exists():
        return True
    try:
        return b" refs/replace/" in (common / "packed-refs").read_bytes()
    except FileNotFoundError:
        return False
