"""Versions in histories of every shape: merges, cherry-picks, reverts, renames, deletions, amended commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from prompt_cli.domain.revision import parse_revision
from prompt_cli.domain.version import SemanticVersion
from prompt_cli.errors import HistoryError, VersionNotFoundError
from tests.history.git_repositories import prompt, read

if TYPE_CHECKING:
    from tests.history.git_repositories import GitRepository

FILE = "prompts/a.yaml"


def file(version: str, text: str = "Hello") -> dict[str, str]:
    return {FILE: prompt("a", version, text)}


async def listed(repository: GitRepository, prompt_id: str = "a") -> dict[str, str]:
    """Return the commit of each version, newest first; and assert that each version resolves to its commit."""
    store = repository.store()
    versions = {str(one.version): one.commit for one in await store.versions(prompt_id)}
    for version, commit in versions.items():
        assert (await store.snapshot(prompt_id, parse_revision(version))).commit == commit
    return versions


@pytest.fixture
def fork(repository: GitRepository) -> list[str]:
    """On two sides of a fork: 1.0.0, then 1.1.0 on the side, later 1.2.0 on main."""
    base = repository.commit(file("1.0.0"))
    repository.git("checkout", "--quiet", "-b", "side")
    side = repository.commit(file("1.1.0"))
    repository.git("checkout", "--quiet", "main")
    return [base, side, repository.commit(file("1.2.0"))]


@pytest.mark.parametrize("result", ["1.1.0", "1.2.0"])
async def test_a_version_of_either_side_of_a_merge_is_found(
    repository: GitRepository, fork: list[str], result: str
) -> None:
    base, side, main = fork
    repository.merge("side", file(result))
    assert await listed(repository) == {"1.2.0": main, "1.1.0": side, "1.0.0": base}


async def test_a_version_made_in_a_merge_is_found(repository: GitRepository, fork: list[str]) -> None:
    base, side, main = fork
    merge = repository.merge("side", file("1.3.0"))
    assert await listed(repository) == {"1.3.0": merge, "1.2.0": main, "1.1.0": side, "1.0.0": base}


async def test_merge_that_takes_one_side_is_not_a_newer_commit(repository: GitRepository) -> None:
    repository.commit(file("1.0.0"))
    repository.git("checkout", "--quiet", "-b", "side")
    side = repository.commit(file("1.1.0", "of the side"))
    repository.git("checkout", "--quiet", "main")
    main = repository.commit(file("1.1.0", "of main"))
    repository.merge("side", file("1.1.0", "of the side"))
    # Both sides committed a content under 1.1.0; git log meets the one of main first.
    newest = (await repository.store().versions("a"))[0]
    assert (newest.commit, newest.contents) == (main, 2)
    assert side != main


async def test_a_merge_of_three_that_changes_the_file_is_its_newest_commit(repository: GitRepository) -> None:
    repository.commit(file("1.0.0"))
    for branch in ("one", "two"):
        repository.git("checkout", "--quiet", "-b", branch, "main")
        repository.commit(file("1.1.0", branch))
    repository.git("checkout", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-commit", "--strategy=ours", "one", "two")
    merge = repository.commit(file("1.1.0", "both"))
    newest = (await repository.store().versions("a"))[0]
    assert (newest.commit, newest.contents) == (merge, 3)


async def test_a_criss_cross_merge(repository: GitRepository) -> None:
    base = repository.commit(file("1.0.0"))
    repository.git("checkout", "--quiet", "-b", "side")
    side = repository.commit(file("1.1.0"))
    repository.git("checkout", "--quiet", "main")
    main = repository.commit(file("1.2.0"))
    repository.git("branch", "main-before")
    repository.merge("side", file("1.2.0"))
    repository.git("checkout", "--quiet", "side")
    repository.merge("main-before", file("1.1.0"))
    repository.git("checkout", "--quiet", "main")
    last = repository.merge("side", file("2.0.0"))
    assert await listed(repository) == {"2.0.0": last, "1.2.0": main, "1.1.0": side, "1.0.0": base}


async def test_a_cherry_pick_is_the_newer_commit_of_its_version(repository: GitRepository, fork: list[str]) -> None:
    base, side, main = fork
    repository.git("checkout", "--quiet", "-b", "picked", base)
    repository.clock += 60
    repository.git("cherry-pick", side)
    picked = repository.head()
    assert await listed(repository) == {"1.1.0": picked, "1.0.0": base}
    repository.git("checkout", "--quiet", "main")
    repository.merge("picked", file("1.2.0"))
    repository.merge("side", file("1.2.0"))
    assert await listed(repository) == {"1.1.0": picked, "1.2.0": main, "1.0.0": base}
    assert (await repository.store().versions("a"))[0].contents == 1


async def test_a_revert_is_the_newer_commit_of_the_version_it_goes_back_to(repository: GitRepository) -> None:
    _, second, third = repository.replay(file("1.0.0"), file("1.1.0"), file("1.0.0"))
    assert await listed(repository) == {"1.0.0": third, "1.1.0": second}


async def test_a_rename_ends_one_prompt_and_begins_another(repository: GitRepository) -> None:
    first, second, third = repository.replay(
        file("1.0.0"), {FILE: None, "prompts/b.yaml": prompt("a", "1.0.0")}, {"prompts/b.yaml": prompt("b", "1.1.0")}
    )
    assert await listed(repository, "a") == {"1.0.0": first}
    assert await listed(repository, "b") == {"1.1.0": third, "1.0.0": second}


async def test_a_deleted_prompt_stays_reachable(repository: GitRepository) -> None:
    first, second, _ = repository.replay(file("1.0.0"), file("1.1.0"), {FILE: None})
    (repository.root / "prompts").rmdir()
    assert await listed(repository) == {"1.1.0": second, "1.0.0": first}
    assert await read(repository.store(), "a", "latest") == prompt("a", "1.1.0").encode()
    assert await read(repository.store(), "a", "HEAD") is None
    assert await read(repository.store(), "a", "HEAD~1") == prompt("a", "1.1.0").encode()


async def test_a_prompt_made_anew_has_both_its_lives(repository: GitRepository) -> None:
    first, _, third = repository.replay(file("1.0.0"), {FILE: None}, file("0.1.0"))
    assert await listed(repository) == {"0.1.0": third, "1.0.0": first}
    assert await read(repository.store(), "a", "latest") == prompt("a", "1.0.0").encode()


async def test_amended_commits_are_gone(repository: GitRepository) -> None:
    store = repository.store()
    first, _ = repository.replay(file("1.0.0"), file("1.1.0", "typo"))
    assert len(await store.versions("a")) == 2
    repository.write(file("1.1.1"))
    repository.git("commit", "--quiet", "--all", "--amend", "--no-edit")
    assert [(str(one.version), one.commit) for one in await store.versions("a")] == [
        ("1.1.1", repository.head()),
        ("1.0.0", first),
    ]
    with pytest.raises(VersionNotFoundError):
        await store.snapshot("a", parse_revision("1.1.0"))


async def test_a_change_of_mode_touches_the_file(repository: GitRepository) -> None:
    repository.commit(file("1.0.0"))
    repository.git("update-index", "--chmod=+x", FILE)
    second = repository.commit_index()
    (newest,) = await repository.store().versions("a")
    assert (newest.commit, newest.contents) == (second, 1)


async def test_partials_are_those_of_the_same_commit(repository: GitRepository) -> None:
    repository.replay(
        {FILE: prompt("a", "1.0.0"), "prompts/shared/tone.yaml": prompt("shared/tone", "1.0.0", "old tone")},
        {"prompts/shared/tone.yaml": prompt("shared/tone", "1.1.0", "new tone")},
        file("1.1.0"),
    )
    snapshot = await repository.store().snapshot("a", parse_revision("1.0.0"))
    there = await snapshot.read_many(["a", "shared/tone", "missing"])
    assert there == {
        "a": prompt("a", "1.0.0").encode(),
        "shared/tone": prompt("shared/tone", "1.0.0", "old tone").encode(),
    }
    assert await snapshot.ids() == ("a", "shared/tone")


async def test_contents_without_a_valid_version_count_for_none(repository: GitRepository) -> None:
    first, *_ = repository.replay(
        file("1.0.0"),
        {FILE: "id: a\nversion: 1.x\n"},
        {FILE: "id: [broken"},
        {FILE: b"id: a\nversion: \xff\n"},
        {FILE: b""},
        {FILE: 'id: a\ndescription: "\nversion: 7.0.0\n"\nversion: "1.2.0"\n'},
    )
    assert await listed(repository) == {"1.2.0": repository.head(), "1.0.0": first}


async def test_a_prompt_that_never_had_a_valid_version_has_none(repository: GitRepository) -> None:
    repository.commit({FILE: "nothing"})
    assert await repository.store().versions("a") == ()
    with pytest.raises(VersionNotFoundError) as raised:
        await repository.store().snapshot("a", parse_revision("1.0.0"))
    assert raised.value.help == "no version is committed yet"


async def test_symbolic_link_is_not_a_version(repository: GitRepository) -> None:
    first = repository.commit(file("1.0.0") | {"prompts/b.yaml": prompt("b", "1.0.0")})
    (repository.root / FILE).unlink()
    (repository.root / FILE).symlink_to("b.yaml")
    repository.git("add", "--all")
    repository.commit_index()
    assert await listed(repository) == {"1.0.0": first}
    for revision in ("HEAD", ":staged"):
        snapshot = await repository.store().snapshot("a", parse_revision(revision))
        assert await snapshot.ids() == ("b",)
        with pytest.raises(HistoryError, match="'a' is a symbolic link in"):
            await snapshot.read_many(["a"])


async def test_many_histories_take_one_walk(repository: GitRepository) -> None:
    first, second = repository.replay(
        file("1.0.0") | {"prompts/b.yaml": prompt("b", "1.0.0")}, {"prompts/b.yaml": prompt("b", "2.0.0")}
    )
    versions = await repository.store().versions_many(["a", "b"])
    assert {one: [item.commit for item in history] for one, history in versions.items()} == {
        "a": [first],
        "b": [second, first],
    }
    assert await repository.store().versions_many(["c"]) == {"c": ()}


async def test_many_first_commits_are_those_found_one_by_one(repository: GitRepository) -> None:
    ids = "abcdefg"
    states = [
        {f"prompts/{one}.yaml": prompt(one, version, text) for one in chosen}
        for chosen, version, text in (
            ("abcdefg", "1.0.0", "x"),
            ("abc", "1.0.0", "y"),
            ("cd", "1.1.0", "y"),
            ("d", "1.0.0", "y"),
            ("e", "1.1.0", "x"),
        )
    ]
    repository.replay(*states)
    at_head = dict.fromkeys("abdfg", SemanticVersion(1, 0, 0)) | dict.fromkeys("ce", SemanticVersion(1, 1, 0))
    store = repository.store()
    singly = {one: await store.first_commit_of(one, at_head[one]) for one in ids}
    snapshots = await store.first_commits_of(at_head)
    assert {one: snapshot.commit for one, snapshot in snapshots.items()} == {
        one: snapshot and snapshot.commit for one, snapshot in singly.items()
    }


async def test_versions_of_another_commit(repository: GitRepository) -> None:
    first, second = repository.replay(file("1.0.0"), file("1.1.0"))
    store = repository.store()
    at = await store.tip("HEAD~1")
    for _ in range(2):  # what is kept of HEAD serves, and stays
        assert [one.commit for one in await store.versions("a", at=at)] == [first]
        assert [one.commit for one in await store.versions("a")] == [second, first]


async def test_authors_are_named_after_the_mailmap(repository: GitRepository) -> None:
    repository.commit(file("1.0.0"))
    store = repository.store()
    assert [one.author for one in await store.versions("a")] == ["Author One"]
    repository.write({".mailmap": "Author Once One <one@example.org>\n"})
    assert [one.author for one in await store.versions("a")] == ["Author Once One"]


async def test_commit_metadata_may_be_any_text(repository: GitRepository) -> None:
    repository.write(file("1.0.0"))
    repository.git("add", "--all")
    repository.git("config", "i18n.commitEncoding", "ISO-8859-1")
    repository.environment = {"GIT_COMMITTER_DATE": "@99999999999 -1130"}
    repository.git("commit", "--quiet", "--message", "caf\u00e9 [bold]\x1b[31m")
    (version,) = await repository.store().versions("a")
    assert version.subject
    assert version.date.year == 5138
    utc_offset = version.date.utcoffset()
    assert utc_offset is not None
    assert utc_offset.total_seconds() == -11.5 * 3600


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("1700000000 +0545", "2023-11-15T03:58:20+05:45"),
        ("1700000000 +9959", "2023-11-14T22:13:20+00:00"),
        ("0 +0000", "1970-01-01T00:00:00+00:00"),
        ("9999999999999 +0000", "9999-12-31T23:59:59.999999+00:00"),
    ],
)
async def test_unusual_commit_dates(repository: GitRepository, date: str, expected: str) -> None:
    repository.commit(file("1.0.0"))
    tree = repository.git("rev-parse", "HEAD^{tree}")
    raw = f"tree {tree}\nauthor A <a@example.org> {date}\ncommitter A <a@example.org> {date}\n\nx\n"
    commit = repository.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", standard_input=raw.encode())
    repository.git("update-ref", "HEAD", commit)
    assert (await repository.store().versions("a"))[0].date.isoformat() == expected


@pytest.mark.parametrize(
    ("author", "committer", "expected"),
    [
        ("A <a <b> c> 1 +0000", "C <c@example.org> 86400 +0000", ("A", "1970-01-02")),
        (" <> 1 +0000", "C <c@example.org> 86400 +0000", ("", "1970-01-02")),
        ("nobody", "C <c@example.org> 86400 +0000", ("", "1970-01-02")),
        ("A <a@example.org> 1 +0000", "nobody", ("A", "1970-01-01")),
    ],
)
async def test_a_commit_may_lack_its_author_or_date(
    repository: GitRepository, author: str, committer: str, expected: tuple[str, str]
) -> None:
    repository.commit(file("1.0.0"))
    raw = f"tree {repository.git('rev-parse', 'HEAD^{tree}')}\nauthor {author}\ncommitter {committer}\n\nx\n"
    commit = repository.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", standard_input=raw.encode())
    repository.git("update-ref", "HEAD", commit)
    for _ in range(2):  # the second time from the cache
        (version,) = await repository.store().versions("a")
        assert (version.author, str(version.date.date())) == expected
