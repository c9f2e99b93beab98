"""What is kept of histories: never stale, and never in the way."""

from __future__ import annotations

import asyncio
import os
import zlib
from typing import TYPE_CHECKING

import pytest

from prompt_cli import __version__
from prompt_cli.domain.revision import parse_revision
from prompt_cli.history import kept as kept_files
from prompt_cli.history.records import Record, RecordStore, Touch
from tests.history.git_repositories import GitRepository, prompt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE = "prompts/a.yaml"


def record(number: int) -> Record:
    touches = tuple(Touch(f"{n:040x}", f"{number:040x}", f"1.{n}.0" if n % 2 else "") for n in range(20))
    return Record("a" * 40, touches, complete=bool(number % 2))


@pytest.fixture
def store(tmp_path: Path) -> RecordStore:
    (tmp_path / "git").mkdir()
    return RecordStore(tmp_path / "git")


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "git" / "prompt-cli" / "history").iterdir())


@pytest.mark.parametrize(
    "path", [FILE, "a.yaml", "new\nline/a.yaml", "caf\u00e9/a.yaml", os.fsdecode(b"\xff/a.yaml"), "x/" * 200]
)
def test_what_is_saved_is_loaded(store: RecordStore, path: str) -> None:
    assert store.load([path]) == {}
    for number in range(2):
        store.save({path: record(number)})
        assert store.load([path, "another"]) == {path: record(number)}
    store.save({path: Record("b" * 40, (), complete=True)})
    assert store.load([path]) == {path: Record("b" * 40, (), complete=True)}


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda content: content[:-1],
        lambda content: content[:60],
        lambda content: content.replace(b"1.3.0", b"1.4.0"),
        lambda content: b"x" + content,
        lambda content: content.replace(b" history 1 ", b" history 2 "),
        lambda content: content.replace(FILE.encode().hex().encode(), b"prompts/b.yaml".hex().encode()),
        lambda content: os.urandom(len(content)),
    ],
)  # fmt: skip
def test_what_is_damaged_or_foreign_is_no_record(
    store: RecordStore, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    store.save({FILE: record(1)})
    (file,) = files(tmp_path)
    file.write_bytes(damage(file.read_bytes()))
    assert store.load([FILE]) == {}
    store.save({FILE: record(1)})
    assert store.load([FILE]) == {FILE: record(1)}


def test_another_paths_record_is_none(store: RecordStore, tmp_path: Path) -> None:
    # As where two paths have the same name and check sum.
    store.save({FILE: record(1)})
    (one,) = files(tmp_path)
    store.save({"prompts/b.yaml": record(0)})
    (other,) = set(files(tmp_path)) - {one}
    other.write_bytes(one.read_bytes())
    assert store.load(["prompts/b.yaml"]) == {}


def test_another_releases_record_is_none(store: RecordStore, tmp_path: Path) -> None:
    store.save({FILE: record(1)})
    (one,) = files(tmp_path)
    content = one.read_bytes()
    one.write_bytes(content.replace(f" {__version__} ".encode(), b" 999.0 ", 1))
    assert store.load([FILE]) == {}
    one.write_bytes(content)
    assert store.load([FILE]) == {FILE: record(1)}


def test_a_record_with_a_good_check_sum_and_another_form_is_none(store: RecordStore, tmp_path: Path) -> None:
    store.save({FILE: record(1)})
    (file,) = files(tmp_path)
    for body in (b"one line", f"{FILE.encode().hex()}\nhead\ncomplete\ntwo fields".encode(), b"\xff\n\n\n"):
        heading = file.read_bytes().partition(b"\n")[0].rpartition(b" ")[0]
        file.write_bytes(heading + b" %08x\n" % zlib.crc32(body) + body)
        assert store.load([FILE]) == {}


@pytest.mark.parametrize(("most", "bytes_", "kept"), [(10, 1 << 20, 10), (100, 6_000, 3)])
def test_the_number_and_the_size_of_records_are_bounded(
    store: RecordStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, most: int, bytes_: int, kept: int
) -> None:
    monkeypatch.setattr(kept_files, "MAX_FILES", most)
    monkeypatch.setattr(kept_files, "MAX_BYTES", bytes_)
    store.save({FILE: record(0)})
    mine = files(tmp_path)[0].with_name("somebody's")
    mine.write_text("not ours")
    os.utime(mine, (0, 0))
    for number in range(30):
        store.save({f"prompts/{number}.yaml": record(number)})
        assert store.load([f"prompts/{number}.yaml"])
        for file in files(tmp_path):  # so that the clock of the machine does not matter
            os.utime(file, ns=(0, file.stat().st_mtime_ns - 10**9))
    assert len(files(tmp_path)) == kept + 1
    assert mine.exists()
    assert store.load([f"prompts/{number}.yaml" for number in range(30)]).keys() == {
        f"prompts/{number}.yaml" for number in range(30 - kept, 30)
    }


def test_more_at_once_than_would_be_kept_are_not_written(
    store: RecordStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(kept_files, "MAX_FILES", 10)
    store.save({f"prompts/{number}.yaml": record(number) for number in range(6)})
    assert not (tmp_path / "git" / "prompt-cli").exists()


def test_nothing_is_written_through_a_link(store: RecordStore, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "git" / "prompt-cli").symlink_to(tmp_path / "elsewhere")
    store.save({FILE: record(1)})
    assert not list((tmp_path / "elsewhere").iterdir())


def test_no_half_written_file_is_left(store: RecordStore, tmp_path: Path) -> None:
    store.save({FILE: record(1)})
    (file,) = files(tmp_path)
    file.unlink()
    file.mkdir()  # which cannot be replaced by a file
    store.save({FILE: record(1)})
    assert files(tmp_path) == [file]


async def test_where_nothing_can_be_written_it_is_done_without(repository: GitRepository) -> None:
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


async def test_a_history_replaced_or_grafted_is_not_kept(repository: GitRepository) -> None:
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


async def test_what_was_kept_of_a_commit_that_is_gone_does_no_harm(repository: GitRepository) -> None:
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
async def test_the_beginning_of_a_history_is_not_taken_for_all_of_it(
    repository: GitRepository, *, straight: bool
) -> None:
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
