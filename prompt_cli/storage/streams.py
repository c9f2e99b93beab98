"""Input and output streams of the command line: standard input, files of values, files to write."""

import errno
import json
import os
import re
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from prompt_cli.domain.json_values import DuplicateKeyError, JsonObject, NumberRangeError, is_object, parse_json
from prompt_cli.errors import PromptFormatError, StorageError
from prompt_cli.history.git_directory import top_of
from prompt_cli.problems import Location, Problem, Region
from prompt_cli.storage.scan import LONGEST_PATH, check_links
from prompt_cli.yaml.nodes import Lines
from prompt_cli.yaml.text import MAX_BYTES

STANDARD = "-"  # the name of standard input and standard output on the command line
MAX_INPUT_BYTES = 256 << 20  # maximum size of a file of values or of standard input; values may hold several images
_VALUES_HELP = "write one per line, as in 'name: Ada', or a JSON object"
# Patterns are compiled on use: only errors need one.
_STRING_OR_NUMBER = r'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|-?Infinity|NaN'
_KEY_OR_BRACE = r'(?P<key>"(?:[^"\\]|\\.)*+")(?=\s*+:)|"(?:[^"\\]|\\.)*+"|[{}]'


async def read_input(source: str, at_most: int = MAX_INPUT_BYTES + 1) -> bytes:
    """Return the bytes of a file, or as many of them; ``-`` is standard input. Devices such as /dev/zero never end."""
    name = "standard input" if source == STANDARD else source
    content: bytes
    try:
        if source == STANDARD:
            import asyncio  # most commands read no input

            content = await asyncio.to_thread(sys.stdin.buffer.read, at_most)
        else:
            import aiofiles  # as above

            async with aiofiles.open(source, "rb") as file:
                content = await file.read(at_most)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise StorageError(f"{name} could not be read: {_reason(error)}", path=source) from error
    if len(content) > MAX_INPUT_BYTES:
        message = f"{name} could not be read: it has more than {MAX_INPUT_BYTES:,} bytes"
        raise StorageError(message, path=source, transient=False)
    return content


def decode(content: bytes, source: str) -> str:
    """Return the text of a file without its byte order mark; raise a PromptFormatError if it is not UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        name = "standard input" if source == STANDARD else source
        raise PromptFormatError(f"{name} is not UTF-8 (byte {error.start + 1})", help="convert it to UTF-8") from None


async def write_output(target: Path, content: bytes) -> None:
    """Replace a file as a whole, or write to a device or a pipe; after a StorageError an existing file is unchanged."""
    import asyncio  # most commands write no file

    await asyncio.to_thread(write_file, target, content)


def write_file(target: Path, content: bytes) -> None:
    """Write a file synchronously; see `write_output`."""
    try:
        _write(target, content)
    except (OSError, ValueError) as error:
        help_ = "create its directory first" if isinstance(error, FileNotFoundError) else ""
        raise StorageError(f"{target} could not be written: {_reason(error)}", path=str(target), help=help_) from error


def parse_values(content: bytes, source: str) -> JsonObject:
    """Return values for variables by name, from an object in JSON (RFC 8259) or YAML; errors name the source."""
    source = "standard input" if source == STANDARD else source
    # The JSON reader comes first: the YAML reader limits size and depth.
    values = _json(content, source) if content.lstrip()[:1] == b"{" else _yaml(content, source)
    if not is_object(values):
        message = "values must be an object with a value for each variable"
        raise PromptFormatError(message).at(Location(source))
    return values  # type: ignore[return-value] # an object out of JSON or YAML holds JSON values


def _write(target: Path, content: bytes) -> None:
    if len(str(target)) > LONGEST_PATH:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    absolute = Path(os.path.abspath(target))  # noqa: PTH100 - resolve() follows links
    if top := top_of(absolute.parent):
        check_links(absolute, top, "remove the link, or name another file")
    real = Path(os.path.realpath(target))  # a link is followed, as by a shell's >
    mode = real.stat().st_mode if real.exists() else None
    if mode is not None and not stat.S_ISREG(mode):
        real.write_bytes(content)
        return
    from prompt_cli.storage.files import FileSystem, write_new  # as above

    temporary = real.with_name(f".{real.name}.{os.urandom(4).hex()}")
    try:
        write_new(FileSystem(), temporary, content, None if mode is None else stat.S_IMODE(mode))
        temporary.replace(real)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _json(content: bytes, source: str) -> object:
    try:
        return parse_json(content.decode())
    except json.JSONDecodeError as error:
        with suppress(PromptFormatError):  # a flow mapping of YAML begins like JSON
            if values := _yaml(content, ""):
                return values
        region = Region(error.lineno, error.colno, error.lineno, error.colno + 1)
        _refuse(Problem(f"not valid JSON: {error.msg}", "json_syntax", (), "", region), source)
    except NumberRangeError as error:
        number = _region_of_number(content.decode())
        _refuse(Problem(str(error), "long_number", (), "write it in quotes", number), source)
    except DuplicateKeyError as error:
        key = _region_of_second_key(content.decode())
        _refuse(Problem(str(error), "duplicate_key", (), "remove one of them", key), source)
    except UnicodeDecodeError as error:
        raise PromptFormatError(f"not UTF-8 (byte {error.start})").at(Location(source)) from None
    except RecursionError:
        raise PromptFormatError("nested too deep").at(Location(source)) from None


def _refuse(problem: Problem, source: str) -> NoReturn:
    # Without the text, because a quoted line would show values.
    raise PromptFormatError(problem.message, problems=[problem]).at(Location(source, problem.region)) from None


def _region_of_second_key(text: str) -> Region | None:
    """Return the region of the first duplicate key of an object."""
    keys: list[set[str]] = []
    for match in re.finditer(_KEY_OR_BRACE, text):
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
    """Return the region of the first number out of range."""
    lines = Lines(text)
    for match in re.finditer(_STRING_OR_NUMBER, text):
        try:
            parse_json(match[0])
        except NumberRangeError:
            return lines.region(match.start(), match.end())
    return None


def _yaml(content: bytes, source: str) -> object:
    from prompt_cli.yaml.source import YamlSource  # most values are JSON

    try:
        return YamlSource.parse(content).data
    except PromptFormatError as error:
        problems = [_reword(one) for one in error.problems]
        message, advice = (problems[0].message, problems[0].help) if len(problems) == 1 else (str(error), "")
        location = Location(source, problems[0].region)  # without the text, as above
        raise PromptFormatError(message, problems=problems, help=advice).at(location) from None


_VALUES_MESSAGES = {
    "empty": ("the values file is empty", _VALUES_HELP),
    "not_mapping": ("values must be an object with a value for each variable", _VALUES_HELP),
    "several_documents": ("a second document begins here", "pass each document as a file of its own"),
    "too_large": (f"a YAML file of values is limited to {MAX_BYTES:,} bytes", "write it as JSON"),
}


def _reword(problem: Problem) -> Problem:
    """Replace a message of the YAML reader about a prompt's file."""
    message, advice = _VALUES_MESSAGES.get(problem.kind, (problem.message, problem.help))
    return problem._replace(message=message, help=advice)
