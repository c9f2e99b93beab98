"""One run of one command: its common options, and the one place that enters the event loop."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from prompt_cli.manager import PromptManager
    from prompt_cli.storage.discovery import Project
    from prompt_cli.templating.protocol import TemplateEngineProtocol

Result = TypeVar("Result")


class LogFormat(StrEnum):
    """How logs are written."""

    CONSOLE = "console"
    JSON = "json"


class Workspace(NamedTuple):
    """What a command works on."""

    project: Project
    manager: PromptManager


class Session:
    """The common options of a run, which stand before or after the command's name."""

    def __init__(self) -> None:
        self.directory: Path | None = None
        self.verbosity = 0
        self.log_format = LogFormat.CONSOLE
        self.engine = "handlebars"

    def run(self, command: str, work: Callable[[Workspace], Awaitable[Result]], **bound: object) -> Result:
        """Do the work of a command in the event loop.

        Args:
            command: The command's name, for logs.
            work: What to do.
            bound: What else to log with every event: ``prompt_id``.

        Returns:
            What the work returned.
        """
        import asyncio  # help needs no event loop

        if self.verbosity:
            from prompt_cli.cli.logs import bind_context, configure_logs  # off unless asked for

            configure_logs(self.verbosity, self.log_format)
            bind_context(command=command, **bound)
        return asyncio.run(self._work(work))

    async def _work(self, work: Callable[[Workspace], Awaitable[Result]]) -> Result:
        import asyncio  # as above

        from prompt_cli.cli.output import note
        from prompt_cli.manager import PromptManager  # help needs no manager
        from prompt_cli.storage.discovery import find_project  # nor a project

        project = await asyncio.to_thread(find_project, Path.cwd(), self.directory)
        async with PromptManager.of_project(project, self._engine(), on_notice=note) as manager:
            return await work(Workspace(project, manager))

    def _engine(self) -> TemplateEngineProtocol | None:
        if self.engine == "handlebars":
            return None
        from prompt_cli.templating.pybars_engine import PybarsEngine  # only where it was asked for

        return PybarsEngine()


def session_of(context: typer.Context) -> Session:
    """Return the session of a run."""
    return context.find_root().ensure_object(Session)


class PromptCommand(TyperCommand):
    """A command that takes the common options after its name."""

    def __init__(self, *args: Any, params: list[Any] | None = None, **kwargs: Any) -> None:  # noqa: ANN401 - Typer's own
        super().__init__(*args, params=[*(params or ()), *_common_options()], **kwargs)


class PromptGroup(TyperGroup):
    """The group of all commands, which takes the common options before a command's name."""

    def __init__(self, *args: Any, params: list[Any] | None = None, **kwargs: Any) -> None:  # noqa: ANN401 - Typer's own
        super().__init__(*args, params=[*(params or ()), *_common_options()], **kwargs)


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


def _common_options() -> tuple[TyperOption, ...]:
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
