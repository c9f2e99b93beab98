"""What partials are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .ast import Template
from .parser import parse
from .source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from .api import CompiledTemplate
    from .options import Limits, Options

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
PartialSource: TypeAlias = "str | Template | CompiledTemplate | Partial"
Partials: TypeAlias = "Mapping[str, PartialSource] | Callable[[str], PartialSource | None]"


class Partial(NamedTuple):
    """A partial with what is known about the context it is given.

    Attributes:
        template: The partial.
        defaults: Values for keys that context lacks, if it is an object.
        variables: Names that are data in it, even where a helper has the same name.
        partials: What it includes, if that is not found where its includer finds partials: an old version of it goes
            on including the old versions of those. A callable is known again by equality, a mapping by identity.
    """

    template: str | Template | CompiledTemplate
    defaults: Mapping[str, object] = {}
    variables: Collection[str] = ()
    partials: Partials | None = None


class FoundPartial(NamedTuple):
    """A partial that was looked up.

    Attributes:
        template: Its syntax tree.
        defaults: Values for keys its context lacks.
        variables: Names that are data in it.
        options: How it is rendered, if it brings that along.
        compiled: It, compiled, if it comes so.
        sources: Where it finds what it includes.
    """

    template: Template
    defaults: Mapping[str, object]
    variables: Collection[str]
    options: Options | None
    compiled: CompiledTemplate | None
    sources: PartialSources


class PartialSources:
    """Looks partials up and parses them, each once.

    Args:
        partials: The partials.
        limits: How deep templates may be nested.
        known: The sources made so far for the partials of partials, so that those many include are made once.

    Attributes:
        partials: The partials.
    """

    __slots__ = ("_found", "_known", "_limits", "partials")

    def __init__(
        self, partials: Partials | None, limits: Limits, known: dict[object, PartialSources] | None = None
    ) -> None:
        self.partials = partials
        self._limits = limits
        self._found: dict[str, FoundPartial | None] = {}
        self._known = known

    def find(self, name: str) -> FoundPartial | None:
        """The partial of this name, if there is one.

        Raises:
            HandlebarsSyntaxError: It is no template.
        """
        if name not in self._found:
            self._found[name] = self._look_up(name)
        return self._found[name]

    def _look_up(self, name: str) -> FoundPartial | None:
        partials = self.partials
        if partials is None:
            return None
        source = partials(name) if callable(partials) else partials.get(name)
        if source is None:
            return None
        partial = source if isinstance(source, Partial) else Partial(source)
        template, variables, options, compiled = partial.template, partial.variables, None, None
        if not isinstance(template, str | Template):
            compiled = None if partial.variables else template
            options = template.options
            variables = variables or template.variables
            template = template.template
        if isinstance(template, str):
            template = parse(template, name=name, limits=self._limits)
        elif template.name is None:
            template = template._replace(origin=Source(template.source, name))
        sources = self._sources_of(partial.partials)
        return FoundPartial(template, partial.defaults, variables, options, compiled, sources)

    def _sources_of(self, partials: Partials | None) -> PartialSources:
        if partials is None or partials is self.partials:
            return self
        if not (callable(partials) or partials):
            return PartialSources(partials, self._limits)  # there is nothing to be known again by
        if self._known is None:  # most need none, and one that knows itself is let go only by the garbage collector
            self._known = {} if self.partials is None else {_identity(self.partials): self}
        identity = _identity(partials)
        if identity not in self._known:
            self._known[identity] = PartialSources(partials, self._limits, self._known)
        return self._known[identity]


def _identity(partials: Partials) -> object:
    return partials if callable(partials) else id(partials)
