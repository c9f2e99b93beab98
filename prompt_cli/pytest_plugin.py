"""A pytest plugin: every prompt is a test, and so is each of its examples.

It does nothing unless ``--prompts DIR``, the setting ``prompts`` or a fixture asks for it. As pytest imports the module
in every run, it imports the rest of the package only then.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import pytest

from prompt_cli.errors import PromptManagerError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator, Iterator, Mapping, Sequence

    from prompt_cli.domain.finding import Finding, Report
    from prompt_cli.manager import PromptManager
    from prompt_cli.storage.loader import LoadedPrompt
    from prompt_cli.sync import SyncPromptManager
    from prompt_cli.workspace import Workspace

Result = TypeVar("Result")

_VALID = "valid"
"""The name of the test of a file; the other tests of a file have the names of its examples."""

_EXAMPLE_RULES = ("PC601", "PC602", "PC603")
"""Rules about one example; its own test applies them, so that a failure is reported once."""

_LONGEST_NAME = 100
"""Characters of an example's name in the id of a test: pytest puts the id in the environment, which is limited."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--prompts`` and the setting ``prompts``."""
    group = parser.getgroup("prompt-cli")
    group.addoption(
        "--prompts",
        metavar="DIR",
        dest="prompt_directory",
        help="test the prompts in this directory and their examples",
    )
    parser.addini("prompts", "directory of prompts to test, relative to the configuration file")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker; with a prompt directory, also its tests."""
    config.addinivalue_line("markers", "prompt: a test of a prompt file or of one of its examples (prompt-cli)")
    directory = _prompt_directory(config)
    if directory is not None:
        _add_argument(config, directory)
        config.pluginmanager.register(_PromptCollector(_Suite(config.rootpath, directory)), "prompt-cli-tests")


@pytest.fixture
def prompts(pytestconfig: pytest.Config) -> PromptManager:
    """Return the manager of the project's prompts, for tests that are coroutines.

    It opens the directory of ``--prompts`` or of the setting, else the one that the command would find. Each test has
    its own, because tests may run in different event loops.

    Examples:
        >>> async def test_greeting(prompts):
        ...     assert "Ada" in await prompts.render("greeting", {"name": "Ada"})
    """
    from prompt_cli.manager import PromptManager

    return PromptManager.of(_workspace(pytestconfig.rootpath, _prompt_directory(pytestconfig)))


@pytest.fixture(scope="session")
def prompts_sync(pytestconfig: pytest.Config) -> Iterator[SyncPromptManager]:
    """Return the manager of the project's prompts, for tests that are plain functions.

    Examples:
        >>> def test_greeting(prompts_sync):
        ...     assert "Ada" in prompts_sync.render("greeting", {"name": "Ada"})
    """
    from prompt_cli.manager import PromptManager
    from prompt_cli.sync import SyncPromptManager

    workspace = _workspace(pytestconfig.rootpath, _prompt_directory(pytestconfig))
    with SyncPromptManager(PromptManager.of(workspace)) as manager:
        yield manager


class PromptFile(pytest.File):
    """A prompt file: a test that it is valid, and one of each example."""

    suite: _Suite
    prompt_id: str | None = None
    """The id of the prompt; None if the file cannot be one."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the tests; an unreadable or invalid file has no examples."""
        loaded = None if self.prompt_id is None else self.suite.load(self.prompt_id)
        prompt = loaded and loaded.prompt
        self.add_marker("prompt")
        if prompt is not None:
            self.extra_keyword_matches.update([prompt.id, *prompt.tags])
        elif self.prompt_id is not None:
            self.extra_keyword_matches.add(self.prompt_id)
        yield ValidityItem.from_parent(self, name=_VALID)
        if prompt is not None:
            names = [one.name for one in prompt.examples]
            for name, unique in zip(names, _unique(names), strict=True):
                item: ExampleItem = ExampleItem.from_parent(self, name=unique)
                item.example = name
                yield item


class _PromptItem(pytest.Item):
    """A test of a prompt file, which reports as the command does."""

    parent: PromptFile

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the place that pytest reports."""
        return self.path, None, self.name

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: Any = None,  # noqa: ANN401 - its type is private to pytest
    ) -> Any:  # noqa: ANN401 - as above
        """Return the text of a failure without a traceback; a bug of prompt-cli has one."""
        if isinstance(excinfo.value, PromptManagerError):
            return _text(excinfo.value)
        return super().repr_failure(excinfo, style)


class ValidityItem(_PromptItem):
    """A test that a prompt file passes the rules, by the project's settings."""

    def runtest(self) -> None:
        """Check the file with all others, once a session; findings below ``fail-on`` are shown with ``-rP``."""
        result = self.parent.suite.result(self.parent.path, self.parent.prompt_id)
        if result.failed:
            raise _FailedTestError(result.text)
        if result.text:
            self.add_report_section("call", "prompt-cli", result.text)


class ExampleItem(_PromptItem):
    """A test that an example fits the variables, renders, and meets its expectation."""

    example: str

    def runtest(self) -> None:
        """Render the example."""
        text = self.parent.suite.try_example(self.parent.prompt_id or "", self.example)
        if text:
            raise _FailedTestError(text)


class _FailedTestError(PromptManagerError):
    """The findings that make a test fail, as the command writes them."""


class _FileResult(NamedTuple):
    """The findings of a file as text, and whether they make its test fail."""

    text: str
    failed: bool


class _Suite:
    """The prompts to test.

    Args:
        root: The root directory of pytest; paths outside a git repository are shown relative to it.
        directory: The prompt directory.
    """

    def __init__(self, root: Path, directory: Path) -> None:
        self._root = root
        self.directory = directory

    @cached_property
    def workspace(self) -> Workspace:
        """The prompts, their settings and their history."""
        return _workspace(self._root, self.directory)

    @cached_property
    def files(self) -> dict[Path, list[tuple[Path, str | None]]]:
        """The paths and ids of prompts by directory; a file that cannot be a prompt has no id.

        Raises:
            SettingsError: The settings cannot be used.
            StorageError: There are no prompts, or the directory could not be read.
        """
        from prompt_cli.checking.targets import select_present
        from prompt_cli.domain.ids import id_to_path
        from prompt_cli.reporting.terminal import one_line
        from prompt_cli.rules.selection import select_rules
        from prompt_cli.storage.project import listing_of

        project = self.workspace.project
        select_rules(project.settings.choice)  # a wrong code fails once, not in each test
        listing = select_present((), listing_of(project), self.directory)
        paths = [(id_to_path(one), one) for one in listing.ids]
        # pytest prints paths as they are, and a stranger's file name may hold escapes.
        others = [(one_line(file.path), None) for file in listing.invalid_files]
        by_folder: dict[Path, list[tuple[Path, str | None]]] = {}
        for below, prompt_id in sorted([*paths, *others]):
            path = self.directory / below
            for folder in path.parents:
                by_folder.setdefault(folder, [])
                if folder == self.directory:
                    break
            by_folder[path.parent].append((path, prompt_id))
        return by_folder

    @cached_property
    def report(self) -> Report:
        """The report of all prompts, without that of their examples.

        Raises:
            PromptManagerError: The prompts cannot be checked.
        """
        from prompt_cli.manager import PromptManager

        return _run(PromptManager.of(self.workspace).validate(ignore=_EXAMPLE_RULES))

    def load(self, prompt_id: str) -> LoadedPrompt | None:
        """Return the parsed file of a prompt; None if it cannot be read, which its test of validity reports."""
        from prompt_cli.storage.scan import PromptDirectory

        try:
            content = PromptDirectory(self.directory).read(prompt_id)
        except PromptManagerError:
            return None
        return None if content is None else self.workspace.registry.parse(content, prompt_id)

    def result(self, path: Path, prompt_id: str | None) -> _FileResult:
        """Return the result of a file: a file that could not be checked fails."""
        from prompt_cli.reporting.terminal import visible

        report, shown = self.report, self.workspace.project.shown(path)
        findings = [one for one in report.findings if one.path == shown]
        not_checked = [one for one in report.not_checked if one.startswith((f"{shown}: ", f"{prompt_id}: "))]
        if prompt_id is not None and shown not in report.paths and not not_checked:
            not_checked = [f"{shown}: it is not in the report"]
        text = _findings_text(findings, report.sources) + "".join(f"could not check {one}\n" for one in not_checked)
        failed = bool(not_checked) or any(one.severity.reaches(report.fail_on) for one in findings)
        return _FileResult(visible(text), failed)

    def try_example(self, prompt_id: str, name: str) -> str:
        """Return what is wrong with an example as text; empty if it renders and meets its expectation.

        Raises:
            PromptManagerError: The prompt cannot be read or rendered at all.
        """
        from prompt_cli.binder import bind_resolved
        from prompt_cli.domain.revision import Tree
        from prompt_cli.rules.catalogue import rule_of, run_rules
        from prompt_cli.rules.subject import Subject

        resolved = _run(self.workspace.resolve(prompt_id, Tree.WORKING))
        prompt = resolved.loaded.checked()
        number = next((n for n, one in enumerate(prompt.examples) if one.name == name), None)
        if number is None:
            raise PromptManagerError(f"{resolved.loaded.path}: the example {name!r} was removed during the tests")
        subject = Subject(resolved, bind_resolved(resolved, self.workspace.template_engine), example=number)
        findings = list(run_rules(subject, [rule_of(code) for code in _EXAMPLE_RULES]))
        # The lines of an example hold its values.
        is_secret = any(spec.sensitive for _, spec in subject.specs)
        return _findings_text(findings, {} if is_secret else {resolved.loaded.path: resolved.loaded.text})


class _PromptCollector:
    """Hooks that add the prompts of a suite to what pytest collects."""

    def __init__(self, suite: _Suite) -> None:
        self._suite = suite

    def pytest_sessionstart(self) -> None:
        """List the prompts, so that a wrong directory or wrong settings end the session with one message."""
        try:
            _ = self._suite.files
        except PromptManagerError as error:
            raise pytest.UsageError(_text(error)) from None

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Enter every directory with prompts, whatever its name: pytest passes over ``build``, for example."""
        return False if collection_path in self._suite.files else None

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Add the prompt files of a directory; its other files are collected as ever."""
        report = yield
        if isinstance(collector, pytest.Directory) and report.passed:
            for path, prompt_id in self._suite.files.get(collector.path, ()):
                file: PromptFile = PromptFile.from_parent(collector, path=path)
                file.suite, file.prompt_id = self._suite, prompt_id
                report.result.append(file)
        return report


def _prompt_directory(config: pytest.Config) -> Path | None:
    """Return the prompt directory that the option or the setting names."""
    option: str | None = config.getoption("prompt_directory")
    if option is not None:
        return _absolute(config.invocation_params.dir, option)
    setting: str = config.getini("prompts")
    return _absolute(config.inipath.parent if config.inipath else config.rootpath, setting) if setting else None


def _absolute(start: Path, directory: str) -> Path:
    return Path(os.path.abspath(start / directory))  # noqa: PTH100 - resolve() would follow links


def _add_argument(config: pytest.Config, directory: Path) -> None:
    """Add the prompt directory to the paths that pytest collects.

    The setting adds it if the command line names no paths; ``--prompts`` adds it unless they are prompts already.
    """
    start = config.invocation_params.dir
    paths = [_absolute(start, one.partition("::")[0]) for one in config.args]
    if config.getoption("prompt_directory") is None and config.args_source is config.ArgsSource.ARGS:
        return
    if not any(path.is_relative_to(directory) for path in paths):
        config.args.append(str(directory))


def _workspace(root: Path, directory: Path | None) -> Workspace:
    from prompt_cli.storage.project import find_project
    from prompt_cli.workspace import Workspace

    return Workspace(project=find_project(root, directory))


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine in a thread: the event loop of this one belongs to the tests."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _unique(names: Sequence[str]) -> Iterator[str]:
    """Yield names of examples as names of tests: short, on one line, without ``::``, each once."""
    from prompt_cli.reporting.terminal import one_line

    used = {_VALID}
    for name in names:
        base = one_line(name).replace("::", ":")[:_LONGEST_NAME]
        unique, number = base, 1
        while unique in used:
            number += 1
            unique = f"{base} ({number})"
        used.add(unique)
        yield unique


def _findings_text(findings: Sequence[Finding], sources: Mapping[str, str]) -> str:
    from prompt_cli.domain.finding import Report
    from prompt_cli.reporting.findings_text import findings_text

    return findings_text(Report(tuple(findings), 0, (), sources))


def _text(error: PromptManagerError) -> str:
    from prompt_cli.cli.error_text import describe
    from prompt_cli.reporting.terminal import visible

    return error.message if isinstance(error, _FailedTestError) else visible(describe(error))
