"""Progress: on a terminal alone, once the work has taken long."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

from prompt_cli.cli.output import progress
from tests.support import COMMAND

if TYPE_CHECKING:
    import pytest

    from tests.support import Project

PROGRAM = """
import sys
from prompt_cli.cli.output import progress
with progress(delay=float(sys.argv[1])) as tell:
    for n in range(1, 4):
        tell(n, 3)
print("rich" in sys.modules)
"""


def on_a_terminal(*command: str, cwd: str | None = None) -> tuple[bytes, bytes]:
    """Run a command whose standard error is a terminal; return its output and the text on the terminal."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, cwd=cwd, env=environment) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 1 << 16)
            except OSError:  # on Linux, if the other end is closed
                break
            if not part:
                break
            shown += part
        os.close(ours)
        assert process.stdout is not None
        return process.stdout.read(), shown


def test_long_work_shows_progress() -> None:
    out, shown = on_a_terminal(sys.executable, "-c", PROGRAM, "0")
    assert out == b"True\n"
    assert b"checking prompts" in shown
    assert b"1/3" in shown
    assert b":--:--" in shown or b"0:00:" in shown


def test_short_work_shows_no_progress_and_imports_no_rich() -> None:
    assert on_a_terminal(sys.executable, "-c", PROGRAM, "60") == (b"False\n", b"")


def test_nothing_is_shown_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    with progress(delay=0) as tell:
        tell(1, 2)
    assert written.getvalue() == ""


def test_only_the_summary_stays_on_a_terminal(project: Project) -> None:
    project.prompt("a")
    out, shown = on_a_terminal(str(COMMAND), "validate", "--color", "never", cwd=str(project.root))
    assert (out, shown.decode()) == (b"", "✓ 1 prompt checked, no problems\r\n")
