"""What git could not do, as errors that say what to do about it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.errors import HistoryError

if TYPE_CHECKING:
    from pathlib import Path


class GitProblem(StrEnum):
    """Why git could not answer; a `HistoryError` carries it as its context's ``reason``."""

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


class _Known(NamedTuple):
    """A message of git's, by a pattern, and what it means; the help is filled in with what the pattern named."""

    pattern: str
    reason: GitProblem
    message: str
    help: str


# The patterns are text, for to compile them costs more than all else here, and few commands need one.
_UNBORN: Final = _Known(
    r"does not have any commits yet|(?m:^fatal: Not a valid object name HEAD$)",
    GitProblem.UNBORN,
    "nothing is committed yet",
    "commit the prompts first; until then only the working tree and the index can be read",
)
_NO_REPOSITORY: Final = _Known(
    r"not a git repository|this operation must be run in a work tree|cannot use bare repository",
    GitProblem.NO_REPOSITORY,
    "the prompt directory is in no git repository's working tree",
    "versions are read from git: run `git init` above the prompts, or work on the files as they are",
)
_KNOWN: Final = (
    _Known(
        # git writes the command that helps, with the directory quoted for a shell.
        r"(?:dubious ownership|unsafe repository)[\s\S]*\n\t(?P<command>git config [\s\S]*\S)",
        GitProblem.UNSAFE,
        "git does not trust this repository, for it belongs to another user",
        "if you trust it, run: {command}",
    ),
    _NO_REPOSITORY,
    _UNBORN,
    _Known(
        r"could not fetch|promisor remote|lazy fetching disabled",
        GitProblem.PARTIAL,
        "this partial clone lacks contents of the prompts' history, and reading does not fetch them",
        "fetch everything with `git fetch --refetch --no-filter`",
    ),
)
SHALLOW_HELP: Final = (
    "fetch them with `git fetch --unshallow`; in GitHub Actions give actions/checkout `fetch-depth: 0`"
)
"""What to do where commits are missing."""
_DAMAGED: Final = (
    r"bad object|unable to (?:read|stream)|is corrupt|unable to parse|missing (?:blob|tree|commit)|bad tree"
    r"|bad index file|index file (?:corrupt|smaller)|bad signature|unable to find|not our ref|could not parse"
    r"|could not open|cannot be accessed|inflate: data stream error|Failed to traverse"
)


def git_failed(command: str, status: int, errors: str) -> HistoryError:
    """Return the error for a git process that failed.

    Args:
        command: The git command's name, ``log``.
        status: Its exit status; negative where a signal ended it.
        errors: What it wrote to standard error.
    """
    line = fatal_line(errors)
    for known in _KNOWN:
        if match := re.search(known.pattern, errors):
            return trouble(known.reason, known.message, help=known.help.format(**match.groupdict()), git=errors)
    if re.search(_DAMAGED, errors):
        return damaged(line)
    how = line or (f"it was ended by signal {-status}" if status < 0 else f"it ended with status {status}")
    return trouble(GitProblem.OTHER, f"git {command} failed: {how}", help=errors.strip(), git=errors)


def trouble(reason: GitProblem, message: str, **context: object) -> HistoryError:
    """Return a `HistoryError` that carries its reason."""
    return HistoryError(message, reason=reason, **context)


def fatal_line(errors: str) -> str:
    """Return what git called fatal, else an error, else the last line it wrote."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    for mark in ("fatal: ", "error: "):
        if found := [line.removeprefix(mark) for line in lines if line.startswith(mark)]:
            return found[0]
    return lines[-1] if lines else ""


def no_git() -> HistoryError:
    """Return the error for a machine without git."""
    return trouble(
        GitProblem.NO_GIT,
        "git is needed for versions and revisions, and there is no git program on the PATH",
        help="install git 2.31 or later; prompts of the working tree can be used without it",
    )


def damaged(what: str) -> HistoryError:
    """Return the error for a repository that lacks what it should have.

    Args:
        what: What is missing or broken.
    """
    return trouble(
        GitProblem.DAMAGED,
        f"the git repository is damaged: {what}",
        help="`git fsck` names what is missing or broken; a fresh clone usually has it",
    )


def old_git() -> HistoryError:
    """Return the error for a git that lacks what is asked of it."""
    return trouble(
        GitProblem.NO_GIT,
        "git 2.31 or later is needed for versions and revisions",
        help="install a newer git; prompts of the working tree can be used without it",
    )


def not_started(directory: Path, error: OSError) -> HistoryError:
    """Return the error for a git that could not be started, though there is one.

    Args:
        directory: Where it should have been started.
        error: What the operating system said.
    """
    return trouble(
        GitProblem.OTHER,
        f"git could not be started in {str(directory)!r}: {error.strerror}",
        help="see that the directory is still there, and may be entered",
    )


def no_repository() -> HistoryError:
    """Return the error for a prompt directory outside of every working tree."""
    return trouble(_NO_REPOSITORY.reason, _NO_REPOSITORY.message, help=_NO_REPOSITORY.help)


def unborn() -> HistoryError:
    """Return the error for a branch without a commit."""
    return trouble(_UNBORN.reason, _UNBORN.message, help=_UNBORN.help)


def shallow(what: str) -> HistoryError:
    """Return the error for an answer that may lie beyond the boundary of a shallow clone.

    Args:
        what: What cannot be told, as the sentence's beginning: ``which commit has support/triage 1.0.0``.
    """
    return trouble(
        GitProblem.SHALLOW,
        f"{what} cannot be told: this clone is shallow, and older commits are missing from it",
        help=SHALLOW_HELP,
    )
