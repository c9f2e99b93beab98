"""The prompt directory on a real disk: links, invalid files, and unreadable ones."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from prompt_cli.error_groups import PromptErrorGroup
from prompt_cli.errors import PromptNotFoundError, StorageError
from prompt_cli.storage.directory import DirectoryStorage
from prompt_cli.storage.files import TEMPORARY_SUFFIX
from prompt_cli.storage.scan import LARGEST

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "prompts"
    path.mkdir()
    return path


def names(folder: Path, pattern: str = "*") -> list[str]:
    return sorted(path.name for path in folder.glob(pattern))


def put(root: Path, *paths: str, content: bytes = b"x") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


async def write(root: Path, prompt_id: str, content: bytes, expected: bytes | None = None) -> None:
    async with DirectoryStorage(root, state_directory=root.parent / "state").transaction() as transaction:
        if expected is None:
            transaction.create(prompt_id, content)
        else:
            transaction.replace(prompt_id, content, expected=expected)


async def test_listing_skips_other_files_with_a_reason(root: Path) -> None:
    put(root, "a.yaml", "b/c.yaml", ".hidden/d.yaml", ".e.yaml", "README.md", "f.yml", "G.yaml", "h i/j.yaml", "K.YAML")
    put(root, "con.yaml", "x" * 96 + ".yaml", "y" * 101 + ".yaml")
    (root / "dir.yaml").mkdir()
    os.mkfifo(root / "pipe.yaml")
    (root / os.fsdecode(b"bad\xff.yaml")).touch()
    storage = DirectoryStorage(root)
    assert await storage.ids() == ("a", "b/c", "x" * 96)
    invalid_files = {one.path: one.reason for one in await storage.invalid_files()}
    assert {path: reason.split(":")[0] for path, reason in invalid_files.items()} == {
        "G.yaml": "use a-z, 0-9, - and _, separated by /; each part starts with a letter or digit",
        "K.YAML": "prompt files end in .yaml",
        "bad\ufffd.yaml": "use a-z, 0-9, - and _, separated by /; each part starts with a letter or digit",
        "con.yaml": "'con' is a reserved device name on Windows",
        "dir.yaml": "it is a directory",
        "f.yml": "prompt files end in .yaml",
        "h i/j.yaml": "use a-z, 0-9, - and _, separated by /; each part starts with a letter or digit",
        "pipe.yaml": "it is not a regular file",
        "y" * 101 + ".yaml": "an id has 100 characters at most, this one has 101",
    }


async def test_links_that_stay_inside_are_followed(root: Path) -> None:
    put(root, "real/a.yaml", content=b"old")
    (root / "link.yaml").symlink_to("real/a.yaml")
    (root / "alias").symlink_to("real")
    storage = DirectoryStorage(root)
    assert await storage.ids() == ("alias/a", "link", "real/a")
    assert await storage.read_many(await storage.ids()) == dict.fromkeys(["alias/a", "link", "real/a"], b"old")
    assert await storage.invalid_files() == ()


async def test_a_link_is_written_through_and_stays(root: Path) -> None:
    put(root, "real/a.yaml", content=b"old")
    (root / "link.yaml").symlink_to("real/a.yaml")
    (root / "alias").symlink_to("real")
    await write(root, "link", b"new", b"old")
    await write(root, "alias/a", b"newer", b"new")
    assert (root / "link.yaml").is_symlink()
    assert (root / "alias").is_symlink()
    assert (root / "real/a.yaml").read_bytes() == b"newer"


async def test_one_file_under_two_ids_is_not_written_twice(root: Path) -> None:
    put(root, "a.yaml", content=b"old")
    (root / "b.yaml").symlink_to("a.yaml")

    async def write_both() -> None:
        async with DirectoryStorage(root, state_directory=root.parent / "state").transaction() as transaction:
            transaction.replace("a", b"1", expected=b"old")
            transaction.replace("b", b"2", expected=b"old")

    with pytest.raises(StorageError, match=r"are one file, a\.yaml, by a link"):
        await write_both()
    assert (root / "a.yaml").read_bytes() == b"old"


async def test_links_that_lead_out_are_refused(root: Path) -> None:
    put(root.parent, "outside/secret.yaml", content=b"secret")
    (root / "file.yaml").symlink_to(root.parent / "outside/secret.yaml")
    (root / "folder").symlink_to(root.parent / "outside")
    (root / "twice.yaml").symlink_to("folder/secret.yaml")
    (root.parent / "prompts-too").mkdir()
    put(root.parent, "prompts-too/near.yaml")
    (root / "near").symlink_to(root.parent / "prompts-too")
    put(root, ".git/config")
    (root / "git.yaml").symlink_to(".git/config")
    storage = DirectoryStorage(root, state_directory=root.parent / "state")
    assert await storage.ids() == ()
    assert {one.path for one in await storage.invalid_files()} == {
        *("file.yaml", "folder", "git.yaml", "near", "twice.yaml")
    }
    for prompt_id in ("file", "folder/secret", "twice", "near/near", "folder/none", "git"):
        with pytest.raises(StorageError, match="leads out of the prompt directory"):
            await storage.read(prompt_id)
        with pytest.raises(StorageError, match="leads out of the prompt directory"):
            await storage.read_many([prompt_id])
        with pytest.raises(StorageError, match="leads out of the prompt directory"):
            await write(root, prompt_id, b"mine")
    assert (root.parent / "outside/secret.yaml").read_bytes() == b"secret"
    assert names(root.parent / "outside") == ["secret.yaml"]


async def test_the_prompt_directory_itself_may_be_a_link(root: Path) -> None:
    put(root, "a.yaml", content=b"old")
    link = root.parent / "link"
    link.symlink_to(root)
    storage = DirectoryStorage(link)
    assert await storage.read("a") == b"old"
    assert storage.location("a") == str(link / "a.yaml")
    await write(link, "b", b"new")
    assert (root / "b.yaml").read_bytes() == b"new"


async def test_loops_of_links_end(root: Path) -> None:
    put(root, "a/b.yaml", "c/d.yaml")
    (root / "a/up").symlink_to("..")
    (root / "a/self").symlink_to(".")
    (root / "c/other").symlink_to("../a")
    (root / "a/other").symlink_to("../c")
    (root / "round.yaml").symlink_to("round.yaml")
    (root / "gone.yaml").symlink_to("nowhere.yaml")
    storage = DirectoryStorage(root)
    assert await storage.ids() == ("a/b", "a/other/d", "c/d", "c/other/b")
    invalid_files = {one.path: one.reason for one in await storage.invalid_files()}
    assert invalid_files.keys() >= {"a/up", "a/self", "a/other/other", "c/other/other", "round.yaml", "gone.yaml"}
    assert invalid_files["a/up"] == "it is a link to a parent directory"
    with pytest.raises(StorageError, match="could not be read"):
        await storage.read("round")
    with pytest.raises(PromptNotFoundError):
        await storage.read("gone")


async def test_links_to_links_do_not_multiply(root: Path) -> None:
    for level in range(12):
        (root / f"l{level}").mkdir()
        for name in "abcd":
            (root / f"l{level}" / name).symlink_to(f"../l{level + 1}")
    put(root, "l12/x.yaml")
    assert len(await DirectoryStorage(root).ids()) < 200


async def test_missing_directory_error_has_help(root: Path) -> None:
    storage = DirectoryStorage(root / "none", state_directory=root / "state")
    (root / "file").touch()
    for call in (storage.ids(), storage.read("a"), storage.read_many(["a"]), write(root / "none", "a", b"")):
        with pytest.raises(StorageError, match=r"none does not exist") as raised:
            await call
        assert "--directory" in raised.value.help
    with pytest.raises(StorageError, match="file is not a directory"):
        await DirectoryStorage(root / "file").ids()


@pytest.mark.parametrize("kind", ["directory", "pipe", "round", "huge"])
async def test_special_file_is_an_error_that_names_it(root: Path, kind: str) -> None:
    path = root / "a.yaml"
    if kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "huge":
        path.touch()
        os.truncate(path, LARGEST + 1)
    else:
        path.symlink_to("a.yaml")
    storage = DirectoryStorage(root)
    for call in (storage.read("a"), storage.read_many(["a"])):
        with pytest.raises(StorageError, match=r"a\.yaml could not be read: .+") as raised:
            await call
        assert raised.value.context["path"] == storage.location("a")
    with pytest.raises(StorageError, match=r"a\.yaml could not be read"):
        await write(root, "a", b"new")


async def test_a_file_below_a_file_is_not_found(root: Path) -> None:
    put(root, "a")
    with pytest.raises(PromptNotFoundError):
        await DirectoryStorage(root).read("a/b")


async def test_reading_all_yields_readable_prompts_before_failing(root: Path) -> None:
    put(root, *(f"p{n}.yaml" for n in range(600)))
    wanted = [*(f"p{n}" for n in range(600)), "dir", "gone", "pipe"]
    (root / "dir.yaml").mkdir()
    os.mkfifo(root / "pipe.yaml")
    found: list[str] = []

    async def read_all() -> None:
        async for prompt_id, _ in DirectoryStorage(root).read_all(wanted):
            found.append(prompt_id)

    with pytest.raises(PromptErrorGroup, match=r"2 files could not be read") as raised:
        await read_all()
    assert found == [f"p{n}" for n in range(600)]
    assert [type(one) for one in raised.value.exceptions] == [StorageError, StorageError]


def test_a_storage_serves_several_event_loops(root: Path) -> None:
    put(root, "a.yaml")
    storage = DirectoryStorage(root)

    async def read_many_at_once() -> list[bytes]:
        return await asyncio.gather(*(storage.read("a") for _ in range(200)))

    for _ in range(2):
        assert asyncio.run(read_many_at_once()) == [b"x"] * 200


async def test_modes_are_kept_and_new_files_follow_the_umask(root: Path) -> None:
    put(root, "a.yaml", content=b"old")
    (root / "a.yaml").chmod(0o640)
    await write(root, "a", b"new", b"old")
    previous = os.umask(0o027)
    try:
        await write(root, "b", b"new")
    finally:
        os.umask(previous)
    assert (root / "a.yaml").stat().st_mode & 0o777 == 0o640
    assert (root / "b.yaml").stat().st_mode & 0o777 == 0o640


async def test_a_link_in_the_place_of_the_temporary_file_is_not_followed(root: Path) -> None:
    put(root, "a.yaml", content=b"old")
    put(root.parent, "victim", content=b"precious")
    (root / f".a.yaml{TEMPORARY_SUFFIX}").symlink_to(root.parent / "victim")
    await write(root, "a", b"new", b"old")
    assert (root.parent / "victim").read_bytes() == b"precious"
    assert (root / "a.yaml").read_bytes() == b"new"


async def test_without_a_state_directory_one_is_made_that_git_ignores(root: Path) -> None:
    put(root, "a.yaml", content=b"old")
    storage = DirectoryStorage(root)
    await storage.read("a")
    assert names(root) == ["a.yaml"]
    async with storage.transaction() as transaction:
        transaction.create("b", b"new")
    assert (root / ".prompt-cli/.gitignore").read_text() == "*\n"
    assert names(root / ".prompt-cli", "transaction*") == []
    assert await storage.ids() == ("a", "b")


async def test_a_state_directory_that_cannot_be_used_is_an_error(root: Path) -> None:
    put(root, "a.yaml")
    (root.parent / "state").touch()
    with pytest.raises(StorageError, match=r"state cannot be used: .+"):
        await write(root, "b", b"new")
    assert await DirectoryStorage(root).ids() == ("a",)


@pytest.mark.parametrize("link", [".prompt-cli", ".prompt-cli/.gitignore"])
async def test_a_state_directory_behind_a_link_is_an_error(root: Path, link: str) -> None:
    (root / link).parent.mkdir(exist_ok=True)
    (root / link).symlink_to(root.parent / "outside")
    with pytest.raises(StorageError, match=f"{link} is a link to .*outside, which is not part"):
        async with DirectoryStorage(root).transaction() as transaction:
            transaction.create("b", b"new")
    assert not (root.parent / "outside").exists()
