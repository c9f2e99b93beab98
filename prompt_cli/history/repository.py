"""Location, state and revisions of a repository.

They are read by ``git rev-parse`` and, once the repository is located, from its files.
"""

import asyncio
import os
import re
from collections.abc import Collection, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Final, NamedTuple

from prompt_cli.cache import LRUCache
from prompt_cli.concurrency import LoopSemaphore
from prompt_cli.domain.ids import id_to_path, near_names, path_to_id
from prompt_cli.domain.revision import check_commit_name
from prompt_cli.errors import HistoryError
from prompt_cli.history.errors import (
    SHALLOW_HELP,
    GitProblem,
    damaged,
    fatal_line,
    git_failed,
    history_error,
    no_repository,
    old_git,
    shallow,
    unborn,
)
from prompt_cli.history.git_directory import OBJECT_ID, read_refs
from prompt_cli.history.process import Git, index_is_foreign, locate_git

HEAD: Final = "HEAD"

# rev-parse prints unknown options: this one separates its answers, which may contain newlines.
_SEPARATOR: Final = "--prompt-cli-part"
_QUESTIONS: Final = ("--show-toplevel", "--git-dir", "--git-common-dir")
_ANSWERS: Final = 7
_ARGUMENTS_LIMIT: Final = 32 * 1024
_CACHED_NAMES: Final = 256


def as_commit(name: str) -> str:
    """Return the expression by which rev-parse resolves a name to a commit (gitrevisions(7)).

    A suffix dereferences tags; ``:/text`` is always a commit, and would take the suffix as text.
    """
    check_commit_name(name)
    return name if name.startswith(":/") else f"{name}^{{commit}}"


def _rev_parse_command(revision: str, name: str) -> tuple[str, ...]:
    """Return the command that locates the repository, resolves a revision, and looks for a branch or tag."""
    location = [part for question in _QUESTIONS for part in (question, _SEPARATOR)]
    # A bracket makes rev-parse match the whole name; without it the name is a directory of refs.
    pattern = f"{name[:-1]}[{name[-1]}]" if _may_be_ref(name) else ""
    refs = (f"--branches={pattern}", f"--tags={pattern}") if pattern else ()
    return (
        "rev-parse",
        "--path-format=absolute",
        *location,
        "--is-shallow-repository",
        _SEPARATOR,
        "--glob=refs/replace/*",
        _SEPARATOR,
        *refs,
        _SEPARATOR,
        "--end-of-options",
        revision,
    )


def _may_be_ref(name: str) -> bool:
    return bool(name) and not set(name) & set("*?[]\\^~")


class RepositoryLocation(NamedTuple):
    """Location of a prompt directory in its repository."""

    git: Git  # at the top of the worktree
    toplevel: Path  # the top of the worktree
    git_dir: str  # of the worktree
    common_dir: Path  # shared by all worktrees
    prefix: str  # the prompt directory below the top, with "/" at its end; empty at the top
    former: tuple[str, ...] = ()  # the former paths of the prompt directory, written as `prefix`

    @property
    def locations(self) -> "tuple[RepositoryLocation, ...]":
        """The location with the current path of the prompt directory, and with each former one."""
        return tuple(self._replace(prefix=one, former=()) for one in (self.prefix, *self.former))

    def path_of(self, prompt_id: str) -> str:
        """Return the path of a prompt's file below the top of the worktree."""
        return self.prefix + id_to_path(prompt_id)

    def id_of(self, path: str) -> str | None:
        """Return the id of the prompt at a path below the top; None if no prompt has it."""
        return path_to_id(path[len(self.prefix) :]) if path.startswith(self.prefix) else None

    def pathspecs(self, paths: Collection[str] | None = None) -> Collection[str]:
        """Return the pathspecs of these paths, or of the whole prompt directory by default.

        More paths than fit into a command line are replaced by the directory, so git may return other files too.
        """
        if paths is not None and sum(len(path) + 1 for path in paths) < _ARGUMENTS_LIMIT:
            return paths
        return [self.prefix] if self.prefix else []


class RepositoryState(NamedTuple):
    """State of a repository, and the commit that a revision names."""

    location: RepositoryLocation
    commit: str | None  # None if the revision names none or several
    errors: str  # of git, for a revision that names no commit
    shallow: bool
    replaced: bool  # whether replace refs or grafts rewrite history
    name_is_ref: bool  # whether a branch or tag has the name that was looked for

    @property
    def complete(self) -> bool:
        """Whether history is complete and not rewritten, so that the history of a commit never changes."""
        return not self.shallow and not self.replaced


class Repository:
    """Repository of a prompt directory, located on first use; its state is read on each call.

    Git locates the repository, and refuses one that the user does not trust. After that HEAD takes no process, nor does
    a name whose refs are unchanged. The prompt directory need not exist; `prefix` and `former` are its present and
    former paths in commits, with ``/`` at their ends.
    """

    def __init__(self, directory: Path, *, prefix: str | None = None, former: Sequence[Path] = ()) -> None:
        self._former = former
        self._directory = Path(directory).absolute()
        self._prefix = prefix
        self._location: RepositoryLocation | None = None
        self._commits: LRUCache[str] = LRUCache(_CACHED_NAMES)
        self._lock = LoopSemaphore(1)  # concurrent calls locate it once

    async def location(self) -> RepositoryLocation:
        """Return the location of the prompt directory."""
        async with self._lock.get():
            return self._location or (await self._ask_git(HEAD, "")).location

    async def head(self, *, name: str = "") -> tuple[RepositoryState, str]:
        """Return the state of the repository, and the commit of HEAD; `name` is looked for as in `state`."""
        state = await self.state(name=name)
        if state.commit is None:
            raise await self._no_head(state.location)
        return state, state.commit

    async def state(self, revision: str = HEAD, *, name: str = "") -> RepositoryState:
        """Return the state of the repository, read by at most one process.

        The revision is a name of one object; `name` is looked for among the branches and tags.
        """
        if self._location is not None:
            return await self._read_files(self._location, revision, name)
        async with self._lock.get():
            return await self._ask_git(revision, name)

    async def _read_files(self, location: RepositoryLocation, revision: str, name: str) -> RepositoryState:
        """Return the state from the repository's files; ask git if they are not enough."""
        ref = name if _may_be_ref(name) else re.split(r"[~^]", revision)[0]
        refs = await asyncio.to_thread(read_refs, Path(location.git_dir), "" if ref in {HEAD, "@"} else ref)
        if refs is None:
            return await self._ask_git(revision, name)
        commit = refs.head if revision in {HEAD, as_commit(HEAD)} else self._commits.find((revision, refs))
        if commit:
            is_ref = bool(refs.tag or refs.branch)
            return RepositoryState(location, commit, "", shallow=False, replaced=False, name_is_ref=is_ref)
        state = await self._ask_git(revision, name)
        if state.commit and not state.replaced:
            self._commits.put((revision, refs), state.commit)
        return state

    async def _ask_git(self, revision: str, name: str) -> RepositoryState:
        git, prefix = locate_git(self._directory)
        result = await (self._location.git if self._location else git).try_run(*_rev_parse_command(revision, name))
        answers = re.split(rf"(?m)^{_SEPARATOR}\n", os.fsdecode(result.output))
        if len(answers) != _ANSWERS:
            raise git_failed("rev-parse", result.status, result.errors)
        top, git_dir, common_dir, shallow, replaced, refs, commit = (one.removesuffix("\n") for one in answers)
        if top.startswith("--"):  # git printed an option that it does not know
            raise old_git()
        if git_dir == top or not _is_same(top, git.directory):
            raise no_repository()  # .git is broken or belongs to another working tree
        self._location = self._location or self._locate(git, prefix, top, git_dir, common_dir)
        object_id = re.fullmatch(OBJECT_ID, commit.removeprefix("--end-of-options\n"))
        return RepositoryState(
            self._location,
            object_id[0] if object_id and not result.status else None,
            result.errors,
            shallow=shallow == "true",
            replaced=bool(replaced) or (self._location.common_dir / "info" / "grafts").exists(),
            name_is_ref=bool(refs),
        )

    def _locate(self, git: Git, prefix: str, toplevel: str, git_dir: str, common_dir: str) -> RepositoryLocation:
        environment = {**git.environment, "GIT_DIR": git_dir, "GIT_WORK_TREE": toplevel}
        if index_is_foreign(git_dir):
            environment.pop("GIT_INDEX_FILE", None)
        top = Path(toplevel)
        prefix = prefix if self._prefix is None else self._prefix
        former = (_prefix_below(top, directory) for directory in self._former)
        return RepositoryLocation(
            git=Git(top, environment),
            toplevel=top,
            git_dir=git_dir,
            common_dir=Path(common_dir),
            prefix=prefix,
            former=tuple(one for one in former if one is not None and one != prefix),
        )

    async def _no_head(self, location: RepositoryLocation) -> HistoryError:
        branch = os.fsdecode((await location.git.try_run("symbolic-ref", "--quiet", HEAD)).output).removesuffix("\n")
        if branch and not (location.common_dir / branch).exists():
            return unborn()
        return damaged("HEAD names no commit")


def _is_same(toplevel: str, directory: Path) -> bool:
    return Path(os.path.realpath(toplevel)) == directory


def _prefix_below(top: Path, directory: Path) -> str | None:
    """Return the path of a directory below the top, with ``/`` at its end; None outside."""
    real, base = os.path.realpath(directory), os.path.realpath(top)
    if real == base:
        return ""
    return Path(os.path.relpath(real, base)).as_posix() + "/" if real.startswith(base + os.sep) else None


class ShallowBoundary(NamedTuple):
    """Boundary of a commit's history in a shallow clone."""

    boundary: frozenset[str]  # commits without their parents: each of their files looks new
    certain: frozenset[str]  # commits before it in a walk; among later ones some may be missing


async def shallow_boundary(state: RepositoryState, head: str) -> ShallowBoundary | None:
    """Return the shallow boundary of a commit's history; None if the history is complete."""
    if not state.shallow:
        return None
    try:
        text = await asyncio.to_thread((state.location.common_dir / "shallow").read_text, "ascii")
    except FileNotFoundError:
        return None  # the rest was fetched meanwhile
    order = (await state.location.git.run("rev-list", head, "--")).decode("ascii").split()
    boundary = frozenset(text.split()).intersection(order)
    if not boundary:
        return None  # it belongs to other branches
    return ShallowBoundary(boundary, frozenset(takewhile(lambda commit: commit not in boundary, order)))


class Checkpoint(NamedTuple):
    """HEAD and the index entries of some files, by which a transaction detects later changes."""

    head: str  # empty before the first commit
    entries: tuple[str, ...]  # as `git ls-files -t --stage` prints them, but below the prompt directory

    def skips(self, path: str) -> bool:
        """Return whether a file is in the index and skipped in the working tree, as in a sparse checkout."""
        return any(entry.startswith("S ") and entry.endswith(f"\t{path}") for entry in self.entries)


OUTSIDE: Final = Checkpoint("", ())  # the checkpoint outside a repository


async def read_checkpoint(directory: Path, paths: Collection[str]) -> Checkpoint | None:
    """Return the checkpoint of the repository around a prompt directory; None if git fails.

    The path of the prompt directory must be without links; the other paths are below it.
    """
    try:
        state = await Repository(directory).state()
        prefix = state.location.prefix
        files = {f"{prefix}{path}" for path in paths}
        output = await state.location.git.run("ls-files", "-t", "--stage", "-z", "--", *state.location.pathspecs(files))
    except HistoryError as error:
        return OUTSIDE if error.reason is GitProblem.NO_REPOSITORY else None
    entries = [entry.partition("\t") for entry in os.fsdecode(output).split("\0")]
    shown = (f"{entry}\t{path.removeprefix(prefix)}" for entry, _, path in entries if path in files)
    return Checkpoint(state.commit or "", tuple(shown))


def other_name(prompt_id: str, name: str) -> str:
    """Return the hint for a branch or tag whose name is also a version."""
    return f"the branch or tag of that name is {prompt_id}@ref:{name}"


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
    """Return the error for a name that does not resolve to a commit, with the prompt's versions, highest first."""
    if re.search(_AMBIGUOUS, state.errors):
        candidates = [match["candidate"] for match in re.finditer(_CANDIDATE, state.errors)]
        message = f"{name!r} is the beginning of several objects' ids"
        help_ = f"give more digits: {'; '.join(candidates)}"
        return history_error(GitProblem.AMBIGUOUS, message, help=help_, version=name)
    if match := re.search(_NO_COMMIT, state.errors):
        message = f"{name!r} names a {match['kind']}, not a commit"
        return history_error(GitProblem.UNKNOWN_REVISION, message, version=name)
    message = fatal_line(state.errors)
    if message and not re.search(_UNKNOWN, message):
        text = f"git finds no commit for {name!r}: {message}"
        help_ = "the index is :staged" if name.startswith(":") else ""
        return history_error(GitProblem.UNKNOWN_REVISION, text, help=help_, version=name)
    if state.shallow and re.fullmatch(_MAY_BE_CUT, name):
        return shallow(f"commit {name!r}")
    if missing := await _missing_commit(state.location.git, re.split("[~^@:]", name)[0] or HEAD):
        return damaged(missing)
    output = await state.location.git.run("for-each-ref", "--format=%(refname:short)")
    near = near_names(name, output.decode("utf-8", "replace").splitlines())
    hints = [f"similar names: {', '.join(near)}"] if near else []
    if versions:
        hints.append(f"available versions: {', '.join(map(str, versions))}")
    hints.append("`git branch --all` and `git tag` list all names")
    if state.shallow:
        hints.append(f"this clone is shallow and may lack branches and tags: {SHALLOW_HELP}")
    message = f"unknown revision {name!r}"
    return history_error(GitProblem.UNKNOWN_REVISION, message, help="; ".join(hints), version=name, near=near)


async def _missing_commit(git: Git, name: str) -> str:
    """Return the fault of a ref whose commit is missing from the repository; empty for any other name."""
    result = await git.try_run("rev-parse", "--verify", "--quiet", "--end-of-options", name)
    match = re.search(rf"(?m)^{OBJECT_ID}$", os.fsdecode(result.output))
    if match is None or match[0] == name.lower() or not (await git.try_run("cat-file", "-e", match[0])).status:
        return ""
    return f"{name} names the commit {match[0][:10]}, which is missing"


async def merge_base_of(state: RepositoryState, commit: str, name: str) -> str:
    """Return the merge base of HEAD and a commit, which error messages call `name`: the first of several."""
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
    """Return the default branch of the remote of the current branch, or of ``origin``; None if it is unknown."""
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
