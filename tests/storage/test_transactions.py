"""Transactions on a real disk: killed, interrupted, failing and competing."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from prompt_cli.errors import PromptExistsError, StorageConflictError, StorageError
from prompt_cli.storage.directory import DirectoryStorage
from prompt_cli.storage.files import FileSystem, exclusive
from prompt_cli.storage.journal import JournalEntry, JournalRecord, decode, encode
from tests.storage.faulty_writer import COUNTED, NEW, OLD, TAKING_SPACE

ALL_OLD, ALL_NEW = dict.fromkeys(OLD, "old"), dict.fromkeys(OLD, "new")


def run(scenario: str, directory: Path) -> list[dict[str, Any]]:
    program = Path(__file__).with_name("faulty_writer.py")
    done = subprocess.run([sys.executable, program, scenario, directory], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_killed_at_any_call_the_files_are_old_or_new(tmp_path: Path) -> None:
    rows = run("kill", tmp_path / "work")
    assert len(rows) > 22
    for row in rows:
        assert row["ended"] == "killed"
        assert row["following"] == "done"
        assert row["files"] in (ALL_OLD, ALL_NEW)
        assert row["another"], "the next command did its own work too"
        assert row["left"] == []
        assert row["folders"] == (
            ["prompts/q"] if row["files"] == ALL_OLD else ["prompts/new", "prompts/new/one", "prompts/q"]
        )
    kinds = [row["files"]["p0"] for row in rows if row["when"] == "before"]
    assert kinds == sorted(kinds, reverse=True), "old up to the commit, new from then on"
    assert set(kinds) == {"old", "new"}


def test_an_edit_made_after_the_crash_survives(tmp_path: Path) -> None:
    rows = run("kill-and-edit", tmp_path / "work")
    assert len(rows) > 10
    for row in rows:
        assert row["following"] == "done"
        assert row["files"][row["edited"]] == "edited"
        assert row["files"] == row["crashed"], "later edits are never undone"
        assert {path.split("/")[1] for path in row["left"]} <= {"interrupted-1"}
        assert row["another"]
    assert sum("state/interrupted-1/journal.json" in row["left"] for row in rows) > 8


def test_killed_again_while_recovering_the_files_are_old_or_new(tmp_path: Path) -> None:
    rows = run("kill-twice", tmp_path / "work")
    assert len(rows) > 20
    for row in rows:
        assert row["following"] == "done"
        assert row["files"] in (ALL_OLD, ALL_NEW)
        assert row["left"] == []
    assert {row["files"]["p0"] for row in rows} == {"old", "new"}


def test_interrupted_at_any_call_the_files_are_old_or_new_at_once(tmp_path: Path) -> None:
    rows = run("interrupt", tmp_path / "work")
    assert len(rows) > 18
    for row in rows:
        assert row["files"] in (ALL_OLD, ALL_NEW)
        assert row["left"] == []
        assert row["ended"].startswith("KeyboardInterrupt")


def test_a_failure_at_any_call_leaves_every_file_as_it_was(tmp_path: Path) -> None:
    rows = run("fail", tmp_path / "work")
    assert len(rows) > 25
    for row in rows:
        assert row["ended"].startswith("StorageError: the prompts could not be written: ")
        assert ("no space left" in row["ended"]) == (row["when"] == "full")
        assert row["files"] == ALL_OLD
        assert row["left"] == []
        assert row["folders"] == ["prompts/q"]


def test_killed_while_rolling_back_the_next_command_rolls_back(tmp_path: Path) -> None:
    rows = run("fail-and-kill", tmp_path / "work")
    assert len(rows) > 20
    for row in rows:
        assert (row["following"], row["left"]) == ("done", [])
        # The first call of the way back turns the journal round.
        assert row["files"] == (ALL_NEW if row["later"] == 1 else ALL_OLD)


def test_a_file_too_large_for_the_system_leaves_every_file_as_it_was(tmp_path: Path) -> None:
    (row,) = run("small-files", tmp_path / "work")
    assert row["ended"].startswith(f"StorageError: the prompts could not be written: {tmp_path}")
    assert row["ended"].endswith("undo.json: file too large")
    assert (row["files"], row["left"]) == (ALL_OLD, [])


def test_processes_that_write_at_once_lose_no_update(tmp_path: Path) -> None:
    assert run("count", tmp_path / "work") == [{"statuses": [0, 0, 0, 0], "number": "40"}]


class Watching(FileSystem):
    """A file system that does something before the n-th renaming."""

    def __init__(self, at: int, action: Any) -> None:
        self._left = at
        self._action = action

    def replace(self, source: Path, target: Path) -> None:
        self._left -= 1
        if self._left == 0:
            self._action()
        super().replace(source, target)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def storage_over(tmp_path: Path, system: FileSystem | None = None) -> DirectoryStorage:
    root = tmp_path / "prompts"
    root.mkdir(exist_ok=True)
    return DirectoryStorage(root, state_directory=tmp_path / "state", file_system=system)


async def create(storage: DirectoryStorage, *prompt_ids: str) -> None:
    async with storage.transaction() as transaction:
        for prompt_id in prompt_ids:
            transaction.create(prompt_id, b"new")


# Renames: the journal, the commit, then file by file.
@pytest.mark.parametrize(("at", "files"), [(1, ()), (2, ("a", "b")), (3, ("a", "b")), (4, ("a", "b"))])
async def test_a_cancelled_task_writes_all_or_nothing(tmp_path: Path, at: int, files: tuple[str, ...]) -> None:
    loop = asyncio.get_running_loop()
    cancelling = asyncio.Event()

    async def cancel() -> None:
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        cancelling.set()

    def stop() -> None:
        asyncio.run_coroutine_threadsafe(cancel(), loop).result()

    storage = storage_over(tmp_path, Watching(at, stop))
    task = asyncio.create_task(create(storage, "a", "b"))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancelling.is_set()
    assert await storage.ids() == files
    assert names(tmp_path / "state") == ["lock"]


async def test_a_file_edited_while_others_are_written_takes_all_back(tmp_path: Path) -> None:
    storage = storage_over(tmp_path)
    await create(storage, "a", "b")
    path = tmp_path / "prompts/b.yaml"

    async def write_both() -> None:
        watched = storage_over(tmp_path, Watching(3, lambda: path.write_bytes(b"edited")))
        async with watched.transaction() as transaction:
            transaction.replace("a", b"newer", expected=b"new")
            transaction.replace("b", b"newer", expected=b"new")

    with pytest.raises(StorageConflictError, match="'b' was changed"):
        await write_both()
    assert await storage.read_many(["a", "b"]) == {"a": b"new", "b": b"edited"}
    assert names(tmp_path / "prompts") == ["a.yaml", "b.yaml"]


async def test_unchanged_files_are_not_written(tmp_path: Path) -> None:
    def forbidden() -> None:
        raise AssertionError

    await create(storage_over(tmp_path), "a")
    async with storage_over(tmp_path, Watching(1, forbidden)).transaction() as transaction:
        transaction.replace("a", b"new", expected=b"new")


def test_a_command_waits_for_another_and_then_says_so(tmp_path: Path) -> None:
    with (
        exclusive(tmp_path / "state", Event()),
        pytest.raises(StorageError, match="another prompt-cli is writing"),
        exclusive(tmp_path / "state", Event(), wait=0),
    ):
        pass
    cancelled = Event()
    cancelled.set()
    with (
        exclusive(tmp_path / "state", Event()),
        pytest.raises(StorageError, match="interrupted while another prompt-cli was writing"),
        exclusive(tmp_path / "state", cancelled),
    ):
        pass
    with exclusive(tmp_path / "state", Event(), wait=0):
        pass


def pending_journal(tmp_path: Path, entries: list[JournalEntry], way: str = "apply") -> Path:
    """Leave the journal of a transaction, as a crash does."""
    storage = storage_over(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(create(storage_over(tmp_path, Crashing()), "x"))
    (path,) = (tmp_path / "state").glob("transaction-*.undo.json")
    path.unlink()
    journal = path.with_name(path.name.replace("undo", way))
    journal.write_bytes(encode(JournalRecord(tuple(entries), ())))
    for entry in entries:
        if entry.new is not None and re.fullmatch(r"\w+\.yaml", entry.path):
            (tmp_path / f"prompts/.{entry.path}.prompt-cli.tmp").write_bytes(entry.new)
    assert storage.label
    return journal


class Crashing(FileSystem):
    """A file system on which everything fails once the journal is written, tidying up included."""

    def create(self, path: Path) -> int:
        if path.suffix == ".tmp" and ".yaml" in path.name:
            raise KeyboardInterrupt
        return super().create(path)

    def unlink(self, path: Path) -> None:
        if path.name.endswith(".undo.json"):
            raise KeyboardInterrupt
        super().unlink(path)


@pytest.mark.parametrize(
    "path",
    [
        "../outside.yaml",
        "a\0b.yaml",
        "a/../../outside.yaml",
        "/outside.yaml",
        ".git/hooks/x",
        "a//b.yaml",
        "",
        "link/x.yaml",
    ],
)
def test_journal_cannot_name_outside_or_hidden_files(tmp_path: Path, path: str) -> None:
    pending_journal(
        tmp_path, [JournalEntry(path, None, b"evil", 0o755), JournalEntry("good.yaml", None, b"good", None)]
    )
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "prompts/link").symlink_to(tmp_path / "elsewhere")
    asyncio.run(create(storage_over(tmp_path), "b"))
    assert not list((tmp_path / "elsewhere").iterdir())
    aside = tmp_path / "state/interrupted-1/after"
    assert {one for one in tmp_path.rglob("*") if one.is_file() and one.read_bytes() == b"evil"} <= {aside / path}
    assert names(tmp_path / "prompts") == ["b.yaml", "link"], "one entry that cannot be made, and none is"


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b"{}", b"\xff", b'{"schema": 2}', b'{"schema": 2, "files": [{}]}', b"[" * 100_000]
)
def test_a_damaged_journal_is_put_aside_and_reported_once(tmp_path: Path, damage: bytes) -> None:
    journal = pending_journal(tmp_path, [])
    journal.write_bytes(damage)
    with pytest.raises(StorageError, match="the journal of an interrupted transaction is damaged") as raised:
        asyncio.run(create(storage_over(tmp_path), "b"))
    assert "git status" in raised.value.help
    assert journal.with_name(journal.name + ".damaged").read_bytes() == damage
    assert not list((tmp_path / "prompts").iterdir())
    asyncio.run(create(storage_over(tmp_path), "b"))


def test_a_content_with_another_checksum_is_damage(tmp_path: Path) -> None:
    journal = pending_journal(tmp_path, [JournalEntry("a.yaml", None, b"content", None)])
    journal.write_bytes(journal.read_bytes().replace(b"Y29udGVudA==", b"Y28udGVudA=="))
    with pytest.raises(StorageError, match="a content does not have its checksum"):
        asyncio.run(create(storage_over(tmp_path), "b"))
    assert not list((tmp_path / "prompts").glob("*.yaml"))


def test_the_journal_of_another_version_is_left_to_it(tmp_path: Path) -> None:
    journal = pending_journal(tmp_path, [JournalEntry("a.yaml", None, b"content", None)])
    journal.write_bytes(journal.read_bytes().replace(b'"schema": 2', b'"schema": 3'))
    for _ in range(2):
        with pytest.raises(StorageError, match="written by another version of prompt-cli"):
            asyncio.run(create(storage_over(tmp_path), "b"))
        assert journal.exists()


def test_prompt_directories_that_share_a_state_directory_keep_their_own_journals(tmp_path: Path) -> None:
    pending_journal(tmp_path, [JournalEntry("a.yaml", None, b"content", None)])
    (tmp_path / "other").mkdir()
    other = DirectoryStorage(tmp_path / "other", state_directory=tmp_path / "state")
    asyncio.run(create(other, "b"))
    assert asyncio.run(other.ids()) == ("b",)
    asyncio.run(create(storage_over(tmp_path), "c"))
    assert asyncio.run(storage_over(tmp_path).ids()) == ("a", "c")


def test_a_journal_moves_with_its_repository(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    pending_journal(tmp_path / "here", [JournalEntry("a.yaml", None, b"content", None)])
    (tmp_path / "here").rename(tmp_path / "there")
    asyncio.run(create(storage_over(tmp_path / "there"), "b"))
    assert asyncio.run(storage_over(tmp_path / "there").ids()) == ("a", "b")


def test_recovery_leaves_a_new_directory(tmp_path: Path) -> None:
    pending_journal(
        tmp_path,
        [JournalEntry("a.yaml", b"old", b"new", None), JournalEntry("gone/b.yaml", b"old", None, None)],
        "undo",
    )
    (tmp_path / "prompts/a.yaml").mkdir()
    asyncio.run(create(storage_over(tmp_path), "c"))
    assert (tmp_path / "prompts/a.yaml").is_dir()
    assert not (tmp_path / "prompts/gone").exists()
    assert (tmp_path / "state/interrupted-1/before/gone/b.yaml").read_bytes() == b"old"


def test_creating_a_recovered_file_is_refused(tmp_path: Path) -> None:
    pending_journal(tmp_path, [JournalEntry("a.yaml", None, b"content", None)])
    with pytest.raises(PromptExistsError):
        asyncio.run(create(storage_over(tmp_path), "a"))


def test_journal_round_trip() -> None:
    record = JournalRecord(
        (JournalEntry("a/b.yaml", b"\0\xff", None, 0o644), JournalEntry("c.yaml", None, b"", None)), ("x", "x/y")
    )
    assert decode(encode(record)) == record


def test_the_faults_cover_every_call_of_the_file_system() -> None:
    assert set(COUNTED) == {name for name in vars(FileSystem) if not name.startswith("_")}
    assert set(TAKING_SPACE) < set(COUNTED)
    assert OLD.keys() == NEW.keys()
