"""Events of the library, which structlog logs if the application configured it.

Importing structlog takes longer than most commands, and unconfigured it prints to standard output. So an event costs
one look into ``sys.modules`` until the application configures structlog. The application's own processors add
structlog's ``contextvars``. Values of variables are never logged.

Events of the library:

| event | level | fields | when |
| --- | --- | --- | --- |
| `prompt_rendered` | info | `prompt_id`, `version`, `duration_ms`, `cache_hit` | a prompt was rendered |
| `prompt_created` | info | `prompt_id`, `version` | a new prompt was written |
| `prompt_saved` | info | `prompt_id`, `version` | a changed prompt was written |
| `prompt_deleted` | info | `prompt_id` | a prompt was deleted |
| `prompt_moved` | info | `prompt_id`, `old_id`, `includers` | a prompt was renamed, and its includes with it |
| `prompt_bumped` | info | `prompt_id`, `old`, `new` | a new version was written |
| `bumps_planned` | info | `prompts`, `bumped` | the versions that prompts need were worked out |
| `prompts_committed` | info | `prompts`, `commit` | files were committed |
| `prompts_compared` | info | `prompts` | prompts were compared |
| `prompts_checked` | info | `prompts`, `findings` | prompts were checked by the rules |
| `prompts_fixed` | info | `prompts` | files were written by `validate --fix` |
| `versions_listed` | info | `prompt_id`, `versions` | the versions of a prompt were read |
| `workers_started` | info | `processes`, `batches` | processes were started to check or list many prompts |
| `prompt_resolved` | debug | `prompt_id`, `digest` | a prompt and its partials were read |
| `template_compiled` | debug | `prompt_id`, `template_hash`, `duration_ms` | the templates of a prompt were compiled |
| `cache_hit` | debug | `kind` | an entry of the cache on disk was used |
| `git_started` | debug | `subcommand`, `arguments` | git was started; of its arguments, the names of options |
| `git_ended` | debug | `subcommand`, `status`, `duration_ms` | that git ended; a negative status is a signal |
| `cache_miss` | warning | `prompt_id` | the templates of a prompt were not in the manager's cache |
| `render_retried` | warning | `prompt_id`, `attempt`, `error` | the storage failed, and rendering is tried again |
| `notice_given` | warning | `notice` | a sentence that users must know about a result |
| `render_failed` | error | `error` and the context of the error | a prompt could not be rendered |
| `prompt_not_found` | error | `error` and the context of the error | a prompt or version does not exist |
| `operation_failed` | error | `operation`, `error` and the context of the error | another method failed |
| `storage_corrupted` | critical | `error` and the context of the error | a journal, cache or repository is damaged |

Each error is logged once, by the public method of `PromptManager` that raises it, with the keys that
`PromptManagerError.context` has.

Events of the command, under ``-v``:

| event | level | fields | when |
| --- | --- | --- | --- |
| `directory_prepared` | info | `directory`, `prompts` | `init` found or made the prompt directory |
| `prompts_listed` | info | `prompts` | `list` found prompts |
| `prompt_shown` | info | `prompt_id`, `revision`, `bytes` | `show` read a file |
| `rules_shown` | info | `code` | `rule` explained a rule, or all |
| `schema_written` | info | `bytes` | `schema` made the JSON Schema |
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeAlias, TypeVar

from prompt_cli.errors import (
    PromptManagerError,
    PromptNotFoundError,
    RepositoryDamagedError,
    StorageCorruptedError,
    VersionNotFoundError,
)

if TYPE_CHECKING:
    from prompt_cli.domain.prompt import Prompt

LogLevel: TypeAlias = Literal["debug", "info", "warning", "error", "critical"]
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_WORKING_TREE = "working tree"  # the text of `domain.revision.Tree.WORKING`, which this module must not import


def log(level: LogLevel, event: str, **fields: object) -> None:
    """Log an event with structlog, if the application configured it."""
    if is_logging():
        getattr(sys.modules["structlog"].get_logger("prompt_cli"), level)(event, **fields)


def is_logging() -> bool:
    """Return whether the application configured structlog."""
    structlog = sys.modules.get("structlog")
    return structlog is not None and bool(structlog.is_configured())


def milliseconds_since(start: float) -> float:
    """Return the time since a value of `time.perf_counter`, in milliseconds."""
    return round((perf_counter() - start) * 1000, 3)


def log_rendered(prompt: Prompt, start: float, *, cache_hit: bool) -> None:
    """Log that a prompt was rendered; `start` is a value of `time.perf_counter`."""
    if is_logging():
        duration, version = milliseconds_since(start), str(prompt.version)
        log("info", "prompt_rendered", prompt_id=prompt.id, version=version, duration_ms=duration, cache_hit=cache_hit)


def log_failure(error: PromptManagerError, operation: str) -> None:
    """Log an error, unless it is logged already."""
    if isinstance(error, ExceptionGroup):
        for one in error.exceptions:
            if isinstance(one, PromptManagerError):
                log_failure(one, operation)
        return
    if error.is_logged:
        return
    error.is_logged = True
    if isinstance(error, RepositoryDamagedError | StorageCorruptedError):
        log("critical", "storage_corrupted", error=str(error), **error.context)
    elif isinstance(error, PromptNotFoundError | VersionNotFoundError):
        log("error", "prompt_not_found", error=str(error), **error.context)
    elif operation.startswith("render"):
        log("error", "render_failed", error=str(error), **error.context)
    else:
        log("error", "operation_failed", operation=operation, error=str(error), **error.context)


def boundary(
    *, of_prompt: bool = False
) -> Callable[[Callable[Parameters, Awaitable[Result]]], Callable[Parameters, Coroutine[Any, Any, Result]]]:
    """Return a decorator that makes an asynchronous public method log its errors.

    With `of_prompt`, the first argument is a prompt, ``ID`` or ``ID@REVISION``, that its errors name.
    """

    def decorate(method: Callable[Parameters, Awaitable[Result]]) -> Callable[Parameters, Coroutine[Any, Any, Result]]:
        @wraps(method)
        async def logged(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            try:
                return await method(*args, **kwargs)
            except PromptManagerError as error:
                if of_prompt:
                    _name_prompt(error, args[1] if len(args) > 1 else kwargs.get("prompt_id"), kwargs.get("version"))
                log_failure(error, method.__name__)
                raise

        return logged

    return decorate


def _name_prompt(error: PromptManagerError, reference: object, version: object) -> None:
    prompt_id, _, revision = str(reference).partition("@")
    named = str(version or revision)
    error.add_context(prompt_id=prompt_id, version="" if named == _WORKING_TREE else named)
