"""Every rule there is, and running them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_cli.domain.findings import Finding
from prompt_cli.rules.blocks import BLOCK_RULES
from prompt_cli.rules.characters import CHARACTER_RULES
from prompt_cli.rules.comparisons import COMPARISON_RULES
from prompt_cli.rules.credentials import CREDENTIAL_RULES
from prompt_cli.rules.example import EXAMPLE_RULES
from prompt_cli.rules.line_breaks import LINE_BREAK_RULES
from prompt_cli.rules.messages import MESSAGE_RULES
from prompt_cli.rules.model import MODEL_RULES
from prompt_cli.rules.mustaches import MUSTACHE_RULES
from prompt_cli.rules.names import NAME_RULES
from prompt_cli.rules.rule import PastCheck, ProblemCheck
from prompt_cli.rules.sensitive import SENSITIVE_RULES
from prompt_cli.rules.shadows import AMBIGUITY_RULES, SHADOW_RULES
from prompt_cli.rules.silencing import SILENCING_RULES
from prompt_cli.rules.source import SOURCE_RULES
from prompt_cli.rules.template import TEMPLATE_RULES
from prompt_cli.rules.types import TYPE_RULES
from prompt_cli.rules.variables import VARIABLE_RULES
from prompt_cli.rules.versions import VERSION_RULES

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
        for match in rule.check(subject):
            found = finding_of(rule, subject.resolved.loaded.path, subject.region(match), match.message, match.help)
            yield found._replace(fix=match.fix)


def finding_of(rule: Rule, path: str, region: Region, message: str, help_: str = "") -> Finding:
    """Return what a rule found at a place."""
    return Finding(path, region, rule.severity, rule.code, rule.name, message, help_)
