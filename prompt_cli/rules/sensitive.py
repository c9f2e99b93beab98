"""PC4: values that were to be kept secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from prompt_cli.domain.findings import Severity
from prompt_cli.domain.values import is_array, is_object
from prompt_cli.rules.entropy import is_placeholder
from prompt_cli.rules.rule import Match, Rule, prompt_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.errors import DataPath
    from prompt_cli.rules.subject import Subject

_STANDS_FOR = r"(?i)<[^<>]*>|\[[^\[\]]*\]|\*+|x+|(?:test|secret|password|token|none|n/a|unknown|hidden)"


def _sensitive(subject: Subject) -> Iterator[Match]:
    prompt = subject.prompt
    if prompt is None or not any(spec.sensitive for _, spec in subject.specs):
        return
    for n, example in enumerate(prompt.examples):
        for path in _given(prompt.variables, example.variables, ("examples", n, "variables")):
            message = f"example {example.name!r} gives a sensitive variable a value"
            yield Match(message, path, "write what nobody can take for a real one: <password>")
    for path in _defaults(prompt.variables, ("variables",)):
        yield Match("a sensitive variable has a default", path, "remove it: whoever needs the value gives it")


def _given(specs: Mapping[str, VariableSpec], values: Mapping[str, object], path: DataPath) -> Iterator[DataPath]:
    for name, spec in specs.items():
        if name in values:
            yield from _values(spec, values[name], (*path, name))


def _values(spec: VariableSpec, value: object, path: DataPath) -> Iterator[DataPath]:
    if spec.sensitive:
        if not _tells_nothing(value):
            yield path
    elif spec.items is not None and is_array(value):
        for n, item in enumerate(value):
            yield from _values(spec.items, item, (*path, n))
    elif is_object(value):
        yield from _given(spec.properties or {}, value, path)


def _defaults(specs: Mapping[str, VariableSpec], path: DataPath) -> Iterator[DataPath]:
    for name, spec in specs.items():
        if spec.has_default:
            yield from _values(spec, spec.default, (*path, name, "default"))
        inner, at = spec, (*path, name)
        while inner.items is not None:
            inner, at = inner.items, (*at, "items")
        yield from _defaults(inner.properties or {}, (*at, "properties"))


def _tells_nothing(value: object) -> bool:
    """Tell whether a value gives nothing away: nothing at all, a placeholder, or prose, which somebody made up."""
    if isinstance(value, str):
        text = value.strip()
        made_up = len(text) > _SHORT and is_placeholder(text)
        return not text or bool(re.fullmatch(_STANDS_FOR, text)) or made_up or _is_prose(text)
    if is_array(value):
        return all(map(_tells_nothing, value))
    if is_object(value):
        return all(map(_tells_nothing, value.values()))
    return value is None or isinstance(value, bool) or value == 0


def _is_prose(text: str) -> bool:
    letters, digits = (sum(map(test, text)) for test in (str.isalpha, str.isdigit))
    return len(text.split()) >= _SENTENCE and letters > digits


_SENTENCE = 4
"""So many words are no name, no number and no password, but an example of something longer."""
_SHORT = 5
_BODY = "variables: {pin: {type: string, sensitive: true}}\ntemplate: The pin is {{pin}}.\nexamples:\n- name: one\n"

SENSITIVE_RULES = (
    Rule(
        "PC407",
        "sensitive-value",
        "A variable is called sensitive because its values are nobody's business; one that stands in the file is read "
        "by everybody who can read the repository.",
        prompt_file(_BODY + "  variables: {pin: 81-44-07}\n"),
        prompt_file(_BODY + "  variables: {pin: <pin>}\n"),
        _sensitive,
        Severity.WARNING,
        hides=True,
    ),
)
