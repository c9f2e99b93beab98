"""States that are known without the event loop: the same ones that the version store finds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from prompt_cli.domain.revision import Tree, parse_revision
from prompt_cli.history.known import KnownState, known_state, known_versions
from prompt_cli.history.listings import row_of
from tests.history.git_repositories import prompt

if TYPE_CHECKING:
    from pathlib import Path

    from prompt_cli.history.store import StoredSnapshot
    from tests.history.git_repositories import GitRepository, Processes

FILE = "prompts/a.yaml"


@pytest.fixture
def history(repository: GitRepository) -> GitRepository:
    versions = ("1.0.0", "1.1.0", "1.1.0", "2.0.0")
    repository.replay(
        *(
            {FILE: prompt("a", version, f"{n}"), "prompts/shared/b.yaml": prompt("shared/b", "1.0.0", f"{n}")}
            for n, version in enumerate(versions)
        )
    )
    return repository


def known(repository: GitRepository, revision: str, prompt_id: str = "a") -> KnownState | None:
    return known_state(repository.root / "prompts", prompt_id, parse_revision(revision))


async def stored(repository: GitRepository, revision: str) -> StoredSnapshot:
    return await repository.store().snapshot("a", parse_revision(revision))


REVISIONS = [
    "1.0.0",
    "1.1.0",
    "2.0.0",
    "latest",
    "^1",
    "~1.0.0",
    ">=1,<2",
    "HEAD",
    "HEAD~2",
    "main",
    "ref:tagged",
    ":/1",
]


@pytest.mark.parametrize("revision", REVISIONS)
async def test_a_known_state_is_the_stores(history: GitRepository, revision: str) -> None:
    history.git("tag", "--annotate", "-m", "x", "tagged", "HEAD~1")
    await history.store().versions("a")
    found, expected = known(history, revision), await stored(history, revision)
    assert found is not None
    assert (found.commit, found.notice) == (expected.commit, expected.notice)


async def test_one_search_is_enough_for_the_versions_it_met(history: GitRepository) -> None:
    assert known(history, "2.0.0") is None
    expected = await stored(history, "2.0.0")
    found = known(history, "2.0.0")
    assert found is not None
    assert found.commit == expected.commit
    # Which version is the highest is not known from the newest ones alone, nor what lies behind them.
    assert known(history, "1.0.0") is None
    assert known(history, "latest") is None


async def test_a_branch_called_like_the_version_is_told(history: GitRepository) -> None:
    await history.store().versions("a")
    history.git("branch", "1.1.0")
    found = known(history, "1.1.0")
    assert found is not None
    assert "ref:1.1.0" in found.notice
    assert found.notice == (await stored(history, "1.1.0")).notice


@pytest.mark.parametrize("revision", ["9.9.9", "^9", "no-such-branch", ":staged", "HEAD~99"])
async def test_what_there_is_not_is_not_known(history: GitRepository, revision: str) -> None:
    await history.store().versions("a")
    assert known(history, revision) is None


async def test_another_head_is_another_question(history: GitRepository) -> None:
    await history.store().versions("a")
    history.commit({FILE: prompt("a", "2.0.0", "again")})
    assert known(history, "1.0.0") is None
    assert known(history, "2.0.0") is None
    head = await stored(history, "2.0.0")
    found = known(history, "2.0.0")
    assert found is not None
    assert found.commit == head.commit == history.head()
    history.git("reset", "--quiet", "--hard", "HEAD~1")
    assert known(history, "2.0.0") is None


async def test_a_replaced_or_cut_history_is_not_known(history: GitRepository, tmp_path: Path) -> None:
    await history.store().versions("a")
    history.git("replace", "--graft", "HEAD", "HEAD~2")
    assert known(history, "1.0.0") is None
    assert known(history, "HEAD") is None
    history.git("replace", "--delete", history.head())
    assert known(history, "1.0.0") is not None
    history.git("clone", "--quiet", "--depth=1", f"file://{history.root}", str(tmp_path / "clone"))
    clone = type(history)(tmp_path / "clone")
    with_record = tmp_path / "clone" / ".git" / "prompt-cli"
    (history.root / ".git" / "prompt-cli").rename(with_record)
    assert known(clone, "1.0.0") is None
    assert known(clone, "HEAD") is not None


async def test_rows_are_those_of_the_versions(history: GitRepository) -> None:
    rows = await history.store().listed("a")
    assert rows == tuple(map(row_of, await history.store().versions("a")))
    assert known_versions(history.root / "prompts", "a") == rows


async def test_where_there_is_no_git_nothing_is_known(history: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    await history.store().listed("a")
    monkeypatch.setenv("PATH", os.devnull)
    assert known(history, "1.0.0") is None
    assert known_versions(history.root / "prompts", "a") is None


async def test_what_was_not_to_be_kept_is_not_known(history: GitRepository) -> None:
    store = history.store(cache=False)
    await store.listed("a")
    assert known(history, "1.0.0") is None
    assert known_versions(history.root / "prompts", "a") is None


@pytest.mark.parametrize("length", [1, 20])
async def test_the_number_of_processes_is_constant(history: GitRepository, processes: Processes, length: int) -> None:
    for n in range(length):
        history.commit({FILE: prompt("a", f"3.{n}.0")})
    await history.store().listed("a")
    processes.started()
    assert known_versions(history.root / "prompts", "a") is not None
    assert sorted(processes.started()) == ["check-mailmap", "config", "rev-parse", "status"]
    assert known(history, "1.0.0") is not None
    assert processes.started() == ["rev-parse"]


async def test_derived_is_found_out_once_for_each_content(history: GitRepository) -> None:
    seen: list[bytes] = []

    def derive(content: bytes) -> str:
        seen.append(content)
        return str(len(content))

    for snapshot in (await stored(history, "HEAD"), await history.store().snapshot("a", Tree.INDEX)):
        found = await snapshot.derived("lengths", derive)
        contents = await snapshot.read_many(["a", "shared/b"])
        assert found == {one: str(len(content)) for one, content in contents.items()}
    assert len(seen) == 2
    history.write({FILE: prompt("a", "5.0.0", "staged")})
    history.git("add", FILE)
    await (await history.store().snapshot("a", Tree.INDEX)).derived("lengths", derive)
    assert len(seen) == 3
    for file in (history.root / ".git" / "prompt-cli" / "lengths").iterdir():
        file.write_bytes(file.read_bytes()[:-1])
    await (await history.store().snapshot("a", Tree.INDEX)).derived("lengths", derive)
    assert len(seen) == 5


async def test_a_replaced_content_is_derived_anew(history: GitRepository) -> None:
    index = await history.store().snapshot("a", Tree.INDEX)
    before = await index.derived("first", lambda content: content.decode().splitlines()[1])
    old, new = history.git("rev-parse", f"HEAD:{FILE}"), history.git("rev-parse", f"HEAD~3:{FILE}")
    history.git("replace", old, new)
    after = await index.derived("first", lambda content: content.decode().splitlines()[1])
    assert (before["a"], after["a"]) == ("version: 2.0.0", "version: 1.0.0")
