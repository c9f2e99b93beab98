"""Changes by section, in reading order, and verdicts in words."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from prompt_cli.changes.comparison import PromptComparison, Verdict
from prompt_cli.domain.change import Change, ChangeKind
from prompt_cli.domain.json_values import plain_json
from prompt_cli.domain.version import Level, declared_level
from prompt_cli.reporting.terminal import one_line

_MAX_VALUE: Final = 200
_ORDER: Final = ("breaking", "minor", "patch", "no bump needed", "renamed", "added", "deleted", "not compared")


class Section(StrEnum):
    """The subject of a change, in reading order."""

    SIGNATURE = "Signature"
    OUTPUT = "Output"
    TOOLS = "Tools"
    SETTINGS = "Settings and messages"
    TEXT = "Text"
    DOCUMENTATION = "Documentation"


def sections(changes: Iterable[Change]) -> Mapping[Section, Sequence[Change]]:
    """Return the changes by section, in reading order, without empty sections."""
    by_section: dict[Section, list[Change]] = {section: [] for section in Section}
    for change in changes:
        by_section[_section(change)].append(change)
    return {section: members for section, members in by_section.items() if members}


def sign(change: Change) -> str:
    """Return ``+``, ``-`` or ``~`` for an addition, a removal or a change."""
    if change.old is None and change.new is not None:
        return "+"
    return "-" if change.new is None and change.old is not None else "~"


def values(change: Change) -> tuple[str, ...]:
    """Return the old and the new value as short JSON, if they differ; none for texts, which have a diff."""
    if _section(change) is Section.TEXT:
        return ()
    texts = [_short(value) for value in (change.old, change.new) if value is not None]
    return tuple(texts) if len(set(texts)) == len(texts) else ()


def signature(comparison: PromptComparison) -> tuple[str, ...]:
    """Return the variables of an added or deleted prompt with their types; nothing for other prompts."""
    prompts = {Verdict.ADDED: comparison.new_prompt, Verdict.DELETED: comparison.old_prompt}
    prompt = prompts.get(comparison.verdict)
    specs = {} if prompt is None else prompt.variables
    lines = (f"variables.{name}: {spec.type}{'' if spec.required else ', optional'}" for name, spec in specs.items())
    return tuple(map(one_line, lines))


def cut(text: str, length: int = _MAX_VALUE) -> str:
    """Return a text cut to a length."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def verdict(comparison: PromptComparison) -> str:
    """Return the verdict on a prompt: ``breaking: needs a major bump; version says minor (1.2.0 -> 1.3.0)``."""
    match comparison.verdict:
        case Verdict.UNCHANGED:
            return "unchanged"
        case Verdict.ADDED:
            return "added" if comparison.new_version is None else f"added ({comparison.new_version})"
        case Verdict.DELETED:
            return "deleted" if comparison.old_version is None else f"deleted (it was {comparison.old_version})"
        case Verdict.UNJUDGED:
            return f"could not compare: {comparison.problem or 'a side is not a prompt'}"
        case Verdict.NONE_NEEDED:
            bump = f"; {_declares(comparison)}" if comparison.declared else ""
            return f"{'' if comparison.renamed_from is None else 'renamed, '}no change that needs a bump{bump}"
        case Verdict.SUFFICES:
            return f"{_level_word(comparison.level)}: {_versions(comparison)} is enough"
        case Verdict.TOO_LOW:
            return f"{_level_word(comparison.level)}: {_needs(comparison)}; {_declares(comparison)}"
        case Verdict.WENT_DOWN:
            needed = "versions only go up"
            if comparison.level:
                needed = f"{_level_word(comparison.level)}: needs {comparison.required} or above"
            return f"version went down ({_versions(comparison)}); {needed}"


def name(comparison: PromptComparison) -> str:
    """Return the id of a prompt; of a renamed one, both ids: ``old -> new``."""
    old = comparison.renamed_from
    return one_line(comparison.id if old is None else f"{old} -> {comparison.id}")


def summary(comparisons: Iterable[PromptComparison]) -> str:
    """Return one line that counts: ``3 prompts changed: 1 breaking, 1 patch, 1 added; 1 version is too low``."""
    changed = [one for one in comparisons if one.verdict is not Verdict.UNCHANGED]
    if not changed:
        return "no prompt changed"
    counts = Counter(map(_word, changed))
    kinds = ", ".join(f"{counts[word]} {word}" for word in _ORDER if counts[word])
    low = sum(one.verdict.at_fault for one in changed)
    wrong = f"; {low} {'version is' if low == 1 else 'versions are'} too low" if low else ""
    return f"{len(changed)} {'prompt' if len(changed) == 1 else 'prompts'} changed: {kinds}{wrong}"


def _section(change: Change) -> Section:
    match change.path[:1], change.kind:
        case ("output",), _:
            return Section.OUTPUT
        case ("tools",), _:
            return Section.TOOLS
        case _, ChangeKind.TEXT_CHANGED | ChangeKind.PARTIAL_CHANGED:
            return Section.TEXT
        case _, ChangeKind.DOCUMENTATION_CHANGED:
            return Section.DOCUMENTATION
        case ("variables",), _:
            return Section.SIGNATURE
    return Section.SETTINGS


def _short(value: object) -> str:
    return one_line(cut(json.dumps(plain_json(value), ensure_ascii=False)))


def _level_word(level: Level | None) -> str:
    """Return a level as a word for reviewers: a major change is breaking."""
    return "breaking" if level is Level.MAJOR else str(level)


def _word(comparison: PromptComparison) -> str:
    match comparison.verdict:
        case Verdict.ADDED | Verdict.DELETED:
            return str(comparison.verdict)
        case Verdict.UNJUDGED:
            return "not compared"
        case Verdict.NONE_NEEDED if comparison.renamed_from is not None:
            return "renamed"
        case _:
            return _level_word(comparison.level) if comparison.level else "no bump needed"


def _versions(comparison: PromptComparison) -> str:
    return f"{comparison.old_version} -> {comparison.new_version}"


def _needs(comparison: PromptComparison) -> str:
    """Return the required bump: below 1.0.0 minor for a breaking change, else patch."""
    old, required = comparison.old_version, comparison.required
    if old is None or required is None:
        return "needs a bump"
    needed = declared_level(old, required)
    return f"needs a {needed} bump{' below 1.0.0' if needed is not comparison.level else ''}"


def _declares(comparison: PromptComparison) -> str:
    if comparison.declared:
        return f"version says {comparison.declared} ({_versions(comparison)})"
    return f"version is still {comparison.new_version}"
