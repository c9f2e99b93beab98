"""One run of one command: its common options, and the one place that enters the event loop."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand

from prompt_cli.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from prompt_cli.domain.version import SemanticVersion
    from prompt_cli.engines.protocol import TemplateEngineProtocol
    from prompt_cli.history.version_store import GitVersionStore
    from prompt_cli.manager import PromptManager
    from prompt_cli.storage.project import Project

Result = TypeVar("Result")

_COLLECTED_AFTER = 200_000
"""How many objects are made before garbage is looked for: more than are alive in a batch of prompts, which leave nearly
no circles behind, so that what is alive is not looked through again and again. Python's 700 are those of one prompt."""


class LogFormat(StrEnum):
    """How logs are written."""

    CONSOLE = "console"
    JSON = "json"


class Workspace:
    """What a command works on. The manager and all it brings are imported when they are first needed.

    Args:
        project: The project.
        engine: What fills templates in; ours where None.

    Attributes:
        former: Where commits have the prompt directory, below the top, with ``/`` at its end; where it is now if None.
        others: How the ids of files begin that are another prompt directory's; empty where there is none below this.
        uses_history: Whether the manager shares `version_store`, which is imported then.
    """

    def __init__(self, project: Project, engine: TemplateEngineProtocol | None) -> None:
        self.project = project
        self.former: str | None = None
        self.others = ""
        self.uses_history = False
        self._engine = engine

    @cached_property
    def manager(self) -> PromptManager:
        """What gets, renders, compares and changes prompts."""
        from prompt_cli.manager import PromptManager  # not every command needs one

        store = self.version_store if self.uses_history else None
        return PromptManager.of_project(self.project, self._engine, store, on_notice=note)

    def at(self, project: Project, *, former: str | None = None, others: str = "") -> Workspace:
        """Return the workspace of another directory, whose history is used; the arguments are its attributes."""
        workspace = Workspace(project, self._engine)
        workspace.former, workspace.others, workspace.uses_history = former, others, True
        return workspace

    @property
    def shown_directory(self) -> str:
        """The prompt directory as users are shown it."""
        return self.project.shown(self.project.directory)

    def has(self, prompt_id: str) -> bool:
        """Tell whether a prompt is this directory's, and not that of another prompt directory below it."""
        return not self.others or not prompt_id.startswith(self.others)

    @cached_property
    def version_store(self) -> GitVersionStore:
        """Where versions are, for what needs nothing else of the manager."""
        from prompt_cli.history.version_store import GitVersionStore  # as said above

        if self.former is not None:
            from prompt_cli.history.moved_store import MovedVersionStore  # few directories move
            from prompt_cli.storage.directory import DirectoryStorage

            files = DirectoryStorage(self.project.directory)
            return MovedVersionStore(self.project.directory, self.former, files, version_of=_version_in)
        return GitVersionStore(self.project.directory, version_of=_version_in)


class Session:
    """The common options of a run, which stand before or after the command's name."""

    def __init__(self) -> None:
        self.directory: Path | None = None
        self.verbosity = 0
        self.log_format = LogFormat.CONSOLE
        self.engine = "handlebars"

    def run(
        self,
        command: str,
        work: Callable[[Workspace], Awaitable[Result]],
        *,
        project: Project | None = None,
        **bound: object,
    ) -> Result:
        """Do the work of a command in the event loop.

        Args:
            command: The command's name, for logs.
            work: What to do.
            project: What to work on, where that was found already.
            bound: What else to log with every event: ``prompt_id``.

        Returns:
            What the work returned.
        """
        import asyncio  # help needs no event loop
        import gc

        if self.verbosity:
            from prompt_cli.cli.logs import bind_context, configure_logs  # off unless asked for

            configure_logs(self.verbosity, self.log_format)
            bind_context(command=command, **bound)
        # Prompts leave few circles behind, and what was imported is none of them.
        gc.freeze()
        gc.set_threshold(_COLLECTED_AFTER, 20, 20)
        gc.enable()
        return asyncio.run(self._work(work, project))

    async def _work(self, work: Callable[[Workspace], Awaitable[Result]], project: Project | None) -> Result:
        import asyncio  # as above

        from prompt_cli.storage.project import find_project  # help needs no project

        if project is None:
            project = await asyncio.to_thread(find_project, Path.cwd(), self.directory)
        return await work(Workspace(project, self._engine()))

    def _engine(self) -> TemplateEngineProtocol | None:
        if self.engine == "handlebars":
            return None
        from prompt_cli.engines.pybars import PybarsEngine  # only where it was asked for

        return PybarsEngine()


def _version_in(content: bytes) -> SemanticVersion | None:
    from prompt_cli.storage.loader import version_in  # brings Pydantic, and few contents leave a doubt

    return version_in(content)


def session_of(context: typer.Context) -> Session:
    """Return the session of a run."""
    return context.find_root().ensure_object(Session)


class PromptCommand(TyperCommand):
    """A command that takes the common options after its name.

    Its help shows arguments as they are declared: releases of Typer differ in the brackets and types that they add.
    """

    def __init__(self, *args: Any, params: list[Any] | None = None, **kwargs: Any) -> None:  # noqa: ANN401 - Typer's own
        super().__init__(*args, params=[*(params or ()), *common_options()], **kwargs)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401 - Typer keeps these classes to itself
        """Return the words of the usage line."""
        return ["[OPTIONS]", *(argument.metavar for argument in self._parameters("argument", ctx))]

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - the same
        """Write the help of the arguments and of the options."""
        arguments = [
            (one.metavar, f"{one.help}  [required]" if one.required else one.help)
            for one in self._parameters("argument", ctx)
        ]
        options = [one.get_help_record(ctx) for one in self._parameters("option", ctx)]
        for title, rows in (("Arguments", arguments), ("Options", options)):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def _parameters(self, kind: str, context: Any) -> list[Any]:  # noqa: ANN401 - the same
        return [one for one in self.get_params(context) if one.param_type_name == kind]


def _take_directory(context: typer.Context, value: str | None) -> None:
    if value is not None:
        session_of(context).directory = Path(value)


def _take_verbosity(context: typer.Context, value: int) -> None:
    session_of(context).verbosity += value


def _take_log_format(context: typer.Context, value: str | None) -> None:
    if value is None:
        return
    if value not in set(LogFormat):
        raise typer.BadParameter(f"{value!r} is neither console nor json")
    session_of(context).log_format = LogFormat(value)


def _declare_common_options(
    directory: Annotated[
        str | None,
        typer.Option(
            "--directory",
            "-C",
            metavar="DIR",
            expose_value=False,
            callback=_take_directory,
            help="The prompt directory; found from the current directory upwards where not given.",
        ),
    ] = None,
    verbose: Annotated[
        int,
        typer.Option(
            "--verbose",
            "-v",
            count=True,
            show_default=False,
            expose_value=False,
            callback=_take_verbosity,
            help="Log to standard error what is done; -vv logs each step.",
        ),
    ] = 0,
    log_format: Annotated[
        str | None,
        typer.Option(
            metavar="[console|json]",
            expose_value=False,
            callback=_take_log_format,
            help="How logs are written.",
        ),
    ] = None,
) -> None:
    """Declare the common options; their callbacks do the work."""


def common_options() -> list[Any]:
    """Return the options that every command takes, before its name or after.

    Typer makes them out of a function: its releases differ in what the classes of its options are made of.
    """
    declared = typer.Typer(add_completion=False)
    declared.command(add_help_option=False)(_declare_common_options)
    return typer.main.get_command(declared).params
