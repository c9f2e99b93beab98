"""pytest plugin: each prompt file is a test, and each of its examples; the fixture `prompts` is the manager.

``pytest --prompts prompts`` collects the files of a prompt directory. Without the option and the setting of that name
nothing is collected, and no other module of prompt-cli is imported.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from prompt_cli.manager import PromptManager
    from prompt_cli.prompt_tests import PromptChecks

_CHECKS: pytest.StashKey[PromptChecks] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option ``--prompts`` and the setting ``prompts``."""
    text = "collect the prompts in this directory: a test for each file, and for each of its examples"
    parser.getgroup("prompt-cli").addoption("--prompts", metavar="DIR", help=text)
    parser.addini("prompts", f"{text}; relative to the settings", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Add the marker, and the prompt directory to what is collected.

    Raises:
        UsageError: There is no such directory.
    """
    config.addinivalue_line("markers", "prompt: a test of a prompt file, collected by --prompts")
    if config.getoption("--prompts") == "":
        raise pytest.UsageError("--prompts: the name of the directory is empty")
    directory = _directory(config)
    if directory is None:
        return
    if not directory.is_dir():
        raise pytest.UsageError(f"--prompts: {directory} is no directory")
    from prompt_cli.prompt_tests import PromptChecks

    config.stash[_CHECKS] = PromptChecks(directory, config.rootpath)
    if _is_wanted(config, directory):
        config.args.append(str(directory))


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the thread of the manager."""
    if checks := config.stash.get(_CHECKS, None):
        checks.close()


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the prompt directory."""
    checks = parent.config.stash.get(_CHECKS, None)
    if checks is None or path != checks.directory:
        return None
    from prompt_cli.prompt_tests import PromptDirectory

    return PromptDirectory.from_parent(parent, path=path, checks=checks)


@pytest.fixture
def prompts(request: pytest.FixtureRequest) -> PromptManager:
    """Return the manager of the prompt directory ``--prompts``, else of the project around the root directory.

    Examples:
        >>> async def test_greeting(prompts: PromptManager) -> None:
        ...     assert await prompts.render("greeting", {"name": "Ada"}) == "Hello Ada!"
    """
    from prompt_cli.manager import PromptManager
    from prompt_cli.storage.project import find_project
    from prompt_cli.workspace import Workspace

    checks = request.config.stash.get(_CHECKS, None)
    return PromptManager.of(Workspace(project=checks.project if checks else find_project(request.config.rootpath)))


def _is_wanted(config: pytest.Config, directory: Path) -> bool:
    """Return whether all prompts are collected: not if some of them are named, or, without the option, other paths."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return True
    here = config.invocation_params.dir
    named = (Path(os.path.realpath(here / one.partition("::")[0])) for one in config.args)
    return bool(config.getoption("--prompts")) and not any(one.is_relative_to(directory) for one in named)


def _directory(config: pytest.Config) -> Path | None:
    """Return the prompt directory that the option or the setting names, absolute; None without them."""
    if option := config.getoption("--prompts"):
        return Path(os.path.realpath(config.invocation_params.dir / option))
    if setting := config.getini("prompts"):
        base = config.inipath.parent if config.inipath else config.rootpath
        return Path(os.path.realpath(base / setting))
    return None
