"""The synchronous Python API, for scripts, notebooks and frameworks without an event loop."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar

from prompt_cli.errors import PromptManagerError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from prompt_cli.changes.comparison import PromptComparison
    from prompt_cli.domain.bump import Bump, BumpOptions
    from prompt_cli.domain.finding import Report, Severity
    from prompt_cli.domain.json_values import JsonObject
    from prompt_cli.domain.message import Message
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.domain.revision import PromptReference, RevisionLike
    from prompt_cli.domain.version import Level, SemanticVersion
    from prompt_cli.engines.bound import BoundPrompt
    from prompt_cli.engines.rendered import RenderedPrompt
    from prompt_cli.history.protocol import PromptVersion
    from prompt_cli.manager import PromptManager
    from prompt_cli.move import Move
    from prompt_cli.renderer import RenderRequest

Result = TypeVar("Result")


class SyncPromptManager:
    """A `PromptManager` whose methods wait for their result; they raise its errors.

    The manager runs in an event loop of its own, in a thread, so any thread can use it, also one in which an event loop
    runs already, as in a notebook.

    Args:
        manager: The manager, for the use of this one alone.

    Examples:
        >>> from prompt_cli import InMemoryStorage, PromptManager, PromptRegistry, SyncPromptManager
        >>> storage = InMemoryStorage({"greeting": '''
        ... id: greeting
        ... version: 1.0.0
        ... format: text
        ... variables: {name: {type: string}}
        ... template: Hello {{name}}!
        ... '''})
        >>> with SyncPromptManager(PromptManager(PromptRegistry(storage))) as manager:
        ...     manager.render("greeting", {"name": "Ada"})
        'Hello Ada!'
    """

    def __init__(self, manager: PromptManager) -> None:
        self._manager = manager
        self._is_closed = False
        self._start()

    def get(self, prompt_id: str, *, version: RevisionLike = None) -> Prompt:
        """Return a prompt; see `PromptManager.get`."""
        return self._run(self._manager.get(prompt_id, version=version))

    def list_prompts(self) -> list[Prompt]:
        """Return the prompts of the working tree, sorted by id; see `PromptManager.list_prompts`."""
        return self._run(self._list_prompts())

    def create_prompt(self, prompt: Prompt, *, changelog: str | None = None) -> Prompt:
        """Add a prompt; see `PromptManager.create_prompt`."""
        return self._run(self._manager.create_prompt(prompt, changelog=changelog))

    def save(self, prompt: Prompt) -> Prompt:
        """Write a changed prompt to its file; see `PromptManager.save`."""
        return self._run(self._manager.save(prompt))

    def move(self, old: str, new: str, *, dry_run: bool = False) -> Move:
        """Rename a prompt and every include of it; see `PromptManager.move`."""
        return self._run(self._manager.move(old, new, dry_run=dry_run))

    def bind(self, prompt_id: str, *, version: RevisionLike = None, use_cache: bool = True) -> BoundPrompt:
        """Return a compiled prompt, to render it many times; see `PromptManager.bind`."""
        return self._run(self._manager.bind(prompt_id, version=version, use_cache=use_cache))

    def render(
        self,
        prompt_id: str,
        variables: JsonObject | None = None,
        *,
        version: RevisionLike = None,
        use_cache: bool = True,
    ) -> str:
        """Render a prompt as one text; see `PromptManager.render`."""
        return self._run(self._manager.render(prompt_id, variables, version=version, use_cache=use_cache))

    def render_messages(
        self,
        prompt_id: str,
        variables: JsonObject | None = None,
        *,
        version: RevisionLike = None,
        use_cache: bool = True,
    ) -> tuple[Message, ...]:
        """Render a prompt as messages; see `PromptManager.render_messages`."""
        return self._run(self._manager.render_messages(prompt_id, variables, version=version, use_cache=use_cache))

    def render_prompt(
        self,
        prompt_id: str,
        variables: JsonObject | None = None,
        *,
        version: RevisionLike = None,
        use_cache: bool = True,
    ) -> RenderedPrompt:
        """Render a prompt with the request to a provider; see `PromptManager.render_prompt`."""
        return self._run(self._manager.render_prompt(prompt_id, variables, version=version, use_cache=use_cache))

    def render_many(self, requests: Iterable[RenderRequest | tuple[str, JsonObject]]) -> list[str]:
        """Render several prompts at once; see `PromptManager.render_many`."""
        return self._run(self._manager.render_many(requests))

    def render_with_retry(
        self,
        prompt_id: str,
        variables: JsonObject | None = None,
        *,
        version: RevisionLike = None,
        max_retries: int = 3,
        backoff: float = 0.1,
    ) -> str:
        """Render a prompt, and try again after transient errors; see `PromptManager.render_with_retry`."""
        return self._run(
            self._manager.render_with_retry(
                prompt_id, variables, version=version, max_retries=max_retries, backoff=backoff
            )
        )

    def versions(self, prompt_id: str) -> Sequence[PromptVersion]:
        """Return the versions of a prompt, newest first; see `PromptManager.versions`."""
        return self._run(self._manager.versions(prompt_id))

    def validate(
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
        """Check prompts by the rules; see `PromptManager.validate`."""
        return self._run(
            self._manager.validate(
                targets,
                against=against,
                staged=staged,
                select=select,
                ignore=ignore,
                severity=severity,
                fail_on=fail_on,
            )
        )

    def bump(
        self,
        prompt_id: str,
        level: Level | SemanticVersion | str | None = None,
        *,
        commit: bool = False,
        message: str | None = None,
        force: bool = False,
        dry_run: bool = False,
    ) -> Bump:
        """Bump the version of a prompt; see `PromptManager.bump`."""
        return self._run(
            self._manager.bump(prompt_id, level, commit=commit, message=message, force=force, dry_run=dry_run)
        )

    def bump_many(self, prompt_ids: Sequence[str] | None, options: BumpOptions) -> tuple[Bump, ...]:
        """Bump the versions of several prompts, all or none; see `PromptManager.bump_many`."""
        return self._run(self._manager.bump_many(prompt_ids, options))

    def diff(self, old: str | PromptReference, new: str | PromptReference | None = None) -> PromptComparison:
        """Compare a prompt at two revisions, or two prompts; see `PromptManager.diff`."""
        return self._run(self._manager.diff(old, new))

    def diff_against(
        self, ref: str, *, targets: str | Sequence[str] = (), staged: bool = False, direct: bool = False
    ) -> list[PromptComparison]:
        """Compare the prompts that changed since a commit; see `PromptManager.diff_against`."""
        return self._run(self._manager.diff_against(ref, targets=targets, staged=staged, direct=direct))

    def close(self) -> None:
        """Wait for the calls of other threads, and end the manager's thread; it cannot be used after it.

        Raises:
            PromptManagerError: It is called from the manager's own thread.
        """
        self._refuse_own_thread()
        if self._process != os.getpid():
            return
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
        asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _start(self) -> None:
        self._lock = threading.Lock()  # no call begins after close()
        self._loop = asyncio.new_event_loop()
        # A daemon: a script that never calls close() still ends.
        self._thread = threading.Thread(target=self._loop.run_forever, name="prompt-cli", daemon=True)
        self._thread.start()
        self._process = os.getpid()

    async def _list_prompts(self) -> list[Prompt]:
        return [prompt async for prompt in self._manager.list_prompts()]

    async def _finish(self) -> None:
        """Wait for the calls that have begun, and for the threads that they use."""
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)
        if not _is_ending():  # the interpreter has waited for them then, and starts no thread
            await self._loop.shutdown_default_executor()

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        try:
            future = self._submit(work)
        except PromptManagerError:
            work.close()
            raise
        try:
            return future.result()
        finally:
            future.cancel()  # for an exception of a signal handler, such as KeyboardInterrupt, while it waits

    def _submit(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        self._refuse_own_thread()
        if _is_ending():
            raise PromptManagerError("the interpreter is ending", help="call the manager before its atexit handlers")
        if self._process != os.getpid():  # threads do not survive a fork, as servers with several processes do it
            self._start()
        with self._lock:
            if self._is_closed:
                raise PromptManagerError("the manager is closed", help="use it inside its `with` block")
            return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _refuse_own_thread(self) -> None:
        """Refuse a call from the manager's own thread, which a storage or `on_notice` may make: it would never end."""
        if threading.current_thread() is self._thread:
            advice = "use a second manager in what the manager calls, such as on_notice"
            raise PromptManagerError("the manager is called from its own thread", help=advice)


def _is_ending() -> bool:
    """Return whether atexit handlers run: the interpreter starts no threads then."""
    return not threading.main_thread().is_alive()
