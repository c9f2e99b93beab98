"""PC4: characters that nobody sees."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from prompt_cli.domain.findings import Edit, Fix, Severity
from prompt_cli.rules.rule import Match, Rule, prompt_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.rules.rule import Check
    from prompt_cli.rules.subject import Subject

# Unicode 15, property Bidi_Control, less the three marks, which are harmless and used in prose.
_BIDIRECTIONAL = re.compile("[\u202a-\u202e\u2066-\u2069]")
_TAGS = re.compile("[\U000e0000-\U000e007f]+")
# Default_Ignorable_Code_Point, less the two above; what belongs where it stands is sorted out by `joiners`.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0080-\U000e0fff]"
)
_FLAG = "\U0001f3f4"
"""The black flag, which tags make the flag of a part of a country."""
_END_OF_TAGS = "\U000e007f"


def _found(pattern: re.Pattern[str], what: str) -> Check:
    def check(subject: Subject) -> Iterator[Match]:
        for start, end in _stretches(subject.text, pattern):
            import unicodedata  # few prompts have such characters

            first, count = subject.text[start], end - start
            name = unicodedata.name(first, "no name")
            named = f"U+{ord(first):04X} {name}" if count == 1 else f"{count} of them, from U+{ord(first):04X} {name}"
            hint = 'remove it, or write it as "\\u..." in double quotes, where everybody sees it'
            region = subject.lines.region(start, end)
            fix = Fix("remove it" if count == 1 else "remove them", (Edit(region, ""),))
            yield Match(f"{what}: {named}", help=hint, region=region, fix=fix)

    return check


def _stretches(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield where such characters follow each other and do not belong."""
    if text.isascii():
        return
    start = end = -1
    for match in pattern.finditer(text):
        if _belongs(text, *match.span()):
            continue
        if match.start() != end:
            if end > start:
                yield start, end
            start = match.start()
        end = match.end()
    if end > start:
        yield start, end


def _belongs(text: str, start: int, end: int) -> bool:
    if _TAGS.match(text, start):
        flag = text[start - 1 : start] == _FLAG and text[end - 1] == _END_OF_TAGS
        return flag and end - start in range(4, 8)
    from prompt_cli.rules.joiners import belongs  # as above

    return belongs(text, start)


CHARACTER_RULES = (
    Rule(
        "PC403",
        "bidirectional-control",
        "Such characters show a text in another order than a model reads it: a reviewer approves what is not there. "
        "Text in Hebrew or Arabic needs none of them.",
        prompt_file("template: Never \u202eyap\u202c without asking.\n"),
        prompt_file("template: Never pay without asking. לעולם לא.\n"),
        _found(_BIDIRECTIONAL, "a control character changes the order of the text"),
        fixable="safe",
    ),
    Rule(
        "PC404",
        "invisible-character",
        "A character without width hides from a reviewer and not from a model; it splits words, carries hidden text, "
        "and makes two names look equal that are not.",
        prompt_file("template: Hel\u200blo!\n"),
        prompt_file("template: Hello! \U0001f469\u200d\U0001f4bb \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645\n"),
        _found(_INVISIBLE, "a character that nobody sees"),
        Severity.WARNING,
        fixable="safe",
    ),
    Rule(
        "PC405",
        "tag-characters",
        "Unicode's tag characters spell a text that no screen shows and every model reads.",
        prompt_file("template: Hello!\U000e0048\U000e0069\n"),
        prompt_file("template: Hello! \U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f\n"),
        _found(_TAGS, "hidden text in tag characters"),
        fixable="safe",
    ),
)
