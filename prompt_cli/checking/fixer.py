"""Making fixes: the edits of several findings in one file."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from prompt_cli.checking.checker import PromptChecker
from prompt_cli.checking.result_cache import NO_RESULTS
from prompt_cli.checking.results import with_cached
from prompt_cli.domain.finding import Report, Severity
from prompt_cli.storage.overlay import OverlaySnapshot
from prompt_cli.yaml.nodes import Lines
from prompt_cli.yaml.splice import OverlapError, Splice, apply
from prompt_cli.yaml.text import BOM

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from prompt_cli.checking.result_cache import CachedResults
    from prompt_cli.checking.results import CheckResult
    from prompt_cli.domain.finding import Edit, Finding
    from prompt_cli.domain.protocols import Snapshot
    from prompt_cli.errors import Region
    from prompt_cli.manager import PromptManager
    from prompt_cli.rules.selection import Selection
    from prompt_cli.rules.subject import VersionContext
    from prompt_cli.storage.scan import InvalidPromptFile


def chosen_fixes(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings whose fixes can be made together: of two that overlap, the first."""
    chosen: list[Finding] = []
    taken: list[Edit] = []
    for finding in findings:
        edits = finding.fix.edits if finding.fix else ()
        if edits and not any(_meets(one, taken) for one in edits):
            chosen.append(finding)
            for one in edits:
                place = bisect_left(taken, one)
                if taken[place : place + 1] != [one]:
                    taken.insert(place, one)
    return tuple(chosen)


def patched(content: bytes, findings: Sequence[Finding]) -> bytes | None:
    """Return the bytes of a file with the fixes of findings made; None where its text cannot be told from its bytes."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    mark = BOM if text.startswith(BOM) else ""
    text = text.removeprefix(mark)
    lines = Lines(text)
    # Findings that are mended by the same edit share it.
    edits = dict.fromkeys(edit for finding in findings if finding.fix for edit in finding.fix.edits)
    splices = [Splice(*_indexes(edit.region, lines), edit.text) for edit in edits]
    try:
        return (mark + apply(text, splices)).encode()
    except OverlapError:
        return None


def _indexes(region: Region, lines: Lines) -> tuple[int, int]:
    return lines.index(region.line, region.column), lines.index(region.end_line, region.end_column)


def _meets(edit: Edit, others: Sequence[Edit]) -> bool:
    """Tell whether an edit touches others, which are sorted; two that meet at a place would be made in no order."""
    place = bisect_left(others, edit)
    if others[place : place + 1] == [edit]:
        return False
    start, end = edit.region[:2], edit.region[2:]
    near = others[max(place - 1, 0) : place + 1]
    return any(start <= other.region[2:] and other.region[:2] <= end for other in near)


ReadPasts: TypeAlias = "Callable[[Snapshot], Awaitable[Mapping[str, VersionContext]]]"

_MOST_ROUNDS = 100
"""How often fixes are tried together, apart, and again on what others left."""


class Rewrite(NamedTuple):
    """What a file was, and what it becomes."""

    old: bytes
    new: bytes


class FixResult(NamedTuple):
    """What mending came to.

    Attributes:
        report: What is left of the findings: nothing that could still be mended.
        rewrites: The files that change, by their prompts' ids.
        before: The results of the prompts that were not cached, as they are.
        after: What is found in those that change and what includes them, once they are written.
    """

    report: Report
    rewrites: Mapping[str, Rewrite]
    before: Mapping[str, CheckResult]
    after: Mapping[str, CheckResult]


class _Attempt(NamedTuple):
    """A file with some of its fixes made."""

    content: bytes
    fixes: tuple[Finding, ...]


class PromptFixer:
    """Mends prompts of the working tree.

    Args:
        manager: Gives the prompts.
        selection: Which rules are on: what they do not find is not mended.
        may_write: Tells by its id whether a prompt's file may be changed.
        pasts_of: Gives what prompts were before a state of the working tree; versions are not judged without it.
    """

    def __init__(
        self,
        manager: PromptManager,
        selection: Selection,
        may_write: Callable[[str], bool],
        pasts_of: ReadPasts | None = None,
    ) -> None:
        self._manager = manager
        self._selection = selection
        self._may_write = may_write
        self._pasts_of = pasts_of
        self._alone: set[str] = set()
        self._refused: set[tuple[str, Finding]] = set()

    async def mend(
        self,
        prompt_ids: Sequence[str],
        invalid_files: Sequence[InvalidPromptFile] = (),
        cached: CachedResults = NO_RESULTS,
    ) -> FixResult:
        """Work out what mending prompts comes to; nothing is written yet.

        A fix is made where what it mends is gone afterwards and no prompt has an error that it did not have; a file
        that could not be read before may show what it hid.

        Args:
            prompt_ids: The prompts.
            invalid_files: Files that look like prompts and are none.
            cached: The results of prompts that are unchanged.
        """
        storage = self._manager.registry.storage
        first = await self._checker(storage)
        report = await first.check([one for one in prompt_ids if one not in cached.prompts], invalid_files)
        checked = {**cached.prompts, **first.checked}
        wanted = [one for one, result in checked.items() if _fixable(result) and self._may_write(one)]
        old = dict(await storage.read_many(wanted)) if wanted else {}
        new, fixed = await self._fixed(old, checked)
        rewrites = {one: Rewrite(old[one], content) for one, content in new.items() if content != old[one]}
        same = {one: result for one, result in cached.prompts.items() if not result.digests.keys() & rewrites.keys()}
        after: Mapping[str, CheckResult] = {}
        if rewrites:
            left = OverlaySnapshot(storage, {one: rewrite.new for one, rewrite in rewrites.items()})
            last = await self._checker(left)
            report = await last.check([one for one in prompt_ids if one not in same], invalid_files, left)
            after = last.checked
        report = with_cached(report, same.values(), cached.texts)
        # What is tried is made or refused: none of what is left can be mended.
        findings = tuple(one._replace(fix=None) for one in report.findings)
        return FixResult(report._replace(findings=findings, fixed=fixed), rewrites, first.checked, after)

    async def write(self, mended: FixResult) -> None:
        """Write the files that change: all of them, or none.

        Raises:
            StorageConflictError: A file changed meanwhile.
            StorageError: A file could not be written.
        """
        async with self._manager.registry.storage.transaction() as files:
            for prompt_id, rewrite in mended.rewrites.items():
                files.replace(prompt_id, rewrite.new, expected=rewrite.old)

    async def _fixed(
        self, old: Mapping[str, bytes], checked: Mapping[str, CheckResult]
    ) -> tuple[dict[str, bytes], int]:
        """Make fixes until none is left that can be made."""
        now, fixed = dict(old), 0
        # Again: between the check and the reading a file may have changed.
        before = await self._check({*now}, now) if now else {}
        for _ in range(_MOST_ROUNDS):
            attempts = {one: attempt for one in now if (attempt := self._attempt(one, now[one], before.get(one)))}
            if not attempts:
                break
            trial = {**now, **{one: attempt.content for one, attempt in attempts.items()}}
            others = {one for one, was in checked.items() if not was.digests or was.digests.keys() & attempts.keys()}
            after = await self._check({*now, *others}, trial)
            # A prompt that can no longer be checked may be any fix's harm.
            lost = others - after.keys()
            if blamed := {*attempts} if lost else self._blamed(attempts, now, {**checked, **before}, after):
                self._refuse(blamed, attempts)
                continue
            now, before = trial, after
            fixed += sum(len(attempt.fixes) for attempt in attempts.values())
        return now, fixed

    def _attempt(self, prompt_id: str, content: bytes, before: CheckResult | None) -> _Attempt | None:
        findings = before.findings if before else ()
        open_ = [one for one in findings if one.fix and (prompt_id, one) not in self._refused]
        fixes = chosen_fixes(open_[-1:] if prompt_id in self._alone else open_)
        new = patched(content, fixes)
        return None if new is None or new == content else _Attempt(new, fixes)

    def _blamed(
        self,
        attempts: Mapping[str, _Attempt],
        contents: Mapping[str, bytes],
        before: Mapping[str, CheckResult],
        after: Mapping[str, CheckResult],
    ) -> set[str]:
        """Return the files whose fixes may have done harm, or no good."""
        blamed: set[str] = set()
        for prompt_id in {*before, *attempts} & {*after, *attempts}:
            attempt, is_ = attempts.get(prompt_id), after.get(prompt_id)
            was = before.get(prompt_id)
            if was is None or is_ is None:
                blamed |= {prompt_id} & attempts.keys()
                continue
            opened = attempt is not None and self._stage(prompt_id, attempt.content) > self._stage(
                prompt_id, contents[prompt_id]
            )
            if not _is_better(was, is_, attempt.fixes if attempt else (), opened=opened):
                blamed |= {prompt_id, *(was.digests or attempts), *is_.digests} & attempts.keys()
        return blamed

    def _refuse(self, blamed: set[str], attempts: Mapping[str, _Attempt]) -> None:
        """Try the fixes of a file one by one, the last first; those that were tried alone, never again."""
        for prompt_id in blamed:
            fixes = attempts[prompt_id].fixes
            if len(fixes) == 1:
                self._refused.add((prompt_id, fixes[0]))
            self._alone.add(prompt_id)

    def _stage(self, prompt_id: str, content: bytes) -> int:
        """Return how far a file can be read: not as YAML, not as a prompt, wholly."""
        loaded = self._manager.registry.parse(content, prompt_id)
        return (loaded.source is not None) + (loaded.prompt is not None)

    async def _check(self, prompt_ids: set[str], contents: Mapping[str, bytes]) -> Mapping[str, CheckResult]:
        snapshot = OverlaySnapshot(self._manager.registry.storage, contents)
        checker = await self._checker(snapshot)
        await checker.check(sorted(prompt_ids), (), snapshot)
        return checker.checked

    async def _checker(self, snapshot: Snapshot) -> PromptChecker:
        pasts = await self._pasts_of(snapshot) if self._pasts_of else {}
        return PromptChecker(self._manager, self._selection, pasts=pasts)


def _fixable(checked: CheckResult) -> bool:
    return any(one.fix for one in checked.findings)


def _is_better(was: CheckResult, is_: CheckResult, fixes: Sequence[Finding], *, opened: bool) -> bool:
    """Tell whether what was to be mended is gone, and no error is new but what could not be seen before."""
    had, has = _codes(was.findings), _codes(is_.findings)
    gone = all(has[code] <= had[code] - count for code, count in _codes(fixes).items())
    errors = _codes([one for one in is_.findings if one.severity is Severity.ERROR])
    return gone and (opened or all(count <= had[code] for code, count in errors.items()))


def _codes(findings: Sequence[Finding]) -> Counter[str]:
    return Counter(one.code for one in findings)
