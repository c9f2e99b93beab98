"""The run of one command: session, logs, and the entry into the event loop."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from prompt_cli.cli.output import is_colored, note, set_top
from prompt_cli.errors import InvalidValueError, PromptIdError, PromptManagerError, StorageError
from prompt_cli.log import log_failure
from prompt_cli.reporting.terminal import one_line

if TYPE_CHECKING:
    import typer

    from prompt_cli.engines.protocol import TemplateEngineProtocol
    from prompt_cli.manager import PromptManager
    from prompt_cli.storage.project import Project
    from prompt_cli.workspace import Workspace

Result = TypeVar("Result")

_READING_COMMANDS = frozenset({"diff", "list", "render", "show", "versions"})  # they change no prompt

_GC_THRESHOLD = 200_000
"""Allocations between two garbage collections. A batch of prompts creates few cycles, so Python's default of 700 scans
the same live objects again and again."""


class LogFormat(StrEnum):
    """Formats of log lines."""

    CONSOLE = "console"
    JSON = "json"


class Session:
    """The common options of a run."""

    def __init__(self) -> None:
        self.directory: Path | None = None
        self.verbosity = 0
        self.log_format = LogFormat.CONSOLE
        self.engine = "handlebars"

    def find_project(self, target: str | None = None) -> Project:
        """Return the prompt directory of a target; without one, that of the project around the current directory."""
        from prompt_cli.storage.project import choices, choose_project

        projects = [project for project, _ in self.find_projects([] if target is None else [target])]
        if target is None:
            return choose_project(projects, Path.cwd())
        if len(projects) > 1:
            message = f"{target!r} names prompts in {len(projects)} prompt directories"
            raise PromptIdError(message, help=f"name one prompt, or add {choices(projects)}")
        return projects[0]

    def find_projects(self, targets: Sequence[str]) -> Sequence[tuple[Project, Sequence[str]]]:
        """Return the prompt directories of targets, with the targets of each.

        These are the directories of the project around the current directory, and for files outside them the nearest
        one above each, unless the user named the prompt directory.
        """
        from prompt_cli.storage.project import find_projects

        here = find_projects(_current_directory(), self.directory)
        if self.directory is not None or not targets:
            set_top(here[0].root)
            return [(one, targets) for one in here]
        owners = [_projects_of(one, here) for one in targets]
        # The first project with a directory reports the targets that are in none, or skips them.
        first = next((one for projects in owners for one in projects if one.directory.is_dir()), here[0])
        groups: dict[Path, tuple[Project, list[str]]] = {first.directory: (first, [])}
        for projects, target in zip(owners, targets, strict=True):
            for project in projects:
                # Paths are named from the top of one repository.
                owner = project if project.directory.is_dir() and project.root == first.root else first
                groups.setdefault(owner.directory, (owner, []))[1].append(target)
        set_top(first.root)
        return list(groups.values())

    def run(
        self, command: str, work: Callable[[Workspace], Awaitable[Result]], *, project: Project, **log_fields: object
    ) -> Result:
        """Run the work of a command in the event loop and return its result; every event has the log fields."""
        import asyncio  # help and cached reports need no event loop
        import gc

        self.start_logs(command, **log_fields)
        gc.freeze()  # imported modules stay alive
        gc.set_threshold(_GC_THRESHOLD, 20, 20)
        gc.enable()
        return asyncio.run(self._work(command, work, project))

    def start_logs(self, command: str, **fields: object) -> None:
        """Log to standard error from now on, with the fields in every event, if the user asked for logs."""
        if not self.verbosity:
            return
        import logging

        import structlog  # slower to import than most commands run

        renderer: structlog.typing.Processor = (
            structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=False)
            if self.log_format is LogFormat.JSON
            else structlog.dev.ConsoleRenderer(colors=is_colored(sys.stderr), pad_event_to=0)
        )
        structlog.configure(
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
                _on_one_line,
                renderer,
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if self.verbosity > 1 else logging.INFO),
            logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        )
        structlog.contextvars.bind_contextvars(command=command, **fields)

    async def _work(self, command: str, work: Callable[[Workspace], Awaitable[Result]], project: Project) -> Result:
        from prompt_cli.workspace import Workspace

        if command in _READING_COMMANDS and callable(signal.getsignal(signal.SIGINT)):
            # On Ctrl-C, asyncio would cancel the task at its next await only, seconds into a long render.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return await work(Workspace(project=project, engine=self._engine(), on_notice=note))
        except PromptManagerError as error:
            log_failure(error, command)
            raise

    def _engine(self) -> TemplateEngineProtocol | None:
        if self.engine == "handlebars":
            return None
        from prompt_cli.engines.pybars import PybarsEngine  # takes long to import

        return PybarsEngine()


def _current_directory() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise StorageError("the current directory was deleted", help="change to another one, or use -C") from error


def _projects_of(target: str, here: Sequence[Project]) -> Sequence[Project]:
    """Return the prompt directories of a target: those of the project, or the nearest one above a file outside them."""
    from prompt_cli.checking.targets import check_signs, path_below, projects_of
    from prompt_cli.storage.project import find_projects

    check_signs(target)
    if here[1:] and (named := projects_of(target, here)):
        return named
    name = target
    while name and all(path_below(target, one.directory) is None for one in here):
        path = Path.cwd() / name
        if os.path.exists(path):  # noqa: PTH110 - Path.exists raises for a name that is too long
            nearest = find_projects(path if path.is_dir() else path.parent)
            return [one for one in nearest if path_below(name, one.directory) and one.directory.is_dir()] or here[:1]
        name = name.rpartition("@")[0]  # a revision
    if here[1:]:
        raise _unknown(target, here)
    return here


def _unknown(target: str, projects: Sequence[Project]) -> PromptManagerError:
    """Return the error for a target that names nothing in several prompt directories."""
    from prompt_cli.checking.targets import is_path
    from prompt_cli.domain.ids import not_found
    from prompt_cli.storage.project import choices
    from prompt_cli.storage.scan import PromptDirectory, from_here

    if is_path(target):
        directories = ", ".join(from_here(one.directory) for one in projects)
        message = f"{target} is not in the prompt directories {directories}"
        return StorageError(message, help="--directory names another prompt directory", transient=False)
    present = [PromptDirectory(one.directory) for one in projects if one.directory.is_dir()]
    ids = [prompt_id for one in present for prompt_id in one.list().ids]
    error = not_found(target.partition("@")[0], ids)
    if ids and not error.near:
        error.advise(f"`prompt-cli list` shows all prompts; for a deleted one add {choices(projects)}")
    return error


def session_of(context: typer.Context) -> Session:
    """Return the session of a run."""
    return context.find_root().ensure_object(Session)


def refuse_ambiguous_directory(project: Project) -> None:
    """Raise an error if new prompts could go below the current directory as well as to the top of the repository."""
    from prompt_cli.settings import DEFAULT_DIRECTORY, DEFAULTS
    from prompt_cli.storage.scan import from_here

    if project.is_named or project.settings is not DEFAULTS or project.directory.is_dir():
        return
    if (here := Path.cwd() / DEFAULT_DIRECTORY) != project.directory:
        import shlex  # only this error needs it

        places = from_here(here), from_here(project.directory)
        raise InvalidValueError(
            f"no prompt directory yet: it could be {places[0]} or {places[1]}",
            help=f"add --directory {shlex.quote(places[0])} or --directory {shlex.quote(places[1])}",
        )


def manager_of(workspace: Workspace) -> PromptManager:
    """Return the manager of a workspace."""
    from prompt_cli.manager import manager_of  # some commands need no manager

    return manager_of(workspace)


def _on_one_line(_logger: object, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep texts in fields, such as errors, from controlling the terminal or beginning a line."""
    return {name: one_line(value) if isinstance(value, str) else value for name, value in fields.items()}
