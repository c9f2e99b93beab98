"""Every rule there is, and running them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from prompt_cli.domain.finding import Finding
from prompt_cli.rules.pc0_file import LINE_BREAK_RULES, SOURCE_RULES
from prompt_cli.rules.pc1_data import MESSAGE_RULES, MODEL_RULES
from prompt_cli.rules.pc2_templates import BLOCK_RULES, COMPARISON_RULES, MUSTACHE_RULES, TEMPLATE_RULES
from prompt_cli.rules.pc3_signature import AMBIGUITY_RULES, SHADOW_RULES, TYPE_RULES, VARIABLE_RULES
from prompt_cli.rules.pc4_content import CHARACTER_RULES, CREDENTIAL_RULES, NAME_RULES, SENSITIVE_RULES
from prompt_cli.rules.pc5_versions import VERSION_RULES
from prompt_cli.rules.pc6_examples import EXAMPLE_RULES
from prompt_cli.rules.rule import PastCheck, ProblemCheck
from prompt_cli.rules.suppressions import SILENCING_RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prompt_cli.errors import Region
    from prompt_cli.rules.rule import Match, Rule
    from prompt_cli.rules.subject import Subject

RULES: tuple[Rule, ...] = (
    *SOURCE_RULES,
    *SILENCING_RULES,
    *LINE_BREAK_RULES,
    *MODEL_RULES,
    *MESSAGE_RULES,
    *TEMPLATE_RULES,
    *BLOCK_RULES,
    *MUSTACHE_RULES,
    *COMPARISON_RULES,
    *VARIABLE_RULES,
    *SHADOW_RULES,
    *TYPE_RULES,
    *AMBIGUITY_RULES,
    *CREDENTIAL_RULES,
    *CHARACTER_RULES,
    *NAME_RULES,
    *SENSITIVE_RULES,
    *VERSION_RULES,
    *EXAMPLE_RULES,
)
"""Every rule, in the order of their codes."""

_MOST_MATCHES = 1_000
"""Findings of one rule in one file."""

_BY_CODE = {rule.code: rule for rule in RULES}


def rule_of(code: str) -> Rule:
    """Return a rule by its code.

    Raises:
        KeyError: No rule has that code.
    """
    return _BY_CODE[code]


def usual_rules(rules: Sequence[Rule] = RULES) -> tuple[Rule, ...]:
    """Return those that can find anything in a prompt that could be read and that is compared with nothing."""
    return tuple(rule for rule in rules if not isinstance(rule.check, ProblemCheck | PastCheck))


def run_rules(subject: Subject, rules: Sequence[Rule] = RULES) -> Iterator[Finding]:
    """Yield what rules find in a prompt: every rule, where not given others."""
    for rule in rules:
        matches = iter(rule.check(subject))
        for match in islice(matches, _MOST_MATCHES):
            yield _found(subject, rule, match)
        if rest := next(matches, None):
            yield _found(subject, rule, _rest(rule, rest, matches))


def _found(subject: Subject, rule: Rule, match: Match) -> Finding:
    found = finding_of(rule, subject.resolved.loaded.path, subject.region(match), match.message, match.help)
    return found._replace(fix=match.fix)


def _rest(rule: Rule, first: Match, others: Iterator[Match]) -> Match:
    """Return one match for all that exceed the limit; only those that can be fixed are looked for."""
    message = f"{first.message}, and more of {rule.code} below: a file shows {_MOST_MATCHES:,}"
    if first.fix is None:
        return first._replace(message=message)
    edits = (edit for match in others if match.fix for edit in match.fix.edits)
    fix = first.fix._replace(edits=tuple(dict.fromkeys((*first.fix.edits, *edits))))
    return first._replace(message=message, fix=fix)


def finding_of(rule: Rule, path: str, region: Region, message: str, help_: str = "") -> Finding:
    """Return what a rule found at a place."""
    return Finding(path, region, rule.severity, rule.code, rule.name, message, help_)
