"""Projects: the search for settings, the prompt directories and the git directory."""

import os
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from prompt_cli.domain.ids import id_to_path
from prompt_cli.errors import SettingsError, StorageError
from prompt_cli.history.git_directory import git_directory_of, top_of
from prompt_cli.problems import Location, Region
from prompt_cli.settings import (
    BASELINE_FILE,
    DEFAULT_DIRECTORY,
    DEFAULTS,
    PYPROJECT_FILE,
    SETTINGS_FILE,
    Settings,
    parse_settings,
)
from prompt_cli.storage.scan import LONGEST_PATH, check_links, from_here


class Project(NamedTuple):
    """A prompt directory with its settings; the settings may name several directories, each a project."""

    directory: Path  # absolute; it need not exist
    root: Path  # of paths shown to users: the top of the repository, else the current directory
    git_directory: Path | None  # of the working tree; None outside a repository
    settings: Settings
    settings_paths: tuple[Path, ...]  # absolute candidates; the first that has settings is used
    is_named: bool = False  # by the user, instead of the settings or the search
    settings_directory: Path | None = None  # None without settings

    @property
    def base(self) -> Path:
        """The directory of the settings; without any, the one around the prompt directory."""
        return self.settings_directory or self.directory.parent

    @property
    def setting(self) -> str:
        """The prompt directory as the settings name it, relative to them."""
        return os.path.relpath(self.directory, self.base).replace(os.sep, "/")

    @property
    def directories(self) -> Sequence[Path]:
        """The prompt directories of the settings; the one that the user named, or that the search found, without."""
        if self.is_named or self.settings_directory is None:
            return [self.directory]
        return [self.settings_directory / one for one in self.settings.directories]

    @property
    def is_alone(self) -> bool:
        """Whether the project has no other prompt directory, so that an id names one prompt."""
        return [*self.directories] == [self.directory]

    @property
    def former_directories(self) -> tuple[Path, ...]:
        """The earlier places of the prompt directory."""
        return tuple(self.base / one for one in self.settings.former_directories)

    @property
    def baseline_paths(self) -> tuple[Path, ...]:
        """The candidates for the baseline, next to those for the settings; the first that exists is used."""
        return tuple(dict.fromkeys(path.parent / BASELINE_FILE for path in self.settings_paths))

    def path_of(self, prompt_id: str) -> str:
        """Return the path of a prompt's file as shown to users, separated by ``/``."""
        return _shown_before_ids(self.directory, self.root) + id_to_path(prompt_id)

    def name_of(self, prompt_id: str) -> str:
        """Return the name of a prompt in reports: its id, or with several directories the path from the current one."""
        return prompt_id if self.is_alone else from_here(self.directory / id_to_path(prompt_id))

    def help_here(self, text: str) -> str:
        """Return a help whose commands name the prompt directory if there are several."""
        if self.is_alone:
            return text
        import shlex  # few projects have several

        return text.replace("`prompt-cli ", f"`prompt-cli --directory {shlex.quote(from_here(self.directory))} ")

    def shown(self, path: Path) -> str:
        """Return a path as shown to users: relative to the top of the repository if it is below it."""
        return _shown(path, self.root)

    @property
    def state_directory(self) -> Path | None:
        """The directory of the lock and the journals; None outside a repository."""
        return self.git_directory / "prompt-cli" if self.git_directory else None


def find_projects(start: Path, directory: Path | None = None) -> Sequence[Project]:
    """Find the prompt directories of the project around a directory; at least one.

    The search goes from `start` up to the top of the repository and takes the first settings; without any, the nearest
    directory named ``prompts``. A directory that the user named is the only one.
    """
    if directory is not None and len(str(directory)) > LONGEST_PATH:
        raise StorageError("the path of the prompt directory is too long", path=str(directory), transient=False)
    try:
        return _find(start.resolve(), directory)
    except OSError as error:
        raise StorageError(f"{error.filename}: {error.strerror}", path=str(error.filename)) from error


def find_project(start: Path, directory: Path | None = None) -> Project:
    """Find the project around a directory, as `find_projects` does; of several, the one at `start`."""
    return choose_project(find_projects(start, directory), start)


def choose_project(projects: Sequence[Project], start: Path) -> Project:
    """Return the only project, or the one whose prompt directory holds a directory or is the only one below it."""
    here = start.resolve()
    holding = [one for one in projects if here.is_relative_to(one.directory.resolve())]
    below = [one for one in projects if one.directory.resolve().is_relative_to(here)]
    for candidates in (projects, holding, below):
        if len(candidates) == 1:
            return candidates[0]
    message = f"the settings name {len(projects)} prompt directories, and this needs one of them"
    raise SettingsError(message, help=f"add {choices(projects)}")


def choices(projects: Sequence[Project]) -> str:
    """Return the options that choose one of several prompt directories."""
    import shlex  # only errors need it

    options = [f"--directory {shlex.quote(from_here(one.directory))}" for one in projects]
    return f"{', '.join(options[:-1])} or {options[-1]}"


def make_directory(project: Project) -> None:
    """Create the prompt directory of a project if it does not exist."""
    try:
        project.directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{error.filename} could not be made: {error.strerror}", path=str(error.filename)) from error


def git_directory_around(directory: Path) -> Path | None:
    """Return the git directory of the working tree around a directory; None outside a repository."""
    return git_directory_of(top_of(directory))


def read_settings(path: Path, content: bytes, at: str = "") -> Settings | None:
    """Read the settings of a file, of the working tree or of a commit named `at`; None without any."""
    source = f"{at}, {from_here(path)}" if at else from_here(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        invalid = SettingsError(f"byte 0x{error.object[error.start]:02x} is not UTF-8", help="save the file as UTF-8")
        raise invalid.at(Location(source, Region(line, column, line, column + 1))) from None
    # Most such files do not mention prompt-cli, and parsing TOML is slower than this search.
    if path.name == PYPROJECT_FILE and "prompt-cli" not in text:
        return None
    return parse_settings(text, source)


def _find(start: Path, directory: Path | None) -> Sequence[Project]:
    # Links stay unresolved, so that messages name the path that the user named.
    named = None if directory is None else Path(os.path.abspath(start / directory))  # noqa: PTH100 - resolve() follows links
    here = named or start
    top = top_of(here)
    parents = (here, *here.parents)
    around = top if top in parents else None
    upwards = parents[: parents.index(around) + 1] if around else parents
    paths = tuple(up / name for up in upwards for name in (SETTINGS_FILE, PYPROJECT_FILE))
    base, settings = _find_settings(paths, around) or (None, DEFAULTS)
    if named is not None:
        directories = [named]
    else:
        parent = base or next((up for up in upwards if (up / DEFAULT_DIRECTORY).is_dir()), top or start)
        directories = [parent / one for one in settings.directories]
        for one in directories:
            advice = "replace the link by a directory; --directory names any directory for one command"
            check_links(one, around or parent, advice)
    git_directory = git_directory_of(top)
    return [Project(one, top or start, git_directory, settings, paths, named is not None, base) for one in directories]


def _find_settings(paths: Iterable[Path], around: Path | None) -> tuple[Path, Settings] | None:
    for path in paths:
        if path.is_file():
            check_links(path, around or path.parent, "replace the link by a file")
            if settings := read_settings(path, path.read_bytes()):
                return path.parent, settings
    return None


def _shown(path: Path, root: Path) -> str:
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


@cache  # called for every prompt
def _shown_before_ids(directory: Path, root: Path) -> str:
    shown = _shown(directory, root)
    return "" if shown == "." else shown.removesuffix("/") + "/"
