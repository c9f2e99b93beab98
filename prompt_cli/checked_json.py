"""What checking a prompt gave, as data of JSON and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prompt_cli.checked import CheckedPrompt
from prompt_cli.domain.findings import Edit, Finding, Fix, Report, Severity
from prompt_cli.errors import Region

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def encoded(checked: CheckedPrompt, prompt_id: str) -> Sequence[object]:
    """Return a result as data; most have neither findings nor includes, and are short."""
    own = checked.digests[prompt_id]
    included = {one: digest for one, digest in checked.digests.items() if one != prompt_id}
    if not (checked.findings or checked.silenced or checked.hidden):
        return [own, included] if included else [own]
    return [own, included, checked.silenced, checked.hidden, list(map(_finding, checked.findings))]


def decoded(data: object, prompt_id: str, path: str) -> CheckedPrompt | None:
    """Return the result that data stands for; None where it stands for none."""
    try:
        return _decoded(data, prompt_id, path)
    except (TypeError, ValueError, AttributeError):
        return None


def encoded_report(report: Report) -> Mapping[str, object]:
    """Return a report, of which everything was judged, as data."""
    return {
        "paths": report.paths,
        "findings": [[one.path, *_finding(one)] for one in report.findings],
        "sources": dict(report.sources),
        "silenced": report.silenced,
        "new_ignores": report.new_ignores,
    }


def decoded_report(data: object) -> Report | None:
    """Return the report that data stands for; None where it stands for none."""
    try:
        return _decoded_report(data)
    except (TypeError, ValueError, AttributeError, KeyError):
        return None


def _decoded_report(data: Any) -> Report:  # noqa: ANN401 - what a file holds
    paths = tuple(map(_text, data["paths"]))
    findings = tuple(_read_finding(one, _text(path)) for path, *one in data["findings"])
    sources = {_text(path): _text(text) for path, text in data["sources"].items()}
    return Report(findings, len(paths), (), sources, paths, int(data["silenced"]), int(data["new_ignores"]))


def _decoded(data: Any, prompt_id: str, path: str) -> CheckedPrompt:  # noqa: ANN401 - what a file holds
    own, included, silenced, hidden, findings = _complete(data)
    return CheckedPrompt(
        path,
        tuple(_read_finding(one, path) for one in findings),
        int(silenced),
        tuple(map(_region, hidden)),
        {prompt_id: own, **included},
    )


def _complete(data: Any) -> Sequence[Any]:  # noqa: ANN401 - as above
    """Fill in what is left out where there are no findings."""
    missing: Sequence[Any] = ("", {}, 0, (), ())
    return [*data, *missing[len(data) :]]


def _finding(finding: Finding) -> Sequence[object]:
    fix = finding.fix and [finding.fix.message, *([*one.region, one.text] for one in finding.fix.edits)]
    words = (finding.severity.value, finding.code, finding.name, finding.message, finding.help)
    return [finding.region, *words, fix]


def _read_finding(data: Any, path: str) -> Finding:  # noqa: ANN401 - as above
    region, severity, code, name, message, help_, fix = data
    words = (_text(code), _text(name), _text(message), _text(help_))
    return Finding(path, _region(region), Severity(severity), *words, None if fix is None else _read_fix(*fix))


def _read_fix(message: object, *edits: Any) -> Fix:  # noqa: ANN401 - as above
    return Fix(_text(message), tuple(Edit(_region(place), _text(text)) for *place, text in edits))


def _region(data: Any) -> Region:  # noqa: ANN401 - as above
    line, column, end_line, end_column = map(int, data)
    return Region(line, column, end_line, end_column)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
