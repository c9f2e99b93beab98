"""The command ``validate``: its options, and the report of prompts whose results are all cached.

A cached report needs neither models nor an event loop, so its files are read synchronously.
"""

from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prompt_cli.cli.completion import complete_codes, complete_ids, complete_severities
from prompt_cli.cli.context import session_of
from prompt_cli.cli.options import AsJson, Output, against_option, alternatives, argument, value_option
from prompt_cli.cli.output import write_report
from prompt_cli.domain.finding import Report, Severity
from prompt_cli.errors import ExitCode
from prompt_cli.reporting.formats import ReportFormat

if TYPE_CHECKING:
    from prompt_cli.checking.results import CachedCheck
    from prompt_cli.cli.context import Session
    from prompt_cli.settings import RuleChoice
    from prompt_cli.storage.project import Project
    from prompt_cli.workspace import Workspace


def validate(
    context: typer.Context,
    targets: Annotated[
        list[str] | None,
        argument(
            "[TARGET|-]...",
            "Ids, files, directories or patterns [default: all prompts]; - is standard input.",
            complete_ids,
        ),
    ] = None,
    against: Annotated[
        str | None, against_option("Check only what changed since the merge base with REF, including versions.")
    ] = None,
    staged: Annotated[bool, typer.Option("--staged", help="Check only staged changes, including versions.")] = False,
    select: Annotated[
        list[str] | None,
        value_option("--select", "CODES", "Run only these rules; PC3 selects a family.", complete_codes),
    ] = None,
    ignore: Annotated[list[str] | None, value_option("--ignore", "CODES", "Skip these rules.", complete_codes)] = None,
    severity: Annotated[
        list[str] | None, value_option("--severity", "CODE=LEVEL", "Override a rule's severity.", complete_severities)
    ] = None,
    fail_on: Annotated[
        Severity | None,
        typer.Option(
            "--fail-on", help="Exit with 1 for findings at or above this level [default: error].", show_default=False
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Same as --fail-on warning.")] = False,
    as_json: AsJson = False,
    output_format: Annotated[
        ReportFormat, value_option("--output-format", "FORMAT", f"Output format: {alternatives(ReportFormat)}.")
    ] = ReportFormat.TEXT,
    output: Output = None,
    stdin_filename: Annotated[
        str | None, value_option("--stdin-filename", "PATH", "With -: the path of the text on standard input.")
    ] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Apply safe fixes.")] = False,
    show_diff: Annotated[bool, typer.Option("--diff", help="Show what --fix would change, and write nothing.")] = False,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Write current findings to a file, so that they do not fail.")
    ] = False,
    only_targets: Annotated[
        bool, typer.Option("--only-targets", help="Check only the targets, if any, and what deletions break.")
    ] = False,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Ignore cached results.")] = False,
) -> None:
    """Check prompts: their files, their variables, their templates, their examples. Only --fix writes."""
    from_files = stdin_filename is None and "-" not in (targets or ())
    report_format = ReportFormat.JSON if as_json else output_format
    if (fix or show_diff) and (staged or not from_files):
        advice = "run it without --staged, then stage the result" if from_files else "save the text and pass its path"
        raise typer.BadParameter(f"only files of the working tree can be fixed; {advice}", param_hint="--fix, --diff")
    if show_diff and report_format is not ReportFormat.TEXT:
        raise typer.BadParameter("it writes a unified diff only", param_hint="--diff")
    if write_baseline and (targets or staged or against is not None or fix or show_diff or select or ignore):
        raise typer.BadParameter("it covers all prompts and rules; use it alone", param_hint="--write-baseline")
    if only_targets and not (staged or against is not None):
        raise typer.BadParameter("it needs --staged or --against", param_hint="--only-targets")
    choice = _parse_choice(select, ignore, severity, fail_on, strict=strict)
    has_change = staged or against is not None
    if has_change and not from_files:
        raise typer.BadParameter("unsaved text is not part of a change", param_hint="-")
    session = session_of(context)
    session.start_logs("validate")
    projects = _find_projects(session, targets or (), stdin_filename, only_targets=only_targets)
    cached: Sequence[CachedCheck | None] = [None] * len(projects)
    if from_files and not (has_change or fix or show_diff or no_cache or write_baseline):
        from prompt_cli.checking.results import find_cached

        cached = [find_cached(project, named, choice) for project, named in projects]
        complete = [one for one in cached if one is not None and one.complete]
        if len(complete) == len(projects) and not session.verbosity:
            raise typer.Exit(_report_cached(complete, choice, report_format, output))
    from prompt_cli.cli.checks import CheckRequest, run_checks

    changes = None
    if has_change:
        from prompt_cli.changes.changeset import ChangeRequest

        changes = ChangeRequest(against, staged)
    requests = [
        CheckRequest(
            targets=named,
            choice=choice,
            report_format=report_format,
            output=output,
            stdin_filename=stdin_filename,
            changes=changes,
            fix=fix,
            show_fixes=show_diff,
            use_cache=not no_cache,
            cached=results,
            only_targets=only_targets,
            write_baseline=write_baseline,
        )
        for (_, named), results in zip(projects, cached, strict=True)
    ]

    async def work(workspace: "Workspace") -> ExitCode:
        workspaces = [workspace, *(workspace.at(project) for project, _ in projects[1:])]
        return await run_checks(list(zip(workspaces, requests, strict=True)))

    raise typer.Exit(session.run("validate", work, project=projects[0][0]))


def _find_projects(
    session: "Session", targets: Sequence[str], stdin_filename: str | None, *, only_targets: bool
) -> "Sequence[tuple[Project, Sequence[str]]]":
    """Return the prompt directories to check, with the targets of each."""
    if "-" in targets or stdin_filename is not None:
        return [(session.find_project(stdin_filename), targets)]
    projects = session.find_projects(targets)
    if not only_targets:
        return projects
    # A deletion names no target, and may break prompts of any directory.
    named = [project.directory for project, _ in projects]
    return [*projects, *(one for one in session.find_projects(()) if one[0].directory not in named)]


def _parse_choice(
    select: Sequence[str] | None,
    ignore: Sequence[str] | None,
    severity: Sequence[str] | None,
    fail_on: Severity | None,
    *,
    strict: bool,
) -> "RuleChoice":
    """Return the rules that options choose; each option may list several codes, separated by commas."""
    from prompt_cli.settings import RuleChoice

    if strict and fail_on is not None:
        raise typer.BadParameter("it means --fail-on warning; use one of the two", param_hint="--strict")
    return RuleChoice(
        select=_split(select) if select is not None else None,
        ignore=_split(ignore or ()),
        severity=dict(map(_parse_severity, _split(severity or ()))),
        fail_on=Severity.WARNING if strict else fail_on,
    )


def _split(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(word.strip() for value in values for word in value.split(","))


def _parse_severity(text: str) -> tuple[str, Severity]:
    from prompt_cli.settings import severity_of

    code, equals, level = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} is not CODE=LEVEL", param_hint="--severity")
    return code, severity_of(level, f"--severity {code}")


def _report_cached(
    checks: "Sequence[CachedCheck]", choice: "RuleChoice", report_format: ReportFormat, output: Path | None
) -> ExitCode:
    from prompt_cli.checking.results import CheckResults, with_cached, with_directory
    from prompt_cli.settings import fail_level

    reports: list[Report] = []
    for project, _, results, *_rest in checks:
        report = with_cached(CheckResults().report(), results.prompts.values(), results.texts)
        level = fail_level(project.settings.choice, choice)
        reports.append(with_directory(report, project)._replace(fail_on=level))
    failed = not all(one.passed for one in reports)
    report = reduce(Report.joined, reports)
    write_report(report, report_format, output, failed=failed)
    return ExitCode.FAULT if failed else ExitCode.DONE
