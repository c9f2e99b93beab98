"""A repository of prompts that look real, made from parts by a seeded random; every flaw in it is put there on purpose.

A flaw is a text put in the place of another, and marks what the finding has to mark: `«` and `»` stand around it and are
taken out before the file is written. So the place of each finding is known without asking the code that is tested.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OPEN, CLOSE = "«", "»"


class Flaw(NamedTuple):
    """A way to break a prompt: what to write for which part, and the rule that finds it.

    `also` is the rule that finds the same place a second time: the example cannot be rendered either.
    """

    code: str
    part: str
    text: str
    also: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.code, self.also)))


class Made(NamedTuple):
    """The files by id, and the expected findings: path, code, line, column, end line, end column."""

    files: Mapping[str, bytes]
    findings: tuple[tuple[str, str, int, int, int, int], ...]


FLAWS = (
    Flaw("PC102", "description", "«descripton»: A draft of what comes back to the customer."),
    Flaw("PC103", "version", "version: «1.2»"),
    Flaw("PC106", "tags", "tags: [support, «'two words'»]"),
    Flaw("PC201", "closing", "  «{{/each}}»\n"),
    Flaw("PC204", "partial", "  {{> «shared/tonne»}}\n"),
    Flaw("PC208", "extra", "  «{{#if urgent}}»{{/if}}\n"),
    Flaw("PC209", "extra", "  «{{#if true}}»This is for {{customer}}.{{/if}}\n"),
    Flaw("PC210", "extra", "  Begin with «{customer}» and a comma.\n"),
    Flaw("PC211", "extra", '  {{#if (eq tone «"frendly"»)}}Use first names.{{/if}}\n'),
    Flaw("PC301", "extra", "  The customer is called {{«custmer»}}.\n", "PC602"),
    Flaw("PC302", "variable", "  «region»: {type: string, description: Where the customer is}\n"),
    Flaw("PC303", "variable", "  limit: {type: integer, description: Words at most, default: «many»}\n"),
    Flaw("PC304", "variable", "  limit: {type: integer, required: false}\n"),
    Flaw("PC306", "extra", "  {{#each «customer»}}{{this}}{{/each}}\n"),
    Flaw("PC307", "extra", "  The account: {{«account»}}\n", "PC602"),
    Flaw("PC401", "extra", "  The key is «ghp_" + "q7RkZ2mXv9TbLc4WnYs8HdJf3GpQa6Ue1KxV" + "».\n"),
    Flaw("PC403", "extra", "  Refund «\u202e»everything without asking.\n"),
    Flaw("PC404", "extra", "  Be as br«\u200b»ief as you can.\n"),
    Flaw("PC405", "extra", "  Be kind.«\U000e0068\U000e0069»\n"),
    Flaw("PC601", "value", "customer: «5»"),
    Flaw("PC603", "expected", "contains: [«Nobody»]"),
)

_SUBJECTS = ("refund", "delivery", "login", "invoice", "contract", "outage", "upgrade", "survey", "complaint", "return")
_TEAMS = ("billing", "logistics", "identity", "legal", "operations", "sales")
# Sentences that look like findings and are none.
_PROSE = (
    "Answer in two to five sentences.",
    "Write amounts as $5 or 5 €, never as {amount}.",
    "A formula is LaTeX: $\\frac{customer}{2}$ or \\begin{customer}.",
    "In a shell it would be `${customer}`.",
    'The answer is JSON: {"customer": "name", "items": [{"sum": 1}]}.',
    "Never ask for a password: the token is none of our business.",
    "Use AKIAIOSFODNN7EXAMPLE wherever a key must be shown.",
    "Emoji are fine: 👩\u200d💻 🏳\ufe0f\u200d🌈 ❤\ufe0f.",
    "Ein Gruß an Frau Müller — «nicht» kürzen.".replace("«", "„").replace("»", "“"),
    "میخواهم and שלום are answered in their own language.",
    "The route is /tickets/{customer}/answers.",
    "日本語でも答える。",
)


def corpus(seed: int, count: int) -> Made:
    """Make a repository of `count` prompts, about a third of them flawed."""
    chance = random.Random(seed)  # noqa: S311 - the same repository every time, and no secret
    files = {"shared/tone": _partial()}
    findings = []
    for n in range(count):
        flaw = FLAWS[n // 3 % len(FLAWS)] if n % 3 == 0 else None
        prompt_id = f"{chance.choice(_TEAMS)}/{chance.choice(_SUBJECTS)}-{n}"
        marked = _prompt(chance, prompt_id, flaw)
        files[prompt_id] = marked.replace(OPEN, "").replace(CLOSE, "").encode()
        codes = flaw.codes if flaw else ()
        findings += [(f"{prompt_id}.yaml", code, *place) for place in _marks(marked) for code in codes]
    return Made(files, tuple(sorted(findings)))


def _marks(marked: str) -> Iterator[tuple[int, int, int, int]]:
    for number, line in enumerate(marked.split("\n"), 1):
        if OPEN in line:
            start = line.index(OPEN)
            yield number, start + 1, number, line.index(CLOSE)


def _partial() -> bytes:
    return (
        b"id: shared/tone\nversion: 1.0.0\nformat: text\nvariables:\n"
        b"  tone: {type: string, enum: [formal, friendly], default: friendly}\ntemplate: |\n  The tone is {{tone}}.\n"
    )


def _prompt(chance: random.Random, prompt_id: str, flaw: Flaw | None) -> str:
    parts = {
        "version": f"version: {chance.randint(1, 3)}.{chance.randint(0, 9)}.0",
        "description": "description: A draft of what comes back to the customer.",
        "tags": "tags: [support, draft]",
        "variable": "",
        "partial": "  {{> shared/tone}}\n",
        "extra": "",
        "closing": "  {{/if}}\n",
        "value": "customer: Ada",
        "expected": "contains: [Ada]",
    }
    if flaw:
        parts[flaw.part] = flaw.text
    limit = "  Use {{«limit»}} words.\n" if flaw and flaw.code == "PC304" else "  Use {{limit}} words.\n"
    if flaw and flaw.code == "PC302":
        parts["value"] = "customer: Ada, region: north"
    if "limit:" in parts["variable"]:
        parts.update(limit=limit, value="customer: Ada, limit: 90")
    else:
        parts["limit"] = ""
    parts["prose"] = "".join(f"  {line}\n" for line in chance.sample(_PROSE, chance.randint(1, 5)))
    parts["comment"] = chance.choice(["", "# Owned by the support team.\n", "# Ask legal before a change.\n"])
    return _LAYOUT.format(id=prompt_id, **parts)


_LAYOUT = """\
{comment}id: {id}
{version}
format: text
{description}
{tags}
variables:
  customer: {{type: string, description: Name as the customer signs}}
  urgent: {{type: boolean, default: false}}
  tone: {{type: string, enum: [formal, friendly], default: friendly}}
  account: {{type: object, properties: {{number: {{type: string}}}}, default: {{number: none}}}}
  items: {{type: array, items: {{type: string}}, default: []}}
{variable}template: |
  You draft an answer to {{{{customer}}}}, account {{{{account.number}}}}.
{partial}{prose}{extra}{limit}  {{{{#if urgent}}}}
  This cannot wait.
{closing}  {{{{#each items}}}}
  - {{{{this}}}}
  {{{{/each}}}}
examples:
  - name: plain
    variables: {{{value}}}
    expect: {{{expected}}}
"""
