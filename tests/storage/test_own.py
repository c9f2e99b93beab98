"""What tells one release from another: the record of what was installed, or the files as they lie there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import prompt_cli

PROGRAM = "import json; from prompt_cli.storage.own import own_identity; print(json.dumps(own_identity()))"


def identity(folder: Path) -> list[object]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=folder,  # where Python looks first
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[object] = json.loads(done.stdout)
    return found


def test_an_installed_package_is_told_by_its_record(tmp_path: Path) -> None:
    source = Path(prompt_cli.__file__).parent
    (tmp_path / "prompt_cli").symlink_to(source)
    lying_there = identity(tmp_path)
    record = tmp_path / f"prompt_cli-{prompt_cli.__version__}.dist-info" / "RECORD"
    record.parent.mkdir()
    record.write_text("prompt_cli/one.py,sha256=a,1\n")
    first = identity(tmp_path)
    os.utime(record, (1, 1))
    assert identity(tmp_path) == first
    record.write_text("prompt_cli/one.py,sha256=b,1\n")
    second = identity(tmp_path)
    assert len({json.dumps(one) for one in (lying_there, first, second)}) == 3
    assert "own.py" in json.dumps(lying_there)
    assert "own.py" not in json.dumps(first)
