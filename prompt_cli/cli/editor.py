"""The user's editor."""

import asyncio
import os
import shlex
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from prompt_cli.cli.output import write_message
from prompt_cli.errors import StorageError


@asynccontextmanager
async def edited(content: bytes) -> AsyncIterator[tuple[Path, bytes]]:
    """Open a draft in the user's editor, and yield its path and the edited bytes.

    If the block fails, an edited draft is not deleted and its path is noted.
    """
    path = await asyncio.to_thread(_write_draft, content)
    try:
        await asyncio.to_thread(_run_editor, path)
        yield path, await asyncio.to_thread(path.read_bytes)
    except BaseException:
        if path.exists() and path.read_bytes() != content:
            write_message(f"what you wrote is kept in {path}")
        else:
            path.unlink(missing_ok=True)
        raise
    path.unlink()


def _write_draft(content: bytes) -> Path:
    with tempfile.NamedTemporaryFile(prefix="prompt-cli-", suffix=".yaml", delete=False) as file:
        file.write(content)
    return Path(file.name)


def _run_editor(path: Path) -> None:
    editor = (os.environ.get("VISUAL") or os.environ.get("EDITOR") or "").strip() or "vi"
    try:
        command = [*shlex.split(editor), str(path)]  # like git, accept arguments in the variable: "code --wait"
        status = subprocess.run(command, check=False).returncode  # noqa: S603 - the user's own editor
    except (OSError, ValueError) as error:  # ValueError: a quote that is not closed
        reason = error.strerror if isinstance(error, OSError) else error
        raise StorageError(f"cannot run the editor {editor!r}: {reason}", help="set VISUAL or EDITOR") from error
    if status:
        raise StorageError(f"the editor {editor!r} exited with status {status}; nothing was created")
    if not path.exists():
        raise StorageError(f"the editor {editor!r} removed the draft; nothing was created")
