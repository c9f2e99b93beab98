"""Where a prompt directory stands in its repository, and the state the repository is in."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.domain.identifiers import id_to_path, path_to_id
from prompt_cli.history.environment import git_environment, index_is_foreign
from prompt_cli.history.git import Git
from prompt_cli.history.troubles import damaged, git_failed, old_git, unborn

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from prompt_cli.errors import HistoryError

_OBJECT_ID: Final = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"
HEAD: Final = "HEAD"
# rev-parse passes on options it does not know: a line with one of ours parts its answers, which may hold newlines.
_PART: Final = "--prompt-cli-part"
_PLACE: Final = ("--show-toplevel", "--git-dir", "--git-common-dir", "--show-prefix")
_ARGUMENTS_LIMIT: Final = 32 * 1024


class Place(NamedTuple):
    """Where the prompt directory is.

    Attributes:
        git: Runs git at the top of the worktree.
        toplevel: The top of the worktree.
        git_dir: The worktree's git directory.
        common_dir: The git directory that all worktrees share.
        prefix: The prompt directory's path below the top, with ``/`` at its end; empty where it is the top.
    """

    git: Git
    toplevel: Path
    git_dir: str
    common_dir: Path
    prefix: str

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
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory.absolute()
        self._place: Place | None = None

    async def place(self) -> Place:
        """Return where the prompt directory is.

        Raises:
            HistoryError: It is in no repository, or git refuses to read it.
        """
        return self._place or (await self.state()).place

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
        git = self._place.git if self._place else self._first_git()
        questions = _questions(name)
        answer = await git.ask("rev-parse", *questions, "--end-of-options", revision)
        parts = list(_parted(os.fsdecode(answer.output)))
        if len(parts) != questions.count(_PART) + 1:
            raise git_failed("rev-parse", answer.status, answer.errors)
        top, git_dir, common, prefix, shallow, replaced, named, commit = parts
        if top.startswith("--"):  # an option that this git does not know, passed on
            raise old_git()
        self._place = self._place or self._placed(git, top, git_dir, common, prefix)
        commit = commit.removeprefix("--end-of-options\n")
        return State(
            place=self._place,
            commit=commit if not answer.status and re.fullmatch(_OBJECT_ID, commit) else None,
            errors=answer.errors,
            shallow=shallow == "true",
            replaced=bool(replaced) or (self._place.common_dir / "info" / "grafts").exists(),
            named=bool(named),
        )

    def _first_git(self) -> Git:
        base = self._directory
        while not base.is_dir():  # with its last prompt, git removes the directory
            base = base.parent
        return Git(base, git_environment(self._directory, os.environ))

    def _placed(self, git: Git, top: str, git_dir: str, common: str, prefix: str) -> Place:
        below = self._directory.relative_to(git.directory).as_posix()
        environment = dict(git.environment)
        if index_is_foreign(git_dir, os.environ):
            environment.pop("GIT_INDEX_FILE", None)
        return Place(
            git=Git(Path(top), environment),
            toplevel=Path(top),
            git_dir=git_dir,
            common_dir=Path(common),
            prefix=prefix + ("" if below == "." else below + "/"),
        )

    async def _no_head(self, place: Place) -> HistoryError:
        branch = os.fsdecode((await place.git.ask("symbolic-ref", "--quiet", HEAD)).output).removesuffix("\n")
        if branch and not (place.common_dir / branch).exists():
            return unborn()
        return damaged("HEAD names no commit")


def _questions(name: str) -> tuple[str, ...]:
    place = [part for question in _PLACE for part in (question, _PART)]
    # A pattern with a bracket matches the whole name; without one, rev-parse takes it for a directory of names.
    pattern = f"{name[:-1]}[{name[-1]}]" if name and not set(name) & set("*?[]\\^~") else ""
    named = (f"--branches={pattern}", f"--tags={pattern}") if pattern else ()
    return (
        "--path-format=absolute",
        *place,
        "--is-shallow-repository",
        _PART,
        "--glob=refs/replace/*",
        _PART,
        *named,
        _PART,
    )


def _parted(text: str) -> Iterator[str]:
    part: list[str] = []
    for line in text.removesuffix("\n").split("\n"):
        if line == _PART:
            yield "\n".join(part)
            part = []
        else:
            part.append(line)
    yield "\n".join(part)
