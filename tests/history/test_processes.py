"""Git processes: no deadlock between input and output, and no process left after use."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from prompt_cli.domain.revision import parse_revision
from prompt_cli.domain.version import SemanticVersion
from prompt_cli.errors import HistoryError
from prompt_cli.history.errors import GitProblem
from prompt_cli.history.process import Git
from tests.history.git_repositories import GitRepository, prompt

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="processes are counted as Linux lists them"
)

FILE = "prompts/a.yaml"
MEGABYTE = 1 << 20


def children() -> set[int]:
    """Return our processes, with ended ones that were not awaited."""
    pids: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            pids.update(map(int, (task / "children").read_text().split()))
    return pids


@pytest.fixture(autouse=True)
def _none_left_behind() -> Iterator[None]:
    before = children()
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    yield
    assert children() == before
    assert len(list(Path("/proc/self/fd").iterdir())) <= descriptors


@pytest.fixture
def git(repository: GitRepository) -> Git:
    return Git(repository.root, os.environ)


async def test_more_than_a_pipe_holds_goes_in_and_comes_out(git: Git) -> None:
    blob = await git.run("hash-object", "-w", "--stdin", standard_input=b"x" * 10 * MEGABYTE)
    assert await git.run("cat-file", "blob", blob.decode().strip()) == b"x" * 10 * MEGABYTE
    answer = await git.run("cat-file", "--batch-check", standard_input=blob * 20_000)
    assert answer.count(b"\n") == 20_000


async def test_more_messages_than_a_pipe_holds(git: Git) -> None:
    loud = "-c", "alias.loud=!head -c 1000000 /dev/zero | tr '\\0' x >&2; echo done", "loud"
    answer = await git.try_run(*loud)
    assert (answer.output, len(answer.errors)) == (b"done\n", 1 << 15)


async def test_a_process_that_does_not_read_its_input(git: Git) -> None:
    assert await git.run("rev-parse", "--git-dir", standard_input=b"x" * 10 * MEGABYTE) == b".git\n"


async def test_a_process_that_never_ends_is_ended(git: Git) -> None:
    async with git.start("-c", "alias.endless=!exec yes", "endless") as process:
        assert await process.output.readexactly(4) == b"y\ny\n"


async def test_child_that_outlives_git_is_not_awaited(git: Git) -> None:
    """It ends by itself, because its output has no reader."""
    async with git.start("-c", "alias.leaving=!setsid yes & exec sleep 1000", "leaving") as process:
        assert await process.output.readexactly(4) == b"y\ny\n"


async def test_a_walk_that_is_left_early_ends(repository: GitRepository) -> None:
    # More than fits into a pipe, so that git would wait forever for a reader.
    repository.git("fast-import", "--quiet", standard_input=b"".join(map(commit_of, range(3_000))))
    store = repository.store(cache=False)
    assert (await store.snapshot("a", parse_revision("1.2999.0"))).commit == repository.head()
    first = await store.first_commit_of("a", SemanticVersion(1, 2999, 0))
    assert first is not None
    assert first.commit == repository.head()


def commit_of(number: int) -> bytes:
    content = prompt("a", f"1.{number}.0").encode()
    author = f"Author One <one@example.org> {1_700_000_000 + number} +0000"
    head = f"commit refs/heads/main\ncommitter {author}\ndata 0\nM 644 inline {FILE}\ndata {len(content)}\n"
    return head.encode() + content + b"\n"


async def test_cancelled_request_leaves_no_process(repository: GitRepository) -> None:
    repository.replay(*({FILE: prompt("a", f"1.{number}.0")} for number in range(5)))
    store = repository.store(cache=False)
    for steps in range(60):
        task = asyncio.create_task(store.versions("a"))
        for _ in range(steps):
            await asyncio.sleep(0)
        if task.cancel():  # else git answered within the steps
            with pytest.raises(asyncio.CancelledError):
                await task
    assert len(await store.versions("a")) == 5


async def test_many_questions_at_once(repository: GitRepository) -> None:
    repository.replay(*({FILE: prompt("a", f"1.{number}.0")} for number in range(5)))
    store = repository.store()
    snapshots = await asyncio.gather(*(store.snapshot("a", parse_revision(f"1.{n % 5}.0")) for n in range(30)))
    assert len({snapshot.commit for snapshot in snapshots}) == 5


async def test_a_failure_in_the_middle_leaves_nothing(repository: GitRepository) -> None:
    repository.replay(*({FILE: prompt("a", f"1.{number}.0")} for number in range(5)))
    blob = repository.git("rev-parse", "HEAD~2:" + FILE)
    (repository.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(HistoryError, match="lacks the object"):
        await repository.store().versions("a")


async def test_a_content_that_breaks_off_is_called_damaged(repository: GitRepository) -> None:
    repository.commit({FILE: prompt("a", "1.0.0", "".join(map(chr, range(1000, 9000))))})
    blob = repository.git("rev-parse", "HEAD:" + FILE)
    file = repository.root / ".git" / "objects" / blob[:2] / blob[2:]
    content = file.read_bytes()
    file.chmod(0o600)
    for damage in (content[: len(content) // 2], content[:10], content[:-100] + bytes(100), b""):
        file.write_bytes(damage)
        with pytest.raises(HistoryError) as raised:
            await repository.store().versions("a")
        assert raised.value.reason is GitProblem.DAMAGED


async def test_a_directory_that_cannot_be_entered(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(HistoryError, match=rf"git could not be started in {str(gone)!r}: No such file or directory"):
        await Git(gone, os.environ).run("version")


async def test_too_large_blobs_are_skipped(repository: GitRepository) -> None:
    repository.commit({FILE: prompt("a", "1.0.0")})
    repository.commit({FILE: prompt("a", "1.1.0", "x" * 17 * MEGABYTE)})
    repository.commit({FILE: prompt("a", "1.2.0")})
    store = repository.store()
    assert [str(one.version) for one in await store.versions("a")] == ["1.2.0", "1.0.0"]
    with pytest.raises(HistoryError, match="'a' is too large for a prompt in commit"):
        await (await store.tip("HEAD~1")).read_many(["a"])
