"""Which rules are on, for which files, and how much they matter."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.finding import Severity
from prompt_cli.domain.ids import near_names
from prompt_cli.errors import SettingsError
from prompt_cli.rules.catalogue import RULES, finding_of, rule_of
from prompt_cli.rules.suppressions import ignores, malformed_ignores, silence, standing_ignores, unused_ignore
from prompt_cli.settings import RuleChoice, fail_level

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from prompt_cli.domain.finding import Finding
    from prompt_cli.rules.rule import Match, Rule
    from prompt_cli.storage.loader import LoadedPrompt
    from prompt_cli.yaml.source import YamlSource


class Selection(NamedTuple):
    """What a run checks.

    Attributes:
        severities: How much each rule that is on matters, by its code.
        ignored: The codes of rules that somebody turned off by name; other rules that are not on were never asked for.
        path_ignores: The codes that are off for the files a pattern matches.
        directory: The path of the prompt directory as people are shown it: patterns may leave it out.
        fail_on: The least severity that makes the check fail.
    """

    severities: Mapping[str, Severity]
    ignored: frozenset[str] = frozenset()
    path_ignores: Sequence[tuple[str, frozenset[str]]] = ()
    directory: str = ""
    fail_on: Severity = Severity.ERROR

    def ignored_at(self, path: str) -> frozenset[str]:
        """Return the codes that the settings turn off for a file."""
        if not self.path_ignores:
            return frozenset()
        below = path.removeprefix(f"{self.directory}/")
        matching = (
            codes for pattern, codes in self.path_ignores if path_matches(pattern, path) or path_matches(pattern, below)
        )
        return frozenset[str]().union(*matching)

    def takes(self, finding: Finding) -> bool:
        """Tell whether the rule of a finding is on."""
        return finding.code in self.severities

    def asked_for(self, finding: Finding) -> bool:
        """Tell whether a rule is on, or was turned off by somebody who named it."""
        return self.takes(finding) or finding.code in self.ignored

    def weighed(self, finding: Finding) -> Finding:
        """Return a finding with the severity it has here."""
        return finding._replace(severity=self.severities[finding.code])

    def fails(self, findings: Iterable[Finding]) -> bool:
        """Tell whether findings make the check fail."""
        return any(one.severity.reaches(self.fail_on) for one in findings)


def select_rules(
    settled: RuleChoice = RuleChoice(),  # noqa: B008 - it is immutable
    asked: RuleChoice = RuleChoice(),  # noqa: B008 - it is immutable
    *,
    directory: str = "",
    rules: Sequence[Rule] = RULES,
) -> Selection:
    """Work out what a run checks.

    What is selected on the command line takes the place of what the settings select and ignore; what is ignored there
    is ignored besides. Of a code in `select` and one in `ignore` the longer wins, so that ``PC3`` may be ignored and
    ``PC301`` selected; of equal ones, `ignore`.

    Args:
        settled: What the settings say.
        asked: What the command line says.
        directory: The path of the prompt directory as people are shown it.
        rules: The rules there are.

    Raises:
        SettingsError: No rule has a code that is named.
    """
    for code, where in (*_named(settled, "the settings"), *_named(asked, "the command line")):
        check_code(code, where, rules)
    severity = {**settled.severity, **asked.severity}
    on = {rule.code: _severity(rule, severity) for rule in rules if _is_on(rule, settled, asked)}
    ignores = (*settled.ignore, *asked.ignore)
    return Selection(
        on,
        frozenset(rule.code for rule in rules if rule.code not in on and rule.code.startswith(ignores)),
        tuple((pattern, codes_of(codes, rules)) for pattern, codes in settled.per_path_ignores.items()),
        directory,
        fail_level(settled, asked),
    )


def codes_of(beginnings: Sequence[str], rules: Sequence[Rule] = RULES) -> frozenset[str]:
    """Return the codes that begin with one of some."""
    return frozenset(rule.code for rule in rules if rule.code.startswith(tuple(beginnings)))


def check_code(code: str, where: str, rules: Sequence[Rule] = RULES) -> None:
    """Refuse a code, or the beginning of one, that no rule has.

    Args:
        code: The code.
        where: What names it, for the error.
        rules: The rules there are.

    Raises:
        SettingsError: There is no such rule; the nearest is named.
    """
    if not code or not any(rule.code.startswith(code) for rule in rules):
        raise SettingsError(f"{where}: there is no rule {code!r}", help=nearest(code, rules))


def nearest(code: str, rules: Sequence[Rule] = RULES) -> str:
    """Say which rule may have been meant, by a code or by a name."""
    by_name = {rule.name: rule.code for rule in rules}
    candidates = (code.upper(), *near_names(code.upper(), by_name.values()))
    named = (by_name[name] for name in (code.lower(), *near_names(code.lower(), by_name)) if name in by_name)
    found = next((one for one in (*candidates, *named) if one in by_name.values()), None)
    return f"did you mean {found!r}?" if found else "`prompt-cli rule` lists the rules"


def path_matches(pattern: str, path: str) -> bool:
    """Tell whether a pattern matches a path: ``*`` within a part, ``**`` any parts, ``/`` at the end all below.

    >>> path_matches("legacy/**", "legacy/a/b.yaml"), path_matches("legacy/*", "legacy/a/b.yaml")
    (True, False)
    """
    parts = path.split("/")
    wanted = (f"{pattern}**" if pattern.endswith("/") else pattern).split("/")
    # How many parts can be matched so far; a pattern from a stranger's settings is matched without backtracking.
    reached = {0}
    for one in wanted:
        if one == "**":
            reached = set(range(min(reached), len(parts) + 1)) if reached else reached
        else:
            reached = {n + 1 for n in reached if n < len(parts) and fnmatchcase(parts[n], one)}
    return len(parts) in reached


def _named(choice: RuleChoice, where: str) -> Iterator[tuple[str, str]]:
    for code in (*(choice.select or ()), *choice.ignore, *choice.severity):
        yield code, where
    for pattern, codes in choice.per_path_ignores.items():
        for code in codes:
            yield code, f"{where}, per-path-ignores of {pattern!r}"


def _is_on(rule: Rule, settled: RuleChoice, asked: RuleChoice) -> bool:
    if asked.select is not None:
        return _wins(rule.code, asked.select, asked.ignore)
    if settled.select is not None:
        on = _wins(rule.code, settled.select, settled.ignore)
    else:
        on = rule.enabled and not rule.code.startswith(settled.ignore)
    return on and not rule.code.startswith(asked.ignore)


def _wins(code: str, select: Sequence[str], ignore: Sequence[str]) -> bool:
    return _longest(code, select) > _longest(code, ignore)


def _longest(code: str, beginnings: Iterable[str]) -> int:
    return max((len(one) for one in beginnings if code.startswith(one)), default=0)


def _severity(rule: Rule, chosen: Mapping[str, Severity]) -> Severity:
    nearest_code = max((one for one in chosen if rule.code.startswith(one)), key=len, default=None)
    return rule.severity if nearest_code is None else chosen[nearest_code]


_CODES = frozenset(rule.code for rule in RULES)


class Judgement(NamedTuple):
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
) -> Judgement:
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
    return Judgement(tuple(map(selection.weighed, left)), dropped, new_ignores)


def _found(matches: Sequence[tuple[str, Match]], path: str) -> Iterator[Finding]:
    for code, match in matches:
        if match.region is not None:
            yield finding_of(rule_of(code), path, match.region, match.message, match.help)
