"""HEAD and the index entries of files: by them a transaction tells that people went on since it began."""

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
    """The state of a repository, as far as some files are concerned.

    Attributes:
        head: The object id of HEAD's commit; empty where there is none yet.
        entries: The index entries of the files, each as ``git ls-files --stage`` prints it, in its order.
    """

    head: str
    entries: tuple[str, ...]


OUTSIDE: Final = Checkpoint("", ())
"""The state where there is no repository."""


async def read_checkpoint(directory: Path, paths: Collection[str]) -> Checkpoint | None:
    """Return the state of the repository around a prompt directory; None where git cannot tell.

    Args:
        directory: The prompt directory without links.
        paths: The files, below the prompt directory.

    Source: git-rev-parse(1), git-ls-files(1).
    """
    try:
        state = await Repository(directory, keeps=False).state()
        wanted = {f"{state.location.prefix}{path}" for path in paths}
        listed = await state.location.git.run("ls-files", "--stage", "-z", "--", *state.location.pathspecs(wanted))
    except HistoryError as error:
        return OUTSIDE if error.context.get("reason") is GitProblem.NO_REPOSITORY else None
    lines = os.fsdecode(listed).split("\0")
    return Checkpoint(state.commit or "", tuple(one for one in lines if one.partition("\t")[2] in wanted))
