"""The asynchronous Python API: get, render, check, compare and change prompts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial, reduce
from os import PathLike
from typing import TYPE_CHECKING, Self

from prompt_cli.domain.json_values import JsonObject
from prompt_cli.domain.message import Message
from prompt_cli.domain.prompt import Prompt
from prompt_cli.domain.revision import PromptReference, RevisionLike, parse_reference, reference_of
from prompt_cli.domain.version import Level, SemanticVersion
from prompt_cli.engines.bound import BoundPrompt
from prompt_cli.engines.protocol import TemplateEngineProtocol
from prompt_cli.errors import PromptManagerError
from prompt_cli.log import boundary, log, log_failure
from prompt_cli.registry import PromptRegistry
from prompt_cli.renderer import Renderer, RenderRequest, render_all, retry
from prompt_cli.workspace import Workspace, import_renderer, log_notice, open_workspace

if TYPE_CHECKING:
    from prompt_cli.changes.comparison import PromptComparison
    from prompt_cli.domain.bump import Bump, BumpOptions
    from prompt_cli.domain.finding import Report, Severity
    from prompt_cli.engines.rendered import RenderedPrompt
    from prompt_cli.history.protocol import PromptVersion, VersionStoreProtocol
    from prompt_cli.move import Move
    from prompt_cli.sync import SyncPromptManager


class PromptManager:
    """Gets, renders, checks, compares and changes prompts.

    A prompt is named by its id, or with a revision as ``ID@REVISION``: ``greeting@1.0.0``, ``greeting@^1.2``,
    ``greeting@HEAD~3``, ``greeting@:staged``. Without a revision it is the file in the working tree.

    Args:
        registry: The prompts of the working tree.
        template_engine: The engine that renders templates; by default the project's own Handlebars.
        version_store: The store of versions; by default git, if the registry's storage is a directory.
        on_notice: Called with a sentence that the user must know about a result; by default it is logged.

    Examples:
        >>> import asyncio
        >>> from prompt_cli import InMemoryStorage, PromptManager, PromptRegistry
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
        on_notice: Callable[[str], None] = log_notice,
    ) -> None:
        if not isinstance(registry, PromptRegistry):
            raise TypeError(f"expected a PromptRegistry, not {type(registry).__name__}")
        self._workspace = Workspace(registry, None, template_engine, version_store, on_notice=on_notice)
        self._renderer = Renderer(self._workspace)

    @classmethod
    def _of(cls, workspace: Workspace) -> Self:
        manager = cls(workspace.registry)
        manager._workspace, manager._renderer = workspace, Renderer(workspace)
        return manager

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        path: str | PathLike[str] = ".",
        *,
        directory: str | PathLike[str] | None = None,
        template_engine: TemplateEngineProtocol | None = None,
        on_notice: Callable[[str], None] = log_notice,
    ) -> AsyncIterator[Self]:
        """Open the project around a path, as the command does: its prompt directory, settings and git repository.

        Args:
            path: A directory of the project; the settings, or a directory ``prompts``, are there or above it.
            directory: The prompt directory, relative to `path`; None finds it.
            template_engine: The engine that renders templates; by default the project's own Handlebars.
            on_notice: Called with a sentence that the user must know about a result; by default it is logged.

        Yields:
            The manager.

        Raises:
            SettingsError: A settings file cannot be used.
            StorageError: The path is not a directory, or a file could not be read.

        Examples:
            >>> async def main():
            ...     async with PromptManager.open() as manager:
            ...         return await manager.render("shared/tone", {"tone": "formal"})
            >>> print(asyncio.run(main()))
            Tone: formal. Full sentences, no contractions, no exclamation marks, no emoji.
            <BLANKLINE>
        """
        workspace = await asyncio.to_thread(open_workspace, path, directory, template_engine, on_notice)
        await asyncio.to_thread(import_renderer)
        yield cls._of(workspace)

    @staticmethod
    def open_sync(
        path: str | PathLike[str] = ".",
        *,
        directory: str | PathLike[str] | None = None,
        template_engine: TemplateEngineProtocol | None = None,
        on_notice: Callable[[str], None] = log_notice,
    ) -> SyncPromptManager:
        """Open the project around a path for code without an event loop.

        Args:
            path: As for `open`.
            directory: As for `open`.
            template_engine: As for `open`.
            on_notice: As for `open`.

        Returns:
            The manager; ``with`` or ``close()`` ends its thread.

        Examples:
            >>> with PromptManager.open_sync() as manager:
            ...     print(manager.render("shared/tone", {"tone": "formal"}))
            Tone: formal. Full sentences, no contractions, no exclamation marks, no emoji.
            <BLANKLINE>
        """
        from prompt_cli.sync import SyncPromptManager  # most code is asynchronous

        return SyncPromptManager(manager_of(open_workspace(path, directory, template_engine, on_notice)))

    @property
    def registry(self) -> PromptRegistry:
        """The prompts of the working tree."""
        return self._workspace.registry

    @property
    def template_engine(self) -> TemplateEngineProtocol:
        """The engine that renders templates."""
        return self._workspace.template_engine

    @property
    def version_store(self) -> VersionStoreProtocol:
        """The store of versions.

        Raises:
            HistoryError: The prompts are in no directory, so they have no history.
        """
        return self._workspace.version_store

    @boundary(of_prompt=True)
    async def get(self, prompt_id: str, *, version: RevisionLike = None) -> Prompt:
        """Return a prompt.

        Args:
            prompt_id: The prompt, ``ID`` or ``ID@REVISION``.
            version: The revision, if not in `prompt_id`: a version, a range, a commit or ``:staged``.

        Returns:
            The prompt; it cannot be changed, but `Prompt.clone` returns a changed copy.

        Raises:
            PromptNotFoundError: The prompt does not exist at this revision.
            VersionNotFoundError: The prompt does not have this version.
            PromptFormatError: The file is invalid.
            StorageError: The file could not be read.
            HistoryError: Git failed.
        """
        return (await self._workspace.load(*reference_of(prompt_id, version))).checked()

    async def list_prompts(self) -> AsyncIterator[Prompt]:
        """Yield the prompts of the working tree, sorted by id.

        Yields:
            Each valid prompt.

        Raises:
            PromptErrorGroup: Some files are invalid; raised after the last prompt, with a `PromptFormatError` for each.
            StorageError: A file could not be read.
        """
        try:
            async for prompt in self.registry.list_prompts():
                yield prompt
        except PromptManagerError as error:
            log_failure(error, "list_prompts")
            raise

    @boundary()
    async def create_prompt(self, prompt: Prompt, *, changelog: str | None = None) -> Prompt:
        """Add a prompt.

        Args:
            prompt: The prompt.
            changelog: A commit message; if given, the new file is committed with it.

        Returns:
            The prompt as its file holds it.

        Raises:
            PromptExistsError: The id is taken; nothing is overwritten.
            InvalidValueError: The changelog is empty, or git cannot take it.
            TemplateSyntaxError: A template cannot be parsed.
            StorageError: The file could not be written.
            HistoryError: The commit failed; the file is written.
        """
        await self._workspace.create(prompt, changelog)
        return await self.registry.get(prompt.id)

    @boundary()
    async def save(self, prompt: Prompt) -> Prompt:
        """Write a changed prompt to its file; every unchanged byte, comments included, stays.

        Args:
            prompt: The prompt, for example a `Prompt.clone`.

        Returns:
            The prompt as its file holds it.

        Raises:
            PromptNotFoundError: The prompt does not exist.
            TemplateSyntaxError: A template cannot be parsed.
            StorageConflictError: The file changed meanwhile.
            StorageError: The file could not be written.
        """
        await self.registry.save(prompt, self.template_engine)
        return await self.registry.get(prompt.id)

    @boundary()
    async def move(self, old: str, new: str, *, dry_run: bool = False) -> Move:
        """Rename a prompt: its file, the id in it, and every include of it; all files are written, or none.

        Every other byte stays. Includes of a committed version stay too: the old id still names that version.

        Args:
            old: The id of the prompt.
            new: The new id.
            dry_run: Whether to return the plan without writing.

        Returns:
            The rename, with the prompts whose includes changed.

        Raises:
            PromptIdError: An id is invalid, or both are the same.
            PromptNotFoundError: The prompt does not exist.
            PromptExistsError: The new id is taken.
            PromptFormatError: The prompt, or a prompt that includes it, is invalid.
            TemplateSyntaxError: A template of a prompt that may include it cannot be parsed.
            StorageConflictError: A file changed meanwhile.
            StorageError: An include cannot be changed in place, or a file could not be read or written.
        """
        from prompt_cli.move import move_prompt  # few rename

        return await move_prompt(self._workspace, old, new, dry_run=dry_run)

    @boundary(of_prompt=True)
    async def bind(self, prompt_id: str, *, version: RevisionLike = None, use_cache: bool = True) -> BoundPrompt:
        """Return a prompt and its partials from one snapshot, compiled, to render it many times.

        Args:
            prompt_id: The prompt, ``ID`` or ``ID@REVISION``.
            version: The revision, if not in `prompt_id`.
            use_cache: Whether to reuse compiled templates of the same content.

        Returns:
            The compiled prompt; rendering it does no I/O.

        Raises:
            PromptManagerError: As `render`, but for `VariableError` and `TemplateRenderError`.
        """
        resolved = await self._renderer.resolve(prompt_id, version)
        bound, _ = await self._renderer.bind(resolved, use_cache=use_cache)
        return bound

    @boundary(of_prompt=True)
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
            prompt_id: The prompt, ``ID`` or ``ID@REVISION``.
            variables: The values of its variables.
            version: The revision, if not in `prompt_id`.
            use_cache: Whether to reuse compiled templates of the same content. Rendered text is never cached.

        Returns:
            The text; of a chat, the messages, each below its role.

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
        return await self._renderer.render(BoundPrompt.render, prompt_id, variables, version, use_cache=use_cache)

    @boundary(of_prompt=True)
    async def render_messages(
        self,
        prompt_id: str,
        variables: JsonObject | None = None,
        *,
        version: RevisionLike = None,
        use_cache: bool = True,
    ) -> tuple[Message, ...]:
        """Render a prompt as messages; see `PromptManager.render`.

        Returns:
            The messages, one of the user unless the prompt is a chat; `Message.to_json` writes one for providers.
        """
        return await self._renderer.render(
            BoundPrompt.render_messages, prompt_id, variables, version, use_cache=use_cache
        )

    @boundary(of_prompt=True)
    async def render_prompt(
        self,
        prompt_id: str,
        variables: JsonObject | None = None,
        *,
        version: RevisionLike = None,
        use_cache: bool = True,
    ) -> RenderedPrompt:
        """Render a prompt as messages, with the request to a provider and the telemetry; see `PromptManager.render`."""
        return await self._renderer.render(
            BoundPrompt.render_prompt, prompt_id, variables, version, use_cache=use_cache
        )

    async def render_many(self, requests: Iterable[RenderRequest | tuple[str, JsonObject]]) -> list[str]:
        """Render several prompts at once.

        Args:
            requests: The prompts, each with its values; a pair of id and values will do.

        Returns:
            The texts, in the order of the requests.

        Raises:
            RenderManyError: Some prompts could not be rendered; it holds the errors, and the other results by index.
        """
        return await render_all(
            [RenderRequest(*request) for request in requests],
            lambda one: self.render(one.prompt_id, one.variables, version=one.version),
        )

    @boundary(of_prompt=True)
    async def render_with_retry(
        self,
        prompt_id: str,
        variables: JsonObject | None = None,
        *,
        version: RevisionLike = None,
        max_retries: int = 3,
        backoff: float = 0.1,
    ) -> str:
        """Render a prompt, and try again after transient errors of the storage.

        Args:
            prompt_id: The prompt, ``ID`` or ``ID@REVISION``.
            variables: The values of its variables.
            version: The revision, if not in `prompt_id`.
            max_retries: The maximum number of attempts, the first one included.
            backoff: Seconds to wait before the second attempt; each further wait is twice as long.

        Returns:
            The text.

        Raises:
            InvalidValueError: `max_retries` is less than 1, or `backoff` is negative or infinite.
            StorageError: The storage failed at every attempt, or its error is not transient.
            PromptManagerError: As `render`, without a retry: an error of a prompt does not pass.
        """
        return await retry(
            lambda: self._renderer.render(BoundPrompt.render, prompt_id, variables, version),
            prompt_id,
            max_retries=max_retries,
            backoff=backoff,
        )

    @boundary(of_prompt=True)
    async def versions(self, prompt_id: str) -> Sequence[PromptVersion]:
        """Return the versions of a prompt, newest first.

        Args:
            prompt_id: The id of the prompt.

        Returns:
            Each version with its newest commit.

        Raises:
            PromptNotFoundError: No commit has the prompt.
            HistoryError: Git failed.
        """
        versions = await self.version_store.versions(prompt_id)
        log("info", "versions_listed", prompt_id=prompt_id, versions=len(versions))
        return versions

    @boundary()
    async def validate(
        self,
        targets: str | Sequence[str] = (),
        *,
        against: str | None = None,
        staged: bool = False,
        select: str | Sequence[str] | None = None,
        ignore: str | Sequence[str] = (),
        severity: Mapping[str, Severity | str] | None = None,
        fail_on: Severity | str | None = None,
    ) -> Report:
        """Check prompts by the rules, as ``prompt-cli validate`` does; nothing is written.

        Args:
            targets: Ids, patterns of ids (``support/*``), and paths from the current directory;
                every prompt, or the whole change, if empty.
            against: A commit; check what changed since its merge base with HEAD, versions too, by the settings there.
            staged: Whether to check what is staged instead of the working tree, versions too.
            select: Codes of the rules to apply, or their beginnings (``PC3``); they replace those of the settings.
            ignore: Codes of rules to leave out.
            severity: The severity of rules, by code: ``{"PC302": "info"}``.
            fail_on: The lowest severity of a finding with which the report is not passed; by default an error.

        Returns:
            The findings, and what could not be checked.

        Raises:
            PromptNotFoundError: A target is neither a file nor an id.
            SettingsError: A setting is invalid, or a code matches no rule.
            StorageError: The directory has no prompts, or could not be read.
            HistoryError: Git failed.

        Examples:
            >>> async def is_fine():
            ...     async with PromptManager.open() as manager:
            ...         report = await manager.validate("code/*", ignore=["PC304"])
            ...     return report.passed
            >>> asyncio.run(is_fine())
            True
        """
        from prompt_cli.changes.changeset import ChangeRequest  # not all check
        from prompt_cli.checking.validation import check_targets, validate
        from prompt_cli.domain.finding import Report
        from prompt_cli.settings import rule_choice

        choice = rule_choice(select, ignore, severity or {}, fail_on)
        request = ChangeRequest(against, staged) if staged or against is not None else None
        named = [targets] if isinstance(targets, str) else targets
        everything = request is None and not named
        check = partial(check_targets, targets=named or None)
        reports = await validate([self._workspace], choice, request, check, everything=everything)
        return reduce(Report.joined, reports)

    @boundary(of_prompt=True)
    async def bump(
        self,
        prompt_id: str,
        level: Level | SemanticVersion | str | None = None,
        *,
        commit: bool = False,
        message: str | None = None,
        force: bool = False,
        dry_run: bool = False,
    ) -> Bump:
        """Bump the version of a prompt; no other byte of its file changes.

        Args:
            prompt_id: The id of the prompt.
            level: ``major``, ``minor`` or ``patch``, or the exact version, ``2.0.0``; None is the level that its
                changes need, which may be none.
            commit: Whether to commit this file alone; other staged changes stay staged.
            message: The commit message; the version and the changes are listed below it.
            force: Whether the level may be lower than what the changes need; it never allows a committed version.
            dry_run: Whether to return the plan without writing.

        Returns:
            The version before and after.

        Raises:
            PromptManagerError: As `bump_many`.
        """
        from prompt_cli.domain.bump import BumpOptions, parse_level  # few bump

        options = BumpOptions(parse_level(level), force=force, commit=commit, message=message, dry_run=dry_run)
        (done,) = await self.bump_many([prompt_id], options)
        return done

    @boundary()
    async def bump_many(self, prompt_ids: Sequence[str] | None, options: BumpOptions) -> tuple[Bump, ...]:
        """Bump the versions of several prompts, all or none.

        Args:
            prompt_ids: The ids; None means every prompt, or those that changed against `BumpOptions.against`.
            options: The options, the same for each prompt.

        Returns:
            The version of each prompt before and after, also of those that need no bump.

        Raises:
            BumpManyError: Without ids, some prompts could not be read or compared; the others are bumped.
            PromptNotFoundError: A prompt does not exist.
            PromptFormatError: A file is invalid.
            TemplateError: A template or partial cannot be read, so its changes are unknown.
            LevelError: The level or version is lower than what the changes need, or the version was committed.
            HistoryError: Git failed or refused the commit; the files are as they were.
            StorageError: A file could not be written.
        """
        from prompt_cli.bump import PromptBumper  # as above

        return await PromptBumper(self._workspace).bump(prompt_ids, options)

    @boundary(of_prompt=True)
    async def diff(self, old: str | PromptReference, new: str | PromptReference | None = None) -> PromptComparison:
        """Compare a prompt at two revisions, or two prompts.

        Args:
            old: The old side, ``ID@REVISION``; without a revision and without `new`, HEAD.
            new: The new side; None is the working tree.

        Returns:
            The changes, the level that they need, and whether the version says so.

        Raises:
            PromptIdError: An id or revision is invalid.
            PromptNotFoundError: Neither side has the prompt.
            VersionNotFoundError: The prompt does not have this version.
            StorageError: A file could not be read.
            HistoryError: Git failed.
        """
        from prompt_cli.changes.changeset import compare  # few compare

        before = old if isinstance(old, PromptReference) else parse_reference(old)
        after = new if new is None or isinstance(new, PromptReference) else parse_reference(new)
        return await compare(self._workspace, before, after)

    @boundary()
    async def diff_against(
        self, ref: str, *, targets: str | Sequence[str] = (), staged: bool = False, direct: bool = False
    ) -> list[PromptComparison]:
        """Compare the prompts that changed since the merge base of HEAD and a commit, and those that include them.

        Args:
            ref: The commit, by any name that git accepts.
            targets: Ids, patterns of ids, and paths from the current directory; the whole change, if empty.
            staged: Whether the new side is the index instead of the working tree.
            direct: Whether the old side is the commit itself instead of the merge base.

        Returns:
            A comparison of each prompt, sorted by id.

        Raises:
            PromptNotFoundError: Nothing that the targets name changed, and one of them names no prompt.
            StorageError: A file could not be read.
            HistoryError: Git failed: the commit does not exist, or a shallow clone lacks the merge base.
            SettingsError: The settings of the old side cannot be used.
        """
        from prompt_cli.changes.changeset import compare_with  # as above
        from prompt_cli.checking.targets import id_matcher, require_targets

        named = [targets] if isinstance(targets, str) else targets
        is_named = id_matcher(named, self._workspace)
        comparisons = await compare_with(self._workspace, ref, staged=staged, direct=direct, selects=is_named)
        if not comparisons:
            await require_targets(named, [self._workspace])
        return comparisons

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Leave the block; the manager holds nothing open between calls."""


def manager_of(workspace: Workspace) -> PromptManager:
    """Return the manager of a workspace."""
    return PromptManager._of(workspace)  # noqa: SLF001 - of this module; workspaces are not public
