"""A file of thousands of findings is parted into lines once, not once a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.domain.finding import Finding, Report, Severity
from prompt_cli.problems import Region
from prompt_cli.reporting.findings_text import findings_text

if TYPE_CHECKING:
    from typing import SupportsIndex


class Counted(str):
    """A text that counts how often it is parted."""

    __slots__ = ("parted",)
    parted: int

    def split(self, sep: str | None = None, maxsplit: SupportsIndex = -1) -> list[str]:
        self.parted += 1
        return super().split(sep, maxsplit)


def counted(text: str) -> Counted:
    made = Counted(text)
    made.parted = 0
    return made


def test_a_file_is_parted_once() -> None:
    texts = {path: counted("".join(f"{path} {n}\n" for n in range(50))) for path in ("a", "b")}
    findings = tuple(
        Finding(path, Region(line, 1, line, 2), Severity.ERROR, "PC301", "name", "message", "")
        for path in texts
        for line in range(1, 51)
    )
    shown = findings_text(Report(findings, 2, (), dict(texts)))
    assert [text.parted for text in texts.values()] == [1, 1]
    assert all(f" {n + 1} | {path} {n}\n" in shown for path in texts for n in range(50))
