"""Prompt files as tests of pytest, which `prompt_cli.pytest_plugin` collects."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from prompt_cli.cli.error_text import describe
from prompt_cli.domain.example import unmet
from prompt_cli.domain.ids import id_to_path
from prompt_cli.errors import PromptManagerError, Region
from prompt_cli.reporting.terminal import one_line, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.domain.finding import Report
    from prompt_cli.errors import DataPath
    from prompt_cli.storage.loader import LoadedPrompt
    from prompt_cli.storage.project import Project
    from prompt_cli.storage.scan import Listing
    from prompt_cli.sync import SyncPromptManager

_EXAMPLE_RULES = frozenset({"PC601", "PC602", "PC603"})
"""Rules of single examples, each of which is a test of its own."""


class PromptChecks:
    """The prompts of a directory, checked together when the first result is needed.

    Args:
        directory: The prompt directory.
        root: The root directory of the tests; paths are shown relative to it outside a repository.
    """

    def __init__(self, directory: Path, root: Path) -> None:
        self.directory = directory
        self._root = root

    @cached_property
    def project(self) -> Project:
        """The project of the directory.

        Raises:
            SettingsError: A settings file cannot be used.
        """
        from prompt_cli.storage.project import find_project

        return find_project(self._root, self.directory)

    @cached_property
    def listing(self) -> Listing:
        """The files of the directory."""
        from prompt_cli.storage.project import listing_of

        return listing_of(self.project)

    @cached_property
    def manager(self) -> SyncPromptManager:
        """The manager that checks and renders."""
        from prompt_cli.manager import PromptManager
        from prompt_cli.sync import SyncPromptManager
        from prompt_cli.workspace import Workspace

        return SyncPromptManager(PromptManager.of(Workspace(project=self.project)))

    @cached_property
    def report(self) -> Report:
        """The report of all prompts."""
        return self.manager.validate()

    def close(self) -> None:
        """End the thread of the manager."""
        if "manager" in vars(self):
            self.manager.close()

    def problems(self, file: PromptFile) -> str:
        """Return the findings of a file that fail, and why it could not be checked; empty if it is fine."""
        from prompt_cli.reporting.findings_text import findings_text

        report = self.report
        findings = [one for one in report.findings if one.path == file.shown and one.severity.reaches(report.fail_on)]
        text = findings_text(report._replace(findings=tuple(one for one in findings if one.code not in _EXAMPLE_RULES)))
        names = (f"{file.shown}: ", f"{file.prompt_id}: ")
        reasons = [one for one in report.not_checked if one.startswith(names)]
        if file.prompt_id is not None and not findings and not reasons and file.shown not in report.paths:
            reasons = [f"{file.shown}: it is no longer among the prompts"]
        return text + "".join(f"could not be checked: {one}\n" for one in reasons)


class PromptDirectory(pytest.Directory):
    """A prompt directory, or a directory in it.

    Args:
        checks: The checks of the prompt directory.
        options: The arguments of `pytest.Directory`.
    """

    def __init__(self, *, checks: PromptChecks, **options: Any) -> None:  # noqa: ANN401 - as pytest has them
        super().__init__(**options)
        self.checks = checks

    def collect(self) -> Iterator[pytest.Collector]:
        """Yield the directories and files of prompts in it, and then what pytest collects in any directory.

        Raises:
            CollectError: There are no prompts.
        """
        checks = self.checks
        try:
            listing = checks.listing
        except PromptManagerError as error:
            raise self.CollectError(visible(describe(error))) from error
        ids = {checks.directory / id_to_path(one): one for one in listing.ids}
        paths = [*ids, *(checks.directory / one.path for one in listing.invalid_files)]
        if not paths:
            raise self.CollectError(f"there are no prompts in {checks.directory}")
        depth = len(self.path.parts)
        below = sorted(path for path in paths if path.is_relative_to(self.path))
        ours = dict.fromkeys(Path(*one.parts[: depth + 1]) for one in below)
        for path in ours:
            if path in self._ignored():
                continue
            if path in paths:
                yield PromptFile.from_parent(self, path=path, prompt_id=ids.get(path), checks=checks)
            else:
                yield PromptDirectory.from_parent(self, path=path, checks=checks)
        for other in pytest.Dir.from_parent(self, path=self.path).collect():
            if isinstance(other, pytest.Collector) and other.path not in ours:
                yield other

    def _ignored(self) -> set[Path]:
        """Return the paths of ``--ignore``; names that pytest skips elsewhere, as ``build``, are ids like others."""
        return {self.config.invocation_params.dir / one for one in self.config.getoption("ignore") or ()}


class PromptFile(pytest.File):
    """A file in a prompt directory.

    Args:
        prompt_id: The id of the prompt; None for a file that cannot be one.
        checks: The checks of the prompt directory.
        options: The arguments of `pytest.File`.
    """

    def __init__(self, *, prompt_id: str | None, checks: PromptChecks, **options: Any) -> None:  # noqa: ANN401 - as pytest has them
        super().__init__(**options)
        self.prompt_id = prompt_id
        self.checks = checks
        self.shown = self.checks.project.shown(self.path)

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test of the file, and one of each example."""
        from prompt_cli.storage.loader import parse_prompt

        yield ValidityTest.from_parent(self, name="valid")
        if self.prompt_id is None:
            return
        try:
            loaded = parse_prompt(self.path.read_bytes(), self.prompt_id, self.shown)
        except OSError:
            return  # the test of the file says why
        for n, example in enumerate(loaded.prompt.examples if loaded.prompt else ()):
            name = f"example[{one_line(example.name)}]"
            yield ExampleTest.from_parent(self, name=name, loaded=loaded, number=n)


class _PromptTest(pytest.Item):
    """A test of a prompt file."""

    parent: PromptFile
    line = 0

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - as pytest has them
        super().__init__(**options)
        self.add_marker(pytest.mark.prompt)
        if self.parent.prompt_id is not None:
            self.extra_keyword_matches.add(self.parent.prompt_id)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the place of the test, its line from 0, and its title."""
        return self.path, self.line, f"{self.parent.shown} {self.name}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401 - as pytest has it
        """Return a failure as the command writes it."""
        if isinstance(excinfo.value, PromptManagerError):
            place = "" if excinfo.value.location else f"{self.parent.shown}:{self.line + 1}: "
            return visible(place + describe(excinfo.value))
        if isinstance(excinfo.value, PromptTestError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class PromptTestError(Exception):
    """A prompt file with findings, or an example that does not meet its expectation."""


class ValidityTest(_PromptTest):
    """A test that ``prompt-cli validate`` finds nothing in a file that fails, but for single examples."""

    def runtest(self) -> None:
        """Check the file.

        Raises:
            PromptTestError: There are findings, or the file could not be checked.
            PromptManagerError: The prompts could not be checked.
        """
        if problems := self.parent.checks.problems(self.parent):
            raise PromptTestError(problems.rstrip("\n"))


class ExampleTest(_PromptTest):
    """A test that an example renders, and meets its expectation.

    Args:
        loaded: The prompt.
        number: The index of the example.
        options: The arguments of `pytest.Item`.
    """

    def __init__(self, *, loaded: LoadedPrompt, number: int, **options: Any) -> None:  # noqa: ANN401 - as above
        super().__init__(**options)
        self._prompt = loaded.checked()
        self._source = loaded.source
        self._number = number
        self.line = self._region(("examples", number)).line - 1
        self.extra_keyword_matches.update(self._prompt.tags)

    def runtest(self) -> None:
        """Render the example.

        Raises:
            PromptTestError: The expectation is not met.
            PromptManagerError: The example does not render.
        """
        example = self._prompt.examples[self._number]
        messages = self.parent.checks.manager.render_messages(self._prompt.id, example.variables)
        if example.expect is None:
            return
        is_secret = any(spec.sensitive for spec in self._prompt.variables.values())
        found = unmet(example.expect, messages, chat=self._prompt.is_chat, secret=is_secret)
        lines = [f"{self._place(('expect', *one.path))}: {one.message}" for one in found]
        if lines:
            raise PromptTestError("\n".join(map(one_line, lines)))

    def _place(self, path: DataPath) -> str:
        region = self._region(("examples", self._number, *path))
        return f"{self.parent.shown}:{region.line}:{region.column}"

    def _region(self, path: DataPath) -> Region:
        return self._source.region(path) if self._source else Region(1, 1, 1, 1)
