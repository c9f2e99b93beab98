"""Revisions: commits by name, merge bases, and notices about ambiguous names."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from prompt_cli.domain.ids import near_names
from prompt_cli.history.errors import SHALLOW_HELP, GitProblem, fatal_line, git_failed, history_error, shallow
from prompt_cli.history.repository import HEAD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_cli.errors import HistoryError
    from prompt_cli.history.repository import RepositoryLocation, RepositoryState


def other_name(prompt_id: str, name: str) -> str:
    """Return the hint for a branch or tag whose name is also a version."""
    return f"the branch or tag of that name is {prompt_id}@ref:{name}"


def read_as_version(prompt_id: str, name: str) -> str:
    """Return the notice that a text was read as a version although a branch or tag has the same name."""
    return f"{name} was read as a version; {other_name(prompt_id, name)}"


_NO_BASE: Final = 1
_AMBIGUOUS: Final = r"short (?:object ID|SHA1) \S+ is ambiguous"
_CANDIDATE: Final = r"(?m)^hint: +(?P<candidate>[0-9a-f]+ commit .*)$"
# A shallow clone may lack the commit of an object id or of a path to older commits.
_MAY_BE_CUT: Final = r".*[~^@:].*|[0-9a-f]{4,64}"
_UNKNOWN: Final = (
    r"ambiguous argument|Needed a single revision|unknown revision|does not exist in|must come before non-option"
)
_NO_COMMIT: Final = r"expected commit type, but the object dereferences to (?P<kind>\w+) type"


async def unknown_revision(state: RepositoryState, name: str, versions: Sequence[object]) -> HistoryError:
    """Return the error for a name that does not resolve to a commit, with the prompt's versions, highest first.

    Raises:
        HistoryError: Git could not list the branches and tags.
    """
    if re.search(_AMBIGUOUS, state.errors):
        candidates = [match["candidate"] for match in re.finditer(_CANDIDATE, state.errors)]
        message = f"{name!r} is the beginning of several objects' ids"
        return history_error(
            GitProblem.AMBIGUOUS, message, help=f"give more digits: {'; '.join(candidates)}", version=name
        )
    if match := re.search(_NO_COMMIT, state.errors):
        return history_error(
            GitProblem.UNKNOWN_REVISION, f"{name!r} names a {match['kind']}, not a commit", version=name
        )
    message = fatal_line(state.errors)
    if message and not re.search(_UNKNOWN, message):
        return history_error(GitProblem.UNKNOWN_REVISION, f"git finds no commit for {name!r}: {message}", version=name)
    if state.shallow and re.fullmatch(_MAY_BE_CUT, name):
        return shallow(f"commit {name!r}")
    near = near_names(name, await _names(state))
    hints = [f"similar names: {', '.join(near)}"] if near else []
    if versions:
        hints.append(f"available versions: {', '.join(map(str, versions))}")
    hints.append("`git branch --all` and `git tag` list all names")
    if state.shallow:
        hints.append(f"this clone is shallow and may lack branches and tags: {SHALLOW_HELP}")
    message = f"unknown revision {name!r}"
    return history_error(GitProblem.UNKNOWN_REVISION, message, help="; ".join(hints), version=name, near=near)


async def merge_base_of(state: RepositoryState, commit: str, name: str) -> str:
    """Return the merge base of HEAD and a commit, which error messages call `name`: the first of several.

    Raises:
        HistoryError: There is no common ancestor, a shallow clone lacks it, or nothing is committed.

    Source: git-merge-base(1).
    """
    result = await state.location.git.try_run("merge-base", HEAD, commit)
    if result.status == 0:
        return result.output.decode("ascii").split()[0]
    if result.status != _NO_BASE:
        raise git_failed("merge-base", result.status, result.errors)
    if state.shallow:
        raise shallow(f"the merge base of HEAD and {name!r}")
    message = f"HEAD and {name!r} have no common history"
    raise history_error(GitProblem.UNRELATED, message, help="use --direct to compare the two commits", version=name)


ORIGIN_HEAD: Final = "origin/HEAD"
_BRANCHES: Final = ("main", "master")
_REMOTES: Final = r"^(init\.defaultbranch|branch\..*\.remote)$"


async def remote_default(location: RepositoryLocation) -> str | None:
    """Return the default branch of the remote of the current branch, or of ``origin``; None if it is unknown.

    Source: git-config(1), ``branch.<name>.remote`` and ``init.defaultBranch``; git-for-each-ref(1).
    """
    refs = await location.git.run("for-each-ref", "--format=%(refname:lstrip=2)", "refs/remotes/")
    branches = set(os.fsdecode(refs).splitlines())
    if not branches:
        return None
    result = await location.git.try_run("config", "--null", "--get-regexp", _REMOTES)
    entries = (entry.partition("\n") for entry in os.fsdecode(result.output).split("\0"))
    config = {name: value for name, _, value in entries}
    head = os.fsdecode((await location.git.try_run("symbolic-ref", "--quiet", "--short", HEAD)).output).strip()
    first = config.get("init.defaultbranch")
    for remote in (config.get(f"branch.{head}.remote"), "origin"):
        names = ["HEAD", *([first] if first else []), *_BRANCHES] if remote else []
        for name in names:
            if f"{remote}/{name}" in branches:
                return f"{remote}/{name}"
    return None


async def _names(state: RepositoryState) -> list[str]:
    output = await state.location.git.run("for-each-ref", "--format=%(refname:short)")
    return output.decode("utf-8", "replace").splitlines()
