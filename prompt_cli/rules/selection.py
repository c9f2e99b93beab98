"""Selection of rules by the settings and the command line, and of findings by ignore comments."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from prompt_cli.domain.finding import Finding, Severity
from prompt_cli.domain.ids import is_match, near_names
from prompt_cli.errors import SettingsError
from prompt_cli.problems import Region
from prompt_cli.rules.catalogue import CODES_BY_NAME, RULES, code_of, finding_of, rule_of
from prompt_cli.rules.rule import Rule
from prompt_cli.settings import DEFAULTS, RuleChoice, fail_level
from prompt_cli.yaml.source import Comment, YamlSource

if TYPE_CHECKING:
    from prompt_cli.storage.loader import LoadedPrompt


class Selection(NamedTuple):
    """The rules of a run."""

    severities: Mapping[str, Severity]  # of each selected rule, by code
    ignored: frozenset[str] = frozenset()  # codes that `ignore` turned off, not those never selected
    path_ignores: Sequence[tuple[str, frozenset[str]]] = ()  # codes that are off for files matching a pattern
    directory: str = ""  # the prompt directory as users see it; patterns may omit it
    fail_on: Severity = Severity.ERROR  # the lowest severity that makes the check fail

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
    in `select` and `ignore` both match a rule, the longer one wins, and `ignore` wins a tie. `directory` is the path of
    the prompt directory as users see it.
    """
    for choice in (settings, options):
        for code in chain(choice.select or (), choice.ignore, choice.severity, *choice.per_path_ignores.values()):
            if not code or not _matching_codes((code_of(code),)):
                raise choice.locate(SettingsError(f"unknown rule {code!r}", help=nearest(code)), code)
    settings, options = _with_codes(settings), _with_codes(options)
    severities = {**settings.severity, **options.severity}
    selected = {rule.code: _severity(rule, severities) for rule in RULES if _is_selected(rule, settings, options)}
    ignored = _matching_codes((*settings.ignore, *options.ignore)) - selected.keys()
    path_ignores = tuple((glob, _matching_codes(codes)) for glob, codes in settings.per_path_ignores.items())
    return Selection(selected, ignored, path_ignores, directory, fail_level(settings, options))


_RULES_HELP = "`prompt-cli rule` lists the rules"
_MAX_HINTS = 100  # unknown codes of a file that are compared with the rules


def nearest(code: str) -> str:
    """Return a hint with the rule whose code or name is most like an unknown code."""
    codes = [rule.code for rule in RULES]
    near_codes = (code.upper(), *near_names(code.upper(), codes))
    from_names = (code_of(name) for name in (code.lower(), *near_names(code.lower(), CODES_BY_NAME)))
    near = next((one for one in (*near_codes, *from_names) if one in codes), None)
    return f"did you mean {near!r}?" if near else _RULES_HELP


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
            matched = {n + 1 for n in matched if n < len(segments) and is_match(segments[n], one)}
    return len(segments) in matched


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
        return _longest_match(rule.code, options.select) > _longest_match(rule.code, options.ignore)
    if settings.select is not None:
        selected = _longest_match(rule.code, settings.select) > _longest_match(rule.code, settings.ignore)
    else:
        selected = rule.enabled and not rule.code.startswith(settings.ignore)
    return selected and not rule.code.startswith(options.ignore)


def _longest_match(code: str, prefixes: Iterable[str]) -> int:
    return max((len(one) for one in prefixes if code.startswith(one)), default=0)


def _severity(rule: Rule, severities: Mapping[str, Severity]) -> Severity:
    prefix = max((one for one in severities if rule.code.startswith(one)), key=len, default=None)
    return rule.severity if prefix is None else severities[prefix]


_CODES = frozenset(rule.code for rule in RULES)
# Any comment that begins like this is meant for prompt-cli, so a malformed one is reported.
_OURS = re.compile(r"#\s*+prompt-cli\s*+(?::|ignore\b)", re.IGNORECASE)
# Possessive quantifiers keep matching linear in a stranger's comment.
_IGNORE = r"#\s*+prompt-cli:\s*+ignore\s++(?P<codes>[^\s,]++(?:\s*+,\s*+[^\s,]++)*+)\s*+(?:--.*)?"
_CODE = re.compile(r"[^\s,]+")
_FORM = "write `# prompt-cli: ignore PC302 -- reason`; separate several codes by commas"

Key = TypeVar("Key")


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
    loaded: "LoadedPrompt",
    selection: Selection,
    *,
    not_run: tuple[str, ...] = (),
    base: BaseFile | None = None,
) -> ReportedFindings:
    """Return the findings of selected rules that neither settings nor comments suppress.

    Ignore comments for rules of the families `not_run` may be needed. Those in `base` apply, by default the prompt's.
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
        comment_findings += _malformed_comments(all_ignores, source, path)
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
    same_line = {one for one, key in keys.items() if take(budget, key)}
    other_line = Counter((code, whole_file) for code, whole_file, _ in budget.elements())
    return [one for one in keys if one in same_line or take(other_line, (one.code, one.whole_file))]


def _with_line(ignore: Ignore, source: YamlSource) -> tuple[str, bool, str]:
    start = source.lines.index(ignore.region.line, 1)
    return ignore.code, ignore.whole_file, source.text[start : source.lines.index(*ignore.region[:2])].strip()


def take(budget: Counter[Key], key: Key) -> bool:
    """Return whether one of a key is left, and take it."""
    budget[key] -= 1
    return budget[key] >= 0


def _unused_ignore(ignore: Ignore, path: str) -> Finding:
    where, hint = "in this file", "remove it"
    if not ignore.whole_file:
        where, hint = "on this line", "remove it, or move it to the line of the finding or before the first key"
    return finding_of(rule_of("PC010"), path, ignore.region, f"unused ignore: no {ignore.code} {where}", hint)


def _malformed_comments(ignores: Iterable[Ignore], source: YamlSource, path: str) -> Iterator[Finding]:
    rule = rule_of("PC011")
    for n, one in enumerate(one for one in ignores if one.code not in _CODES):
        hint = nearest(one.code) if n < _MAX_HINTS else _RULES_HELP
        yield finding_of(rule, path, one.region, f"unknown rule {one.code!r}", hint)
    for comment in source.comments():
        if _OURS.match(comment.text) and not re.fullmatch(_IGNORE, comment.text):
            region = _part(comment, 0, len(comment.text.rstrip()))
            yield finding_of(rule, path, region, "malformed ignore comment: it suppresses nothing", _FORM)
