"""pytest plugin: each prompt file is a test, and each of its examples; two fixtures are managers of the prompts.

``pytest --prompts prompts`` collects the files of a prompt directory. Without the option and the setting of that name
nothing is collected, and no other module of prompt-cli is imported.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from prompt_cli.manager import PromptManager
    from prompt_cli.prompt_tests import PromptChecks
    from prompt_cli.sync import SyncPromptManager

_CHECKS: pytest.StashKey[PromptChecks] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option ``--prompts`` and the setting ``prompts``."""
    text = "collect the prompts in this directory: a test for each file, and for each of its examples"
    parser.getgroup("prompt-cli").addoption("--prompts", metavar="DIR", help=text)
    parser.addini("prompts", f"{text}; relative to the settings", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Add the marker, and collect the prompt directory, which must exist."""
    config.addinivalue_line("markers", "prompt: a test of a prompt file, collected by --prompts")
    if config.getoption("--prompts") == "":
        raise pytest.UsageError("--prompts: the name of the directory is empty")
    directory = _directory(config)
    if directory is None:
        return
    if not directory.is_dir():
        raise pytest.UsageError(f"--prompts: {directory} is not a directory")
    from prompt_cli.prompt_tests import PromptChecks, PromptCollector

    checks = PromptChecks(directory, config.rootpath)
    config.stash[_CHECKS] = checks
    ignored = [config.invocation_params.dir / one for one in config.getoption("ignore") or ()]
    collects_all = _collects_all(config, directory)
    config.pluginmanager.register(PromptCollector(checks, ignored, collects_all=collects_all), "prompt-cli-tests")
    # pytest 8 loses tests if one path is below another.
    if collects_all and not any(directory.is_relative_to(one) for one in _paths(config)):
        config.args.append(str(directory))


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the thread of the manager."""
    if checks := config.stash.get(_CHECKS, None):
        checks.close()


@pytest.fixture
def prompts(request: pytest.FixtureRequest) -> PromptManager:
    """Return the manager of the prompt directory ``--prompts``, else of the project around the root directory.

    Each test has its own, because tests may run in different event loops.

    Examples:
        >>> async def test_greeting(prompts: PromptManager) -> None:
        ...     assert await prompts.render("greeting", {"name": "Ada"}) == "Hello Ada!"
    """
    return _manager(request.config)


@pytest.fixture(scope="session")
def prompts_sync(pytestconfig: pytest.Config) -> Iterator[SyncPromptManager]:
    """Return the manager for tests that are plain functions; the prompt directory is that of `prompts`.

    Examples:
        >>> def test_greeting(prompts_sync: SyncPromptManager) -> None:
        ...     assert prompts_sync.render("greeting", {"name": "Ada"}) == "Hello Ada!"
    """
    from prompt_cli.sync import SyncPromptManager

    with SyncPromptManager(_manager(pytestconfig)) as manager:
        yield manager


def _manager(config: pytest.Config) -> PromptManager:
    from prompt_cli.manager import manager_of
    from prompt_cli.storage.project import find_project
    from prompt_cli.workspace import Workspace

    checks = config.stash.get(_CHECKS, None)
    return manager_of(Workspace(project=checks.project if checks else find_project(config.rootpath)))


def _collects_all(config: pytest.Config, directory: Path) -> bool:
    """Return whether all prompts are collected: not if some of them are named, or, without the option, other paths."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return True
    return bool(config.getoption("--prompts")) and not any(one.is_relative_to(directory) for one in _paths(config))


def _paths(config: pytest.Config) -> list[Path]:
    """Return the paths that pytest collects, absolute."""
    here = config.invocation_params.dir
    return [Path(os.path.realpath(here / one.partition("::")[0])) for one in config.args]


def _directory(config: pytest.Config) -> Path | None:
    """Return the prompt directory that the option or the setting names, absolute; None without them."""
    if option := config.getoption("--prompts"):
        return Path(os.path.realpath(config.invocation_params.dir / option))
    if setting := config.getini("prompts"):
        base = config.inipath.parent if config.inipath else config.rootpath
        return Path(os.path.realpath(base / setting))
    return None
