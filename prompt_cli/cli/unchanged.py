"""What ``validate`` answers where nothing changed: from what is known, without the event loop.

The one exception to asynchronous input and output: there is nothing to wait for but the files themselves.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.checked import nothing_checked, with_known
from prompt_cli.cli.findings import written
from prompt_cli.cli.giving import give
from prompt_cli.cli.targets import choose, listing_for
from prompt_cli.domain.choice import fail_level
from prompt_cli.errors import ExitCode
from prompt_cli.memory import NOTHING, CheckMemory
from prompt_cli.storage.discovery import find_project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_cli.domain.choice import RuleChoice
    from prompt_cli.memory import Known
    from prompt_cli.storage.discovery import Project
    from prompt_cli.storage.walk import Listing


class Recalled(NamedTuple):
    """What is known of the prompts that are asked for.

    Attributes:
        project: The project.
        memory: What knows it.
        known: What needs no checking.
        listing: What there is; None where that was not looked at, for nothing is known.
        complete: Whether that is all there is to check.
    """

    project: Project
    memory: CheckMemory
    known: Known
    listing: Listing | None
    complete: bool


def recall(directory: Path | None, targets: Sequence[str], choice: RuleChoice) -> Recalled:
    """Find out what is known of prompts.

    Args:
        directory: The prompt directory, where the user named one.
        targets: Paths and ids.
        choice: Which rules are chosen.
    """
    project = find_project(Path.cwd(), directory)
    memory = CheckMemory(project, choice)
    if not memory:
        return Recalled(project, memory, NOTHING, None, complete=False)
    listing = listing_for(targets, project)
    ids, strays = choose(targets, listing, project.directory)
    known = memory.known(ids)
    complete = bool(ids) and not strays and len(known.prompts) == len(ids)
    return Recalled(project, memory, known, listing, complete)


def answer_unchanged(recalled: Recalled, choice: RuleChoice, report_format: str, output: Path | None) -> ExitCode:
    """Report prompts all of which are known.

    Args:
        recalled: What is known of them, which is complete.
        choice: Which rules are chosen.
        report_format: How findings are written.
        output: The file to write them to; standard output where None.
    """
    report = with_known(nothing_checked(), recalled.known.prompts.values(), recalled.known.texts)
    level = fail_level(recalled.project.settings.choice, choice)
    give(report, written(report, report_format, level), output)
    return ExitCode.FAULT if any(one.severity.reaches(level) for one in report.findings) else ExitCode.DONE
