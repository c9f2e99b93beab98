"""What is staged, seen before anything heavy is imported: where HEAD and the base are, and how the index differs.

Two processes tell it, side by side. The commit and the differences together say what the whole index holds, by object
ids; so what was found of the same sight before is found again. Where anything is out of the ordinary there is none.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Final

from prompt_cli.history.look import (
    HEAD,
    Look,
    as_commit,
    as_object_id,
    index_of_another,
    looking,
    read_look,
)
from prompt_cli.history.now import started
from prompt_cli.history.process import start_of
from prompt_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from prompt_cli.history.now import StartedGit
    from prompt_cli.history.process import Start

DEFAULT_BASE: Final = "origin/HEAD"
"""The branch that changes go into, where the settings name none."""
RAW: Final = ("-r", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative")
"""The options by which two states are compared file by file."""

_REVISIONS: Final = b"--end-of-options\n"


class Sight(NamedTuple):
    """What is staged, and what it is a change of.

    Attributes:
        start: Where git was started.
        look: What a look at the repository told; its commit is HEAD's.
        base: The name of the base that versions are measured by.
        base_commit: The commit it names; None where it names none.
        differences: What the command of `staged_against` wrote.
    """

    start: Start
    look: Look
    base: str
    base_commit: str | None
    differences: bytes

    @property
    def head(self) -> str:
        """The commit of HEAD."""
        return self.look.commit or ""

    @property
    def commits(self) -> Mapping[str, str | None]:
        """The commits that were looked up, by the expressions that name them."""
        found: dict[str, str | None] = {HEAD: self.head, as_commit(HEAD): self.head}
        # Where a base that people named is none, git is asked again: what it says about that is told them.
        is_told = self.base_commit or self.base == DEFAULT_BASE
        return found | {as_commit(self.base): self.base_commit} if is_told else found


class LookAtStaged:
    """Two processes that look at what is staged below a prompt directory, under way.

    Args:
        directory: The prompt directory.
        base: The name of the base that versions are measured by; where None, the branch that changes go into.
    """

    def __init__(self, directory: Path, base: str | None) -> None:
        self._base = base or DEFAULT_BASE
        self._under_way = ExitStack()
        self._processes: tuple[StartedGit, StartedGit] | None = None
        directory = directory.absolute()
        self._start = start_of(directory)
        with suppress(OSError), ExitStack() as started_here:
            if directory.is_dir():
                looked = started_here.enter_context(started(self._start, *looking(HEAD, "", as_commit(self._base))))
                compared = started_here.enter_context(
                    started(self._start, *staged_against(HEAD), "--", *filter(None, [self._start.prefix]))
                )
                self._processes = looked, compared
                self._under_way = started_here.pop_all()

    def finish(self) -> Sight | None:
        """Wait until they end by themselves; once.

        Returns:
            What is seen; None where nothing is committed, HEAD's history is not all there or not what was committed, a
            file is in a merge conflict, or git cannot say. Whoever asks the event loop's way then is told what it is.
        """
        if self._processes is None:
            return None
        looked, compared = self._processes
        try:
            with self._under_way:
                status, differences = compared.finish()
                look, base_commit = _read_looks(self._start, *looked.finish())
        except OSError:
            return None
        if status or look is None or look.commit is None or look.shallow or look.replaced or has_conflicts(differences):
            return None
        # Each worktree has an index of its own: one that is named may be another repository's.
        if "GIT_INDEX_FILE" in os.environ and index_of_another(look):
            return None
        return Sight(self._start, look, self._base, base_commit, differences)

    def close(self) -> None:
        """Wait for their end, where nobody did."""
        self._under_way.close()


def staged_against(commit: str) -> tuple[str, ...]:
    """Return the command that tells how the index differs from a commit, in every file that would be committed.

    An entry that only announces a file (`git add --intent-to-add`) would not be. Together with the commit, what it says
    tells all of the index, but for files in a merge conflict.

    Source: git-diff-index(1), "Raw output format".
    """
    return ("diff-index", "--cached", "--ita-invisible-in-index", *RAW, "--ignore-submodules=none", commit)


def has_conflicts(output: bytes) -> bool:
    """Tell whether what the command of `staged_against` wrote names a file in a merge conflict."""
    return any(information.endswith(b" U") for information in output.split(b"\0")[::2])


def _read_looks(start: Start, status: int, output: bytes) -> tuple[Look | None, str | None]:
    """Return what a look at HEAD told, and the second commit it was asked for."""
    before, mark, named = output.rpartition(_REVISIONS)
    first, _, second = named.decode("ascii", "replace").partition("\n")
    look = read_look(start, 0, before + mark + first.encode())
    return look, as_object_id(second.removesuffix("\n")) if not status else None
