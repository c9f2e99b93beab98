"""What the templates of one compilation share: helpers and partials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .compiler import compile_program
from .helpers import BUILT_IN
from .partials import external
from .state import State

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .ast import Template
    from .helpers import Helper, HelperFunction
    from .options import Options
    from .partials import CompiledProgram
    from .runtime import Render
    from .sources import FoundPartial, PartialSources


class Environment:
    """Helpers and partials by name; a partial is compiled when it is first included.

    Attributes:
        helpers: The helpers beside the built-in ones.
        options: How templates are rendered.
        sources: The partials.
    """

    __slots__ = ("_compiled", "_inside", "helpers", "options", "sources")

    def __init__(
        self,
        helpers: Mapping[str, Helper | HelperFunction],
        sources: PartialSources,
        options: Options,
        inside: dict[PartialSources, Environment] | None = None,
    ) -> None:
        """Start with nothing compiled.

        Args:
            helpers: The helpers.
            sources: The partials.
            options: How templates are rendered.
            inside: The environments of partials that have partials of their own, by where they find them.
        """
        self.helpers = helpers
        self.options = options
        self.sources = sources
        self._compiled: dict[str, Render | None] = {}
        self._inside = inside

    @property
    def known(self) -> tuple[str, ...]:
        """The names of all helpers."""
        return (*self.helpers, *BUILT_IN)

    def partial(self, name: str) -> Render | None:
        """The partial of this name, compiled; None if there is none.

        Raises:
            HandlebarsSyntaxError: It is no template.
        """
        if name not in self._compiled:
            found = self.sources.find(name)
            self._compiled[name] = None if found is None else self._external(found)
        return self._compiled[name]

    def _external(self, found: FoundPartial) -> Render:
        program = self._shared(found)
        if program is None:
            inside = self._of(found.sources)
            program = inside.compile(found.template, found.options or self.options, found.variables)
        return external(program, found.defaults)

    def _of(self, sources: PartialSources) -> Environment:
        """The environment of partials that find theirs there."""
        if sources is self.sources:
            return self
        if self._inside is None:  # most need none, and one that knows itself is let go only by the garbage collector
            self._inside = {self.sources: self}
        if sources not in self._inside:
            self._inside[sources] = Environment(self.helpers, sources, self.options, self._inside)
        return self._inside[sources]

    def _shared(self, found: FoundPartial) -> CompiledProgram | None:
        """What a partial was compiled to, if it would be compiled to the same here: many may include it."""
        one = found.compiled
        if one is None or one.template is not found.template or one.options is not self.options:
            return None
        partials = one.environment.sources.partials
        same = one.environment.helpers is self.helpers and partials is found.sources.partials
        return one.program if same and partials is not None else None

    def compile(self, template: Template, options: Options, variables: Collection[str]) -> CompiledProgram:
        """A template as closures."""
        return compile_program(template.program, State(self, template, options, variables))
