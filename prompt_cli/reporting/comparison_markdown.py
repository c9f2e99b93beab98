"""Compared prompts in Markdown, to be posted on a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prompt_cli.changes.comparison import Verdict
from prompt_cli.errors import format_path
from prompt_cli.reporting.line_diff import only_spaces
from prompt_cli.reporting.markdown import code, fenced, html_code, html_text, inline
from prompt_cli.reporting.summary import Section, cut, sections, signature, summary, values, verdict
from prompt_cli.reporting.text_pairs import rendered_texts, texts
from prompt_cli.reporting.unified import unified_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prompt_cli.changes.comparison import PromptComparison, RenderedComparison
    from prompt_cli.domain.change import Change
    from prompt_cli.reporting.text_pairs import TextPair

LIMIT: Final = 65_536
"""The longest comment GitHub takes."""
_TABLE_SHARE: Final = LIMIT // 2
_NOTES: Final = 500
_LONGEST: Final = 400
_MOST_CHANGES: Final = 50
_END: Final = "\n</details>\n"
_MARKS: Final = {
    Verdict.TOO_LOW: "⚠️",
    Verdict.WENT_DOWN: "⚠️",
    Verdict.DELETED: "⚠️",
    Verdict.UNJUDGED: "❓",
}
_TABLE: Final = "| prompt | version | level | verdict |\n| --- | --- | --- | --- |\n"


class _Room:
    """A document that grows to its limit, and not beyond."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.size = 0

    def add(self, part: str, limit: int = LIMIT - _NOTES) -> bool:
        """Append a part where it fits, and tell whether it did."""
        # As JavaScript counts: a character beyond the first plane is two.
        size = len(part.encode("utf-16-le", "surrogatepass")) // 2
        if self.size + size > limit:
            return False
        self._parts.append(part)
        self.size += size
        return True

    def __str__(self) -> str:
        return "".join(self._parts)


def notices_markdown(notices: Sequence[str]) -> str:
    """Return what users must know of a comparison, to stand above it; no text of a repository is read as Markdown."""
    return "".join(f"> {inline(one)}\n\n" for one in notices)


def comparisons_markdown(comparisons: Sequence[PromptComparison]) -> str:
    """Return compared prompts as a comment: a table of them, and the details of each folded below it.

    No text of a prompt becomes markup, and it is no longer than GitHub takes: what does not fit is counted.
    """
    changed = [one for one in comparisons if one.verdict is not Verdict.UNCHANGED]
    room = _Room()
    room.add(f"### {inline(summary(comparisons))}\n")
    if changed:
        room.add(f"\n{_TABLE}")
        rows = sum(not room.add(_row(one), _TABLE_SHARE) for one in changed)
        details = sum(not any(map(room.add, _details(one))) for one in changed)
        _note(room, rows, "not in the table")
        _note(room, details, "without details")
    return str(room)


def rendered_markdown(comparison: RenderedComparison) -> str:
    """Return how what a model would read differs, as a comment."""
    room = _Room()
    labels = f"{_short(comparison.old.label)} → {_short(comparison.new.label)}"
    room.add(f"### Rendered: {_short(comparison.id)} ({labels})\n")
    if comparison.problem:
        room.add(f"\nCould not be rendered: {_short(comparison.problem)}\n")
        return str(room)
    pairs = rendered_texts(comparison)
    if not pairs:
        room.add("\nNothing that a model would read differs.\n")
    left_out = sum(not room.add(_text(pair)) for pair in pairs)
    _note(room, left_out, "left out", noun="text")
    return str(room)


def _note(room: _Room, number: int, what: str, *, noun: str = "prompt") -> None:
    if number:
        counted = f"{number} {noun} is" if number == 1 else f"{number} {noun}s are"
        room.add(f"\n{counted} {what}: a comment on GitHub holds {LIMIT:,} characters.\n", LIMIT)


def _row(comparison: PromptComparison) -> str:
    old, new = comparison.old_version, comparison.new_version
    version = str(new or old or "") if old is None or new is None or old == new else f"{old} → {new}"
    said = f"{_MARKS.get(comparison.verdict, '✅')} {_short(verdict(comparison))}"
    level = "" if comparison.level is None else str(comparison.level)
    return f"| {_short(comparison.id)} | {version} | {level} | {said} |\n"


def _details(comparison: PromptComparison) -> Iterator[str]:
    """Yield the details of a prompt, and the same without its text for where they do not fit."""
    pairs = texts(comparison)
    if not pairs and not comparison.changes:
        yield ""
        return
    labels = f"{comparison.old.label} → {comparison.new.label}"
    head = f"{html_code(cut(comparison.id, _LONGEST))} {html_text(cut(labels, _LONGEST))}"
    start = f"\n<details><summary>{head}</summary>\n{_signature(comparison)}{''.join(_changes(comparison.changes))}"
    yield start + "".join(map(_text, pairs)) + _END
    yield f"{start}\nThe text is too long to be shown here.\n{_END}"


def _signature(comparison: PromptComparison) -> str:
    lines = [f"- {code(line)}\n" for line in signature(comparison)]
    return f"\n**{Section.SIGNATURE}**\n\n{''.join(lines)}" if lines else ""


def _changes(changes: Sequence[Change]) -> Iterator[str]:
    left = _MOST_CHANGES
    for section, about in sections(changes).items():
        yield f"\n**{section}**\n\n" if left else ""
        yield from map(_change, about[:left])
        left -= len(about[:left])
    if len(changes) > _MOST_CHANGES:
        yield f"\nAnd {len(changes) - _MOST_CHANGES} more.\n"


def _change(change: Change) -> str:
    shown = " → ".join(map(code, values(change)))
    where = code(cut(format_path(change.path), _LONGEST))
    return f"- {change.level}: {where} {_short(change.message)}{f' ({shown})' if shown else ''}\n"


def _text(pair: TextPair) -> str:
    # Where neither text ends with a newline, that is no difference.
    end = "" if any(text and text.endswith("\n") for text in (pair.old, pair.new)) else "\n"
    old, new = (f"{text}{end}" if text else "" for text in (pair.old, pair.new))
    body = "".join(unified_lines(old, new))
    spaces = " (whitespace only)" if only_spaces(pair.old, pair.new) else ""
    return f"\n{inline(pair.heading)}{spaces}\n" + (f"\n{fenced(body, 'diff')}" if body else "")


def _short(text: str) -> str:
    return inline(cut(text, _LONGEST))
