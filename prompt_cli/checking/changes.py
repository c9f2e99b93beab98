"""Version contexts: the earlier states of prompts, which the rules of versions (PC5) compare with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.changes.changeset import affected_since
from prompt_cli.changes.comparer import PromptAt, PromptComparer
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
    from prompt_cli.domain.revision import Snapshot
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
        unknown: The checks that history could not answer, with the help for each.
    """

    def __init__(self, workspace: Workspace, changes: ChangeSet) -> None:
        self.unknown: list[str] = []
        self._workspace = workspace
        self._store = workspace.change_store("check a change")
        self._changes = changes
        self._comparer = PromptComparer(workspace, changes.settings.levels)
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
        comparisons = await self._compare(dict.fromkeys(changed, base.start))
        merged = await self._find_merged(changed, base)
        pending = [one for one in comparisons if one.id not in merged and _sets_version(one)]
        commits = await self._find_commits(pending, base.tip)
        reuses = await self._find_reuses(pending, commits)
        deleted = await self._find_deleted(affected, base)
        strict = self._changes.strict
        origin = "" if strict else _origin(base.name)
        return {
            one.id: VersionContext(
                one,
                released_versions=frozenset(commits.get(one.id, ())),
                reuse=reuses.get(one.id),
                deleted=deleted,
                already_merged=one.id in merged,
                base_suppressions_only=strict,
                origin=origin,
            )
            for one in comparisons
        }

    async def _compare(self, old_snapshots: Mapping[str, StoredSnapshot]) -> Sequence[PromptComparison]:
        """Compare prompts in older snapshots, by id, with the new side of the change."""
        new, label = self._changes.new, str(self._changes.tree)
        pairs = [(PromptAt(one, old, old.label), PromptAt(one, new, label)) for one, old in old_snapshots.items()]
        return await self._comparer.compare(pairs)

    async def _find_merged(self, prompt_ids: Sequence[str], base: MergeTarget) -> set[str]:
        """Return the prompts that the target branch already has with this content, partials included."""
        if base.tip.commit == base.start.commit:
            return set()
        old, new = [await self._digests(prompt_ids, snapshot) for snapshot in (base.tip, self._changes.new)]
        return {one for one, digest in new.items() if old.get(one) == digest}

    async def _digests(self, prompt_ids: Sequence[str], snapshot: Snapshot) -> dict[str, str]:
        resolved = await self._resolver.resolve_apart(prompt_ids, snapshot)
        return {one: prompt.digest for one, prompt in resolved.items() if isinstance(prompt, ResolvedPrompt)}

    async def _find_commits(
        self, comparisons: Sequence[PromptComparison], tip: StoredSnapshot
    ) -> Mapping[str, Mapping[SemanticVersion, str]]:
        """Return the commit of each version in the history of the target branch, by prompt id."""
        if not comparisons:
            return {}
        try:
            return await self._store.commits_of([one.id for one in comparisons], at=tip)
        except HistoryError as error:
            help_ = f" ({error.help})" if error.help else ""
            self.unknown.append(f"whether a version was used before: {error}{help_}")
            return {}

    async def _find_reuses(
        self, comparisons: Sequence[PromptComparison], commits: Mapping[str, Mapping[SemanticVersion, str]]
    ) -> dict[str, Reuse]:
        """Return the versions that an earlier commit already used for other content, by prompt id."""
        reuses = {
            one.id: Reuse(version, commit)
            for one in comparisons
            for version, commit in commits.get(one.id, {}).items()
            if version == one.new_version != one.old_version
        }
        snapshots = {
            commit: await self._store.snapshot("", CommitIsh(commit))
            for commit in {reuse.commit for reuse in reuses.values()}
        }
        different = await self._compare({one: snapshots[reuse.commit] for one, reuse in reuses.items()})
        return {one.id: Reuse(reuses[one.id].version, reuses[one.id].commit[:_SHORT]) for one in different if one.level}

    async def _find_deleted(self, affected: Affected, base: MergeTarget) -> dict[str, str]:
        """Return the deleted prompts, each with the id that has its content now, or an empty text."""
        deleted = {*affected.deleted, *self._changes.affected.deleted}
        added = {*affected.added, *self._changes.affected.added}
        if not deleted or not added:
            return dict.fromkeys(deleted, "")
        old = await self._read_contents(deleted, self._changes.old or base.start)
        old |= await self._read_contents(deleted - old.keys(), base.start)
        new = await self._read_contents(added, self._changes.new)
        return {
            one: next((new_id for new_id, content in new.items() if content == old.get(one)), "") for one in deleted
        }

    async def _read_contents(self, prompt_ids: set[str], snapshot: Snapshot) -> dict[str, Mapping[str, object]]:
        """Return the data of valid prompts without their id and version, by id."""
        files = await apart(snapshot.read_many, sorted(prompt_ids))
        parse = self._workspace.registry.parse
        loaded = [parse(content, one) for one, content in files.items() if isinstance(content, bytes)]
        return {one.id: one.prompt.model_dump(exclude={"id", "version"}) for one in loaded if one.prompt is not None}


def _origin(name: str) -> str:
    """Return the branch that a change is measured from, and the way to set another, for the help of findings."""
    if name == "HEAD":
        return '; measured from HEAD: set `base = "main"` in the settings to measure from where the branch began'
    return f"; measured from {name}: `base` in the settings names another"


def _sets_version(comparison: PromptComparison) -> bool:
    """Return whether a prompt gets another version, or must get one."""
    if comparison.new_version is None:
        return False
    return comparison.verdict is Verdict.TOO_LOW or comparison.new_version != comparison.old_version
