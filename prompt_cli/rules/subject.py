"""What rules look at: a prompt, what it includes, and what can be learned of both once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from prompt_cli.domain.declared import all_specs
from prompt_cli.errors import Region
from prompt_cli.handlebars import BlockStatement, programs
from prompt_cli.resolution import faults
from prompt_cli.rules.reading import read_by
from prompt_cli.rules.trials import try_examples
from prompt_cli.yaml.nodes import Lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompt_cli.domain.renderable import Renderable
    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.errors import DataPath
    from prompt_cli.handlebars import Node, Program, Reference, WrongCall
    from prompt_cli.resolution import Inclusion, ResolvedPrompt
    from prompt_cli.rules.past import Past
    from prompt_cli.rules.reading import Reading
    from prompt_cli.rules.rule import Match
    from prompt_cli.rules.trials import Trial


class Subject:
    """A prompt to check.

    Args:
        resolved: The prompt, with what it includes.
        renderable: It bound to an engine; None where it cannot be.
        past: What it was; None where it is compared with nothing.

    Attributes:
        prompt: The prompt; None where its file is broken.
        id: The id its path gives it: what its own templates are called.
    """

    def __init__(self, resolved: ResolvedPrompt, renderable: Renderable | None, past: Past | None = None) -> None:
        self.resolved = resolved
        self.prompt: Final = resolved.loaded.prompt
        self.renderable = renderable
        self.past = past
        self.id: Final = resolved.loaded.id

    @property
    def references(self) -> Mapping[DataPath, tuple[Reference, ...]]:
        """What each template reads, its partials included, by the template's path in the data."""
        return self.reading.references

    @cached_property
    def reading(self) -> Reading:
        """What the templates read, and which of them have partials that cannot be followed."""
        return read_by(self.resolved)

    @property
    def wrong_calls(self) -> Mapping[DataPath, tuple[WrongCall, ...]]:
        """The calls in each template that cannot work."""
        return self.reading.wrong_calls

    @cached_property
    def faults(self) -> tuple[Inclusion, ...]:
        """What its own templates include and cannot."""
        return tuple(faults(self.resolved))

    @cached_property
    def programs(self) -> Mapping[DataPath, tuple[tuple[Program, Node, bool], ...]]:
        """The programs of each template, as they are entered and left: several rules go through them."""
        return {path: tuple(programs(template)) for path, template in self.resolved.templates.items()}

    @cached_property
    def blocks(self) -> Mapping[DataPath, tuple[BlockStatement, ...]]:
        """The blocks of each template, at any depth."""
        return {
            path: tuple(
                [
                    one
                    for program, _, entered in found
                    if entered
                    for one in program.body
                    if isinstance(one, BlockStatement)
                ]
            )
            for path, found in self.programs.items()
        }

    @cached_property
    def specs(self) -> tuple[tuple[DataPath, VariableSpec], ...]:
        """The specs of its variables at any depth, with their paths in the data."""
        return tuple(all_specs(self.prompt.variables)) if self.prompt else ()

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """What comes of its examples."""
        return try_examples(self.prompt, self.renderable)

    @cached_property
    def text(self) -> str:
        """The text of the file, which may be broken; empty where it is too large to be looked through."""
        loaded = self.resolved.loaded
        return "" if any(one.kind == "too_large" for one in loaded.problems) else loaded.text

    @cached_property
    def lines(self) -> Lines:
        """The lines of that text."""
        return Lines(self.text)

    def region(self, match: Match) -> Region:
        """Return where in the file a match is."""
        source = self.resolved.loaded.source
        if match.region is not None or source is None:
            return match.region or Region(1, 1, 1, 1)
        if match.key:
            return source.key_region(match.path)
        return source.region(match.path) if match.span is None else source.value_region(match.path, *match.span)
