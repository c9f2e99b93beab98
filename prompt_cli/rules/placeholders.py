"""Placeholders of other template languages in the text of templates, outside code and maths.

Sources: Jinja2's and Liquid's documentation (tags, comments), Python's ``str.format`` and ``%``, which LangChain and
LlamaIndex use, JavaScript's and the shell's ``${x}``, Ruby's ERB, and Semantic Kernel's ``{{$x}}``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from prompt_cli.domain.foreign import JINJA_TAGS, WORD, ForeignText, tag_advice
from prompt_cli.handlebars import ContentStatement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from prompt_cli.handlebars import Template

# The characters around braces exclude other languages: \frac{name}, a{2}, x_{name}, /users/{name} and {name}`text`.
_BRACES = re.compile(
    r"(?:(?<![\\$])[$#]|(?<![A-Za-z0-9_{}\\\])^/$#%@]))"
    r"\{[ \t]*(?P<name>[^\W\d][\w.-]*)(?:[ \t]*|![rsa]|:[-+]?(?P<default>[^{}\n]*))\}(?![{^_`])"
)
# The types of JSDoc.
_TYPES = "string|number|boolean|integer|object|array|function|any|null|int|str|float|bool|dict|list"
_ANY_NAME = re.compile(rf"\{{(?!(?:{_TYPES})\}})[a-z]\w*\}}")
_FORMAT_SPEC = re.compile(r"[<>^=+\-.,_0-9]*[bcdeEfFgGnosxX%]?")
_PERCENT = re.compile(r"(?<!%)%\((?P<name>[^\W\d][\w.-]*)\)[sdrf]")
_ANGLES = re.compile(r"(?<!<)<<[ \t]*(?P<name>[^\W\d][\w.-]*)[ \t]*>>(?!>)")
_TAG = re.compile(r"\{%[-+]?([^%\n]*?)[-+]?%\}|<%[=-]?([^%\n]*)%>")
_COMMENT = re.compile(r"\{#[-\s](?P<text>[^{}]*?)-?#\}")
# Braces in an attribute are JSX, in an address RFC 6570.
_MARKUP = re.compile(r"(?:<\w[^<>\n]*=[\"']?|://\S*)$")
_MARKUP_LENGTH = 200


def foreign_placeholders(
    template: Template, contents: Iterable[ContentStatement], names: Collection[str]
) -> Iterator[ForeignText]:
    """Yield the placeholders that other languages would replace and Handlebars prints.

    Args:
        template: The template.
        contents: Its text between tags.
        names: The declared variables. Signs that have other uses count only around one of them.
    """
    text = template.source
    # Without any tag or variable, a name in braces was meant as one.
    any_name = not names and all(isinstance(one, ContentStatement) for one in template.program.body)
    candidates = [one for node in contents for one in _candidates(text, node, names, any_name=any_name)]
    if not candidates:
        return
    code = CodeSpans(text)
    for one in candidates:
        if not code.contains(one.start) and not _MARKUP.search(text[max(0, one.start - _MARKUP_LENGTH) : one.start]):
            yield one


def _candidates(text: str, node: ContentStatement, names: Collection[str], *, any_name: bool) -> Iterator[ForeignText]:
    for pattern in (_BRACES, _PERCENT, _ANGLES):
        for match in pattern.finditer(text, node.offset, node.end):
            name = match["name"] if match["name"] in names else match["name"].partition(".")[0]
            default = match["default"] if pattern is _BRACES else None
            has_default = default and match[0][0] == "$"
            if name in names and (not default or has_default or _FORMAT_SPEC.fullmatch(default)):
                call = f'default {name} "{default.strip()}"' if default and has_default else name
                yield _printed(match, f"write {{{{{call}}}}}, or use backticks if intended")
            elif any_name and pattern is _BRACES and _ANY_NAME.fullmatch(text, match.start(), match.end()):
                yield _printed(match, f"write {{{{{name}}}}} and declare it, or use backticks if intended")
    for match in _TAG.finditer(text, node.offset, node.end):
        if tag := _printed_tag(match, names):
            yield tag
    for match in _COMMENT.finditer(text, node.offset, node.end):
        advice = f"write {{{{! {match['text'].strip()} }}}}"
        yield ForeignText(*match.span(), "a comment of Jinja is printed: the model reads it", advice)


def _printed(match: re.Match[str], advice: str, language: str = "not Handlebars") -> ForeignText:
    return ForeignText(*match.span(), f"{match[0]} is {language} and will be printed literally", advice)


def _printed_tag(match: re.Match[str], names: Collection[str]) -> ForeignText | None:
    """Return a tag of Jinja, Liquid or ERB; of a block the one that opens it."""
    is_jinja = match[1] is not None
    words = re.findall(WORD, match[1] if is_jinja else match[2])
    name = next((word for word in words if word in names), "")
    if not name and not (is_jinja and words and words[0] in JINJA_TAGS):
        return None
    if is_jinja:
        advice = f"{tag_advice(match[1])}, or use backticks if intended"
        return _printed(match, advice, "a tag of Jinja or Liquid")
    return _printed(match, f"write {{{{{name}}}}}, or use backticks if intended")


_TICKS = re.compile(r"`+")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
# Pandoc's rule, which excludes prices: no space inside the dollars and no digit after them.
_INLINE_MATHS = re.compile(r"(?<![\\$])\$(?![\s{$])[^$\n]*(?<![\s\\])\$(?![\d{$])")
_MATHS = (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"))
_CODE_LINE = re.compile(r"\s*(?:#!|\$ |>>> |const |var |import |def |console\.|print\()")
# Programs and words that rarely begin a sentence.
_SHELL_LINE = re.compile(
    r"\s*(?:(?:chmod|cp|curl|docker|echo|export|kubectl|mkdir|mv|npm|pip|ssh|sudo|wget) |"
    r"[A-Z_][A-Z0-9_]*=|cd [./~$]|if \[|(?:for \w+ in|while) [^\n]*; *do\b)"
)


class CodeSpans:
    """The spans of a Markdown text that are code or maths."""

    def __init__(self, text: str) -> None:
        self._text = text
        spans = sorted([*_fences(text), *_inline_code(text), *_maths(text)])
        self._starts = [start for start, _ in spans]
        self._ends = list(accumulate((end for _, end in spans), max))
        self._line = (0, -1, False)

    def contains(self, offset: int) -> bool:
        """Return whether an offset is between fences, backticks or dollars, or on a line that reads like code."""
        before = bisect_right(self._starts, offset)
        if before and offset < self._ends[before - 1]:
            return True
        first, last, is_code = self._line
        if not first <= offset <= last:  # callers go through the text in order, and one line may have many offsets
            first, last = self._text.rfind("\n", 0, offset) + 1, self._text.find("\n", offset)
            last = last if last >= 0 else len(self._text)
            # A backslash continues a line.
            is_code = self._text.endswith("\\\n", 0, first) or _reads_like_code(self._text[first:last])
            self._line = first, last, is_code
        return is_code


def _reads_like_code(line: str) -> bool:
    f_string = any(f" f{quote}" in line or f"(f{quote}" in line for quote in "'\"")
    ends_like_code = line.rstrip().endswith((";", "{", "\\"))
    return f_string or ends_like_code or bool(_CODE_LINE.match(line) or _SHELL_LINE.match(line))


def _fences(text: str) -> Iterator[tuple[int, int]]:
    fence: tuple[str, int] | None = None
    at = 0
    for line in text.splitlines(keepends=True):
        mark = line.lstrip()[:3]
        if fence is None and mark in {"```", "~~~"}:
            fence = mark, at
        elif fence is not None and mark == fence[0]:
            yield fence[1], at + len(line)
            fence = None
        at += len(line)
    if fence is not None:
        yield fence[1], at


def _inline_code(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans between two runs of equally many backticks in one paragraph."""
    start = 0
    for end in [*(match.start() for match in _BLANK_LINE.finditer(text)), len(text)]:
        runs = list(_TICKS.finditer(text, start, end))
        following: dict[int, int] = {}
        partner: list[int | None] = [None] * len(runs)
        for n in range(len(runs) - 1, -1, -1):
            partner[n] = following.get(len(runs[n][0]))
            following[len(runs[n][0])] = n
        n = 0
        while n < len(runs):
            other = partner[n]
            if other is not None:
                yield runs[n].start(), runs[other].end()
            n = n + 1 if other is None else other + 1
        start = end


def _maths(text: str) -> Iterator[tuple[int, int]]:
    for opening, closing in _MATHS:
        start = text.find(opening)
        while start >= 0:
            end = text.find(closing, start + 2)
            if end < 0:
                break
            yield start, end + 2
            start = text.find(opening, end + 2)
    yield from (match.span() for match in _INLINE_MATHS.finditer(text))
