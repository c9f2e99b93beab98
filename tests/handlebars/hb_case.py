"""A template with data and what it renders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from prompt_cli.handlebars import HandlebarsError, Options
from prompt_cli.handlebars import compile as compile_template
from tests.handlebars.hb_helpers import HELPERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ERROR = None
"""The result of a case that cannot be parsed or rendered."""


class Case(NamedTuple):
    """A template with all it needs, rendered as handlebars.js does by default: escaped for HTML.

    Attributes:
        template: The template.
        context: What it is rendered with.
        expected: What it renders, ERROR if that is an error.
        partials: Partials by name.
        helpers: The names of helpers, of those both sides have.
        data: Data variables.
        escape: Whether it is escaped for HTML.
    """

    template: str
    context: Any
    expected: str | None
    partials: Mapping[str, str] = {}
    helpers: Sequence[str] = ()
    data: dict[str, Any] | None = None
    escape: bool = True

    def render(self) -> str | None:
        """Our result."""
        options = Options(escape=self.escape)
        helpers = {name: HELPERS[name] for name in self.helpers}
        try:
            compiled = compile_template(self.template, partials=self.partials, helpers=helpers, options=options)
            return compiled.render(self.context, data=self.data)
        except HandlebarsError:
            return ERROR

    def question(self) -> dict[str, object]:
        """The case as it is put to handlebars.js."""
        return {
            "template": self.template,
            "context": self.context,
            "partials": self.partials,
            "helpers": self.helpers,
            "data": self.data,
            "options": {"noEscape": not self.escape},
        }
