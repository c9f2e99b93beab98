"""What ``validate --fix`` and ``--diff`` do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.changes.comparison import PromptDiff, Side
from prompt_cli.checking.fixer import PromptFixer
from prompt_cli.checking.result_cache import NO_RESULTS
from prompt_cli.domain.ids import id_to_path
from prompt_cli.reporting.unified import unified

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from prompt_cli.checking.fixer import FixResult, ReadVersionContexts
    from prompt_cli.checking.result_cache import CachedResults
    from prompt_cli.checking.results import CheckResult
    from prompt_cli.cli.session import Workspace
    from prompt_cli.domain.finding import Report
    from prompt_cli.rules.selection import Selection
    from prompt_cli.storage.project import Project
    from prompt_cli.storage.scan import InvalidPromptFile


class Mending(NamedTuple):
    """What mending gave.

    Attributes:
        report: What is left.
        difference: What differs, where it is shown instead of written.
        checked: The results of prompts that were not cached, as they are now, by their ids.
    """

    report: Report
    difference: bytes
    checked: Mapping[str, CheckResult]


async def mend_prompts(
    workspace: Workspace,
    selection: Selection,
    ids: Sequence[str],
    invalid_files: Sequence[InvalidPromptFile],
    *,
    show: bool,
    pasts_of: ReadVersionContexts | None = None,
    cached: CachedResults = NO_RESULTS,
) -> Mending:
    """Mend prompts, or show what that would change.

    Args:
        workspace: What to work on.
        selection: Which rules are on.
        ids: The prompts.
        invalid_files: Files that look like prompts and are none.
        show: Whether nothing is written.
        pasts_of: Gives what prompts were before a state of the working tree, where versions are judged.
        cached: The results of prompts that are unchanged.
    """
    project = workspace.project
    fixer = PromptFixer(
        workspace.manager, selection, lambda prompt_id: not _is_linked(project.directory, prompt_id), pasts_of
    )
    mended = await fixer.fix(ids, invalid_files, cached)
    if show:
        return Mending(mended.report, _difference(mended, project), mended.before)
    if mended.rewrites:
        await fixer.write(mended)
    return Mending(mended.report, b"", {**mended.before, **mended.after})


def _difference(mended: FixResult, project: Project) -> bytes:
    parts: list[bytes] = []
    for prompt_id, rewrite in sorted(mended.rewrites.items()):
        path = project.path_of(prompt_id)
        parts.append(unified(PromptDiff(Side("working tree", path, rewrite.old), Side("fixed", path, rewrite.new))))
    return b"".join(parts)


def _is_linked(directory: Path, prompt_id: str) -> bool:
    """Tell whether a file is reached by a link: what is good for one of its ids may be bad for another."""
    below = id_to_path(prompt_id).replace("/", os.sep)
    return os.path.realpath(directory / below) != os.path.join(os.path.realpath(directory), below)  # noqa: PTH118
