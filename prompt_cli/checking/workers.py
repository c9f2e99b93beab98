"""Parallel checks in several processes.

Processes exchange ids and findings, not models, which take longer to transfer than to parse again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from concurrent.futures import BrokenExecutor
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.checking.checker import PromptChecker
from prompt_cli.log import log
from prompt_cli.rules.selection import select_rules
from prompt_cli.settings import DEFAULTS
from prompt_cli.storage.project import Project
from prompt_cli.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from prompt_cli.checking.results import CheckResults
    from prompt_cli.settings import RuleChoice


_MOST = 8
"""Maximum number of processes; one process combines the results."""
_FORKS = sys.platform == "linux"
"""Whether processes are forked, which takes a hundredth of the time of a new interpreter."""
_LEAST = 2 if _FORKS else 16
"""The least number of batches for which several processes are faster."""

_NO_PROCESSES = (OSError, ImportError, NotImplementedError)
"""The errors of multiprocessing on systems without shared memory or semaphores."""


class _Job(NamedTuple):
    """The project and rules that all batches share."""

    directory: Path
    root: Path
    git_directory: Path | None
    settings: RuleChoice
    options: RuleChoice


async def check_in_processes(
    project: Project, options: RuleChoice, batches: Sequence[Sequence[str]]
) -> AsyncGenerator[CheckResults | None]:
    """Yield the results of each batch of ids, in order; None for a batch that must be checked in this process."""
    count = min(len(batches), _processors(), _MOST)
    job = _Job(project.directory, project.root, project.git_directory, project.settings.choice, options)
    pool = _pool(count, job) if count > 1 and len(batches) >= _LEAST else None
    if pool is None:
        for _ in batches:
            yield None
        return
    log("info", "workers_started", processes=count, batches=len(batches))
    try:
        futures = [_submit(pool, batch) for batch in batches]
        for future in futures:
            yield await _result(future)
    finally:
        # Without a shutdown, the pool would still run when the interpreter ends, and print a traceback.
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)


class _Worker:
    """The checker of one process; it reuses parsed partials in later batches."""

    def __init__(self, job: _Job) -> None:
        settings = DEFAULTS._replace(choice=job.settings)
        project = Project(job.directory, job.root, job.git_directory, settings, ())
        self._notices: list[str] = []
        workspace = Workspace(project=project, on_notice=self._notices.append)
        selection = select_rules(job.settings, job.options, directory=project.shown(project.directory))
        self._checker = PromptChecker(workspace, selection, caches_prompts=False)
        self._runner = asyncio.Runner()

    def check(self, prompt_ids: Sequence[str]) -> CheckResults:
        """Check a batch."""
        self._notices.clear()
        results = self._runner.run(self._checker.check_batch(prompt_ids))
        results.notices += self._notices
        return results


_workers: list[_Worker] = []
"""The worker of this process, in a worker process."""


def _begin(job: _Job) -> None:
    # The parent handles interruptions, and stops workers by closing their pipes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _workers.append(_Worker(job))


def _check(prompt_ids: Sequence[str]) -> CheckResults:
    """Check a batch in a worker process."""
    return _workers[-1].check(prompt_ids)


def _pool(count: int, job: _Job) -> Executor | None:
    """Start processes; None if the system refuses, as some sandboxes do."""
    from concurrent.futures import ProcessPoolExecutor  # brings multiprocessing
    from multiprocessing import get_context

    if not _FORKS:
        # Without this variable, a new interpreter would import untrusted files of the current directory.
        os.environ["PYTHONSAFEPATH"] = "1"
    try:
        return ProcessPoolExecutor(count, get_context("fork" if _FORKS else "spawn"), _begin, (job,))
    except _NO_PROCESSES:
        return None


def _submit(pool: Executor, prompt_ids: Sequence[str]) -> Future[CheckResults] | None:
    try:
        return pool.submit(_check, prompt_ids)
    except (OSError, BrokenExecutor):
        return None


async def _result(future: Future[CheckResults] | None) -> CheckResults | None:
    if future is None:
        return None
    try:
        results: CheckResults = await asyncio.wrap_future(future)
    except BrokenExecutor:
        return None  # a process was killed, for example when memory ran out; this process checks the batch
    return results


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
