"""Checking what changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prompt_cli.changes.comparison import Verdict
from prompt_cli.checking.changes import VersionContextReader
from prompt_cli.checking.checker import PromptChecker, unreadable_file
from prompt_cli.cli.output import note
from prompt_cli.cli.scoping import scope_of
from prompt_cli.cli.targets import shown_strays
from prompt_cli.domain.finding import Report
from prompt_cli.reporting.terminal import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from prompt_cli.changes.changeset import ChangeSet
    from prompt_cli.checking.fixer import ReadVersionContexts
    from prompt_cli.cli.session import Workspace
    from prompt_cli.domain.protocols import Snapshot
    from prompt_cli.errors import StorageError
    from prompt_cli.rules.pc5_versions import VersionContext
    from prompt_cli.rules.selection import Selection
    from prompt_cli.storage.project import Project

_FAMILY = "PC5"


async def check_changes(
    workspace: Workspace,
    changes: ChangeSet,
    selection: Selection,
    targets: Sequence[str],
    on_checked: Callable[[int, int], None],
) -> Report:
    """Check what changed, and what includes it.

    Args:
        workspace: Where prompts are.
        changes: The change.
        selection: Which rules are on.
        targets: What was named of it; all of it where nothing was.
        on_checked: Told after each prompt how many are done, and of how many.
    """
    project = workspace.project
    scope = await scope_of(workspace, changes, targets)
    reader = VersionContextReader(workspace.manager, changes)
    pasts: Mapping[str, VersionContext] = {}
    versions = any(code.startswith(_FAMILY) for code in selection.severities)
    if versions or changes.strict:
        pasts = await reader.read(scope.ids)
    if versions:
        _note_unjudged(pasts)
    checker = PromptChecker(workspace.manager, selection, pasts=pasts, on_checked=on_checked)
    report = await checker.check(scope.ids, await shown_strays(workspace, scope.invalid_files), changes.new)
    if scope.outside:
        note(f"passed over, for they are no prompts below {project.shown(project.directory)}: {scope.outside} named")
    missing = [f"{one}: it is not in {changes.new.label}" for one in scope.missing]
    unknown = reader.unknown if versions else []
    return report._replace(not_checked=(*report.not_checked, *missing, *unknown))


def untold_change(project: Project, selection: Selection, error: StorageError) -> Report | None:
    """Report that what changed cannot be told, for a file cannot be read; None where that is not why."""
    path = error.context.get("path")
    if not isinstance(path, str):
        return None
    finding = unreadable_file(project.shown(Path(path)), error)
    findings = (selection.weighed(finding),) if selection.takes(finding) else ()
    return Report(findings, 0, (f"what changed: {finding.path}: {finding.message}",), {})


def pasts_reader(workspace: Workspace, changes: ChangeSet, prompt_ids: Sequence[str]) -> ReadVersionContexts:
    """Return what reads the pasts of prompts for any state that the new side of a change may come to."""

    async def read(snapshot: Snapshot) -> Mapping[str, VersionContext]:
        return await VersionContextReader(workspace.manager, changes._replace(new=snapshot)).read(prompt_ids)

    return read


def _note_unjudged(pasts: Mapping[str, VersionContext]) -> None:
    for past in pasts.values():
        one = past.comparison
        if one.verdict is Verdict.UNJUDGED and one.new_prompt is not None:
            note(f"{one.new.path}: its version was not judged: {one_line(one.problem)}")
