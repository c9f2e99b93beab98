"""Input and output streams of the command line: standard input, files of values, files to write."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_cli.domain.json_values import DuplicateKeyError, NumberRangeError, is_object, parse_json
from prompt_cli.errors import PromptFormatError, StorageError
from prompt_cli.problems import Location, Problem, Region
from prompt_cli.yaml.nodes import Lines
from prompt_cli.yaml.text import MAX_BYTES

if TYPE_CHECKING:
    from prompt_cli.domain.json_values import JsonObject

STANDARD = "-"
"""The name of standard input and standard output on the command line."""

_ONE_A_LINE = "write one per line, as in 'name: Ada', or a JSON object"
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|-?Infinity|NaN')

_KEY_OR_BRACE = re.compile(r'(?P<key>"(?:[^"\\]|\\.)*+")(?=\s*+:)|"(?:[^"\\]|\\.)*+"|[{}]')


async def read_input(source: str, at_most: int = -1) -> bytes:
    """Return the bytes of a file; ``-`` is standard input.

    Args:
        source: The path of the file.
        at_most: The number of bytes to read; all of them if negative.

    Raises:
        StorageError: The file could not be read.
    """
    try:
        if source == STANDARD:
            import asyncio  # most commands read no input

            return await asyncio.to_thread(sys.stdin.buffer.read, at_most)
        import aiofiles  # as above

        async with aiofiles.open(source, "rb") as file:
            return await file.read(at_most)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise StorageError(f"{source} could not be read: {_reason(error)}", path=source) from error


def decode(content: bytes, source: str) -> str:
    """Return the text of a file without its byte order mark.

    Raises:
        PromptFormatError: The file is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        name = "standard input" if source == STANDARD else source
        raise PromptFormatError(f"{name} is not UTF-8 (byte {error.start + 1})", help="convert it to UTF-8") from None


async def write_output(target: Path, content: bytes) -> None:
    """Replace a file as a whole, or write to a device or a pipe directly.

    Raises:
        StorageError: The file could not be written; an existing file is unchanged.
    """
    import asyncio  # most commands write no file

    await asyncio.to_thread(write_now, target, content)


def write_now(target: Path, content: bytes) -> None:
    """Write a file synchronously; see `write_output`.

    Raises:
        StorageError: The file could not be written; an existing file is unchanged.
    """
    try:
        _write(target, content)
    except (OSError, ValueError) as error:
        raise StorageError(f"{target} could not be written: {_reason(error)}", path=str(target)) from error


def parse_values(content: bytes, source: str) -> JsonObject:
    """Read values for variables by name.

    Args:
        content: The bytes of a file, JSON (RFC 8259) or YAML.
        source: The name of the file for errors; ``-`` is standard input.

    Raises:
        PromptFormatError: The content is not an object in JSON or YAML; with line and column if possible.
    """
    source = "standard input" if source == "-" else source
    # Data is often larger or deeper than the limits of the YAML reader.
    values = _json(content, source) if content.lstrip()[:1] == b"{" else _yaml(content, source)
    if not is_object(values):
        message = "values must be an object with a value for each variable"
        raise PromptFormatError(message).at(Location(source))
    return values  # type: ignore[return-value] # an object out of JSON or YAML holds JSON values


def _write(target: Path, content: bytes) -> None:
    # Links are followed, like a shell's >.
    real = Path(os.path.realpath(target))
    mode = real.stat().st_mode if real.exists() else None
    if mode is not None and not stat.S_ISREG(mode):
        real.write_bytes(content)
        return
    import tempfile  # as above

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
    # The umask can only be read by setting it.
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _json(content: bytes, source: str) -> object:
    try:
        return parse_json(content.decode())
    except json.JSONDecodeError as error:
        # A flow mapping of YAML begins like JSON.
        if values := _yaml_or_none(content):
            return values
        region = Region(error.lineno, error.colno, error.lineno, error.colno + 1)
        problem = Problem(f"not valid JSON: {error.msg}", "json_syntax", (), "", region)
        raise PromptFormatError(problem.message, problems=[problem]).at(Location(source, region, error.doc)) from None
    except NumberRangeError as error:
        text = content.decode()
        problem = Problem(str(error), "long_number", (), "write it in quotes", _region_of_number(text))
        raise PromptFormatError(problem.message, problems=[problem]).at(
            Location(source, problem.region, text)
        ) from None
    except DuplicateKeyError as error:
        text = content.decode()
        problem = Problem(str(error), "duplicate_key", (), "remove one of them", _region_of_second_key(text))
        raise PromptFormatError(problem.message, problems=[problem]).at(
            Location(source, problem.region, text)
        ) from None
    except UnicodeDecodeError as error:
        raise PromptFormatError(f"not UTF-8 (byte {error.start})").at(Location(source)) from None
    except RecursionError:
        raise PromptFormatError("nested too deep").at(Location(source)) from None


def _region_of_second_key(text: str) -> Region | None:
    """Return the region of the first key that its object has already."""
    keys: list[set[str]] = []
    for match in _KEY_OR_BRACE.finditer(text):
        if match[0] == "{":
            keys.append(set())
        elif match[0] == "}":
            keys.pop()
        elif match["key"] is not None:
            key = json.loads(match["key"])
            if key in keys[-1]:
                return Lines(text).region(*match.span("key"))
            keys[-1].add(key)
    return None


def _region_of_number(text: str) -> Region | None:
    """Return the region of the first number that JSON readers may refuse."""
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
    from prompt_cli.yaml.source import YamlSource  # most values are JSON

    try:
        return YamlSource.parse(content).data
    except PromptFormatError as error:
        text = content.decode("utf-8", "replace")
        problems = [_about_values(one) for one in error.problems]
        place = Location(source, problems[0].region if problems else None, text)
        if len(problems) != 1:
            raise PromptFormatError(str(error), problems=problems).at(place) from None
        raise PromptFormatError(problems[0].message, problems=problems, help=problems[0].help).at(place) from None


_ABOUT_VALUES = {
    "empty": ("the values file is empty", _ONE_A_LINE),
    "not_mapping": ("values must be an object with a value for each variable", _ONE_A_LINE),
    "several_documents": ("a second document begins here", "pass each document as a file of its own"),
    "too_large": (f"a YAML file of values is limited to {MAX_BYTES:,} bytes", "write it as JSON"),
}


def _about_values(problem: Problem) -> Problem:
    """Reword a problem of the YAML reader that speaks of the file of a prompt."""
    message, advice = _ABOUT_VALUES.get(problem.kind, (problem.message, problem.help))
    return problem._replace(message=message, help=advice)
