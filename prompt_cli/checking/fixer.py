"""Fixes of findings: selection, trial and writing."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from prompt_cli.checking.checker import PromptChecker
from prompt_cli.checking.results import NO_RESULTS, CachedResults, CheckResult, with_cached
from prompt_cli.domain.finding import Edit, Finding, Report, Severity
from prompt_cli.domain.prompt import Prompt
from prompt_cli.domain.revision import Snapshot
from prompt_cli.domain.variables import all_specs
from prompt_cli.handlebars import ContentStatement, HandlebarsSyntaxError, parse, walk
from prompt_cli.log import log
from prompt_cli.problems import DataPath
from prompt_cli.rules.catalogue import rule_of
from prompt_cli.rules.pc4_content import without_invisible
from prompt_cli.rules.rule import VersionContext
from prompt_cli.rules.selection import Selection
from prompt_cli.storage.backends import OverlaySnapshot
from prompt_cli.storage.scan import InvalidPromptFile
from prompt_cli.workspace import Workspace
from prompt_cli.yaml.nodes import Lines
from prompt_cli.yaml.text import BOM, OverlapError, Splice, apply


def select_fixes(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings whose fixes can be applied together: of two that overlap, the first."""
    selected: list[Finding] = []
    accepted: list[Edit] = []
    for finding in findings:
        if finding.fix and selected and finding.fix is selected[-1].fix:
            selected.append(finding)
            continue
        edits = finding.fix.edits if finding.fix else ()
        if edits and not any(_touches(one, accepted) for one in edits):
            selected.append(finding)
            for one in edits:
                index = bisect_left(accepted, one)
                if accepted[index : index + 1] != [one]:
                    accepted.insert(index, one)
    return tuple(selected)


def patch(content: bytes, findings: Sequence[Finding]) -> bytes | None:
    """Return the bytes of a file with the fixes of findings applied; None if it is not UTF-8 or edits overlap."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    mark = BOM if text.startswith(BOM) else ""
    text = text.removeprefix(mark)
    lines = Lines(text)
    # Findings may share an edit.
    edits = dict.fromkeys(edit for finding in findings if finding.fix for edit in finding.fix.edits)
    splices = [Splice(lines.index(*one.region[:2]), lines.index(*one.region[2:]), one.text) for one in edits]
    try:
        return (mark + apply(text, splices)).encode()
    except OverlapError:
        return None


def _touches(edit: Edit, others: Sequence[Edit]) -> bool:
    """Return whether an edit touches one of the others, which are sorted; touching edits have no defined order."""
    index = bisect_left(others, edit)
    if others[index : index + 1] == [edit]:
        return False
    start, end = edit.region[:2], edit.region[2:]
    neighbours = others[max(index - 1, 0) : index + 1]
    return any(start <= other.region[2:] and other.region[:2] <= end for other in neighbours)


ReadVersionContexts: TypeAlias = Callable[[Snapshot], Awaitable[Mapping[str, VersionContext]]]

_MAX_ROUNDS = 100
"""Maximum number of attempts to apply fixes."""


class Rewrite(NamedTuple):
    """The old and the new content of a file."""

    old: bytes
    new: bytes


class FixResult(NamedTuple):
    """The remaining findings, and the files that change, by prompt id."""

    report: Report  # none of its findings has a fix; the help says why one was refused
    rewrites: Mapping[str, Rewrite]
    before: Mapping[str, CheckResult]  # the results before the fixes, without the cached ones
    after: Mapping[str, CheckResult]  # the results after the fixes, of rewritten prompts and their includers
    applied: frozenset[Finding]  # the fixed findings, with the places they had when they were fixed
    refused: Sequence[Finding]

    def mark(self, report: Report) -> Report:
        """Return the report from before the fixes, in which only the findings that were fixed have a fix."""
        counts = Counter(map(_identity, self.refused))
        helps = {_identity(one): one.help for one in self.refused}
        findings = list(report.findings)
        # Fixes move the rest of their line: of equal findings, those at the place of an applied fix keep theirs.
        for n in sorted(range(len(findings)), key=lambda n: findings[n] in self.applied):
            identity = _identity(findings[n])
            if findings[n].fix and counts[identity]:
                counts[identity] -= 1
                findings[n] = findings[n]._replace(fix=None, help=helps[identity])
        return report._replace(findings=tuple(findings))


class _Attempt(NamedTuple):
    """A file with some of its fixes applied."""

    content: bytes
    fixes: tuple[Finding, ...]


class PromptFixer:
    """Fixer of the findings of selected rules in the working tree.

    It changes only the files that `may_write` allows, by prompt id, and checks no versions without `read_contexts`.
    """

    def __init__(
        self,
        workspace: Workspace,
        selection: Selection,
        may_write: Callable[[str], bool],
        read_contexts: ReadVersionContexts | None = None,
    ) -> None:
        self._workspace = workspace
        self._selection = selection
        self._may_write = may_write
        self._read_contexts = read_contexts
        self._one_by_one: set[str] = set()
        self._applied: set[Finding] = set()
        self._refused: set[tuple[str, Finding]] = set()

    async def fix(
        self,
        prompt_ids: Sequence[str],
        invalid_files: Sequence[InvalidPromptFile] = (),
        cached: CachedResults = NO_RESULTS,
    ) -> FixResult:
        """Find the fixes that are safe, without writing them.

        A fix is safe if its finding disappears and no prompt gets a new error. A previously unreadable file may get new
        errors, because they were hidden.
        """
        storage = self._workspace.registry.working_tree
        first = await self._checker(storage)
        report = await first.check([one for one in prompt_ids if one not in cached.prompts], invalid_files)
        checked = {**cached.prompts, **first.checked}
        fixable = [
            one
            for one, result in checked.items()
            if any(finding.fix for finding in result.findings) and self._may_write(one)
        ]
        old = dict(await storage.read_many(fixable)) if fixable else {}
        new, fixed = await self._apply(old, checked)
        rewrites = {one: Rewrite(old[one], content) for one, content in new.items() if content != old[one]}
        same = {one: result for one, result in cached.prompts.items() if not result.digests.keys() & rewrites.keys()}
        after: Mapping[str, CheckResult] = {}
        if rewrites:
            fixed_files = OverlaySnapshot(storage, {one: rewrite.new for one, rewrite in rewrites.items()})
            last = await self._checker(fixed_files)
            report = await last.check([one for one in prompt_ids if one not in same], invalid_files, fixed_files)
            after = last.checked
        report = with_cached(report, same.values(), cached.texts)
        # Every fix has been applied or refused by now.
        ids = {result.path: prompt_id for prompt_id, result in checked.items()}
        findings = [self._refusal(one, ids[one.path]) if one.fix else one for one in report.findings]
        refused = [new for new, one in zip(findings, report.findings, strict=True) if one.fix]
        report = report._replace(findings=tuple(findings), fixed=fixed)
        return FixResult(report, rewrites, first.checked, after, frozenset(self._applied), refused)

    async def write(self, result: FixResult) -> None:
        """Write all rewritten files, or none, if one changed meanwhile or cannot be written."""
        async with self._workspace.registry.storage.transaction() as files:
            for prompt_id, rewrite in result.rewrites.items():
                files.replace(prompt_id, rewrite.new, expected=rewrite.old)
        log("info", "prompts_fixed", prompts=len(result.rewrites))

    async def _apply(
        self, old: Mapping[str, bytes], checked: Mapping[str, CheckResult]
    ) -> tuple[dict[str, bytes], int]:
        """Apply fixes until no more can be applied; return the contents and the number of fixes."""
        now, fixed = dict(old), 0
        # A file may have changed between the first check and this read.
        before = await self._check({*now}, now) if now else {}
        for _ in range(_MAX_ROUNDS):
            attempts = {one: attempt for one in now if (attempt := self._attempt(one, now[one], before.get(one)))}
            if not attempts:
                break
            trial = {**now, **{one: attempt.content for one, attempt in attempts.items()}}
            others = {one for one, result in checked.items() if _depends(result, attempts)}
            after = await self._check({*now, *others}, trial)
            uncheckable = others - after.keys()
            # Any of the fixes may have made a prompt uncheckable.
            reverted = (
                {*attempts} if uncheckable else self._files_to_revert(attempts, now, {**checked, **before}, after)
            )
            if reverted:
                self._refuse(reverted, attempts)
                continue
            now, before = trial, after
            self._applied.update(*(attempt.fixes for attempt in attempts.values()))
            fixed += sum(len(attempt.fixes) for attempt in attempts.values())
        return now, fixed

    def _attempt(self, prompt_id: str, content: bytes, before: CheckResult | None) -> _Attempt | None:
        findings = before.findings if before else ()
        pending = [one for one in findings if one.fix and (prompt_id, one) not in self._refused]
        fixes = select_fixes(pending[-1:] if prompt_id in self._one_by_one else pending)
        new = patch(content, fixes)
        return None if new is None or new == content else _Attempt(new, fixes)

    def _files_to_revert(
        self,
        attempts: Mapping[str, _Attempt],
        contents: Mapping[str, bytes],
        before: Mapping[str, CheckResult],
        after: Mapping[str, CheckResult],
    ) -> set[str]:
        """Return the files whose fixes did not help or may cause new errors."""
        reverted: set[str] = set()
        for prompt_id in {*before, *attempts} & {*after, *attempts}:
            attempt, old, new = attempts.get(prompt_id), before.get(prompt_id), after.get(prompt_id)
            if old is None or new is None:
                reverted |= {prompt_id} & attempts.keys()
                continue
            is_readable_now = attempt is not None and self._readability(prompt_id, attempt.content) > self._readability(
                prompt_id, contents[prompt_id]
            )
            is_better = _is_better(old, new, attempt.fixes if attempt else (), is_readable_now=is_readable_now)
            if not is_better or (attempt and not self._keeps_text(prompt_id, attempt, contents[prompt_id])):
                reverted |= {prompt_id, *(old.digests or attempts), *new.digests} & attempts.keys()
        return reverted

    def _keeps_text(self, prompt_id: str, attempt: _Attempt, content: bytes) -> bool:
        """Return whether fixes leave the text for the model as it is; those that restore lost text need not."""
        if all(rule_of(one.code).restores for one in attempt.fixes):
            return True
        old, new = (self._workspace.registry.parse(one, prompt_id).prompt for one in (content, attempt.content))
        return old is None or (new is not None and _reads_the_same(old, new))

    def _refuse(self, prompt_ids: set[str], attempts: Mapping[str, _Attempt]) -> None:
        """Try the fixes of files one by one from now on, last first; refuse those already tried alone."""
        for prompt_id in prompt_ids:
            fixes = attempts[prompt_id].fixes
            if len(fixes) == 1:
                self._refused.add((prompt_id, fixes[0]))
            self._one_by_one.add(prompt_id)

    def _refusal(self, finding: Finding, prompt_id: str) -> Finding:
        """Return a finding without its fix, and with the reason in its help."""
        if not self._may_write(prompt_id):
            reason = "a symbolic link leads to the file"
        elif (prompt_id, finding) in self._refused:
            reason = "that would cause another error or change what the model reads"
        else:
            reason = "other fixes came first; run it again"
        reason = f"--fix does not fix it: {reason}"
        return finding._replace(fix=None, help=f"{finding.help}; {reason}" if finding.help else reason)

    def _readability(self, prompt_id: str, content: bytes) -> int:
        """Return 0 for a file that is not YAML, 1 for one that is not a prompt, else 2."""
        loaded = self._workspace.registry.parse(content, prompt_id)
        return (loaded.source is not None) + (loaded.prompt is not None)

    async def _check(self, prompt_ids: set[str], contents: Mapping[str, bytes]) -> Mapping[str, CheckResult]:
        snapshot = OverlaySnapshot(self._workspace.registry.working_tree, contents)
        checker = await self._checker(snapshot)
        await checker.check(sorted(prompt_ids), (), snapshot)
        return checker.checked

    async def _checker(self, snapshot: Snapshot) -> PromptChecker:
        contexts = await self._read_contexts(snapshot) if self._read_contexts else {}
        return PromptChecker(self._workspace, self._selection, contexts=contexts)


def _identity(finding: Finding) -> tuple[str, str, str]:
    return finding.path, finding.code, finding.message


def _depends(result: CheckResult, attempts: Mapping[str, _Attempt]) -> bool:
    """Return whether a result depends on files; one without digests may depend on any file."""
    return not result.digests or bool(result.digests.keys() & attempts.keys())


def _is_better(before: CheckResult, after: CheckResult, fixes: Sequence[Finding], *, is_readable_now: bool) -> bool:
    """Return whether the fixed findings are gone, without new errors unless the file was unreadable before."""
    old, new = _codes(before.findings), _codes(after.findings)
    are_gone = all(new[code] <= old[code] - count for code, count in _codes(fixes).items())
    errors = _codes([one for one in after.findings if one.severity is Severity.ERROR])
    return are_gone and (is_readable_now or all(count <= old[code] for code, count in errors.items()))


def _codes(findings: Sequence[Finding]) -> Counter[str]:
    return Counter(one.code for one in findings)


def _reads_the_same(old: Prompt, new: Prompt) -> bool:
    """Return whether two prompts differ in invisible characters of their texts alone, and not in tags or values."""
    if old.templates.keys() != new.templates.keys() or _accepted_values(old) != _accepted_values(new):
        return False
    return all(_visible_text(text) == _visible_text(new.templates[path]) for path, text in old.templates.items())


def _accepted_values(prompt: Prompt) -> dict[DataPath, object]:
    return {path: (spec.type, spec.enum, spec.pattern) for path, spec in all_specs(prompt.variables)}


def _visible_text(template: str) -> str:
    """Return a template with marks around its tags, and no invisible characters between them."""
    text = template.strip()
    try:
        contents = [one for one in walk(parse(text)) if isinstance(one, ContentStatement)]
    except HandlebarsSyntaxError:
        return text
    parts, at = [], 0
    for node in sorted(contents, key=lambda one: one.offset):
        parts += [f"\0{text[at : node.offset]}\0", without_invisible(text[node.offset : node.end])]
        at = node.end
    return "".join((*parts, f"\0{text[at:]}\0")).replace("\0\0", "").strip()
