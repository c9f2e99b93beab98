"""Several prompts rendered at once: what is asked for, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.errors import PromptManagerError, RenderManyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_cli.domain.revision import RevisionLike
    from prompt_cli.domain.values import JsonObject


class RenderRequest(NamedTuple):
    """One of many prompts to render.

    Attributes:
        prompt_id: The prompt.
        variables: The values of its variables.
        version: The revision to render; None is the working tree.
    """

    prompt_id: str
    variables: JsonObject
    version: RevisionLike = None


def gathered(outcomes: Sequence[str | BaseException]) -> list[str]:
    """Return the texts, where all are texts.

    Raises:
        RenderManyError: Some could not be rendered; it holds the errors, and by place the results of the others.
        BaseException: What is no error of a prompt, as it is.
    """
    results = {n: outcome for n, outcome in enumerate(outcomes) if isinstance(outcome, str)}
    errors = [outcome for outcome in outcomes if isinstance(outcome, PromptManagerError)]
    for outcome in outcomes:
        if not isinstance(outcome, str | PromptManagerError):
            raise outcome
    if errors:
        raise RenderManyError(f"{len(errors)} of {len(outcomes)} prompts could not be rendered", errors, results)
    return list(results.values())
