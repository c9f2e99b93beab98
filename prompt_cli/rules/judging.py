"""From what the rules find in a prompt to what is reported of it: what is chosen, weighed and not silenced."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.rules.catalogue import RULES, finding_of, rule_of
from prompt_cli.rules.selection import nearest
from prompt_cli.rules.silencing import ignores, malformed_ignores, silence, standing_ignores, unused_ignore

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from prompt_cli.domain.findings import Finding
    from prompt_cli.rules.rule import Match
    from prompt_cli.rules.selection import Selection
    from prompt_cli.storage.loader import LoadedPrompt
    from prompt_cli.yaml.source import YamlSource

_CODES = frozenset(rule.code for rule in RULES)


class Judged(NamedTuple):
    """What is reported of a prompt.

    Attributes:
        findings: What was found, and not silenced.
        silenced: How much was.
        new_ignores: How many comments would silence, and are not in force yet.
    """

    findings: tuple[Finding, ...]
    silenced: int
    new_ignores: int = 0


class Before(NamedTuple):
    """The file as it was, whose ignores are those in force; None where it was not there, or was no YAML."""

    source: YamlSource | None


def judge(
    found: Sequence[Finding],
    loaded: LoadedPrompt,
    selection: Selection,
    *,
    unjudged: Collection[str] = (),
    before: Before | None = None,
) -> Judged:
    """Choose what to report of what was found in a prompt.

    Args:
        found: What every rule has found.
        loaded: The prompt's file.
        selection: What is chosen.
        unjudged: The codes of rules that could not look at it: an ignore of theirs may well silence something.
        before: The file whose ignores are in force; its own are where None.
    """
    path = loaded.path
    off = selection.ignored_at(path)
    chosen = [one for one in found if selection.takes(one)]
    left = [one for one in chosen if one.code not in off]
    dropped = len(chosen) - len(left)
    new_ignores = 0
    if loaded.source is not None and "prompt-cli" in loaded.text:
        comments = [one for one in ignores(loaded.source) if one.code in _CODES]
        beside = loaded.source.lines_beside() if comments else {}
        kept, silenced, unused = silence(left, comments, beside)
        if before is not None:
            standing = [one for one in standing_ignores(loaded.source, before.source) if one.code in _CODES]
            new_ignores = len(comments) - len(standing)
            kept, silenced, _ = silence(left, standing, beside)
        dropped += len(silenced)
        judged = selection.severities.keys() - off - set(unjudged)
        matches = [("PC010", unused_ignore(one)) for one in unused if one.code in judged]
        matches += [("PC011", one) for one in malformed_ignores(loaded.source, _CODES, nearest)]
        left = [*kept, *(one for one in _found(matches, path) if selection.takes(one) and one.code not in off)]
    return Judged(tuple(map(selection.weighed, left)), dropped, new_ignores)


def _found(matches: Sequence[tuple[str, Match]], path: str) -> Iterator[Finding]:
    for code, match in matches:
        if match.region is not None:
            yield finding_of(rule_of(code), path, match.region, match.message, match.help)
