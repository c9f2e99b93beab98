"""A repository of a few hundred prompts with a list of all its findings."""

from __future__ import annotations

import pytest

from prompt_cli import InMemoryStorage, PromptRegistry
from prompt_cli.checking.checker import PromptChecker
from prompt_cli.workspace import Workspace
from tests.rules.corpus import FLAWS, corpus

COUNT = 378


@pytest.mark.parametrize("seed", [1, 2])
async def test_exactly_the_planted_faults_are_found(seed: int) -> None:
    made = corpus(seed, COUNT)
    storage = InMemoryStorage(dict(made.files))
    report = await PromptChecker(Workspace(PromptRegistry(storage))).check(list(made.files))
    assert report.not_checked == ()
    assert report.checked == COUNT + 1
    paths = {storage.location(prompt_id): f"{prompt_id}.yaml" for prompt_id in made.files}
    found = sorted((paths[one.path], one.code, *one.region) for one in report.findings)
    assert found == list(made.findings)


def test_every_flaw_is_put_there_more_than_once() -> None:
    codes = [finding[1] for finding in corpus(1, COUNT).findings]
    assert all(codes.count(flaw.code) > 1 for flaw in FLAWS)
