"""Shapes of templates: their syntax trees without comments and notation, to tell whether two render alike."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple, TypeAlias

from prompt_cli.domain.prompt import Prompt
from prompt_cli.domain.template import parse_template
from prompt_cli.errors import TemplateSyntaxError
from prompt_cli.handlebars import (
    CommentStatement,
    ContentStatement,
    Node,
    PartialBlockStatement,
    PartialStatement,
    PathExpression,
    Program,
    Statement,
    SubExpression,
    Template,
)
from prompt_cli.handlebars.nodes import original
from prompt_cli.problems import DataPath


class Key(NamedTuple):
    """The first segment of a path, which may be the name of a variable."""

    name: str


Token: TypeAlias = str | int | float | Key | None
Shape: TypeAlias = tuple[Token, ...]

# Positions, and notation without effect: prompts do not escape HTML.
_IGNORED = frozenset({"offset", "end", "origin", "open_end", "original", "escaped"})


class TemplateTexts:
    """A cache of parsed templates and their shapes, by text; the shape of another language is the text itself."""

    def __init__(self, *, is_handlebars: bool = True) -> None:
        self.is_handlebars = is_handlebars
        self._parsed: dict[str, Template] = {}
        self._shapes: dict[str, Shape] = {}

    def parse(self, content: str, prompt_id: str, path: DataPath) -> Template:
        """Parse a template; its prompt and its path are for errors."""
        if content not in self._parsed:
            try:
                self._parsed[content] = parse_template(content, prompt_id)
            except TemplateSyntaxError as error:
                error.data_path = path
                raise
        return self._parsed[content]

    def shapes(self, prompt: Prompt) -> tuple[Shape, ...]:
        """Return the shapes of a prompt's templates."""
        for path, content in prompt.templates.items():
            if content not in self._shapes:
                handlebars = self.is_handlebars
                self._shapes[content] = _shape(self.parse(content, prompt.id, path)) if handlebars else (content,)
        return tuple(map(self.shape, prompt.templates.values()))

    def shape(self, content: str) -> Shape:
        """Return the shape of a template of a prompt that was passed to `shapes`."""
        return self._shapes[content]

    def same(self, old: str, new: str) -> bool:
        """Return whether two templates have the same shape; different texts were passed to `shapes`."""
        return old == new or self.shape(old) == self.shape(new)


def match_names(old: Shape, new: Shape, names: Mapping[str, str]) -> Mapping[str, str] | None:
    """Return the new names of keys by their old ones, with names from other templates; None if more differs."""
    if len(old) != len(new):
        return None
    new_names = dict(names)
    for before, after in zip(old, new, strict=True):
        if isinstance(before, Key) and isinstance(after, Key):
            if new_names.setdefault(before.name, after.name) != after.name:
                return None
        elif before != after:
            return None
    return new_names


def _shape(template: Template) -> Shape:
    """Return a template as tokens; templates of one shape render alike with any data."""
    tokens: list[Token] = []
    pending: list[object] = [template.program]
    while pending:  # no recursion: a chain of `else if` is as deep as it is long
        item = pending.pop()
        if isinstance(item, Key):
            tokens.append(item)
        elif isinstance(item, Node):
            tokens.append(type(item).__name__)
            pending.extend(reversed(list(_fields(item))))
        elif isinstance(item, tuple):
            tokens.append(len(item))
            pending.extend(reversed(item))
        else:
            tokens.append(item)  # type: ignore[arg-type] # the other fields of nodes are scalars
    return tuple(tokens)


def _fields(node: Node) -> Iterator[object]:
    if isinstance(node, Program):
        yield from (_without_comments(node.body), node.block_params, node.chained)
        return
    if isinstance(node, PathExpression):
        yield from (node.data, node.depth, node.scoped, len(node.parts))
        yield from map(Key, node.parts[:1])
        yield from node.parts[1:]
        # Helpers are called by the original name: `a/b` is not `a.b`.
        yield node.original.replace(node.parts[0], "", 1) if node.parts else node.original
        return
    for name, field in zip(node._fields, node, strict=True):
        if name == "name" and isinstance(node, PartialStatement | PartialBlockStatement):
            yield field if isinstance(field, SubExpression) else original(node.name)
        elif name not in _IGNORED:
            yield field


def _without_comments(body: Iterable[Statement]) -> tuple[object, ...]:
    """Drop comments, and join the texts around them."""
    items: list[object] = []
    statements = (one for one in body if not isinstance(one, CommentStatement))
    for is_text, group in groupby(statements, lambda one: isinstance(one, ContentStatement)):
        if not is_text:
            items.extend(group)
        elif text := "".join(one.value for one in group if isinstance(one, ContentStatement)):
            items.append(("text", text))
    return tuple(items)
