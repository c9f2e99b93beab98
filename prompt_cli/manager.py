"""The asynchronous Python API: get, render, compare and change prompts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, Self

from prompt_cli.binder import bind_resolved
from prompt_cli.domain.revision import Tree, parse_revision
from prompt_cli.errors import (
    HistoryError,
    PromptManagerError,
    PromptNotFoundError,
    RenderManyError,
    StorageError,
)
from prompt_cli.log import log
from prompt_cli.registry import LRUCache, PromptRegistry
from prompt_cli.resolver import PromptResolver, ResolvedPrompt
from prompt_cli.settings import DEFAULTS
from prompt_cli.storage.loader import version_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence
    from pathlib import Path

    from prompt_cli.bump import Bump, BumpOptions
    from prompt_cli.changes.comparer import PromptComparer
    from prompt_cli.changes.comparison import PromptComparison
    from prompt_cli.domain.json_values import JsonObject
    from prompt_cli.domain.message import Message
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.domain.protocols import Snapshot
    from prompt_cli.domain.revision import PromptReference, Revision, RevisionLike
    from prompt_cli.domain.version import Level
    from prompt_cli.engines.bound import BoundPrompt
    from prompt_cli.engines.protocol import TemplateEngineProtocol
    from prompt_cli.history.protocol import PromptVersion, StoredSnapshot, VersionStoreProtocol
    from prompt_cli.settings import Settings
    from prompt_cli.storage.loader import LoadedPrompt
    from prompt_cli.storage.project import Project


class RenderRequest(NamedTuple):
    """A prompt to render with `PromptManager.render_many`.

    Attributes:
        prompt_id: The id of the prompt.
        variables: The values of its variables.
        version: The revision to render; None is the working tree.
    """

    prompt_id: str
    variables: JsonObject
    version: RevisionLike = None


def _require_texts(outcomes: Sequence[str | BaseException]) -> list[str]:
    """Return the rendered texts if every outcome is one.

    Raises:
        RenderManyError: Some prompts could not be rendered; it holds the errors, and the other results by index.
        BaseException: An outcome that is not an error of a prompt is raised unchanged.
    """
    results = {n: outcome for n, outcome in enumerate(outcomes) if isinstance(outcome, str)}
    errors = [outcome for outcome in outcomes if isinstance(outcome, PromptManagerError)]
    for outcome in outcomes:
        if not isinstance(outcome, str | PromptManagerError):
            raise outcome
    if errors:
        raise RenderManyError(f"{len(errors)} of {len(outcomes)} prompts could not be rendered", errors, results)
    return list(results.values())


_CACHED_PROMPTS = 256
_ATTEMPTS = 3


class PromptManager:
    """Gets, renders, compares and changes prompts.

    Args:
        registry: The prompts of the working tree.
        template_engine: The engine that renders templates; by default the project's own Handlebars.
        version_store: The store of versions; by default git, if the registry's storage is a directory.
        settings: The project's settings.
        settings_paths: Absolute paths of settings files; a comparison reads them from the old commit.
        on_notice: Called with a sentence that the user must know about a result; by default it is logged.

    >>> import asyncio
    >>> from prompt_cli import InMemoryStorage
    >>> manager = PromptManager(PromptRegistry(InMemoryStorage({"greeting": '''
    ... id: greeting
    ... version: 1.0.0
    ... format: text
    ... variables: {name: {type: string}}
    ... template: Hello {{name}}!
    ... '''})))
    >>> asyncio.run(manager.render("greeting", {"name": "Ada"}))
    'Hello Ada!'
    """

    def __init__(
        self,
        registry: PromptRegistry,
        template_engine: TemplateEngineProtocol | None = None,
        version_store: VersionStoreProtocol | None = None,
        *,
        settings: Settings = DEFAULTS,
        settings_paths: Sequence[Path] = (),
        on_notice: Callable[[str], None] = lambda notice: log("warning", "notice_given", notice=notice),
    ) -> None:
        self.registry = registry
        self.settings = settings
        self._settings_paths = settings_paths
        self.on_notice = on_notice
        self._engine = template_engine
        self._version_store = version_store
        self._bound: LRUCache[BoundPrompt] = LRUCache(_CACHED_PROMPTS)

    @classmethod
    def of_project(
        cls,
        project: Project,
        template_engine: TemplateEngineProtocol | None = None,
        version_store: VersionStoreProtocol | None = None,
        *,
        on_notice: Callable[[str], None],
    ) -> Self:
        """Return the manager of a project's prompt directory."""
        from prompt_cli.storage.directory import DirectoryStorage  # memory needs no files

        storage = DirectoryStorage(project.directory, on_notice=on_notice)
        return cls(
            PromptRegistry(storage, project.path_of),
            template_engine,
            version_store,
            settings=project.settings,
            settings_paths=project.settings_paths,
            on_notice=on_notice,
        )

    @property
    def template_engine(self) -> TemplateEngineProtocol:
        """The engine that renders templates."""
        if self._engine is None:
            from prompt_cli.engines.handlebars import HandlebarsEngine  # not all render

            self._engine = HandlebarsEngine()
        return self._engine

    @property
    def version_store(self) -> VersionStoreProtocol:
        """The store of versions.

        Raises:
            HistoryError: The prompts are in memory and have no history.
        """
        if self._version_store is None:
            self._version_store = _git_store(self.registry)
        return self._version_store

    async def get(self, prompt_id: str, *, version: RevisionLike = None) -> Prompt:
        """Return a prompt.

        Args:
            prompt_id: The id of the prompt.
            version: A revision: a version, a range, a commit, ``:staged``; None is the working tree.

        Raises:
            PromptNotFoundError: The prompt does not exist at this revision.
            VersionNotFoundError: The prompt does not have this version.
            PromptFormatError: The file is invalid.
            StorageError: The file could not be read.
            HistoryError: Git failed.
        """
        return (await self.load(prompt_id, version=version)).checked()

    async def load(self, prompt_id: str, *, version: RevisionLike = None) -> LoadedPrompt:
        """Return the parsed file of a prompt; raises as `get`, but an invalid file is part of the result."""
        return await self._load(prompt_id, parse_revision(version))

    async def _load(self, prompt_id: str, revision: Revision) -> LoadedPrompt:
        if revision is Tree.WORKING:
            return await self.registry.load(prompt_id)
        snapshot = await self.snapshot(prompt_id, revision)
        contents = await snapshot.read_many([prompt_id])
        if prompt_id not in contents:
            raise PromptNotFoundError(prompt_id, revision)
        return self.registry.parse(contents[prompt_id], prompt_id)

    def list_prompts(self) -> AsyncIterator[Prompt]:
        """Yield the prompts of the working tree, sorted by id.

        Raises:
            PromptErrorGroup: Some files are invalid; raised after the last prompt, with a `PromptFormatError` for each.
            StorageError: A file could not be read.
        """
        return self.registry.list_prompts()

    async def create_prompt(self, prompt: Prompt, *, changelog: str | None = None) -> None:
        """Add a prompt.

        Args:
            prompt: The prompt.
            changelog: A commit message; if given, the new file is committed with it.

        Raises:
            PromptExistsError: The id is taken; nothing is overwritten.
            TemplateSyntaxError: A template cannot be parsed.
            StorageError: The file could not be written.
            HistoryError: The commit failed; the file is written.
        """
        store = None if changelog is None else self.version_store
        await self.registry.create(prompt)
        log("info", "prompt_created", prompt_id=prompt.id)
        if store is not None and changelog is not None:
            await store.commit([prompt.id], changelog)

    async def save(self, prompt: Prompt) -> None:
        """Write a changed prompt to its file; raises as `PromptRegistry.save`."""
        await self.registry.save(prompt)
        log("info", "prompt_saved", prompt_id=prompt.id)

    async def bind(self, prompt_id: str, *, version: RevisionLike = None, use_cache: bool = True) -> BoundPrompt:
        """Return a prompt and its partials from one snapshot, compiled; raises as `render`."""
        return self.bound(await self.resolve(prompt_id, parse_revision(version)), use_cache=use_cache)

    def bound(self, resolved: ResolvedPrompt, *, use_cache: bool = True) -> BoundPrompt:
        """Return a resolved prompt, compiled.

        Raises:
            PromptFormatError: The file is invalid.
            TemplateSyntaxError: A template cannot be parsed.
            TemplateError: A partial cannot be included.
        """
        log("debug", "prompt_resolved", prompt_id=resolved.loaded.id, digest=resolved.digest)
        if not use_cache:
            return bind_resolved(resolved, self.template_engine)
        key = (resolved.loaded.id, resolved.digest)
        return self._bound.get(key, lambda: bind_resolved(resolved, self.template_engine))

    async def render(
        self,
        prompt_id: str,
        variables: JsonObject | None = None,
        *,
        version: RevisionLike = None,
        use_cache: bool = True,
    ) -> str:
        """Render a prompt as one text.

        Args:
            prompt_id: The id of the prompt.
            variables: The values of its variables.
            version: A revision; None is the working tree.
            use_cache: Whether to reuse compiled templates of the same content. Rendered text is never cached.

        Raises:
            PromptNotFoundError: The prompt does not exist at this revision.
            VersionNotFoundError: The prompt does not have this version.
            PromptFormatError: The file is invalid.
            VariableError: The values do not fit its variables.
            TemplateSyntaxError: A template cannot be parsed.
            TemplateError: A partial cannot be included.
            TemplateRenderError: A template cannot be rendered with these values.
            StorageError: A file could not be read.
            HistoryError: Git failed.
        """
        bound = await self.bind(prompt_id, version=version, use_cache=use_cache)
        return bound.render(variables or {})

    async def render_messages(
        self,
        prompt_id: str,
        variables: JsonObject | None = None,
        *,
        version: RevisionLike = None,
        use_cache: bool = True,
    ) -> tuple[Message, ...]:
        """Render a prompt as messages; arguments and errors are those of `render`."""
        bound = await self.bind(prompt_id, version=version, use_cache=use_cache)
        return bound.render_messages(variables or {})

    async def render_many(self, requests: Iterable[RenderRequest | tuple[str, JsonObject]]) -> list[str]:
        """Render several prompts at once; the texts are in the order of the requests.

        Raises:
            RenderManyError: Some prompts could not be rendered; it holds the errors, and the other results by index.
        """
        all_requests = [RenderRequest(*request) for request in requests]
        outcomes = await asyncio.gather(
            *(self.render(one.prompt_id, one.variables, version=one.version) for one in all_requests),
            return_exceptions=True,
        )
        return _require_texts(outcomes)

    async def render_with_retry(
        self,
        prompt_id: str,
        variables: JsonObject | None = None,
        *,
        version: RevisionLike = None,
        attempts: int = _ATTEMPTS,
        backoff: float = 0.1,
    ) -> str:
        """Render a prompt, and retry after transient errors of the storage.

        Args:
            prompt_id: The id of the prompt.
            variables: The values of its variables.
            version: A revision; None is the working tree.
            attempts: The maximum number of attempts.
            backoff: Seconds to wait before the second attempt; each further wait is twice as long.

        Raises:
            StorageError: The storage failed at every attempt, or its error is not transient.
            PromptManagerError: As `render`, without a retry: an error of a prompt does not pass.
        """
        for attempt in range(attempts - 1):
            try:
                return await self.render(prompt_id, variables, version=version)
            except StorageError as error:
                if not error.transient:
                    raise
                log("warning", "render_retried", prompt_id=prompt_id, attempt=attempt + 1, error=error.message)
                await asyncio.sleep(backoff * 2**attempt)
        return await self.render(prompt_id, variables, version=version)

    async def versions(self, prompt_id: str) -> Sequence[PromptVersion]:
        """Return the versions of a prompt, newest first.

        Raises:
            PromptNotFoundError: No commit has the prompt.
            HistoryError: Git failed.
        """
        return await self.version_store.versions(prompt_id)

    async def bump(
        self,
        prompt_id: str,
        level: Level | str | None = None,
        *,
        commit: bool = False,
        message: str | None = None,
        force: bool = False,
        dry_run: bool = False,
    ) -> Bump:
        """Bump the version of a prompt; no other byte of its file changes.

        Args:
            prompt_id: The id of the prompt.
            level: ``major``, ``minor`` or ``patch``; None is the level that its changes need, which may be none.
            commit: Whether to commit this file alone; other staged changes stay staged.
            message: The commit message; the version and the changes are listed below it.
            force: Whether the level may be lower than what the changes need.
            dry_run: Whether to return the plan without writing.

        Raises:
            PromptManagerError: As `bump_many`.
        """
        from prompt_cli.bump import BumpOptions  # few commands bump
        from prompt_cli.domain.version import Level

        parsed = level if level is None or isinstance(level, Level) else Level.parse(level)
        options = BumpOptions(parsed, force=force, commit=commit, message=message, dry_run=dry_run)
        (done,) = await self.bump_many([prompt_id], options)
        return done

    async def bump_many(self, prompt_ids: Sequence[str] | None, options: BumpOptions) -> tuple[Bump, ...]:
        """Bump the versions of several prompts, all or none.

        Args:
            prompt_ids: The ids; None means every prompt, or those that changed against `BumpOptions.against`.
            options: The options, the same for each prompt.

        Returns:
            The version of each prompt before and after, also of those that need no bump.

        Raises:
            PromptNotFoundError: A prompt does not exist.
            PromptFormatError: A file is invalid.
            TemplateError: A template or partial cannot be read, so its changes are unknown.
            LevelError: The level is lower than what the changes need.
            HistoryError: Git failed or refused the commit; the files are as they were.
            StorageError: A file could not be written.
        """
        from prompt_cli.bump import PromptBumper  # as above

        return await PromptBumper(self.registry, self._store_or_none(), self._comparer).bump(prompt_ids, options)

    async def diff(self, old: PromptReference, new: PromptReference) -> PromptComparison:
        """Compare a prompt at two revisions, or two prompts.

        Args:
            old: The old side.
            new: The new side.

        Raises:
            PromptNotFoundError: Neither side has the prompt.
            VersionNotFoundError: The prompt does not have this version.
            StorageError: A file could not be read.
            HistoryError: Git failed.
        """
        return await (await self._comparer()).between(old, new)

    async def diff_against(
        self, ref: str, *, staged: bool = False, direct: bool = False, wanted: Callable[[str], bool] = lambda _: True
    ) -> list[PromptComparison]:
        """Compare the prompts that changed since the merge base of HEAD and a commit, and those that include them.

        Args:
            ref: The commit, by any name that git accepts.
            staged: Whether the new side is the index instead of the working tree.
            direct: Whether the old side is the commit itself instead of the merge base.
            wanted: A filter of prompt ids.

        Raises:
            StorageError: A file could not be read.
            HistoryError: Git failed: the commit does not exist, or a shallow clone lacks the merge base.
            SettingsError: The settings of the old side cannot be used.
        """
        store = self.version_store
        old = await (store.tip(ref) if direct else store.merge_base(ref))
        new = await store.snapshot("", Tree.INDEX) if staged else Tree.WORKING
        return await (await self._comparer(old)).against(store, old, new, label=ref, wanted=wanted)

    async def _comparer(self, judge: StoredSnapshot | None = None) -> PromptComparer:
        """Return a comparer with the levels that a commit's settings set; without a commit, those of this project."""
        from prompt_cli.changes.comparer import PromptComparer, settings_at  # few commands compare

        settings = self.settings
        if judge is not None:
            settings = await settings_at(self.version_store, judge, self._settings_paths)
        return PromptComparer(self.registry, self.snapshot, settings.levels)

    async def resolve(self, prompt_id: str, revision: Revision, snapshot: Snapshot | None = None) -> ResolvedPrompt:
        """Return a prompt at a revision with its partials; raises as `get`, but a fault is part of the result.

        Args:
            prompt_id: The id of the prompt.
            revision: The revision.
            snapshot: The state that the revision names, if the caller has it.
        """
        resolver = PromptResolver(self.snapshot, self.registry.parse)
        try:
            return await resolver.resolve(prompt_id, snapshot or await self.snapshot(prompt_id, revision))
        except PromptNotFoundError as error:
            at = None if revision is Tree.WORKING else revision
            raise PromptNotFoundError(error.prompt_id, at, near=error.near) from None

    async def snapshot(self, prompt_id: str, revision: Revision) -> Snapshot:
        """Return the state of all prompts that a revision of one prompt names.

        Raises:
            PromptNotFoundError: No commit has the prompt.
            VersionNotFoundError: The prompt does not have this version.
            HistoryError: Git failed.
        """
        if revision is Tree.WORKING:
            return self.registry.storage
        snapshot = await self.version_store.snapshot(prompt_id, revision)
        if snapshot.notice:
            self.on_notice(snapshot.notice)
        return snapshot

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Leave the block; the manager holds nothing open between calls."""

    def _store_or_none(self) -> VersionStoreProtocol | None:
        from prompt_cli.storage.directory import DirectoryStorage  # memory needs no files

        has_history = self._version_store is not None or isinstance(self.registry.storage, DirectoryStorage)
        return self.version_store if has_history else None


def _git_store(registry: PromptRegistry) -> VersionStoreProtocol:
    from prompt_cli.history.version_store import GitVersionStore  # most commands need no history
    from prompt_cli.storage.directory import DirectoryStorage  # memory needs no files

    storage = registry.storage
    if not isinstance(storage, DirectoryStorage):
        raise HistoryError("there is no history: these prompts are not in a directory", help="give a version_store")
    return GitVersionStore(storage.root, version_of=version_in)
