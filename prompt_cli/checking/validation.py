"""Validation of prompts and of changes: the prompts to check, the selected rules, and the report."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from prompt_cli.changes.comparison import Verdict
from prompt_cli.checking.baseline import Baseline, apply_baseline, parse_baseline, read_baseline, without_earlier
from prompt_cli.checking.checker import OnChecked, PromptChecker
from prompt_cli.checking.results import NO_RESULTS, ResultCache, with_cached, with_directory
from prompt_cli.checking.targets import find_files_to_check, shown_files
from prompt_cli.domain.finding import Report
from prompt_cli.errors import PromptNotFoundError, SettingsError, StorageError
from prompt_cli.reporting.terminal import one_line
from prompt_cli.rules.rule import VersionContext
from prompt_cli.rules.selection import Selection, select_rules
from prompt_cli.settings import RuleChoice
from prompt_cli.storage.scan import from_here
from prompt_cli.workspace import Workspace

if TYPE_CHECKING:
    from prompt_cli.changes.changeset import ChangeRequest, ChangeSet

_VERSION_RULES = "PC5"

CheckDirectory: TypeAlias = "Callable[[Workspace, Selection, ChangeSet | None], Awaitable[Report]]"
"""A check of the prompts of one directory, or of those of a change in it."""


async def check_targets(
    workspace: Workspace, selection: Selection, changes: ChangeSet | None, *, targets: Sequence[str] | None
) -> Report:
    """Check the prompts that targets select; every prompt, or the whole change, if None."""
    if changes is not None:
        return await check_changes(workspace, selection, changes, targets)
    files = await find_files_to_check(workspace, targets or ())
    return await PromptChecker(workspace, selection).check(files.ids, files.invalid_files)


async def check_changes(
    workspace: Workspace,
    selection: Selection,
    changes: ChangeSet,
    targets: Sequence[str] | None,
    on_checked: OnChecked | None = None,
    *,
    only_targets: bool = False,
    open_cache: Callable[[], ResultCache] | None = None,
) -> Report:
    """Check the prompts of a change that targets select; the whole change if None.

    With `only_targets`, a prompt that includes a target is reported only for findings that the change causes in it.
    The results of prompts without a version context follow from their content, so they can be cached.
    """
    from prompt_cli.checking.changes import VersionContextReader, find_change_scope  # others need no history

    scope = await find_change_scope(workspace, changes, targets, only_targets=only_targets)
    reader = VersionContextReader(workspace, changes)
    checks_versions = any(code.startswith(_VERSION_RULES) for code in selection.severities)
    contexts = await reader.read(scope.ids) if checks_versions or changes.strict else {}
    resolver = changes.comparer.resolver
    checker = PromptChecker(workspace, selection, contexts=contexts, on_checked=on_checked, resolver=resolver)
    without_context = [one for one in scope.ids if one not in contexts]
    cache = await asyncio.to_thread(open_cache) if open_cache and without_context else None
    cached = NO_RESULTS if cache is None else await cache.find_in(changes.new, without_context)
    to_check = [one for one in scope.ids if one not in cached.prompts]
    report = await checker.check(to_check, await shown_files(workspace, scope.invalid_files), changes.new)
    if cache is not None:
        results = {one: result for one, result in checker.checked.items() if one not in contexts}
        await asyncio.to_thread(cache.save, results, None)
    report = with_cached(report, cached.prompts.values(), cached.texts)
    if only_targets and scope.includers and changes.old is not None:
        before = await PromptChecker(workspace, selection, resolver=resolver).check_batch(scope.includers, changes.old)
        report = without_earlier(report, before.report(), workspace.project)
    if scope.outside:
        shown = from_here(workspace.project.directory)
        workspace.on_notice(f"skipped, not prompts below {shown}: {scope.outside}")
    missing = [f"{workspace.project.path_of(one)}: it is not in {changes.new.label}" for one in scope.missing]
    unknown = [*_unjudged_versions(workspace, contexts), *reader.unknown] if checks_versions else []
    return report._replace(not_checked=(*report.not_checked, *missing, *unknown))


async def validate(
    workspaces: Sequence[Workspace],
    choice: RuleChoice,
    request: ChangeRequest | None,
    check: CheckDirectory,
    *,
    everything: bool = False,
    has_baseline: bool = True,
) -> Sequence[Report]:
    """Check prompts, or a change, by the rules that the settings and the caller choose; return a report per directory.

    A change may have more directories than `workspaces`. If one of several cannot be checked, its report says so.
    With `everything`, entries of the baseline that match no finding went away.
    """

    async def run(workspace: Workspace, *, is_only: bool) -> Report:
        try:
            return await _validate(workspace, choice, request, check, has_baseline=has_baseline, everything=everything)
        except StorageError as error:
            if is_only:
                raise
            return Report((), 0, (f"{from_here(workspace.project.directory)}: {error.message}",), {})

    if request is None or request.against is None:
        return [await run(one, is_only=len(workspaces) == 1) for one in workspaces]
    from prompt_cli.changes.directories import find_change_directories  # as above

    reports: list[Report] = []
    for directories in await find_change_directories(workspaces, request.against, staged=request.staged):
        results: list[Report] = []
        for one in directories.workspaces:
            try:
                results.append(await run(one, is_only=len(workspaces) == len(directories.workspaces) == 1))
            except PromptNotFoundError:  # each target must be in one of the directories
                if one is directories.workspaces[-1] and not results:
                    raise
        reports += [results[0]._replace(notices=directories.notices), *results[1:]]
    return reports


async def _validate(
    workspace: Workspace,
    choice: RuleChoice,
    request: ChangeRequest | None,
    check: CheckDirectory,
    *,
    has_baseline: bool,
    everything: bool,
) -> Report:
    settings = await workspace.settings()
    directory = await asyncio.to_thread(lambda: workspace.shown_directory) if workspace.is_directory else ""
    changes = None
    if request is not None:
        from prompt_cli.changes.changeset import find_changes  # as above

        changes = await find_changes(workspace, request)
        settings = changes.settings
    selection = select_rules(settings.choice, choice, directory=directory)
    if changes is None and selection.severities and all(one.startswith(_VERSION_RULES) for one in selection.severities):
        message = "the selected rules compare versions, and there is nothing to compare with"
        raise SettingsError(message, help="add --against REF or --staged, or select other rules too")
    report = await check(workspace, selection, changes)
    if workspace.is_directory:
        report = with_directory(report, workspace.project)
    if has_baseline and workspace.is_directory:
        baseline = await _baseline(workspace, changes)
        codes = selection.severities
        report, notices = apply_baseline(report, baseline, workspace.project, codes, everything=everything)
        for notice in notices:
            workspace.on_notice(notice)
    return report._replace(fail_on=selection.fail_on)


def _unjudged_versions(workspace: Workspace, contexts: Mapping[str, VersionContext]) -> Iterator[str]:
    """Yield the versions that the old side keeps from a check; the new side has findings, so a notice is enough."""
    for context in contexts.values():
        comparison = context.comparison
        if comparison.verdict is Verdict.UNJUDGED and comparison.new_prompt is not None:
            problem = f"its version was not checked: {one_line(comparison.problem)}"
            if comparison.has_old_problem and not context.already_merged:
                yield f"{comparison.new.path}: {problem}"
            else:
                name = workspace.project.name_of(comparison.id) if workspace.is_directory else comparison.id
                workspace.on_notice(f"{name}: {problem}")


async def _baseline(workspace: Workspace, changes: ChangeSet | None) -> Baseline:
    """Return the baseline; of a change that is judged by its old side, the baseline there."""
    project = workspace.project
    if changes is None or not changes.strict or changes.base is None:
        return await asyncio.to_thread(read_baseline, project)
    store, paths = workspace.change_store("check a change"), project.baseline_paths
    return parse_baseline(await store.read_files(changes.base.start, paths), paths)
