"""How a template is to be rendered, and how much of everything it may use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Limits(NamedTuple):
    """How much a template may use; going beyond is an error with a position.

    Attributes:
        depth: Blocks and parentheses inside one another in one template.
        partials: Partials inside one another while rendering, recursion included.
        output: Characters written.
        work: Characters of templates gone through and of values that helpers and loops read and make, all together.
    """

    depth: int = 100
    partials: int = 100
    output: int = 10_000_000
    work: int = 50_000_000


class Options(NamedTuple):
    """How to render; the default is handlebars.js for plain text.

    Attributes:
        escape: Whether `{{x}}` is escaped for HTML (`{{{x}}}` and `{{&x}}` never are).
        strict: As in handlebars.js: what is printed or opens a block must exist, and so must what a path goes through.
        missing: "error" makes it an error to read what is missing, except as the condition of `if`, `unless`, `each`
            or `with` and as an argument of `default`, `and`, `or` and `not`.
        objects: What printing an object does: "javascript" writes `[object Object]`, "error" refuses.
        log: Called with the arguments of `{{log ...}}`; nothing is ever written to the output.
        limits: How much it may use.
    """

    escape: bool = False
    strict: bool = False
    missing: Literal["empty", "error"] = "empty"
    objects: Literal["javascript", "error"] = "javascript"
    log: Callable[..., object] | None = None
    limits: Limits = Limits()


PROMPT_OPTIONS = Options(missing="error", objects="error")
"""How prompts are rendered: plain text, and nothing is ever left out in silence."""
