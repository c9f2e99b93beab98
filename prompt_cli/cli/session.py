"""One run of one command: its common options, and the one place that enters the event loop."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer
from typer.core import TyperCommand, TyperOption

from prompt_cli.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from prompt_cli.domain.semver import SemanticVersion
    from prompt_cli.history.ahead import Ahead
    from prompt_cli.history.sight import Sight
    from prompt_cli.history.version_store import GitVersionStore
    from prompt_cli.manager import PromptManager
    from prompt_cli.storage.discovery import Project
    from prompt_cli.templating.protocol import TemplateEngineProtocol

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
        sight: What was seen of the repository already; nothing where None.
        ahead: What is read of its index already; nothing where None.
        notices: What people were told.
    """

    def __init__(self, project: Project, engine: TemplateEngineProtocol | None) -> None:
        self.project = project
        self.former: str | None = None
        self.others = ""
        self.uses_history = False
        self.sight: Sight | None = None
        self.ahead: Ahead | None = None
        self.notices: list[str] = []
        self._engine = engine

    @cached_property
    def manager(self) -> PromptManager:
        """What gets, renders, compares and changes prompts."""
        from prompt_cli.manager import PromptManager  # not every command needs one

        store = self.version_store if self.sight or self.uses_history else None
        return PromptManager.of_project(self.project, self._engine, store, on_notice=self.tell)

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

    def tell(self, notice: str) -> None:
        """Tell people something besides what they asked for."""
        self.notices.append(notice)
        note(notice)

    @cached_property
    def version_store(self) -> GitVersionStore:
        """Where versions are, for what needs nothing else of the manager."""
        from prompt_cli.history.version_store import GitVersionStore  # as said above

        if self.former is not None:
            from prompt_cli.history.moved_store import MovedVersionStore  # few directories move
            from prompt_cli.storage.directory import DirectoryStorage

            files = DirectoryStorage(self.project.directory)
            return MovedVersionStore(self.project.directory, self.former, files, version_of=_version_in)
        return GitVersionStore(self.project.directory, version_of=_version_in, sight=self.sight, ahead=self.ahead)


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

        from prompt_cli.storage.discovery import find_project  # help needs no project

        if project is None:
            project = await asyncio.to_thread(find_project, Path.cwd(), self.directory)
        return await work(Workspace(project, self._engine()))

    def _engine(self) -> TemplateEngineProtocol | None:
        if self.engine == "handlebars":
            return None
        from prompt_cli.templating.pybars_engine import PybarsEngine  # only where it was asked for

        return PybarsEngine()


def _version_in(content: bytes) -> SemanticVersion | None:
    from prompt_cli.storage.loader import version_in  # brings Pydantic, and few contents leave a doubt

    return version_in(content)


def session_of(context: typer.Context) -> Session:
    """Return the session of a run."""
    return context.find_root().ensure_object(Session)


class PromptCommand(TyperCommand):
    """A command that takes the common options after its name."""

    def __init__(self, *args: Any, params: list[Any] | None = None, **kwargs: Any) -> None:  # noqa: ANN401 - Typer's own
        super().__init__(*args, params=[*(params or ()), *common_options()], **kwargs)


def _take_directory(context: typer.Context, _parameter: object, value: str | None) -> None:
    if value is not None:
        session_of(context).directory = Path(value)


def _take_verbosity(context: typer.Context, _parameter: object, value: int | None) -> None:
    session_of(context).verbosity += value or 0


def _take_log_format(context: typer.Context, _parameter: object, value: str | None) -> None:
    if value is None:
        return
    if value not in set(LogFormat):
        raise typer.BadParameter(f"{value!r} is neither console nor json")
    session_of(context).log_format = LogFormat(value)


def common_options() -> tuple[TyperOption, ...]:
    """Return the options that every command takes, before its name or after."""
    return (
        TyperOption(
            param_decls=["--directory", "-C"],
            metavar="DIR",
            expose_value=False,
            callback=_take_directory,
            help="The prompt directory; found from the current directory upwards where not given.",
        ),
        TyperOption(
            param_decls=["--verbose", "-v"],
            count=True,
            type=int,  # else help shows the range that counting has
            expose_value=False,
            callback=_take_verbosity,
            help="Log to standard error what is done; -vv logs each step.",
        ),
        TyperOption(
            param_decls=["--log-format"],
            metavar="[console|json]",
            expose_value=False,
            callback=_take_log_format,
            help="How logs are written.",
        ),
    )
