"""Running a command as a whole process, and what that took."""

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


class Taken(NamedTuple):
    """What a process took.

    Attributes:
        seconds: From its start until it had ended.
        worked: How long processors worked for it and for what it waited for; others that run disturb that less.
        together: The most bytes of memory that it and all below it held at once, what they share counted once; 0 where
            not asked for, or where the system has no /proc.
    """

    seconds: float
    worked: float
    together: int = 0


def environment(**more: str) -> dict[str, str]:
    """Return the environment of what is measured: nothing of git's, and bytecode is written."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PYTHON"))}
    return {**kept, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **more}


def take(command: Sequence[str], cwd: Path, environ: Mapping[str, str], *, watch: bool = False) -> Taken:
    """Run a command to its end.

    Args:
        command: The command.
        cwd: Where to run it.
        environ: Its environment.
        watch: Whether to look at the memory of what it starts as well; that takes time of its own.

    Raises:
        RuntimeError: It failed: what was to be measured did not happen.
    """
    with tempfile.TemporaryFile() as errors:
        began = perf_counter()
        with subprocess.Popen(
            command, cwd=cwd, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
        ) as process:
            watcher = _Watcher(process.pid) if watch else None
            _, status, usage = os.wait4(process.pid, 0)
            seconds = perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
        together = watcher.end() if watcher else 0
        if process.returncode:
            errors.seek(0)
            said = errors.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {said}")
    return Taken(seconds, usage.ru_utime + usage.ru_stime, together)


class _Watcher:
    """Looks again and again how much memory a process and all below it hold."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._most = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def end(self) -> int:
        """Stop looking, and return the most that was seen."""
        self._ended.set()
        self._thread.join()
        return self._most

    def _run(self) -> None:
        while not self._ended.wait(_EVERY):
            self._most = max(self._most, sum(map(_held, _family(self._pid))))


def _family(pid: int) -> Iterator[int]:
    """Yield a process and all below it."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _words(children):
            yield from _family(int(child))


def _held(pid: int) -> int:
    """Return the memory of a process in bytes, its part of what several share (PSS, proc(5))."""
    words = _words(Path(f"/proc/{pid}/smaps_rollup"))
    return int(words[words.index("Pss:") + 1]) * 1024 if "Pss:" in words else 0


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []  # it ended meanwhile
