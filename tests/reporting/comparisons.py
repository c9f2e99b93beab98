"""Compared prompts to write reports of."""

from __future__ import annotations

from typing import Any

from prompt_cli.changes.comparison import PromptComparison, Side
from prompt_cli.domain.change import LEVELS, Change, ChangeKind
from prompt_cli.domain.prompt import Prompt


def prompt(
    template: str = "Hello!\n", version: str = "1.2.0", prompt_id: str = "support/triage", **rest: Any
) -> Prompt:
    return Prompt.load({"id": prompt_id, "version": version, "format": "text", "template": template, **rest})


def chat(*messages: tuple[str, str], version: str = "1.2.0") -> Prompt:
    data = [{"role": role, "content": content} for role, content in messages]
    return Prompt.load({"id": "chat", "version": version, "format": "chat", "messages": data})


def file_of(found: Prompt) -> bytes:
    text = f"id: {found.id}\nversion: {found.version}\nformat: {found.format}\n"
    return (text + "".join(f"{path}: {content!r}\n" for path, content in found.templates.items())).encode()


def side(label: str, found: Prompt | None, path: str = "prompts/support/triage.yaml") -> Side:
    return Side(label, path, None if found is None else file_of(found))


def change(kind: ChangeKind, path: str, old: Any = None, new: Any = None, message: str = "it changed") -> Change:
    return Change(kind, LEVELS[kind], tuple(path.split(".")), old, new, message)


def compared(old: Prompt | None, new: Prompt | None, *changes: Change, problem: str = "") -> PromptComparison:
    some = new or old
    assert some is not None
    return PromptComparison(some.id, side("HEAD", old), side("working tree", new), old, new, tuple(changes), problem)


def broken(content: bytes = b"id: [\n") -> PromptComparison:
    old = prompt()
    new = Side("working tree", "prompts/support/triage.yaml", content)
    return PromptComparison(old.id, side("HEAD", old), new, old, None, (), "line 1: the list is not closed")


TEXT_CHANGED = change(ChangeKind.TEXT_CHANGED, "template", message="the text changed")
VARIABLE_REMOVED = change(
    ChangeKind.VARIABLE_REMOVED, "variables.customer", {"type": "string"}, None, "the variable was removed"
)
DESCRIPTION_CHANGED = change(ChangeKind.DOCUMENTATION_CHANGED, "description", "old", "new", "the description changed")
