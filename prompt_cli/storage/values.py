"""Files of values for variables: JSON or YAML."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from prompt_cli.domain.values import NumberRangeError, is_object, parse_json
from prompt_cli.errors import Problem, PromptFormatError, Region
from prompt_cli.yaml.nodes import Lines

if TYPE_CHECKING:
    from prompt_cli.domain.values import JsonObject


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|-?Infinity|NaN')


def parse_values(content: bytes, source: str) -> JsonObject:
    """Read values for variables by name.

    Args:
        content: A file's bytes: JSON (RFC 8259), or YAML as prompts are written in.
        source: What to call it in an error; ``-`` is standard input.

    Raises:
        PromptFormatError: It is neither, or no object; with the line and column where there is one.
    """
    source = "standard input" if source == "-" else source
    # JSON of a size or depth that YAML is not read in is common for data.
    values = _json(content, source) if content.lstrip()[:1] == b"{" else _yaml(content, source)
    if not is_object(values):
        raise PromptFormatError("values are an object: the name of each variable and its value", source=source)
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
        raise PromptFormatError(problem.message, problems=[problem], source=source, text=error.doc) from None
    except NumberRangeError as error:
        text = content.decode()
        problem = Problem(str(error), "long_number", (), "write it in quotes", _region_of_number(text))
        raise PromptFormatError(problem.message, problems=[problem], source=source, text=text) from None
    except UnicodeDecodeError as error:
        raise PromptFormatError(f"not UTF-8 (byte {error.start})", source=source) from None
    except RecursionError:
        raise PromptFormatError("nested too deep", source=source) from None


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
        raise PromptFormatError(error.message, problems=error.problems, source=source, text=text) from None
