"""Version contexts: the earlier states of prompts, which the rules of versions (PC5) compare with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.changes.changeset import affected_since, comparer_for
from prompt_cli.changes.comparer import PromptAt
from prompt_cli.changes.comparison import Verdict
from prompt_cli.domain.revision import CommitIsh
from prompt_cli.errors import HistoryError
from prompt_cli.resolver import PromptResolver, ResolvedPrompt, apart
from prompt_cli.rules.subject import Reuse, VersionContext

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prompt_cli.changes.changeset import ChangeSet, MergeTarget
    from prompt_cli.changes.comparer import Affected
    from prompt_cli.changes.comparison import PromptComparison
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.domain.protocols import Snapshot
    from prompt_cli.domain.version import SemanticVersion
    from prompt_cli.history.protocol import StoredSnapshot
    from prompt_cli.workspace import Workspace


_SHORT = 10


class VersionContextReader:
    """Reads the version contexts of prompts of a change.

    Args:
        workspace: The prompts and their history.
        changes: The change.

    Attributes:
        unknown: Questions that history could not answer, with the help for each.
    """

    def __init__(self, workspace: Workspace, changes: ChangeSet) -> None:
        self.unknown: list[str] = []
        self._workspace = workspace
        self._changes = changes
        self._comparer = comparer_for(workspace, changes.settings)
        self._resolver = PromptResolver(workspace.pinned, workspace.registry.parse, workspace.template_engine)

    async def read(self, prompt_ids: Sequence[str]) -> dict[str, VersionContext]:
        """Return the version contexts of changed prompts, by id.

        Raises:
            HistoryError: Git could not answer.
            StorageError: A file could not be read.
        """
        base = self._changes.base
        if base is None:
            return {}
        affected = await affected_since(self._workspace, self._changes, base)
        changed = sorted(set(affected.ids).intersection(prompt_ids))
        compared = await self._comparer.compare([(self._then(one, base.start), self._now(one)) for one in changed])
        merged = await self._merged(changed, base)
        pending = [one for one in compared if one.id not in merged and _sets_version(one)]
        used = await self._used(pending, base.tip)
        reuses = await self._reuses(pending, used)
        deleted = await self._deleted(affected, base)
        strict = self._changes.strict
        origin = "" if strict else _origin(base.name)
        return {
            one.id: VersionContext(
                one,
                frozenset(used.get(one.id, ())),
                reuses.get(one.id),
                deleted,
                one.id in merged,
                strict,
                origin,
            )
            for one in compared
        }

    def _then(self, prompt_id: str, snapshot: Snapshot) -> PromptAt:
        return PromptAt(prompt_id, snapshot, snapshot.label)

    def _now(self, prompt_id: str) -> PromptAt:
        return PromptAt(prompt_id, self._changes.new, str(self._changes.tree))

    async def _merged(self, prompt_ids: Sequence[str], base: MergeTarget) -> set[str]:
        """Return the prompts that the target branch already has with this content, partials included."""
        if base.tip.commit == base.start.commit:
            return set()
        there = await self._resolver.resolve_apart(prompt_ids, base.tip)
        here = await self._resolver.resolve_apart(prompt_ids, self._changes.new)
        pairs = ((one, there.get(one), resolved) for one, resolved in here.items())
        return {
            one
            for one, old, new in pairs
            if isinstance(old, ResolvedPrompt) and isinstance(new, ResolvedPrompt) and old.digest == new.digest
        }

    async def _used(
        self, compared: Sequence[PromptComparison], tip: StoredSnapshot
    ) -> Mapping[str, Mapping[SemanticVersion, str]]:
        if not compared:
            return {}
        try:
            return await self._workspace.change_store("check a change").commits_of([one.id for one in compared], at=tip)
        except HistoryError as error:
            help_ = f" ({error.help})" if error.help else ""
            self.unknown.append(f"whether a version was used before: {error}{help_}")
            return {}

    async def _reuses(
        self, compared: Sequence[PromptComparison], used: Mapping[str, Mapping[SemanticVersion, str]]
    ) -> dict[str, Reuse]:
        """Return the versions that an earlier commit already used for other content, by prompt id."""
        before = {
            one.id: Reuse(version, commit)
            for one in compared
            for version, commit in used.get(one.id, {}).items()
            if version == one.new_version != one.old_version
        }
        store = self._workspace.change_store("check a change")
        commits = {reuse.commit for reuse in before.values()}
        snapshots = {commit: await store.snapshot("", CommitIsh(commit)) for commit in commits}
        pairs = [(self._then(one, snapshots[reuse.commit]), self._now(one)) for one, reuse in before.items()]
        comparisons = await self._comparer.compare(pairs)
        return {
            one.id: before[one.id]._replace(commit=before[one.id].commit[:_SHORT]) for one in comparisons if one.level
        }

    async def _deleted(self, affected: Affected, base: MergeTarget) -> dict[str, str]:
        """Return the deleted prompts, each with the id that has its content now, or an empty text."""
        deleted = {*affected.deleted, *self._changes.affected.deleted}
        added = {*affected.added, *self._changes.affected.added}
        if not deleted or not added:
            return dict.fromkeys(deleted, "")
        old = await self._prompts(deleted, self._changes.old or base.start)
        old |= await self._prompts(deleted - old.keys(), base.start)
        by_content = [
            (_nameless(prompt), one) for one, prompt in (await self._prompts(added, self._changes.new)).items()
        ]
        return {
            one: next((name for prompt, name in by_content if one in old and prompt == _nameless(old[one])), "")
            for one in deleted
        }

    async def _prompts(self, prompt_ids: set[str], snapshot: Snapshot) -> dict[str, Prompt]:
        contents = await apart(snapshot.read_many, sorted(prompt_ids))
        loaded = [
            self._workspace.registry.parse(content, one)
            for one, content in contents.items()
            if isinstance(content, bytes)
        ]
        return {one.id: one.prompt for one in loaded if one.prompt is not None}


def _origin(name: str) -> str:
    """Return the branch that a change is measured from, and the way to set another, for the help of findings."""
    if name == "HEAD":
        return '; measured from HEAD: set `base = "main"` in the settings to measure from where the branch began'
    return f"; measured from {name}: `base` in the settings names another"


def _sets_version(one: PromptComparison) -> bool:
    """Return whether a prompt gets another version, or must get one."""
    if one.new_version is None:
        return False
    return one.verdict is Verdict.TOO_LOW or one.new_version != one.old_version


def _nameless(prompt: Prompt) -> Mapping[str, object]:
    return prompt.model_dump(exclude={"id", "version"})
