"""Where a prompt directory stands in its repository, and the state the repository is in."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prompt_cli.domain.identifiers import id_to_path, path_to_id
from prompt_cli.history.git import Git
from prompt_cli.history.look import HEAD, environment_in, looking, prefix_of, read_look, start_of
from prompt_cli.history.troubles import damaged, git_failed, old_git, unborn
from prompt_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

    from prompt_cli.errors import HistoryError
    from prompt_cli.history.look import Look
    from prompt_cli.history.sight import Sight

_ARGUMENTS_LIMIT: Final = 32 * 1024


class Place(NamedTuple):
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


class State(NamedTuple):
    """What one look at a repository told.

    Attributes:
        place: Where the prompt directory is.
        commit: The object id that the revision names; None where it names none, or several.
        errors: What git said about a revision that names none.
        shallow: Whether commits are missing, beyond a boundary.
        replaced: Whether replace refs or grafts show another history than the one committed.
        named: Whether a branch or a tag has the name that was asked about.
    """

    place: Place
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
        sight: What was seen of it already, if anything was: its commits are not looked up again.
        prefix: The prompt directory's path below the top, with ``/`` at its end, where it was another one in history.
    """

    def __init__(self, directory: Path, *, keeps: bool, sight: Sight | None = None, prefix: str | None = None) -> None:
        self._directory = directory.absolute()
        self._prefix = prefix
        self._keeps = keeps
        self._seen = sight.commits if sight else {}
        self._place: Place | None = None
        self._first = asyncio.Lock()  # for whoever asks while it is looked for
        self._look = sight and sight.look
        if sight:
            self._place = self._placed(Git(*sight.start), sight.look)

    async def place(self) -> Place:
        """Return where the prompt directory is.

        Raises:
            HistoryError: It is in no repository, or git refuses to read it.
        """
        async with self._first:
            return self._place or (await self._state(HEAD, "")).place

    async def head(self, *, name: str = "") -> tuple[State, str]:
        """Return the state of the repository, and the commit of HEAD.

        Args:
            name: The name to look for among the branches and tags.

        Raises:
            HistoryError: There is no repository, or no commit in it.
        """
        state = await self.state(name=name)
        if state.commit is None:
            raise await self._no_head(state.place)
        return state, state.commit

    async def state(self, revision: str = HEAD, *, name: str = "") -> State:
        """Look at the repository: one process, whatever is asked of it.

        Args:
            revision: What should name one object, in the words of gitrevisions(7).
            name: The name to look for among the branches and tags.

        Raises:
            HistoryError: There is no repository, or git refuses to read it.

        Source: git-rev-parse(1).
        """
        if self._place is not None:
            return await self._state(revision, name)
        async with self._first:
            return await self._state(revision, name)

    async def _state(self, revision: str, name: str) -> State:
        if self._place and self._look and not name and revision in self._seen:
            return State(self._place, self._seen[revision], "", self._look.shallow, self._look.replaced, named=False)
        git = self._place.git if self._place else Git(*start_of(self._directory))
        answer = await git.ask(*looking(revision, name))
        look = read_look(answer.status, answer.output)
        if look is None:
            raise git_failed("rev-parse", answer.status, answer.errors)
        if look.toplevel.startswith("--"):  # an option that this git does not know, passed on
            raise old_git()
        self._place = self._place or self._placed(git, look)
        return State(self._place, look.commit, answer.errors, look.shallow, look.replaced, look.named)

    def _placed(self, git: Git, look: Look) -> Place:
        top = Path(look.toplevel)
        return Place(
            git=Git(top, environment_in(look, dict(git.environment))),
            toplevel=top,
            git_dir=look.git_dir,
            common_dir=Path(look.common_dir),
            prefix=prefix_of(look, git.directory, self._directory) if self._prefix is None else self._prefix,
            keeps=self._keeps,
        )

    async def _no_head(self, place: Place) -> HistoryError:
        branch = os.fsdecode((await place.git.ask("symbolic-ref", "--quiet", HEAD)).output).removesuffix("\n")
        if branch and not (place.common_dir / branch).exists():
            return unborn()
        return damaged("HEAD names no commit")
