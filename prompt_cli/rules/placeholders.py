"""Placeholders of other template languages in the text of templates, outside code and maths.

Sources: Jinja2's and Liquid's documentation (tags, comments), Python's ``str.format`` and ``%``, which LangChain and
LlamaIndex use, JavaScript's and the shell's ``${x}``, Ruby's ERB, and Semantic Kernel's ``{{$x}}``.
"""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from itertools import accumulate
from typing import TypeAlias

from prompt_cli.handlebars import ContentStatement, Template
from prompt_cli.problems import DataPath
from prompt_cli.rules.rule import Match

# The characters around braces exclude other languages: \frac{name}, a{2}, x_{name}, /users/{name} and {name}`text`.
_BRACES = re.compile(
    r"(?:(?<![\\$])[$#]|(?<![A-Za-z0-9_{}\\\])^/$#%@]))"
    r"\{[ \t]*(?P<name>[^\W\d][\w.-]*)(?:[ \t]*|![rsa]|:[-+]?(?P<default>[^{}\n]*))\}(?![{^_`])"
)
_PERCENT = re.compile(r"(?<!%)%\((?P<name>[^\W\d][\w.-]*)\)[sdrf]")
_ANGLES = re.compile(r"(?<!<)<<[ \t]*(?P<name>[^\W\d][\w.-]*)[ \t]*>>(?!>)")
_TAG = re.compile(r"\{%[-+]?([^%\n]*?)[-+]?%\}|<%[=-]?([^%\n]*)%>")
_COMMENT = re.compile(r"\{#[-\s](?P<text>[^{}]*?)-?#\}")
# The other expressions are compiled on first use: few texts hold a placeholder.
_JSDOC_TYPES = "string|number|boolean|integer|object|array|function|any|null|int|str|float|bool|dict|list"
_ANY_NAME = rf"\{{(?!(?:{_JSDOC_TYPES})\}})[a-z]\w*\}}"
_FORMAT_SPEC = r"[<>^=+\-.,_0-9]*[bcdeEfFgGnosxX%]?"
# Braces in an attribute are JSX, in an address RFC 6570.
_MARKUP = r"(?:<\w[^<>\n]*=[\"']?|://\S*)$"
_MARKUP_LENGTH = 200

_Candidate: TypeAlias = tuple[re.Match[str], str, str]
"""A placeholder, the problem, and the equivalent in Handlebars."""


def foreign_placeholders(
    template: Template, path: DataPath, contents: Iterable[ContentStatement], names: Collection[str]
) -> Iterator[Match]:
    """Yield the placeholders that other languages would replace and Handlebars prints, in the text between tags.

    Signs that have other uses count only around the name of a declared variable.
    """
    text = template.source
    # Without any tag or variable, a name in braces was meant as one.
    any_name = not names and all(isinstance(one, ContentStatement) for one in template.program.body)
    candidates = [one for node in contents for one in _candidates(text, node, names, any_name=any_name)]
    if not candidates:
        return
    code = CodeSpans(text)
    for match, message, advice in candidates:
        start = match.start()
        if not code.contains(start) and not re.search(_MARKUP, text[max(0, start - _MARKUP_LENGTH) : start]):
            yield Match(message, path, advice, match.span())


def _candidates(text: str, node: ContentStatement, names: Collection[str], *, any_name: bool) -> Iterator[_Candidate]:
    for pattern in (_BRACES, _PERCENT, _ANGLES):
        for match in pattern.finditer(text, node.offset, node.end):
            name = match["name"] if match["name"] in names else match["name"].partition(".")[0]
            default = match["default"] if pattern is _BRACES else None
            has_default = default and match[0][0] == "$"
            if name in names and (not default or has_default or re.fullmatch(_FORMAT_SPEC, default)):
                call = f'default {name} "{default.strip()}"' if default and has_default else name
                yield _printed(match, f"write {{{{{call}}}}}")
            elif any_name and pattern is _BRACES and re.fullmatch(_ANY_NAME, match[0]):
                yield _printed(match, f"write {{{{{name}}}}} and declare it")
    for match in _TAG.finditer(text, node.offset, node.end):
        yield from _printed_tags(match, names)
    for match in _COMMENT.finditer(text, node.offset, node.end):
        advice = f"write {{{{! {match['text'].strip()} }}}}"
        yield match, "a comment of Jinja is printed: the model reads it", advice


def _printed(match: re.Match[str], advice: str, language: str = "not Handlebars") -> _Candidate:
    message = f"{match[0]} is {language} and will be printed literally"
    return match, message, f"{advice}, or use backticks if intended"


def _printed_tags(match: re.Match[str], names: Collection[str]) -> Iterator[_Candidate]:
    """Yield a tag of Jinja, Liquid or ERB; of a block the one that opens it."""
    from prompt_cli.domain.foreign import JINJA_TAGS, WORD, tag_advice  # few texts have tags

    is_jinja = match[1] is not None
    words = re.findall(WORD, match[1] if is_jinja else match[2])
    name = next((word for word in words if word in names), "")
    if is_jinja and (name or (words and words[0] in JINJA_TAGS)):
        yield _printed(match, tag_advice(match[1]), "a tag of Jinja or Liquid")
    elif name:
        yield _printed(match, f"write {{{{{name}}}}}")


_BLANK_LINE = r"\n[ \t]*\n"
# Pandoc's rule, which excludes prices: no space inside the dollars and no digit after them.
_INLINE_MATHS = r"(?<![\\$])\$(?![\s{$])[^$\n]*(?<![\s\\])\$(?![\d{$])"
_MATHS = (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"))
_CODE_LINE = r"\s*(?:#!|\$ |>>> |const |var |import |def |console\.|print\()"
# Programs and words that rarely begin a sentence.
_SHELL_LINE = (
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
    return f_string or ends_like_code or bool(re.match(_CODE_LINE, line) or re.match(_SHELL_LINE, line))


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
    ticks, start = re.compile("`+"), 0
    for end in [*(match.start() for match in re.finditer(_BLANK_LINE, text)), len(text)]:
        runs = list(ticks.finditer(text, start, end))
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
    yield from (match.span() for match in re.finditer(_INLINE_MATHS, text))
