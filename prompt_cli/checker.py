"""Checking prompts: every rule over what is asked for."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from prompt_cli.checked import CheckedPrompt, digests_of
from prompt_cli.domain.comparison import Verdict
from prompt_cli.domain.findings import Finding, Report
from prompt_cli.errors import PromptFormatError, PromptManagerError, Region, TemplateError
from prompt_cli.handlebars import Limits
from prompt_cli.inclusion import bind_resolved
from prompt_cli.logs import log
from prompt_cli.resolution import PromptResolver, ResolvedPrompt
from prompt_cli.rules.catalogue import RULES, finding_of, rule_of, run_rules
from prompt_cli.rules.judging import Before, judge, says_why
from prompt_cli.rules.masking import masked
from prompt_cli.rules.selection import select_rules
from prompt_cli.rules.subject import Subject
from prompt_cli.templating.handlebars_engine import HandlebarsEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from prompt_cli.domain.snapshot import Snapshot
    from prompt_cli.manager import PromptManager
    from prompt_cli.rules.past import Past
    from prompt_cli.rules.selection import Selection
    from prompt_cli.storage.walk import StrayFile
    from prompt_cli.templating.bound import BoundPrompt

ITERATIONS = 100_000
"""How many turns of loops an example may take."""

_BATCH = 250

_UNCOMPILED = frozenset({"PC201", "PC204", "PC205", "PC206", "PC207"})
"""The rules that say why a template cannot be compiled; the others of their family are about rendering."""


class PromptChecker:
    """Runs every rule over prompts of one snapshot.

    Args:
        manager: Gives the prompts, and the history that pinned partials are looked up in.
        selection: Which rules are on; the rules as they come where None.
        pasts: What prompts were before, by their ids; those that have none are compared with nothing.
        on_checked: Told after each prompt how many are done, and of how many.

    Attributes:
        checked: What was found in each prompt that could be checked, by its id.
    """

    def __init__(
        self,
        manager: PromptManager,
        selection: Selection | None = None,
        *,
        pasts: Mapping[str, Past] = MappingProxyType({}),
        on_checked: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> None:
        self._manager = manager
        self._pasts = pasts
        self._on_checked = on_checked
        self._selection = select_rules() if selection is None else selection
        self._resolver = PromptResolver(manager.snapshot, manager.registry.parse)
        self._engine = HandlebarsEngine(Limits(iterations=ITERATIONS))
        self._findings: list[Finding] = []
        self._unchecked: list[str] = []
        self._sources: dict[str, str] = {}
        self._paths: list[str] = []
        self._silenced = 0
        self._new_ignores = 0
        self.checked: dict[str, CheckedPrompt] = {}

    async def check(
        self, prompt_ids: Sequence[str], strays: Sequence[StrayFile] = (), snapshot: Snapshot | None = None
    ) -> Report:
        """Check prompts.

        Args:
            prompt_ids: Their ids.
            strays: Files that look like prompts and have no id, by their paths as people are shown them.
            snapshot: The state to read them and what they include from; the working tree where None.

        Returns:
            What was found, and what could not be judged.
        """
        snapshot = self._manager.registry.storage if snapshot is None else snapshot
        for stray in strays:
            self._report_stray(_stray(stray))
        for first in range(0, len(prompt_ids), _BATCH):
            await self._check_batch(prompt_ids[first : first + _BATCH], snapshot, first, len(prompt_ids))
        log("info", "prompts_checked", prompts=len(prompt_ids), findings=len(self._findings))
        ordered = tuple(sorted(self._findings, key=lambda one: (one.path, one.region, one.code, one.message)))
        paths = tuple(sorted(self._paths))
        unchecked = tuple(self._unchecked)
        return Report(ordered, len(paths), unchecked, self._sources, paths, self._silenced, self._new_ignores)

    async def _check_batch(self, prompt_ids: Sequence[str], snapshot: Snapshot, done: int, every: int) -> None:
        # A batch has its own: what was parsed for one is let go with it, however many prompts there are.
        self._resolver = PromptResolver(self._manager.snapshot, self._manager.registry.parse)
        try:
            batch = await self._resolver.resolve_many(prompt_ids, snapshot)
        except PromptManagerError:
            # What makes one prompt impossible to judge shall not hide the others.
            batch = [one for prompt_id in prompt_ids for one in await self._resolve_one(prompt_id, snapshot)]
        for n, resolved in enumerate(batch, done + 1):
            self._check_one(resolved)
            self._on_checked(n, every)

    async def _resolve_one(self, prompt_id: str, snapshot: Snapshot) -> list[ResolvedPrompt]:
        try:
            return [await self._resolver.resolve(prompt_id, snapshot)]
        except PromptManagerError as error:
            self._unchecked.append(f"{prompt_id}: {error}" + (f" ({error.help})" if error.help else ""))
            return []

    def _check_one(self, resolved: ResolvedPrompt) -> None:
        renderable = None
        failure: TemplateError | None = None
        try:
            renderable = bind_resolved(resolved, self._engine)
        except PromptFormatError:
            pass  # the rules of families 0 and 1 say why
        except TemplateError as error:
            failure = error
        past = self._pasts.get(resolved.loaded.id)
        found = list(run_rules(Subject(resolved, renderable, past)))
        if failure is not None and not any(finding.code in _UNCOMPILED for finding in found):
            found.append(_failed(failure, resolved))
        if renderable is None and not says_why(found, self._selection):
            # The rules that were asked for could not look at it: that they found nothing says nothing.
            why = f"{found[0].code}: {found[0].message}"
            self._unchecked.append(f"{resolved.loaded.path}: it cannot be read or rendered ({why})")
            return
        unjudged = _unjudged(renderable, past)
        judged = judge(found, resolved.loaded, self._selection, unjudged=unjudged, before=self._before(past))
        self._findings += judged.findings
        self._silenced += judged.silenced
        self._new_ignores += judged.new_ignores
        self._paths.append(resolved.loaded.path)
        hidden = tuple(one.region for one in found if rule_of(one.code).hides)
        if judged.findings:
            self._sources[resolved.loaded.path] = masked(resolved.loaded.text, hidden)
        self.checked[resolved.loaded.id] = CheckedPrompt(
            resolved.loaded.path, judged.findings, judged.silenced, hidden, digests_of(resolved)
        )

    def _before(self, past: Past | None) -> Before | None:
        """Return the file whose ignores are in force, where those are not the prompt's own."""
        if past is None or not past.strict:
            return None
        content = past.comparison.old.content
        old = None if content is None else self._manager.registry.parse(content, past.comparison.id)
        return Before(old and old.source)

    def _report_stray(self, finding: Finding) -> None:
        if not self._selection.takes(finding):
            if not self._selection.asked_for(finding):
                self._unchecked.append(f"{finding.path}: {finding.message}")
            return
        if finding.code in self._selection.ignored_at(finding.path):
            self._silenced += 1
        else:
            self._findings.append(self._selection.weighed(finding))
        self._paths.append(finding.path)


def _unjudged(renderable: BoundPrompt | None, past: Past | None) -> frozenset[str]:
    """Return the codes of the rules that could not judge a prompt: without a past none can judge its version."""
    unversioned = past is None or past.comparison.verdict is Verdict.UNJUDGED
    families = (("PC5",) if unversioned else ()) if renderable is not None else ("PC2", "PC3", "PC4", "PC5", "PC6")
    return frozenset(rule.code for rule in RULES if rule.code.startswith(families))


def _failed(error: TemplateError, resolved: ResolvedPrompt) -> Finding:
    """Report what the engine refuses and no rule has found: it is never reported as fine."""
    region = error.context.get("region")
    here = region if isinstance(region, Region) and error.template == resolved.loaded.id else Region(1, 1, 1, 1)
    return finding_of(rule_of("PC201"), resolved.loaded.path, here, str(error), error.help)


def _stray(stray: StrayFile) -> Finding:
    return finding_of(
        rule_of("PC104"), stray.path, Region(1, 1, 1, 1), f"this is no prompt: {stray.reason}", stray.help
    )
