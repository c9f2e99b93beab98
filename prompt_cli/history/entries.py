"""Files as trees and the index have them, and their contents."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from prompt_cli.history.blobs import blob_reader, prefetch
from prompt_cli.history.troubles import Trouble, trouble
from prompt_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from prompt_cli.errors import HistoryError
    from prompt_cli.history.repository import Place


class Entry(NamedTuple):
    """A file as a tree or the index has it: its mode, and the object id of its content."""

    mode: str
    blob: str


async def read_entries(place: Place, label: str, entries: Mapping[str, Entry]) -> dict[str, bytes]:
    """Return the contents of files: one process, however many they are.

    Args:
        place: Where the prompt directory is.
        label: What the state they are in is called.
        entries: The files, by the ids of their prompts.

    Raises:
        HistoryError: A file is a symbolic link or too large; git could not answer.

    Source: git-cat-file(1).
    """
    for one, entry in entries.items():
        if not is_file(entry.mode):
            raise _unfit(one, label, "a symbolic link" if entry.mode == "120000" else "no regular file")
    if not entries:
        return {}
    ids: dict[str, list[str]] = {}
    for one, entry in entries.items():
        ids.setdefault(entry.blob, []).append(one)
    contents: dict[str, bytes] = {}
    await prefetch(place, list(ids))
    async with blob_reader(place.git) as reader:
        async for blob, content in reader.read(list(ids)):
            if content is None:
                raise _unfit(ids[blob][0], label, "too large for a prompt")
            contents |= dict.fromkeys(ids[blob], content)
    return contents


async def files_at(place: Place, commit: str, label: str, paths: Sequence[Path]) -> dict[Path, bytes]:
    """Return the bytes of those files that a commit has: two processes, however many they are.

    Args:
        place: Where the prompt directory is.
        commit: The commit's object id.
        label: What the commit is called.
        paths: Where the files would be in the working tree, absolute.

    Raises:
        HistoryError: A file is a symbolic link or too large; git could not answer.

    Source: git-ls-tree(1), git-cat-file(1).
    """
    top = place.toplevel.resolve()
    inside = {path.relative_to(top).as_posix(): path for path in paths if path.is_relative_to(top)}
    output = await place.git.run("ls-tree", "-z", "--full-tree", commit, "--", *inside) if inside else b""
    entries = {path: Entry(*information.split(" ")[0::2]) for information, path in listed(os.fsdecode(output))}
    contents = await read_entries(place, label, entries)
    return {inside[path]: content for path, content in contents.items() if path in inside}


def listed(output: str) -> Iterator[tuple[str, str]]:
    """Yield what git says of each file, and its path, from what ``ls-tree -z`` or ``ls-files --stage -z`` wrote."""
    for record in output.split("\0"):
        information, tab, path = record.partition("\t")
        if tab:
            yield information, path


def others_of(place: Place, entries: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return what is in the prompt directory and is no prompt, links and submodules included: paths below it, sorted.

    Args:
        place: Where the prompt directory is.
        entries: Modes, and paths below the top of the worktree.
    """
    others = {place.below(path) for mode, path in entries if place.id_of(path) is None or not is_file(mode)}
    return tuple(sorted(path for path in others if path is not None))


def is_file(mode: str) -> bool:
    """Tell whether a mode is a regular file's: no symbolic link, no submodule."""
    return mode.startswith("100")


def _unfit(prompt_id: str, label: str, what: str) -> HistoryError:
    message = f"{prompt_id!r} is {what} in {label}"
    return trouble(Trouble.NO_FILE, message, help="it has to be a regular file of 1 MiB at most", prompt_id=prompt_id)
