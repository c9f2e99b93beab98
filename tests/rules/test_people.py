"""Precision and recall over prompts as people write them: ten languages, seven dialects of templates.

Every text of `people.yaml` is written in two dialects. Those that Handlebars does not read must be found at each
placeholder; of the others a part gets a slip, and the rest must stay without a finding.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ruamel.yaml import YAML

from prompt_cli import InMemoryStorage, PromptRegistry
from prompt_cli.checking.checker import PromptChecker
from prompt_cli.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_Part: TypeAlias = tuple[str, str]
"""A text, and the code of the rule that must find it, or ""."""
_Place: TypeAlias = tuple[str, str, int, int]
"""A file, and the code, line and column of a finding."""

VARIABLES = ("name", "text", "target", "tone")
_PLACE = re.compile(r"⟦(if )?(/if|\w+)⟧")


class Dialect(NamedTuple):
    """How a template language writes a value and a condition, and the rules that find them here."""

    value: str
    value_code: str = ""
    marked: str = ""  # the part of a value that is marked, if not all of it
    marked_inside: str = ""  # the same inside a condition, where another rule finds it
    opening: str = ""
    opening_code: str = ""
    closing: str = ""
    unread: bool = False  # whether Handlebars finds no variable


HANDLEBARS = Dialect("{{%s}}", opening="{{#if %s}}", closing="{{/if}}")
DIALECTS = (
    HANDLEBARS,
    Dialect("{%s}", "PC210", unread=True),
    Dialect("{{ %s }}", opening="{%% if %s %%}", opening_code="PC210", closing="{% endif %}"),
    Dialect("${%s}", "PC210", unread=True),
    # Inside a section of Mustache over a string, the context is that string.
    Dialect("{{{%s}}}", marked_inside="%s", opening="{{#%s}}", closing="{{/%s}}"),
    Dialect("{{$%s}}", "PC301", "$%s", unread=True),
    Dialect("%%(%s)s", "PC210", unread=True),
)
SLIPS: Sequence[Sequence[_Part]] = (
    (("Use the key ", ""), ("ghp_" + "q7RkZ2mXv9TbLc4WnYs8HdJf3GpQa6Ue1KxV", "PC401"), (".", "")),
    (("Log in with password=", ""), ("k3J9xQ2m" + "V7pLw8Rt", "PC402")),
    (("Pay ", ""), ("\u202e", "PC403"), ("now.", "")),
    (("Be as br", ""), ("\u200b", "PC404"), ("ief as you can.", "")),
    (("Be kind.", ""), ("\U000e0068\U000e0069", "PC405")),
    (("Begin with Dear ", ""), ("{name}", "PC210"), (" and a comma.", "")),
    (("Begin with ", ""), ("<<name>>", "PC210"), (".", "")),
    (("Begin with ", ""), ("${name:-you}", "PC210"), (".", "")),
    (("{# ask legal before a change #}", "PC210"),),
    (("The customer is {{", ""), ("nmae", "PC301"), ("}}.", "")),
    (("{{", ""), ("uppr", "PC202"), (" name}}", "")),
    (("{{#if name}}", "PC208"), ("{{/if}}", "")),
)
FATAL: Sequence[Sequence[_Part]] = (
    (("Answer as ", ""), ('{{"title": "...", "score": 3}}', "PC201")),
    (("", ""), ("{{ name | upper }}", "PC201")),
    (("", ""), ("{{{{name}}}}", "PC201")),
    (("", ""), ('{{ "Dr." if name else "" }}', "PC201")),
)
"""Slips that keep a template from being read, so that no other rule looks at it."""


class Prompts(NamedTuple):
    """Files by id, and their expected findings."""

    files: dict[str, bytes]
    expected: set[_Place]


def _prompts() -> Prompts:
    table = YAML(typ="safe").load(Path(__file__).with_name("people.yaml"))
    harmless, number = table.pop("harmless"), 0
    made = Prompts({}, set())
    for language, texts in table.items():
        for n, text in enumerate(texts):
            for variant in range(2):
                number += 1
                dialect = DIALECTS[(n + 3 * variant + len(made.files)) % len(DIALECTS)] if variant else HANDLEBARS
                parts, added = list(_written(text, dialect)), ""
                if dialect.opening_code == "" and not dialect.unread:
                    added = ("slip", "fatal", "harmless")[number % 3]
                    rows = {"slip": SLIPS, "fatal": FATAL, "harmless": [((one, ""),) for one in harmless]}[added]
                    parts += [("\n", ""), *rows[number // 3 % len(rows)]]
                _add(made, f"{language}-{n}-{variant}", parts, text, dialect, fatal=added == "fatal")
    return made


def _written(text: str, dialect: Dialect) -> Iterator[_Part]:
    """Write a text in a dialect; one without conditions leaves out theirs."""
    at, condition = 0, ""
    for match in _PLACE.finditer(text):
        yield text[at : match.start()], ""
        at = match.end()
        if match[1]:
            condition = match[2]
            yield dialect.opening and dialect.opening % condition, dialect.opening_code
        elif match[2] == "/if":
            yield dialect.closing.replace("%s", condition), ""
            condition = ""
        else:
            value = dialect.value % match[2]
            inside = dialect.marked_inside if condition else ""
            marked = (inside or dialect.marked or dialect.value) % match[2]
            before, _, after = value.partition(marked)
            yield from ((before, ""), (marked, "PC309" if inside else dialect.value_code), (after, ""))
    yield text[at:], ""


def _add(made: Prompts, name: str, parts: Sequence[_Part], text: str, dialect: Dialect, *, fatal: bool) -> None:
    names = [one for one in VARIABLES if one == "name" or f"⟦{one}⟧" in text]
    lines = [f"id: {name}", "version: 1.0.0", "format: text", "variables:"]
    added = "".join(part for part, _ in parts)
    for one in names:
        is_read = not dialect.unread and f"⟦{one}⟧" in text
        if not is_read and not fatal and "{{#if name}}" not in added and " name}}" not in added:
            made.expected.add((f"{name}.yaml", "PC302", len(lines) + 1, 3))
        lines.append(f"  {one}: {{type: string}}")
    lines.append("template: |")
    line, column = len(lines) + 1, 3
    for part, code in parts:
        if code and (not fatal or code == "PC201"):
            made.expected.add((f"{name}.yaml", code, line, column))
        line += part.count("\n")
        column = len(part) - part.rfind("\n") + 2 if "\n" in part else column + len(part)
    body = added.split("\n")
    made.files[name] = "\n".join([*lines, *(f"  {one}" if one else "" for one in body), ""]).encode()


def _scores(found: Iterable[_Place], expected: Iterable[_Place]) -> dict[str, tuple[float, float]]:
    """Return precision and recall by rule family."""
    found, expected = set(found), set(expected)
    hits = Counter(code[:3] for _, code, *_ in found & expected)
    all_found, all_expected = (Counter(code[:3] for _, code, *_ in places) for places in (found, expected))
    return {
        family: (hits[family] / (all_found[family] or 1), hits[family] / (all_expected[family] or 1))
        for family in sorted(all_found | all_expected)
    }


async def test_rules_find_exactly_the_faults_of_real_prompts() -> None:
    made = _prompts()
    assert len(made.files) >= 300
    report = await PromptChecker(Workspace(PromptRegistry(InMemoryStorage(made.files)))).check([*made.files])
    found = {(one.path, one.code, one.region.line, one.region.column) for one in report.findings}
    scores = _scores(found, made.expected)
    difference = sorted(found ^ made.expected)[:20]
    assert scores == dict.fromkeys(("PC2", "PC3", "PC4"), (1.0, 1.0)), difference
