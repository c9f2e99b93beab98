"""Entries looked up one by one are those that reading all of the index gives; what came new is told by differences."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from prompt_cli.domain.revision import Tree
from prompt_cli.errors import HistoryError
from prompt_cli.history.entries import Entries, prompts_listed
from prompt_cli.history.listed_index import DoubtfulEntryError, ListedIndex
from prompt_cli.history.repository import Repository
from tests.history.git_repositories import prompt

if TYPE_CHECKING:
    from tests.history.git_repositories import GitRepository

FILES = {
    "prompts/a.yaml": prompt("a", "1.0.0"),
    "prompts/ab.yaml": prompt("ab", "1.0.0"),
    "prompts/b/a.yaml": prompt("b/a", "1.0.0"),
    "prompts/Odd Name.yaml": "x",
    "prompts/\u00e9.yaml": "x",
    "prompts/x\tprompts/late.yaml": "x",
    "prompts/x\tprompts/a.yaml": "x",
    "a.yaml": "x",
}
ASKED = ("a", "ab", "b/a", "b", "late", "c", "odd-name")


async def listed(repository: GitRepository) -> tuple[ListedIndex, Entries]:
    place = await Repository(repository.root / "prompts", keeps=False).place()
    output = await place.git.run("ls-files", "--stage", "-z", "--", *place.pathspecs())
    return ListedIndex(place, output), Entries(prompts_listed(place, os.fsdecode(output)).prompts)


async def test_an_entry_is_what_reading_all_gives(repository: GitRepository) -> None:
    repository.write(FILES)
    repository.git("add", "-A")
    index, entries = await listed(repository)
    assert [index.entry(one) for one in ASKED] == [entries.get(one) for one in ASKED]
    assert [one for one in ASKED if index.entry(one)] == ["a", "ab", "b/a"]


async def test_nothing_is_staged(repository: GitRepository) -> None:
    index, entries = await listed(repository)
    assert index.entry("a") is entries.get("a") is None


@pytest.mark.parametrize("stage", ["announced", "empty"])
async def test_a_file_without_content_may_only_be_announced(repository: GitRepository, stage: str) -> None:
    repository.write({"prompts/a.yaml": "" if stage == "empty" else "x", "prompts/b.yaml": "y"})
    repository.git("add", *(["--intent-to-add"] if stage == "announced" else []), "prompts/a.yaml")
    repository.git("add", "prompts/b.yaml")
    index, entries = await listed(repository)
    assert index.entry("b") == entries["b"]
    with pytest.raises(DoubtfulEntryError):
        index.entry("a")


async def test_a_file_in_a_merge_conflict_is_doubtful(repository: GitRepository) -> None:
    repository.commit({"prompts/a.yaml": prompt("a", "1.0.0"), "prompts/b.yaml": "y"})
    blob = repository.git("rev-parse", "HEAD:prompts/a.yaml")
    entries = "".join(f"100644 {blob} {stage}\tprompts/a.yaml\n" for stage in (1, 2, 3))
    repository.git("rm", "--quiet", "--cached", "prompts/a.yaml")
    repository.git("update-index", "--index-info", given=entries.encode())
    index, _ = await listed(repository)
    assert index.entry("b")
    with pytest.raises(DoubtfulEntryError):
        index.entry("a")
    snapshot = await repository.store().snapshot("", Tree.INDEX)
    assert list(await snapshot.read_many(["b"])) == ["b"]
    for asked in (snapshot.matching("1"), snapshot.read_many(["a", "b"])):
        with pytest.raises(HistoryError, match="merge conflict"):
            await asked


@pytest.mark.parametrize(
    ("before", "after", "others"),
    [
        ({}, {"prompts/a.yaml": prompt("a", "1.1.0")}, ()),
        (
            {},
            {"prompts/notes.yml": "x", "other.yml": "x", "prompts/deep/Notes.yaml": "x"},
            ("deep/Notes.yaml", "notes.yml"),
        ),
        ({"prompts/notes.yml": "x"}, {"prompts/notes.yml": "y"}, ()),
        ({"prompts/notes.yml": "x"}, {"prompts/notes.yml": None}, ()),
        ({"prompts/notes.yml": "x"}, {"prompts/notes.yml": None, "prompts/more.yml": "x"}, ("more.yml",)),
        ({"prompts/b.yaml": "x"}, {"prompts/b.yaml": "link"}, ("b.yaml",)),
        ({"prompts/b.yaml": "link"}, {"prompts/b.yaml": "x"}, ()),
        ({"prompts/b.yaml": "link"}, {"prompts/a.yaml": prompt("a", "1.1.0")}, ()),
        ({}, {"prompts/\u00e9\t.yaml": "x"}, ("\u00e9\t.yaml",)),
    ],
)
async def test_what_came_new_and_is_no_prompt(
    repository: GitRepository, before: dict[str, str | None], after: dict[str, str | None], others: tuple[str, ...]
) -> None:
    repository.write({"prompts/a.yaml": prompt("a", "1.0.0")})
    stage(repository, before)
    repository.commit_index()
    stage(repository, after)
    # Told by the differences, and by reading both sides.
    for compared in (True, False):
        store = repository.store()
        old, new = await store.tip("HEAD"), await store.snapshot("", Tree.INDEX)
        if compared:
            await store.changed_ids(old, new)
        assert await store.others_since(old, new) == others
        assert await store.others_since(None, new) == await new.others()


def stage(repository: GitRepository, files: dict[str, str | None]) -> None:
    for path, content in files.items():
        (repository.root / path).unlink(missing_ok=True)
        if content == "link":
            (repository.root / path).symlink_to("a.yaml")
        elif content is not None:
            repository.write({path: content})
    repository.git("add", "-A")
