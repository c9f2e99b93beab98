"""Errors of templates, each with its place in the source."""

from collections.abc import Iterable
from typing import NamedTuple


class Span(NamedTuple):
    r"""A range of a template's source; `\n`, `\r\n` and `\r` end a line."""

    offset: int  # of the first character, in code points from 0
    line: int  # of the first character, from 1
    column: int  # of the first character, in code points from 1
    end: int  # the offset after the last character

    @property
    def bounds(self) -> tuple[int, int]:
        """The offsets of the first character and after the last."""
        return self.offset, self.end


_MAX_LENGTH = 200


def did_you_mean(name: str, candidates: Iterable[object]) -> str:
    """Return `did you mean 'x'?` for the candidate nearest to `name`, or an empty text."""
    from difflib import get_close_matches

    if len(name) > _MAX_LENGTH:  # comparing takes the product of their lengths
        return ""
    names = [candidate for candidate in candidates if isinstance(candidate, str) and len(candidate) <= _MAX_LENGTH]
    nearest = get_close_matches(name, names[:1000], n=1, cutoff=0.6)
    return f"did you mean {nearest[0]!r}?" if nearest else ""


def else_if(name: str, condition: str = "") -> str:
    """Return how to write `{{else if}}` if a name is the word of another language for it."""
    is_else_if = name in {"elseif", "elif", "elsif", "elseIf"}
    return f"write {{{{else if {condition or 'x'}}}}}" if is_else_if else ""


class HandlebarsError(Exception):
    """A template, or the partial `name`, that cannot be parsed or rendered.

    The message tells the problem and the fix, without the place and without values of the data.
    """

    def __init__(self, message: str, span: Span, name: str | None = None) -> None:
        super().__init__(message, span, name)
        self.message = message
        self.span = span
        self.name = name

    def __str__(self) -> str:
        place = f"line {self.span.line}, column {self.span.column}"
        return f"{self.name}, {place}: {self.message}" if self.name else f"{place}: {self.message}"


class HandlebarsSyntaxError(HandlebarsError):
    """Invalid source: the grammar, a limit or an unsupported feature."""


STACK_EXHAUSTED = "the template is nested too deeply for the stack that is left"


def stack_exhausted(name: str | None) -> HandlebarsSyntaxError:
    """Create the error of a template for which Python's stack is too small."""
    return HandlebarsSyntaxError(STACK_EXHAUSTED, Span(0, 1, 1, 0), name)


class HandlebarsRenderError(HandlebarsError):
    """Data, helpers or partials that a template cannot be rendered with."""


class HelperError(Exception):
    """Error raised by a helper: the expected value, but no value of the data. Rendering adds helper and place."""
