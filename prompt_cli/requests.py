"""Requests to render several prompts, and their results."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.error_groups import RenderManyError
from prompt_cli.errors import PromptManagerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_cli.domain.json_values import JsonObject
    from prompt_cli.domain.revision import RevisionLike


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


def require_texts(outcomes: Sequence[str | BaseException]) -> list[str]:
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
