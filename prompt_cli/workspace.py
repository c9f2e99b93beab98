"""The prompts that work is done on: those of a working tree, with their history and settings."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_cli.domain.ids import not_found
from prompt_cli.domain.revision import ExactVersion, Revision, Snapshot, Tree
from prompt_cli.errors import HistoryError, PromptNotFoundError, StorageError
from prompt_cli.log import log

if TYPE_CHECKING:
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.engines.protocol import TemplateEngineProtocol
    from prompt_cli.history.protocol import ChangeStoreProtocol, VersionStoreProtocol
    from prompt_cli.registry import PromptRegistry
    from prompt_cli.resolver import ResolvedPrompt
    from prompt_cli.settings import Settings
    from prompt_cli.storage.loader import LoadedPrompt
    from prompt_cli.storage.project import Project
    from prompt_cli.storage.protocol import StorageBackendProtocol


def log_notice(notice: str) -> None:
    """Log a sentence that users must know about a result."""
    log("warning", "notice_given", notice=notice)


class Workspace:
    """Prompts of a working tree with their history; parts that cost time to import are made on first use.

    Without a registry the prompts are those of the project's directory; without a project, it is the one around the
    storage. `on_notice` is called with a sentence that the user must know about a result. The former prefix is the
    prompt directory in commits, ending in ``/``, if it moved. The nested prefixes begin the ids that belong to other
    prompt directories below this one.
    """

    def __init__(
        self,
        registry: PromptRegistry | None = None,
        project: Project | None = None,
        engine: TemplateEngineProtocol | None = None,
        version_store: VersionStoreProtocol | None = None,
        *,
        on_notice: Callable[[str], None] = log_notice,
        former_prefix: str | None = None,
        nested_prefixes: tuple[str, ...] = (),
    ) -> None:
        if registry is None and project is None:
            raise ValueError("a workspace needs a registry or a project")
        self.on_notice = on_notice
        self._registry = registry
        self._project = project
        self._engine = engine
        self._version_store = version_store
        self._former_prefix = former_prefix
        self._nested_prefixes = nested_prefixes

    @property
    def project(self) -> Project:
        """The project."""
        if self._project is None:
            self._project = _project_of(self.registry.storage)
        return self._project

    @property
    def is_directory(self) -> bool:
        """Whether the prompts are files of a directory."""
        from prompt_cli.storage.directory import DirectoryStorage  # other storages need no files

        return self._project is not None or isinstance(self.registry.storage, DirectoryStorage)

    @property
    def has_history(self) -> bool:
        """Whether there is a store of versions."""
        return self._version_store is not None or self.is_directory

    async def settings(self) -> Settings:
        """Return the settings of the project; the defaults for prompts in no directory."""
        if not self.is_directory:
            from prompt_cli.settings import DEFAULTS  # most prompts are in a directory

            return DEFAULTS
        if self._project is None:
            await asyncio.to_thread(lambda: self.project)  # searches the directories
        return self.project.settings

    @cached_property
    def registry(self) -> PromptRegistry:
        """The prompts of the working tree."""
        if self._registry is not None:
            return self._registry
        from prompt_cli.registry import PromptRegistry  # some commands need none
        from prompt_cli.storage.directory import DirectoryStorage

        project = self.project
        return PromptRegistry(DirectoryStorage(project.directory, on_notice=self.on_notice), project.path_of)

    @cached_property
    def template_engine(self) -> TemplateEngineProtocol:
        """The engine that renders templates."""
        if self._engine is not None:
            return self._engine
        from prompt_cli.engines.handlebars import TemplateEngine  # not all render

        return TemplateEngine()

    @cached_property
    def version_store(self) -> VersionStoreProtocol:
        """The store of versions."""
        if self._version_store is not None:
            return self._version_store
        if self._project is None:
            return _store_of(self.registry.storage)
        former = self._project.former_directories
        if self._former_prefix is None and not former:
            return _git_store(self._project.directory)
        from prompt_cli.history.version_store import MovedVersionStore  # few directories move

        files = self.registry.working_tree
        return MovedVersionStore(self._project.directory, files, prefix=self._former_prefix, former=former)

    def change_store(self, operation: str) -> ChangeStoreProtocol:
        """Return the store of versions for an operation that compares states or writes commits, named for the error."""
        from prompt_cli.history.protocol import change_store  # rendering needs less

        return change_store(self.version_store, operation)

    async def create(self, prompt: Prompt, changelog: str | None) -> None:
        """Add a prompt; with a message, commit its file."""
        if changelog is None:
            await self.make_directory()
            await self.registry.create(prompt, self.template_engine)
            return
        from prompt_cli.concurrency import complete  # few commit

        store = self.change_store("commit a new prompt")
        await self.settings()  # finds the project
        self.check_commit(changelog)
        await self.make_directory()
        async with self.commit_lock():
            await self.registry.create(prompt, self.template_engine)
            await complete(store.commit([prompt.id], changelog))

    def check_commit(self, message: str) -> None:
        """Raise an error if a commit would be refused, which comes after the write."""
        from prompt_cli.history.commit import check_commit  # few commit

        uses_git = self._version_store is None and self.is_directory
        check_commit(message, self.project.git_directory if uses_git else None)

    async def make_directory(self) -> None:
        """Make the prompt directory, if the prompts are files and it is missing."""
        if self.is_directory:
            from prompt_cli.storage.project import make_directory  # only writing makes one

            await asyncio.to_thread(lambda: make_directory(self.project))

    @asynccontextmanager
    async def commit_lock(self) -> AsyncIterator[None]:
        """Hold the lock of writing files and committing them, so that a commit has what its own command wrote."""
        await self.settings()  # finds the project
        directory = self.project.state_directory if self.is_directory else None
        from prompt_cli.history.process import is_committing  # few commit

        if directory is None or is_committing(directory.parent):
            yield
            return
        from prompt_cli.storage.files import exclusive_commit

        async with exclusive_commit(directory):
            yield

    def at(
        self, project: Project, *, former_prefix: str | None = None, nested_prefixes: tuple[str, ...] = ()
    ) -> Workspace:
        """Return the workspace of another directory of the repository; the arguments are those of the class."""
        return Workspace(
            project=project,
            engine=self._engine,
            on_notice=self.on_notice,
            former_prefix=former_prefix,
            nested_prefixes=nested_prefixes,
        )

    @property
    def shown_directory(self) -> str:
        """The prompt directory as users see it."""
        return self.project.shown(self.project.directory)

    def owns(self, prompt_id: str) -> bool:
        """Return whether a prompt belongs to this directory, not to another prompt directory below it."""
        return not prompt_id.startswith(self._nested_prefixes)

    async def load(self, prompt_id: str, revision: Revision) -> LoadedPrompt:
        """Return the parsed file of a prompt at a revision; an invalid file is part of the result."""
        if revision is Tree.WORKING:
            return await self.registry.load(prompt_id)
        snapshot = await self.snapshot(prompt_id, revision)
        contents = await snapshot.read_many([prompt_id])
        if prompt_id not in contents:
            raise not_found(prompt_id, await snapshot.ids(), revision)
        return self.registry.parse(contents[prompt_id], prompt_id)

    async def resolve(self, prompt_id: str, revision: Revision, snapshot: Snapshot | None = None) -> ResolvedPrompt:
        """Return a prompt at a revision with its partials; invalid files are part of the result."""
        from prompt_cli.resolver import PromptResolver  # not all commands resolve

        resolver = PromptResolver(self._pinned_with_notice, self.registry.parse, self._engine)
        try:
            return await resolver.resolve(prompt_id, snapshot or await self.snapshot(prompt_id, revision))
        except PromptNotFoundError as error:
            at = None if revision is Tree.WORKING else revision
            raise PromptNotFoundError(error.prompt_id, at, near=error.near, help=error.help) from None

    async def snapshot(self, prompt_id: str, revision: Revision) -> Snapshot:
        """Return the state of all prompts that a revision of one prompt names."""
        if revision is Tree.WORKING:
            return self.registry.working_tree
        snapshot = await self.version_store.snapshot(prompt_id, revision)
        self._note(snapshot)
        return snapshot

    def _note(self, snapshot: Snapshot) -> None:
        if notice := getattr(snapshot, "notice", ""):  # a StoredSnapshot has one; others need none
            self.on_notice(notice)

    async def _pinned_with_notice(self, prompt_id: str, version: ExactVersion, includer: Snapshot) -> Snapshot:
        snapshot = await self.pinned(prompt_id, version, includer)
        self._note(snapshot)
        return snapshot

    async def pinned(self, prompt_id: str, version: ExactVersion, includer: Snapshot) -> Snapshot:
        """Return the state that holds a version of a partial, searched from the commit of the includer or from HEAD.

        Callers pass its notice on to the user.
        """
        from prompt_cli.history.protocol import ChangeStoreProtocol, StoredSnapshot  # most prompts have no pins

        store = self.version_store
        if not isinstance(store, ChangeStoreProtocol):
            return await store.snapshot(prompt_id, version)
        at = includer if isinstance(includer, StoredSnapshot) else None
        return await store.pinned(prompt_id, version.version, at=at)


def open_workspace(
    path: str | PathLike[str],
    directory: str | PathLike[str] | None,
    engine: TemplateEngineProtocol | None,
    on_notice: Callable[[str], None],
) -> Workspace:
    """Return the workspace of the project around a path."""
    from prompt_cli.storage.project import find_project  # a workspace of other storages needs none

    if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        raise StorageError(f"{path!r} is not a directory", help="give a directory of the project", transient=False)
    if directory is not None and not _is_name(os.fspath(directory)):
        raise StorageError(f"{directory!r} is not a directory name: it holds a NUL or a surrogate", transient=False)
    project = find_project(Path(path), None if directory is None else Path(directory))
    return Workspace(project=project, engine=engine, on_notice=on_notice)


def _is_name(path: str) -> bool:
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        return False


_SAMPLE = b"""
id: sample
version: 1.0.0
format: text
variables: {name: {type: string}}
template: |
  {{#if name}}Hello {{name}}{{/if}}
"""


def import_renderer() -> None:
    """Import all that rendering needs, by rendering a prompt: in the first render it would block the event loop."""
    import aiofiles  # noqa: F401

    import prompt_cli.history.version_store
    import prompt_cli.resolver  # noqa: F401
    from prompt_cli.engines.bound import BoundPrompt
    from prompt_cli.engines.handlebars import TemplateEngine
    from prompt_cli.storage.loader import parse_prompt

    BoundPrompt(parse_prompt(_SAMPLE, None, "").checked(), TemplateEngine(), {}).render({"name": "x"})


def _project_of(storage: StorageBackendProtocol) -> Project:
    from prompt_cli.storage.directory import DirectoryStorage  # other storages need no files
    from prompt_cli.storage.project import find_project

    if not isinstance(storage, DirectoryStorage):
        raise StorageError("these prompts are in no directory, so they have no project", transient=False)
    return find_project(Path.cwd(), storage.root)


def _store_of(storage: StorageBackendProtocol) -> VersionStoreProtocol:
    from prompt_cli.storage.backends import LayeredStorage, LayeredVersionStore
    from prompt_cli.storage.directory import DirectoryStorage  # memory needs no files

    if isinstance(storage, LayeredStorage):
        directories = [layer for layer in storage.layers if isinstance(layer, DirectoryStorage)]
        if directories:
            return LayeredVersionStore([(layer, _store_of(layer)) for layer in directories])
    elif isinstance(storage, DirectoryStorage):
        return _git_store(storage.root)
    from prompt_cli.history.errors import GitProblem  # only this error needs it

    raise HistoryError(
        "no git history: these prompts are not in a directory",
        help="give a version_store",
        reason=GitProblem.NO_REPOSITORY,
    )


def _git_store(directory: Path) -> VersionStoreProtocol:
    from prompt_cli.history.version_store import GitVersionStore  # most commands need no history

    return GitVersionStore(directory)
