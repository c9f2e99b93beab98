"""Walking the prompt directory: which files are prompts, and which look like some and are none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from prompt_cli.domain.identifiers import SUFFIX, id_problem, path_to_id

_OTHER_SUFFIX = ".yml"


class StrayFile(NamedTuple):
    """A file that looks like a prompt and is none.

    Attributes:
        path: Its path below the prompt directory, with ``/`` between its parts.
        reason: Why it is passed over.
        help: What to do about it.
    """

    path: str
    reason: str
    help: str


class Listing(NamedTuple):
    """What a walk found.

    Attributes:
        ids: The ids of prompts, sorted.
        strays: Files that look like prompts and are none, sorted.
        complete: Whether that is all there is, and not only what was asked for.
    """

    ids: tuple[str, ...]
    strays: tuple[StrayFile, ...]
    complete: bool = True


def walk(root: str, beginning: str = "") -> Listing:
    """Walk a directory; what is hidden is passed over, and so is what leads out of it.

    Args:
        root: The directory.
        beginning: How the paths begin that are asked for: directories where there are none of these are not entered,
            while others may be found all the same.

    Raises:
        OSError: A directory could not be read.
    """
    walker = _Walker(os.path.realpath(root), beginning)
    walker.run()
    return Listing(tuple(sorted(walker.ids)), tuple(sorted(walker.strays)))


class _Walker:
    def __init__(self, root: str, beginning: str) -> None:
        self.ids: list[str] = []
        self.strays: list[StrayFile] = []
        self._root = root
        self._beginning = beginning
        # A directory to enter, the path by which it is reached, and the directories that path leads through.
        self._folders: list[tuple[str, str, tuple[str, ...]]] = [(root, "", (root,))]
        # Each directory is entered by one link at most, so that links to links cannot multiply.
        self._linked: set[str] = set()

    def run(self) -> None:
        while self._folders:
            folder, prefix, through = self._folders.pop()
            with os.scandir(folder) as entries:
                for entry in sorted(entries, key=lambda one: one.name):
                    if not entry.name.startswith("."):
                        self._entry(entry, prefix + entry.name, through)

    def _entry(self, entry: os.DirEntry[str], path: str, through: tuple[str, ...]) -> None:
        if entry.is_symlink():
            self._link(os.path.realpath(entry.path), path, through)
        elif entry.is_dir():
            below = f"{path}/"
            if not below.startswith(self._beginning) and not self._beginning.startswith(below):
                return
            self._folders.append((entry.path, below, (*through, entry.path)))
            if _looks_like_prompt(path):
                self._pass_over(path, "it is a directory", f"rename it: only files end in {SUFFIX}")
        else:
            self._file(path, regular=entry.is_file())

    def _file(self, path: str, *, regular: bool) -> None:
        if not _looks_like_prompt(path):
            return
        if not regular:
            self._pass_over(path, "it is no regular file", "replace it by a file")
        elif (prompt_id := path_to_id(path)) is not None:
            self.ids.append(prompt_id)
        elif (stray := stray_at(path)) is not None:
            self.strays.append(stray)

    def _link(self, real: str, path: str, through: tuple[str, ...]) -> None:
        target = Path(real)
        if not inside(real, self._root):
            if target.is_dir() or _looks_like_prompt(path):
                self._pass_over(path, "it is a link that leads out of the prompt directory", "copy what it leads to")
        elif not target.is_dir():
            if target.exists():
                self._file(path, regular=target.is_file())
            elif _looks_like_prompt(path):
                self._pass_over(path, "it is a link that leads nowhere", "remove it, or restore what it led to")
        elif real in through:
            self._pass_over(path, "it is a link to a directory it stands in", "remove it")
        elif real in self._linked:
            self._pass_over(
                path, "it is a link to a directory that another link leads to already", "remove one of them"
            )
        else:
            self._linked.add(real)
            self._folders.append((real, f"{path}/", (*through, real)))

    def _pass_over(self, path: str, reason: str, advice: str) -> None:
        self.strays.append(StrayFile(_readable(path), reason, advice))


def stray_at(path: str) -> StrayFile | None:
    """Return what is wrong with a path below the prompt directory that looks like a prompt's and is none.

    >>> stray_at("New Prompt.yml")
    StrayFile(path='New Prompt.yml', reason="a prompt's file ends in .yaml", help='rename it')
    """
    if not _looks_like_prompt(path) or path_to_id(path) is not None or "/." in f"/{path}":
        return None
    if not path.endswith(SUFFIX):
        return StrayFile(_readable(path), f"a prompt's file ends in {SUFFIX}", "rename it")
    return StrayFile(_readable(path), id_problem(path.removesuffix(SUFFIX)) or "its name is no id", "rename it")


def _readable(path: str) -> str:
    return os.fsencode(path).decode(errors="replace")


def inside(path: str, folder: str) -> bool:
    """Tell whether a path is a directory or below it; both without links."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _looks_like_prompt(path: str) -> bool:
    return path.lower().endswith((SUFFIX, _OTHER_SUFFIX))
