"""JSON Schemas of prompts as files write them, for editors, services and other tools."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# An attribute in a docstring of Google's style: its name and description, with continuation lines.
_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n        .*)*)", re.MULTILINE)


def prompt_schema() -> dict[str, Any]:
    """Return the JSON Schema of a prompt's file; `Prompt.model_json_schema()` is the same without its dialect.

    ``validate`` checks the rest: that templates can be parsed, that variables are declared.

    Source: JSON Schema, draft 2020-12 (https://json-schema.org/draft/2020-12).
    """
    from prompt_cli.domain.prompt import Prompt  # which uses this module

    return {"$schema": _DIALECT, **Prompt.model_json_schema()}


def describe(schema: dict[str, Any], aliases: Mapping[str, str]) -> None:
    """Describe a schema by the first paragraph of its docstring, and the properties by the attributes.

    Args:
        schema: The schema as Pydantic makes it, which is changed.
        aliases: The keys of the properties by attribute.
    """
    docstring = schema.pop("description", "")
    properties = schema.get("properties", {})
    for name, text in _ATTRIBUTE.findall(docstring.partition("Attributes:\n")[2].partition("\n\n")[0]):
        if (described := properties.get(aliases.get(name))) is not None:
            described["description"] = _plain(text)
    for described in properties.values():
        described.pop("title", None)  # repeats the name
        if described.get("default", ...) is None:
            del described["default"]  # only marks the key as optional
    del schema["title"]
    schema["description"] = _plain(docstring.partition("\n\n")[0])


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "`").split())
