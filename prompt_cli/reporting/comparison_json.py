"""Comparisons of prompts as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prompt_cli.domain.json_values import plain_json
from prompt_cli.problems import format_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from prompt_cli.changes.comparison import PromptComparison, RenderedComparison, RenderedSide
    from prompt_cli.domain.change import Change


def comparisons_json(comparisons: Iterable[PromptComparison], notices: Sequence[str] = ()) -> dict[str, Any]:
    """Return comparisons as the data of a JSON document.

    Args:
        comparisons: The comparisons.
        notices: Sentences about the comparison as a whole.
    """
    prompts = {"prompts": [_prompt(one) for one in comparisons]}
    return {"notices": list(notices), **prompts} if notices else prompts


def rendered_json(comparison: RenderedComparison) -> dict[str, Any]:
    """Return both sides of a rendered prompt as the data of a JSON document."""
    return {
        "prompts": [
            {
                "id": comparison.id,
                "from": comparison.old.label,
                "to": comparison.new.label,
                "old": _messages(comparison.old),
                "new": _messages(comparison.new),
                "problem": comparison.problem or None,
            }
        ]
    }


def _prompt(comparison: PromptComparison) -> dict[str, Any]:
    return {
        "id": comparison.id,
        "path": comparison.new.path,
        "renamed_from": comparison.renamed_from,
        "from": comparison.old.label,
        "to": comparison.new.label,
        "from_version": _text(comparison.old_version),
        "to_version": _text(comparison.new_version),
        "verdict": str(comparison.verdict),
        "level": _text(comparison.level),
        "declared": _text(comparison.declared),
        "required_version": _text(comparison.required),
        "problem": comparison.problem or None,
        "changes": [_change(change) for change in comparison.changes],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": str(change.kind),
        "level": str(change.level),
        "path": format_path(change.path),
        "old": plain_json(change.old),
        "new": plain_json(change.new),
        "message": change.message,
    }


def _messages(side: RenderedSide) -> list[dict[str, str | None]] | None:
    if side.messages is None:
        return None
    return [{"role": one.role or None, "content": one.content} for one in side.messages]


def _text(value: object) -> str | None:
    return None if value is None else str(value)
