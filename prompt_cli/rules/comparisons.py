"""PC2: comparisons that never hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.domain.declared import spec_at
from prompt_cli.domain.findings import Severity
from prompt_cli.domain.identifiers import near_names
from prompt_cli.handlebars import PathExpression, StringLiteral, SubExpression, iter_nodes
from prompt_cli.rules.rule import Match, Rule, prompt_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.errors import DataPath
    from prompt_cli.rules.subject import Subject


_MOST_HINTS = 100
"""Comparisons that near choices are looked for, which takes time."""
_MOST_NEAR = 100
"""Choices that are compared with one that does not exist."""


def _impossible(subject: Subject) -> Iterator[Match]:
    for n, (path, spec, text) in enumerate(_comparisons(subject)):
        choices = [one for one in spec.enum or () if isinstance(one, str)]
        if choices and text.value not in choices:
            near = () if spec.sensitive or n >= _MOST_HINTS else near_names(text.value, choices[:_MOST_NEAR], most=1)
            hint = f"did you mean {near[0]!r}?" if near else "add it to the enum, or remove the comparison"
            yield Match("the enum of the variable does not hold this value", path, hint, (text.offset, text.end))


def _comparisons(subject: Subject) -> Iterator[tuple[DataPath, VariableSpec, StringLiteral]]:
    """Yield the texts that `eq` compares variables with."""
    specs = subject.prompt.variables if subject.prompt else {}
    for path, references in subject.references.items():
        read = {one.span.offset: one for one in references if one.helper == "eq" and one.template == subject.id}
        for node in iter_nodes(subject.resolved.templates[path]) if read else ():
            if not isinstance(node, SubExpression):
                continue
            named = [read[one.offset] for one in node.params if isinstance(one, PathExpression) and one.offset in read]
            texts = [one for one in node.params if isinstance(one, StringLiteral)]
            if len(named) == len(texts) == 1 and (spec := spec_at(specs, named[0].path)):
                yield path, spec, texts[0]


_TONE = "variables: {tone: {type: string, enum: [formal, friendly]}}\ntemplate: Hello{{#if (eq tone '%s')}}!{{/if}}\n"

COMPARISON_RULES = (
    Rule(
        "PC211",
        "impossible-comparison",
        "A variable is compared with a text that its enum does not hold: the two are never equal, most often because "
        "one of them was renamed or is misspelt.",
        prompt_file(_TONE % "freindly"),
        prompt_file(_TONE % "friendly"),
        _impossible,
        Severity.WARNING,
    ),
)
