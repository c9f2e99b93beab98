"""Ignore comments, ``# prompt-cli: ignore PC302 -- reason``, and the findings they suppress."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from prompt_cli.problems import Region
from prompt_cli.rules.catalogue import RULES, code_of, finding_of, rule_of
from prompt_cli.rules.selection import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from prompt_cli.domain.finding import Finding
    from prompt_cli.rules.selection import Selection
    from prompt_cli.storage.loader import LoadedPrompt
    from prompt_cli.yaml.source import Comment, YamlSource

_CODES = frozenset(rule.code for rule in RULES)
# Any comment that begins like this is meant for prompt-cli, so a malformed one is reported.
_OURS = re.compile(r"#\s*+prompt-cli\s*+(?::|ignore\b)", re.IGNORECASE)
# Possessive quantifiers keep matching linear in a stranger's comment.
_IGNORE = r"#\s*+prompt-cli:\s*+ignore\s++(?P<codes>[^\s,]++(?:\s*+,\s*+[^\s,]++)*+)\s*+(?:--.*)?"
_CODE = re.compile(r"[^\s,]+")
_FORM = "write `# prompt-cli: ignore PC302 -- reason`; separate several codes by commas"

_Key = TypeVar("_Key")


class Ignore(NamedTuple):
    """One code in an ignore comment, which applies to the whole file if it stands before the first key."""

    code: str
    region: Region
    whole_file: bool


class BaseFile(NamedTuple):
    """The file at the base, if its ignore comments are the ones that apply; None if it was absent or invalid there."""

    source: YamlSource | None


class ReportedFindings(NamedTuple):
    """The findings of a prompt to report, the number of suppressed ones, and of ignore comments without effect yet."""

    findings: tuple[Finding, ...]
    suppressed: int
    new_ignores: int = 0


def apply_suppressions(
    findings: Sequence[Finding],
    loaded: LoadedPrompt,
    selection: Selection,
    *,
    not_run: tuple[str, ...] = (),
    base: BaseFile | None = None,
) -> ReportedFindings:
    """Return the findings of selected rules that neither settings nor comments suppress.

    Args:
        findings: The findings of every rule.
        loaded: The prompt's file.
        selection: The selected rules.
        not_run: Families of rules that could not run, whose ignore comments may be needed.
        base: The file whose ignore comments apply; by default the prompt's own.
    """
    path, source = loaded.path, loaded.source
    has_comments = source is not None and "prompt-cli" in source.text
    if not (findings or has_comments):
        return ReportedFindings((), 0)
    ignored = selection.ignored_at(path)

    def reports(code: str) -> bool:
        return code in selection.severities and code not in ignored

    candidates = [one for one in findings if reports(one.code)]
    remaining, new_ignores = candidates, 0
    comment_findings: list[Finding] = []
    if source is not None and has_comments:
        all_ignores = _ignores(source)
        ignores = [one for one in all_ignores if one.code in _CODES]
        other_lines = source.lines_beside() if ignores else {}
        remaining, used = _suppress(candidates, ignores, other_lines)
        if base is not None:
            active = _base_ignores(ignores, source, base.source)
            new_ignores = len(ignores) - len(active)
            remaining, _ = _suppress(candidates, active, other_lines)
        unused = [one for one in ignores if one not in used and reports(one.code) and not one.code.startswith(not_run)]
        comment_findings += [_unused_ignore(one, path) for one in unused]
        comment_findings += [_unknown_rule(one, path) for one in all_ignores if one.code not in _CODES]
        comment_findings += _malformed_comments(source, path)
    suppressed = sum(map(selection.selects, findings)) - len(remaining)
    reported = (*remaining, *(one for one in comment_findings if reports(one.code)))
    return ReportedFindings(tuple(map(selection.with_severity, reported)), suppressed, new_ignores)


def _suppress(
    findings: Sequence[Finding], comments: Sequence[Ignore], other_lines: Mapping[int, Sequence[int]]
) -> tuple[list[Finding], set[Ignore]]:
    """Return the findings that no comment suppresses, and the comments that suppress any.

    A comment applies to its own line, and `other_lines` has, by line, the others whose comments apply to it.
    """
    by_place: dict[tuple[str, int | None], list[Ignore]] = {}
    for one in comments:
        by_place.setdefault((one.code, None if one.whole_file else one.region.line), []).append(one)
    remaining: list[Finding] = []
    used: set[Ignore] = set()
    for finding in findings:
        line = finding.region.line
        places = (None, line, *other_lines.get(line, ()))
        matching = [one for place in places for one in by_place.get((finding.code, place), ())]
        used.update(matching)
        if not matching:
            remaining.append(finding)
    return remaining, used


def _ignores(source: YamlSource) -> list[Ignore]:
    """Return the codes in the ignore comments of a file, each once per comment."""
    ignores: list[Ignore] = []
    first_key_line = source.lines.position(source.root.start)[0]
    for comment in source.comments():
        match = re.fullmatch(_IGNORE, comment.text)
        codes: dict[str, re.Match[str]] = {}
        for code in _CODE.finditer(comment.text, *match.span("codes")) if match else ():
            codes.setdefault(code_of(code[0]), code)
        for name, code in codes.items():
            ignores.append(Ignore(name, _part(comment, *code.span()), comment.line < first_key_line))
    return ignores


def _part(comment: Comment, start: int, end: int) -> Region:
    return Region(comment.line, comment.column + start, comment.line, comment.column + end)


def _base_ignores(ignores: Sequence[Ignore], new: YamlSource, old: YamlSource | None) -> list[Ignore]:
    """Return the ignores of a file that its base has too: at most as many of a code, on equal lines first."""
    keys = {one: _with_line(one, new) for one in ignores}
    budget = Counter(_with_line(one, old) for one in _ignores(old)) if old else Counter()
    same_line = {one for one, key in keys.items() if _take(budget, key)}
    other_line = Counter((code, whole_file) for code, whole_file, _ in budget.elements())
    return [one for one in keys if one in same_line or _take(other_line, (one.code, one.whole_file))]


def _with_line(ignore: Ignore, source: YamlSource) -> tuple[str, bool, str]:
    start = source.lines.index(ignore.region.line, 1)
    return ignore.code, ignore.whole_file, source.text[start : source.lines.index(*ignore.region[:2])].strip()


def _take(budget: Counter[_Key], key: _Key) -> bool:
    """Return whether one of a key is left, and take it."""
    budget[key] -= 1
    return budget[key] >= 0


def _unused_ignore(ignore: Ignore, path: str) -> Finding:
    where, hint = "in this file", "remove it"
    if not ignore.whole_file:
        where, hint = "on this line", "remove it, or move it to the line of the finding or before the first key"
    return finding_of(rule_of("PC010"), path, ignore.region, f"unused ignore: no {ignore.code} {where}", hint)


def _unknown_rule(ignore: Ignore, path: str) -> Finding:
    return finding_of(rule_of("PC011"), path, ignore.region, f"unknown rule {ignore.code!r}", nearest(ignore.code))


def _malformed_comments(source: YamlSource, path: str) -> Iterator[Finding]:
    for comment in source.comments():
        if _OURS.match(comment.text) and not re.fullmatch(_IGNORE, comment.text):
            region = _part(comment, 0, len(comment.text.rstrip()))
            message = "malformed ignore comment: it suppresses nothing"
            yield finding_of(rule_of("PC011"), path, region, message, _FORM)
