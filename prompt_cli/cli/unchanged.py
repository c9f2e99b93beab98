"""The report of ``validate`` where nothing changed: cached results, put together without event loop and models.

The one exception to asynchronous input and output: there is nothing to wait for but the files themselves.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.checking.result_cache import NO_RESULTS, ResultCache
from prompt_cli.checking.results import nothing_checked, with_cached
from prompt_cli.cli.giving import give
from prompt_cli.cli.targets import choose, listing_for
from prompt_cli.errors import ExitCode
from prompt_cli.reporting.formats import format_report
from prompt_cli.settings import fail_level
from prompt_cli.storage.project import find_project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_cli.checking.result_cache import CachedResults
    from prompt_cli.settings import RuleChoice
    from prompt_cli.storage.project import Project
    from prompt_cli.storage.scan import Listing


class Recalled(NamedTuple):
    """The cached results of the prompts to check.

    Attributes:
        project: The project.
        cache: The cache.
        results: The results that still hold.
        listing: The files of the project; None where nothing is cached and the directory was not read.
        complete: Whether there is nothing else to check.
    """

    project: Project
    cache: ResultCache
    results: CachedResults
    listing: Listing | None
    complete: bool


def recall(directory: Path | None, targets: Sequence[str], choice: RuleChoice) -> Recalled:
    """Look up the cached results of prompts.

    Args:
        directory: The prompt directory, where the user named one.
        targets: Paths and ids.
        choice: Which rules are chosen.
    """
    project = find_project(Path.cwd(), directory)
    cache = ResultCache(project, choice)
    if not cache:
        return Recalled(project, cache, NO_RESULTS, None, complete=False)
    listing = listing_for(targets, project)
    ids, invalid_files = choose(targets, listing, project.directory)
    results = cache.find(ids)
    complete = bool(ids) and not invalid_files and len(results.prompts) == len(ids)
    return Recalled(project, cache, results, listing, complete)


def answer_unchanged(recalled: Recalled, choice: RuleChoice, report_format: str, output: Path | None) -> ExitCode:
    """Report prompts whose results are all cached.

    Args:
        recalled: Their results, which are complete.
        choice: Which rules are chosen.
        report_format: How findings are written.
        output: The file to write them to; standard output where None.
    """
    report = with_cached(nothing_checked(), recalled.results.prompts.values(), recalled.results.texts)
    level = fail_level(recalled.project.settings.choice, choice)
    give(report, format_report(report, report_format, level), output)
    return ExitCode.FAULT if any(one.severity.reaches(level) for one in report.findings) else ExitCode.DONE
