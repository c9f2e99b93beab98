"""Checks of ``validate`` that need models and an event loop: files, standard input, changes and fixes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from prompt_cli.changes.comparison import Side
from prompt_cli.checking.baseline import apply_baseline, format_baseline, new_baseline, new_baseline_path
from prompt_cli.checking.checker import PromptChecker, check_in_processes
from prompt_cli.checking.results import NO_RESULTS, CachedCheck, CachedResults, ResultCache, with_cached
from prompt_cli.checking.targets import find_files_to_check, id_at, is_regular, shown_files
from prompt_cli.checking.validation import check_changes, validate
from prompt_cli.cli.output import note, progress, write_report
from prompt_cli.domain.finding import Report
from prompt_cli.domain.revision import Snapshot
from prompt_cli.errors import ExitCode
from prompt_cli.reporting.formats import ReportFormat
from prompt_cli.rules.rule import VersionContext
from prompt_cli.rules.selection import Selection
from prompt_cli.settings import RuleChoice
from prompt_cli.storage.project import Project
from prompt_cli.storage.scan import from_here
from prompt_cli.storage.streams import STANDARD, read_input, write_file
from prompt_cli.workspace import Workspace

if TYPE_CHECKING:
    from prompt_cli.changes.changeset import ChangeRequest, ChangeSet
    from prompt_cli.checking.changes import ChangeScope
    from prompt_cli.checking.fixer import FixResult, PromptFixer, ReadVersionContexts


class CheckRequest(NamedTuple):
    """A request to check prompts, as the options describe."""

    targets: Sequence[str]  # paths and ids; `-` alone is standard input
    choice: RuleChoice
    report_format: ReportFormat
    output: Path | None
    stdin_filename: str | None
    changes: ChangeRequest | None  # the change to check; None to check prompts as they are
    fix: bool
    show_fixes: bool  # whether to show the fixes instead of applying them
    use_cache: bool
    cached: CachedCheck | None  # the cached results, if the caller looked them up
    only_targets: bool  # whether to check only the targets, and prompts that include them for new findings
    write_baseline: bool

    @property
    def change_targets(self) -> Sequence[str] | None:
        """The targets in a change; None for the whole change."""
        return self.targets if self.targets or self.only_targets else None

    @property
    def is_input(self) -> bool:
        """Whether standard input is checked."""
        return STANDARD in self.targets or self.stdin_filename is not None

    @property
    def how_to_fix(self) -> str:
        """The way to fix findings if the same command line with --fix cannot; else empty."""
        if self.is_input:
            path = self.stdin_filename or "PATH"
            return f"save the text, then run {_command('validate', '--fix', path)}"
        if self.changes is not None and self.changes.staged:
            return f"run {_command('validate', '--fix', *self.targets)}, then stage the result"
        return ""


async def run_checks(runs: Sequence[tuple[Workspace, CheckRequest]]) -> ExitCode:
    """Check the prompts of one or several directories, write one report, and return the exit status."""
    requests = {workspace.project.directory: request for workspace, request in runs}
    workspaces = [workspace for workspace, _ in runs]
    whole = runs[0][1]._replace(targets=[target for one in requests.values() for target in one.targets], cached=None)
    differences: list[bytes] = []

    async def check(workspace: Workspace, selection: Selection, changes: ChangeSet | None) -> Report:
        request = requests.get(workspace.project.directory, whole)  # a former directory has no request of its own
        if request.fix or request.show_fixes:
            report, difference = await _fix(workspace, request, selection, changes)
            differences.append(difference)
            return report
        return await _check(workspace, request, selection, changes)

    reports = await validate(
        workspaces,
        whole.choice,
        whole.changes,
        check,
        everything=whole.changes is None and not whole.targets and not whole.is_input,
        has_baseline=not whole.write_baseline,
    )
    if whole.write_baseline:
        reports = await asyncio.to_thread(_write_baseline, [one.project for one in workspaces], reports)
    return await _write(reports, whole, b"".join(differences))


async def _check(
    workspace: Workspace, request: CheckRequest, selection: Selection, changes: ChangeSet | None
) -> Report:
    with progress() as on_checked:
        if changes is not None:
            project = workspace.project._replace(settings=changes.settings)
            report = await check_changes(
                workspace,
                selection,
                changes,
                request.change_targets,
                on_checked,
                only_targets=request.only_targets,
                open_cache=partial(ResultCache, project, request.choice) if request.use_cache else None,
            )
            return await _mark_fixable(workspace, request, selection, changes, report)
        check_batches = partial(check_in_processes, workspace.project, selection)
        checker = PromptChecker(workspace, selection, on_checked=on_checked, check_batches=check_batches)
        if request.is_input:
            return await _check_input(workspace, checker, request)
        return await _check_files(workspace, checker, request, selection)


async def _write(reports: Sequence[Report], request: CheckRequest, difference: bytes) -> ExitCode:
    failed = bool(difference) or not all(one.passed for one in reports)
    report = reduce(Report.joined, reports)
    fixable = report.fixable if request.how_to_fix else 0
    if fixable and not request.report_format.has_edits:
        report = report._replace(findings=tuple(one._replace(fix=None) for one in report.findings))
    await asyncio.to_thread(
        write_report,
        report,
        request.report_format,
        request.output,
        failed=failed,
        difference=difference if request.show_fixes else None,
    )
    if fixable:
        note(f"help: to fix {fixable} of them, {request.how_to_fix}")
    if report.not_checked:
        return ExitCode.UNABLE
    return ExitCode.FAULT if failed else ExitCode.DONE


def _write_baseline(projects: Sequence[Project], reports: Sequence[Report]) -> Sequence[Report]:
    """Write the findings of reports as the baseline, and return the others."""
    path = new_baseline_path(projects[0])
    baseline = new_baseline(projects, reports)
    write_file(path, format_baseline(baseline))
    count = sum(len(one.findings) for one in reports)
    note(f"wrote {from_here(path)}, with {baseline.total()} of {count} findings")
    pairs = zip(projects, reports, strict=True)
    return [apply_baseline(report, baseline, project, (), everything=False)[0] for project, report in pairs]


def _command(*words: str) -> str:
    import shlex  # only this help needs it

    return f"`{shlex.join(['prompt-cli', *words])}`"


async def _check_files(
    workspace: Workspace, checker: PromptChecker, request: CheckRequest, selection: Selection
) -> Report:
    """Check the files that have no cached results."""
    cached = request.cached
    files = await find_files_to_check(workspace, request.targets, cached and cached.files)
    results = NO_RESULTS if cached is None else cached.results
    report = await checker.check([one for one in files.ids if one not in results.prompts], files.invalid_files)
    if cached is not None:
        await asyncio.to_thread(cached.cache.save, checker.checked, files.existing)
    report = with_cached(report, results.prompts.values(), results.texts)
    if not report.fixable:
        return report
    checked = CachedResults({**results.prompts, **checker.checked}, report.sources)
    return (await _fixer(workspace, selection).fix(files.ids, (), checked)).mark(report)


async def _mark_fixable(
    workspace: Workspace, request: CheckRequest, selection: Selection, changes: ChangeSet, report: Report
) -> Report:
    """Return the report on a change, in which only findings that --fix would fix have a fix."""
    if not report.fixable or request.how_to_fix:
        return report
    scope, fixer = await _change_fixer(workspace, request, selection, changes)
    return (await fixer.fix(scope.ids)).mark(report)


async def _check_input(workspace: Workspace, checker: PromptChecker, request: CheckRequest) -> Report:
    from prompt_cli.storage.backends import OverlaySnapshot

    if list(request.targets) != [STANDARD]:
        raise typer.BadParameter("it needs - as the only target", param_hint="--stdin-filename")
    if request.stdin_filename is None:
        raise typer.BadParameter("- needs --stdin-filename PATH", param_hint="-")
    prompt_id = id_at(request.stdin_filename, workspace.project.directory)
    content = await read_input(STANDARD)
    snapshot = OverlaySnapshot(workspace.registry.working_tree, {prompt_id: content})
    return await checker.check([prompt_id], snapshot=snapshot)


async def _fix(
    workspace: Workspace, request: CheckRequest, selection: Selection, changes: ChangeSet | None
) -> tuple[Report, bytes]:
    """Apply safe fixes, or show them; return the remaining findings, and the difference that fixes would make."""
    if changes is not None:
        scope, fixer = await _change_fixer(workspace, request, selection, changes)
        result = await fixer.fix(scope.ids, await shown_files(workspace, scope.invalid_files))
        return result.report, await _apply(fixer, result, workspace, request)
    files = await find_files_to_check(workspace, request.targets)
    cache, results = None, NO_RESULTS
    if request.use_cache:
        cache = await asyncio.to_thread(ResultCache, workspace.project, request.choice)
        results = await asyncio.to_thread(cache.find, files.ids)
    fixer = _fixer(workspace, selection)
    result = await fixer.fix(files.ids, files.invalid_files, results)
    difference = await _apply(fixer, result, workspace, request)
    if cache is not None:
        checked = result.before if request.show_fixes else {**result.before, **result.after}
        await asyncio.to_thread(cache.save, checked, files.existing)
    return result.report, difference


def _fixer(workspace: Workspace, selection: Selection, read_contexts: ReadVersionContexts | None = None) -> PromptFixer:
    from prompt_cli.checking.fixer import PromptFixer

    # Several ids may lead to a file through symbolic links, and a fix for one of them may break another.
    return PromptFixer(workspace, selection, partial(is_regular, workspace.project.directory), read_contexts)


async def _change_fixer(
    workspace: Workspace, request: CheckRequest, selection: Selection, changes: ChangeSet
) -> tuple[ChangeScope, PromptFixer]:
    """Return the files of a change, and a fixer that checks their versions too."""
    from prompt_cli.checking.changes import VersionContextReader, find_change_scope  # most fixes are of no change

    scope = await find_change_scope(workspace, changes, request.change_targets, only_targets=request.only_targets)

    async def read(snapshot: Snapshot) -> Mapping[str, VersionContext]:
        return await VersionContextReader(workspace, changes._replace(new=snapshot)).read(scope.ids)

    return scope, _fixer(workspace, selection, read)


async def _apply(fixer: PromptFixer, result: FixResult, workspace: Workspace, request: CheckRequest) -> bytes:
    """Write fixed files and return b"", or return the difference that fixes would make."""
    if not request.show_fixes:
        if result.rewrites:
            await fixer.write(result)
        return b""
    from prompt_cli.reporting.unified import text_changes, unified_diff

    diffs: list[bytes] = []
    for prompt_id, rewrite in sorted(result.rewrites.items()):
        path = workspace.project.path_of(prompt_id)
        old, new = (workspace.registry.parse(one, prompt_id).prompt for one in rewrite)
        if old and new:
            diffs.append(text_changes(old.templates, new.templates))
        diffs.append(unified_diff(Side("working tree", path, rewrite.old), Side("fixed", path, rewrite.new)))
    return b"".join(diffs)
