"""A prompt's changes in the order a reviewer reads them: the signature, then settings and messages, then the text."""

from __future__ import annotations

import json
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from prompt_cli.changes.comparison import Verdict
from prompt_cli.domain.change import ChangeKind
from prompt_cli.domain.json_values import is_array, is_object
from prompt_cli.domain.version import Level, declared_level
from prompt_cli.reporting.terminal import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from prompt_cli.changes.comparison import PromptComparison
    from prompt_cli.domain.change import Change


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


_ORDER: Final = ("breaking", "minor", "patch", "no bump needed", "added", "deleted", "not judged")


def verdict(comparison: PromptComparison) -> str:
    """Return what is to be thought of a prompt's changes.

    ``breaking: needs a major bump; version says minor (1.2.0 -> 1.3.0)``
    """
    match comparison.verdict:
        case Verdict.UNCHANGED:
            return "unchanged"
        case Verdict.ADDED:
            return f"added{_known('', comparison.new_version)}"
        case Verdict.DELETED:
            return f"deleted{_known('it was ', comparison.old_version)}"
        case Verdict.UNJUDGED:
            return f"could not judge: {comparison.problem or 'a side is no prompt'}"
        case Verdict.NONE_NEEDED:
            return f"no change that needs a bump{_raised_anyway(comparison)}"
        case Verdict.SUFFICES:
            return f"{level_word(comparison.level)}: version {_versions(comparison)} suffices"
        case Verdict.TOO_LOW:
            return f"{level_word(comparison.level)}: {_needs(comparison)}; {_says(comparison)}"
        case Verdict.WENT_DOWN:
            return f"version went down ({_versions(comparison)}); {_lowest(comparison)}"


def summary(comparisons: Iterable[PromptComparison]) -> str:
    """Return a line that counts: ``3 prompts changed: 1 breaking, 1 patch, 1 added; 1 version is too low``."""
    judged = [one for one in comparisons if one.verdict is not Verdict.UNCHANGED]
    if not judged:
        return "no prompt changed"
    counts = Counter(map(_word, judged))
    kinds = ", ".join(f"{counts[word]} {word}" for word in _ORDER if counts[word])
    low = sum(one.verdict.at_fault for one in judged)
    wrong = f"; {low} {'version is' if low == 1 else 'versions are'} too low" if low else ""
    return f"{len(judged)} {'prompt' if len(judged) == 1 else 'prompts'} changed: {kinds}{wrong}"


def level_word(level: Level | None) -> str:
    """Name a level as a reviewer would: a major change is breaking."""
    return "breaking" if level is Level.MAJOR else str(level)


def _word(comparison: PromptComparison) -> str:
    match comparison.verdict:
        case Verdict.ADDED | Verdict.DELETED as found:
            return str(found)
        case Verdict.UNJUDGED:
            return "not judged"
        case _:
            return level_word(comparison.level) if comparison.level else "no bump needed"


def _known(before: str, version: object) -> str:
    return "" if version is None else f" ({before}{version})"


def _versions(comparison: PromptComparison) -> str:
    return f"{comparison.old_version} -> {comparison.new_version}"


def _raised_anyway(comparison: PromptComparison) -> str:
    return f"; version says {comparison.declared} ({_versions(comparison)})" if comparison.declared else ""


def _needs(comparison: PromptComparison) -> str:
    """Say which bump is needed: below 1.0.0 a breaking change needs a minor one, everything else a patch."""
    old, required = comparison.old_version, comparison.required
    if old is None or required is None:
        return "needs a bump"
    needed = declared_level(old, required)
    return f"needs a {needed} bump{' below 1.0.0' if needed is not comparison.level else ''}"


def _says(comparison: PromptComparison) -> str:
    if comparison.declared:
        return f"version says {comparison.declared} ({_versions(comparison)})"
    return f"version is still {comparison.new_version}"


def _lowest(comparison: PromptComparison) -> str:
    """Say which version would do."""
    if not comparison.level:
        return "a version never goes down"
    return f"{level_word(comparison.level)}: needs {comparison.required} or above"
