"""Failures of git as errors with help."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from prompt_cli.errors import ContextValue, HistoryError, RepositoryDamagedError


class GitProblem(StrEnum):
    """Reasons of a `HistoryError`."""

    NO_GIT = "no git"
    NO_REPOSITORY = "no repository"
    UNSAFE = "unsafe directory"
    UNBORN = "nothing committed"
    UNKNOWN_REVISION = "unknown revision"
    AMBIGUOUS = "ambiguous revision"
    SHALLOW = "shallow clone"
    UNRELATED = "unrelated histories"
    CONFLICT = "unmerged"
    NO_FILE = "no regular file"
    PARTIAL = "partial clone"
    DAMAGED = "damaged repository"
    REFUSED = "refused"
    AFTER_COMMIT = "failed after the commit"
    OTHER = "other"


# Reasons for a repository without commits, in contrast to commits that cannot be read.
NO_HISTORY: Final = frozenset({GitProblem.NO_REPOSITORY, GitProblem.UNBORN})


class _Message(NamedTuple):
    """A pattern of git's messages and its error; the groups of the pattern fill the help."""

    pattern: str
    reason: GitProblem
    message: str
    help: str


# Patterns are compiled on use: few commands need one.
_UNBORN: Final = _Message(
    r"does not have any commits yet|(?m:^fatal: Not a valid object name HEAD$)",
    GitProblem.UNBORN,
    "no commits yet",
    "commit the prompts first; until then only the working tree and the index can be read",
)
_NO_REPOSITORY: Final = _Message(
    r"not a git repository|this operation must be run in a work tree|cannot use bare repository",
    GitProblem.NO_REPOSITORY,
    "not inside a git repository",
    "run `git init`",
)
_MESSAGES: Final = (
    _Message(
        # Git prints the command that helps, with the directory quoted for a shell.
        r"(?:dubious ownership|unsafe repository)[\s\S]*\n\t(?P<command>git config [\s\S]*\S)",
        GitProblem.UNSAFE,
        "git does not trust this repository: it belongs to another user",
        "if you trust it, run: {command}",
    ),
    _Message(
        r"not a git repository: (?P<target>[^'\s].*)",  # as of a worktree of git whose repository is not mounted
        GitProblem.OTHER,
        "the git repository of this working tree is missing",
        "make {target} reachable, or fix the path in `.git`",
    ),
    _NO_REPOSITORY,
    _UNBORN,
    _Message(
        r"could not fetch|promisor remote|lazy fetching disabled",
        GitProblem.PARTIAL,
        "this partial clone lacks parts of the prompts' history",
        "fetch everything with `git fetch --refetch --no-filter`",
    ),
)
# Help for missing commits.
SHALLOW_HELP: Final = (
    "fetch them with `git fetch --unshallow`; in GitHub Actions give actions/checkout `fetch-depth: 0`"
)
_DAMAGED: Final = (
    r"bad object|unable to (?:read|stream)|is corrupt|unable to parse|missing (?:blob|tree|commit)|bad tree"
    r"|not a tree object|bad index file|index file (?:corrupt|smaller)|bad signature|unable to find|not our ref"
    r"|could not parse|could not open|cannot be accessed|inflate: data stream error|Failed to traverse"
    r"|Not a valid commit name"
)


def git_failed(command: str, status: int, errors: str) -> HistoryError:
    """Return the error for a failed git process; a negative status is a signal."""
    line = fatal_line(errors)
    for one in _MESSAGES:
        if match := re.search(one.pattern, errors):
            return history_error(one.reason, one.message, help=one.help.format(**match.groupdict()))
    if re.search(_DAMAGED, errors):
        return damaged(line)
    cause = line or (f"it was ended by signal {-status}" if status < 0 else f"it ended with status {status}")
    return history_error(GitProblem.OTHER, f"git {command} failed: {cause}", help=errors.strip())


def history_error(reason: GitProblem, message: str, **context: ContextValue) -> HistoryError:
    """Return a `HistoryError` that carries its reason."""
    return HistoryError(message, reason=reason, **context)


def fatal_line(errors: str) -> str:
    """Return the first fatal message of git, else its first error, else its last line."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    for prefix in ("fatal: ", "error: "):
        if marked := [line.removeprefix(prefix) for line in lines if line.startswith(prefix)]:
            return marked[0]
    return lines[-1] if lines else ""


def no_git() -> HistoryError:
    """Return the error for a machine without git."""
    message = "versions need git, and git is not on the PATH"
    return history_error(GitProblem.NO_GIT, message, help="install git 2.31 or later")


def damaged(fault: str) -> HistoryError:
    """Return the error for a damaged repository."""
    return RepositoryDamagedError(
        f"the git repository is damaged: {fault}",
        reason=GitProblem.DAMAGED,
        help="`git fsck` lists the damage; a fresh clone usually fixes it",
    )


def old_git() -> HistoryError:
    """Return the error for a git that is too old."""
    return history_error(GitProblem.NO_GIT, "versions need git 2.31 or later", help="install a newer git")


def not_started(directory: Path, error: OSError) -> HistoryError:
    """Return the error for a git that is installed and could not be started."""
    return history_error(
        GitProblem.OTHER,
        f"git could not be started in {str(directory)!r}: {error.strerror}",
        help="check that the directory exists and can be entered",
    )


def no_repository() -> HistoryError:
    """Return the error for a prompt directory outside a repository."""
    return history_error(_NO_REPOSITORY.reason, _NO_REPOSITORY.message, help=_NO_REPOSITORY.help)


def bare_repository() -> HistoryError:
    """Return the error for a prompt directory in a repository without a working tree."""
    message = "this is a bare repository, which has no working tree"
    return history_error(_NO_REPOSITORY.reason, message, help="clone it, and work in the clone")


def unborn() -> HistoryError:
    """Return the error for a branch without a commit."""
    return history_error(_UNBORN.reason, _UNBORN.message, help=_UNBORN.help)


def shallow(subject: str) -> HistoryError:
    """Return the error for a subject that may lie beyond the boundary of a shallow clone: ``all versions``."""
    return history_error(GitProblem.SHALLOW, f"cannot find {subject}: this is a shallow clone", help=SHALLOW_HELP)
