"""The cache on disk: it returns the value that was put, or none."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import prompt_cli
from prompt_cli import cache as cache_module
from prompt_cli.cache import Cache, tool_fingerprint

if TYPE_CHECKING:
    from pathlib import Path

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    (tmp_path / "git").mkdir()
    return Cache.in_repository(tmp_path / "git")


def entries(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "git" / "prompt-cli" / "cache").glob("*/*"), key=lambda path: path.stat().st_mtime_ns)


@given(
    operations=st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["x", "y", "\udcff/z"]), VALUES), max_size=6
    )
)
def test_the_last_value_put_is_the_one_got(
    tmp_path_factory: pytest.TempPathFactory, operations: list[tuple[str, str, Any]]
) -> None:
    one, other = (Cache(tmp_path_factory.getbasetemp().resolve() / "shared" / "cache") for _ in range(2))
    expected = {}
    for kind, key, value in operations:
        one.put(kind, key, value)
        expected[kind, key] = value
    assert {place: other.get(*place) for place in expected} == expected


def test_kinds_and_keys_are_apart(cache: Cache) -> None:
    cache.put("a", "bc", 1)
    assert [cache.get(*place) for place in (("a", "bc"), ("ab", "c"), ("a", "b"), ("a", ""))] == [1, None, None, None]


def test_every_truncated_or_altered_entry_is_ignored(cache: Cache, tmp_path: Path) -> None:
    cache.put("a", "x", {"value": [1, "two"]})
    (file,) = entries(tmp_path)
    whole = file.read_bytes()
    for n in range(len(whole)):
        for damaged in (whole[:n], whole[:n] + bytes([whole[n] ^ 1]) + whole[n + 1 :], whole[:n] + b"1" + whole[n:]):
            file.write_bytes(damaged)
            assert cache.get("a", "x") is None, damaged
    file.write_bytes(whole)
    assert cache.get("a", "x") == {"value": [1, "two"]}


def test_entries_are_for_their_user_alone(cache: Cache, tmp_path: Path) -> None:
    cache.put("a", "x", 1)
    (file,) = entries(tmp_path)
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_an_entry_of_another_key_is_ignored(cache: Cache, tmp_path: Path) -> None:
    cache.put("a", "x", 1)
    (one,) = entries(tmp_path)
    cache.put("a", "y", 2)
    (other,) = set(entries(tmp_path)) - {one}
    other.write_bytes(one.read_bytes())
    assert (cache.get("a", "x"), cache.get("a", "y")) == (1, None)


@pytest.mark.parametrize("body", [b"[" * 100_000, b"9" * 5000, b"\xff", b"", b"{}{}"])
def test_invalid_json_with_a_right_checksum_is_ignored(cache: Cache, tmp_path: Path, body: bytes) -> None:
    cache.put("a", "x", 1)
    (file,) = entries(tmp_path)
    heading = file.read_bytes().partition(b"\n")[0].rpartition(b" ")[0]
    file.write_bytes(heading + b" %08x\n" % zlib.crc32(body) + body)
    assert cache.get("a", "x") is None


@pytest.mark.parametrize(("most", "size", "remaining"), [(10, 1 << 20, 10), (100, 3_000, 2)])
def test_entries_are_bounded_in_number_and_size(
    cache: Cache, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, most: int, size: int, remaining: int
) -> None:
    monkeypatch.setattr(cache_module, "MAX_ENTRIES", most)
    monkeypatch.setattr(cache_module, "MAX_BYTES", size)
    for number in range(30):
        for file in entries(tmp_path):  # so that the clock of the machine does not matter
            os.utime(file, ns=(0, file.stat().st_mtime_ns - 10**9))
        cache.put("a", str(number), "x" * 1000)
        assert cache.get("a", str(number))
    assert len(entries(tmp_path)) == remaining
    assert [n for n in range(30) if cache.get("a", str(n))] == list(range(30 - remaining, 30))


def test_values_that_would_push_each_other_out_are_not_written(
    cache: Cache, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cache_module, "MAX_ENTRIES", 10)
    cache.put_many("a", {str(number): number for number in range(6)})
    assert not (tmp_path / "git" / "prompt-cli").exists()


def test_no_half_written_file_is_left(cache: Cache, tmp_path: Path) -> None:
    cache.put("a", "x", 1)
    (file,) = entries(tmp_path)
    file.unlink()
    file.mkdir()  # which cannot be replaced by a file
    cache.put("a", "x", 2)
    assert entries(tmp_path) == [file]


WRITER = """
import sys
from pathlib import Path
from prompt_cli.cache import Cache
cache = Cache(Path(sys.argv[1]))
for n in range(60):
    cache.put("a", "x", [sys.argv[2]] * (n * 50))
    value = cache.get("a", "x")
    assert value is not None and len(set(value)) < 2, value
"""


def test_several_processes_write_one_entry(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", WRITER, str(tmp_path / "prompt-cli" / "cache")]
    running = [subprocess.Popen([*arguments, name], stderr=subprocess.PIPE) for name in "abcd"]
    assert [(process.communicate()[1], process.returncode) for process in running] == [(b"", 0)] * 4
    assert len(list((tmp_path / "prompt-cli" / "cache" / "a").iterdir())) == 1


FINGERPRINT = "from prompt_cli.cache import tool_fingerprint; print(tool_fingerprint())"


def test_the_fingerprint_of_an_installed_package_is_that_of_its_record(tmp_path: Path) -> None:
    def fingerprint() -> str:
        command = [sys.executable, "-c", FINGERPRINT]
        # Python looks for modules in the current directory first.
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    (tmp_path / "prompt_cli").symlink_to(next(iter(prompt_cli.__path__)))
    sources = fingerprint()
    record = tmp_path / f"prompt_cli-{prompt_cli.__version__}.dist-info" / "RECORD"
    record.parent.mkdir()
    record.write_text("prompt_cli/one.py,sha256=a,1\n")
    first = fingerprint()
    os.utime(record, (1, 1))
    assert fingerprint() == first
    record.write_text("prompt_cli/one.py,sha256=b,1\n")
    assert len({sources, first, fingerprint()}) == 3


def test_another_tool_reads_no_entry(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.put("a", "x", 1)
    monkeypatch.setattr(cache_module, "__version__", "999.0")
    tool_fingerprint.cache_clear()
    assert cache.get("a", "x") is None
    monkeypatch.undo()
    tool_fingerprint.cache_clear()
    assert cache.get("a", "x") == 1
