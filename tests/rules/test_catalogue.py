"""Every rule: its words, its example that breaks it, its example that keeps it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from prompt_cli import InMemoryStorage, PromptRegistry
from prompt_cli.checking.checker import PromptChecker
from prompt_cli.problems import ModelProblem, Problem, Region, SourceProblem, ValueProblem
from prompt_cli.resolver import PromptResolver, ResolvedPrompt
from prompt_cli.rules.catalogue import RULES, run_rules
from prompt_cli.rules.rule import Subject
from prompt_cli.storage.loader import LoadedPrompt
from prompt_cli.workspace import Workspace

if TYPE_CHECKING:
    from prompt_cli.domain.finding import Report
    from prompt_cli.rules.rule import Files, Match, Rule

ROOT = Path(__file__).parent.parent.parent


def managing(files: Files) -> Workspace:
    # surrogateescape: the example of PC002 is not UTF-8, and no Python text can hold that otherwise.
    stored = {name: text.encode("utf-8", "surrogateescape") for name, text in files.items()}
    return Workspace(PromptRegistry(InMemoryStorage(stored)))


async def check(files: Files) -> Report:
    return await PromptChecker(managing(files)).check([next(iter(files))])


async def matches(rule: Rule, files: Files) -> list[Match]:
    """The findings of one rule, on by default or not."""
    workspace = managing(files)
    resolver = PromptResolver(workspace.pinned, workspace.registry.parse)
    resolved = await resolver.resolve(next(iter(files)), workspace.registry.working_tree)
    return list(rule.check(Subject(resolved, None)))


@pytest.mark.parametrize("rule", [rule for rule in RULES if not rule.enabled], ids=lambda rule: rule.code)
async def test_rules_off_by_default_work_when_selected(rule: Rule) -> None:
    assert len(await matches(rule, rule.bad)) == 1
    assert await matches(rule, rule.good) == []
    assert (await check(rule.bad)).findings == ()


# Rules that compare need two sides: tests/rules/test_versions.py.
@pytest.mark.parametrize("rule", [one for one in RULES if one.enabled and not one.before], ids=lambda rule: rule.code)
async def test_the_bad_example_breaks_the_rule_alone(rule: Rule) -> None:
    report = await check(rule.bad)
    if rule.code == "PC206":
        # Whether a version was ever committed only a history can tell; tests/cli has one.
        assert report.not_checked
        return
    if rule.code == "PC001":
        # Prompts in memory are readable; tests/rules/test_cases.py has a storage that fails, tests/cli a file.
        assert report.findings == ()
        return
    assert {finding.code for finding in report.findings} == {rule.code}
    assert {finding.severity for finding in report.findings} == {rule.severity}
    assert not report.not_checked


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
async def test_the_good_example_breaks_no_rule(rule: Rule) -> None:
    report = await check(rule.good)
    assert (report.findings, report.not_checked) == ((), ())


def test_codes_and_names_are_unique_and_in_order() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(re.fullmatch(r"PC\d{3}", code) for code in codes)
    assert all(re.fullmatch(r"[a-z0-9-]+", rule.name) for rule in RULES)
    assert all(rule.why.endswith(".") for rule in RULES)


@pytest.mark.parametrize("kind", [*get_args(SourceProblem), *get_args(ModelProblem)])
def test_each_kind_of_problem_has_one_rule(kind: SourceProblem | ModelProblem) -> None:
    """A kind that no rule finds would make a broken file pass in silence."""
    problem = Problem("wrong", kind, (), "", Region(1, 1, 1, 2))
    loaded = LoadedPrompt("x", "x.yaml", b"", None, None, (problem,))
    subject = Subject(ResolvedPrompt(loaded, {}, {}, {}, {}, "", 1, None, has_pins=False), None)
    assert len(list(run_rules(subject))) == 1


def test_each_created_kind_of_problem_is_declared() -> None:
    made = {
        kind
        for path in [*(ROOT / "prompt_cli/yaml").glob("*.py"), *(ROOT / "prompt_cli/domain").glob("*.py")]
        for kind in re.findall(
            r'(?:Problem|PydanticCustomError|_note|_fail)\(\s*(?:(?:f?"[^"]*"|\w+),\s*)?"([a-z0-9]+_[a-z0-9_]+)"',
            path.read_text(),
        )
    }
    assert len(made) > 10
    assert made <= {*get_args(SourceProblem), *get_args(ModelProblem), *get_args(ValueProblem)}


async def test_a_secret_is_never_repeated() -> None:
    secret = "ghp_" + "q7RkZ2mXv9TbLc4WnYs8HdJf3GpQa6Ue1KxV"
    report = await check({"x": f"id: x\nversion: 1.0.0\nformat: text\ntemplate: Use {secret}, always.\n"})
    assert [finding.code for finding in report.findings] == ["PC401"]
    assert secret not in str(report)
    assert f"Use {'*' * len(secret)}, always." in next(iter(report.sources.values()))
