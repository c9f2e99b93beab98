"""The JSON Schema of a prompt's file, for editors and other tools."""

from __future__ import annotations

import re
from typing import Any

from pydantic.alias_generators import to_camel

from prompt_cli.domain.prompt import Prompt

_WORDS = {"chat_template": "messages"}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# An attribute in a docstring of Google's style: its name and description, with continuation lines.
_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n        .*)*)", re.MULTILINE)


def prompt_schema() -> dict[str, Any]:
    """Return the JSON Schema of a prompt's file.

    ``validate`` checks the rest: that templates can be parsed, that variables are declared.

    Source: JSON Schema, draft 2020-12 (https://json-schema.org/draft/2020-12).
    """
    schema = Prompt.model_json_schema(by_alias=True)
    for one in (schema, *schema["$defs"].values()):
        _describe(one)
    return {
        "$schema": _DIALECT,
        **_untitled(schema),
        "title": "Prompt",
        "if": {"properties": {"format": {"const": "chat"}}, "required": ["format"]},
        "then": {"required": ["messages"], "not": {"required": ["template"]}},
        "else": {"required": ["template"], "not": {"required": ["messages"]}},
    }


def _describe(schema: dict[str, Any]) -> None:
    """Describe a schema by the first paragraph of the docstring, and its properties by the attributes."""
    docstring = schema.pop("description", "")
    for name, text in _ATTRIBUTE.findall(docstring.partition("Attributes:\n")[2]):
        if (field := schema.get("properties", {}).get(_WORDS.get(name, to_camel(name)))) is not None:
            field["description"] = " ".join(text.replace("``", "`").split())
    schema["description"] = " ".join(docstring.partition("\n\n")[0].replace("``", "`").split())


def _untitled(value: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Drop titles, which repeat names, and defaults of null, which only mark a key as optional."""
    if isinstance(value, list):
        return [_untitled(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _untitled(one)
        for key, one in value.items()
        if not (key == "title" and isinstance(one, str)) and not (key == "default" and one is None)
    }
