"""Rules, the prompts that they check, and the matches that they yield."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from prompt_cli.changes.comparison import PromptComparison
from prompt_cli.domain.binding import try_bind
from prompt_cli.domain.example import Example
from prompt_cli.domain.finding import Fix, Severity
from prompt_cli.domain.message import Message
from prompt_cli.domain.variables import VariableSpec, all_specs, data_of, defaults_of, type_reader
from prompt_cli.domain.version import Level, SemanticVersion, declared_level
from prompt_cli.errors import PromptManagerError, TemplateError, VariableError
from prompt_cli.handlebars import HandlebarsSyntaxError, Node, Partial, PartialUse, Program, Span, programs
from prompt_cli.handlebars.analysis import Analysis, analyse
from prompt_cli.handlebars.runtime import PROMPT_OPTIONS, Budget
from prompt_cli.handlebars.uses import Reference
from prompt_cli.problems import DataPath, ModelProblem, Problem, Region, SourceProblem
from prompt_cli.resolver import FailedInclusion, ResolvedPrompt, failed_inclusions
from prompt_cli.yaml.nodes import Lines
from prompt_cli.yaml.positions import DecodedText
from prompt_cli.yaml.source import Comment

if TYPE_CHECKING:
    from prompt_cli.engines.bound import BoundPrompt


class Match(NamedTuple):
    """A match of a rule in a prompt."""

    message: str
    path: DataPath = ()  # of the value in the prompt's data
    help: str = ""  # the one thing to do about it
    span: tuple[int, int] | None = None  # within a text; None for the whole value
    key: bool = False  # whether the key at `path` is meant, not its value
    region: Region | None = None  # in the file; None to compute it from the path
    fix: Fix | None = None


Visit: TypeAlias = "tuple[Program, Node, bool]"
"""A program of a template, its owner, and whether the visit is on entry to the program, not on exit."""


class Reuse(NamedTuple):
    """A version that was committed before with different content, and the abbreviated id of that commit."""

    version: SemanticVersion
    commit: str


class VersionContext(NamedTuple):
    """The history of a changed prompt, as far as its version depends on it."""

    comparison: PromptComparison  # of the prompt at the base with the prompt now
    released_versions: Collection[SemanticVersion] = ()  # in the history of the target branch
    reuse: Reuse | None = None  # the earlier commit of the current version, if its content was different
    deleted: Mapping[str, str] = {}  # ids of deleted prompts, each with the id it was renamed to, or ""
    already_merged: bool = False  # whether the target branch already has this content
    base_suppressions_only: bool = False  # whether only ignore comments of the base file apply
    origin: str = ""  # the branch to measure from and the way to set it, for help; empty if the caller named it

    def free_version(self, version: SemanticVersion) -> SemanticVersion:
        """Return a version if it is above the released ones, else the next one above them."""
        highest = max(self.released_versions, default=None)
        if highest is None or version > highest:
            return version
        old = self.comparison.old_version
        if highest.pre_release:
            return highest.next_pre_release()
        return highest.bump((old and declared_level(old, version)) or Level.PATCH)


class ExampleResult(NamedTuple):
    """The result of rendering an example: its invalid values, else its messages, else the error."""

    example: Example
    problems: Sequence[Problem] = ()
    messages: Sequence[Message] | None = None
    error: TemplateError | None = None


class TemplateAnalysis(NamedTuple):
    """The static analysis of a prompt's templates, by their paths in the data.

    The analysis includes partials, but for the templates in `errors`, whose partials are too many or too deep.
    """

    templates: Mapping[DataPath, Analysis]
    errors: Mapping[DataPath, HandlebarsSyntaxError]


class Subject:
    """A prompt to check.

    The prompt is None if its file is invalid; the id is that of its path, which is also the name of its own templates.
    It is `renderable`, with one budget for all examples, unless it has no example or cannot be rendered because of the
    failure. Without a base to compare with it has no version context.
    """

    def __init__(
        self,
        resolved: ResolvedPrompt,
        renderable: "BoundPrompt | None" = None,
        version_context: VersionContext | None = None,
        failure: PromptManagerError | None = None,
    ) -> None:
        self.resolved = resolved
        self.prompt: Final = resolved.loaded.prompt
        self.renderable = renderable
        self.version_context = version_context
        self.failure = failure
        self.id: Final = resolved.loaded.id

    @property
    def variables(self) -> Mapping[str, VariableSpec]:
        """The variables of the prompt; none if its file is invalid."""
        return self.prompt.variables if self.prompt else {}

    @cached_property
    def specs(self) -> tuple[tuple[DataPath, VariableSpec], ...]:
        """The specs of variables at any depth, with their paths in the data."""
        return tuple(all_specs(self.variables))

    @property
    def answer_specs(self) -> Iterator[tuple[DataPath, VariableSpec]]:
        """The specs of the output and of the parameters of tools at any depth, with their paths in the data."""
        if self.prompt is None:
            return
        if self.prompt.output is not None:
            yield from all_specs({"schema": self.prompt.output.spec}, ("output",))
        for n, tool in enumerate(self.prompt.tools):
            yield from all_specs(tool.parameters, ("tools", n, "parameters"))

    @cached_property
    def analysis(self) -> TemplateAnalysis:
        """The static analysis of the templates."""
        return analyse_templates(self.resolved)

    @cached_property
    def references(self) -> Mapping[DataPath, tuple[Reference, ...]]:
        """The values each template reads, including its partials, by its path in the data."""
        return {path: one.references for path, one in self.analysis.templates.items()}

    @cached_property
    def failed_inclusions(self) -> tuple[FailedInclusion, ...]:
        """The inclusions in its own templates that fail."""
        return tuple(failed_inclusions(self.resolved))

    @property
    def inclusions(self) -> Iterator[tuple[DataPath, PartialUse, ResolvedPrompt]]:
        """The partials that its own templates include, with the place of each."""
        for path, uses in self.resolved.uses.items():
            for use in uses:
                partial = self.resolved.partials.get(use.name or "")
                if isinstance(partial, ResolvedPrompt):
                    yield path, use, partial

    def inclusion_of(self, path: DataPath, partial_id: str | None) -> Span | None:
        """Return the first place in a template of the prompt that includes a partial, directly or not."""
        return self._inclusions[path].get(partial_id or "")

    @cached_property
    def _inclusions(self) -> Mapping[DataPath, Mapping[str, Span]]:
        inclusions: dict[DataPath, dict[str, Span]] = {path: {} for path in self.resolved.uses}
        for path, use, partial in self.inclusions:
            for prompt_id in _ids(partial, {}).values():
                inclusions[path].setdefault(prompt_id, use.span)
        return inclusions

    @cached_property
    def programs(self) -> Mapping[DataPath, tuple[Visit, ...]]:
        """The programs of each template, on entry and on exit."""
        return {path: tuple(programs(template)) for path, template in self.resolved.templates.items()}

    @cached_property
    def example_results(self) -> tuple[ExampleResult, ...]:
        """The results of all examples; if the prompt cannot be rendered, only their values are bound."""
        if self.prompt is None:
            return ()
        if self.renderable is not None:
            return tuple(_try_example(one, self.renderable) for one in self.prompt.examples)
        specs, budget = data_of(self.prompt.variables), Budget(PROMPT_OPTIONS.limits.work)
        return tuple(
            ExampleResult(one, try_bind(specs, one.variables, budget).problems) for one in self.prompt.examples
        )

    @cached_property
    def text(self) -> str:
        """The text of the file, valid or not; empty if it is too large to search."""
        loaded = self.resolved.loaded
        return "" if any(one.kind == "too_large" for one in loaded.problems) else loaded.text

    @cached_property
    def decoded(self) -> DecodedText:
        """The text as a model reads it, with the text of each scalar in place of its YAML."""
        source = self.resolved.loaded.source
        return DecodedText(self.text, source.leaves if source else ())

    @cached_property
    def comments_with_tags(self) -> tuple[Comment, ...]:
        """The comments of the file that hold tags of templates."""
        source = self.resolved.loaded.source
        return tuple(one for one in source.comments() if "{{" in one.text) if source and "#" in source.text else ()

    @cached_property
    def lines(self) -> Lines:
        """The lines of `text`."""
        return Lines(self.text)

    def region(self, match: Match) -> Region:
        """Return the place of a match in the file."""
        source = self.resolved.loaded.source
        if match.region is not None or source is None:
            return match.region or Region(1, 1, 1, 1)
        if match.key:
            return source.key_region(match.path)
        return source.region(match.path) if match.span is None else source.value_region(match.path, *match.span)


def analyse_templates(resolved: ResolvedPrompt) -> TemplateAnalysis:
    """Return the static analysis of a prompt's templates."""
    prompt = resolved.loaded.prompt
    if prompt is None:
        return TemplateAnalysis({}, {})
    names, type_of = prompt.declared_names, type_reader(prompt.variables)
    partials = partial_templates(resolved)
    results: dict[DataPath, Analysis] = {}
    errors: dict[DataPath, HandlebarsSyntaxError] = {}
    for path, template in resolved.templates.items():
        each = prompt.each_at(path)
        try:
            results[path] = analyse(template, partials=partials, variables=names, type_of=type_of, each=each)
        except HandlebarsSyntaxError as error:
            errors[path] = error.with_traceback(None)  # its frames would keep all partials in memory
            results[path] = analyse(template, variables=names, type_of=type_of, each=each)
    return TemplateAnalysis(results, errors)


def _ids(resolved: ResolvedPrompt, ids: dict[str, str]) -> dict[str, str]:
    """Add the ids of a prompt and its partials by digest, as several versions of one prompt may be included."""
    if resolved.digest not in ids:
        ids[resolved.digest] = resolved.loaded.id
        for one in resolved.partials.values():
            if isinstance(one, ResolvedPrompt):
                _ids(one, ids)
    return ids


def partial_templates(
    resolved: ResolvedPrompt, cache: dict[str, dict[str, Partial]] | None = None
) -> dict[str, Partial]:
    """Return the partials of a prompt, with theirs; without the cache, shared ones would take 2**depth steps."""
    cache = {} if cache is None else cache
    if resolved.digest in cache:
        return cache[resolved.digest]
    partials: dict[str, Partial] = {}
    cache[resolved.digest] = partials
    for name, one in resolved.partials.items():
        if isinstance(one, ResolvedPrompt) and one.loaded.prompt is not None and one.templates:
            (template,) = one.templates.values()
            prompt = one.loaded.prompt
            nested = partial_templates(one, cache)
            partials[name] = Partial(template, defaults_of(prompt.variables), prompt.declared_names, nested)
    return partials


def _try_example(example: Example, renderable: "BoundPrompt") -> ExampleResult:
    try:
        return ExampleResult(example, (), renderable.render_messages(example.variables))
    except VariableError as error:
        return ExampleResult(example, error.problems)
    except TemplateError as error:
        return ExampleResult(example, error=error)


Check: TypeAlias = Callable[[Subject], Iterable[Match]]
FixProblem: TypeAlias = Callable[[Subject, "Problem"], "Fix | None"]
Files: TypeAlias = Mapping[str, str]
"""An example: texts of files by prompt id. The rule checks the first."""


class Rule(NamedTuple):
    """A rule.

    The examples of a rule about versions are compared with the commits `before` of the target branch, oldest first. The
    change starts at the first.
    """

    code: str  # never changes: PC301
    name: str  # undeclared-variable
    why: str  # the reason for the rule, in one paragraph
    bad: Files  # an example that fails
    good: Files  # an example that passes
    check: Check
    severity: Severity = Severity.ERROR  # unless a project sets another
    fixable: Literal["no", "safe"] = "no"  # by `validate --fix`
    restores: bool = False  # whether fixes restore text that YAML drops; others must keep the text for the model
    enabled: bool = True  # whether it is on by default
    hides: bool = False  # whether a match is secret and must be redacted in quoted lines
    before: Sequence[Files] = ()

    @property
    def summary(self) -> str:
        """The first sentence of `why`."""
        head, stop, _ = self.why.partition(". ")
        return head + "." if stop else head


def problem_check(*kinds: SourceProblem | ModelProblem, fix: FixProblem | None = None) -> Check:
    """Return a check that yields the loader's problems of some kinds, with their fixes."""

    def check(subject: Subject) -> Iterable[Match]:
        return [
            Match(one.message, one.path, one.help, region=one.region, fix=fix(subject, one) if fix else None)
            for one in subject.resolved.loaded.problems
            if one.kind in kinds
        ]

    return check


def version_check(find: Callable[[Subject, VersionContext], Iterator[Match]]) -> Check:
    """Return a check of prompts that changed since the base and that the target branch does not have yet."""

    def check(subject: Subject) -> Iterable[Match]:
        context = subject.version_context
        return () if context is None or context.already_merged else find(subject, context)

    return check


def prompt_file(body: str) -> Files:
    """Return an example of one text prompt: the required keys, then the body."""
    return {"example": f"id: example\nversion: 1.0.0\nformat: text\n{body}"}
