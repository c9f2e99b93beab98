"""Tables of cases for each rule: findings, to the column, and prompts without any.

A case has a `name`, and either the `body` of one text prompt (after its id, version and format, so from line 4) or the
`files` by id, of which the first is checked. Each line of `expect` is a code, a place, and words of the message.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from ruamel.yaml import YAML

from prompt_cli import InMemoryStorage, PromptRegistry
from prompt_cli.changes.comparer import PromptAt, PromptComparer
from prompt_cli.checking.checker import PromptChecker
from prompt_cli.domain.version import SemanticVersion
from prompt_cli.errors import StorageError
from prompt_cli.resolver import PromptResolver
from prompt_cli.rules.catalogue import RULES, finding_of, rule_of
from prompt_cli.rules.rule import Reuse, Subject, VersionContext
from prompt_cli.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from prompt_cli.domain.finding import Finding

TABLES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
HEAD = "id: x\nversion: 1.0.0\nformat: text\n"
SEPARATOR = "¦"
"""The sign in the middle of made-up credentials, so that no scanner reports the table as a leak."""
NOT_CHECKED = "not checked"
"""The expected result of a prompt that could not be checked."""


class Case(NamedTuple):
    """A row: the files by id, the first of which is checked, its findings, and its earlier content.

    The `unreadable` files exist, but reading them fails.
    """

    code: str
    name: str
    files: Mapping[str, str]
    expect: Sequence[str]
    before: Mapping[str, str]
    used: Sequence[str]
    unreadable: Sequence[str] = ()

    def stored(self) -> dict[str, bytes]:
        texts = {name: text.replace(SEPARATOR, "") for name, text in self.files.items()}
        return {name: text.encode("utf-8", "surrogateescape") for name, text in texts.items()}


def read(row: Mapping[str, Any], code: str) -> Case:
    """Read a row; `body` follows the usual head, `padding` fills the file up to a number of bytes."""
    files = dict(row.get("files") or {"x": HEAD + row.get("body", "template: ")})
    if "padding" in row:
        files["x"] += "x" * (row["padding"] - len(files["x"]) - 1) + "\n"
    # YAML has no single bytes: \udc80 to \udcff stand for them, as in Python's surrogateescape.
    bytes_ = row.get("bytes", False)
    files = {name: unescaped(text) if bytes_ else text for name, text in files.items()}
    more = row.get("before", {}), row.get("used", []), row.get("unreadable", [])
    return Case(code, row["name"], files, row.get("expect", []), *more)


def unescaped(text: str) -> str:
    """Return a text with its `<e9>` as the byte E9."""
    head, *parts = text.split("<")
    return head + "".join(chr(0xDC00 + int(part[:2], 16)) + part[3:] for part in parts)


def cases() -> Iterator[Case]:
    for path in TABLES:
        for code, rows in YAML(typ="safe").load(path).items():
            for row in rows:
                yield read(row, code)


CASES = list(cases())


class FaultyStorage(InMemoryStorage):
    """Prompts in memory, some of which cannot be read."""

    def __init__(self, files: Mapping[str, bytes], unreadable: Collection[str]) -> None:
        super().__init__(files)
        self._unreadable = frozenset(unreadable)

    async def read_many(self, prompt_ids: Collection[str]) -> Mapping[str, bytes]:
        for one in prompt_ids:
            if one in self._unreadable:
                raise StorageError(f"{one}.yaml could not be read: input/output error", reason="input/output error")
        return await super().read_many(prompt_ids)


def written(finding: Finding) -> str:
    """Write a finding as the tables do: code, place, message."""
    line, column, end_line, end_column = finding.region
    return f"{finding.code} {line}:{column}-{end_line}:{end_column} {finding.message}"


async def findings_of(case: Case) -> list[str]:
    workspace = Workspace(PromptRegistry(FaultyStorage(case.stored(), case.unreadable)))
    first, rule = next(iter(case.files)), rule_of(case.code)
    if not rule.enabled:
        resolver = PromptResolver(workspace.pinned, workspace.registry.parse)
        subject = Subject(await resolver.resolve(first, workspace.registry.working_tree), None)
        return [written(finding_of(rule, first, subject.region(one), one.message)) for one in rule.check(subject)]
    contexts = {first: await context_of(case, workspace)} if case.before else {}
    report = await PromptChecker(workspace, contexts=contexts).check([first])
    return [NOT_CHECKED] * len(report.not_checked) + [written(one) for one in report.findings]


async def context_of(case: Case, workspace: Workspace) -> VersionContext:
    """The earlier content of the first file; used versions were committed with another content."""
    first = next(iter(case.files))
    old = InMemoryStorage({name: text.encode() for name, text in case.before.items()})
    comparer = PromptComparer(workspace, {})
    pair = PromptAt(first, old, "before"), PromptAt(first, workspace.registry.working_tree, "now")
    (comparison,) = await comparer.compare([pair])
    used = [SemanticVersion.parse(one) for one in case.used]
    new = comparison.new_version
    reuse = Reuse(new, "0123456789") if new in used and new != comparison.old_version else None
    return VersionContext(comparison, used, reuse, dict.fromkeys(case.before.keys() - case.files.keys(), ""))


def fits(finding: str, expected: str) -> bool:
    """Return whether a finding begins with the expected code and place, and has the expected words."""
    code, _, rest = expected.partition(" ")
    place, _, message = rest.partition(" ")
    return finding.startswith(f"{code} {place}".strip()) and message in finding


@pytest.mark.parametrize("code", dict.fromkeys(case.code for case in CASES))
async def test_the_cases_of_a_rule_are_found_exactly(code: str) -> None:
    failed = {}
    for case in CASES:
        if case.code == code:
            found = await findings_of(case)
            if len(found) != len(case.expect) or not all(map(fits, found, case.expect)):
                failed[case.name] = found, case.expect
    assert failed == {}


def test_there_are_many() -> None:
    assert len(CASES) >= 250
    assert len({(case.code, case.name) for case in CASES}) == len(CASES)


def test_each_rule_has_cases_that_break_and_that_keep_it() -> None:
    breaking = {case.code for case in CASES if any(one.startswith((case.code, NOT_CHECKED)) for one in case.expect)}
    keeping = {case.code for case in CASES if not case.expect}
    assert breaking == keeping == {rule.code for rule in RULES}
