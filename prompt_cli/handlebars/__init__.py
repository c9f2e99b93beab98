"""Handlebars for Python: the templates of handlebars.js 4.7, rendered safely.

The package imports nothing else of prompt-cli. It parses templates into frozen nodes and compiles them to closures,
never to Python source. Data are read as JSON; templates cannot reach an attribute or method of a Python object.

>>> from prompt_cli.handlebars import compile
>>> compile("{{#each names}}{{this}}{{#unless @last}}, {{/unless}}{{/each}}").render({"names": ["Ada", "Alan"]})
'Ada, Alan'
"""

from .compiler import CompiledTemplate as CompiledTemplate
from .compiler import compile as compile  # noqa: A004 - the name in handlebars.js
from .errors import HandlebarsError as HandlebarsError
from .errors import HandlebarsRenderError as HandlebarsRenderError
from .errors import HandlebarsSyntaxError as HandlebarsSyntaxError
from .errors import HelperError as HelperError
from .errors import Span as Span
from .helpers import HELPERS as HELPERS
from .helpers import PROMPT_HELPERS as PROMPT_HELPERS
from .helpers import Helper as Helper
from .helpers import HelperFunction as HelperFunction
from .helpers import HelperOptions as HelperOptions
from .helpers import SafeString as SafeString
from .helpers import ValueType as ValueType
from .nodes import BlockStatement as BlockStatement
from .nodes import BooleanLiteral as BooleanLiteral
from .nodes import CommentStatement as CommentStatement
from .nodes import ContentStatement as ContentStatement
from .nodes import Expression as Expression
from .nodes import Hash as Hash
from .nodes import MustacheStatement as MustacheStatement
from .nodes import Node as Node
from .nodes import NullLiteral as NullLiteral
from .nodes import NumberLiteral as NumberLiteral
from .nodes import PartialBlockStatement as PartialBlockStatement
from .nodes import PartialStatement as PartialStatement
from .nodes import PathExpression as PathExpression
from .nodes import Program as Program
from .nodes import Source as Source
from .nodes import Statement as Statement
from .nodes import StringLiteral as StringLiteral
from .nodes import SubExpression as SubExpression
from .nodes import Template as Template
from .nodes import UndefinedLiteral as UndefinedLiteral
from .nodes import programs as programs
from .nodes import span_of as span_of
from .nodes import walk as walk
from .parser import parse as parse
from .partials import Partial as Partial
from .partials import Partials as Partials
from .partials import PartialSource as PartialSource
from .partials import PartialUse as PartialUse
from .partials import partial_uses as partial_uses
from .runtime import PROMPT_OPTIONS as PROMPT_OPTIONS
from .runtime import Limits as Limits
from .runtime import Options as Options
