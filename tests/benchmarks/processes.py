"""Runs of commands as whole processes, with their time and memory."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_EVERY = 0.005


class Usage(NamedTuple):
    """The time and memory that a process used.

    Attributes:
        seconds: The time from its start to its end.
        cpu: The processor time in seconds, children included; other programs disturb it less.
        memory: The peak memory of the process and its descendants together, in bytes, shared pages counted once; 0 if
            not measured, or if the system has no /proc.
    """

    seconds: float
    cpu: float
    memory: int = 0


def environment(**more: str) -> dict[str, str]:
    """Return the environment of measured commands: without git's variables, and with bytecode written."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PYTHON"))}
    return {**inherited, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **more}


def run_measured(command: Sequence[str], cwd: Path, environ: Mapping[str, str], *, with_memory: bool = False) -> Usage:
    """Run a command and return its usage.

    Args:
        command: The command.
        cwd: Its directory.
        environ: Its environment.
        with_memory: Whether to measure memory, which takes time of its own.

    Raises:
        RuntimeError: The command failed.
    """
    with tempfile.TemporaryFile() as errors:
        start = perf_counter()
        with subprocess.Popen(
            command, cwd=cwd, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
        ) as process:
            watcher = _MemoryWatcher(process.pid) if with_memory else None
            _, status, usage = os.wait4(process.pid, 0)
            seconds = perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
        memory = watcher.stop() if watcher else 0
        if process.returncode:
            errors.seek(0)
            message = errors.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {message}")
    return Usage(seconds, usage.ru_utime + usage.ru_stime, memory)


class _MemoryWatcher:
    """Samples the memory of a process and its descendants, and keeps the peak."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> int:
        """Stop, and return the peak in bytes."""
        self._ended.set()
        self._thread.join()
        return self._peak

    def _run(self) -> None:
        while not self._ended.wait(_EVERY):
            self._peak = max(self._peak, sum(map(_memory_of, _descendants(self._pid))))


def _descendants(pid: int) -> Iterator[int]:
    """Yield a process and its descendants."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _words(children):
            yield from _descendants(int(child))


def _memory_of(pid: int) -> int:
    """Return the proportional set size of a process in bytes (PSS, proc(5))."""
    words = _words(Path(f"/proc/{pid}/smaps_rollup"))
    return int(words[words.index("Pss:") + 1]) * 1024 if "Pss:" in words else 0


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []  # the process has ended
