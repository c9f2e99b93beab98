"""Compared prompts for people: the verdict, the signature, settings and messages, then the text, word by word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prompt_cli.domain.comparison import Verdict
from prompt_cli.domain.semver import Level
from prompt_cli.errors import format_path
from prompt_cli.reporting.painting import Style
from prompt_cli.reporting.rows import PLAIN, Look, text_rows
from prompt_cli.reporting.sections import Section, sections, sign, signature, values
from prompt_cli.reporting.texts import rendered_texts, texts
from prompt_cli.reporting.verdicts import summary, verdict
from prompt_cli.reporting.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prompt_cli.domain.change import Change
    from prompt_cli.domain.comparison import PromptComparison, RenderedComparison

_VERDICTS: Final = {
    Verdict.TOO_LOW: Style.OLD,
    Verdict.WENT_DOWN: Style.OLD,
    Verdict.UNJUDGED: Style.CARE,
    Verdict.SUFFICES: Style.NEW,
    Verdict.NONE_NEEDED: Style.NEW,
}
_SIGNS: Final = {"+": Style.NEW, "-": Style.OLD, "~": Style.CARE}
_LEVEL_WIDTH: Final = max(len(str(level)) for level in Level)


def comparison_text(comparison: PromptComparison, look: Look = PLAIN) -> str:
    """Return how one prompt differs, the verdict first; every part of it that is not ours is `visible`."""
    return _ended(_lines(comparison, look))


def comparisons_text(comparisons: Sequence[PromptComparison], look: Look = PLAIN) -> str:
    """Return how many prompts differ, each below its id, and a line that counts them."""
    blocks = [_ended(_headed(one, look)) for one in comparisons if one.verdict is not Verdict.UNCHANGED]
    return "\n".join([*blocks, f"{look.paint(summary(comparisons), Style.TITLE)}\n"])


def rendered_text(comparison: RenderedComparison, look: Look = PLAIN) -> str:
    """Return how what a model would read differs; empty where nothing does."""
    if comparison.problem:
        return _ended([f"could not be rendered: {one_line(comparison.problem)}"])
    return _ended(line for pair in rendered_texts(comparison) for line in text_rows(pair, look))


def heading(comparison: PromptComparison | RenderedComparison) -> str:
    """Name a prompt and what is compared: ``support/triage (HEAD -> working tree)``."""
    return one_line(f"{comparison.id} ({comparison.old.label} -> {comparison.new.label})")


def _headed(comparison: PromptComparison, look: Look) -> Iterator[str]:
    yield look.paint(heading(comparison), Style.TITLE)
    yield from _lines(comparison, look)


def _lines(comparison: PromptComparison, look: Look) -> Iterator[str]:
    yield look.paint(one_line(verdict(comparison)), _VERDICTS.get(comparison.verdict))
    about = sections(comparison.changes)
    found = texts(comparison)
    for section in Section:
        own = signature(comparison) if section is Section.SIGNATURE else ()
        if section in about or own or (section is Section.TEXT and found):
            yield ""
            yield look.paint(section, Style.TITLE)
        yield from (f"  {line}" for line in own)
        for change in about.get(section, ()):
            yield from _change(change, look)
        if section is Section.TEXT:
            yield from (line for pair in found for line in text_rows(pair, look))


def _change(change: Change, look: Look) -> Iterator[str]:
    mark = sign(change)
    level = f"{change.level!s:{_LEVEL_WIDTH}}"
    yield f"  {look.paint(mark, _SIGNS[mark])} {level}  {one_line(f'{format_path(change.path)}: {change.message}')}"
    if shown := values(change):
        yield f"    {'':{_LEVEL_WIDTH}}  {' -> '.join(shown)}"


def _ended(lines: Iterator[str] | Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
