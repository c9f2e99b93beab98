"""The contract of storage backends."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from prompt_cli.domain.revision import Snapshot
from prompt_cli.errors import PromptExistsError, PromptIdError, PromptNotFoundError, StorageConflictError, StorageError
from prompt_cli.storage.backends import InMemoryStorage
from prompt_cli.storage.directory import DirectoryStorage
from prompt_cli.storage.loader import AsyncPromptLoader
from prompt_cli.storage.protocol import StorageBackendProtocol, TransactionProtocol, bulk_reader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Storage: TypeAlias = DirectoryStorage | InMemoryStorage

FILES = {"support/triage": b"id: support/triage\n", "b": b"id: b\r\n\xff", "a": b""}
BAD_IDS = [
    "",
    "..",
    "../x",
    "/etc/passwd",
    "a/../b",
    "a//b",
    "A",
    "a.yaml",
    "a\0",
    "a b",
    "con",
    "x/nul",
    "-a",
    "a" * 101,
]


@pytest.fixture(params=["directory", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "memory":
        return InMemoryStorage(FILES)
    root = tmp_path / "prompts"
    (root / "support").mkdir(parents=True)
    for prompt_id, content in FILES.items():
        (root / f"{prompt_id}.yaml").write_bytes(content)
    return DirectoryStorage(root, state_directory=tmp_path / "state")


async def within(storage: Storage, work: Callable[[TransactionProtocol], object]) -> None:
    async with storage.transaction() as transaction:
        work(transaction)


async def everything(storage: Storage) -> dict[str, bytes]:
    return {prompt_id: content async for prompt_id, content in storage.read_all()}


def test_it_satisfies_the_protocols(storage: Storage) -> None:
    assert isinstance(storage, StorageBackendProtocol)
    assert isinstance(storage, Snapshot)
    assert bulk_reader(storage) is storage
    assert storage.label.startswith("the ")


async def test_a_file_is_read_byte_for_byte(storage: Storage) -> None:
    for prompt_id, content in FILES.items():
        assert await storage.read(prompt_id) == content


class OneByOne:
    """A storage with the methods of `StorageBackendProtocol` only."""

    def __init__(self, storage: Storage) -> None:
        self.location = storage.location
        self.read = storage.read
        self.list_ids = storage.list_ids
        self.transaction = storage.transaction


async def test_a_storage_without_bulk_reading_is_read_file_by_file(storage: Storage) -> None:
    reader = bulk_reader(OneByOne(storage))
    assert await reader.ids() == await storage.ids()
    some = ["b", "none", *sorted(FILES)] * 20  # more than are read at once
    assert await reader.read_many(some) == await storage.read_many(some)
    assert {prompt_id: content async for prompt_id, content in reader.read_all()} == await everything(storage)
    async with AsyncPromptLoader(OneByOne(storage)) as loader:
        assert [one.id async for one in loader] == list(await storage.ids())


async def test_a_missing_prompt_names_near_ones(storage: Storage) -> None:
    with pytest.raises(PromptNotFoundError) as raised:
        await storage.read("triage")
    assert raised.value.near == ("support/triage",)


async def test_many_files_are_read_and_missing_ones_left_out(storage: Storage) -> None:
    assert await storage.read_many(["b", "none", "a", "a/none"]) == {"b": FILES["b"], "a": FILES["a"]}
    assert await storage.read_many([]) == {}


async def test_all_files_are_read_in_order(storage: Storage) -> None:
    assert [pair async for pair in storage.read_all()] == sorted(FILES.items())
    assert [pair async for pair in storage.read_all(["b", "none", "a"])] == [("b", FILES["b"]), ("a", FILES["a"])]
    assert [pair async for pair in storage.read_all(iter([]))] == []


async def test_ids_are_listed_sorted(storage: Storage) -> None:
    assert await storage.ids() == ("a", "b", "support/triage")
    assert [prompt_id async for prompt_id in storage.list_ids()] == ["a", "b", "support/triage"]


@pytest.mark.parametrize("bad", BAD_IDS)
async def test_invalid_ids_are_refused(storage: Storage, bad: str) -> None:
    with pytest.raises(PromptIdError):
        storage.location(bad)
    with pytest.raises(PromptIdError):
        await storage.read(bad)
    with pytest.raises(PromptIdError):
        await storage.read_many(["a", bad])
    with pytest.raises(PromptIdError):
        await anext(storage.read_all([bad]))
    with pytest.raises(PromptIdError):
        await within(storage, lambda transaction: transaction.create(bad, b"x"))
    assert await everything(storage) == FILES


async def test_a_transaction_makes_all_its_changes(storage: Storage) -> None:
    async with storage.transaction() as transaction:
        assert isinstance(transaction, TransactionProtocol)
        transaction.create("new/deep/one", b"1")
        transaction.replace("a", b"2", expected=b"")
        transaction.delete("b", expected=FILES["b"])
        assert await everything(storage) == FILES, "nothing is written before the end"
    expected = {"a": b"2", "new/deep/one": b"1", "support/triage": FILES["support/triage"]}
    assert await everything(storage) == expected
    assert await storage.ids() == tuple(expected)


async def test_a_transaction_that_fails_makes_none(storage: Storage) -> None:
    def work(transaction: TransactionProtocol) -> None:
        transaction.create("new", b"1")
        transaction.replace("a", b"2", expected=b"")
        raise KeyError

    with pytest.raises(KeyError):
        await within(storage, work)
    assert await everything(storage) == FILES


async def test_an_empty_transaction_does_nothing(storage: Storage) -> None:
    async with storage.transaction():
        pass
    assert await everything(storage) == FILES


async def test_an_existing_prompt_is_not_created_again(storage: Storage) -> None:
    def work(transaction: TransactionProtocol) -> None:
        transaction.replace("b", b"2", expected=FILES["b"])
        transaction.create("a", b"1")

    with pytest.raises(PromptExistsError, match="'a' already exists"):
        await within(storage, work)
    assert await everything(storage) == FILES


@pytest.mark.parametrize("operation", ["replace", "delete"])
@pytest.mark.parametrize(("prompt_id", "happened"), [("a", "was changed"), ("none", "was deleted")])
async def test_a_file_that_changed_meanwhile_is_a_conflict(
    storage: Storage, operation: str, prompt_id: str, happened: str
) -> None:
    def work(transaction: TransactionProtocol) -> None:
        transaction.create("new", b"1")
        if operation == "replace":
            transaction.replace(prompt_id, b"2", expected=b"other")
        else:
            transaction.delete(prompt_id, expected=b"other")

    with pytest.raises(StorageConflictError, match=happened):
        await within(storage, work)
    assert await everything(storage) == FILES


async def test_a_prompt_is_changed_once_a_transaction(storage: Storage) -> None:
    def work(transaction: TransactionProtocol) -> None:
        transaction.replace("a", b"1", expected=b"")
        transaction.replace("a", b"2", expected=b"1")

    with pytest.raises(StorageError, match="changes 'a' twice"):
        await within(storage, work)
    assert await everything(storage) == FILES


async def test_a_transaction_that_is_over_takes_no_more(storage: Storage) -> None:
    async with storage.transaction() as transaction:
        pass
    with pytest.raises(StorageError, match="is over"):
        transaction.create("new", b"1")


async def test_of_two_transactions_the_second_sees_the_first(storage: Storage) -> None:
    async def one_in_the_other() -> None:
        async with storage.transaction() as second:
            await within(storage, lambda first: first.replace("a", b"first", expected=b""))
            second.replace("a", b"second", expected=b"")

    with pytest.raises(StorageConflictError):
        await one_in_the_other()
    assert (await everything(storage))["a"] == b"first"


def test_memory_takes_text_and_refuses_invalid_ids() -> None:
    assert InMemoryStorage({"a": "é"}).location("a/b") == "a/b.yaml"
    with pytest.raises(PromptIdError):
        InMemoryStorage({"../a": b""})
