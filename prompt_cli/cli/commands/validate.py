"""The command ``validate``."""

from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from prompt_cli.cli.parameters import AsJson, complete_ids
from prompt_cli.cli.session import Workspace, session_of
from prompt_cli.errors import ExitCode


class ReportFormat(StrEnum):
    """How findings are written."""

    TEXT = "text"
    CONCISE = "concise"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"
    MARKDOWN = "markdown"


class Level(StrEnum):
    """How much findings matter."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


def validate(
    context: typer.Context,
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH|ID|-]...",
            help="Files, directories, ids or patterns of ids; every prompt where none is given; - is standard input.",
            autocompletion=complete_ids,
            show_default=False,
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="REF",
            help="Judge what changed since HEAD parted from this commit, versions too, by the settings there.",
            show_default=False,
        ),
    ] = None,
    staged: Annotated[
        bool, typer.Option("--staged", help="Judge what is staged, as it would be committed, versions too.")
    ] = False,
    select: Annotated[
        list[str] | None,
        typer.Option("--select", metavar="CODES", help="Only these rules; PC3 is every rule of that family."),
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option("--ignore", metavar="CODES", help="Not these rules.")] = None,
    severity: Annotated[
        list[str] | None, typer.Option("--severity", metavar="CODE=LEVEL", help="How much a rule matters.")
    ] = None,
    fail_on: Annotated[
        Level | None,
        typer.Option("--fail-on", help="Exit with 1 from this level on; error by default.", show_default=False),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="The same as --fail-on warning.")] = False,
    as_json: AsJson = False,
    output_format: Annotated[
        ReportFormat, typer.Option("--output-format", help="How findings are written.")
    ] = ReportFormat.TEXT,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file.")] = None,
    stdin_filename: Annotated[
        str | None,
        typer.Option("--stdin-filename", metavar="PATH", help="With -: the file whose text standard input is."),
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what can be mended safely, as ids and invisible characters.")
    ] = False,
    show_diff: Annotated[bool, typer.Option("--diff", help="Show what --fix would change, and write nothing.")] = False,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Check unchanged files again.")] = False,
) -> None:
    """Check prompts: their files, their variables, their templates, their examples. Only --fix writes."""
    from prompt_cli.cli.choosing import check_mending, choice_of  # help needs nothing of it

    of_files = stdin_filename is None and "-" not in (targets or ())
    if fix or show_diff:
        check_mending(
            of_files=of_files and not staged, shown=show_diff, text=not as_json and output_format is ReportFormat.TEXT
        )
    choice = choice_of(select, ignore, severity, fail_on, strict=strict)
    report_format = ReportFormat.JSON if as_json else output_format
    changing = staged or against is not None
    if changing and not of_files:
        raise typer.BadParameter("what is not saved is in no change", param_hint="-")
    session = session_of(context)
    recalled = seen = None
    aside: AbstractContextManager[None] = nullcontext()
    if of_files and not (changing or fix or show_diff or no_cache):
        from prompt_cli.cli.unchanged import answer_unchanged, recall  # this needs neither models nor an event loop

        recalled = recall(session.directory, targets or (), choice)
        if recalled.complete and not session.verbosity:
            raise typer.Exit(answer_unchanged(recalled, choice, report_format, output))
    if staged and against is None and not (fix or show_diff or no_cache):
        from prompt_cli.cli.recalling import answer_staged, recall_staged  # as above

        seen = recall_staged(session.directory, targets or (), choice)
        if not session.verbosity and (told := seen.load()) is not None:
            raise typer.Exit(answer_staged(seen, told, choice, report_format, output))
        aside = seen.reading_ahead()
    with aside:  # git reads while this imports
        from prompt_cli.cli.validating import CheckRequest, validate_prompts

        changes = None
        if changing:
            from prompt_cli.changeset import ChangeRequest  # brings what compares prompts

            changes = ChangeRequest(against, staged)
        request = CheckRequest(
            targets or (),
            choice,
            report_format,
            output,
            stdin_filename,
            changes,
            fix,
            show_diff,
            not no_cache,
            recalled,
            seen,
        )

        async def work(workspace: Workspace) -> ExitCode:
            return await validate_prompts(workspace, request)

        raise typer.Exit(session.run("validate", work))
