"""The cache of file histories: never stale, and never required."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from prompt_cli.cache import Cache
from prompt_cli.domain.revision import parse_revision
from prompt_cli.history.file_history import FileHistory, FileRevision, HistoryCache
from tests.history.git_repositories import GitRepository, prompt

if TYPE_CHECKING:
    from pathlib import Path

FILE = "prompts/a.yaml"


def record(number: int) -> FileHistory:
    revisions = tuple(
        FileRevision(
            f"{n:040x}", f"{number:040x}", f"1.{n}.0" if n % 2 else "", f"{n} +0000", "Ada <a@b>", f"\udcff {n}"
        )
        for n in range(20)
    )
    return FileHistory("a" * 40, revisions, complete=bool(number % 2))


@pytest.fixture
def store(tmp_path: Path) -> HistoryCache:
    (tmp_path / "git").mkdir()
    return HistoryCache(tmp_path / "git")


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "git" / "prompt-cli" / "cache" / "history").iterdir())


@pytest.mark.parametrize(
    "path", [FILE, "a.yaml", "new\nline/a.yaml", "caf\u00e9/a.yaml", os.fsdecode(b"\xff/a.yaml"), "x/" * 200]
)
def test_saved_histories_are_loaded(store: HistoryCache, path: str) -> None:
    assert store.load([path]) == {}
    for number in range(2):
        store.save({path: record(number)})
        assert store.load([path, "another"]) == {path: record(number)}
    store.save({path: FileHistory("b" * 40, (), complete=True)})
    assert store.load([path]) == {path: FileHistory("b" * 40, (), complete=True)}


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        "abc",
        ["a" * 40, [], 1],
        [1, [], True],
        ["a" * 40, [["a"], ["b"], ["1.0.0"]], True],
        ["a" * 40, [["a"], ["b"], ["1.0.0"], [1], ["Ada <a@b>"], ["Change"]], True],
        ["a" * 40, [["a"], ["b"], ["1.0.0", "1.1.0"], ["1 +0000"], ["Ada <a@b>"], ["Change"]], True],
        ["a" * 40, [["--output=x"], ["b"], ["1.0.0"], ["1 +0000"], ["Ada <a@b>"], ["Change"]], True],
        ["a" * 40, "abc", True],
    ],
)
def test_cache_entry_of_another_shape_is_ignored(store: HistoryCache, tmp_path: Path, data: object) -> None:
    cache = Cache.in_repository(tmp_path / "git")
    cache.put("history", f"{tmp_path / 'git'}\0{FILE}", data)
    assert len(files(tmp_path)) == 1
    assert store.load([FILE]) == {}
    store.save({FILE: record(1)})
    assert store.load([FILE]) == {FILE: record(1)}


async def test_read_only_cache_is_skipped(repository: GitRepository) -> None:
    repository.commit({FILE: prompt("a", "1.0.0")})
    (repository.root / ".git" / "prompt-cli").write_text("in the way")
    for _ in range(2):
        assert [str(one.version) for one in await repository.store().versions("a")] == ["1.0.0"]
    assert (repository.root / ".git" / "prompt-cli").read_text() == "in the way"


async def test_many_who_write_at_once_keep_the_truth(repository: GitRepository) -> None:
    repository.replay(*({FILE: prompt("a", f"1.{number}.0")} for number in range(5)))
    stores = [repository.store() for _ in range(8)]
    answers = await asyncio.gather(*(store.versions("a") for store in stores))
    assert all(answer == answers[0] for answer in answers)
    assert await repository.store().versions("a") == answers[0]


async def test_replaced_or_grafted_history_is_not_cached(repository: GitRepository) -> None:
    first, second, third = repository.replay(*({FILE: prompt("a", f"1.{number}.0")} for number in range(3)))
    store = repository.store()
    assert [one.commit for one in await store.versions("a")] == [third, second, first]
    repository.git("replace", "--graft", third)
    assert [one.commit for one in await store.versions("a")] == [third]
    repository.git("replace", "--delete", third)
    assert [one.commit for one in await store.versions("a")] == [third, second, first]
    (repository.root / ".git" / "info" / "grafts").write_text(f"{third} {first}\n")
    assert [one.commit for one in await store.versions("a")] == [third, first]
    (repository.root / ".git" / "info" / "grafts").unlink()
    assert [one.commit for one in await store.versions("a")] == [third, second, first]


async def test_cache_of_a_lost_commit_is_ignored(repository: GitRepository) -> None:
    repository.commit({FILE: prompt("a", "1.0.0")})
    gone = repository.commit({FILE: prompt("a", "1.1.0")})
    store = repository.store()
    await store.versions("a")
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    repository.git("reflog", "expire", "--expire=now", "--all")
    repository.git("gc", "--quiet", "--prune=now")
    assert gone not in repository.git("cat-file", "--batch-all-objects", "--batch-check")
    assert [str(one.version) for one in await store.versions("a")] == ["1.0.0"]


async def test_switching_branches_keeps_each_ones_versions_apart(repository: GitRepository) -> None:
    repository.commit({FILE: prompt("a", "1.0.0")})
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit({FILE: prompt("a", "2.0.0")})
    repository.git("checkout", "--quiet", "main")
    repository.commit({FILE: prompt("a", "1.1.0")})
    store = repository.store()
    for _ in range(2):
        for branch, expected in (("main", ["1.1.0", "1.0.0"]), ("side", ["2.0.0", "1.0.0"]), ("main~1", ["1.0.0"])):
            repository.git("checkout", "--quiet", branch)
            assert [str(one.version) for one in await store.versions("a")] == expected


async def test_a_side_that_touched_nothing_may_change_the_order(repository: GitRepository) -> None:
    store = repository.store()
    repository.clock += 10_000  # the first commits' clock is ahead of all others
    first = repository.commit({FILE: prompt("a", "1.5.0", "one")})
    fork = repository.commit({FILE: prompt("a", "1.0.0")})
    repository.clock -= 9_000
    second = repository.commit({FILE: prompt("a", "1.5.0", "two")})
    repository.commit({FILE: prompt("a", "1.6.0")})
    assert {str(one.version): one.commit for one in await store.versions("a")}["1.5.0"] == second
    repository.commit({FILE: prompt("a", "1.0.0")})
    repository.git("checkout", "--quiet", "-b", "side", fork)
    repository.commit({"other": ""})
    repository.git("checkout", "--quiet", "main")
    repository.merge("side", {})  # of the same file as either side, so that no log with a path shows it
    order = repository.git("log", "--full-history", "--format=%H", "--", FILE).split()
    assert (order.index(first) < order.index(second), repository.head() in order) == (True, False)
    assert {str(one.version): one.commit for one in await store.versions("a")}["1.5.0"] == first


@pytest.mark.parametrize("straight", [True, False])
async def test_incomplete_history_is_not_taken_for_complete(repository: GitRepository, *, straight: bool) -> None:
    repository.replay(*({FILE: prompt("a", f"1.{number}.0")} for number in range(20)))
    store = repository.store()
    await store.snapshot("a", parse_revision("1.19.0"))  # which is all that is known then
    if straight:
        repository.commit({FILE: prompt("a", "2.0.0")})
    else:
        repository.git("checkout", "--quiet", "-b", "side", "HEAD~10")
        repository.commit({FILE: prompt("a", "2.0.0")})
        repository.git("checkout", "--quiet", "main")
        repository.merge("side", {})
    assert (await store.snapshot("a", parse_revision("1.18.0"))).commit
    assert len(await store.versions("a")) == 21
