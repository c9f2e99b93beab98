"""Results of checks, of one prompt and of many, and their cache: `validate` checks only what changed.

A cached result follows from the bytes of a prompt and its partials, the selected rules and the installed tool; with a
pinned partial, also from the commit of HEAD. Times and sizes of files do not count.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from prompt_cli.cache import Cache, digest_of
from prompt_cli.checking.targets import SelectedFiles, find_files
from prompt_cli.domain.finding import Edit, Finding, Fix, Report, Severity
from prompt_cli.domain.ids import SUFFIX
from prompt_cli.domain.revision import Snapshot
from prompt_cli.errors import HistoryError, StorageError
from prompt_cli.history.git_directory import git_directory_of, head_commit, top_of
from prompt_cli.problems import Region
from prompt_cli.rules.secrets import redact
from prompt_cli.settings import RuleChoice
from prompt_cli.storage.project import Project
from prompt_cli.storage.scan import PromptDirectory

_KIND = "results"
_BATCH_SIZE = 250
"""The number of files in memory at once."""


class CheckResult(NamedTuple):
    """The result of checking one prompt."""

    path: str  # of its file, as shown to users
    findings: tuple[Finding, ...]  # those that are not suppressed
    suppressed: int  # the number of the others
    hidden: tuple[Region, ...]  # of its text, never to be shown, such as secrets
    digests: Mapping[str, str]  # of the files that it depends on, by id; empty if it depends on more
    has_pins: bool = False  # whether it also depends on the commit history


def text_of(content: bytes) -> str:
    """Return the text of a file to quote from, even if it is not UTF-8."""
    return content.decode("utf-8", "replace").removeprefix("\ufeff")


def with_cached(report: Report, results: Iterable[CheckResult], texts: Mapping[str, str]) -> Report:
    """Add cached results to a report; the texts of their prompts with findings are by path."""
    results = tuple(results)
    findings = [*report.findings, *(finding for one in results for finding in one.findings)]
    paths = sorted([*report.paths, *(one.path for one in results)])
    quoted = {one.path: redact(texts[one.path], one.hidden) for one in results if one.findings}
    return report._replace(
        findings=_sort(findings),
        checked=len(paths),
        sources={**report.sources, **quoted},
        paths=tuple(paths),
        suppressed=report.suppressed + sum(one.suppressed for one in results),
    )


def with_directory(report: Report, project: Project) -> Report:
    """Return a report whose help names the prompt directory in commands, if the settings name several."""
    if project.is_alone:
        return report
    findings = tuple(one._replace(help=project.help_here(one.help)) for one in report.findings)
    return report._replace(findings=findings)


class CheckResults:
    """Collected results: the parts of a `Report`, and the result of each prompt that could be checked, by its id."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.not_checked: list[str] = []
        self.sources: dict[str, str] = {}
        self.paths: list[str] = []
        self.notices: list[str] = []
        self.suppressed: int = 0
        self.new_ignores: int = 0
        self.checked: dict[str, CheckResult] = {}

    def add(self, other: "CheckResults") -> None:
        """Add other results."""
        self.findings += other.findings
        self.not_checked += other.not_checked
        self.sources |= other.sources
        self.paths += other.paths
        self.notices += other.notices
        self.suppressed += other.suppressed
        self.new_ignores += other.new_ignores
        self.checked |= other.checked

    def report(self) -> Report:
        """Return the report, sorted by path and position."""
        findings, paths = _sort(self.findings), tuple(sorted(self.paths))
        return Report(
            findings, len(paths), tuple(self.not_checked), self.sources, paths, self.suppressed, self.new_ignores
        )


def _sort(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda one: (one.path, one.region, one.code, one.message)))


class CachedResults(NamedTuple):
    """Cached results of unchanged prompts, by id, and the texts of those with findings, by path."""

    prompts: Mapping[str, CheckResult]
    texts: Mapping[str, str]


NO_RESULTS = CachedResults({}, {})


class _Candidates(NamedTuple):
    """Cached results that hold if the partials are unchanged too."""

    results: dict[str, CheckResult]  # by id
    texts: dict[str, str]  # of those with findings, by path
    digests: dict[str, str]  # of the files that were read, by id

    @property
    def partials(self) -> Sequence[str]:
        """The ids of the files that are still to be read."""
        return sorted({one for result in self.results.values() for one in result.digests} - self.digests.keys())

    def unchanged(self, partials: Iterable[tuple[str, bytes]]) -> CachedResults:
        """Return the results whose partials have the same content."""
        digests = {**dict.fromkeys(self.partials, ""), **self.digests}  # the digest of a missing file is empty
        digests |= {prompt_id: digest_of(content) for prompt_id, content in partials}
        same = {one: result for one, result in self.results.items() if result.digests.items() <= digests.items()}
        return CachedResults(same, self.texts)


class ResultCache:
    """Cache of the results of a project's prompts for one choice of rules on the command line."""

    def __init__(self, project: Project, options: RuleChoice) -> None:
        shown = project.shown(project.directory)
        self._prefix = "" if shown == "." else f"{shown}/"
        self._directory = project.directory
        self._tree = PromptDirectory(project.directory)
        self._cache = Cache.in_repository(project.git_directory)
        self._key = _key(project, options)
        self._head = _head(project.directory)
        self._results = self._load()

    def __bool__(self) -> bool:
        """Return whether anything is cached."""
        return bool(self._results)

    def find(self, prompt_ids: Sequence[str]) -> CachedResults:
        """Return the results of prompts that are unchanged in the working tree, partials included."""
        candidates = self._candidates(self._read(self._known(prompt_ids)))
        return candidates.unchanged(self._read(candidates.partials))

    async def find_in(self, snapshot: Snapshot, prompt_ids: Sequence[str]) -> CachedResults:
        """Return the results of prompts that are unchanged in a snapshot, partials included."""
        try:
            candidates = self._candidates((await snapshot.read_many(self._known(prompt_ids))).items())
            return candidates.unchanged((await snapshot.read_many(candidates.partials)).items())
        except (HistoryError, StorageError):
            return NO_RESULTS  # checking them reports it

    def _known(self, prompt_ids: Iterable[str]) -> Sequence[str]:
        return [one for one in prompt_ids if one in self._results]

    def _candidates(self, files: Iterable[tuple[str, bytes]]) -> "_Candidates":
        """Return the results of files whose own content is unchanged."""
        candidates = _Candidates({}, {}, {})
        for prompt_id, content in files:
            candidates.digests[prompt_id] = digest_of(content)
            result = _decode(self._results[prompt_id], prompt_id, f"{self._prefix}{prompt_id}{SUFFIX}")
            if result is not None and result.digests[prompt_id] == candidates.digests[prompt_id]:
                candidates.results[prompt_id] = result
                if result.findings:
                    candidates.texts[result.path] = text_of(content)
        return candidates

    def save(self, results: Mapping[str, CheckResult], existing: Collection[str] | None) -> None:
        """Cache results by prompt id, and drop those of prompts that do not exist; None drops none."""
        ids = frozenset(self._results if existing is None else existing)
        old = {one: data for one, data in self._results.items() if one in ids and one not in results}
        # After a commit during the check, a pin may have been read from either commit.
        head = self._head if self._head == _head(self._directory) else None
        new = {
            prompt_id: _encode(result, prompt_id)
            for prompt_id, result in results.items()
            if result.digests and (head or not result.has_pins)
        }
        if new or len(old) < len(self._results):
            self._cache.put(_KIND, self._key, {"head": self._head, "prompts": {**old, **new}})

    def _load(self) -> dict[str, Any]:
        """Return the cached results; those with pins only if HEAD is the same commit."""
        match self._cache.get(_KIND, self._key):
            case {"head": str(head), "prompts": dict(prompts)} if head == self._head:
                return prompts
            case {"prompts": dict(prompts)}:
                return {one: result for one, result in prompts.items() if not _has_pins(result)}
        return {}

    def _read(self, prompt_ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        for first in range(0, len(prompt_ids), _BATCH_SIZE):
            try:
                yield from self._tree.read_batch(prompt_ids[first : first + _BATCH_SIZE])
            except StorageError:
                continue  # checking them reports it


def _head(directory: Path) -> str | None:
    """Return the commit of HEAD in the repository around a prompt directory; None without one."""
    try:
        git_directory = git_directory_of(top_of(directory.resolve()))
    except (OSError, RuntimeError):  # RuntimeError: symbolic links in a circle
        return None
    return head_commit(git_directory) if git_directory else None


class CachedCheck(NamedTuple):
    """The cached results of the prompts to check."""

    project: Project
    cache: ResultCache
    results: CachedResults
    files: SelectedFiles | None  # the files to check; None if nothing is cached and they were not looked for
    complete: bool  # whether every prompt has a result, and none has a fix that must be tried before it is offered


def find_cached(project: Project, targets: Sequence[str], choice: RuleChoice) -> CachedCheck | None:
    """Return the cached results of the prompts of a directory; None if the directory does not exist."""
    if not project.directory.is_dir():
        return None
    cache = ResultCache(project, choice)
    if not cache:
        return CachedCheck(project, cache, NO_RESULTS, None, complete=False)
    files = find_files(targets, project)
    results = cache.find(files.ids)
    fixable = any(finding.fix for result in results.prompts.values() for finding in result.findings)
    has_baseline = any(one.is_file() for one in project.baseline_paths)
    is_noted = bool(targets and files.excluded)  # the full check notes how many are excluded
    complete = (
        bool(files.ids)
        and not has_baseline
        and not is_noted
        and not files.invalid_files
        and not fixable
        and len(results.prompts) == len(files.ids)
    )
    return CachedCheck(project, cache, results, files, complete)


def _key(project: Project, options: RuleChoice) -> str:
    choices = [
        [one.select, one.ignore, dict(one.severity), dict(one.per_path_ignores)]
        for one in (project.settings.choice, options)
    ]
    places = [str(project.directory), project.shown(project.directory)]
    return json.dumps([places, choices], sort_keys=True)


def _encode(result: CheckResult, prompt_id: str) -> Sequence[object]:
    """Return a result as JSON; without findings and partials it is a single digest."""
    own = result.digests[prompt_id]
    included = {one: digest for one, digest in result.digests.items() if one != prompt_id}
    if result.findings or result.suppressed or result.hidden or result.has_pins:
        findings = list(map(_finding_data, result.findings))
        return [own, included, result.suppressed, result.hidden, findings, result.has_pins]
    return [own, included] if included else [own]


def _decode(data: Any, prompt_id: str, path: str) -> CheckResult | None:  # noqa: ANN401 - JSON
    """Return the result of JSON data; None if the data has another shape."""
    omitted: Sequence[Any] = ("", {}, 0, (), (), False)  # the fields that `_encode` may omit
    try:
        fields: Sequence[Any] = [*data, *omitted[len(data) :]]
        own, included, suppressed, hidden, findings, has_pins = fields
        digests = {prompt_id: _text(own), **{_text(one): _text(digest) for one, digest in included.items()}}
        read = tuple(_finding(one, path) for one in findings)
        return CheckResult(path, read, int(suppressed), tuple(map(_region, hidden)), digests, bool(has_pins))
    except (TypeError, ValueError, AttributeError):
        return None


def _has_pins(data: object) -> bool:
    return isinstance(data, list) and len(data) > 2 and bool(data[-1])  # noqa: PLR2004 - as `_encode` writes it


def _finding_data(finding: Finding) -> Sequence[object]:
    fix = finding.fix and [finding.fix.message, *([*one.region, one.text] for one in finding.fix.edits)]
    words = (finding.severity.value, finding.code, finding.name, finding.message, finding.help)
    return [finding.region, *words, fix]


def _finding(data: Any, path: str) -> Finding:  # noqa: ANN401 - JSON
    region, severity, code, name, message, help_, fix = data
    words = (_text(code), _text(name), _text(message), _text(help_))
    return Finding(path, _region(region), Severity(severity), *words, None if fix is None else _fix(*fix))


def _fix(message: object, *edits: Any) -> Fix:  # noqa: ANN401 - JSON
    return Fix(_text(message), tuple(Edit(_region(place), _text(text)) for *place, text in edits))


def _region(data: Any) -> Region:  # noqa: ANN401 - JSON
    line, column, end_line, end_column = map(int, data)
    return Region(line, column, end_line, end_column)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
