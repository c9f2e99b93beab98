"""Checkpoint of a repository: HEAD and index entries, by which a transaction detects later changes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.errors import HistoryError
from prompt_cli.history.errors import GitProblem
from prompt_cli.history.repository import Repository

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


class Checkpoint(NamedTuple):
    """HEAD and the index entries of some files.

    Attributes:
        head: The object id of HEAD's commit; empty before the first commit.
        entries: The index entries of the files, as ``git ls-files --stage`` prints them.
    """

    head: str
    entries: tuple[str, ...]


OUTSIDE: Final = Checkpoint("", ())
"""The checkpoint outside a repository."""


async def read_checkpoint(directory: Path, paths: Collection[str]) -> Checkpoint | None:
    """Return the checkpoint of the repository around a prompt directory; None if git fails.

    Args:
        directory: The prompt directory without links.
        paths: The files, below the prompt directory.

    Source: git-rev-parse(1), git-ls-files(1).
    """
    try:
        state = await Repository(directory).state()
        files = {f"{state.location.prefix}{path}" for path in paths}
        output = await state.location.git.run("ls-files", "--stage", "-z", "--", *state.location.pathspecs(files))
    except HistoryError as error:
        return OUTSIDE if error.reason is GitProblem.NO_REPOSITORY else None
    entries = os.fsdecode(output).split("\0")
    return Checkpoint(state.commit or "", tuple(entry for entry in entries if entry.partition("\t")[2] in files))
