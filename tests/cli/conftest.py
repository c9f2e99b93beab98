"""Fixtures for tests of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.history.git_repositories import Processes

if TYPE_CHECKING:
    from tests.support import Project


@pytest.fixture
def processes(repository: Project) -> Processes:
    """The git processes that commands in the repository start."""
    trace = repository.root.parent / "trace"
    repository.environment["GIT_TRACE2_EVENT"] = str(trace)
    return Processes(trace)
