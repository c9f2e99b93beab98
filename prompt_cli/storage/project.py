"""Finding the project: its settings, its prompt directory, and the git directory around it."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.ids import id_to_path
from prompt_cli.errors import SettingsError, StorageError
from prompt_cli.history.git_directory import git_directory_of, top_of
from prompt_cli.settings import DEFAULT_DIRECTORY, DEFAULTS, PYPROJECT_FILE, SETTINGS_FILE, Settings, parse_settings
from prompt_cli.storage.scan import Listing, walk

if TYPE_CHECKING:
    from collections.abc import Iterable


class Project(NamedTuple):
    """The directories and settings of a project.

    Attributes:
        directory: The prompt directory, absolute; it need not exist.
        root: The directory its paths are shown relative to: the top of the repository, else the current directory.
        git_directory: The git directory of this working tree; None outside a repository.
        settings: The settings in force.
        settings_paths: Where they were looked for, absolute, the first found in force.
        is_named: Whether the user named the directory; the settings, or the search, did otherwise.
    """

    directory: Path
    root: Path
    git_directory: Path | None
    settings: Settings
    settings_paths: tuple[Path, ...]
    is_named: bool = False

    def path_of(self, prompt_id: str) -> str:
        """Return the path of a prompt's file as people are shown it, with ``/`` between its parts.

        Raises:
            PromptIdError: The text is no id.
        """
        return _shown_before_ids(self.directory, self.root) + id_to_path(prompt_id)

    def shown(self, path: Path) -> str:
        """Return a path relative to the top of the repository; as it is where it is not below that."""
        return _shown(path, self.root)

    @property
    def state_directory(self) -> Path | None:
        """The directory of locks and journals; None without a git directory."""
        return self.git_directory / "prompt-cli" if self.git_directory else None


def _shown(path: Path, root: Path) -> str:
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


@cache  # it is asked for every prompt
def _shown_before_ids(directory: Path, root: Path) -> str:
    shown = _shown(directory, root)
    return "" if shown == "." else shown.removesuffix("/") + "/"


def find_project(start: Path, directory: Path | None = None) -> Project:
    """Find the project around a directory.

    Settings are looked for from `start` upwards, as far as the top of the repository; where there are none, the
    nearest directory named ``prompts`` is taken.

    Args:
        start: Where to begin, usually the current directory.
        directory: The prompt directory, where the user named one.

    Raises:
        SettingsError: A settings file cannot be used.
        StorageError: A file or directory on the way could not be read.
    """
    try:
        return _find(start.resolve(), directory)
    except OSError as error:
        raise StorageError(f"{error.filename}: {error.strerror}", path=str(error.filename)) from error


def listing_of(project: Project) -> Listing:
    """Return what is in a project's prompt directory.

    Raises:
        StorageError: There is none, or it could not be read.
    """
    if not project.directory.is_dir():
        raise StorageError(
            f"there is no prompt directory {project.directory}",
            path=str(project.directory),
            help="`prompt-cli create ID --edit` makes it; --directory names another",
            transient=False,
        )
    try:
        return walk(str(project.directory))
    except OSError as error:
        raise StorageError(f"{error.filename} could not be read: {error.strerror}", path=str(error.filename)) from error


def make_directory(project: Project) -> None:
    """Make the prompt directory of a project that has none yet.

    Raises:
        StorageError: It could not be made.
    """
    try:
        project.directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{error.filename} could not be made: {error.strerror}", path=str(error.filename)) from error


def _find(start: Path, directory: Path | None) -> Project:
    if directory is not None:
        # As it was given, symbolic links and all: messages shall name what the user named.
        given = Path(os.path.abspath(start / directory))  # noqa: PTH100 - resolve() would follow the links
        top = top_of(given)
        paths = _settings_paths(given, top)
        found = _find_settings(paths)
        settings = found[1] if found else DEFAULTS
        return Project(given, top or start, git_directory_of(top), settings, paths, is_named=True)
    top = top_of(start)
    paths = _settings_paths(start, top)
    found = _find_settings(paths)
    if found:
        base, settings = found
        return Project(base / settings.directory, top or start, git_directory_of(top), settings, paths)
    nearest = next((up for up in _upwards(start, top) if (up / DEFAULT_DIRECTORY).is_dir()), top or start)
    return Project(nearest / DEFAULT_DIRECTORY, top or start, git_directory_of(top), DEFAULTS, paths)


def _upwards(start: Path, top: Path | None) -> tuple[Path, ...]:
    everything = (start, *start.parents)
    return everything[: everything.index(top) + 1] if top in everything else everything


def git_directory_around(directory: Path) -> Path | None:
    """Return the git directory of the working tree that a directory is in; None outside a repository.

    Raises:
        OSError: A file that names a git directory could not be read.
    """
    return git_directory_of(top_of(directory))


def _settings_paths(start: Path, top: Path | None) -> tuple[Path, ...]:
    return tuple(up / name for up in _upwards(start, top) for name in (SETTINGS_FILE, PYPROJECT_FILE))


def _find_settings(paths: Iterable[Path]) -> tuple[Path, Settings] | None:
    for path in paths:
        if path.is_file() and (settings := read_settings(path, path.read_bytes())):
            return path.parent, settings
    return None


def read_settings(path: Path, content: bytes, at: str = "") -> Settings | None:
    """Read a file of settings, as it is or as it was; None where it has none.

    Args:
        path: The file.
        content: Its bytes.
        at: What to call the commit they are from, for errors; they are the working tree's where empty.

    Raises:
        SettingsError: It cannot be used.
    """
    source = f"{at}, {path}" if at else str(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError(f"{source}: not UTF-8, as TOML has to be", path=source) from None
    # Most files of that name say nothing of prompt-cli, and a TOML parser takes longer than the search.
    if path.name == PYPROJECT_FILE and "prompt-cli" not in text:
        return None
    return parse_settings(text, source)
