"""When two templates say the same: their syntax trees, without comments and without how they are written."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from prompt_cli.domain.template import parse_template
from prompt_cli.errors import TemplateSyntaxError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.errors import DataPath
    from prompt_cli.handlebars import Node, Statement, Template


class Key(NamedTuple):
    """The first key a path reads: the one place where a variable's name stands in a template."""

    name: str


Token: TypeAlias = str | int | float | Key | None
Shape: TypeAlias = tuple[Token, ...]

# Where something stands, and how it is written where that says nothing: prompts escape no HTML.
_UNSAID = frozenset({"offset", "end", "origin", "open_end", "original", "escaped"})


class Texts:
    """Templates, each parsed once."""

    def __init__(self) -> None:
        self._parsed: dict[str, Template] = {}
        self._shapes: dict[str, Shape] = {}

    def parsed(self, content: str, prompt_id: str, path: DataPath) -> Template:
        """Parse a template.

        Args:
            content: The template's text.
            prompt_id: The prompt it is of, for an error.
            path: Where in the prompt's data, for an error.

        Raises:
            TemplateSyntaxError: It cannot be parsed.
        """
        if content not in self._parsed:
            try:
                self._parsed[content] = parse_template(content, prompt_id)
            except TemplateSyntaxError as error:
                error.context["path"] = path
                raise
        return self._parsed[content]

    def shapes(self, prompt: Prompt) -> tuple[Shape, ...]:
        """Return what the templates of a prompt say; raises as `parsed` does."""
        for path, content in prompt.templates.items():
            if content not in self._shapes:
                self._shapes[content] = shape(self.parsed(content, prompt.id, path))
        return tuple(map(self.shape, prompt.templates.values()))

    def shape(self, content: str) -> Shape:
        """Return what a template says that was asked for by `shapes`."""
        return self._shapes[content]

    def same(self, old: str, new: str) -> bool:
        """Tell whether two templates say the same; those that differ were asked for by `shapes`."""
        return old == new or self.shape(old) == self.shape(new)


def shape(template: Template) -> Shape:
    """Return what a template says, as tokens: two templates of one shape render alike, whatever the data."""
    from prompt_cli.handlebars import Node  # only where texts differ

    tokens: list[Token] = []
    pending: list[object] = [template.program]
    while pending:  # no recursion: a chain of `else if` is as deep as it is long
        one = pending.pop()
        if isinstance(one, Key):
            tokens.append(one)
        elif isinstance(one, Node):
            tokens.append(type(one).__name__)
            pending.extend(reversed(list(_said(one))))
        elif isinstance(one, tuple):
            tokens.append(len(one))
            pending.extend(reversed(one))
        else:
            tokens.append(one)  # type: ignore[arg-type] # the other fields of nodes are scalars
    return tuple(tokens)


def _said(node: Node) -> Iterator[object]:
    from prompt_cli.handlebars import PartialBlockStatement, PartialStatement, PathExpression, Program, SubExpression
    from prompt_cli.handlebars.nodes import original

    if isinstance(node, Program):
        yield from (_joined(node.body), node.block_params, node.chained)
        return
    if isinstance(node, PathExpression):
        yield from (node.data, node.depth, node.scoped, len(node.parts))
        yield from map(Key, node.parts[:1])
        yield from node.parts[1:]
        # The name that helpers go by: `a/b` is another than `a.b`.
        yield node.original.replace(node.parts[0], "", 1) if node.parts else node.original
        return
    for name, field in zip(node._fields, node, strict=True):
        if name == "name" and isinstance(node, PartialStatement | PartialBlockStatement):
            yield field if isinstance(field, SubExpression) else original(node.name)
        elif name not in _UNSAID:
            yield field


def _joined(body: Iterable[Statement]) -> tuple[object, ...]:
    """Leave comments out, and make one text of those that then meet."""
    from prompt_cli.handlebars import CommentStatement, ContentStatement

    found: list[object] = []
    for meets, run in groupby(
        (one for one in body if not isinstance(one, CommentStatement)), lambda one: isinstance(one, ContentStatement)
    ):
        if not meets:
            found.extend(run)
        elif text := "".join(one.value for one in run if isinstance(one, ContentStatement)):
            found.append(("text", text))
    return tuple(found)


def renamed(old: Shape, new: Shape, names: Mapping[str, str]) -> Mapping[str, str] | None:
    """Return which keys of a template were renamed, where nothing else of it was changed; None where more was.

    Args:
        old: The template as it was.
        new: The template as it is.
        names: What is known of new names by old ones; the answer holds it too.
    """
    if len(old) != len(new):
        return None
    found = dict(names)
    for before, after in zip(old, new, strict=True):
        if isinstance(before, Key) and isinstance(after, Key):
            if found.setdefault(before.name, after.name) != after.name:
                return None
        elif before != after:
            return None
    return found
