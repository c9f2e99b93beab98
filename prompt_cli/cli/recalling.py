"""What ``validate --staged`` answers where the same was staged before: from what is known, without the event loop."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_cli.cli.output import note
from prompt_cli.cli.targets import path_below
from prompt_cli.domain.choice import fail_level
from prompt_cli.errors import ExitCode
from prompt_cli.history.sight import LookAtStaged
from prompt_cli.storage.discovery import find_project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_cli.domain.choice import RuleChoice
    from prompt_cli.staged import StagedMemory, Told


def recall_staged(directory: Path | None, targets: Sequence[str], choice: RuleChoice) -> StagedMemory:
    """Look at what is staged.

    Args:
        directory: The prompt directory, where the user named one.
        targets: Paths and ids.
        choice: Which rules are chosen.
    """
    project = find_project(Path.cwd(), directory)
    # Where a path leads, and whether something is there, says the file system.
    named = [[one, path_below(one, project.directory), os.path.lexists(one)] for one in targets]
    look = LookAtStaged(project.directory, project.settings.base)
    from prompt_cli.staged import StagedMemory  # while git looks
    from prompt_cli.storage.own import own_identity

    own_identity()  # which is part of what is asked for by that sight
    return StagedMemory(project, choice, named, look)


def answer_staged(
    memory: StagedMemory, told: Told, choice: RuleChoice, report_format: str, output: Path | None
) -> ExitCode:
    """Report what was found of what is staged before.

    Args:
        memory: What knows it.
        told: What was found.
        choice: Which rules are chosen.
        report_format: How findings are written.
        output: The file to write them to; standard output where None.
    """
    from prompt_cli.cli.findings import written  # what is not known needs neither yet
    from prompt_cli.cli.giving import give

    for notice in told.notices:
        note(notice)
    level = fail_level(memory.project.settings.choice, choice)
    give(told.report, written(told.report, report_format, level), output)
    return ExitCode.FAULT if any(one.severity.reaches(level) for one in told.report.findings) else ExitCode.DONE
