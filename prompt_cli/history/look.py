"""One look at a repository: what one ``git rev-parse`` is asked, and what it answers."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.history.process import index_is_foreign
from prompt_cli.history.troubles import no_repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.history.process import Start

HEAD: Final = "HEAD"

_OBJECT_ID: Final = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"
# rev-parse passes on options it does not know: a line with one of ours parts its answers, which may hold newlines.
_PART: Final = "--prompt-cli-part"
_PLACE: Final = ("--show-toplevel", "--git-dir", "--git-common-dir")
_PARTS: Final = 7


class Look(NamedTuple):
    """What a look told.

    Attributes:
        toplevel: The top of the worktree; an option's name where this git is too old to know it.
        git_dir: The worktree's git directory.
        common_dir: The git directory that all worktrees share.
        prefix: The prompt directory's path below the top, with ``/`` at its end; empty where it is the top.
        commit: The object id that the revision names; None where it names none, or several.
        shallow: Whether commits are missing, beyond a boundary.
        replaced: Whether replace refs or grafts show another history than the one committed.
        named: Whether a branch or a tag has the name that was asked about.
    """

    toplevel: str
    git_dir: str
    common_dir: str
    prefix: str
    commit: str | None
    shallow: bool
    replaced: bool
    named: bool


def environment_in(look: Look, environment: dict[str, str]) -> dict[str, str]:
    """Return the environment for the repository that was found: it is named, and without the index of another one."""
    foreign = index_of_another(look)
    kept = {name: value for name, value in environment.items() if not (foreign and name == "GIT_INDEX_FILE")}
    return {**kept, "GIT_DIR": look.git_dir, "GIT_WORK_TREE": look.toplevel}


def as_commit(name: str) -> str:
    """Return the expression by which rev-parse finds the commit that a name stands for.

    A tag is followed to its commit; ``:/text`` takes all that follows for its text, and always is a commit.

    Source: gitrevisions(7).
    """
    return name if name.startswith(":/") else f"{name}^{{commit}}"


def looking(revision: str, name: str = "") -> tuple[str, ...]:
    """Return the command that looks at a repository.

    Args:
        revision: What should name one object, in the words of gitrevisions(7).
        name: The name to look for among the branches and tags.

    Source: git-rev-parse(1).
    """
    place = [part for question in _PLACE for part in (question, _PART)]
    # A pattern with a bracket matches the whole name; without one, rev-parse takes it for a directory of names.
    pattern = f"{name[:-1]}[{name[-1]}]" if name and not set(name) & set("*?[]\\^~") else ""
    named = (f"--branches={pattern}", f"--tags={pattern}") if pattern else ()
    return (
        "rev-parse",
        "--path-format=absolute",
        *place,
        "--is-shallow-repository",
        _PART,
        "--glob=refs/replace/*",
        _PART,
        *named,
        _PART,
        "--end-of-options",
        revision,
    )


def read_look(start: Start, status: int, output: bytes) -> Look | None:
    """Return what a look told; None where git could not look.

    Raises:
        HistoryError: Git found another repository than was meant: ``.git`` is broken, or another working tree's.
    """
    parts = list(_parted(os.fsdecode(output)))
    if len(parts) != _PARTS:
        return None
    top, git_dir, common, shallow, replaced, named, commit = parts
    if not top.startswith("--") and (Path(os.path.realpath(top)) != start.directory or git_dir == top):
        raise no_repository()
    commit = commit.removeprefix("--end-of-options\n")
    return Look(
        toplevel=top,
        git_dir=git_dir,
        common_dir=common,
        prefix=start.prefix,
        commit=None if status else as_object_id(commit),
        shallow=shallow == "true",
        replaced=bool(replaced) or (Path(common) / "info" / "grafts").exists(),
        named=bool(named),
    )


def as_object_id(text: str) -> str | None:
    """Return a text that is an object id; None where it is none."""
    return text if re.fullmatch(_OBJECT_ID, text) else None


def index_of_another(look: Look) -> bool:
    """Tell whether the index that ``GIT_INDEX_FILE`` names is another repository's than the one that was found."""
    return index_is_foreign(look.git_dir)


def _parted(text: str) -> Iterator[str]:
    part: list[str] = []
    for line in text.removesuffix("\n").split("\n"):
        if line == _PART:
            yield "\n".join(part)
            part = []
        else:
            part.append(line)
    yield "\n".join(part)
