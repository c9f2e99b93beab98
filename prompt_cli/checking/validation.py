"""Validation of prompts and of changes: the prompts to check, the selected rules, and the report."""

from __future__ import annotations

import asyncio
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from prompt_cli.changes.comparison import Verdict
from prompt_cli.checking.baseline import apply_baseline, parse_baseline, read_baseline
from prompt_cli.checking.checker import PromptChecker
from prompt_cli.checking.targets import find_change_scope, list_prompts, shown_files
from prompt_cli.domain.finding import Report
from prompt_cli.errors import PromptNotFoundError
from prompt_cli.reporting.terminal import one_line
from prompt_cli.rules.selection import select_rules
from prompt_cli.storage.project import from_here

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from prompt_cli.changes.changeset import ChangeRequest, ChangeSet
    from prompt_cli.checking.baseline import Baseline
    from prompt_cli.checking.checker import OnChecked
    from prompt_cli.rules.selection import Selection
    from prompt_cli.rules.subject import VersionContext
    from prompt_cli.settings import RuleChoice
    from prompt_cli.workspace import Workspace

_VERSION_RULES = "PC5"


class Validation(NamedTuple):
    """A report, and the rules that it applied."""

    report: Report
    selection: Selection


Check: TypeAlias = "Callable[[Workspace, Selection, ChangeSet | None], Awaitable[Report]]"
"""A check of the prompts of one directory, or of those of a change in it."""


async def check_targets(
    workspace: Workspace, selection: Selection, changes: ChangeSet | None, *, targets: Sequence[str] | None
) -> Report:
    """Check the prompts that targets select; every prompt, or the whole change, if None."""
    if changes is not None:
        return await check_changes(workspace, selection, changes, targets)
    selected = await list_prompts(workspace, targets or ())
    invalid_files = await shown_files(workspace, selected.invalid_files)
    return await PromptChecker(workspace, selection).check(selected.ids, invalid_files)


async def check_changes(
    workspace: Workspace,
    selection: Selection,
    changes: ChangeSet,
    targets: Sequence[str] | None,
    on_checked: OnChecked | None = None,
) -> Report:
    """Check the prompts of a change that targets select; the whole change if None."""
    from prompt_cli.checking.changes import VersionContextReader  # prompts as they are need no history

    scope = await find_change_scope(workspace, changes, targets)
    reader = VersionContextReader(workspace, changes)
    checks_versions = any(code.startswith(_VERSION_RULES) for code in selection.severities)
    contexts = await reader.read(scope.ids) if checks_versions or changes.strict else {}
    checker = PromptChecker(workspace, selection, contexts=contexts, on_checked=on_checked)
    report = await checker.check(scope.ids, await shown_files(workspace, scope.invalid_files), changes.new)
    if scope.outside:
        shown = from_here(workspace.project.directory)
        workspace.on_notice(f"skipped, not prompts below {shown}: {scope.outside}")
    missing = [f"{workspace.project.path_of(one)}: it is not in {changes.new.label}" for one in scope.missing]
    unknown = [*_unjudged_versions(workspace, contexts), *reader.unknown] if checks_versions else []
    return report._replace(not_checked=(*report.not_checked, *missing, *unknown))


async def validate(
    workspace: Workspace,
    choice: RuleChoice,
    request: ChangeRequest | None,
    check: Check,
    *,
    everything: bool = False,
    has_baseline: bool = True,
) -> Validation:
    """Check prompts, or a change, by the rules that the settings and the caller choose.

    Args:
        workspace: The prompts.
        choice: The rules that the caller chooses.
        request: The change; None for the prompts as they are.
        check: The check of each prompt directory; a change may have two.
        everything: Whether the check is of all prompts, so that entries of others in the baseline went away.
        has_baseline: Whether findings in the baseline do not count.

    Raises:
        PromptNotFoundError: A target is neither a file nor an id.
        SettingsError: A setting is invalid, or a code matches no rule.
        StorageError: There are no prompts, or the directory could not be read.
        HistoryError: Git failed.
    """
    if request is None or request.against is None:
        return await _validate(workspace, choice, request, check, has_baseline=has_baseline, everything=everything)
    from prompt_cli.changes.changeset import find_change_directories  # as above

    directories = await find_change_directories(workspace, request.against, staged=request.staged)
    validations: list[Validation] = []
    for one in directories.workspaces:
        try:
            validations.append(await _validate(one, choice, request, check, has_baseline=has_baseline))
        except PromptNotFoundError:  # each target must be in one of the directories
            if one is directories.workspaces[-1] and not validations:
                raise
    report = reduce(Report.joined, (one.report for one in validations))
    return Validation(report._replace(notices=directories.notices), validations[-1].selection)


async def _validate(
    workspace: Workspace,
    choice: RuleChoice,
    request: ChangeRequest | None,
    check: Check,
    *,
    has_baseline: bool,
    everything: bool = False,
) -> Validation:
    settings = await workspace.settings()
    directory = await asyncio.to_thread(lambda: workspace.shown_directory) if workspace.is_directory else ""
    changes = None
    if request is not None:
        from prompt_cli.changes.changeset import find_changes  # as above

        changes = await find_changes(workspace, request)
        settings = changes.settings
    selection = select_rules(settings.choice, choice, directory=directory)
    report = await check(workspace, selection, changes)
    if has_baseline and workspace.is_directory:
        baseline = await _baseline(workspace, changes)
        report, count, stale = apply_baseline(report, baseline, directory, selection.severities, everything=everything)
        if count:
            workspace.on_notice(f"in the baseline, so not reported: {count}")
        if stale:
            workspace.on_notice(stale)
    return Validation(report._replace(fail_on=selection.fail_on), selection)


def _unjudged_versions(workspace: Workspace, contexts: Mapping[str, VersionContext]) -> Iterator[str]:
    """Yield the versions that the old side keeps from a check; the new side has findings, so a notice is enough."""
    for context in contexts.values():
        comparison = context.comparison
        if comparison.verdict is Verdict.UNJUDGED and comparison.new_prompt is not None:
            problem = f"its version was not checked: {one_line(comparison.problem)}"
            if comparison.has_old_problem and not context.already_merged:
                yield f"{comparison.new.path}: {problem}"
            else:
                workspace.on_notice(f"{comparison.id}: {problem}")


async def _baseline(workspace: Workspace, changes: ChangeSet | None) -> Baseline:
    """Return the baseline; of a change that is judged by its old side, the baseline there."""
    project = workspace.project
    if changes is None or not changes.strict or changes.base is None:
        return await asyncio.to_thread(read_baseline, project)
    store, paths = workspace.change_store("check a change"), project.baseline_paths
    return parse_baseline(await store.read_files(changes.base.start, paths), paths)
