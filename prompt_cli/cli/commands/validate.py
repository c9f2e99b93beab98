"""The command ``validate``."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prompt_cli.cli.parameters import AsJson, complete_ids
from prompt_cli.cli.session import Session, Workspace, session_of
from prompt_cli.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_cli.cli.unchanged import Recalled
    from prompt_cli.settings import RuleChoice


class ReportFormat(StrEnum):
    """How findings are written."""

    TEXT = "text"
    CONCISE = "concise"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"
    MARKDOWN = "markdown"


class FailLevel(StrEnum):
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
        FailLevel | None,
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
    cached = not (fix or show_diff or no_cache)
    report = (choice, report_format, output)
    recalled = _recall(session, targets or (), *report) if of_files and cached and not changing else None
    from prompt_cli.cli.validating import CheckRequest, validate_prompts

    changes = None
    if changing:
        from prompt_cli.changes.changeset import ChangeRequest  # brings what compares prompts

        changes = ChangeRequest(against, staged)
    asked = (targets or (), *report, stdin_filename, changes, fix, show_diff, not no_cache)
    request = CheckRequest(*asked, recalled)

    async def work(workspace: Workspace) -> ExitCode:
        return await validate_prompts(workspace, request)

    raise typer.Exit(session.run("validate", work, project=recalled.project if recalled else None))


def _recall(
    session: Session, targets: "Sequence[str]", choice: "RuleChoice", report_format: ReportFormat, output: Path | None
) -> "Recalled":
    """Find out what is known of prompts, and end where that is all there is to tell."""
    from prompt_cli.cli.unchanged import answer_unchanged, recall  # this needs neither models nor an event loop

    recalled = recall(session.directory, targets, choice)
    if recalled.complete and not session.verbosity:
        raise typer.Exit(answer_unchanged(recalled, choice, report_format, output))
    return recalled
