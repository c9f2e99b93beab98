"""What ``validate`` does."""

from __future__ import annotations

import asyncio
from functools import partial, reduce
from typing import TYPE_CHECKING, NamedTuple

import typer

from prompt_cli.checking.checker import PromptChecker
from prompt_cli.checking.result_cache import NO_RESULTS, ResultCache
from prompt_cli.checking.results import with_cached
from prompt_cli.cli.giving import give
from prompt_cli.cli.progress import progress
from prompt_cli.cli.targets import choose, id_at, listing_for, shown_strays
from prompt_cli.domain.finding import Report
from prompt_cli.errors import ExitCode, PromptNotFoundError, StorageError
from prompt_cli.reporting.formats import format_report
from prompt_cli.rules.selection import select_rules
from prompt_cli.storage.streams import STANDARD, read_input

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from prompt_cli.changes.changeset import ChangeRequest, ChangeSet
    from prompt_cli.checking.checker import CheckElsewhere
    from prompt_cli.cli.session import Workspace
    from prompt_cli.cli.unchanged import Recalled
    from prompt_cli.rules.selection import Selection
    from prompt_cli.settings import RuleChoice
    from prompt_cli.storage.project import Project
    from prompt_cli.storage.scan import InvalidPromptFile, Listing


class CheckRequest(NamedTuple):
    """What to check, and how to report it.

    Attributes:
        targets: Paths and ids; ``-`` alone is the text of standard input.
        choice: Which rules are chosen.
        report_format: How findings are written.
        output: The file to write them to; standard output where None.
        stdin_filename: The file whose text standard input is.
        changes: The change to judge; None where prompts are checked as they are.
        fix: Whether what can be mended safely is.
        show_fixes: Whether what that would change is shown, and nothing written.
        use_cache: Whether unchanged files keep their cached results.
        recalled: The cached results of the files.
    """

    targets: Sequence[str]
    choice: RuleChoice
    report_format: str
    output: Path | None = None
    stdin_filename: str | None = None
    changes: ChangeRequest | None = None
    fix: bool = False
    show_fixes: bool = False
    use_cache: bool = True
    recalled: Recalled | None = None


async def validate_prompts(workspace: Workspace, request: CheckRequest) -> ExitCode:
    """Check what is asked for, and report it."""
    against = request.changes.against if request.changes else None
    if request.changes is None or against is None:
        return await _report(await _judge(workspace, request), request)
    from prompt_cli.cli.judged import judged_directories  # brings what compares prompts

    judged = await judged_directories(workspace, against, staged=request.changes.staged)
    done = await _judge_all(judged.workspaces, request)
    return await _report(done._replace(report=done.report._replace(notices=judged.notices)), request)


class _Judgement(NamedTuple):
    """A report, the rules it follows from, and what mending would change."""

    report: Report
    selection: Selection
    difference: bytes = b""


async def _judge_all(workspaces: Sequence[Workspace], request: CheckRequest) -> _Judgement:
    """Check several directories; what is named has to be in one of them."""
    done: list[_Judgement] = []
    for workspace in workspaces:
        try:
            done.append(await _judge(workspace, request))
        except PromptNotFoundError:
            if workspace is workspaces[-1] and not done:
                raise
    report = reduce(Report.joined, (one.report for one in done))
    return _Judgement(report, done[-1].selection, b"".join(one.difference for one in done))


async def _report(done: _Judgement, request: CheckRequest) -> ExitCode:
    """Write what was found, and return the status."""
    if request.show_fixes:
        await asyncio.to_thread(give, done.report, done.difference, request.output, would="would be ")
    else:
        await _give(done.report, request, done.selection)
    if done.difference and not done.report.not_checked:
        return ExitCode.FAULT
    return _status(done.report, done.selection)


async def _judge(workspace: Workspace, request: CheckRequest) -> _Judgement:
    project = workspace.project
    directory = await asyncio.to_thread(project.shown, project.directory)
    try:
        changes = request.changes and await _changes(workspace, request.changes)
    except StorageError as error:
        from prompt_cli.cli.changing import untold_change  # brings what compares prompts

        selection = select_rules(project.settings.choice, request.choice, directory=directory)
        if (untold := await asyncio.to_thread(untold_change, project, selection, error)) is None:
            raise
        return _Judgement(untold, selection)
    settings = changes.settings if changes else project.settings
    selection = select_rules(settings.choice, request.choice, directory=directory)
    if request.fix or request.show_fixes:
        return await _mend(workspace, request, selection, changes)
    with progress() as on_checked:
        if changes is not None:
            from prompt_cli.cli.changing import check_changes  # brings what compares prompts

            report = await check_changes(workspace, changes, selection, request.targets, on_checked)
        else:
            workers = partial(_workers, workspace.project, request.choice)
            checker = PromptChecker(workspace.manager, selection, on_checked=on_checked, elsewhere=workers)
            report = await _check(workspace, checker, request)
    return _Judgement(report, selection)


def _workers(project: Project, asked: RuleChoice) -> CheckElsewhere:
    from prompt_cli.checking.workers import CheckWorkers  # few prompts are checked here

    return CheckWorkers(project, asked)


async def _changes(workspace: Workspace, request: ChangeRequest) -> ChangeSet:
    from prompt_cli.changes.changeset import find_changes  # brings what compares prompts

    return await find_changes(workspace.manager, request, workspace.project.settings_paths)


async def _give(report: Report, request: CheckRequest, selection: Selection) -> None:
    text = format_report(report, request.report_format, selection.fail_on)
    await asyncio.to_thread(give, report, text, request.output)


async def _check(workspace: Workspace, checker: PromptChecker, request: CheckRequest) -> Report:
    if STANDARD in request.targets or request.stdin_filename is not None:
        return await _check_input(workspace, checker, request)
    return await _check_files(workspace, checker, request)


async def _mend(
    workspace: Workspace, request: CheckRequest, selection: Selection, changes: ChangeSet | None
) -> _Judgement:
    from prompt_cli.cli.mending import mend_prompts  # brings what compares files

    cache, cached, pasts_of = None, NO_RESULTS, None
    existing: Collection[str] | None = None
    if changes is None:
        ids, invalid_files, existing = await _chosen(workspace, request.targets)
        if request.use_cache:
            cache = await asyncio.to_thread(ResultCache, workspace.project, request.choice)
            cached = await asyncio.to_thread(cache.find, ids)
    else:
        from prompt_cli.cli.changing import pasts_reader  # as above
        from prompt_cli.cli.scoping import scope_of

        scope = await scope_of(workspace, changes, request.targets)
        ids, invalid_files = scope.ids, await shown_strays(workspace, scope.invalid_files)
        pasts_of = pasts_reader(workspace, changes, ids)
    report, difference, checked = await mend_prompts(
        workspace, selection, ids, invalid_files, show=request.show_fixes, pasts_of=pasts_of, cached=cached
    )
    if cache is not None:
        await asyncio.to_thread(cache.save, checked, existing)
    return _Judgement(report, selection, difference)


async def _check_files(workspace: Workspace, checker: PromptChecker, request: CheckRequest) -> Report:
    """Check the files whose results are not cached."""
    recalled = request.recalled
    ids, invalid_files, existing = await _chosen(workspace, request.targets, recalled and recalled.listing)
    if recalled is None:
        return await checker.check(ids, invalid_files)
    cached = recalled.results
    report = await checker.check([one for one in ids if one not in cached.prompts], invalid_files)
    await asyncio.to_thread(recalled.cache.save, checker.checked, existing)
    return with_cached(report, cached.prompts.values(), cached.texts)


class _Chosen(NamedTuple):
    ids: Sequence[str]
    invalid_files: Sequence[InvalidPromptFile]
    existing: Collection[str] | None


async def _chosen(workspace: Workspace, targets: Sequence[str], known: Listing | None = None) -> _Chosen:
    project = workspace.project
    listing = await asyncio.to_thread(listing_for, targets, project) if known is None else known
    ids, invalid_files = choose(targets, listing, project.directory)
    if not ids and not invalid_files:
        raise StorageError(
            f"there are no prompts in {project.directory}",
            help="`prompt-cli create ID` makes one; --directory names another directory",
        )
    return _Chosen(ids, await shown_strays(workspace, invalid_files), listing.ids if listing.complete else None)


async def _check_input(workspace: Workspace, checker: PromptChecker, request: CheckRequest) -> Report:
    """Check the text of standard input as if it were saved."""
    from prompt_cli.storage.overlay import OverlaySnapshot  # files are seldom given so

    if list(request.targets) != [STANDARD]:
        raise typer.BadParameter("it goes with - and no other file or id", param_hint="--stdin-filename")
    if request.stdin_filename is None:
        raise typer.BadParameter("- needs --stdin-filename PATH: the path says which prompt it is", param_hint="-")
    prompt_id = id_at(request.stdin_filename, workspace.project.directory)
    content = await read_input(STANDARD)
    return await checker.check(
        [prompt_id], snapshot=OverlaySnapshot(workspace.manager.registry.storage, {prompt_id: content})
    )


def _status(report: Report, selection: Selection) -> ExitCode:
    if report.not_checked:
        return ExitCode.UNABLE
    return ExitCode.FAULT if selection.fails(report.findings) else ExitCode.DONE
