"""The first commit of a prompt's current version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from prompt_cli.domain.version import SemanticVersion
from tests.history.git_repositories import prompt

if TYPE_CHECKING:
    from tests.history.git_repositories import GitRepository, Processes

FILE = "prompts/a.yaml"


def file(version: str, text: str = "Hello") -> dict[str, str | bytes | None]:
    return {FILE: prompt("a", version, text)}


async def first_of(repository: GitRepository, version: str = "1.1.0") -> str | None:
    snapshot = await repository.store().first_commit_of("a", SemanticVersion.parse(version))
    return snapshot.commit if snapshot else None


GONE: dict[str, str | bytes | None] = {FILE: None}
BROKEN: dict[str, str | bytes | None] = {FILE: "id: [broken"}
OTHER: dict[str, str | bytes | None] = {"other": "unrelated"}


@pytest.mark.parametrize(
    ("states", "expected"),  # the number of the state, from 0, that first set 1.1.0
    [
        ([file("1.1.0")], 0),
        ([file("1.0.0"), file("1.1.0")], 1),
        ([file("1.0.0"), file("1.1.0"), OTHER, file("1.1.0", "edited"), file("1.1.0", "again")], 1),
        ([file("1.1.0"), file("1.0.0"), file("1.1.0", "set anew"), OTHER], 2),
        ([file("1.1.0"), BROKEN, file("1.1.0", "fixed")], 0),
        ([file("1.0.0"), BROKEN, file("1.1.0"), BROKEN, BROKEN], 2),
        ([file("1.1.0"), GONE, file("1.1.0")], 2),
        ([file("1.1.0"), GONE], None),
        ([file("1.1.0"), file("1.2.0")], None),
        ([file("1.1.0"), file("1.0.0"), BROKEN], None),
        ([BROKEN], None),
        ([OTHER], None),
    ],
)
async def test_the_commit_that_first_set_the_current_version(
    repository: GitRepository, states: list[dict[str, str | bytes | None]], expected: int | None
) -> None:
    commits = repository.replay(*states)
    assert await first_of(repository) == (None if expected is None else commits[expected])


async def test_a_long_run_is_walked_to_its_beginning(repository: GitRepository) -> None:
    first, *_ = repository.replay(*(file("1.1.0", f"edit {number}") for number in range(80)))
    assert await first_of(repository) == first


async def test_commits_of_a_side_that_came_later_do_not_break_the_run(repository: GitRepository) -> None:
    repository.commit(file("1.0.0"))
    repository.git("branch", "side")
    first = repository.commit(file("1.1.0"))
    repository.git("checkout", "--quiet", "side")
    repository.commit(file("1.0.0", "edited on the side"))
    repository.git("checkout", "--quiet", "main")
    repository.merge("side", file("1.1.0", "both"))
    assert await first_of(repository) == first


async def test_the_side_whose_file_was_taken_counts(repository: GitRepository) -> None:
    old = repository.commit(file("1.1.0"))
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit(file("1.0.0"))
    taken = repository.commit(file("1.1.0", "set on the side"))
    repository.git("checkout", "--quiet", "main")
    repository.commit(file("1.1.0", "edited on main"))
    repository.merge("side", file("1.1.0", "set on the side"))
    assert await first_of(repository) == taken
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    assert await first_of(repository) == old


@pytest.mark.parametrize(("into", "other"), [("main", "side"), ("side", "main")])
async def test_version_set_on_two_sides_starts_at_the_older(repository: GitRepository, into: str, other: str) -> None:
    repository.commit(file("1.0.0"))
    repository.git("branch", "side")
    older = repository.commit(file("1.1.0", "main"))
    repository.git("checkout", "--quiet", "side")
    repository.commit(file("1.1.0", "side"))
    repository.git("checkout", "--quiet", into)
    repository.merge(other, file("1.1.0", "both"))
    assert await first_of(repository) == older


async def test_a_clock_that_was_ahead_does_not_make_a_commit_a_later_one(repository: GitRepository) -> None:
    repository.clock += 10_000
    first = repository.commit(file("1.1.0", "first"))
    repository.clock -= 9_000
    repository.git("checkout", "--quiet", "-b", "side")
    met_last = repository.commit(file("1.1.0", "side"))
    repository.git("checkout", "--quiet", "main")
    repository.commit(file("1.1.0", "main"))
    repository.merge("side", file("1.1.0", "both"))
    assert repository.git("log", "--format=%H", "--", FILE).split()[-1] == met_last
    assert await first_of(repository) == first


async def test_many_prompts_are_looked_for_in_one_walk(repository: GitRepository, processes: Processes) -> None:
    ids = [f"p{number}" for number in range(6)]

    def files(version: str, text: str) -> dict[str, str | bytes | None]:
        return {f"prompts/{one}.yaml": prompt(one, version, text) for one in ids}

    old = repository.commit(files("1.0.0", "old"))
    repository.git("checkout", "--quiet", "-b", "side")
    side = repository.commit(files("1.1.0", "side"))
    repository.commit(files("1.1.0", "side, edited"))
    repository.git("checkout", "--quiet", "main")
    main = repository.commit(files("1.1.0", "main"))
    repository.commit(files("1.1.0", "main, edited"))
    # Of some it takes this side's, of others the other side's, of one it makes something of its own.
    repository.merge(
        "side",
        {**dict(list(files("1.1.0", "side, edited").items())[:3]), "prompts/p5.yaml": prompt("p5", "1.1.0", "both")},
    )
    repository.commit(
        {"prompts/p4.yaml": prompt("p4", "1.0.0", "back"), "prompts/p0.yaml": prompt("p0", "1.1.0", "more")}
    )
    store = repository.store()
    versions = {one: SemanticVersion.parse("1.0.0" if one == "p4" else "1.1.0") for one in ids}
    processes.started()
    firsts = {one: snapshot.commit for one, snapshot in (await store.first_commits_of(versions)).items()}
    assert processes.started() == ["rev-parse", "log", "cat-file", "log", "diff-tree"]
    assert [firsts[one] for one in ids[:4]] == [side, side, side, main]
    assert firsts["p4"] == repository.head() != old
    for one in ids:
        alone = await store.first_commit_of(one, versions[one])
        assert alone is not None
        assert alone.commit == firsts[one]
