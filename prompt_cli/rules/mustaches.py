"""PC2: what looks like a mustache and is none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from prompt_cli.domain.findings import Severity
from prompt_cli.handlebars import ContentStatement
from prompt_cli.rules.rule import Match, Rule, prompt_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from prompt_cli.rules.subject import Subject

# What stands before a brace tells: \frac{name}, a{2}, x_{name} and /users/{name} belong to other languages.
_BRACES = re.compile(r"(?:(?<![\\$])[$#]|(?<![A-Za-z0-9_{}\\\])^/$#%@]))\{[ \t]*([^\W\d][\w.-]*)[ \t]*\}(?![{^_])")
_PERCENT = re.compile(r"(?<!%)%\(([^\W\d][\w.-]*)\)[sdrf]")
# In an attribute braces are JSX's, in an address those of RFC 6570.
_FOREIGN = r"(?:<\w[^<>\n]*=[\"']?|://\S*)$"
_LOOKED_BACK = 200
_TAG = re.compile(r"\{%([^%\n]*)%\}|<%=?([^%\n]*)%>")
_WORD = r"[^\W\d][\w-]*"


def _misspelt(subject: Subject) -> Iterator[Match]:
    names = subject.prompt.variables if subject.prompt else {}
    for path, template in subject.resolved.templates.items() if names else ():
        text, code = template.source, None
        if not _has_other_signs(text):
            continue
        contents = (node for program, _, entered in subject.programs[path] if entered for node in program.body)
        for node in contents:
            if not isinstance(node, ContentStatement) or not ("{" in node.value or "%" in node.value):
                continue
            for start, end, name in _candidates(text, node.offset, node.end, names):
                from prompt_cli.rules.prose import Code  # few prompts have candidates

                code = code or Code(text)
                if not code.holds(start) and not re.search(_FOREIGN, text[max(0, start - _LOOKED_BACK) : start]):
                    message = f"{text[start:end]} is printed as it stands; it looks like the variable {name!r}"
                    hint = f"write {{{{{name}}}}}, or put it in back ticks where it is meant"
                    yield Match(message, path, hint, (start, end))


def _has_other_signs(text: str) -> bool:
    """Tell whether there is a brace alone, three, or a percent sign: without, there is nothing to find."""
    return "%" in text or "{{{" in text or text.count("{") != 2 * text.count("{{")


def _candidates(text: str, start: int, end: int, names: Collection[str]) -> Iterator[tuple[int, int, str]]:
    for pattern in (_BRACES, _PERCENT):
        for match in pattern.finditer(text, start, end):
            name = match[1] if match[1] in names else match[1].partition(".")[0]
            if name in names:
                yield *match.span(), name
    for match in _TAG.finditer(text, start, end):
        words = re.findall(_WORD, match[1] or match[2] or "")
        if name := next((word for word in words if word in names), ""):
            yield *match.span(), name


_BODY = "variables: {name: {type: string}}\ntemplate: 'Hello {{name}}! %s'\n"

MUSTACHE_RULES = (
    Rule(
        "PC210",
        "misspelt-mustache",
        "Other languages write variables with other signs. Handlebars prints those as they stand, and the model reads "
        "the name instead of the value.",
        prompt_file(_BODY % "Your name is {name}."),
        prompt_file(_BODY % "Answer with `{name}`, or as $\\frac{name}{2}$."),
        _misspelt,
        Severity.WARNING,
    ),
)
