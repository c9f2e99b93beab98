"""Checks of ``validate`` that need models and an event loop: files, standard input, changes and fixes."""

from __future__ import annotations

import asyncio
import os
from functools import partial, reduce
from typing import TYPE_CHECKING, NamedTuple

import typer

from prompt_cli.checking.checker import PromptChecker
from prompt_cli.checking.result_cache import NO_RESULTS, ResultCache
from prompt_cli.checking.results import with_cached
from prompt_cli.cli.output import write_report
from prompt_cli.cli.progress import progress
from prompt_cli.cli.targets import find_change_scope, id_at, list_files, select_files, shown_files
from prompt_cli.domain.finding import Report
from prompt_cli.domain.ids import id_to_path
from prompt_cli.errors import ExitCode, PromptNotFoundError, StorageError
from prompt_cli.reporting.formats import format_report
from prompt_cli.rules.selection import select_rules
from prompt_cli.storage.streams import STANDARD, read_input

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from prompt_cli.changes.changeset import ChangeRequest, ChangeSet
    from prompt_cli.checking.checker import CheckElsewhere
    from prompt_cli.checking.fixer import FixResult, PromptFixer, ReadVersionContexts
    from prompt_cli.cli.commands.validate import CachedCheck
    from prompt_cli.cli.context import Workspace
    from prompt_cli.rules.selection import Selection
    from prompt_cli.settings import RuleChoice
    from prompt_cli.storage.project import Project
    from prompt_cli.storage.scan import InvalidPromptFile, Listing


class CheckRequest(NamedTuple):
    """A request to check prompts.

    Attributes:
        targets: Paths and ids; ``-`` alone is standard input.
        choice: The rules that the options choose.
        report_format: The format of the report.
        output: The file to write; standard output if None.
        stdin_filename: The path that standard input stands for.
        changes: The change to check; None to check prompts as they are.
        fix: Whether to apply safe fixes.
        show_fixes: Whether to show the fixes instead.
        use_cache: Whether to use the cached results of unchanged files.
        cached: The cached results, if the caller looked them up.
    """

    targets: Sequence[str]
    choice: RuleChoice
    report_format: str
    output: Path | None
    stdin_filename: str | None
    changes: ChangeRequest | None
    fix: bool
    show_fixes: bool
    use_cache: bool
    cached: CachedCheck | None


async def run_checks(workspace: Workspace, request: CheckRequest) -> ExitCode:
    """Check prompts, write the report, and return the exit status."""
    change = request.changes
    if change is None or change.against is None:
        return await _write(await _check(workspace, request), request)
    from prompt_cli.cli.change_directories import find_change_directories

    directories = await find_change_directories(workspace, change.against, staged=change.staged)
    outcome = await _check_all(directories.workspaces, request)
    return await _write(outcome._replace(report=outcome.report._replace(notices=directories.notices)), request)


class _Outcome(NamedTuple):
    """A report, the rules it applied, and the difference that fixes would make."""

    report: Report
    selection: Selection
    difference: bytes = b""


class _CheckTargets(NamedTuple):
    """The files to check, and all prompts of the directory, None if it was not listed."""

    ids: Sequence[str]
    invalid_files: Sequence[InvalidPromptFile]
    existing: Collection[str] | None


async def _write(outcome: _Outcome, request: CheckRequest) -> ExitCode:
    report = outcome.report
    content: str | bytes = outcome.difference
    if not request.show_fixes:
        content = format_report(report, request.report_format, outcome.selection.fail_on)
    would = "would be " if request.show_fixes else ""
    await asyncio.to_thread(write_report, report, content, request.output, would=would)
    if report.not_checked:
        return ExitCode.UNABLE
    failed = bool(outcome.difference) or outcome.selection.fails(report.findings)
    return ExitCode.FAULT if failed else ExitCode.DONE


async def _check_all(workspaces: Sequence[Workspace], request: CheckRequest) -> _Outcome:
    """Check several directories; each target must be in one of them."""
    outcomes: list[_Outcome] = []
    for workspace in workspaces:
        try:
            outcomes.append(await _check(workspace, request))
        except PromptNotFoundError:
            if workspace is workspaces[-1] and not outcomes:
                raise
    report = reduce(Report.joined, (one.report for one in outcomes))
    return _Outcome(report, outcomes[-1].selection, b"".join(one.difference for one in outcomes))


async def _check(workspace: Workspace, request: CheckRequest) -> _Outcome:
    project = workspace.project
    directory = await asyncio.to_thread(project.shown, project.directory)
    try:
        changes = request.changes and await _find_changes(workspace, request.changes)
    except StorageError as error:
        from prompt_cli.cli.changes import report_unreadable

        selection = select_rules(project.settings.choice, request.choice, directory=directory)
        if (report := await asyncio.to_thread(report_unreadable, project, selection, error)) is None:
            raise
        return _Outcome(report, selection)
    settings = changes.settings if changes else project.settings
    selection = select_rules(settings.choice, request.choice, directory=directory)
    if request.fix or request.show_fixes:
        return await _fix(workspace, request, selection, changes)
    with progress() as on_checked:
        if changes is not None:
            from prompt_cli.cli.changes import check_changes

            report = await check_changes(workspace, changes, selection, request.targets, on_checked)
        else:
            workers = partial(_workers, project, request.choice)
            checker = PromptChecker(workspace.manager, selection, on_checked=on_checked, elsewhere=workers)
            is_input = STANDARD in request.targets or request.stdin_filename is not None
            report = await (_check_input if is_input else _check_files)(workspace, checker, request)
    return _Outcome(report, selection)


async def _find_changes(workspace: Workspace, request: ChangeRequest) -> ChangeSet:
    from prompt_cli.changes.changeset import find_changes

    return await find_changes(workspace.manager, request, workspace.project.settings_paths)


def _workers(project: Project, choice: RuleChoice) -> CheckElsewhere:
    from prompt_cli.checking.workers import CheckWorkers  # only for many prompts

    return CheckWorkers(project, choice)


async def _check_files(workspace: Workspace, checker: PromptChecker, request: CheckRequest) -> Report:
    """Check the files that have no cached results."""
    cached = request.cached
    ids, invalid_files, existing = await _find_targets(workspace, request.targets, cached and cached.listing)
    if cached is None:
        return await checker.check(ids, invalid_files)
    results = cached.results
    report = await checker.check([one for one in ids if one not in results.prompts], invalid_files)
    await asyncio.to_thread(cached.cache.save, checker.checked, existing)
    return with_cached(report, results.prompts.values(), results.texts)


async def _check_input(workspace: Workspace, checker: PromptChecker, request: CheckRequest) -> Report:
    """Check standard input as the content of a prompt's file."""
    from prompt_cli.storage.overlay import OverlaySnapshot

    if list(request.targets) != [STANDARD]:
        raise typer.BadParameter("it goes with - and no other file or id", param_hint="--stdin-filename")
    if request.stdin_filename is None:
        raise typer.BadParameter("- needs --stdin-filename PATH: the path says which prompt it is", param_hint="-")
    prompt_id = id_at(request.stdin_filename, workspace.project.directory)
    content = await read_input(STANDARD)
    snapshot = OverlaySnapshot(workspace.manager.registry.working_tree, {prompt_id: content})
    return await checker.check([prompt_id], snapshot=snapshot)


async def _find_targets(workspace: Workspace, targets: Sequence[str], listing: Listing | None = None) -> _CheckTargets:
    project = workspace.project
    if listing is None:
        listing = await asyncio.to_thread(list_files, targets, project)
    ids, invalid_files = select_files(targets, listing, project.directory)
    if not ids and not invalid_files:
        raise StorageError(
            f"there are no prompts in {project.directory}",
            help="`prompt-cli create ID` makes one; --directory names another directory",
        )
    existing = listing.ids if listing.complete else None
    return _CheckTargets(ids, await shown_files(workspace, invalid_files), existing)


async def _fix(
    workspace: Workspace, request: CheckRequest, selection: Selection, changes: ChangeSet | None
) -> _Outcome:
    """Apply safe fixes, or show them; report the remaining findings."""
    if changes is not None:
        from prompt_cli.cli.changes import pasts_reader

        scope = await find_change_scope(workspace, changes, request.targets)
        fixer = _fixer(workspace, selection, pasts_reader(workspace, changes, scope.ids))
        result = await fixer.fix(scope.ids, await shown_files(workspace, scope.invalid_files))
        return _Outcome(result.report, selection, await _apply(fixer, result, workspace.project, request))
    targets = await _find_targets(workspace, request.targets)
    cache, results = None, NO_RESULTS
    if request.use_cache:
        cache = await asyncio.to_thread(ResultCache, workspace.project, request.choice)
        results = await asyncio.to_thread(cache.find, targets.ids)
    fixer = _fixer(workspace, selection)
    result = await fixer.fix(targets.ids, targets.invalid_files, results)
    difference = await _apply(fixer, result, workspace.project, request)
    if cache is not None:
        checked = result.before if request.show_fixes else {**result.before, **result.after}
        await asyncio.to_thread(cache.save, checked, targets.existing)
    return _Outcome(result.report, selection, difference)


def _fixer(workspace: Workspace, selection: Selection, read_pasts: ReadVersionContexts | None = None) -> PromptFixer:
    from prompt_cli.checking.fixer import PromptFixer

    directory = workspace.project.directory
    return PromptFixer(workspace.manager, selection, lambda prompt_id: not _is_linked(directory, prompt_id), read_pasts)


def _is_linked(directory: Path, prompt_id: str) -> bool:
    """Return whether a symbolic link leads to a file: a fix for one of its ids may break another."""
    below = id_to_path(prompt_id).replace("/", os.sep)
    return os.path.realpath(directory / below) != os.path.join(os.path.realpath(directory), below)  # noqa: PTH118


async def _apply(fixer: PromptFixer, result: FixResult, project: Project, request: CheckRequest) -> bytes:
    """Write fixed files and return b"", or return the difference that fixes would make."""
    if not request.show_fixes:
        if result.rewrites:
            await fixer.write(result)
        return b""
    from prompt_cli.changes.comparison import PromptDiff, Side
    from prompt_cli.reporting.unified import unified

    diffs: list[bytes] = []
    for prompt_id, rewrite in sorted(result.rewrites.items()):
        path = project.path_of(prompt_id)
        diffs.append(unified(PromptDiff(Side("working tree", path, rewrite.old), Side("fixed", path, rewrite.new))))
    return b"".join(diffs)
