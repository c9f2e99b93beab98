"""Selection of rules by the settings and the command line, with their severities."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.domain.finding import Severity
from prompt_cli.domain.ids import near_names
from prompt_cli.errors import SettingsError
from prompt_cli.rules.catalogue import CODES_BY_NAME, RULES, code_of
from prompt_cli.settings import DEFAULTS, RuleChoice, fail_level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from prompt_cli.domain.finding import Finding
    from prompt_cli.rules.rule import Rule


class Selection(NamedTuple):
    """The rules of a run.

    Attributes:
        severities: The severity of each selected rule, by code.
        ignored: The codes of rules that `ignore` turned off, as opposed to rules that were never selected.
        path_ignores: The codes that are off for files matching a pattern.
        directory: The path of the prompt directory as users see it; patterns may omit it.
        fail_on: The lowest severity that makes the check fail.
    """

    severities: Mapping[str, Severity]
    ignored: frozenset[str] = frozenset()
    path_ignores: Sequence[tuple[str, frozenset[str]]] = ()
    directory: str = ""
    fail_on: Severity = Severity.ERROR

    def ignored_at(self, path: str) -> frozenset[str]:
        """Return the codes that the settings turn off for a file."""
        matching = (codes for pattern, codes in self.path_ignores if is_matched(pattern, path, self.directory))
        return frozenset[str]().union(*matching)

    def selects(self, finding: Finding) -> bool:
        """Return whether the rule of a finding is selected."""
        return finding.code in self.severities

    def names(self, finding: Finding) -> bool:
        """Return whether the rule of a finding is selected or was turned off by `ignore`."""
        return self.selects(finding) or finding.code in self.ignored

    def with_severity(self, finding: Finding) -> Finding:
        """Return a finding with the severity of this run."""
        return finding._replace(severity=self.severities[finding.code])

    def fails(self, findings: Iterable[Finding]) -> bool:
        """Return whether findings make the check fail."""
        return any(one.severity.reaches(self.fail_on) for one in findings)


def select_rules(
    settings: RuleChoice = DEFAULTS.choice, options: RuleChoice = DEFAULTS.choice, *, directory: str = ""
) -> Selection:
    """Combine the choices of the settings and of the command line.

    `select` on the command line replaces `select` and `ignore` of the settings; `ignore` there adds to them. If codes
    in `select` and `ignore` both match a rule, the longer one wins, and `ignore` wins a tie.

    Args:
        settings: The choice of the settings.
        options: The choice of the command line.
        directory: The path of the prompt directory as users see it.

    Raises:
        SettingsError: A code matches no rule.
    """
    for code, place in (*_codes(settings, "the settings"), *_codes(options, "the command line")):
        if not code or not _matching_codes((code_of(code),)):
            raise SettingsError(f"{place}: unknown rule {code!r}", help=nearest(code))
    settings, options = _with_codes(settings), _with_codes(options)
    severities = {**settings.severity, **options.severity}
    selected = {rule.code: _severity(rule, severities) for rule in RULES if _is_selected(rule, settings, options)}
    ignored = _matching_codes((*settings.ignore, *options.ignore)) - selected.keys()
    path_ignores = tuple((glob, _matching_codes(codes)) for glob, codes in settings.per_path_ignores.items())
    return Selection(selected, ignored, path_ignores, directory, fail_level(settings, options))


def nearest(code: str) -> str:
    """Return a hint with the rule whose code or name is most like an unknown code."""
    codes = [rule.code for rule in RULES]
    near_codes = (code.upper(), *near_names(code.upper(), codes))
    from_names = (code_of(name) for name in (code.lower(), *near_names(code.lower(), CODES_BY_NAME)))
    near = next((one for one in (*near_codes, *from_names) if one in codes), None)
    return f"did you mean {near!r}?" if near else "`prompt-cli rule` lists the rules"


def is_matched(pattern: str, path: str, directory: str) -> bool:
    """Return whether a pattern matches a path as users see it, or the path below the prompt directory."""
    return any(path_matches(pattern, one) for one in (path, path.removeprefix(f"{directory}/")))


def path_matches(pattern: str, path: str) -> bool:
    """Return whether a pattern matches a path.

    ``*`` matches within a segment, ``**`` any segments, and a trailing ``/`` all files below.

    >>> path_matches("legacy/**", "legacy/a/b.yaml"), path_matches("legacy/*", "legacy/a/b.yaml")
    (True, False)
    """
    segments = path.split("/")
    # The possible numbers of matched segments; backtracking would be slow for a stranger's pattern.
    matched = {0}
    for one in (f"{pattern}**" if pattern.endswith("/") else pattern).split("/"):
        if one == "**":
            matched = set(range(min(matched), len(segments) + 1)) if matched else matched
        else:
            matched = {n + 1 for n in matched if n < len(segments) and fnmatchcase(segments[n], one)}
    return len(segments) in matched


def _codes(choice: RuleChoice, place: str) -> Iterator[tuple[str, str]]:
    """Yield every code of a choice with its place, for errors."""
    for code in (*(choice.select or ()), *choice.ignore, *choice.severity):
        yield code, place
    for pattern, codes in choice.per_path_ignores.items():
        for code in codes:
            yield code, f"{place}, per-path-ignores of {pattern!r}"


def _with_codes(choice: RuleChoice) -> RuleChoice:
    """Return a choice with codes in place of names."""
    return choice._replace(
        select=None if choice.select is None else tuple(map(code_of, choice.select)),
        ignore=tuple(map(code_of, choice.ignore)),
        severity={code_of(name): level for name, level in choice.severity.items()},
        per_path_ignores={path: tuple(map(code_of, codes)) for path, codes in choice.per_path_ignores.items()},
    )


def _matching_codes(prefixes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(rule.code for rule in RULES if rule.code.startswith(prefixes))


def _is_selected(rule: Rule, settings: RuleChoice, options: RuleChoice) -> bool:
    if options.select is not None:
        return _wins(rule.code, options.select, options.ignore)
    if settings.select is not None:
        selected = _wins(rule.code, settings.select, settings.ignore)
    else:
        selected = rule.enabled and not rule.code.startswith(settings.ignore)
    return selected and not rule.code.startswith(options.ignore)


def _wins(code: str, select: Sequence[str], ignore: Sequence[str]) -> bool:
    return _longest_match(code, select) > _longest_match(code, ignore)


def _longest_match(code: str, prefixes: Iterable[str]) -> int:
    return max((len(one) for one in prefixes if code.startswith(one)), default=0)


def _severity(rule: Rule, severities: Mapping[str, Severity]) -> Severity:
    prefix = max((one for one in severities if rule.code.startswith(one)), key=len, default=None)
    return rule.severity if prefix is None else severities[prefix]
