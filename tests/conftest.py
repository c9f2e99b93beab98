from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support import Golden, InProcess, Project

if TYPE_CHECKING:
    from pathlib import Path

# The same examples are tried each time, so few are enough; --hypothesis-profile=explore looks for new ones. A busy machine is slow, so no
# example has a deadline, and making examples may take long.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", UNTIMED, derandomize=True, max_examples=50)
settings.register_profile("explore", UNTIMED, derandomize=False)
settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write what the program prints into the golden files")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Skip modules without tests: the search for doctests would import them and the packages of vendors."""
    return True if collection_path.suffix == ".py" and not collection_path.name.startswith("test_") else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the longest test first, for at the end all workers but one would wait for it."""
    items.sort(key=lambda item: item.name != "test_tool_passes[mypy]")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares output with golden files, or with --update writes them."""
    return Golden(update=bool(request.config.getoption("--update")))


@pytest.fixture
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """A directory that is not a git repository; of modules with IN_PROCESS, one whose commands start no process."""
    root = tmp_path / "project"
    root.mkdir()
    return (InProcess if getattr(request.module, "IN_PROCESS", False) else Project)(root)


@pytest.fixture(scope="session")
def initialized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `git init` makes, to be copied: that takes a quarter of the time."""
    empty = Project(tmp_path_factory.mktemp("empty"))
    empty.git("init", "-q", "-b", "main", "--template=")
    return empty.root / ".git"


@pytest.fixture
def repository(project: Project, initialized: Path) -> Project:
    """An empty git repository."""
    shutil.copytree(initialized, project.root / ".git")
    return project
