"""The cache of results gives the answers of `--no-cache` after any change of a repository."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support import Project

IN_PROCESS = True

IDS = ("a", "b", "deep/c")
BODIES = (
    "template: x\n",
    "template: y\n",
    "template: '{{z}}'\n",
    "variables: {z: {type: string}}\ntemplate: 'x' # prompt-cli: ignore PC302 -- sent\n",
    "template: '{{> b}}'\nexamples: [{name: n, expect: {equals: x}}]\n",
    "template: '{{> a}} {{> deep/c}}'\n",
    "template: '{{> \"b@1.0.0\"}}'\nexamples: [{name: n, expect: {equals: x}}]\n",
    "template: '{{> b}} {{> \"deep/c@1.1.0\"}}'\n",
    "template: a\u200bb\n",
    "{",
)
VERSIONS = ("1.0.0", "1.1.0", "2.0.0")
HOOK = ("--staged", "--only-targets", "--ignore", "PC5", *(f"prompts/{one}.yaml" for one in IDS))
CHECKS = (
    *((), ("--staged",), ("--against", "HEAD~1"), ("--staged", "--against", "HEAD"), ("a",), ("--select", "PC3")),
    *(HOOK, HOOK[:-1], ("--ignore", "PC5"), ("--staged", "b")),
)


def change(project: Project, choice: random.Random) -> str:
    """Change something at random, and return a description."""
    path = project.root / "prompts" / f"{choice.choice(IDS)}.yaml"
    match choice.randrange(12):
        case 0:
            path.unlink(missing_ok=True)
            return f"delete {path.name}"
        case 1 | 2:
            project.git("add", "-A")
            return "stage"
        case 3 | 4 | 5:
            project.commit()
            return "commit"
        case 6:
            project.git("reset", "-q", choice.choice(["--hard", "--soft"]), "HEAD~1")
            project.git("commit", "-q", "--allow-empty", "-m", "again")
            return "reset"
        case 7:
            project.git("checkout", "-q", "-f", choice.choice(["main", "other"]))
            return "checkout"
        case 8:
            project.git("pack-refs", "--all")
            return "pack"
        case _:
            prompt_id = choice.choice(IDS)
            project.prompt(prompt_id, choice.choice(BODIES), choice.choice(VERSIONS))
            return f"write {prompt_id}"


@pytest.mark.parametrize("seed", range(2))
def test_the_answer_is_the_one_without_the_cache(repository: Project, seed: int) -> None:
    choice = random.Random(seed)  # noqa: S311 - no secret
    for prompt_id in IDS:
        repository.prompt(prompt_id, "template: x\n")
    for _ in range(2):
        repository.commit()
    repository.git("branch", "other")
    done: list[str] = []
    for _ in range(12):
        done.append(change(repository, choice))
        arguments = choice.choice(CHECKS)
        expected = repository.run("validate", "--no-cache", *arguments)
        assert repository.run("validate", *arguments) == expected, (done, arguments)
        assert repository.run("validate", *arguments) == expected, (done, arguments)
        assert expected.status in {0, 1, 3}, (done, expected.err)
