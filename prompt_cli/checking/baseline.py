"""The baseline: the findings of legacy prompts that do not fail, by prompt, rule and text.

The file holds no line numbers, so that findings may move, and no text. A finding that hides a secret, or keeps a prompt
from being read or rendered, is never in a baseline: that prompt would count as checked.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from prompt_cli.cache import digest_of
from prompt_cli.domain.finding import Finding, Report, Severity
from prompt_cli.errors import SettingsError
from prompt_cli.rules.catalogue import rule_of
from prompt_cli.rules.selection import take
from prompt_cli.settings import BASELINE_FILE
from prompt_cli.storage.project import Project
from prompt_cli.storage.scan import check_links, from_here

_UNREADABLE = ("PC0", "PC1", "PC201", "PC204", "PC205", "PC206", "PC207", "PC5")
_DIGITS = 16


class BaselineKey(NamedTuple):
    """A kind of finding: the path below the prompt directory, the rule's code, and a digest of its lines.

    With several prompt directories the path is relative to the settings.
    """

    path: str
    code: str
    text: str


Baseline = Counter[BaselineKey]
"""The number of findings of each kind that do not fail."""


def new_baseline_path(project: Project) -> Path:
    """Return the baseline to write: the one in use, else next to the settings or to the prompt directory."""
    existing = [one for one in project.baseline_paths if one.is_file()]
    return existing[0] if existing else project.base / BASELINE_FILE


def parse_baseline(contents: Mapping[Path, bytes], paths: Collection[Path]) -> Baseline:
    """Return the first baseline among files; an empty one if there is none."""
    path = next((one for one in paths if one in contents), None)
    if path is None:
        return Baseline()
    try:
        data = json.loads(contents[path])
        entries = ((file, key, n) for file, keys in data["findings"].items() for key, n in keys.items())
        return Baseline({BaselineKey(file, *key.split(" ")): int(n) for file, key, n in entries})
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        message = f"{from_here(path)}: not a baseline"
        raise SettingsError(message, path=str(path), help="`prompt-cli validate --write-baseline` writes one") from None


def read_baseline(project: Project) -> Baseline:
    """Return the baseline of the working tree; an empty one if there is none."""
    path = next((one for one in project.baseline_paths if one.is_file()), None)
    if path is None:
        return Baseline()
    check_links(path, project.root if project.git_directory else path.parent, "replace the link by a file")
    try:
        return parse_baseline({path: path.read_bytes()}, [path])
    except OSError as error:
        raise SettingsError(f"{from_here(path)} could not be read: {error.strerror}", path=str(path)) from None


def codes_in(baseline: Baseline, path: str, project: Project) -> set[str]:
    """Return the codes of the findings in a baseline that are of one file; the path is as users see it."""
    key_path = _path(path, project)
    return {key.code for key in baseline if key.path == key_path}


def new_baseline(projects: Sequence[Project], reports: Sequence[Report]) -> Baseline:
    """Return the baseline of reports, one for each directory, without findings that must not be in a baseline.

    Entries of other prompt directories of the same settings stay.
    """
    baseline = Baseline()
    prefixes = tuple(map(_key_prefix, projects))
    if all(prefixes):
        old = read_baseline(projects[0])
        baseline.update({key: count for key, count in old.items() if not key.path.startswith(prefixes)})
    for project, report in zip(projects, reports, strict=True):
        baseline.update(_key(one, report, project) for one in report.findings if _is_allowed(one))
    return baseline


def format_baseline(baseline: Baseline) -> bytes:
    """Return a baseline as JSON, sorted so that it merges well."""
    findings: dict[str, dict[str, int]] = {}
    for (path, code, text), count in sorted(baseline.items()):
        findings.setdefault(path, {})[f"{code} {text}"] = count
    return (json.dumps({"schema": 1, "findings": findings}, indent=2) + "\n").encode()


def apply_baseline(
    report: Report, baseline: Baseline, project: Project, codes: Collection[str], *, everything: bool
) -> tuple[Report, Sequence[str]]:
    """Return a report without the findings in a baseline, and notices for the user.

    An entry is gone only if its rule is among the codes of those that ran, and its prompt was checked or, if all
    prompts were (`everything`), deleted.
    """
    prefix = _key_prefix(project)
    rest = Baseline({key: count for key, count in baseline.items() if key.path.startswith(prefix)})
    if not rest:
        return report, ()
    findings = [one for one in report.findings if not (_is_allowed(one) and take(rest, _key(one, report, project)))]
    count = len(report.findings) - len(findings)
    paths = {_path(path, project) for path in report.paths}
    unmatched = {key for key in +rest if key.code in codes and (everything or key.path in paths)}
    notices = [f"in the baseline, so not reported: {count}"] if count else []
    if unmatched:
        names = ", ".join(sorted({f"{key.path} {key.code}" for key in unmatched}))
        advice = "`prompt-cli validate --write-baseline` takes them out"
        notices.append(f"gone, but still in the baseline: {names}; {advice}")
    return report._replace(findings=tuple(findings), suppressed=report.suppressed + count), notices


def without_earlier(report: Report, earlier: Report, project: Project) -> Report:
    """Remove the findings from a report that an earlier report of some of its files has too; lines may have moved."""
    rest = Baseline(_key(one, earlier, project) for one in earlier.findings)
    findings = tuple(one for one in report.findings if not take(rest, _key(one, report, project)))
    not_checked = tuple(one for one in report.not_checked if one not in earlier.not_checked)
    return report._replace(findings=findings, not_checked=not_checked)


def _key(finding: Finding, report: Report, project: Project) -> BaselineKey:
    lines = _lines(report.sources.get(finding.path, ""))
    region = finding.region
    quoted = [line.strip() for line in lines[region.line - 1 : max(region.line, region.end_line)]]
    is_in_line = region.line == region.end_line <= len(lines)
    marked = lines[region.line - 1][region.column - 1 : region.end_column - 1] if is_in_line else ""
    text = json.dumps([quoted, marked])
    return BaselineKey(_path(finding.path, project), finding.code, digest_of(text.encode())[:_DIGITS])


@lru_cache(maxsize=1)  # the findings of a file follow one another
def _lines(text: str) -> Sequence[str]:
    return text.splitlines()


def _path(path: str, project: Project) -> str:
    """Return the path of a key: below the prompt directory, or below the settings if they name several."""
    return _key_prefix(project) + path.removeprefix(f"{project.shown(project.directory)}/")


def _key_prefix(project: Project) -> str:
    """Return the beginning of the paths of a prompt directory; empty if the settings name only one."""
    return f"{project.setting}/" if project.settings.directories[1:] else ""


def _is_allowed(finding: Finding) -> bool:
    """Return whether a finding may be in a baseline: a PC5 finding belongs to a change."""
    rule = rule_of(finding.code)
    is_cause = finding.code.startswith(_UNREADABLE) and rule.severity is Severity.ERROR
    return not rule.hides and not is_cause
