"""Input and output that is not the prompt directory's: files a user names, and standard input."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

from prompt_cli.errors import PromptFormatError, StorageError

STANDARD = "-"


async def read_input(source: str) -> bytes:
    """Return the bytes of a file; ``-`` is standard input.

    Raises:
        StorageError: It could not be read.
    """
    try:
        if source == STANDARD:
            import asyncio  # as below

            return await asyncio.to_thread(sys.stdin.buffer.read)
        import aiofiles  # standard input needs none

        async with aiofiles.open(source, "rb") as file:
            return await file.read()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise StorageError(f"{source} could not be read: {_reason(error)}", source=source) from error


def decode(content: bytes, source: str) -> str:
    """Return the text of a file; a byte order mark is none of it.

    Raises:
        PromptFormatError: It is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        name = "standard input" if source == STANDARD else source
        raise PromptFormatError(f"{name} is not UTF-8 (byte {error.start + 1})", help="convert it to UTF-8") from None


async def write_output(target: Path, content: bytes) -> None:
    """Write a file whole or not at all; a device or a pipe is written to as it is.

    Raises:
        StorageError: It could not be written; a file that was there is as it was.
    """
    import asyncio  # what is known is written without the event loop

    await asyncio.to_thread(write_now, target, content)


def write_now(target: Path, content: bytes) -> None:
    """Write a file as `write_output` does, in this thread.

    Raises:
        StorageError: It could not be written; a file that was there is as it was.
    """
    try:
        _write(target, content)
    except (OSError, ValueError) as error:
        raise StorageError(f"{target} could not be written: {_reason(error)}", source=str(target)) from error


def _write(target: Path, content: bytes) -> None:
    # A link is written through, as a shell's > does.
    real = Path(os.path.realpath(target))
    mode = real.stat().st_mode if real.exists() else None
    if mode is not None and not stat.S_ISREG(mode):
        real.write_bytes(content)
        return
    import tempfile  # standard output needs none

    handle, name = tempfile.mkstemp(prefix=f".{real.name}.", dir=real.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(stat.S_IMODE(mode) if mode is not None else 0o666 & ~_umask())
        Path(name).replace(real)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _umask() -> int:
    # There is no way to ask for it but to set it.
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
