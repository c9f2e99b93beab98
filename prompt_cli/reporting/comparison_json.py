"""Comparisons of prompts as JSON."""

from collections.abc import Iterable, Sequence
from typing import Any

from prompt_cli.changes.comparison import PromptComparison, RenderedComparison, RenderedSide
from prompt_cli.domain.change import Change
from prompt_cli.domain.json_values import plain_json
from prompt_cli.problems import format_path


def comparisons_json(comparisons: Iterable[PromptComparison], notices: Sequence[str] = ()) -> dict[str, Any]:
    """Return comparisons, and sentences about them as a whole, as the data of a JSON document."""
    return _document([_prompt(one) for one in comparisons], notices)


def rendered_json(comparisons: Iterable[RenderedComparison], notices: Sequence[str] = ()) -> dict[str, Any]:
    """Return both sides of rendered prompts as the data of a JSON document."""
    prompts = [
        {
            "id": one.id,
            "from": one.old.label,
            "to": one.new.label,
            "old": _messages(one.old),
            "new": _messages(one.new),
            "problem": one.problem or None,
        }
        for one in comparisons
    ]
    return _document(prompts, notices)


def _document(prompts: Sequence[dict[str, Any]], notices: Sequence[str]) -> dict[str, Any]:
    return {"notices": list(notices), "prompts": prompts} if notices else {"prompts": prompts}


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
        "changes": [change_json(change) for change in comparison.changes],
    }


def change_json(change: Change) -> dict[str, Any]:
    """Return a change as the data of a JSON document."""
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
