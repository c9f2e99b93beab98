"""Numbers of git processes, which do not depend on the length of the history."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from prompt_cli.domain.revision import Tree, parse_revision
from prompt_cli.domain.version import SemanticVersion
from prompt_cli.history.version_store import GitVersionStore
from tests.history.git_repositories import prompt, read

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.history.git_repositories import GitRepository, Processes

IDS = [f"team/{name}" for name in "abcdefgh"]


async def versions(store: GitVersionStore) -> object:
    return await store.versions("team/a")


async def versions_many(store: GitVersionStore) -> object:
    return await store.versions_many(IDS)


async def oldest(store: GitVersionStore) -> object:
    return await read(store, "team/a", "1.0.0")


async def highest(store: GitVersionStore) -> object:
    return await (await store.snapshot("team/a", parse_revision("latest"))).read_many(IDS)


async def commit_ish(store: GitVersionStore) -> object:
    snapshot = await store.tip("HEAD~1")
    return await snapshot.read_many(IDS)


async def staged(store: GitVersionStore) -> object:
    snapshot = await store.snapshot("team/a", Tree.INDEX)
    return await snapshot.ids(), await snapshot.read_many(IDS[:3]), await snapshot.read_many(IDS[3:])


async def since_when(store: GitVersionStore) -> object:
    return await store.first_commit_of("team/a", (await store.versions("team/a"))[0].version)


async def against(store: GitVersionStore) -> object:
    base = await store.merge_base("HEAD~1")
    changed = await store.changed_ids(base, Tree.WORKING)
    return await base.read_many([*changed.changed, *changed.deleted])


async def standing(store: GitVersionStore) -> object:
    return await store.statuses(IDS)


LOOK = ["rev-parse"]
WALK = ["log", "cat-file"]
NAMES = ["check-mailmap"]
READ = ["ls-tree", "cat-file"]


@pytest.mark.parametrize("length", [3, 9])
@pytest.mark.parametrize(
    ("ask", "cold", "warm"),  # where None stands, what is known makes no difference
    [
        (versions, LOOK + WALK + NAMES, LOOK + NAMES),
        (versions_many, LOOK + WALK + NAMES, LOOK + NAMES),
        (oldest, LOOK + WALK + READ, LOOK + READ),
        (highest, LOOK + WALK + READ, LOOK + READ),
        (commit_ish, LOOK + READ, None),
        (staged, [*LOOK, "ls-files", "cat-file", "cat-file"], None),
        (since_when, [*LOOK, *WALK, *NAMES, *WALK], [*LOOK, *NAMES, *WALK]),
        (
            against,
            [*LOOK, "merge-base", "config", "diff-index", "ls-files", *READ],
            [*LOOK, "merge-base", "config", "diff-index", "ls-files", *READ],
        ),
        (standing, [*LOOK, "config", "status"], [*LOOK, "config", "status"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_the_number_of_processes_is_constant(
    repository: GitRepository,
    processes: Processes,
    length: int,
    ask: Callable[[GitVersionStore], Awaitable[object]],
    cold: list[str],
    warm: list[str] | None,
) -> None:
    for number in range(length):
        repository.commit({f"prompts/{one}.yaml": prompt(one, f"1.{number}.0") for one in IDS})
    await ask(repository.store())
    assert Counter(processes.started()) == Counter(cold)
    await ask(repository.store())
    assert Counter(processes.started()) == Counter(warm or cold)


async def test_new_commit_extends_the_cached_history(repository: GitRepository, processes: Processes) -> None:
    repository.replay(*({"prompts/a.yaml": prompt("a", f"1.{number}.0")} for number in range(5)))
    store = repository.store()
    await store.versions("a")
    repository.replay({"other": ""}, {"prompts/a.yaml": prompt("a", "2.0.0")}, {"other": "more"})
    processes.started()
    assert len(await store.versions("a")) == 6
    assert processes.started() == WALK + NAMES
    await store.versions("a")
    assert processes.started() == NAMES
    repository.git("checkout", "--quiet", "-b", "side", "HEAD~2")
    repository.commit({"prompts/a.yaml": prompt("a", "3.0.0")})
    repository.git("checkout", "--quiet", "main")
    repository.merge("side", {})
    processes.started()
    assert len(await store.versions("a")) == 7
    assert processes.started() == [*WALK, "rev-list", *NAMES]


async def test_reading_another_commit_keeps_the_cache_of_head(repository: GitRepository, processes: Processes) -> None:
    repository.replay(*({"prompts/a.yaml": prompt("a", f"1.{number}.0")} for number in range(5)))
    store = repository.store()
    await store.versions("a")
    at = await store.tip("HEAD~2")
    processes.started()
    await store.versions("a", at=at)
    assert processes.started() == ["log", "rev-list", *NAMES]
    await store.versions("a")
    assert processes.started() == NAMES


async def test_a_content_is_read_once(repository: GitRepository, processes: Processes) -> None:
    repository.commit({f"prompts/{one}.yaml": prompt(one, "1.0.0") for one in IDS})
    store = repository.store()
    at_head = await (await store.tip("HEAD")).read_many(IDS)
    assert await (await store.snapshot("a", Tree.INDEX)).read_many(IDS) == at_head
    assert processes.started() == [*LOOK, *READ, "ls-files"]


@pytest.mark.parametrize("refs", ["none", "loose", "packed"])
async def test_the_default_base_takes_no_process_without_branches_of_remotes(
    repository: GitRepository, processes: Processes, refs: str
) -> None:
    repository.commit({"prompts/a.yaml": prompt("a", "1.0.0")})
    repository.git("branch", "origin/main")
    if refs != "none":
        repository.git("update-ref", "refs/remotes/origin/main", "HEAD")
    if refs == "packed":
        repository.git("pack-refs", "--all")
    store = repository.store()
    assert await store.default_base() == (None if refs == "none" else "origin/main")
    assert (len(processes.started()) == len(LOOK)) == (refs == "none")


async def test_a_version_near_the_head_reads_no_more_than_it_must(
    repository: GitRepository, processes: Processes
) -> None:
    contents: list[bytes] = []

    def version_of(content: bytes) -> SemanticVersion | None:
        contents.append(content)
        return SemanticVersion.parse(content.decode().rpartition("\n")[2])

    # A content that only a parser can tell the version of, so that each one read is counted.
    repository.replay(*({"prompts/a.yaml": f"id: a\n# {number}\n1.{number}.0"} for number in range(60)))
    store = GitVersionStore(repository.root / "prompts", version_of=version_of)
    assert (await store.snapshot("a", parse_revision("1.59.0"))).commit == repository.head()
    assert len(contents) == 1 + 8  # whether the commit before it has another content under this version
    assert processes.started() == LOOK + WALK
    await store.snapshot("a", parse_revision("1.59.0"))
    assert processes.started() == []
    await store.snapshot("a", parse_revision("1.55.0"))
    assert processes.started() == []
    await store.snapshot("a", parse_revision("1.51.0"))
    assert 1 + 8 < len(contents) < 60 + 8
    await store.versions("a")
    assert len(contents) == 60
