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

    If the block fails, the draft is not deleted and its path is noted.

    Raises:
        StorageError: The editor could not be run, or failed.
    """
    path = await asyncio.to_thread(_write_draft, content)
    try:
        await asyncio.to_thread(_run_editor, path)
        yield path, await asyncio.to_thread(path.read_bytes)
    except BaseException:
        write_message(f"what you wrote is kept in {path}")
        raise
    path.unlink()


def _write_draft(content: bytes) -> Path:
    handle, name = tempfile.mkstemp(prefix="prompt-cli-", suffix=".yaml")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return Path(name)


def _run_editor(path: Path) -> None:
    # Like git, accept arguments in the variable: "code --wait".
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    try:
        status = subprocess.run([*command, str(path)], check=False).returncode  # noqa: S603 - the user's own editor
    except OSError as error:
        raise StorageError(
            f"cannot run the editor {command[0]!r}: {error.strerror}", help="set VISUAL or EDITOR"
        ) from error
    if status:
        raise StorageError(f"the editor {command[0]!r} exited with status {status}; nothing was created")
