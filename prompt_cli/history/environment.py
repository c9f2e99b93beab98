"""The environment git runs in: nothing of the caller's that could point it elsewhere, nothing that asks or writes.

Whatever a repository's configuration says, no pager, external diff, text conversion, signature check or file system
monitor is run, and settings that would change the form of an answer are overridden.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_KEPT: Final = frozenset(
    {
        # The index a hook is asked about: `git commit --only` and `-a` make one of their own (githooks(5)).
        "GIT_INDEX_FILE",
        # Where the user's configuration is, and with it safe.directory.
        "GIT_CONFIG_COUNT",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_SYSTEM",
        # Where git's own programs are, and how far it may look for a repository.
        "GIT_CEILING_DIRECTORIES",
        "GIT_DISCOVERY_ACROSS_FILESYSTEM",
        "GIT_EXEC_PATH",
        # How a partial clone reaches its remote.
        "GIT_ALLOW_PROTOCOL",
        "GIT_ASKPASS",
        "GIT_HTTP_PROXY_AUTHMETHOD",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_SSH_VARIANT",
        "GIT_SSL_CAINFO",
        "GIT_SSL_NO_VERIFY",
    }
)
_KEPT_PREFIXES: Final = ("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "GIT_TRACE2")
_PINNED: Final = {
    "GIT_OPTIONAL_LOCKS": "0",  # reading must not refresh the index
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",  # its messages are recognized by their text
}

_SETTINGS: Final = (
    "core.fsmonitor=false",  # a program of the repository's choice
    "diff.orderFile=/dev/null",
    "i18n.logOutputEncoding=UTF-8",
    "log.follow=false",
    "log.showRoot=true",
    "log.showSignature=false",
    "maintenance.auto=false",  # what a partial clone fetches would begin a clean-up
)
GIT_OPTIONS: Final = (
    "--no-pager",
    "--literal-pathspecs",
    *(part for setting in _SETTINGS for part in ("-c", setting)),
)
"""What stands before the command, each time git is started to read."""


def git_environment(directory: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which git reads the repository of a directory.

    In a hook ``GIT_DIR`` may be set without ``GIT_WORK_TREE`` (in a linked worktree it is), and git would then take
    whatever directory it is started in for the top of the worktree. So the repository is looked for from the directory
    upwards instead; only where both are set, and the directory is in that worktree, are they obeyed.

    Args:
        directory: The prompt directory.
        environ: The process's own environment.

    Source: git(1), "Environment Variables"; githooks(5).
    """
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith("GIT_") or name in _KEPT or name.startswith(_KEPT_PREFIXES)
    }
    return kept | _named_repository(directory, environ) | _PINNED


def index_is_foreign(git_dir: str, environ: Mapping[str, str]) -> bool:
    """Tell whether ``GIT_INDEX_FILE`` is another repository's: a hook of one that looks into a second one.

    Args:
        git_dir: The git directory in use, absolute.
        environ: The process's own environment.
    """
    named = environ.get("GIT_DIR")
    return bool(named) and os.path.realpath(named or "") != os.path.realpath(git_dir)


def _named_repository(directory: Path, environ: Mapping[str, str]) -> dict[str, str]:
    git_dir, tree = environ.get("GIT_DIR"), environ.get("GIT_WORK_TREE")
    if not git_dir or not tree:
        return {}
    top = os.path.realpath(tree)
    if os.path.commonpath([top, os.path.realpath(directory)]) != top:
        return {}
    return {"GIT_DIR": os.path.realpath(git_dir), "GIT_WORK_TREE": top}
