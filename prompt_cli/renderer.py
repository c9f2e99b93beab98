"""The renderer: prompts of a workspace, compiled once for the same content, and rendered alone or together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from math import inf
from time import perf_counter
from typing import NamedTuple, TypeVar

from prompt_cli.binder import bind_resolved
from prompt_cli.cache import LRUCache
from prompt_cli.concurrency import LoopSemaphore, offload
from prompt_cli.domain.json_values import JsonObject
from prompt_cli.domain.revision import RevisionLike, reference_of
from prompt_cli.engines.bound import BoundPrompt
from prompt_cli.error_groups import RenderManyError
from prompt_cli.errors import InvalidValueError, PromptManagerError, StorageError
from prompt_cli.log import log, log_rendered
from prompt_cli.resolver import ResolvedPrompt
from prompt_cli.workspace import Workspace

Result = TypeVar("Result")
_MAX_CONCURRENT = 16  # renders in one turn of the event loop: a hundred would block it for more than 20 ms
_CACHED_PROMPTS = 256


class RenderRequest(NamedTuple):
    """A prompt to render with `PromptManager.render_many`.

    Attributes:
        prompt_id: The id of the prompt.
        variables: The values of its variables.
        version: The revision to render; None is the working tree.

    Examples:
        >>> from prompt_cli import RenderRequest
        >>> RenderRequest("greeting", {"name": "Ada"}, version="1.0.0").version
        '1.0.0'
    """

    prompt_id: str
    variables: JsonObject
    version: RevisionLike = None


class Renderer:
    """Renderer of a workspace's prompts, with a cache of compiled prompts."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._bound: LRUCache[BoundPrompt] = LRUCache(_CACHED_PROMPTS)
        self._slots = LoopSemaphore(_MAX_CONCURRENT)

    async def resolve(self, prompt_id: str, version: RevisionLike) -> ResolvedPrompt:
        """Return a prompt with its partials."""
        resolved = await self._workspace.resolve(*reference_of(prompt_id, version))
        log("debug", "prompt_resolved", prompt_id=resolved.loaded.id, digest=resolved.digest)
        return resolved

    async def bind(self, resolved: ResolvedPrompt, *, use_cache: bool = True) -> tuple[BoundPrompt, bool]:
        """Return a compiled prompt, and whether it was cached."""
        key = resolved.loaded.id, resolved.digest
        if use_cache and (cached := self._bound.find(key)):
            return cached, True
        if use_cache:
            log("warning", "cache_miss", prompt_id=resolved.loaded.id)
        engine = self._workspace.template_engine
        bound = await offload(len(resolved.loaded.content), lambda: bind_resolved(resolved, engine))
        return self._bound.put(key, bound) if use_cache else bound, False

    async def render(
        self,
        render: Callable[[BoundPrompt, JsonObject], Result],
        prompt_id: str,
        variables: "JsonObject | None",
        version: RevisionLike,
        *,
        use_cache: bool = True,
    ) -> Result:
        """Render a prompt with values by a method of `BoundPrompt`."""
        async with self._slots.get():
            start = perf_counter()
            bound, is_cached = await self.bind(await self.resolve(prompt_id, version), use_cache=use_cache)
            result = render(bound, variables or {})
        log_rendered(bound.prompt, start, cache_hit=is_cached)
        return result


async def render_all(requests: Sequence[RenderRequest], render: Callable[[RenderRequest], Awaitable[str]]) -> list[str]:
    """Return the texts of requests, rendered at once; see `PromptManager.render_many`."""
    outcomes: Sequence[str | BaseException] = await asyncio.gather(*map(render, requests), return_exceptions=True)
    results = {n: outcome for n, outcome in enumerate(outcomes) if isinstance(outcome, str)}
    errors = [outcome for outcome in outcomes if isinstance(outcome, PromptManagerError)]
    for outcome in outcomes:
        if not isinstance(outcome, str | PromptManagerError):
            raise outcome
    if errors:
        raise RenderManyError(f"{len(errors)} of {len(outcomes)} prompts could not be rendered", errors, results)
    return list(results.values())


async def retry(render: Callable[[], Awaitable[str]], prompt_id: str, *, max_retries: int, backoff: float) -> str:
    """Render, and try again after transient errors of the storage; see `PromptManager.render_with_retry`."""
    if max_retries < 1:
        raise InvalidValueError(f"max_retries must be at least 1, not {max_retries}")
    if not 0 <= backoff < inf:
        raise InvalidValueError(f"backoff must be a number of seconds, not {backoff}")
    for attempt in range(max_retries - 1):
        try:
            return await render()
        except StorageError as error:
            if not error.transient:
                raise
            log("warning", "render_retried", prompt_id=prompt_id, attempt=attempt + 1, error=error.message)
            await asyncio.sleep(backoff * 2**attempt)
    return await render()
