"""PC5: the examples of the rules, and a table of changes, in repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from prompt_cli.rules.catalogue import RULES
from tests.support import InProcess

if TYPE_CHECKING:
    from prompt_cli.rules.rule import Files, Rule
    from tests.support import Project, Result

COMPARING = [rule for rule in RULES if rule.before]


def write(project: Project, files: Files) -> None:
    for path in (project.root / "prompts").glob("**/*.yaml"):
        path.unlink()
    for prompt_id, text in files.items():
        project.write(f"prompts/{prompt_id}.yaml", text)


def compare(project: Project, rule: Rule, files: Files) -> Result:
    """Make the change on a branch that parted from the first state, while `main` went on to the others."""
    write(project, rule.before[0])
    project.commit()
    project.git("branch", "change")
    for state in rule.before[1:]:
        write(project, state)
        project.commit()
    project.git("checkout", "-q", "change")
    write(project, files)
    return InProcess(project.root).run("validate", "--against", "main", "--json")


@pytest.mark.parametrize("rule", COMPARING, ids=lambda rule: rule.code)
def test_the_bad_example_breaks_the_rule_alone(repository: Project, rule: Rule) -> None:
    result = compare(repository, rule, rule.bad)
    assert result.status == 1, result
    assert [one["code"] for one in result.json["findings"]] == [rule.code]


@pytest.mark.parametrize("rule", COMPARING, ids=lambda rule: rule.code)
def test_the_good_example_breaks_no_rule(repository: Project, rule: Rule) -> None:
    result = compare(repository, rule, rule.good)
    assert (result.status, result.json["findings"]) == (0, []), result


def test_all_rules_that_compare_are_of_one_family() -> None:
    assert [rule.code for rule in COMPARING] == [rule.code for rule in RULES if rule.code.startswith("PC5")]
