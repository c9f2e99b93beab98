"""Comparisons of prompts as Markdown, for a comment on a pull request."""

from collections.abc import Iterator, Sequence
from typing import Final

from prompt_cli.changes.comparison import PromptComparison, RenderedComparison, Verdict
from prompt_cli.domain.change import Change
from prompt_cli.problems import format_path
from prompt_cli.reporting.line_diff import differ_in_whitespace
from prompt_cli.reporting.markdown import code, code_block, html_code, html_text, inline
from prompt_cli.reporting.summary import Section, cut, name, sections, signature, summary, values, verdict
from prompt_cli.reporting.text_pairs import TextPair, prompt_pairs, rendered_pairs
from prompt_cli.reporting.unified import unified_lines

LIMIT: Final = 65_536
"""The length limit of a comment on GitHub."""
_TABLE_LIMIT: Final = LIMIT // 2
_NOTES_LENGTH: Final = 500
_MAX_TEXT: Final = 400
_MAX_CHANGES: Final = 50
_END: Final = "\n</details>\n"
_MARKS: Final = {Verdict.TOO_LOW: "⚠️", Verdict.WENT_DOWN: "⚠️", Verdict.DELETED: "⚠️", Verdict.UNJUDGED: "❓"}
_TABLE: Final = "| prompt | version | level | verdict |\n| --- | --- | --- | --- |\n"


class _Document:
    """A document with a length limit."""

    def __init__(self) -> None:
        self.text = ""
        self.size = 0

    def add(self, part: str, limit: int = LIMIT - _NOTES_LENGTH) -> bool:
        """Append a part if it fits, and return whether it does."""
        # GitHub counts UTF-16 code units, as JavaScript does.
        size = len(part.encode("utf-16-le", "surrogatepass")) // 2
        if self.size + size > limit:
            return False
        self.text += part
        self.size += size
        return True


def comparisons_markdown(comparisons: Sequence[PromptComparison], notices: Sequence[str] = ()) -> str:
    """Return comparisons as a comment: notices, a table, and collapsed details of each prompt.

    Text of prompts never becomes markup. Parts beyond the length limit are counted instead.
    """
    changed = [one for one in comparisons if one.verdict is not Verdict.UNCHANGED]
    document = _Document()
    document.add(f"### {inline(summary(comparisons))}\n")
    if changed:
        document.add(f"\n{_TABLE}")
        rows = sum(not document.add(_row(one), _TABLE_LIMIT) for one in changed)
        details = sum(not any(map(document.add, _details(one))) for one in changed)
        _note(document, rows, "not in the table")
        _note(document, details, "without details")
    return _notices(notices) + document.text


def rendered_markdown(comparisons: Sequence[RenderedComparison], notices: Sequence[str] = ()) -> str:
    """Return the differences between rendered prompts as a comment."""
    return _notices(notices) + "\n".join(map(_rendered, comparisons))


def _notices(notices: Sequence[str]) -> str:
    return "".join(f"> {inline(one)}\n\n" for one in notices)


def _rendered(comparison: RenderedComparison) -> str:
    document = _Document()
    labels = f"{_short(comparison.old.label)} → {_short(comparison.new.label)}"
    document.add(f"### Rendered: {_short(comparison.id)} ({labels})\n")
    if comparison.problem:
        document.add(f"\nCould not be rendered: {_short(comparison.problem)}\n")
        return document.text
    pairs = rendered_pairs(comparison)
    if not pairs:
        document.add("\nThe rendered text is the same.\n")
    omitted = sum(not document.add(_text(pair)) for pair in pairs)
    _note(document, omitted, "left out", noun="text")
    return document.text


def _note(document: _Document, number: int, reason: str, *, noun: str = "prompt") -> None:
    if number:
        count = f"{number} {noun} is" if number == 1 else f"{number} {noun}s are"
        document.add(f"\n{count} {reason}: a comment on GitHub holds {LIMIT:,} characters.\n", LIMIT)


def _row(comparison: PromptComparison) -> str:
    old, new = comparison.old_version, comparison.new_version
    version = str(new or old or "") if old is None or new is None or old == new else f"{old} → {new}"
    result = f"{_MARKS.get(comparison.verdict, '✅')} {_short(verdict(comparison))}"
    level = "" if comparison.level is None else str(comparison.level)
    return f"| {_short(name(comparison))} | {version} | {level} | {result} |\n"


def _details(comparison: PromptComparison) -> Iterator[str]:
    """Yield the details of a prompt, then the same without its text, which may not fit."""
    pairs = prompt_pairs(comparison)
    if not pairs and not comparison.changes:
        yield ""
        return
    labels = f"{comparison.old.label} → {comparison.new.label}"
    head = f"{html_code(cut(name(comparison), _MAX_TEXT))} {html_text(cut(labels, _MAX_TEXT))}"
    start = f"\n<details><summary>{head}</summary>\n{_signature(comparison)}{''.join(_changes(comparison.changes))}"
    yield start + "".join(map(_text, pairs)) + _END
    yield f"{start}\nThe text is too long to be shown here.\n{_END}"


def _signature(comparison: PromptComparison) -> str:
    lines = [f"- {code(line)}\n" for line in signature(comparison)]
    return f"\n**{Section.SIGNATURE}**\n\n{''.join(lines)}" if lines else ""


def _changes(changes: Sequence[Change]) -> Iterator[str]:
    remaining = _MAX_CHANGES
    for section, section_changes in sections(changes).items():
        yield f"\n**{section}**\n\n" if remaining else ""
        yield from map(_change, section_changes[:remaining])
        remaining -= len(section_changes[:remaining])
    if len(changes) > _MAX_CHANGES:
        yield f"\nAnd {len(changes) - _MAX_CHANGES} more.\n"


def _change(change: Change) -> str:
    both = " → ".join(map(code, values(change)))
    path = code(cut(format_path(change.path), _MAX_TEXT))
    return f"- {change.level}: {path} {_short(change.message)}{f' ({both})' if both else ''}\n"


def _text(pair: TextPair) -> str:
    # Without this, a missing last newline in both texts would show up in the diff.
    end = "" if any(text and text.endswith("\n") for text in (pair.old, pair.new)) else "\n"
    old, new = (f"{text}{end}" if text else "" for text in (pair.old, pair.new))
    body = "".join(unified_lines(old, new))
    spaces = " (whitespace only)" if differ_in_whitespace(pair.old, pair.new) else ""
    return f"\n{inline(pair.heading)}{spaces}\n" + (f"\n{code_block(body, 'diff')}" if body else "")


def _short(text: str) -> str:
    return inline(cut(text, _MAX_TEXT))
