"""A prompt's changes in the order a reviewer reads them: the signature, then settings and messages, then the text."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from prompt_cli.domain.change import ChangeKind
from prompt_cli.domain.comparison import Verdict
from prompt_cli.domain.values import is_array, is_object
from prompt_cli.reporting.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from prompt_cli.domain.change import Change
    from prompt_cli.domain.comparison import PromptComparison

_WIDEST: Final = 200


class Section(StrEnum):
    """What a change is about."""

    SIGNATURE = "Signature"
    SETTINGS = "Settings and messages"
    TEXT = "Text"
    DOCUMENTATION = "Documentation"


def sections(changes: Iterable[Change]) -> Mapping[Section, Sequence[Change]]:
    """Return the changes by what they are about, in the order to show them; without what has none."""
    found: dict[Section, list[Change]] = {section: [] for section in Section}
    for change in changes:
        found[_section(change)].append(change)
    return {section: about for section, about in found.items() if about}


def sign(change: Change) -> str:
    """Return ``+``, ``-`` or ``~`` for something added, removed or changed."""
    if change.old is None and change.new is not None:
        return "+"
    return "-" if change.new is None and change.old is not None else "~"


def values(change: Change) -> tuple[str, ...]:
    """Return what was there and what is there now as short JSON: both, one, or neither.

    Texts have none: they are shown as what differs in them.
    """
    if _section(change) is Section.TEXT:
        return ()
    return tuple(_short(value) for value in (change.old, change.new) if value is not None)


def signature(comparison: PromptComparison) -> tuple[str, ...]:
    """Return the variables of a prompt that was added or deleted, with their types; nothing of one that changed."""
    match comparison.verdict:
        case Verdict.ADDED:
            prompt = comparison.new_prompt
        case Verdict.DELETED:
            prompt = comparison.old_prompt
        case _:
            return ()
    specs = {} if prompt is None else prompt.variables
    return tuple(
        one_line(f"variables.{name}: {spec.type}{'' if spec.required else ', optional'}")
        for name, spec in specs.items()
    )


def plain_json(value: object) -> object:
    """Return a JSON value as the types that `json` writes."""
    if is_object(value):
        return {key: plain_json(item) for key, item in value.items()}
    return [plain_json(item) for item in value] if is_array(value) else value


def cut(text: str, room: int = _WIDEST) -> str:
    """Return a text with what does not fit left out."""
    return text if len(text) <= room else f"{text[: room - 1]}…"


def _section(change: Change) -> Section:
    if change.kind in {ChangeKind.TEXT_CHANGED, ChangeKind.PARTIAL_CHANGED}:
        return Section.TEXT
    if change.kind is ChangeKind.DOCUMENTATION_CHANGED:
        return Section.DOCUMENTATION
    return Section.SIGNATURE if change.path[:1] == ("variables",) else Section.SETTINGS


def _short(value: object) -> str:
    return one_line(cut(json.dumps(plain_json(value), ensure_ascii=False)))
