"""The command ``rule``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from prompt_cli.cli.completion import complete_codes
from prompt_cli.cli.context import session_of
from prompt_cli.cli.options import AsJson, argument
from prompt_cli.cli.output import draw, write_drawn, write_json, write_table
from prompt_cli.domain.ids import SUFFIX
from prompt_cli.errors import SettingsError
from prompt_cli.log import log
from prompt_cli.reporting.terminal import Code, escape_invisible, line, visible

if TYPE_CHECKING:
    from prompt_cli.reporting.terminal import Block
    from prompt_cli.rules.rule import Files, Rule

_FAMILY = re.compile(r"PC\d{0,2}", re.IGNORECASE)
_MAX_LINE = 200
"""The longest line of an example that is shown in full: one example is too large on purpose."""


def rule(
    context: typer.Context,
    code: Annotated[
        str | None, argument("[CODE]", "Code or name of a rule, or a family such as PC3.", complete_codes)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Explain a rule, or list all rules."""
    session_of(context).start_logs("rule")
    log("info", "rules_shown", code=code)
    if code is None or _FAMILY.fullmatch(code):
        _list_rules((code or "").upper(), as_json=as_json)
    else:
        _show_rule(code, as_json=as_json)


def _list_rules(family: str, *, as_json: bool) -> None:
    from prompt_cli.rules.catalogue import RULES
    from prompt_cli.rules.selection import nearest

    rules = [one for one in RULES if one.code.startswith(family)]
    if not rules:
        raise SettingsError(f"unknown family {family!r}", help=nearest(family))
    if as_json:
        write_json({"rules": [_summary(one) for one in rules]})
        return
    rows = [(one.code, one.name, _severity(one), one.fixable, one.summary) for one in rules]
    write_table(("CODE", "NAME", "SEVERITY", "FIXABLE", "WHY"), rows)


def _show_rule(code: str, *, as_json: bool) -> None:
    from prompt_cli.rules.catalogue import RULES, code_of
    from prompt_cli.rules.selection import nearest

    matches = [one for one in RULES if one.code in {code.upper(), code_of(code.lower())}]
    if not matches:
        raise SettingsError(f"unknown rule {code!r}", help=nearest(code))
    (match,) = matches
    if as_json:
        before = [_by_path(files) for files in match.before]
        examples = {"before": before, "bad": _by_path(match.bad), "good": _by_path(match.good)}
        write_json({"rule": {**_summary(match), **examples}})
    else:
        write_drawn(draw(_blocks(match)))


def _summary(rule: Rule) -> dict[str, object]:
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "enabled": rule.enabled,
        "fixable": rule.fixable,
        "why": rule.why,
    }


def _by_path(files: Files) -> dict[str, str]:
    return {f"{prompt_id}{SUFFIX}": text for prompt_id, text in files.items()}


def _severity(rule: Rule) -> str:
    return rule.severity.value if rule.enabled else f"{rule.severity.value} (off)"


def _blocks(rule: Rule) -> Iterator[Block]:
    yield [line(f"{rule.code} {rule.name}", "title")]
    yield [line(f"severity: {_severity(rule)}"), line(f"fixable: {rule.fixable}")]
    yield [line(visible(rule.why))]
    before = zip(("Before:", "Committed meanwhile:"), rule.before, strict=False)
    for heading, files in (*before, ("Fails:", rule.bad), ("Passes:", rule.good)):
        yield [line(heading, "title")]
        for path, text in _by_path(files).items():
            example = (f"# {path}", *(_truncate(escape_invisible(one)) for one in text.splitlines()))
            yield Code(visible("\n".join(f"    {one}".rstrip() for one in example)), "yaml")


def _truncate(text: str) -> str:
    return text if len(text) <= _MAX_LINE else f"{text[:_MAX_LINE]}..."
