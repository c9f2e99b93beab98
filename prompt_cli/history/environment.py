"""The environment that git reads in: the repository named, no transport, no program of the repository's choice.

Git itself would look for a repository from the directory it is started in, and take one with ``HEAD``, ``objects`` and
``refs`` for a bare repository, whose configuration can name programs to run. A pull request can add such a directory.
So the repository is found here, by ``.git`` alone: a name that git never checks out.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prompt_cli.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_KEPT: Final = frozenset(
    {
        # The index a hook is asked about: `git commit --only` and `-a` make one of their own (githooks(5)).
        "GIT_INDEX_FILE",
        # Where the user's configuration is, and with it safe.directory.
        "GIT_CONFIG_COUNT",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_SYSTEM",
        # Where git's own programs are.
        "GIT_EXEC_PATH",
    }
)
_KEPT_PREFIXES: Final = ("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "GIT_TRACE2")
_PINNED: Final = {
    # A partial clone would fetch what it lacks, by a program that its configuration names. Git before 2.45 does not
    # know the first of the two; with the second, which allows no protocol, each transport refuses to begin.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_OPTIONAL_LOCKS": "0",  # reading must not refresh the index
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",  # its messages are recognized by their text
}

_SETTINGS: Final = (
    "core.fsmonitor=false",  # a program of the repository's choice
    "core.hooksPath=/dev/null",
    "diff.orderFile=/dev/null",
    "i18n.logOutputEncoding=UTF-8",
    "log.follow=false",
    "log.showRoot=true",
    "log.showSignature=false",
    "maintenance.auto=false",
    "safe.bareRepository=explicit",
)
GIT_OPTIONS: Final = (
    "--no-pager",
    "--literal-pathspecs",
    *(part for setting in _SETTINGS for part in ("-c", setting)),
)
"""What stands before the command, each time git is started to read."""
FILTERS: Final = ("config", "--null", "--name-only", "--get-regexp", r"^filter\.")
"""The command that lists the settings of filters; it ends with 1 where there are none."""


class Start(NamedTuple):
    """Where git is started to look at a repository, before it has said where its git directory is.

    Attributes:
        directory: The top of the working tree that holds the prompt directory.
        environment: The environment for git.
        prefix: The prompt directory's path below the top, with ``/`` at its end; empty where it is the top.
    """

    directory: Path
    environment: dict[str, str]
    prefix: str


def start_of(directory: Path) -> Start:
    """Find the working tree that holds a prompt directory, by the nearest ``.git`` at or above it.

    In a hook ``GIT_DIR`` may be set without ``GIT_WORK_TREE`` (in a linked worktree it is), and git would then take
    the directory it is started in for the top of the worktree. Only where both are set, and the directory is in that
    worktree, are they obeyed.

    Git is started at the top and finds ``.git`` there before all else; it is not told ``GIT_DIR`` yet, for then it
    would not check whose the repository is. Where there is none, it is told one that does not exist, and says so.

    Args:
        directory: The prompt directory, absolute. It need not exist: with its last prompt, git removes it.

    Source: git(1), "Environment Variables"; githooks(5); gitrepository-layout(5).
    """
    real = Path(os.path.realpath(directory))
    named = _named_repository(real)
    base = next(up for up in (real, *real.parents) if up.is_dir())
    top = Path(named["GIT_WORK_TREE"]) if named else _top(base)
    if top is None:
        top, named = base, {"GIT_DIR": str(base / ".git")}
    elif not named:
        named = {"GIT_CEILING_DIRECTORIES": str(top.parent)}
    prefix = real.relative_to(top).as_posix()
    return Start(top, _kept() | named | _PINNED, "" if prefix == "." else f"{prefix}/")


def index_is_foreign(git_dir: str) -> bool:
    """Tell whether ``GIT_INDEX_FILE`` is another repository's: a hook of one that looks into a second one.

    Args:
        git_dir: The git directory in use, absolute.
    """
    named = os.environ.get("GIT_DIR")
    return bool(named) and os.path.realpath(named or "") != os.path.realpath(git_dir)


def without_filters(environment: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Return an environment in which filters do nothing.

    The settings that name their programs are emptied: by variables, for ``-c`` would end a name at its first ``=``.

    Args:
        environment: The environment for git.
        names: The settings' names, as the command `FILTERS` lists them.

    Source: gitattributes(5), "filter"; git-config(1), "GIT_CONFIG_COUNT".
    """
    drivers = sorted({name.rpartition(".")[0] for name in names})
    values = {"clean": "", "smudge": "", "process": "", "required": "false"}
    first = int(environment.get("GIT_CONFIG_COUNT") or 0)
    settings = [(f"{driver}.{key}", value) for driver in drivers for key, value in values.items()]
    numbered = dict(enumerate(settings, first))
    return {
        **environment,
        **{f"GIT_CONFIG_KEY_{number}": name for number, (name, _) in numbered.items()},
        **{f"GIT_CONFIG_VALUE_{number}": value for number, (_, value) in numbered.items()},
        "GIT_CONFIG_COUNT": str(first + len(settings)),
    }


def _kept() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in _KEPT or name.startswith(_KEPT_PREFIXES)
    }


def _named_repository(directory: Path) -> dict[str, str]:
    git_dir, tree = os.environ.get("GIT_DIR"), os.environ.get("GIT_WORK_TREE")
    if not git_dir or not tree or not directory.is_relative_to(os.path.realpath(tree)):
        return {}
    return {"GIT_DIR": os.path.realpath(git_dir), "GIT_WORK_TREE": os.path.realpath(tree)}


def _top(base: Path) -> Path | None:
    ceilings = os.environ.get("GIT_CEILING_DIRECTORIES", "").split(os.pathsep)
    limits = {Path(os.path.realpath(ceiling)) for ceiling in ceilings if ceiling}
    for up in (base, *base.parents):
        if up.name == ".git" or (up in limits and up != base):
            return None  # no working tree reaches into a git directory
        if (up / ".git").is_file() or _is_git_directory(up / ".git"):
            return up
    return None


def _is_git_directory(path: Path) -> bool:
    return all((path / name).exists() for name in ("HEAD", "objects", "refs"))
