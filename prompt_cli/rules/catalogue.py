"""Every rule there is, and running them."""

from __future__ import annotations

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
    from prompt_cli.rules.rule import Rule
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

_MOST_MATCHES = 5_000
"""Findings of a rule in one file; each takes a page of output."""

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
        for n, match in enumerate(rule.check(subject), 1):
            if n > _MOST_MATCHES:
                message = f"{rule.name} has more than {_MOST_MATCHES:,} findings in this file; the rest are not shown"
                yield finding_of(rule, subject.resolved.loaded.path, subject.region(match), message)
                break
            found = finding_of(rule, subject.resolved.loaded.path, subject.region(match), match.message, match.help)
            yield found._replace(fix=match.fix)


def finding_of(rule: Rule, path: str, region: Region, message: str, help_: str = "") -> Finding:
    """Return what a rule found at a place."""
    return Finding(path, region, rule.severity, rule.code, rule.name, message, help_)
