"""The tuple of all rules, and a function that runs them."""

from collections.abc import Iterator, Sequence

from prompt_cli.domain.finding import Finding
from prompt_cli.problems import Region
from prompt_cli.rules.pc0_file import FILE_RULES
from prompt_cli.rules.pc1_data import DATA_RULES
from prompt_cli.rules.pc2_templates import TEMPLATE_RULES
from prompt_cli.rules.pc3_signature import SIGNATURE_RULES
from prompt_cli.rules.pc4_content import CONTENT_RULES
from prompt_cli.rules.pc5_versions import VERSION_RULES
from prompt_cli.rules.pc6_examples import EXAMPLE_RULES
from prompt_cli.rules.pc7_providers import PROVIDER_RULES
from prompt_cli.rules.rule import Match, Rule, Subject

RULES: tuple[Rule, ...] = (
    *FILE_RULES,
    *DATA_RULES,
    *TEMPLATE_RULES,
    *SIGNATURE_RULES,
    *CONTENT_RULES,
    *VERSION_RULES,
    *EXAMPLE_RULES,
    *PROVIDER_RULES,
)
"""Every rule, in the order of the codes."""

_MAX_MATCHES = 1_000
"""Findings of one rule in one file."""

_BY_CODE = {rule.code: rule for rule in RULES}

_FORMER_NAMES = {
    "unreadable": "PC001",
    "too-large": "PC003",
    "yaml-syntax": "PC004",
    "several-documents": "PC007",
    "alias-bound": "PC008",
    "wrong-value": "PC103",
    "id-and-path": "PC104",
    "template-and-format": "PC105",
    "malformed-name": "PC106",
    "template-syntax": "PC201",
    "misspelt-mustache": "PC210",
    "unfit-default": "PC303",
    "optional-unguarded": "PC304",
    "version-not-raised": "PC501",
    "version-went-down": "PC503",
    "includer-not-raised": "PC505",
    "example-variables": "PC601",
    "example-rendering": "PC602",
    "example-expectation": "PC603",
    "no-example": "PC604",
    "part-variable": "PC109",
    "example-answer": "PC605",
    "refused-parameter": "PC701",
    "strict-schema": "PC704",
}

CODES_BY_NAME = {**_FORMER_NAMES, **{rule.name: rule.code for rule in RULES}}
"""The codes of rules by name; former names stay valid in settings, options and ignore comments."""


def rule_of(code: str) -> Rule:
    """Return a rule by its code; raise a KeyError if there is none."""
    return _BY_CODE[code]


def code_of(name: str) -> str:
    """Return the code of a rule by its name; codes and families, and any other text, stay as they are."""
    return CODES_BY_NAME.get(name, name)


def run_rules(subject: Subject, rules: Sequence[Rule] = RULES) -> Iterator[Finding]:
    """Yield the findings of rules in a prompt."""
    for rule in rules:
        matches = enumerate(rule.check(subject))
        for number, match in matches:
            if number == _MAX_MATCHES:
                yield _to_finding(subject, rule, _rest(rule, match, (other for _, other in matches)))
                break
            yield _to_finding(subject, rule, match)


def _to_finding(subject: Subject, rule: Rule, match: Match) -> Finding:
    finding = finding_of(rule, subject.resolved.loaded.path, subject.region(match), match.message, match.help)
    return finding._replace(fix=match.fix)


def _rest(rule: Rule, first: Match, others: Iterator[Match]) -> Match:
    """Return one match for all above the limit, with all their fixes."""
    message = f"{first.message}, and more of {rule.code} below: a file shows {_MAX_MATCHES:,}"
    if first.fix is None:
        return first._replace(message=message)
    edits = (edit for match in others if match.fix for edit in match.fix.edits)
    fix = first.fix._replace(edits=tuple(dict.fromkeys((*first.fix.edits, *edits))))
    return first._replace(message=message, fix=fix)


def finding_of(rule: Rule, path: str, region: Region, message: str, help_: str = "") -> Finding:
    """Return a finding of a rule."""
    return Finding(path, region, rule.severity, rule.code, rule.name, message, help_)
