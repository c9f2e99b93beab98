"""Pairs of texts to compare: the templates of two prompts, their rendered messages, or their files."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from prompt_cli.changes.comparison import PromptComparison, RenderedComparison, RenderedSide
from prompt_cli.domain.message import Each, Entry, History
from prompt_cli.domain.prompt import Prompt
from prompt_cli.domain.variables import is_secret
from prompt_cli.reporting.line_diff import PatienceMatcher

RENDERED: Final = "rendered"
"""The title of a rendered prompt that is not a chat."""


class TextPair(NamedTuple):
    """A text on both sides, None if it is missing, with its title: ``template``, ``messages[1] (user)``."""

    title: str
    old: str | None
    new: str | None

    @property
    def heading(self) -> str:
        """The title, with the change of a text on one side: ``messages[1] (user), added``."""
        if (self.old is None) == (self.new is None):
            return self.title
        return f"{self.title}, {'added' if self.old is None else 'removed'}"


class _Part(NamedTuple):
    """A text of one side; only texts of the same role are paired."""

    role: str
    title: str
    content: str


def prompt_pairs(comparison: PromptComparison) -> tuple[TextPair, ...]:
    """Return the texts of a prompt that differ: its templates, or else its files.

    Files are compared if one of them is invalid, or if nothing but comments, layout, key order or the version differs.
    """
    old, new = comparison.old, comparison.new
    sides = (old, comparison.old_prompt), (new, comparison.new_prompt)
    if not any(side.content is not None and prompt is None for side, prompt in sides):
        pairs = tuple(_align(_templates(comparison.old_prompt), _templates(comparison.new_prompt)))
        if pairs or comparison.changes:
            return pairs
    if old.content == new.content:
        return ()
    if _has_secrets(comparison.old_prompt) or _has_secrets(comparison.new_prompt):
        # Sensitive values may be in any line of a file, as defaults or in examples.
        return (TextPair("file, not shown: it has sensitive variables", None, None),)
    # Different line ends stand in the title instead of in every line.
    before, after = _line_ends(old.content), _line_ends(new.content)
    title = f"file, line ends {before} -> {after}" if before and after and before != after else "file"
    return (TextPair(title, _decode(old.content), _decode(new.content)),)


def rendered_pairs(comparison: RenderedComparison) -> tuple[TextPair, ...]:
    """Return the rendered messages that differ."""
    return tuple(_align(_messages(comparison.old), _messages(comparison.new)))


def _templates(prompt: Prompt | None) -> list[_Part]:
    if prompt is None:
        return []
    if prompt.chat_template is None:
        return [] if prompt.template is None else [_Part("template", "template", prompt.template.content)]
    return [*_entries(prompt.chat_template.entries, "messages")]


def _entries(entries: Sequence[Entry], at: str) -> Iterator[_Part]:
    for n, one in enumerate(entries):
        if isinstance(one, Each):
            yield from _entries(one.messages, f"{at}[{n}].messages")
        elif isinstance(one, History):
            yield _Part("history", f"{at}[{n}] (history)", f"[the messages of {one.history}]")
        else:
            role = f"{one.role}, {one.name}" if one.name else str(one.role)
            yield _Part(role, f"{at}[{n}] ({role})", one.text)


def _messages(side: RenderedSide) -> list[_Part]:
    return [
        _Part(role, f"messages[{n}] ({role})" if role else RENDERED, content)
        for n, (role, content) in enumerate(side.messages or ())
    ]


def _has_secrets(prompt: Prompt | None) -> bool:
    return prompt is not None and any(map(is_secret, prompt.variables.values()))


def _line_ends(content: bytes | None) -> str:
    return "" if content is None or b"\n" not in content else "CRLF" if b"\r\n" in content else "LF"


def _decode(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "backslashreplace").replace("\r\n", "\n")


def _align(old: Sequence[_Part], new: Sequence[_Part]) -> Iterator[TextPair]:
    """Pair the texts that differ: between unchanged texts, those of the same role."""
    matcher = PatienceMatcher([(one.role, one.content) for one in old], [(one.role, one.content) for one in new])
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind != "equal":
            yield from _pair_roles(old[start:end], new[new_start:new_end])


def _pair_roles(old: Sequence[_Part], new: Sequence[_Part]) -> Iterator[TextPair]:
    matcher = PatienceMatcher([one.role for one in old], [one.role for one in new])
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        before, after = old[start:end], new[new_start:new_end]
        if kind == "equal":
            for one, other in zip(before, after, strict=True):
                if one.content != other.content:
                    yield TextPair(other.title, one.content, other.content)
        else:
            yield from (TextPair(part.title, part.content, None) for part in before)
            yield from (TextPair(part.title, None, part.content) for part in after)
