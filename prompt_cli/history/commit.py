"""Commits and tags, written through GitPython in a thread.

GitPython is imported on use: its import takes as long as a whole command. Only its command runner is used:
a ``git.Repo`` holds processes until it is closed. Hooks, signatures and filters apply as on the command line.
"""

import asyncio
import os
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from prompt_cli.concurrency import split
from prompt_cli.errors import HistoryError, InvalidValueError
from prompt_cli.history.errors import GitProblem, history_error
from prompt_cli.history.process import COMMITTING, GitResult, index_is_foreign, log_git_end, log_git_start
from prompt_cli.history.repository import RepositoryLocation
from prompt_cli.log import log


async def commit_files(location: RepositoryLocation, paths: Sequence[str], message: str) -> str:
    """Commit files of the working tree alone, and return the new commit's id; other staged changes stay staged.

    The paths are below the top of the worktree. ``git commit --only`` accepts tracked files, so a new file first gets
    an entry without content (``git add --intent-to-add``), which is removed if the commit fails. If git fails after it
    made the commit, or another process made it, the reason of the error is `GitProblem.AFTER_COMMIT`.
    """
    output = await location.git.run("ls-files", "-t", "-z", "--", *location.pathspecs(paths))
    tags = {path: tag for tag, _, path in (line.partition(" ") for line in os.fsdecode(output).split("\0"))}
    if skipped := [path for path in paths if tags.get(path) == "S"]:
        message = f"git skips {skipped[0]} in the working tree, so it was not committed"
        help_ = "run `git update-index --no-skip-worktree FILE`, or run without a commit"
        raise history_error(GitProblem.REFUSED, message, help=help_)
    new = [path for path in paths if path not in tags]
    try:
        await asyncio.to_thread(_commit, location, paths, new, message)
    except OSError as error:
        raise history_error(GitProblem.OTHER, f"git could not be run to commit: {error.strerror}") from error
    except ImportError as error:  # GitPython tests git when it is imported
        message = "GitPython could not run git to commit"
        raise history_error(GitProblem.NO_GIT, message, help="unset GIT_PYTHON_GIT_EXECUTABLE") from error
    commit = (await location.git.run("rev-parse", "HEAD")).decode("ascii").strip()
    log("info", "prompts_committed", prompts=len(paths), commit=commit)
    return commit


async def tag_commit(location: RepositoryLocation, names: Sequence[str], commit: str) -> None:
    """Add annotated tags to a commit: all of them, or none."""
    if existing := await existing_tags(location, names):
        raise tag_exists(existing[0])
    await asyncio.to_thread(_tag, location, names, commit)


async def existing_tags(location: RepositoryLocation, names: Sequence[str]) -> list[str]:
    """Return the names that are existing tags."""
    existing: set[str] = set()
    for batch in split([f"refs/tags/{name}" for name in names]):
        existing.update((await location.git.run("for-each-ref", "--format=%(refname)", "--", *batch)).decode().split())
    return [name for name in names if f"refs/tags/{name}" in existing]


_INVALID_TAG = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[-/.]|/\.|\.lock(/|$)|[./]$")
_CONCURRENT = r"\.lock': File exists|cannot lock ref"  # errors of git when another process writes the same repository
_NOTHING_TO_COMMIT = 1
_PARTIAL_REFUSED = {"merge": "MERGE_HEAD", "cherry-pick": "CHERRY_PICK_HEAD"}
"""Operations during which git refuses to commit single files, each with its file in the git directory."""
_TAG_HELP = 'bump the version, or give each prompt directory a tag-format, such as "search/{id}@{version}"'


def tag_exists(name: str) -> HistoryError:
    """Return the error for a tag that already exists."""
    message = f"tag {name!r} already exists"
    return history_error(GitProblem.REFUSED, message, help=_TAG_HELP)


def check_tag(name: str) -> None:
    """Raise an error if git would refuse the name of a tag (git-check-ref-format(1)), which comes after the commit."""
    if _INVALID_TAG.search(name):
        help_ = 'set a tag-format that is a valid name, such as "search/{id}@{version}"'
        raise history_error(GitProblem.REFUSED, f"git takes no tag named {name!r}", help=help_)


def check_commit(message: str, git_directory: Path | None) -> None:
    """Raise an error if git would refuse a commit, which comes after the write."""
    for command, file in _PARTIAL_REFUSED.items():
        if git_directory is not None and (git_directory / file).exists():
            problem = f"git cannot commit single files during a {command}; nothing was written"
            help_ = f"finish it, or abort it with `git {command} --abort`; or run without a commit"
            raise history_error(GitProblem.REFUSED, problem, help=help_)
    if "\0" in message or not message.strip():
        raise InvalidValueError("a commit message must have text, and no NUL")
    try:
        _encode(message)
    except UnicodeEncodeError as error:
        raise InvalidValueError("a commit message must be valid Unicode; this one has a lone surrogate") from error


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")  # invalid UTF-8 on a command line becomes surrogates


def _commit(location: RepositoryLocation, paths: Sequence[str], new: Sequence[str], message: str) -> None:
    if new:
        result = _git(location, "add", "--intent-to-add", *_PATHS_FROM_INPUT, standard_input=_literal(new))
        if result.status:
            _untrack(location, new)
            raise _refused("git rejected a new file", result)
    before = _head(location)
    with TemporaryDirectory(prefix="prompt-cli-") as directory:
        # The message and the paths of thousands of prompts are too long for a command line.
        file = Path(directory, "message")
        file.write_bytes(_encode(message))
        # The user's commit.cleanup could remove lines that begin with "#".
        options = ("--only", "--cleanup=whitespace", f"--file={file}", *_PATHS_FROM_INPUT)
        result = _git(location, "commit", *options, standard_input=_literal(paths))
    if result.status:
        if (error := _after_commit(location, paths, before, result)) is not None:
            raise error
        _untrack(location, new)
        raise _refused("git or one of its hooks refused the commit", result)


def _after_commit(
    location: RepositoryLocation, paths: Sequence[str], before: str, result: GitResult
) -> HistoryError | None:
    """Return the error of a failed commit whose files are committed all the same; None for any other failure."""
    after = _head(location)
    different = os.fsdecode(_git(location, "diff", "--name-only", "-z", "HEAD").output).split("\0")
    differs = not frozenset(paths).isdisjoint(different)
    if not differs and (result.status == _NOTHING_TO_COMMIT or re.search(_CONCURRENT, result.errors)):
        message = "the files are committed already, maybe by a command that ran at the same time"
        help_ = "run the command again: it bumps what still needs a bump"
        return history_error(GitProblem.AFTER_COMMIT, message, help=help_)
    if differs or after == before:
        return None
    # Git moves HEAD before it writes the index, which a full disk prevents.
    return history_error(
        GitProblem.AFTER_COMMIT, f"git made the commit {after} and failed after that", help=_output(result)
    )


def _head(location: RepositoryLocation) -> str:
    """Return the object id of HEAD; an empty text before the first commit."""
    return os.fsdecode(_git(location, "rev-parse", "--verify", "--quiet", "HEAD").output).strip()


def _untrack(location: RepositoryLocation, new: Sequence[str]) -> None:
    if new:
        _git(location, "update-index", "--force-remove", "-z", "--stdin", standard_input=new)


def _tag(location: RepositoryLocation, names: Sequence[str], commit: str) -> None:
    created: list[str] = []
    for name in names:
        result = _git(location, "tag", "--annotate", f"--message={name}", "--", name, commit)
        if result.status:
            for batch in split(created):
                _git(location, "tag", "--delete", "--", *batch)
            raise _refused(f"git refused the tag {name!r}", result)
        created.append(name)


def _git(location: RepositoryLocation, *arguments: str, standard_input: Sequence[str] = ()) -> GitResult:
    """Run git with lines, each ended by a NUL, as its standard input."""
    from git.cmd import Git

    git = Git(location.toplevel)
    git.update_environment(**_environment(location))
    start = log_git_start(arguments)
    with TemporaryFile() as file:  # GitPython passes a file on
        file.write(b"".join(os.fsencode(one) + b"\0" for one in standard_input))
        file.seek(0)
        command = [Git.GIT_PYTHON_GIT_EXECUTABLE or "git", *arguments]
        status, output, errors = git.execute(command, file, with_extended_output=True, with_exceptions=False)
    log_git_end(arguments, status, start)
    return GitResult(status, os.fsencode(output), errors)


def _environment(location: RepositoryLocation) -> dict[str, str]:
    """Return the variables that name the repository, overriding those of a hook."""
    git_dir = location.git_dir
    environment = {"GIT_DIR": git_dir, "GIT_WORK_TREE": str(location.toplevel), COMMITTING: os.path.realpath(git_dir)}
    if index_is_foreign(git_dir):
        environment["GIT_INDEX_FILE"] = os.path.join(git_dir, "index")  # noqa: PTH118 - for an environment, as text
    return environment


_PATHS_FROM_INPUT = ("--pathspec-from-file=-", "--pathspec-file-nul")


def _literal(paths: Sequence[str]) -> list[str]:
    # Hooks would inherit GIT_LITERAL_PATHSPECS.
    return [f":(top,literal){path}" for path in paths]


def _refused(message: str, result: GitResult) -> HistoryError:
    return history_error(GitProblem.REFUSED, message, help=_output(result))


def _output(result: GitResult) -> str:
    """Return the output of git and its hooks; GitPython encodes invalid UTF-8 as surrogates."""
    errors = result.errors.encode("utf-8", "surrogateescape")
    return b"\n".join(part for part in (result.output, errors) if part).decode("utf-8", "replace")
