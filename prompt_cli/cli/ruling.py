"""What ``rule`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from prompt_cli.cli.output import write, write_drawn, write_json
from prompt_cli.cli.table import table
from prompt_cli.domain.ids import SUFFIX
from prompt_cli.rules.catalogue import RULES, rule_of
from prompt_cli.rules.selection import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_cli.rules.rule import Files, Rule

_WIDTH = 80
_LONGEST = 200
"""How much of a line of an example is shown: one is too large on purpose."""


def list_rules(*, as_json: bool) -> None:
    """List every rule."""
    if as_json:
        write_json({"rules": [_summary(rule) for rule in RULES]})
        return
    rows = [(rule.code, rule.name, _severity(rule), rule.fixable, rule.summary) for rule in RULES]
    write_drawn(table(("CODE", "NAME", "SEVERITY", "FIXABLE", "WHY"), rows))


def show_rule(code: str, *, as_json: bool) -> None:
    """Show one rule."""
    try:
        rule = rule_of(code.upper())
    except KeyError:
        raise typer.BadParameter(f"there is no rule {code!r}; {nearest(code)}", param_hint="CODE") from None
    if as_json:
        before = [_named(files) for files in rule.before]
        write_json({"rule": {**_summary(rule), "before": before, "bad": _named(rule.bad), "good": _named(rule.good)}})
        return
    write("\n".join(_lines(rule)) + "\n")


def _summary(rule: Rule) -> dict[str, object]:
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "enabled": rule.enabled,
        "fixable": rule.fixable,
        "why": rule.why,
    }


def _named(files: Files) -> dict[str, str]:
    return {f"{prompt_id}{SUFFIX}": text for prompt_id, text in files.items()}


def _severity(rule: Rule) -> str:
    return rule.severity.value if rule.enabled else f"{rule.severity.value} (off)"


def _lines(rule: Rule) -> Iterator[str]:
    from textwrap import wrap  # one rule is seldom shown

    yield f"{rule.code} {rule.name}"
    yield ""
    yield f"severity: {_severity(rule)}"
    yield f"fixable: {rule.fixable}"
    yield ""
    yield from wrap(rule.why, _WIDTH)
    before = zip(("Where there was:", "And meanwhile was committed there:"), rule.before, strict=False)
    for heading, files in (*before, ("It is broken by:", rule.bad), ("It is kept by:", rule.good)):
        yield ""
        yield heading
        for name, text in _named(files).items():
            yield ""
            yield f"    # {name}"
            yield from (f"    {_cut(line)}".rstrip() for line in text.splitlines())


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
