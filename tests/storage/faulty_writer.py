"""A program that writes seven prompts and dies, is interrupted or fails at a chosen system call; run by the tests.

``faulty_writer.py SCENARIO DIRECTORY`` prints one JSON object a line: what it did at which call, and what the files
were afterwards. Every attempt is a process of its own, forked before it has any thread.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import resource
import shutil
import signal
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import aiofiles  # noqa: F401 - here and not in every child
import filelock  # noqa: F401 - the same

import prompt_cli.storage.transaction  # noqa: F401 - the same
from prompt_cli.errors import PromptExistsError, StorageConflictError, StorageError
from prompt_cli.storage.directory import DirectoryStorage
from prompt_cli.storage.files import FileSystem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

Fault: TypeAlias = "Callable[[str, int, tuple[object, ...]], None]"

OLD: dict[str, bytes | None] = {f"p{n}": b"old %d\n" % n * 50 for n in range(3)}
OLD |= {"q/deleted": b"old q\n", "deleted": b"old d\n", "new/one/a": None, "new/two": None}
NEW: dict[str, bytes | None] = {f"p{n}": b"new %d\n" % n * 60 for n in range(3)}
NEW |= {"q/deleted": None, "deleted": None, "new/one/a": b"new a\n", "new/two": b"new b\n"}
EDITED = b"somebody's edit\n"
COUNTED = ("create", "write", "sync", "close", "chmod", "replace", "unlink", "mkdir", "rmdir", "sync_directory")
TAKING_SPACE = ("create", "write", "mkdir")


class Faulty(FileSystem):
    """A file system whose n-th call fails; the fault gets the name of the call and the distance to the n-th."""

    def __init__(self, at: int, fault: Fault) -> None:
        self._at = at
        self._fault = fault
        self.calls: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        return partial(self._counted, name, found) if name in COUNTED else found

    def _counted(self, name: str, call: Callable[..., object], *arguments: object) -> object:
        self.calls.append(name)
        self._fault(name, len(self.calls) - self._at, arguments)
        return call(*arguments)


def no_fault(_name: str, _distance: int, _arguments: tuple[object, ...]) -> None:
    """Let every call through."""


def killed(_name: str, distance: int, _arguments: tuple[object, ...]) -> None:
    if distance == 0:
        os.kill(os.getpid(), signal.SIGKILL)


def torn(name: str, distance: int, arguments: tuple[object, ...]) -> None:
    if distance == 0 and name == "write":
        descriptor, content = arguments
        os.write(descriptor, content[: len(content) // 2])  # type: ignore[arg-type,index] # as write() requires
        os.kill(os.getpid(), signal.SIGKILL)


def interrupted(_name: str, distance: int, _arguments: tuple[object, ...]) -> None:
    if distance == 0:
        os.kill(os.getpid(), signal.SIGINT)


def failing_once(_name: str, distance: int, _arguments: tuple[object, ...]) -> None:
    if distance == 0:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def disk_full(name: str, distance: int, _arguments: tuple[object, ...]) -> None:
    if distance >= 0 and name in TAKING_SPACE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def prepare(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    for prompt_id, content in OLD.items():
        if content is not None:
            path = directory / f"prompts/{prompt_id}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def write_all(directory: Path, system: FileSystem) -> None:
    async def write() -> None:
        storage = DirectoryStorage(directory / "prompts", state_directory=directory / "state", file_system=system)
        async with storage.transaction() as transaction:
            for prompt_id, new in NEW.items():
                old = OLD[prompt_id]
                if old is None:
                    transaction.create(prompt_id, new or b"")
                elif new is None:
                    transaction.delete(prompt_id, expected=old)
                else:
                    transaction.replace(prompt_id, new, expected=old)

    asyncio.run(write())


def write_another(directory: Path, system: FileSystem) -> None:
    async def write() -> None:
        storage = DirectoryStorage(directory / "prompts", state_directory=directory / "state", file_system=system)
        async with storage.transaction() as transaction:
            transaction.create("another", b"another\n")

    asyncio.run(write())


def in_child(work: Callable[[], object]) -> str:
    """Run a function in a process of its own; return its result, the error, or "killed"."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = str(work() or "done")
        except BaseException as error:  # noqa: BLE001 - any error is reported to the parent
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) else said


def snapshot(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def state(directory: Path) -> dict[str, Any]:
    """Describe the seven files, and list the others."""
    files = snapshot(directory)
    kinds = {}
    for prompt_id, old in OLD.items():
        content = files.pop(f"prompts/{prompt_id}.yaml", None)
        known = {old: "old", NEW[prompt_id]: "new", EDITED: "edited"}
        kinds[prompt_id] = known.get(content, "damaged")
    usual = {"prompts/another.yaml", "state/lock"}
    folders = sorted(str(path.relative_to(directory)) for path in directory.glob("prompts/*/**") if path.is_dir())
    return {
        "files": kinds,
        "left": sorted(files.keys() - usual),
        "another": "prompts/another.yaml" in files,
        "folders": folders,
    }


def report(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")


def calls_of(write: Callable[[Path, FileSystem], None], directory: Path) -> list[str]:
    """Return the name of each call that a run makes when nothing goes wrong."""

    def run() -> str:
        system = Faulty(0, no_fault)
        write(directory, system)
        return " ".join(system.calls)

    return in_child(run).split()


def attempts(
    directory: Path, fault: Fault, names: Collection[str] = COUNTED, every: int = 1
) -> Iterator[tuple[int, str]]:
    """Make each call of those names fail in turn, or each n-th; yield its number and the result of the run."""
    prepare(directory)
    for at, name in enumerate(calls_of(write_all, directory), 1):
        if name in names and at % every == 0:
            prepare(directory)
            yield at, in_child(partial(write_all, directory, Faulty(at, fault)))


def kill(directory: Path, *, edit: bool) -> None:
    for when, fault, names in (("before", killed, COUNTED), ("torn", torn, ("write",))):
        for at, ended in attempts(directory, fault, names, every=5 if edit else 3):
            edited = list(OLD)[at % len(OLD)] if edit else None
            if edited:
                path = directory / f"prompts/{edited}.yaml"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(EDITED)
            crashed = state(directory)["files"]
            following = in_child(partial(read_then_write, directory))
            report(
                when=when, at=at, ended=ended, edited=edited, crashed=crashed, following=following, **state(directory)
            )


def read_then_write(directory: Path) -> str:
    before = snapshot(directory)
    asyncio.run(read_all(directory))
    if snapshot(directory) != before:
        return "reading altered the files"
    write_another(directory, FileSystem())
    return "done"


async def read_all(directory: Path) -> None:
    storage = DirectoryStorage(directory / "prompts", state_directory=directory / "state")
    async for _ in storage.read_all():
        pass
    await storage.invalid_files()


def kill_twice(directory: Path) -> None:
    """Die while staging or applying, die again at every fourth call of the command that recovers, then recover."""
    prepare(directory)
    calls = calls_of(write_all, directory)
    commit = len(calls) - calls[::-1].index("mkdir")  # no directory is made after it
    applying = calls.index("replace", calls.index("replace", commit) + 1)
    for first in (commit // 2, applying + 4, len(calls) - 2):
        for second in range(1 + first % 2, 200, 4):
            prepare(directory)
            in_child(partial(write_all, directory, Faulty(first, killed)))
            ended = in_child(partial(write_another, directory, Faulty(second, killed)))
            if ended != "killed":
                break
            report(first=first, second=second, following=in_child(partial(end_it, directory)), **state(directory))


def end_it(directory: Path) -> None:
    with suppress(PromptExistsError):  # the command that was killed had written it already
        write_another(directory, FileSystem())


def interrupt(directory: Path) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has those it runs in the background ignore it
    for at, ended in attempts(directory, interrupted, every=3):
        report(at=at, ended=ended, **state(directory))


def fail(directory: Path) -> None:
    for when, fault, names in (("once", failing_once, COUNTED), ("full", disk_full, TAKING_SPACE)):
        for at, ended in attempts(directory, fault, names, every=3):
            report(when=when, at=at, ended=ended, **state(directory))


def fail_and_kill(directory: Path) -> None:
    """Fail at the renaming of the third file, and die at each call of the way back."""
    prepare(directory)
    calls = calls_of(write_all, directory)
    failing = [at for at, name in enumerate(calls, 1) if name == "replace"][4]  # the journal, the commit, two files
    for later in range(1, 100):

        def fault(name: str, distance: int, arguments: tuple[object, ...], later: int = later) -> None:
            failing_once(name, distance, arguments)
            killed(name, distance - later, arguments)

        prepare(directory)
        if in_child(partial(write_all, directory, Faulty(failing, fault))) != "killed":
            break
        report(later=later, following=in_child(partial(write_another, directory, FileSystem())), **state(directory))


def small_files(directory: Path) -> None:
    """Let the system refuse every file of more than a kilobyte."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
        write_all(directory, FileSystem())

    prepare(directory)
    report(ended=in_child(limited), **state(directory))


def count(directory: Path) -> None:
    """Let four processes add to one number at once, each reading again where another was faster."""
    prepare(directory)
    path = directory / "prompts/number.yaml"
    path.write_bytes(b"0")

    async def add(storage: DirectoryStorage) -> None:
        number = await storage.read("number")
        async with storage.transaction() as transaction:
            transaction.replace("number", b"%d" % (int(number) + 1), expected=number)

    async def add_ten() -> None:
        storage = DirectoryStorage(directory / "prompts", state_directory=directory / "state")
        added = 0
        while added < 10:
            with suppress(StorageConflictError):
                await add(storage)
                added += 1

    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(add_ten())
            except StorageError:
                os._exit(1)
            os._exit(0)
        children.append(child)
    statuses = [os.waitpid(child, 0)[1] for child in children]
    report(statuses=statuses, number=path.read_text())


SCENARIOS: dict[str, Callable[[Path], None]] = {
    "kill": partial(kill, edit=False),
    "kill-and-edit": partial(kill, edit=True),
    "kill-twice": kill_twice,
    "interrupt": interrupt,
    "fail": fail,
    "fail-and-kill": fail_and_kill,
    "small-files": small_files,
    "count": count,
}

if __name__ == "__main__":
    SCENARIOS[sys.argv[1]](Path(sys.argv[2]))
