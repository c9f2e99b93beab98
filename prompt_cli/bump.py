"""Version bumps: the plan, the edit of the version line, the commit and the tag."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from typing import NamedTuple

from prompt_cli.changes.changeset import comparer_at
from prompt_cli.changes.comparer import PromptAt, PromptComparer
from prompt_cli.changes.detect import level_of
from prompt_cli.concurrency import complete
from prompt_cli.domain.bump import Bump, BumpOptions, commit_message
from prompt_cli.domain.change import Change
from prompt_cli.domain.prompt import PromptFormat
from prompt_cli.domain.revision import CommitIsh, Snapshot, Tree
from prompt_cli.domain.version import Level, SemanticVersion, required_version, suffices
from prompt_cli.error_groups import BumpManyError
from prompt_cli.errors import (
    HistoryError,
    LevelError,
    PromptFormatError,
    PromptManagerError,
    PromptNotFoundError,
    StorageConflictError,
    StorageError,
)
from prompt_cli.history.commit import check_tag, tag_exists
from prompt_cli.history.diff import FileStatus
from prompt_cli.history.errors import NO_HISTORY, GitProblem
from prompt_cli.history.protocol import ChangeStoreProtocol, StoredSnapshot
from prompt_cli.log import log
from prompt_cli.resolver import try_each
from prompt_cli.storage.loader import LoadedPrompt
from prompt_cli.workspace import Workspace

# For these reasons git cannot list earlier versions either.
_NO_LIST = NO_HISTORY | {GitProblem.SHALLOW, GitProblem.NO_GIT, GitProblem.UNSAFE}
_NOT_COMMITTABLE = {
    FileStatus.PARTLY_STAGED: "stage all of the file or none of it, or bump without --commit",
    FileStatus.UNMERGED: "resolve the conflict and `git add` the file",
    FileStatus.IGNORED: "bump without --commit; `git check-ignore --verbose FILE` shows the rule",
}
"""The next step, by the status of a file that cannot be committed."""
_ATTEMPTS = 3


class OldSide(NamedTuple):
    """An old side of a prompt's changes: its version and its state there."""

    version: SemanticVersion
    snapshot: Snapshot


class ChangesSince(NamedTuple):
    """The changes of a prompt since a version."""

    version: SemanticVersion
    changes: tuple[Change, ...]

    @property
    def least(self) -> SemanticVersion:
        """The lowest version that is enough for the changes."""
        return required_version(self.version, level_of(self.changes))


class Release(NamedTuple):
    """A committed version of a prompt, and its newest commit."""

    version: SemanticVersion
    commit: str


class _BumpPlan(NamedTuple):
    """The bumps of prompts, and the errors of those that could not be read or compared, by id."""

    bumps: list[Bump]
    errors: Mapping[str, PromptManagerError]


class PromptBumper:
    """Plans and writes version bumps."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._registry = workspace.registry
        self._store = workspace.change_store("bump") if workspace.has_history else None

    async def bump(self, prompt_ids: Sequence[str] | None, options: BumpOptions) -> tuple[Bump, ...]:
        """Bump the versions of prompts, all or none; see `PromptManager.bump_many`."""
        has_commit = not options.dry_run and (options.commit or options.tag)
        async with self._workspace.commit_lock() if has_commit else nullcontext():
            for _ in range(_ATTEMPTS - 1):
                with suppress(StorageConflictError):  # another process wrote the file meanwhile: bump its content
                    return await self._bump(prompt_ids, options)
            return await self._bump(prompt_ids, options)

    async def _bump(self, prompt_ids: Sequence[str] | None, options: BumpOptions) -> tuple[Bump, ...]:
        plan = await self._plan(prompt_ids, options, is_partial=prompt_ids is None)
        if prompt_ids is not None:
            return await self._carry_out(await self._plan_dependents(plan.bumps, options), prompt_ids, options)
        bumps = await self._carry_out(plan.bumps, None, options)
        if plan.errors:
            count = len(plan.errors)
            message = f"{count} of {count + len(plan.bumps)} prompts could not be checked"
            raise BumpManyError(message, list(plan.errors.values()), bumps)
        return bumps

    async def _carry_out(
        self, bumps: list[Bump], prompt_ids: Sequence[str] | None, options: BumpOptions
    ) -> tuple[Bump, ...]:
        log("info", "bumps_planned", prompts=len(bumps), bumped=sum(one.is_bumped for one in bumps))
        up_to_date = [one.prompt_id for one in bumps if not one.is_bumped]
        if options.commit or options.tag:
            bumps = await self._with_uncommitted(bumps, up_to_date)
        bumps = [one for one in bumps if one.is_bumped or prompt_ids is None or one.prompt_id in prompt_ids]
        bumped = [one for one in bumps if one.is_bumped]
        tags = await self._tags(bumped) if options.tag else {}
        for tag in tags.values():
            check_tag(tag)
        if tags and (existing := await self._needed_store().existing_tags(list(tags.values()))):
            raise tag_exists(existing[0])
        if options.dry_run or not bumped:
            return tuple(bumps)
        if not options.commit and not options.tag:
            async with self._workspace.commit_lock():  # a bump at the same time commits the version that it wrote
                await self._write(bumped)
            return tuple(bumps)
        new_partials: list[str] = []
        if options.with_dependents and prompt_ids is not None:  # the commit must have the partials of the dependents
            new_partials = [one.prompt_id for one in bumps if one.level is None and not one.is_bumped]
        commit = await complete(self._commit(bumped, up_to_date, new_partials, options.message, list(tags.values())))
        return tuple(
            one._replace(commit=commit, tag=tags.get(one.prompt_id)) if one.is_bumped else one for one in bumps
        )

    async def _tags(self, bumps: Sequence[Bump]) -> dict[str, str]:
        """Return the names of tags by prompt id."""
        tag_format = (await self._workspace.settings()).tag_format
        if "{directory}" in tag_format:
            tag_format = tag_format.replace("{directory}", self._workspace.project.setting)
        return {
            one.prompt_id: tag_format.replace("{id}", one.prompt_id).replace("{version}", str(one.new)) for one in bumps
        }

    async def _plan(self, prompt_ids: Sequence[str] | None, options: BumpOptions, *, is_partial: bool) -> _BumpPlan:
        """Plan the bumps of prompts; unless the plan may be partial, the error of one prompt is raised."""
        against = tip = None
        if options.against is not None:
            store = self._needed_store()
            against, tip = await store.merge_base(options.against), await store.tip(options.against)
        comparer = await comparer_at(self._workspace, against)
        if prompt_ids is None:
            prompt_ids = await self._find_prompts(comparer, against)
        errors: dict[str, PromptManagerError] = {}
        loaded: dict[str, LoadedPrompt] = {}
        for one in dict.fromkeys(prompt_ids):
            try:
                prompt = await self._registry.load(one)
                prompt.checked()
            except (PromptFormatError, PromptNotFoundError, StorageError) as error:
                if not is_partial:
                    raise
                errors[one] = error
            else:
                loaded[one] = prompt
        highest = await self._highest(list(loaded), tip, options)
        old_sides: Mapping[str, Sequence[OldSide]] = {}
        if not (options.force and options.level):
            old_sides = await self._find_old_sides(
                list(loaded), against, highest, errors, required=options.level is None
            )
        changes = await self._changes(comparer, old_sides, errors)
        errors = {one: errors[one] for one in dict.fromkeys(prompt_ids) if one in errors}  # history has its own order
        for one, failure in errors.items():
            if not is_partial:
                raise failure
            failure.add_context(prompt_id=one)
        bumps = [
            _plan_one(prompt, changes.get(one, ()), options, highest.get(one))
            for one, prompt in loaded.items()
            if one not in errors
        ]
        return _BumpPlan(bumps, errors)

    async def _plan_dependents(self, bumps: Sequence[Bump], options: BumpOptions) -> list[Bump]:
        """Plan the bumps of the prompts that include these; without `with_dependents`, only name those prompts."""
        try:
            includers, plan = await self._dependents([one.prompt_id for one in bumps], options)
        except PromptManagerError as error:
            if options.with_dependents:
                raise
            if not isinstance(error, HistoryError) or error.reason not in NO_HISTORY:
                self._workspace.on_notice(f"cannot tell which including prompts need a bump too: {error}")
            return list(bumps)
        if options.with_dependents:
            return [*bumps, *plan.bumps]
        for one, failure in plan.errors.items():
            self._workspace.on_notice(f"cannot tell whether {one} needs a bump too: {failure}")
        needed = {one.prompt_id for one in plan.bumps if one.is_bumped}
        return [
            one._replace(dependents=tuple(sorted(needed.intersection(includers.get(one.prompt_id, ())))))
            for one in bumps
        ]

    async def _dependents(
        self, prompt_ids: Sequence[str], options: BumpOptions
    ) -> tuple[Mapping[str, set[str]], _BumpPlan]:
        """Return the includers of each prompt, and a plan for all that are not among the prompts."""
        self._needed_store()
        loaded = [await self._registry.load(one) for one in prompt_ids]
        partials = [one.id for one in loaded if one.checked().format is not PromptFormat.CHAT]
        comparer = await comparer_at(self._workspace)
        includers = await comparer.includers_by_id(partials, self._registry.working_tree)
        others = sorted(set().union(*includers.values()).difference(prompt_ids))
        if not others:
            return includers, _BumpPlan([], {})
        is_partial = not options.with_dependents
        return includers, await self._plan(others, options._replace(level=None), is_partial=is_partial)

    async def _find_prompts(self, comparer: PromptComparer, against: StoredSnapshot | None) -> Sequence[str]:
        if against is None:
            return await self._registry.working_tree.ids()
        affected = await comparer.affected(self._needed_store(), against, self._registry.working_tree)
        return [*affected.changed, *affected.includers]

    async def _write(self, bumps: Sequence[Bump]) -> list[tuple[LoadedPrompt, bytes]]:
        """Write the versions, and return each file before the write with its new content."""
        written: list[tuple[LoadedPrompt, bytes]] = []
        for bump in bumps:
            loaded = await self._registry.load(bump.prompt_id)
            if loaded.source is None or loaded.checked().version != bump.old:
                message = f"{loaded.id} changed meanwhile; nothing was written"
                raise StorageConflictError(message, prompt_id=loaded.id, path=loaded.path, help="run the command again")
            content = loaded.source.replace_scalar("version", str(bump.new)).content
            self._registry.parse(content, bump.prompt_id).checked()
            written.append((loaded, content))
        async with self._registry.transaction() as transaction:
            for loaded, content in written:
                transaction.replace(loaded, content)
        for bump in bumps:
            log("info", "prompt_bumped", prompt_id=bump.prompt_id, old=str(bump.old), new=str(bump.new))
        return written

    async def _with_uncommitted(self, bumps: Sequence[Bump], up_to_date: Sequence[str]) -> list[Bump]:
        """Count a version that an earlier bump wrote and did not commit as bumped from HEAD's."""
        head = await self._head()
        if head is None:
            return list(bumps)
        committed = await head.read_many(up_to_date)
        versions = {one: self._version_at(head, one, content) for one, content in committed.items()}
        return [one._replace(old=min(versions.get(one.prompt_id, one.old), one.old)) for one in bumps]

    async def _head(self) -> StoredSnapshot | None:
        try:
            return await self._needed_store().tip("HEAD")
        except HistoryError as error:
            if error.reason not in NO_HISTORY:
                raise
            return None

    async def _commit(
        self,
        bumps: Sequence[Bump],
        up_to_date: Sequence[str],
        new_partials: Sequence[str],
        message: str | None,
        tags: Sequence[str],
    ) -> str:
        """Write the versions that are not in the files yet, and commit and tag all, new partials included."""
        store = self._needed_store()
        text = commit_message(bumps, message)
        self._workspace.check_commit(text)
        prompt_ids = [*(one.prompt_id for one in bumps), *new_partials]
        for prompt_id, status in (await store.statuses(prompt_ids)).items():
            if status in _NOT_COMMITTABLE:
                raise HistoryError(
                    f"{prompt_id} is {status.value}; nothing was written",
                    prompt_id=prompt_id,
                    path=self._registry.path_of(prompt_id),
                    help=_NOT_COMMITTABLE[status],
                )
        await self._require_partials(prompt_ids)
        written = await self._write([one for one in bumps if one.prompt_id not in up_to_date])
        try:
            commit = await store.commit(prompt_ids, text)
        except HistoryError as error:
            if error.reason is not GitProblem.AFTER_COMMIT:
                await self._restore(written, error)
            raise
        try:
            if tags:
                await store.tag(tags, commit)
        except HistoryError as error:
            problem = f"the bump is committed as {commit}, without its tag: {error}"
            raise HistoryError(problem, help=error.help, reason=GitProblem.AFTER_COMMIT) from error
        return commit

    async def _require_partials(self, prompt_ids: Sequence[str]) -> None:
        """Refuse to commit a prompt without a partial that it includes."""
        resolver = (await comparer_at(self._workspace)).resolver
        resolved = await resolver.resolve_present(prompt_ids, self._registry.working_tree)
        includers = {partial: one.loaded for one in resolved.values() for partial in one.files or ()}
        partials = includers.keys() - set(prompt_ids)
        head = await self._head() if partials else None
        committed = await head.read_many(sorted(partials)) if head else {}
        missing = min(partials - committed.keys(), default=None)
        if missing is not None:
            raise HistoryError(
                f"{includers[missing].id} includes {missing!r}, which is not committed; nothing was written",
                prompt_id=includers[missing].id,
                path=includers[missing].path,
                help=f"commit {self._registry.path_of(missing)} first, or bump without --commit and commit both files",
            )

    async def _restore(self, written: Sequence[tuple[LoadedPrompt, bytes]], cause: HistoryError) -> None:
        """Restore files whose commit failed: with an explicit level the next attempt would bump them again."""
        try:
            async with self._registry.transaction() as transaction:
                for loaded, content in written:
                    transaction.replace(loaded._replace(content=content), loaded.content)
        except StorageError as error:
            paths = ", ".join(loaded.path for loaded, _ in written)
            raise HistoryError(
                f"{cause}; {paths}: bumped, but neither committed nor restored: {error}",
                help=f"run the command again without a level to commit; {cause.help}",
                reason=cause.reason,
            ) from cause

    async def _find_old_sides(
        self,
        prompt_ids: Sequence[str],
        against: StoredSnapshot | None,
        highest: Mapping[str, Release],
        errors: dict[str, PromptManagerError],
        *,
        required: bool,
    ) -> dict[str, list[OldSide]]:
        """Find the old sides of each prompt, or add its error to `errors`.

        A new prompt has none, a reverted one has the highest version too.
        """
        try:
            store = self._needed_store()
            start = against or await store.tip("HEAD")
        except HistoryError as error:
            if required or error.reason not in NO_HISTORY:
                raise
            return {}
        versions: dict[str, SemanticVersion] = {}
        for one, content in (await try_each(start.read_many, prompt_ids)).items():
            try:
                versions[one] = self._version_at(start, one, content)
            except PromptManagerError as error:
                errors[one] = error
        if against:
            return {one: [OldSide(version, start)] for one, version in versions.items()}
        old_sides = {
            one: [OldSide(versions[one], first)] for one, first in (await store.first_commits_of(versions)).items()
        }
        for one, release in highest.items():
            if one not in errors and (one not in versions or versions[one] < release.version):
                released = await store.snapshot("", CommitIsh(release.commit))
                for content in (await released.read_many([one])).values():
                    old_sides.setdefault(one, []).append(OldSide(self._version_at(released, one, content), released))
        return old_sides

    def _version_at(self, at: StoredSnapshot, prompt_id: str, content: bytes | PromptManagerError) -> SemanticVersion:
        if isinstance(content, PromptManagerError):
            raise content
        try:
            return self._registry.parse(content, prompt_id).checked().version
        except PromptFormatError as error:
            raise HistoryError(
                f"cannot compare {prompt_id}: at {at.label} it is broken: {error}",
                prompt_id=prompt_id,
                version=at.label,
                help=f"commit it as is, or run `prompt-cli bump {prompt_id} LEVEL --force`",
            ) from error

    def _needed_store(self) -> ChangeStoreProtocol:
        if self._store is None:
            raise HistoryError(
                "no git history to compare with",
                reason=GitProblem.NO_REPOSITORY,
                help="give a level: major, minor or patch",
            )
        return self._store

    async def _changes(
        self,
        comparer: PromptComparer,
        old_sides: Mapping[str, Sequence[OldSide]],
        errors: dict[str, PromptManagerError],
    ) -> dict[str, list[ChangesSince]]:
        """Compare prompts with their old sides; the error of a prompt that cannot be compared is added to `errors`."""
        working = self._registry.working_tree
        pairs = [
            (PromptAt(one, side.snapshot, str(side.version)), PromptAt(one, working, str(Tree.WORKING)))
            for one, sides in old_sides.items()
            for side in sides
        ]
        changes_by_id: dict[str, list[ChangesSince]] = {}
        versions = [side.version for sides in old_sides.values() for side in sides]
        for (_, new), version, changes in zip(pairs, versions, await comparer.changes(pairs), strict=True):
            if isinstance(changes, PromptManagerError):
                errors[new.prompt_id] = changes
            else:
                changes_by_id.setdefault(new.prompt_id, []).append(ChangesSince(version, changes))
        return changes_by_id

    async def _highest(
        self, prompt_ids: Sequence[str], tip: StoredSnapshot | None, options: BumpOptions
    ) -> dict[str, Release]:
        """Return the highest committed version of each prompt, on either branch: a version has one content."""
        try:
            store = self._needed_store()
            histories = [await store.commits_of(prompt_ids, at=at) for at in ((None, tip) if tip else (None,))]
        except HistoryError as error:
            if error.reason not in _tolerated(options):
                raise
            return {}
        releases = [
            (one, Release(version, commit))
            for history in histories
            for one, commits in history.items()
            for version, commit in commits.items()
        ]
        return dict(sorted(releases))  # of equal keys, the last and highest stays


def _tolerated(options: BumpOptions) -> frozenset[GitProblem]:
    """Return the reasons to go on without the list of committed versions."""
    if options.level is None:
        return frozenset()
    return _NO_LIST if options.force or isinstance(options.level, Level) else NO_HISTORY


def _plan_one(
    loaded: LoadedPrompt, since: Sequence[ChangesSince], options: BumpOptions, highest: Release | None
) -> Bump:
    requested, pre = options.level, options.pre
    current = loaded.checked().version
    level = max((level_of(one.changes) for one in since), default=None)
    least = max((one.least for one in since), default=current)
    if highest and len(since) > 1:
        least = max(least, _above(highest.version, level_of(since[-1].changes)))
    new = _new_version(current, least, requested, level or Level.NONE, highest and highest.version)
    if isinstance(requested, SemanticVersion) and highest and requested <= highest.version:
        raise _already_committed(loaded.id, requested, highest.version, max(least, _above(highest.version)))
    if pre is not None and new > current:
        new = _pre_release_of(new, pre, max(current, highest.version) if highest else current)
    if since and not suffices(new, least):
        raise _too_low(loaded.id, new, least, max(since, key=lambda one: one.least))
    return Bump(loaded.id, loaded.path, current, new, level, since[-1].changes if since else ())


def _new_version(
    current: SemanticVersion,
    least: SemanticVersion,
    requested: Level | SemanticVersion | None,
    level: Level,
    highest: SemanticVersion | None,
) -> SemanticVersion:
    if isinstance(requested, SemanticVersion):
        return requested
    if requested is None:
        new = max(current, least)
        # Without a change, the prompt gets back the version that has its content.
        return _above(highest, level) if highest and level and current != new <= highest else new
    new = current.bump(requested)
    return highest.bump(requested) if highest and requested and new <= highest else new


def _pre_release_of(new: SemanticVersion, label: str, floor: SemanticVersion) -> SemanticVersion:
    """Return the first pre-release of a version, or the next one above the versions that are taken."""
    first = new.release._replace(pre_release=f"{label}.1")
    return first if first > floor else floor.next_pre_release(label)


def _above(version: SemanticVersion, level: Level = Level.PATCH) -> SemanticVersion:
    return required_version(version, max(level, Level.PATCH))


def _already_committed(
    prompt_id: str, requested: SemanticVersion, highest: SemanticVersion, free: SemanticVersion
) -> LevelError:
    reason = "it was committed before" if requested == highest else f"{highest} was committed before"
    return LevelError(
        f"{prompt_id} cannot become {requested}: {reason}",
        prompt_id=prompt_id,
        version=str(requested),
        help=f"`prompt-cli bump {prompt_id} {free}` sets the next version",
    )


def _too_low(prompt_id: str, requested: SemanticVersion, least: SemanticVersion, since: ChangesSince) -> LevelError:
    worst = max(since.changes, key=lambda one: one.level)
    return LevelError(
        f"{prompt_id} cannot become {requested}: it needs {least} at least, since {since.version} {worst.message}",
        prompt_id=prompt_id,
        version=str(requested),
        help=f"`prompt-cli bump {prompt_id}` sets the required version; --force sets {requested}",
    )
