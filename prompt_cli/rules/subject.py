"""Trying the examples of a prompt, each once, however many rules ask what came out."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from prompt_cli.domain.binding import try_bind
from prompt_cli.domain.variables import all_specs, defaults_of, spec_at
from prompt_cli.errors import Region, TemplateError, VariableError
from prompt_cli.handlebars import BlockStatement, Examined, HandlebarsSyntaxError, Partial, Reference, examine, programs
from prompt_cli.handlebars.runtime import PROMPT_OPTIONS, Budget
from prompt_cli.resolver import ResolvedPrompt, faults
from prompt_cli.yaml.nodes import Lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prompt_cli.domain.example import Example
    from prompt_cli.domain.message import Message
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.domain.protocols import Renderable
    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.errors import DataPath, Problem
    from prompt_cli.handlebars import Node, Program, Reference, Span, WrongCall
    from prompt_cli.resolver import Inclusion
    from prompt_cli.rules.pc5_versions import VersionContext
    from prompt_cli.rules.rule import Match


class Trial(NamedTuple):
    """What came of rendering an example.

    Attributes:
        example: The example.
        problems: Why its values do not fit.
        messages: What is rendered; None where nothing could be.
        error: Why values that fit could not be rendered.
    """

    example: Example
    problems: Sequence[Problem] = ()
    messages: Sequence[Message] | None = None
    error: TemplateError | None = None


def try_examples(prompt: Prompt | None, renderable: Renderable | None) -> tuple[Trial, ...]:
    """Render the examples of a prompt; where it cannot be rendered, only bind their values."""
    if prompt is None:
        return ()
    if renderable is None:
        budget = Budget(PROMPT_OPTIONS.limits.work)
        return tuple(Trial(one, try_bind(prompt.variables, one.variables, budget).problems) for one in prompt.examples)
    return tuple(_tried(one, renderable) for one in prompt.examples)


def _tried(example: Example, renderable: Renderable) -> Trial:
    try:
        return Trial(example, (), renderable.render_messages(example.variables))
    except VariableError as error:
        return Trial(example, error.problems)
    except TemplateError as error:
        return Trial(example, error=error)


class Reading(NamedTuple):
    """What templates read, by their path in the prompt's data.

    Attributes:
        references: What each reads; of one that is refused, without its partials.
        wrong_calls: The calls in each that cannot work.
        refused: Those whose partials could not be followed.
    """

    references: Mapping[DataPath, tuple[Reference, ...]]
    wrong_calls: Mapping[DataPath, tuple[WrongCall, ...]]
    refused: Mapping[DataPath, HandlebarsSyntaxError]


def read_by(resolved: ResolvedPrompt) -> Reading:
    """Return what the templates of a prompt read."""
    prompt = resolved.loaded.prompt
    if prompt is None:
        return Reading({}, {}, {})
    specs, names, partials = prompt.variables, prompt.declared_names, _partials(resolved, {})

    def type_of(path: tuple[str, ...]) -> str | None:
        spec = spec_at(specs, path)
        return spec.type if spec else None

    found: dict[DataPath, Examined] = {}
    refused: dict[DataPath, HandlebarsSyntaxError] = {}
    for path, template in resolved.templates.items():
        try:
            found[path] = examine(template, partials=partials, variables=names, type_of=type_of)
        except HandlebarsSyntaxError as error:
            refused[path] = error.with_traceback(None)  # its frames hold all that was followed
            found[path] = examine(template, variables=names, type_of=type_of)
    return Reading(
        {path: one.references for path, one in found.items()},
        {path: one.wrong_calls for path, one in found.items()},
        refused,
    )


def inclusion_of(resolved: ResolvedPrompt, path: DataPath, partial_id: str | None) -> Span | None:
    """Return where one of a prompt's own templates includes a partial, directly or not."""
    for one in resolved.uses[path]:
        included = resolved.partials.get(one.name or "")
        if isinstance(included, ResolvedPrompt) and partial_id in _ids(included, {}).values():
            return one.span
    return None


def _ids(resolved: ResolvedPrompt, seen: dict[str, str]) -> dict[str, str]:
    """Return the ids of a prompt and all it includes by their digests: several versions of one may be among them."""
    if resolved.digest not in seen:
        seen[resolved.digest] = resolved.loaded.id
        for one in resolved.partials.values():
            if isinstance(one, ResolvedPrompt):
                _ids(one, seen)
    return seen


def _partials(resolved: ResolvedPrompt, known: dict[str, dict[str, Partial]]) -> dict[str, Partial]:
    """Return what a prompt includes, with what that includes; `known` has what prompts of a digest include."""
    # Two partials that include a third share it: without this, layers of such pairs would take time without bound.
    if resolved.digest in known:
        return known[resolved.digest]
    found: dict[str, Partial] = {}
    known[resolved.digest] = found
    for name, one in resolved.partials.items():
        if isinstance(one, ResolvedPrompt) and one.loaded.prompt is not None and one.templates:
            (template,) = one.templates.values()
            prompt = one.loaded.prompt
            found[name] = Partial(template, defaults_of(prompt.variables), prompt.declared_names, _partials(one, known))
    return found


class Subject:
    """A prompt to check.

    Args:
        resolved: The prompt, with what it includes.
        renderable: It bound to an engine, with one budget for all examples; None where it cannot be.
        past: What it was; None where it is compared with nothing.

    Attributes:
        prompt: The prompt; None where its file is broken.
        id: The id its path gives it: what its own templates are called.
    """

    def __init__(
        self, resolved: ResolvedPrompt, renderable: Renderable | None, past: VersionContext | None = None
    ) -> None:
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
