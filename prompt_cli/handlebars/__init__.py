"""Handlebars for Python: the templates of handlebars.js 4.7, rendered safely.

The package imports nothing else of prompt-cli. It parses templates into frozen nodes and compiles them to closures,
never to Python source. Data are read as JSON; templates cannot reach an attribute or method of a Python object.

>>> from prompt_cli.handlebars import compile
>>> compile("{{#each names}}{{this}}{{#unless @last}}, {{/unless}}{{/each}}").render({"names": ["Ada", "Alan"]})
'Ada, Alan'
"""

from __future__ import annotations

from .compiler import CompiledTemplate, compile  # noqa: A004 - the name in handlebars.js
from .errors import HandlebarsError, HandlebarsRenderError, HandlebarsSyntaxError, HelperError, Span
from .helpers import (
    HELPERS,
    PROMPT_HELPERS,
    Helper,
    HelperFunction,
    HelperOptions,
    SafeString,
)
from .nodes import (
    BlockStatement,
    BooleanLiteral,
    CommentStatement,
    ContentStatement,
    Expression,
    Hash,
    MustacheStatement,
    Node,
    NullLiteral,
    NumberLiteral,
    PartialBlockStatement,
    PartialStatement,
    PathExpression,
    Program,
    Source,
    Statement,
    StringLiteral,
    SubExpression,
    Template,
    UndefinedLiteral,
    programs,
    span_of,
    walk,
)
from .parser import parse
from .partials import JsonValue, Partial, Partials, PartialSource, PartialUse, partial_uses
from .runtime import PROMPT_OPTIONS, Limits, Options
from .value_types import ValueType

__all__ = [
    "HELPERS",
    "PROMPT_HELPERS",
    "PROMPT_OPTIONS",
    "BlockStatement",
    "BooleanLiteral",
    "CommentStatement",
    "CompiledTemplate",
    "ContentStatement",
    "Expression",
    "HandlebarsError",
    "HandlebarsRenderError",
    "HandlebarsSyntaxError",
    "Hash",
    "Helper",
    "HelperError",
    "HelperFunction",
    "HelperOptions",
    "JsonValue",
    "Limits",
    "MustacheStatement",
    "Node",
    "NullLiteral",
    "NumberLiteral",
    "Options",
    "Partial",
    "PartialBlockStatement",
    "PartialSource",
    "PartialStatement",
    "PartialUse",
    "Partials",
    "PathExpression",
    "Program",
    "SafeString",
    "Source",
    "Span",
    "Statement",
    "StringLiteral",
    "SubExpression",
    "Template",
    "UndefinedLiteral",
    "ValueType",
    "compile",
    "parse",
    "partial_uses",
    "programs",
    "span_of",
    "walk",
]
