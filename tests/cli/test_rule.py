"""The command that explains rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from prompt_cli.rules.catalogue import RULES

if TYPE_CHECKING:
    from prompt_cli.rules.rule import Rule
    from tests.support import Project

IN_PROCESS = True


def test_every_rule_is_listed(project: Project) -> None:
    listed = project.run("rule")
    assert (listed.status, listed.err) == (0, "")
    assert [line.split()[:2] for line in listed.out.splitlines()[1:]] == [[rule.code, rule.name] for rule in RULES]
    document = project.run("rule", "--json").json
    assert document["schema"] == 1
    assert document["rules"][0] == {
        "code": RULES[0].code,
        "name": RULES[0].name,
        "severity": RULES[0].severity.value,
        "enabled": RULES[0].enabled,
        "fixable": RULES[0].fixable,
        "why": RULES[0].why,
    }
    assert len(document["rules"]) == len(RULES)


def test_one_rule_is_shown_with_its_examples(project: Project) -> None:
    shown = project.run("rule", "PC302")
    assert (shown.status, shown.err) == (0, "")
    assert shown.out == (
        "PC302 unused-variable\n"
        "\n"
        "severity: error\n"
        "fixable: no\n"
        "\n"
        "Callers must pass an unused variable for nothing. It is usually a leftover or a typo.\n"
        "\n"
        "Fails:\n"
        "\n"
        "    # example.yaml\n"
        "    id: example\n"
        "    version: 1.0.0\n"
        "    format: text\n"
        "    variables: {name: {type: string}, tone: {type: string}}\n"
        "    template: Hello {{name}}!\n"
        "\n"
        "Passes:\n"
        "\n"
        "    # example.yaml\n"
        "    id: example\n"
        "    version: 1.0.0\n"
        "    format: text\n"
        "    variables: {name: {type: string}}\n"
        "    template: Hello {{name}}!\n"
    )
    rule = project.run("rule", "pc302", "--json").json["rule"]
    assert (rule["code"], list(rule["bad"]), list(rule["good"])) == ("PC302", ["example.yaml"], ["example.yaml"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_can_be_shown(project: Project, rule: Rule) -> None:
    shown = project.run("rule", rule.code)
    assert (shown.status, shown.err) == (0, "")
    assert shown.out.startswith(f"{rule.code} {rule.name}\n")
    # One example is as large as no prompt may be.
    assert len(shown.out) < 5000


@pytest.mark.parametrize(("code", "words"), [("PC3O2", "did you mean 'PC302'?"), ("W0613", "lists the rules")])
def test_an_unknown_rule_is_wrong_usage(project: Project, code: str, words: str) -> None:
    result = project.run("rule", code)
    assert (result.status, result.out) == (2, "")
    assert words in result.err


@pytest.mark.parametrize("name", ["optional-without-guard", "optional-unguarded", "Optional-Unguarded"])
def test_a_rule_is_shown_by_name_or_former_name(project: Project, name: str) -> None:
    assert project.run("rule", name).out.startswith("PC304 optional-without-guard\n")


def test_the_settings_need_not_be_right_to_read_about_rules(project: Project) -> None:
    project.write("prompt-cli.toml", "nonsense = 1\n")
    assert project.run("rule", "PC302").status == 0
