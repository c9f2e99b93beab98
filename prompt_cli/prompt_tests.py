"""Prompt files as tests of pytest, which `prompt_cli.pytest_plugin` collects."""

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from prompt_cli.checking.baseline import codes_in, read_baseline
from prompt_cli.checking.targets import find_files, require_files
from prompt_cli.cli.error_text import describe
from prompt_cli.domain.example import check_expectation
from prompt_cli.domain.finding import Report
from prompt_cli.domain.ids import id_to_path
from prompt_cli.errors import PromptManagerError, StorageError
from prompt_cli.manager import manager_of
from prompt_cli.problems import DataPath, Region
from prompt_cli.reporting.findings_text import findings_text
from prompt_cli.reporting.terminal import UNSAFE, one_line, visible
from prompt_cli.rules.selection import select_rules
from prompt_cli.storage.loader import LoadedPrompt, parse_prompt
from prompt_cli.storage.project import Project, find_project
from prompt_cli.storage.scan import PromptDirectory
from prompt_cli.sync import SyncPromptManager
from prompt_cli.workspace import Workspace

_EXAMPLE_RULES = frozenset({"PC601", "PC602", "PC603"})
"""Rules of single examples, each of which is a test of its own."""

_LONGEST_NAME = 100
"""Characters of an example's name in the name of its test."""


class PromptChecks:
    """The prompts of a directory, checked together when the first result is needed.

    Outside a repository, paths are shown relative to the root directory of the tests.
    """

    def __init__(self, directory: Path, root: Path) -> None:
        self.directory = directory
        self._root = root

    @cached_property
    def project(self) -> Project:
        """The project of the directory."""
        return find_project(self._root, self.directory)

    @cached_property
    def manager(self) -> SyncPromptManager:
        """The manager that checks and renders."""
        return SyncPromptManager(manager_of(Workspace(project=self.project)))

    @cached_property
    def report(self) -> Report:
        """The report of all prompts."""
        return self.manager.validate()

    def close(self) -> None:
        """End the thread of the manager."""
        if "manager" in vars(self):
            self.manager.close()

    def problems(self, file: "PromptFile") -> str:
        """Return the findings of a file that fail, and why it could not be checked; empty if it is fine."""
        report = self.report
        findings = [one for one in report.findings if one.path == file.shown and one.severity.reaches(report.fail_on)]
        text = findings_text(report._replace(findings=tuple(one for one in findings if one.code not in _EXAMPLE_RULES)))
        names = (f"{file.shown}: ", f"{file.prompt_id}: ")
        reasons = [one for one in report.not_checked if one.startswith(names)]
        if file.prompt_id is not None and not findings and not reasons and file.shown not in report.paths:
            reasons = [f"{file.shown}: it no longer exists"]
        return text + "".join(f"could not be checked: {one}\n" for one in reasons)

    def is_in_baseline(self, file: "PromptFile", region: Region) -> bool:
        """Return whether the findings of an example are in the baseline; the region is that of the example."""
        if not codes_in(read_baseline(self.project), file.shown, self.project) & _EXAMPLE_RULES:
            return False
        return not any(
            one.path == file.shown and one.code in _EXAMPLE_RULES and region.line <= one.region.line <= region.end_line
            for one in self.report.findings
        )


class PromptCollector:
    """Hooks of pytest that add the prompt files of a directory to the collected files, but for those to ignore.

    With `collects_all`, it is an error if pytest does not enter the directory.
    """

    def __init__(self, checks: PromptChecks, ignored: Collection[Path], *, collects_all: bool) -> None:
        self._checks = checks
        self._ignored = frozenset(ignored)
        self._is_missing = collects_all

    @cached_property
    def _files(self) -> Mapping[Path, Sequence[tuple[str, str | None]]]:
        """Names and ids of prompt files by directory, of every directory on the way to one; invalid ones have no id."""
        checks = self._checks
        found = require_files(find_files((), checks.project), checks.directory)
        names = [*((id_to_path(one), one) for one in found.ids), *((one.path, None) for one in found.invalid_files)]
        files: dict[Path, list[tuple[str, str | None]]] = {}
        for name, prompt_id in sorted(names):
            path = checks.directory / name
            if not self._ignored.isdisjoint((path, *path.parents)):
                continue
            for folder in path.parents:
                files.setdefault(folder, [])
                if folder == checks.directory:
                    break
            files[path.parent].append((path.name, prompt_id))
        return files

    def pytest_sessionstart(self) -> None:
        """List the prompts and select the rules, so that wrong settings end the session with one message."""
        try:
            select_rules(self._checks.project.settings.choice)
            _ = self._files
        except PromptManagerError as error:
            raise pytest.UsageError(visible(describe(error))) from None

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Enter each directory with prompts, also names that pytest skips, such as ``build``: they are part of ids."""
        return False if collection_path in self._files else None

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Add the prompt files of a directory; pytest collects the other files."""
        report = yield
        if isinstance(collector, pytest.Directory) and report.passed:
            self._is_missing &= collector.path != self._checks.directory
            for name, prompt_id in self._files.get(collector.path, ()):
                shown = self._checks.project.shown(collector.path / name)
                # pytest prints the path as it is.
                path = collector.path / _printable(name)
                file = PromptFile.from_parent(
                    collector, path=path, prompt_id=prompt_id, shown=shown, checks=self._checks
                )
                report.result.append(file)
        return report

    def pytest_collection_modifyitems(self) -> None:
        """Refuse to pass if pytest did not enter the prompt directory."""
        if self._is_missing and self._files:
            shown = visible(str(self._checks.directory))
            raise pytest.UsageError(f"pytest skips {shown}, or a directory above it\n  help: change norecursedirs")


class PromptFile(pytest.File):
    """A file in a prompt directory, with its path as reports show it; without an id it cannot be a prompt."""

    def __init__(self, *, prompt_id: str | None, shown: str, checks: PromptChecks, **options: Any) -> None:  # noqa: ANN401 - as pytest has them
        super().__init__(**options)
        self.prompt_id = prompt_id
        self.shown: str = shown
        self.checks = checks

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test of the file, and one of each example."""
        loaded = self._load()
        prompt = loaded and loaded.prompt
        self.extra_keyword_matches.update([self.prompt_id] if self.prompt_id else (), prompt.tags if prompt else ())
        yield ValidityTest.from_parent(self, name="valid")
        for n, example in enumerate(prompt.examples if prompt else ()):
            # The name is part of an id with the separator "::", and of an environment variable.
            name = f"example[{_printable(example.name)[:_LONGEST_NAME].replace('::', ':')}]"
            yield ExampleTest.from_parent(self, name=name, loaded=loaded, number=n)

    def _load(self) -> LoadedPrompt | None:
        """Return the parsed file; None if it cannot be read, which the test of the file reports."""
        if self.prompt_id is None:
            return None
        try:
            content = PromptDirectory(self.checks.directory).read(self.prompt_id)
        except StorageError:
            return None
        return None if content is None else parse_prompt(content, self.prompt_id, self.shown)


class _PromptTest(pytest.Item):
    parent: PromptFile
    line = 0

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - as pytest has them
        super().__init__(**options)
        self.add_marker(pytest.mark.prompt)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the place of the test, its line from 0, and its title."""
        return self.path, self.line, f"{one_line(self.parent.shown)} {self.name}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401 - as pytest has it
        """Return a failure as the command writes it."""
        if isinstance(excinfo.value, PromptManagerError):
            place = "" if excinfo.value.location else f"{one_line(self.parent.shown)}:{self.line + 1}: "
            return visible(place + describe(excinfo.value))
        if isinstance(excinfo.value, PromptTestError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class PromptTestError(Exception):
    """A prompt file with findings, or an example that does not meet its expectation."""


class ValidityTest(_PromptTest):
    """A test that ``prompt-cli validate`` has no findings in a file that fail, except those of single examples."""

    def runtest(self) -> None:
        """Check the file."""
        if problems := self.parent.checks.problems(self.parent):
            raise PromptTestError(problems.rstrip("\n"))


class ExampleTest(_PromptTest):
    """A test that an example renders, and meets its expectation."""

    def __init__(self, *, loaded: LoadedPrompt, number: int, **options: Any) -> None:  # noqa: ANN401 - as above
        super().__init__(**options)
        self._prompt = loaded.checked()
        self._source = loaded.source
        self._number = number
        self.line: int = self._region(("examples", number)).line - 1

    def runtest(self) -> None:
        """Render the example; a failure in the baseline is expected."""
        try:
            self._render()
        except (PromptTestError, PromptManagerError):
            if self.parent.checks.is_in_baseline(self.parent, self._region(("examples", self._number))):
                pytest.xfail("in the baseline")
            raise

    def _render(self) -> None:
        example = self._prompt.examples[self._number]
        messages = self.parent.checks.manager.render_messages(self._prompt.id, example.variables)
        if example.expect is None:
            return
        is_secret = any(spec.sensitive for spec in self._prompt.variables.values())
        failures = check_expectation(example.expect, messages, chat=self._prompt.is_chat, secret=is_secret)
        lines = [f"{self._place(('expect', *one.path))}: {one.message}" for one in failures]
        if lines:
            raise PromptTestError("\n".join(map(one_line, lines)))

    def _place(self, path: DataPath) -> str:
        region = self._region(("examples", self._number, *path))
        return f"{self.parent.shown}:{region.line}:{region.column}"

    def _region(self, path: DataPath) -> Region:
        return self._source.region(path) if self._source else Region(1, 1, 1, 1)


def _printable(name: str) -> str:
    """Return a name on one line without control characters; pytest takes a backslash of an escape for a separator."""
    return "".join("\ufffd" if one in UNSAFE or one in "\n\t" else one for one in name)
