"""The texts of two prompts, side by side: what is read by a model, template by template or message by message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.reporting.sequence_diff import compare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prompt_cli.changes.comparison import PromptComparison, RenderedComparison, RenderedSide
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.domain.variables import VariableSpec


WHOLE: Final = "rendered"
"""What a rendered text is called that is no chat's."""


class TextPair(NamedTuple):
    """A text on both sides.

    Attributes:
        title: What it is: ``template``, ``messages[1] (user)``.
        old: What it was; None where there was none.
        new: What it is; None where there is none.
    """

    title: str
    old: str | None
    new: str | None

    @property
    def heading(self) -> str:
        """What it is, and what became of it: ``messages[1] (user), added``."""
        if (self.old is None) == (self.new is None):
            return self.title
        return f"{self.title}, {'added' if self.old is None else 'removed'}"


class _Part(NamedTuple):
    """A text of one side: whose it is, which tells what it may be compared with, and where it stands."""

    owner: str
    title: str
    content: str


def texts(comparison: PromptComparison) -> tuple[TextPair, ...]:
    """Return the texts of a prompt that differ; none on either side where they are not to be shown.

    They are its templates. Files are compared where a side is broken, and where nothing else differs: comments, the
    order of keys, layout, the version alone.
    """
    old, new = comparison.old, comparison.new
    broken = (old.content is not None and comparison.old_prompt is None) or (
        new.content is not None and comparison.new_prompt is None
    )
    if not broken:
        pairs = tuple(_aligned(_templates(comparison.old_prompt), _templates(comparison.new_prompt)))
        if pairs or comparison.changes:
            return pairs
    if old.content != new.content and (_has_secrets(comparison.old_prompt) or _has_secrets(comparison.new_prompt)):
        # Defaults and examples may stand in any line of a file.
        return (TextPair("file, not shown: it has sensitive variables", None, None),)
    return tuple(_files(old.content, new.content))


def rendered_texts(comparison: RenderedComparison) -> tuple[TextPair, ...]:
    """Return the texts that a model would read differently."""
    return tuple(_aligned(_messages(comparison.old), _messages(comparison.new)))


def _templates(prompt: Prompt | None) -> list[_Part]:
    if prompt is None:
        return []
    if prompt.chat_template is None:
        return [] if prompt.template is None else [_Part("template", "template", prompt.template.content)]
    return [
        _part(n, f"{one.role}, {one.name}" if one.name else str(one.role), one.content)
        for n, one in enumerate(prompt.chat_template.messages)
    ]


def _messages(side: RenderedSide) -> list[_Part]:
    return [
        _part(n, role, content) if role else _Part("", WHOLE, content)
        for n, (role, content) in enumerate(side.messages or ())
    ]


def _part(n: int, owner: str, content: str) -> _Part:
    return _Part(owner, f"messages[{n}] ({owner})", content)


def _has_secrets(prompt: Prompt | None) -> bool:
    return prompt is not None and any(map(_is_secret, prompt.variables.values()))


def _is_secret(spec: VariableSpec) -> bool:
    inner = [*(spec.properties or {}).values(), *([spec.items] if spec.items is not None else [])]
    return spec.sensitive or any(map(_is_secret, inner))


def _files(old: bytes | None, new: bytes | None) -> Iterator[TextPair]:
    """Compare files as they are, but for how their lines end: where that differs it is said once, not in each line."""
    if old == new:
        return
    before, after = _line_ends(old), _line_ends(new)
    title = f"file, line ends {before} -> {after}" if before and after and before != after else "file"
    yield TextPair(title, _decoded(old), _decoded(new))


def _line_ends(content: bytes | None) -> str:
    return "" if content is None or b"\n" not in content else "CRLF" if b"\r\n" in content else "LF"


def _decoded(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "backslashreplace").replace("\r\n", "\n")


def _aligned(old: Sequence[_Part], new: Sequence[_Part]) -> Iterator[TextPair]:
    """Pair the texts that differ: what stayed is a landmark, and between landmarks the same speaker's are one."""
    for block in compare([_key(part) for part in old], [_key(part) for part in new]):
        if not block.equal:
            yield from _replaced(old[block.old_start : block.old_end], new[block.new_start : block.new_end])


def _key(part: _Part) -> tuple[str, str]:
    return part.owner, part.content


def _replaced(old: Sequence[_Part], new: Sequence[_Part]) -> Iterator[TextPair]:
    for block in compare([part.owner for part in old], [part.owner for part in new]):
        before, after = old[block.old_start : block.old_end], new[block.new_start : block.new_end]
        if block.equal:
            pairs = zip(before, after, strict=True)
            yield from (TextPair(one.title, was.content, one.content) for was, one in pairs if _key(was) != _key(one))
        else:
            yield from (TextPair(part.title, part.content, None) for part in before)
            yield from (TextPair(part.title, None, part.content) for part in after)
