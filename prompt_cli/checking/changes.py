"""Checks of a change: its prompts, and their earlier states, which the rules of versions (PC5) compare with."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from prompt_cli.changes.changeset import ChangeSet, MergeTarget, affected_since
from prompt_cli.changes.comparer import AffectedPrompts, PromptAt
from prompt_cli.changes.comparison import PromptComparison, Verdict
from prompt_cli.checking.targets import SelectedFiles, exclude_files, exists, match_target, path_below
from prompt_cli.domain.ids import NO_PROMPTS_HELP, NO_STAGED_PROMPTS_HELP, not_found, path_to_id
from prompt_cli.domain.revision import CommitIsh, Snapshot, Tree
from prompt_cli.domain.version import SemanticVersion
from prompt_cli.errors import HistoryError, StorageError
from prompt_cli.history.protocol import StoredSnapshot
from prompt_cli.resolver import ResolvedPrompt, try_each
from prompt_cli.rules.rule import Reuse, VersionContext
from prompt_cli.storage.scan import InvalidPromptFile, PromptDirectory, from_here, invalid_file_at
from prompt_cli.workspace import Workspace

_ID_SIZE = 10


class ChangeScope(NamedTuple):
    """The prompts of a change to check, and the files that look like prompts."""

    ids: tuple[str, ...]
    invalid_files: tuple[InvalidPromptFile, ...]
    missing: tuple[str, ...] = ()  # ids of named files that are not in the new side
    outside: int = 0  # the number of targets that cannot be prompts
    includers: tuple[str, ...] = ()  # prompts that no target names, but that include a named change or a deleted prompt


class _ChangeTargets(NamedTuple):
    """The prompts, invalid files, missing prompts and other files that targets name in a change."""

    ids: set[str]
    invalid_paths: set[str]
    missing: list[str]
    outside: int


async def find_change_scope(
    workspace: Workspace, changes: ChangeSet, targets: Sequence[str] | None, *, only_targets: bool = False
) -> ChangeScope:
    """Return the prompts of a change to check.

    If targets is None, these are the changed prompts and all that include them. Else they are the named prompts, and
    those that include a named change or a deleted prompt. Hooks name unchanged files too; with the index as new
    side these are checked as well. Hooks pass no target for deletions and for files that they exclude; `only_targets`
    excludes changed files that no target names.
    """
    # git removes a directory with its last file.
    has_files = workspace.project.directory.is_dir() or changes.tree is Tree.INDEX
    present = await _present_ids(changes, has_targets=targets is not None) if has_files else set[str]()
    affected = changes.affected
    if not present and not affected.ids:
        raise StorageError(
            f"no prompts in {from_here(workspace.project.directory)}, as {changes.new.label} has it",
            help=NO_STAGED_PROMPTS_HELP if changes.tree is Tree.INDEX else NO_PROMPTS_HELP,
        )
    present = set(filter(workspace.owns, present))
    if targets is None:
        new_files = await _new_invalid_files(workspace, changes) if has_files else ()
        invalid_files = tuple(one for one in new_files if workspace.owns(one.path))
        return _scope(workspace, changes, sorted(present.intersection(affected.ids)), invalid_files)
    files = await _invalid_files(workspace, changes) if has_files else dict[str, InvalidPromptFile]()
    named = _match_targets(targets, present, set(affected.deleted), files, workspace.project.directory)
    sources = {*named.ids.intersection((*affected.added, *affected.changed)), *affected.deleted}
    includers = await changes.comparer.includers(sources, changes.new)
    if only_targets:
        includers -= {*affected.added, *affected.changed}
    ids = sorted((named.ids | includers) & present & (set(affected.ids) if changes.strict else present))
    invalid_files = tuple(files[path] for path in sorted(named.invalid_paths))
    scope = _scope(workspace, changes, ids, invalid_files)
    unnamed = tuple(one for one in scope.ids if one not in named.ids)
    return scope._replace(missing=tuple(named.missing), outside=named.outside, includers=unnamed)


def _scope(
    workspace: Workspace, changes: ChangeSet, ids: Sequence[str], invalid_files: tuple[InvalidPromptFile, ...]
) -> ChangeScope:
    """Return the files to check, without those that the settings exclude: with ``--against`` the base's settings."""
    files = SelectedFiles(tuple(ids), invalid_files)
    files = exclude_files(files, changes.settings.choice.exclude, workspace.project)
    return ChangeScope(files.ids, files.invalid_files)


async def _present_ids(changes: ChangeSet, *, has_targets: bool) -> set[str]:
    """Return the ids in the new side, at least those of the change."""
    affected = changes.affected
    if affected.ids and not has_targets and changes.tree is Tree.INDEX:
        return set(affected.ids).difference(affected.deleted)  # saves reading the whole index
    return set(await changes.new.ids())


async def _new_invalid_files(workspace: Workspace, changes: ChangeSet) -> tuple[InvalidPromptFile, ...]:
    """Return the invalid files that the change adds, sorted."""
    if changes.tree is Tree.INDEX and isinstance(changes.new, StoredSnapshot):
        paths = await workspace.change_store("check a change").new_non_prompt_files(changes.old, changes.new)
        return tuple(file for path in paths if (file := _invalid_file(path)) is not None)
    files = await _invalid_files(workspace, changes)
    old_paths = set(await changes.old.non_prompt_files()) if files and changes.old else set[str]()
    return tuple(file for path, file in files.items() if path not in old_paths)


async def _invalid_files(workspace: Workspace, changes: ChangeSet) -> dict[str, InvalidPromptFile]:
    """Return the invalid files of the new side by path, sorted."""
    if changes.tree is Tree.WORKING:
        return {one.path: one for one in PromptDirectory(workspace.project.directory).list().invalid_files}
    index = changes.new
    if not isinstance(index, StoredSnapshot):
        index = await workspace.change_store("check a change").snapshot("", Tree.INDEX)
    return {path: file for path in await index.non_prompt_files() if (file := _invalid_file(path)) is not None}


def _invalid_file(path: str) -> InvalidPromptFile | None:
    if path_to_id(path) is not None:
        return InvalidPromptFile(path, "it is not a regular file", "replace it by a file")
    return invalid_file_at(path)


def _match_targets(
    targets: Sequence[str], present: set[str], deleted: set[str], invalid_paths: Collection[str], directory: Path
) -> _ChangeTargets:
    named, ids = _ChangeTargets(set(), set(), [], 0), present | deleted
    for target in targets:
        match = match_target(target, ids, directory, invalid_paths)
        named.ids.update(match.ids)
        named.invalid_paths.update(match.invalid_paths)
        if any(match):
            continue
        below = path_below(target, directory)
        if below is not None and (prompt_id := path_to_id(below)) is not None:
            named.missing.append(prompt_id)
        elif exists(target) or below is not None:
            named = named._replace(outside=named.outside + 1)
        else:
            raise not_found(target, present)
    return named


class VersionContextReader:
    """Reads the version contexts of prompts of a change; `unknown` are the checks that history could not answer."""

    def __init__(self, workspace: Workspace, changes: ChangeSet) -> None:
        self.unknown: list[str] = []
        self._workspace = workspace
        self._store = workspace.change_store("check a change")
        self._changes = changes

    async def read(self, prompt_ids: Sequence[str]) -> dict[str, VersionContext]:
        """Return the version contexts of changed prompts, by id."""
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
        return await self._changes.comparer.compare(pairs)

    async def _find_merged(self, prompt_ids: Sequence[str], base: MergeTarget) -> set[str]:
        """Return the prompts that the target branch already has with this content, partials included."""
        if base.tip.commit == base.start.commit:
            return set()
        old, new = [await self._digests(prompt_ids, snapshot) for snapshot in (base.tip, self._changes.new)]
        return {one for one, digest in new.items() if old.get(one) == digest}

    async def _digests(self, prompt_ids: Sequence[str], snapshot: Snapshot) -> dict[str, str]:
        resolved = await self._changes.comparer.resolver.try_resolve(prompt_ids, snapshot)
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
        reused = {reuse.commit for reuse in reuses.values()}
        snapshots = {commit: await self._store.snapshot("", CommitIsh(commit)) for commit in reused}
        different = await self._compare({one: snapshots[reuse.commit] for one, reuse in reuses.items()})
        return {
            one.id: Reuse(reuses[one.id].version, reuses[one.id].commit[:_ID_SIZE]) for one in different if one.level
        }

    async def _find_deleted(self, affected: AffectedPrompts, base: MergeTarget) -> dict[str, str]:
        """Return the deleted prompts, each with the id that has its content now, or an empty text."""
        deleted = {*affected.deleted, *self._changes.affected.deleted}
        added = {*affected.added, *self._changes.affected.added}
        if not deleted or not added:
            return dict.fromkeys(deleted, "")
        old = await self._read_contents(deleted, self._changes.old or base.start)
        old |= await self._read_contents(deleted - old.keys(), base.start)
        new = await self._read_contents(added, self._changes.new)
        return {one: next((new_id for new_id, data in new.items() if data == old.get(one)), "") for one in deleted}

    async def _read_contents(self, prompt_ids: set[str], snapshot: Snapshot) -> dict[str, Mapping[str, object]]:
        """Return the data of valid prompts without their id and version, by id."""
        files = await try_each(snapshot.read_many, sorted(prompt_ids))
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
