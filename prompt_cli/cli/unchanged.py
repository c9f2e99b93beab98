"""What ``validate`` answers where nothing changed: from what is known, without the event loop.

The one exception to asynchronous input and output: there is nothing to wait for but the files themselves.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prompt_cli.checked import nothing_checked, with_known
from prompt_cli.cli.findings import written
from prompt_cli.cli.giving import give
from prompt_cli.cli.targets import choose
from prompt_cli.domain.choice import fail_level
from prompt_cli.errors import ExitCode
from prompt_cli.memory import CheckMemory
from prompt_cli.storage.discovery import find_project, listing_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_cli.domain.choice import RuleChoice


def answer_unchanged(
    directory: Path | None, targets: Sequence[str], choice: RuleChoice, report_format: str, output: Path | None
) -> ExitCode | None:
    """Report prompts all of which are known; None where one has to be checked.

    Args:
        directory: The prompt directory, where the user named one.
        targets: Paths and ids.
        choice: Which rules are chosen.
        report_format: How findings are written.
        output: The file to write them to; standard output where None.
    """
    project = find_project(Path.cwd(), directory)
    memory = CheckMemory(project, choice)
    if not memory:
        return None
    ids, strays = choose(targets, listing_of(project), project.directory)
    if strays or not ids:
        return None
    known = memory.known(ids)
    if len(known.prompts) < len(ids):
        return None
    report = with_known(nothing_checked(), known.prompts.values(), known.texts)
    level = fail_level(project.settings.choice, choice)
    give(report, written(report, report_format, level), output)
    return ExitCode.FAULT if any(one.severity.reaches(level) for one in report.findings) else ExitCode.DONE
