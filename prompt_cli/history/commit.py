"""Commits and tags: all that prompt-cli writes into a repository, and the one place that imports GitPython.

It is imported when something is written, for its import alone costs as much as a whole command should, and used in a
thread. Of it only the runner of commands is needed: a ``git.Repo`` would hold processes until it is closed. So hooks,
signatures and filters apply as on the command line.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from prompt_cli.history.errors import GitProblem, trouble
from prompt_cli.history.process import GitResult, index_is_foreign

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_cli.errors import HistoryError
    from prompt_cli.history.repository import RepositoryLocation


async def commit_files(place: RepositoryLocation, paths: Sequence[str], message: str) -> str:
    """Commit files as they are in the working tree, and nothing else, whatever is staged.

    ``git commit --only`` takes files that git knows. A new one is made known first by an entry without content
    (``git add --intent-to-add``), which is taken back if the commit fails.

    Args:
        place: Where the prompt directory is.
        paths: The files, below the top of the worktree.
        message: The commit's message.

    Returns:
        The new commit's object id.

    Raises:
        HistoryError: Git or one of its hooks refused; what they said is its help. A file is ignored. Or git failed
            after the commit was made, with `GitProblem.AFTER_COMMIT` as the reason.

    Source: git-commit(1), git-add(1).
    """
    known = os.fsdecode(await place.git.run("ls-files", "-z", "--", *paths)).split("\0")
    new = [path for path in paths if path not in known]
    await asyncio.to_thread(_commit, place, paths, new, message)
    return (await place.git.run("rev-parse", "HEAD")).decode("ascii").strip()


async def tag_commit(place: RepositoryLocation, names: Sequence[str], commit: str) -> None:
    """Add annotated tags to a commit: all of them, or none.

    Args:
        place: Where the prompt directory is.
        names: The tags.
        commit: The commit's object id.

    Raises:
        HistoryError: A tag exists already, or git refused.

    Source: git-tag(1).
    """
    if existing := await existing_tags(place, names):
        raise tag_exists(existing[0])
    await asyncio.to_thread(_tag, place, names, commit)


async def existing_tags(place: RepositoryLocation, names: Sequence[str]) -> list[str]:
    """Return those of the names that are tags already.

    Raises:
        HistoryError: Git could not answer.

    Source: git-for-each-ref(1).
    """
    refs = [f"refs/tags/{name}" for name in names]
    there = (await place.git.run("for-each-ref", "--format=%(refname)", "--", *refs)).decode().splitlines()
    return [name for name, ref in zip(names, refs, strict=True) if ref in there]


def tag_exists(name: str) -> HistoryError:
    """Return the error for a tag that is to be made and exists."""
    message = f"the tag {name!r} exists already"
    return trouble(GitProblem.REFUSED, message, help="a version is tagged once: raise the version instead")


def _commit(place: RepositoryLocation, paths: Sequence[str], new: Sequence[str], message: str) -> None:
    if new:
        known = _git(place, "add", "--intent-to-add", "--", *_literal(new))
        if known.status:
            _forget(place, new)
            raise _refused("git does not take a new file", known)
    before = _head(place)
    # Whatever commit.cleanup says, a line of a message may begin with "#".
    done = _git(place, "commit", "--only", "--cleanup=whitespace", f"--message={message}", "--", *_literal(paths))
    if done.status:
        # Git moves HEAD before it writes the index, for which the disk may be full.
        if (after := _head(place)) != before:
            message = f"git made the commit {after} and failed after that"
            raise trouble(GitProblem.AFTER_COMMIT, message, help=_said(done), status=done.status)
        _forget(place, new)
        raise _refused("git or one of its hooks refused the commit", done)


def _head(place: RepositoryLocation) -> str:
    """Return the object id of HEAD; an empty text before the first commit."""
    return os.fsdecode(_git(place, "rev-parse", "--verify", "--quiet", "HEAD").output).strip()


def _forget(place: RepositoryLocation, new: Sequence[str]) -> None:
    if new:
        _git(place, "update-index", "--force-remove", "--", *new)


def _tag(place: RepositoryLocation, names: Sequence[str], commit: str) -> None:
    made: list[str] = []
    for name in names:
        done = _git(place, "tag", "--annotate", f"--message={name}", "--", name, commit)
        if done.status:
            if made:
                _git(place, "tag", "--delete", "--", *made)
            raise _refused(f"git refused the tag {name!r}", done)
        made.append(name)


def _git(place: RepositoryLocation, *arguments: str) -> GitResult:
    from git.cmd import Git

    git = Git(place.toplevel)
    git.update_environment(**_relocated(place))
    status, output, errors = git.execute(
        [Git.GIT_PYTHON_GIT_EXECUTABLE or "git", *arguments], with_extended_output=True, with_exceptions=False
    )
    return GitResult(status, os.fsencode(output), errors)


def _relocated(place: RepositoryLocation) -> dict[str, str]:
    """Return the variables that name the repository, and keep those of a hook from leading to another one."""
    moved = {"GIT_DIR": place.git_dir, "GIT_WORK_TREE": str(place.toplevel)}
    if index_is_foreign(place.git_dir):
        moved["GIT_INDEX_FILE"] = os.path.join(place.git_dir, "index")  # noqa: PTH118 - for an environment, as text
    return moved


def _literal(paths: Sequence[str]) -> list[str]:
    # Not by GIT_LITERAL_PATHSPECS, which the hooks would inherit.
    return [f":(top,literal){path}" for path in paths]


def _refused(message: str, result: GitResult) -> HistoryError:
    return trouble(GitProblem.REFUSED, message, help=_said(result), status=result.status)


def _said(result: GitResult) -> str:
    """Return the output of git and its hooks, as text: GitPython carries bytes that are no UTF-8 as surrogates."""
    errors = result.errors.encode("utf-8", "surrogateescape")
    return b"\n".join(part for part in (result.output, errors) if part).decode("utf-8", "replace")
