"""Checks of a change: the prompts that changed, and their versions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prompt_cli.changes.comparison import Verdict
from prompt_cli.checking.changes import VersionContextReader
from prompt_cli.checking.checker import PromptChecker, unreadable_file
from prompt_cli.cli.output import note
from prompt_cli.cli.targets import find_change_scope, shown_files
from prompt_cli.domain.finding import Report
from prompt_cli.reporting.terminal import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from prompt_cli.changes.changeset import ChangeSet
    from prompt_cli.checking.fixer import ReadVersionContexts
    from prompt_cli.cli.context import Workspace
    from prompt_cli.domain.protocols import Snapshot
    from prompt_cli.errors import StorageError
    from prompt_cli.rules.selection import Selection
    from prompt_cli.rules.subject import VersionContext
    from prompt_cli.storage.project import Project

_VERSION_RULES = "PC5"


async def check_changes(
    workspace: Workspace,
    changes: ChangeSet,
    selection: Selection,
    targets: Sequence[str],
    on_checked: Callable[[int, int], None],
) -> Report:
    """Check the prompts that a change affects.

    Args:
        workspace: The prompt directory.
        changes: The change.
        selection: The rules.
        targets: The paths, ids and patterns to check; the whole change if empty.
        on_checked: Called after each prompt with the number of checked prompts and of all.
    """
    project = workspace.project
    scope = await find_change_scope(workspace, changes, targets)
    reader = VersionContextReader(workspace.manager, changes)
    pasts: Mapping[str, VersionContext] = {}
    checks_versions = any(code.startswith(_VERSION_RULES) for code in selection.severities)
    if checks_versions or changes.strict:
        pasts = await reader.read(scope.ids)
    if checks_versions:
        _note_unjudged(pasts)
    checker = PromptChecker(workspace.manager, selection, pasts=pasts, on_checked=on_checked)
    report = await checker.check(scope.ids, await shown_files(workspace, scope.invalid_files), changes.new)
    if scope.outside:
        note(f"passed over, for they are no prompts below {project.shown(project.directory)}: {scope.outside} named")
    missing = [f"{one}: it is not in {changes.new.label}" for one in scope.missing]
    unknown = reader.unknown if checks_versions else []
    return report._replace(not_checked=(*report.not_checked, *missing, *unknown))


def report_unreadable(project: Project, selection: Selection, error: StorageError) -> Report | None:
    """Report a change that could not be found because of an unreadable file; None for another error."""
    path = error.context.get("path")
    if not isinstance(path, str):
        return None
    finding = unreadable_file(project.shown(Path(path)), error)
    findings = (selection.with_severity(finding),) if selection.selects(finding) else ()
    return Report(findings, 0, (f"what changed: {finding.path}: {finding.message}",), {})


def pasts_reader(workspace: Workspace, changes: ChangeSet, prompt_ids: Sequence[str]) -> ReadVersionContexts:
    """Return a function that reads the pasts of prompts, with any snapshot as the new side of the change."""

    async def read(snapshot: Snapshot) -> Mapping[str, VersionContext]:
        return await VersionContextReader(workspace.manager, changes._replace(new=snapshot)).read(prompt_ids)

    return read


def _note_unjudged(pasts: Mapping[str, VersionContext]) -> None:
    for past in pasts.values():
        one = past.comparison
        if one.verdict is Verdict.UNJUDGED and one.new_prompt is not None:
            note(f"{one.new.path}: its version was not judged: {one_line(one.problem)}")
