"""One look at a repository: what one ``git rev-parse`` is asked, and what it answers."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.domain.ids import id_to_path, path_to_id
from prompt_cli.history.errors import damaged, git_failed, no_repository, old_git, unborn
from prompt_cli.history.process import Git, index_is_foreign, start_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from prompt_cli.errors import HistoryError
    from prompt_cli.history.process import GitInvocation


HEAD: Final = "HEAD"

_OBJECT_ID: Final = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"
# rev-parse passes on options it does not know: a line with one of ours parts its answers, which may hold newlines.
_PART: Final = "--prompt-cli-part"
_PLACE: Final = ("--show-toplevel", "--git-dir", "--git-common-dir")
_PARTS: Final = 7


class RevParseResult(NamedTuple):
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


def environment_in(look: RevParseResult, environment: dict[str, str]) -> dict[str, str]:
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
    location = [part for question in _PLACE for part in (question, _PART)]
    # A pattern with a bracket matches the whole name; without one, rev-parse takes it for a directory of names.
    pattern = f"{name[:-1]}[{name[-1]}]" if name and not set(name) & set("*?[]\\^~") else ""
    named = (f"--branches={pattern}", f"--tags={pattern}") if pattern else ()
    return (
        "rev-parse",
        "--path-format=absolute",
        *location,
        "--is-shallow-repository",
        _PART,
        "--glob=refs/replace/*",
        _PART,
        *named,
        _PART,
        "--end-of-options",
        revision,
    )


def read_look(start: GitInvocation, status: int, output: bytes) -> RevParseResult | None:
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
    return RevParseResult(
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


def index_of_another(look: RevParseResult) -> bool:
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


_ARGUMENTS_LIMIT: Final = 32 * 1024


class RepositoryLocation(NamedTuple):
    """Where the prompt directory is.

    Attributes:
        git: Runs git at the top of the worktree.
        toplevel: The top of the worktree.
        git_dir: The worktree's git directory.
        common_dir: The git directory that all worktrees share.
        prefix: The prompt directory's path below the top, with ``/`` at its end; empty where it is the top.
        keeps: Whether what is learned may be kept in the git directory.
    """

    git: Git
    toplevel: Path
    git_dir: str
    common_dir: Path
    prefix: str
    keeps: bool

    def path_of(self, prompt_id: str) -> str:
        """Return the path of a prompt's file below the top of the worktree.

        Raises:
            PromptIdError: The text is no id.
        """
        return self.prefix + id_to_path(prompt_id)

    def id_of(self, path: str) -> str | None:
        """Return the id of the prompt whose file has a path below the top, if it is one's."""
        return path_to_id(path[len(self.prefix) :]) if path.startswith(self.prefix) else None

    def below(self, path: str) -> str | None:
        """Return the path below the prompt directory of what has a path below the top, if it is there."""
        return path[len(self.prefix) :] if path.startswith(self.prefix) else None

    def pathspecs(self, paths: Collection[str] | None = None) -> Collection[str]:
        """Return arguments that name files to git: these paths, or, without any, the whole prompt directory.

        The directory stands for its files too where they would not fit into a command line; so more may come back
        than was asked for.
        """
        if paths is not None and sum(len(path) + 1 for path in paths) < _ARGUMENTS_LIMIT:
            return paths
        return [self.prefix] if self.prefix else []


class RepositoryState(NamedTuple):
    """What one look at a repository told.

    Attributes:
        location: Where the prompt directory is.
        commit: The object id that the revision names; None where it names none, or several.
        errors: What git said about a revision that names none.
        shallow: Whether commits are missing, beyond a boundary.
        replaced: Whether replace refs or grafts show another history than the one committed.
        named: Whether a branch or a tag has the name that was asked about.
    """

    location: RepositoryLocation
    commit: str | None
    errors: str
    shallow: bool
    replaced: bool
    named: bool


class Repository:
    """The repository of a prompt directory: looked for once, when it is first needed; its state is read each time.

    Args:
        directory: The prompt directory; it need not exist any more.
        keeps: Whether what is learned may be kept in the git directory.
        prefix: The prompt directory's path below the top, with ``/`` at its end, where it was another one in history.
    """

    def __init__(self, directory: Path, *, keeps: bool, prefix: str | None = None) -> None:
        self._directory = directory.absolute()
        self._prefix = prefix
        self._keeps = keeps
        self._location: RepositoryLocation | None = None
        self._first = asyncio.Lock()  # for whoever asks while it is looked for

    async def location(self) -> RepositoryLocation:
        """Return where the prompt directory is.

        Raises:
            HistoryError: It is in no repository, or git refuses to read it.
        """
        async with self._first:
            return self._location or (await self._state(HEAD, "")).location

    async def head(self, *, name: str = "") -> tuple[RepositoryState, str]:
        """Return the state of the repository, and the commit of HEAD.

        Args:
            name: The name to look for among the branches and tags.

        Raises:
            HistoryError: There is no repository, or no commit in it.
        """
        state = await self.state(name=name)
        if state.commit is None:
            raise await self._no_head(state.location)
        return state, state.commit

    async def state(self, revision: str = HEAD, *, name: str = "") -> RepositoryState:
        """Look at the repository: one process, whatever is asked of it.

        Args:
            revision: What should name one object, in the words of gitrevisions(7).
            name: The name to look for among the branches and tags.

        Raises:
            HistoryError: There is no repository, or git refuses to read it.

        Source: git-rev-parse(1).
        """
        if self._location is not None:
            return await self._state(revision, name)
        async with self._first:
            return await self._state(revision, name)

    async def _state(self, revision: str, name: str) -> RepositoryState:
        start = start_of(self._directory)
        git = self._location.git if self._location else Git(start.directory, start.environment)
        answer = await git.ask(*looking(revision, name))
        look = read_look(start, answer.status, answer.output)
        if look is None:
            raise git_failed("rev-parse", answer.status, answer.errors)
        if look.toplevel.startswith("--"):  # an option that this git does not know, passed on
            raise old_git()
        self._location = self._location or self._placed(git, look)
        return RepositoryState(self._location, look.commit, answer.errors, look.shallow, look.replaced, look.named)

    def _placed(self, git: Git, look: RevParseResult) -> RepositoryLocation:
        top = Path(look.toplevel)
        return RepositoryLocation(
            git=Git(top, environment_in(look, dict(git.environment))),
            toplevel=top,
            git_dir=look.git_dir,
            common_dir=Path(look.common_dir),
            prefix=look.prefix if self._prefix is None else self._prefix,
            keeps=self._keeps,
        )

    async def _no_head(self, location: RepositoryLocation) -> HistoryError:
        branch = os.fsdecode((await location.git.ask("symbolic-ref", "--quiet", HEAD)).output).removesuffix("\n")
        if branch and not (location.common_dir / branch).exists():
            return unborn()
        return damaged("HEAD names no commit")
