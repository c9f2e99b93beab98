"""Version bumps: the plan, the edit of the version line, the commit and the tag."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from prompt_cli.changes.changeset import comparer_at
from prompt_cli.changes.comparer import PromptAt
from prompt_cli.changes.detect import level_of
from prompt_cli.domain.revision import Tree
from prompt_cli.domain.version import Level, SemanticVersion, declared_level, required_version
from prompt_cli.errors import HistoryError, LevelError, PromptFormatError, StorageConflictError, StorageError
from prompt_cli.history.commit import tag_exists
from prompt_cli.history.errors import GitProblem
from prompt_cli.history.status import FileStatus
from prompt_cli.log import log

if TYPE_CHECKING:
    from collections.abc import Awaitable, Collection, Mapping, Sequence

    from prompt_cli.changes.comparer import PromptComparer
    from prompt_cli.domain.change import Change
    from prompt_cli.domain.protocols import Snapshot
    from prompt_cli.history.protocol import ChangeStoreProtocol, StoredSnapshot
    from prompt_cli.storage.loader import LoadedPrompt
    from prompt_cli.workspace import Workspace


# Without a history there is no old side, and every level is accepted.
_NO_HISTORY = frozenset({GitProblem.NO_REPOSITORY, GitProblem.UNBORN})

# Without these there is no list of earlier versions either.
_NO_LIST = _NO_HISTORY | {GitProblem.SHALLOW, GitProblem.NO_GIT, GitProblem.UNSAFE}
_NOT_COMMITTABLE = frozenset({FileStatus.PARTLY_STAGED, FileStatus.UNMERGED, FileStatus.IGNORED})
_ATTEMPTS = 3

Result = TypeVar("Result")


def parse_level(level: Level | str | None) -> Level | None:
    """Return a level by its name.

    Raises:
        InvalidValueError: There is no level of that name.
    """
    return level if level is None or isinstance(level, Level) else Level.parse(level)


class Bump(NamedTuple):
    """The version of a prompt before and after a bump; both are equal if no bump is needed.

    Attributes:
        prompt_id: The id of the prompt.
        path: The path of its file for users.
        old: The version before.
        new: The version after; with `dry_run` the planned one.
        level: The level that its changes need; None if they were not compared.
        changes: The changes since the version was set.
        commit: The object id of the commit, if one was made.
        tag: The tag, if one was made.

    Examples:
        >>> from prompt_cli import Bump, SemanticVersion
        >>> bump = Bump("greeting", "prompts/greeting.yaml", SemanticVersion(1, 0, 0), SemanticVersion(1, 1, 0))
        >>> f"{bump.old} -> {bump.new}"
        '1.0.0 -> 1.1.0'
    """

    prompt_id: str
    path: str
    old: SemanticVersion
    new: SemanticVersion
    level: Level | None = None
    changes: tuple[Change, ...] = ()
    commit: str | None = None
    tag: str | None = None

    @property
    def is_bumped(self) -> bool:
        """Whether the version changed."""
        return self.new != self.old


class BumpOptions(NamedTuple):
    """Options of a bump.

    Attributes:
        level: The level; None is the level that the changes need, which may be none.
        against: A commit; compare with its merge base with HEAD instead of the commit that set the version.
        force: Whether `level` may be lower than what the changes need.
        commit: Whether to commit these files alone; other staged changes stay staged.
        message: The commit message, above the list of versions and changes; by default it names the prompts.
        tag: Whether to tag the commit ``ID@VERSION`` for each prompt.
        dry_run: Whether to return the plan without writing.

    Examples:
        >>> from prompt_cli import BumpOptions, Level
        >>> BumpOptions(level=Level.MINOR, commit=True, message="Greet by name").dry_run
        False
    """

    level: Level | None = None
    against: str | None = None
    force: bool = False
    commit: bool = False
    message: str | None = None
    tag: bool = False
    dry_run: bool = False


class Baseline(NamedTuple):
    """The old side of a prompt's changes: its version and its state there."""

    version: SemanticVersion
    snapshot: Snapshot


class PromptBumper:
    """Plans and writes version bumps.

    Args:
        workspace: The prompts.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._registry = workspace.registry
        self._store = workspace.change_store("bump") if workspace.has_history else None

    async def bump(self, prompt_ids: Sequence[str] | None, options: BumpOptions) -> tuple[Bump, ...]:
        """Bump the versions of prompts, all or none.

        Args:
            prompt_ids: The ids; None means every prompt, or with `against` those that changed.
            options: The options, the same for each prompt.

        Raises:
            PromptNotFoundError: A prompt does not exist.
            PromptFormatError: A file is invalid, here or on the old side.
            TemplateError: A template or partial cannot be read, so its changes are unknown.
            LevelError: The level is lower than what the changes need.
            HistoryError: Git failed or refused the commit; the files are as they were.
            StorageError: A file could not be written.
        """
        for _ in range(_ATTEMPTS - 1):
            try:
                return await self._bump(prompt_ids, options)
            except StorageConflictError:
                continue  # another process wrote the file meanwhile: bump its content
        return await self._bump(prompt_ids, options)

    async def _bump(self, prompt_ids: Sequence[str] | None, options: BumpOptions) -> tuple[Bump, ...]:
        bumps = await self._plan(prompt_ids, options)
        log("info", "bumps_planned", prompts=len(bumps), raised=sum(one.is_bumped for one in bumps))
        written = [one.prompt_id for one in bumps if not one.is_bumped]
        if options.commit or options.tag:
            bumps = await self._with_uncommitted(bumps, written)
        bumped = [one for one in bumps if one.is_bumped]
        tags = {one.prompt_id: f"{one.prompt_id}@{one.new}" for one in bumped} if options.tag else {}
        if tags and (existing := await self._needed_store().existing_tags(list(tags.values()))):
            raise tag_exists(existing[0])
        if options.dry_run or not bumped:
            return tuple(bumps)
        if not options.commit and not options.tag:
            await self._write(bumped)
            return tuple(bumps)
        commit = await _complete(self._commit_and_tag(bumped, written, options.message, list(tags.values())))
        return tuple(
            one._replace(commit=commit, tag=tags.get(one.prompt_id)) if one.is_bumped else one for one in bumps
        )

    async def _plan(self, prompt_ids: Sequence[str] | None, options: BumpOptions) -> list[Bump]:
        against = tip = None
        if options.against is not None:
            store = self._needed_store()
            against, tip = await store.merge_base(options.against), await store.tip(options.against)
        comparer = await comparer_at(self._workspace, against)
        if prompt_ids is None:
            prompt_ids = await self._all(comparer, against)
        loaded = [await self._registry.load(one) for one in dict.fromkeys(prompt_ids)]
        versions = {one.id: one.checked().version for one in loaded}
        bases: Mapping[str, Baseline] = {}
        if not (options.force and options.level):
            bases = await self._bases(list(versions), against, required=options.level is None)
        changes = await self._changes(comparer, bases)
        bumps = [_plan_one(one, bases.get(one.id), changes.get(one.id, ()), options.level) for one in loaded]
        return await self._skip_used(bumps, tip, required=options.level is None)

    async def _all(self, comparer: PromptComparer, against: StoredSnapshot | None) -> Sequence[str]:
        if against is None:
            return await self._registry.working_tree.ids()
        affected = await comparer.affected(self._needed_store(), against, Tree.WORKING)
        return [*affected.changed, *affected.includers]

    async def _write(self, bumps: Sequence[Bump]) -> list[tuple[LoadedPrompt, bytes]]:
        """Write the versions, and return each file before the write with its new content."""
        written: list[tuple[LoadedPrompt, bytes]] = []
        for bump in bumps:
            loaded = await self._registry.load(bump.prompt_id)
            if loaded.source is None or loaded.checked().version != bump.old:
                message = f"{loaded.path} was changed meanwhile; nothing was written"
                raise StorageConflictError(message, prompt_id=loaded.id, path=loaded.path)
            content = loaded.source.replace_scalar(("version",), str(bump.new)).content
            self._registry.parse(content, bump.prompt_id).checked()
            written.append((loaded, content))
        async with self._registry.transaction() as transaction:
            for loaded, content in written:
                transaction.replace(loaded, content)
        for bump in bumps:
            log("info", "prompt_bumped", prompt_id=bump.prompt_id, old=str(bump.old), new=str(bump.new))
        return written

    async def _with_uncommitted(self, bumps: Sequence[Bump], waiting: Sequence[str]) -> list[Bump]:
        """Count a version that an earlier bump wrote and did not commit as bumped from HEAD's."""
        try:
            head = await self._needed_store().tip("HEAD")
        except HistoryError as error:
            if error.reason not in _NO_HISTORY:
                raise
            return list(bumps)
        committed = await head.read_many(waiting)
        versions = {one: self._version_at(head, one, content) for one, content in committed.items()}
        return [one._replace(old=min(versions.get(one.prompt_id, one.old), one.old)) for one in bumps]

    async def _commit_and_tag(
        self, bumps: Sequence[Bump], written: Sequence[str], message: str | None, tags: Sequence[str]
    ) -> str:
        commit = await self._commit(bumps, written, message)
        if tags:
            await self._needed_store().tag(tags, commit)
        return commit

    async def _commit(self, bumps: Sequence[Bump], uncommitted: Sequence[str], message: str | None) -> str:
        """Write the versions that are not in the files yet, and commit all."""
        store = self._needed_store()
        for prompt_id, status in (await store.statuses([one.prompt_id for one in bumps])).items():
            if status in _NOT_COMMITTABLE:
                raise HistoryError(
                    f"{self._registry.path_of(prompt_id)} is {status.value}; nothing was written",
                    prompt_id=prompt_id,
                    path=self._registry.path_of(prompt_id),
                    help="stage all of the file or none of it, or bump without --commit",
                )
        written = await self._write([one for one in bumps if one.prompt_id not in uncommitted])
        try:
            return await store.commit([one.prompt_id for one in bumps], commit_message(bumps, message))
        except HistoryError as error:
            if error.reason is not GitProblem.AFTER_COMMIT:
                await self._restore(written, error)
            raise

    async def _restore(self, written: Sequence[tuple[LoadedPrompt, bytes]], cause: HistoryError) -> None:
        """Restore files whose commit failed: with an explicit level the next attempt would bump them again."""
        try:
            async with self._registry.transaction() as transaction:
                for loaded, content in written:
                    transaction.replace(loaded._replace(content=content), loaded.content)
        except StorageError as error:
            paths = ", ".join(loaded.path for loaded, _ in written)
            raise HistoryError(
                f"{cause}; {paths}: bumped and not committed, and not restored: {error}",
                help=f"run the command again without a level to commit; {cause.help}",
                reason=cause.reason,
            ) from cause

    async def _bases(
        self, prompt_ids: Sequence[str], against: StoredSnapshot | None, *, required: bool
    ) -> dict[str, Baseline]:
        """Find the old side of each prompt; a new prompt has none."""
        try:
            store = self._needed_store()
            start = against or await store.tip("HEAD")
        except HistoryError as error:
            if required or error.reason not in _NO_HISTORY:
                raise
            return {}
        contents = await start.read_many(prompt_ids)
        versions = {one: self._version_at(start, one, content) for one, content in contents.items()}
        if against:
            return {one: Baseline(version, start) for one, version in versions.items()}
        firsts = await store.first_commits_of(versions)
        return {one: Baseline(versions[one], first) for one, first in firsts.items()}

    def _version_at(self, at: StoredSnapshot, prompt_id: str, content: bytes) -> SemanticVersion:
        try:
            return self._registry.parse(content, prompt_id).checked().version
        except PromptFormatError as error:
            raise HistoryError(
                f"it cannot be told what changed in {prompt_id}: at {at.label} it is broken: {error}",
                prompt_id=prompt_id,
                version=at.label,
                help=f"commit it as it is now; or `prompt-cli bump {prompt_id} LEVEL --force` asks for no reasons",
            ) from error

    def _needed_store(self) -> ChangeStoreProtocol:
        if self._store is None:
            raise HistoryError(
                "these prompts have no history, so it cannot be told what changed",
                reason=GitProblem.NO_REPOSITORY,
                help="say by how much: major, minor or patch",
            )
        return self._store

    async def _changes(self, comparer: PromptComparer, bases: Mapping[str, Baseline]) -> dict[str, tuple[Change, ...]]:
        working = self._registry.working_tree
        pairs = [
            (PromptAt(one, base.snapshot, str(base.version)), PromptAt(one, working, str(Tree.WORKING)))
            for one, base in bases.items()
        ]
        return dict(zip(bases, await comparer.changes(pairs), strict=True))

    async def _skip_used(self, bumps: Sequence[Bump], tip: StoredSnapshot | None, *, required: bool) -> list[Bump]:
        """Skip versions that are in the history already: a version has one content."""
        bumped = [one.prompt_id for one in bumps if one.is_bumped]
        if not bumped:
            return list(bumps)
        try:
            store = self._needed_store()
            histories = [await store.versions_many(bumped, at=at) for at in ((None, tip) if tip else (None,))]
        except HistoryError as error:
            if required or error.reason not in _NO_LIST:
                raise
            return list(bumps)
        used = {one: {version.version for history in histories for version in history[one]} for one in bumped}
        return [_skip(one, used.get(one.prompt_id, ())) for one in bumps]


async def _complete(work: Awaitable[Result]) -> Result:
    """Await work that must not stop half way; a cancellation is raised after its end."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError as stop:
        while not task.done():
            with suppress(asyncio.CancelledError):  # raised below
                await asyncio.wait([task])
        raise stop from task.exception()


def _plan_one(loaded: LoadedPrompt, base: Baseline | None, changes: tuple[Change, ...], level: Level | None) -> Bump:
    current = loaded.checked().version
    requested = current.bump(level or Level.NONE)
    if base is None:
        return Bump(loaded.id, loaded.path, current, requested)
    least = required_version(base.version, level_of(changes))
    if level is None:
        return Bump(loaded.id, loaded.path, current, max(current, least), level_of(changes), changes)
    if requested < least:
        raise _too_low(loaded.id, requested, base, changes)
    return Bump(loaded.id, loaded.path, current, requested, level_of(changes), changes)


def _skip(bump: Bump, used: Collection[SemanticVersion]) -> Bump:
    new = bump.new
    if not bump.is_bumped:
        return bump
    while new in used:
        new = new.bump(declared_level(bump.old, bump.new) or Level.PATCH)
    return bump._replace(new=new)


def _too_low(prompt_id: str, requested: SemanticVersion, base: Baseline, changes: Sequence[Change]) -> LevelError:
    worst = max(changes, key=lambda one: one.level)
    least = required_version(base.version, worst.level)
    return LevelError(
        f"{prompt_id} cannot become {requested}: it needs {least} at least, since {base.version} {worst.message}",
        prompt_id=prompt_id,
        version=str(requested),
        help=f"`prompt-cli bump {prompt_id}` raises it by what it needs; --force takes the level as it is",
    )


def commit_message(bumps: Sequence[Bump], message: str | None = None) -> str:
    """Return the message of a commit that bumps versions: a subject, the versions and the changes."""
    first = bumps[0]
    subject = f"Bump {first.prompt_id} from {first.old} to {first.new}"
    if len(bumps) > 1:
        subject = f"Bump {len(bumps)} prompts"
    lines: list[str] = []
    for bump in bumps:
        if len(bumps) > 1 or message is not None:
            lines.append(f"{bump.prompt_id}: {bump.old} -> {bump.new}")
        lines += [f"- {change.message}" for change in bump.changes if change.level]
    return "\n".join([subject if message is None else message, *([""] if lines else []), *lines])
