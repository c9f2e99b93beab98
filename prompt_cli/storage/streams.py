"""Files of values for variables: JSON or YAML."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_cli.domain.json_values import NumberRangeError, is_object, parse_json
from prompt_cli.errors import Location, Problem, PromptFormatError, Region, StorageError
from prompt_cli.yaml.nodes import Lines

if TYPE_CHECKING:
    from prompt_cli.domain.json_values import JsonObject


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|-?Infinity|NaN')


def parse_values(content: bytes, source: str) -> JsonObject:
    """Read values for variables by name.

    Args:
        content: A file's bytes: JSON (RFC 8259), or YAML as prompts are written in.
        source: The name of the source in errors; ``-`` is standard input.

    Raises:
        PromptFormatError: It is neither, or no object; with the line and column where there is one.
    """
    source = "standard input" if source == "-" else source
    # JSON of a size or depth that YAML is not read in is common for data.
    values = _json(content, source) if content.lstrip()[:1] == b"{" else _yaml(content, source)
    if not is_object(values):
        message = "values are an object: the name of each variable and its value"
        raise PromptFormatError(message).at(Location(source))
    return values  # type: ignore[return-value] # an object out of JSON or YAML holds JSON values


def _json(content: bytes, source: str) -> object:
    try:
        return parse_json(content.decode())
    except json.JSONDecodeError as error:
        # A flow mapping of YAML begins as JSON does.
        if values := _yaml_or_none(content):
            return values
        region = Region(error.lineno, error.colno, error.lineno, error.colno + 1)
        problem = Problem(f"no JSON: {error.msg}", "json_syntax", (), "", region)
        raise PromptFormatError(problem.message, problems=[problem]).at(Location(source, region, error.doc)) from None
    except NumberRangeError as error:
        text = content.decode()
        problem = Problem(str(error), "long_number", (), "write it in quotes", _region_of_number(text))
        raise PromptFormatError(problem.message, problems=[problem]).at(
            Location(source, problem.region, text)
        ) from None
    except UnicodeDecodeError as error:
        raise PromptFormatError(f"not UTF-8 (byte {error.start})").at(Location(source)) from None
    except RecursionError:
        raise PromptFormatError("nested too deep").at(Location(source)) from None


def _region_of_number(text: str) -> Region | None:
    """Return where the first number is that no JSON reader has to read."""
    lines = Lines(text)
    for match in _TOKEN.finditer(text):
        try:
            parse_json(match[0])
        except NumberRangeError:
            return lines.region(match.start(), match.end())
    return None


def _yaml_or_none(content: bytes) -> object:
    try:
        return _yaml(content, "")
    except PromptFormatError:
        return None


def _yaml(content: bytes, source: str) -> object:
    from prompt_cli.yaml.source import YamlSource  # JSON is enough for most

    try:
        return YamlSource.parse(content).data
    except PromptFormatError as error:
        text = content.decode("utf-8", "replace")
        raise error.at(Location(source, error.problems[0].region if error.problems else None, text)) from None


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
        raise StorageError(f"{source} could not be read: {_reason(error)}", path=source) from error


def decode(content: bytes, source: str) -> str:
    """Return the text of a file; without a byte order mark.

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
        raise StorageError(f"{target} could not be written: {_reason(error)}", path=str(target)) from error


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
