"""The checker: runs the selected rules over prompts, in several processes if there are many.

Processes exchange ids and findings, not models, which take longer to transfer than to parse again.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from types import MappingProxyType
from typing import TypeAlias

from prompt_cli.binder import bind_resolved, tree_of
from prompt_cli.changes.comparison import Verdict
from prompt_cli.checking.results import CheckResult, CheckResults
from prompt_cli.concurrency import BATCH_SIZE, run_in_processes, split, split_evenly
from prompt_cli.domain.finding import Finding, Report
from prompt_cli.domain.revision import Snapshot
from prompt_cli.engines.bound import BoundPrompt
from prompt_cli.engines.handlebars import TemplateEngine
from prompt_cli.engines.protocol import PartialTemplate, TemplateEngineProtocol, new_budget, reads_handlebars
from prompt_cli.errors import HistoryError, PromptFormatError, PromptNotFoundError, StorageError, TemplateError
from prompt_cli.log import log
from prompt_cli.problems import Region
from prompt_cli.resolver import PromptResolver, ResolvedPrompt
from prompt_cli.rules.catalogue import RULES, finding_of, rule_of, run_rules
from prompt_cli.rules.rule import Subject, VersionContext
from prompt_cli.rules.secrets import beginnings_of, redact, redact_message
from prompt_cli.rules.selection import BaseFile, ReportedFindings, Selection, apply_suppressions, select_rules
from prompt_cli.storage.loader import LoadedPrompt
from prompt_cli.storage.project import Project
from prompt_cli.storage.scan import InvalidPromptFile
from prompt_cli.workspace import Workspace

_START = Region(1, 1, 1, 1)

_UNCOMPILED = frozenset({"PC201", "PC204", "PC205", "PC206", "PC207"})
"""Rules that explain why a template cannot be compiled; other PC2 rules are about rendering."""

OnChecked: TypeAlias = Callable[[int, int], None]
"""Called after each prompt with the number of checked prompts and of all."""
CheckBatches: TypeAlias = Callable[[Sequence[Sequence[str]]], AsyncGenerator[CheckResults | None]]
"""Yields the results of each batch of ids, in order; None for a batch that must be checked in this process."""


class PromptChecker:
    """Checker of prompts of one snapshot.

    The version of prompts without a version context is not checked. `check_batches` checks batches of the working tree
    in other processes. `caches_prompts` caches parsed prompts, because they are checked again; partials always are. A
    resolver has already read the prompts; without one, each batch has a new one.
    """

    def __init__(
        self,
        workspace: Workspace,
        selection: Selection | None = None,
        *,
        contexts: Mapping[str, VersionContext] = MappingProxyType({}),
        on_checked: OnChecked | None = None,
        check_batches: CheckBatches | None = None,
        caches_prompts: bool = True,
        resolver: PromptResolver | None = None,
    ) -> None:
        self._workspace = workspace
        self._contexts = contexts
        self._on_checked = on_checked
        self._done = self._total = 0
        self._check_batches = check_batches
        self._caches_prompts = caches_prompts
        self._resolver = resolver
        self._selection = select_rules() if selection is None else selection
        # Rules that the user turned off run too: a finding may explain why a prompt cannot be checked.
        self._rules = tuple(rule for rule in RULES if rule.enabled or rule.code in self._selection.severities)
        # The default engine checks Handlebars templates, even if another one renders them.
        own = None if reads_handlebars(workspace.template_engine) else workspace.template_engine
        self._engine: TemplateEngineProtocol = own or TemplateEngine()
        self._compiled: dict[str, PartialTemplate] = {}
        self._results = CheckResults()

    @property
    def checked(self) -> Mapping[str, CheckResult]:
        """The result of each prompt, by id."""
        return self._results.checked

    async def check(
        self,
        prompt_ids: Sequence[str],
        invalid_files: Sequence[InvalidPromptFile] = (),
        snapshot: Snapshot | None = None,
    ) -> Report:
        """Check prompts of a snapshot, by default the working tree, and report invalid files as findings."""
        for file in invalid_files:
            self._report_invalid_file(file)
        self._done, self._total = 0, len(prompt_ids)
        if self._check_batches is None or self._contexts or snapshot is not None or len(prompt_ids) <= BATCH_SIZE:
            for batch in split(prompt_ids):
                self._results.add(await self.check_batch(batch, snapshot))
        else:
            await self._check_in_processes(self._check_batches, split_evenly(prompt_ids))
        for notice in dict.fromkeys(self._results.notices):
            self._workspace.on_notice(notice)
        log("info", "prompts_checked", prompts=len(prompt_ids), findings=len(self._results.findings))
        return self._results.report()

    async def _check_in_processes(self, check_batches: CheckBatches, batches: Sequence[Sequence[str]]) -> None:
        async with aclosing(check_batches(batches)) as batch_results:
            for batch in batches:
                results = await anext(batch_results)
                if results is None:
                    results = await self.check_batch(batch)
                else:
                    self._advance(len(batch))
                self._results.add(results)

    def _advance(self, count: int) -> None:
        self._done += count
        if self._on_checked is not None:
            self._on_checked(self._done, self._total)

    async def check_batch(self, prompt_ids: Sequence[str], snapshot: Snapshot | None = None) -> CheckResults:
        """Check prompts that are held in memory together; for the arguments see `check`."""
        snapshot = self._workspace.registry.working_tree if snapshot is None else snapshot
        results = CheckResults()
        ids = frozenset(prompt_ids)

        def parse(content: bytes, prompt_id: str) -> LoadedPrompt:
            use_cache = self._caches_prompts or prompt_id not in ids
            return self._workspace.registry.parse(content, prompt_id, use_cache=use_cache)

        # One resolver per batch limits the memory for parsed prompts.
        resolver = self._resolver or PromptResolver(self._workspace.pinned, parse, self._engine)
        self._compiled = {}
        batch = await resolver.try_resolve(prompt_ids, snapshot)
        for prompt_id in prompt_ids:
            resolved = batch.get(prompt_id) or PromptNotFoundError(prompt_id)
            if isinstance(resolved, ResolvedPrompt):
                self._check_one(resolved, results)
                results.notices += resolved.notices
            elif not await self._report_unreadable(prompt_id, snapshot, results):
                advice = f" ({resolved.help})" if resolved.help else ""
                path = self._workspace.registry.path_of(prompt_id)
                results.not_checked.append(f"{path}: {resolved}{advice}")
            self._advance(1)
        return results

    async def _report_unreadable(self, prompt_id: str, snapshot: Snapshot, results: CheckResults) -> bool:
        """Report a prompt as not checked if its own file cannot be read; return whether that is so."""
        try:
            await snapshot.read_many([prompt_id])
        except HistoryError:
            return False
        except StorageError as error:
            path = self._workspace.registry.path_of(prompt_id)
            message = f"the file cannot be read: {error.context.get('reason') or error.message}"
            results.not_checked.append(f"{path}: {message}")
            finding = finding_of(rule_of("PC001"), path, _START, message, error.help or "make the file readable")
            self._report_unless_off(finding, results)
            return True
        return False

    def _check_one(self, resolved: ResolvedPrompt, results: CheckResults) -> None:
        renderable = None
        failure: PromptFormatError | TemplateError | None = None
        try:
            renderable = self._bind(resolved)
        except (PromptFormatError, TemplateError) as error:
            failure = error
        context = self._contexts.get(resolved.loaded.id)
        findings = list(run_rules(Subject(resolved, renderable, context, failure), self._rules))
        if isinstance(failure, TemplateError) and not any(finding.code in _UNCOMPILED for finding in findings):
            findings.append(_engine_error(failure, resolved))
        hidden = tuple(one.region for one in findings if rule_of(one.code).hides)
        if hidden:
            secrets = beginnings_of(resolved.loaded.text, hidden)
            findings = [_without_secrets(one, secrets) for one in findings]
        not_run = _families_not_run(failure, context, is_handlebars=resolved.is_handlebars)
        base = self._base_file(context)
        reported = apply_suppressions(findings, resolved.loaded, self._selection, not_run=not_run, base=base)
        reason = "" if failure is None else self._why_not_checked(failure, findings, reported)
        if reason:
            results.not_checked.append(f"{resolved.loaded.path}: it cannot be read or rendered ({reason})")
        _add_result(results, reported, resolved, hidden, is_checked=not reason)

    def _bind(self, resolved: ResolvedPrompt) -> BoundPrompt | None:
        """Return the prompt, ready to render its examples; None without examples."""
        if resolved.is_handlebars and not resolved.loaded.checked().examples:
            tree_of(resolved)  # only other engines find more errors when they compile
            return None
        return bind_resolved(resolved, self._engine, self._compiled, new_budget(self._engine))

    def _why_not_checked(
        self, failure: PromptFormatError | TemplateError, findings: Sequence[Finding], reported: ReportedFindings
    ) -> str:
        """Return why a prompt that cannot be read or rendered is not checked; empty if a finding already fails.

        Most rules could not run, so the check must fail even if the finding is ignored.
        """
        causing = ("PC0", "PC1") if isinstance(failure, PromptFormatError) else (*_UNCOMPILED, "PC506")
        causes = {one.code: one.message for one in findings if one.code.startswith(causing)}
        if self._selection.fails(one for one in reported.findings if one.code in causes):
            return ""
        return next((f"{code}: {message}" for code, message in causes.items()), str(failure))

    def _base_file(self, context: VersionContext | None) -> BaseFile | None:
        """Return the file at the base if its ignore comments apply instead of the prompt's own."""
        if context is None or not context.base_suppressions_only:
            return None
        content = context.comparison.old.content
        old = None if content is None else self._workspace.registry.parse(content, context.comparison.id)
        return BaseFile(old and old.source)

    def _report_invalid_file(self, file: InvalidPromptFile) -> None:
        finding = finding_of(rule_of("PC104"), file.path, _START, f"this is not a prompt: {file.reason}", file.help)
        if self._selection.selects(finding):
            self._report_unless_off(finding, self._results)
            self._results.paths.append(file.path)
        elif not self._selection.names(finding):
            self._results.not_checked.append(f"{file.path}: {finding.message}")

    def _report_unless_off(self, finding: Finding, results: CheckResults) -> None:
        if finding.code in self._selection.ignored_at(finding.path):
            results.suppressed += 1
        elif self._selection.selects(finding):
            results.findings.append(self._selection.with_severity(finding))


def _without_secrets(finding: Finding, secrets: Collection[str]) -> Finding:
    message, advice = (redact_message(one, secrets) for one in (finding.message, finding.help))
    return finding._replace(message=message, help=advice)


def _add_result(
    results: CheckResults,
    reported: ReportedFindings,
    resolved: ResolvedPrompt,
    hidden: tuple[Region, ...],
    *,
    is_checked: bool,
) -> None:
    path, (findings, suppressed, new_ignores) = resolved.loaded.path, reported
    results.findings += findings
    results.suppressed += suppressed
    results.new_ignores += new_ignores
    if findings:
        results.sources[path] = redact(resolved.loaded.text, hidden)
    if is_checked:
        results.paths.append(path)
    if is_checked or findings:
        # A result without digests is not cached, but its findings may still be fixed.
        files = (resolved.files or {}) if is_checked else {}
        results.checked[resolved.loaded.id] = CheckResult(path, findings, suppressed, hidden, files, resolved.has_pins)


def _families_not_run(
    failure: PromptFormatError | TemplateError | None, context: VersionContext | None, *, is_handlebars: bool
) -> tuple[str, ...]:
    """Return the families of rules that could not run; PC5 needs a version context, PC2 and PC3 read Handlebars."""
    if failure is not None:
        return ("PC2", "PC3", "PC4", "PC5", "PC6")
    has_version = context is not None and context.comparison.verdict is not Verdict.UNJUDGED
    return (*(() if has_version else ("PC5",)), *(() if is_handlebars else ("PC2", "PC3")))


def _engine_error(error: TemplateError, resolved: ResolvedPrompt) -> Finding:
    """Return the finding for a template that the engine refuses although no rule reported it."""
    region = error.location.region if error.location and error.template == resolved.loaded.id else None
    return finding_of(rule_of("PC201"), resolved.loaded.path, region or _START, str(error), error.help)


def check_in_processes(
    project: Project, selection: Selection, batches: Sequence[Sequence[str]]
) -> AsyncGenerator[CheckResults | None]:
    """Yield the results of each batch of ids, in order; None for a batch that must be checked in this process."""
    return run_in_processes(partial(_Worker, project, selection), batches)


class _Worker:
    """The checker of one process; it reuses parsed partials in later batches."""

    def __init__(self, project: Project, selection: Selection) -> None:
        self._notices: list[str] = []
        workspace = Workspace(project=project, on_notice=self._notices.append)
        self._checker = PromptChecker(workspace, selection, caches_prompts=False)
        self._runner = asyncio.Runner()

    def __call__(self, prompt_ids: Sequence[str]) -> CheckResults:
        self._notices.clear()
        results = self._runner.run(self._checker.check_batch(prompt_ids))
        results.notices += self._notices
        return results
