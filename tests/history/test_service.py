"""A long-running process: no git for cached versions, and every move of a ref is noticed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from prompt_cli import DirectoryStorage, PromptManager, PromptRegistry
from prompt_cli.domain.revision import parse_revision
from prompt_cli.errors import HistoryError, VersionNotFoundError
from tests.history.git_repositories import GitRepository, prompt, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from prompt_cli.history.version_store import GitVersionStore
    from tests.history.git_repositories import Processes

A = "prompts/a.yaml"


def build(repository: GitRepository) -> None:
    """Commit two versions of a prompt, a branch and two tags on the first."""
    repository.replay({A: prompt("a", "1.0.0")}, {A: prompt("a", "1.1.0")})
    repository.git("branch", "side", "HEAD~1")
    repository.git("tag", "release", "HEAD~1")
    repository.git("tag", "--annotate", "--message", "x", "stable", "HEAD~1")


def linked(repository: GitRepository) -> None:
    build(repository)
    repository.git("worktree", "add", "--quiet", "-b", "linked", "../linked")
    repository.root = repository.root.parent / "linked"


def detached(repository: GitRepository) -> None:
    build(repository)
    repository.git("checkout", "--quiet", "--detach")


def packed(repository: GitRepository) -> None:
    build(repository)
    repository.git("gc", "--quiet")


REVISIONS = ["1.0.0", "^1", "~1.0", ">=1,<2", "latest", "HEAD", "HEAD~1", "side", "side~0", "release", "stable"]


@pytest.mark.parametrize("layout", [build, linked, detached, packed])
async def test_cached_reads_start_no_process(
    repository: GitRepository, processes: Processes, layout: Callable[[GitRepository], None]
) -> None:
    layout(repository)
    store = repository.store()
    ids = [repository.git("rev-parse", "HEAD~1"), repository.git("rev-parse", "--short", "HEAD~1")]
    first = {revision: await read(store, "a", revision) for revision in [*REVISIONS, *ids]}
    processes.started()
    assert {revision: await read(store, "a", revision) for revision in first} == first
    assert processes.started() == []


MOVES: dict[str, Callable[[GitRepository], object]] = {
    "commit": lambda one: one.commit({A: prompt("a", "1.1.0", "again")}),
    "amend": lambda one: one.git("commit", "-q", "--amend", "-m", "x"),
    "checkout": lambda one: one.git("checkout", "-q", "side"),
    "detach": lambda one: one.git("checkout", "-q", "HEAD~1"),
    "reset": lambda one: one.git("reset", "-q", "--hard", "HEAD~1"),
    "rebase": lambda one: (
        one.git("checkout", "-q", "side"),
        one.commit({"other": "x"}),
        one.git("checkout", "-q", "main"),
        one.git("rebase", "-q", "side"),
    ),
    "commit and pack": lambda one: (one.commit({A: prompt("a", "1.1.0", "again")}), one.git("gc", "-q")),
    "commit after packing": lambda one: (one.git("pack-refs", "--all"), one.commit({A: prompt("a", "1.1.0", "again")})),
    "branch": lambda one: one.git("branch", "-f", "side", "main"),
    "tag": lambda one: one.git("tag", "-f", "release", "main"),
    "annotated tag": lambda one: one.git("tag", "-f", "-a", "-m", "x", "stable", "main"),
    "packed tag": lambda one: (one.git("tag", "-f", "release", "main"), one.git("pack-refs", "--all")),
    "deleted": lambda one: one.git("branch", "-D", "side"),
    "deleted when packed": lambda one: (one.git("pack-refs", "--all"), one.git("tag", "-d", "release")),
    "replaced": lambda one: one.git("replace", "HEAD", "HEAD~1"),
    "grafted": lambda one: (one.root / ".git/info/grafts").write_text(f"{one.head()}\n"),
    "branch of a version's name": lambda one: one.git("branch", "1.0.0"),
    "several levels": lambda one: (
        one.git("symbolic-ref", "refs/heads/alias", "refs/heads/side"),
        one.git("symbolic-ref", "HEAD", "refs/heads/alias"),
    ),
    "full name": lambda one: one.git("update-ref", "refs/other/x", "HEAD"),
    "unborn": lambda one: one.git("checkout", "-q", "--orphan", "new"),
    "a branch that hides a tag": lambda one: one.git("update-ref", "refs/release", "HEAD"),
}
ASKED = ["1.0.0", "latest", "HEAD~1", "side", "release", "stable", "refs/heads/side", "other/x"]


async def outcomes(store: GitVersionStore) -> dict[str, tuple[object, object, str] | str]:
    """Return the commit, the content and the notice of each revision, or the error."""
    answers: dict[str, tuple[object, object, str] | str] = {}
    for revision in ASKED:
        try:
            snapshot = await store.snapshot("a", parse_revision(revision))
            answers[revision] = snapshot.commit, await snapshot.read_many(["a"]), snapshot.notice
        except (HistoryError, VersionNotFoundError) as error:
            answers[revision] = str(error)
    return answers


@pytest.mark.parametrize("move", MOVES)
async def test_a_move_is_noticed_at_the_next_call(repository: GitRepository, move: str) -> None:
    build(repository)
    store = repository.store()
    before = await outcomes(store)
    MOVES[move](repository)
    fresh = await outcomes(repository.store(cache=False))
    assert await outcomes(store) == fresh
    assert fresh != before


async def test_a_linked_worktree_has_its_own_head(repository: GitRepository) -> None:
    linked(repository)
    store = repository.store()
    assert await read(store, "a", "HEAD") == await read(store, "a", "1.1.0")
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    assert await read(store, "a", "HEAD") == prompt("a", "1.0.0").encode()


async def test_a_shallow_clone_asks_git(repository: GitRepository, processes: Processes, tmp_path: Path) -> None:
    build(repository)
    repository.git("clone", "--quiet", "--depth", "1", f"file://{repository.root}", str(tmp_path / "clone"))
    store = GitRepository(tmp_path / "clone").store()
    for _ in range(2):
        assert await read(store, "a", "HEAD") == prompt("a", "1.1.0").encode()
        assert processes.started()[0] == "rev-parse"
    with pytest.raises(HistoryError, match="shallow"):
        await read(store, "a", "1.0.0")


@pytest.mark.parametrize("name", ["../../../secret", "/etc/passwd", "a\\..\\b", "refs/../HEAD", "config", "objects"])
async def test_id_is_not_a_path(repository: GitRepository, name: str) -> None:
    build(repository)
    (repository.root.parent / "secret").write_text(repository.head())
    store = repository.store()
    for _ in range(2):
        with pytest.raises(HistoryError):
            await store.snapshot("a", parse_revision(f"ref:{name}"))


async def test_concurrent_callers_search_once(repository: GitRepository, processes: Processes) -> None:
    build(repository)
    store = repository.store()
    await store.tip("HEAD")
    processes.started()
    contents = await asyncio.gather(*(read(store, "a", "1.0.0") for _ in range(20)))
    assert set(contents) == {prompt("a", "1.0.0").encode()}
    assert processes.started() == ["log", "cat-file", "ls-tree", "cat-file"]


async def test_a_render_with_pins_starts_no_process(repository: GitRepository, processes: Processes) -> None:
    includer = 'id: b\nversion: 1.0.0\nformat: text\ntemplate: \'{{> "a@1.0.0"}}{{> "gone@1.0.0"}}\'\n'
    repository.replay(
        {A: prompt("a", "1.0.0"), "prompts/gone.yaml": prompt("gone", "1.0.0", "Bye")},
        {A: prompt("a", "2.0.0", "New"), "prompts/gone.yaml": None, "prompts/b.yaml": includer},
    )
    manager = PromptManager(PromptRegistry(DirectoryStorage(repository.root / "prompts")))
    revisions = ("", "@1.0.0", "@latest", "@HEAD")
    texts = [await manager.render(f"b{revision}") for revision in revisions]
    assert set(texts) == {"Hello\nBye\n"}
    processes.started()
    assert [await manager.render(f"b{revision}") for revision in revisions] == texts
    assert processes.started() == []


def test_a_manager_serves_one_event_loop_after_another(repository: GitRepository) -> None:
    build(repository)
    manager = PromptManager(PromptRegistry(DirectoryStorage(repository.root / "prompts")))

    async def crowd(revision: str) -> set[str]:
        return set(await asyncio.gather(*(manager.render(f"a@{revision}") for _ in range(50))))

    assert [asyncio.run(crowd(revision)) for revision in ("1.0.0", "latest", "HEAD~1")] == [{"Hello\n"}] * 3


RENDER = """
import asyncio, sys
from prompt_cli import PromptManager

async def main():
    async with PromptManager.open(sys.argv[1]) as manager:
        opened = set(sys.modules)
        for prompt in ("a", "a@1.0.0", "a@^1", "a@HEAD"):
            await manager.render(prompt)
        print(sorted(set(sys.modules) - opened))

asyncio.run(main())
"""


def test_a_render_imports_nothing(repository: GitRepository) -> None:
    build(repository)
    done = subprocess.run(
        [sys.executable, "-c", RENDER, str(repository.root)], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
