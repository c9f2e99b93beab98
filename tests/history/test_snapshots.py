"""Snapshots of commits and of the index, with every kind of entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from prompt_cli.domain.revision import Tree, parse_revision
from prompt_cli.errors import HistoryError
from prompt_cli.history.errors import GitProblem
from tests.history.git_repositories import prompt

if TYPE_CHECKING:
    from tests.history.git_repositories import GitRepository, Processes

A, B = "prompts/a.yaml", "prompts/deep/er/b.yaml"


async def test_only_prompts_of_the_directory_are_in_it(repository: GitRepository) -> None:
    others = {
        "a.yaml": "",
        "prompts2/a.yaml": "",
        "prompts/README.md": "",
        "prompts/Upper.yaml": "",
        "prompts/x.yml": "",
    }
    repository.commit({A: "a", B: "b", **others})
    store = repository.store()
    for revision in ("HEAD", ":staged"):
        snapshot = await store.snapshot("a", parse_revision(revision))
        assert await snapshot.ids() == ("a", "deep/er/b")
        assert await snapshot.read_many(["deep/er/b", "a", "a", "no/such"]) == {"a": b"a", "deep/er/b": b"b"}
        assert await snapshot.read_many(["no/such"]) == {}
        assert await snapshot.read_many([]) == {}


async def test_prompts_of_one_content_are_each_read(repository: GitRepository) -> None:
    repository.commit({A: "same", B: "same", "prompts/empty.yaml": ""})
    snapshot = await repository.store().tip("HEAD")
    expected = {"a": b"same", "deep/er/b": b"same", "empty": b""}
    assert await snapshot.read_many(await snapshot.ids()) == expected


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"no newline", b"\xff\xfe\x00\r\n", b"commit 12\n" * 3, "\u00e9" * 70_000]
)
async def test_bytes_come_back_as_they_are(repository: GitRepository, content: str | bytes) -> None:
    repository.commit({A: content})
    snapshot = await repository.store().tip("HEAD")
    assert (await snapshot.read_many(["a"]))["a"] == (content.encode() if isinstance(content, str) else content)


async def test_a_state_stays_as_it_was(repository: GitRepository) -> None:
    repository.commit({A: "old", B: "old"})
    store = repository.store()
    head, index = await store.tip("HEAD"), await store.snapshot("a", Tree.INDEX)
    assert (await head.read_many(["a"]), await index.read_many(["a"])) == ({"a": b"old"}, {"a": b"old"})
    repository.commit({A: "new", B: "new"})
    assert (await head.read_many(["deep/er/b"]), await index.read_many(["deep/er/b"])) == (
        {"deep/er/b": b"old"},
        {"deep/er/b": b"old"},
    )


@pytest.mark.parametrize("in_tree", [True, False])
async def test_intent_to_add_is_not_staged(repository: GitRepository, *, in_tree: bool) -> None:
    repository.commit({A: "a"})
    repository.write({B: "b", "prompts/empty.yaml": ""})
    repository.git("add", "--intent-to-add", B)
    repository.git("add", "prompts/empty.yaml")
    if not in_tree:
        repository.write({B: None})
    index = await repository.store().snapshot("a", Tree.INDEX)
    assert await index.ids() == ("a", "empty")
    assert await index.read_many(["a", "deep/er/b", "empty"]) == {"a": b"a", "empty": b""}


async def test_merge_conflict_is_reported_to_each_reader(repository: GitRepository) -> None:
    repository.commit({A: "a\n", B: "b"})
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit({A: "side\n"})
    repository.git("checkout", "--quiet", "main")
    repository.commit({A: "main\n"})
    with pytest.raises(AssertionError):
        repository.git("merge", "side")
    index = await repository.store().snapshot("a", Tree.INDEX)
    assert await index.ids() == ("a", "deep/er/b")
    assert await index.read_many(["deep/er/b"]) == {"deep/er/b": b"b"}
    with pytest.raises(HistoryError, match="'a' has an unresolved merge conflict") as raised:
        await index.read_many(["deep/er/b", "a"])
    assert raised.value.reason is GitProblem.CONFLICT


async def test_the_index_of_a_sparse_checkout_is_whole(repository: GitRepository) -> None:
    repository.commit({A: "a", B: "b"})
    repository.git("sparse-checkout", "set", "--no-cone", "/prompts/a.yaml")
    assert not (repository.root / B).exists()
    store = repository.store()
    index = await store.snapshot("a", Tree.INDEX)
    assert await index.read_many(["a", "deep/er/b"]) == {"a": b"a", "deep/er/b": b"b"}
    assert await store.changed_ids(await store.tip("HEAD"), Tree.WORKING) == ((), (), ())


async def test_submodule_is_not_a_prompt(repository: GitRepository) -> None:
    repository.commit({A: prompt("a", "1.0.0")})
    head = repository.head()
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{head},prompts/module.yaml")
    repository.commit_index()
    snapshot = await repository.store().tip("HEAD")
    assert await snapshot.ids() == ("a",)
    with pytest.raises(HistoryError, match="'module' is not a regular file in commit"):
        await snapshot.read_many(["module"])


async def test_a_listing_is_read_once(repository: GitRepository, processes: Processes) -> None:
    repository.commit({A: "a", B: "b"})
    snapshot = await repository.store().tip("HEAD")
    for _ in range(2):
        await snapshot.ids()
        await snapshot.read_many(["a"])
    assert processes.started() == ["rev-parse", "ls-tree", "cat-file"]
