"""The command ``diff``."""

# Without `from __future__ import annotations`: Typer would evaluate each annotation several times.

import re
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeAlias

import typer

from prompt_cli.changes.comparison import PromptComparison, RenderedComparison, RenderedMessage, RenderedSide, Verdict
from prompt_cli.checking.targets import find_prompt, id_matcher, named_id, require_match, split_target
from prompt_cli.cli.completion import (
    complete_examples,
    complete_references,
    complete_refs,
    complete_revisions,
    complete_variables,
)
from prompt_cli.cli.context import manager_of, session_of
from prompt_cli.cli.options import Output
from prompt_cli.cli.output import code, draw, encode, is_drawn, note, page, to_json, write_drawn, write_result
from prompt_cli.domain.revision import CommitIsh, PromptReference, Revision, Tree, parse_revision
from prompt_cli.errors import ExitCode, PromptIdError, PromptManagerError, PromptNotFoundError, VariableError
from prompt_cli.reporting.terminal import Block, plain_text

if TYPE_CHECKING:
    from prompt_cli.domain.json_values import JsonObject, JsonValue
    from prompt_cli.domain.prompt import Prompt
    from prompt_cli.domain.variables import VariableSpec
    from prompt_cli.engines.bound import BoundPrompt
    from prompt_cli.storage.project import Project
    from prompt_cli.workspace import Workspace


class DiffFormat(StrEnum):
    """Formats of a comparison."""

    TEXT = "text"
    UNIFIED = "unified"
    JSON = "json"
    MARKDOWN = "markdown"


def _complete_words(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield references, and after a first id also its revisions, that begin with a text."""
    words = context.params.get("words")
    if words and not context.params.get("against"):
        yield from complete_revisions(context, words[0], incomplete)
    yield from complete_references(context, incomplete)


def diff(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TARGET [FROM] [TO]]",
            help="A prompt and two revisions [default: HEAD and the working tree], or ID@A ID@B. Or a directory or "
            "pattern, with --against any targets. Without a target: every changed prompt.",
            autocompletion=_complete_words,
            show_default=False,
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="REF",
            autocompletion=complete_refs,
            help="Compare what changed since the merge base with REF, and the prompts that include it.",
            show_default=False,
        ),
    ] = None,
    direct: Annotated[
        bool, typer.Option("--direct", help="With --against: compare with REF itself, not the merge base.")
    ] = False,
    staged: Annotated[bool, typer.Option("--staged", help="Compare the index instead of the working tree.")] = False,
    output_format: Annotated[
        DiffFormat,
        typer.Option(
            "--output-format",
            metavar="FORMAT",
            help="Output format: text, unified, json, or markdown for a pull request.",
        ),
    ] = DiffFormat.TEXT,
    as_json: Annotated[bool, typer.Option("--json", help="Same as --output-format json.")] = False,
    rendered: Annotated[
        bool, typer.Option("--rendered", help="Compare the rendered text, by default with the first example.")
    ] = False,
    example: Annotated[
        str | None,
        typer.Option(
            "--example",
            metavar="NAME",
            autocompletion=complete_examples,
            help="With --rendered: use the values of this example.",
        ),
    ] = None,
    var: Annotated[
        list[str] | None,
        typer.Option(
            "--var",
            metavar="NAME=VALUE",
            autocompletion=complete_variables,
            help="With --rendered: the value of a variable.",
        ),
    ] = None,
    stat: Annotated[bool, typer.Option("--stat", help="Show one line per prompt.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if anything differs.")] = False,
    output: Output = None,
    no_pager: Annotated[bool, typer.Option("--no-pager", help="Disable the pager.")] = False,
) -> None:
    """Compare prompts: the bump that a change needs, then the text, word by word."""
    if (example or var) and not rendered:
        raise typer.BadParameter("values need --rendered", param_hint="--example, --var")
    as_text = output_format is DiffFormat.TEXT and not as_json
    if stat and (rendered or not as_text):
        raise typer.BadParameter(
            "it cannot be combined with --rendered, --json or --output-format", param_hint="--stat"
        )
    session = session_of(context)
    with _advice_for_revisions(words or ()):
        projects = session.find_projects((words or ()) if against is not None else (words or ())[:1])
        targets = _parse_targets(words or (), projects[0][0], against=against, direct=direct, staged=staged)
    request = _DiffRequest(
        targets,
        DiffFormat.JSON if as_json else output_format,
        _ValueChoice(example, tuple(var or ())) if rendered else None,
        exit_code,
        output,
        paged=not no_pager,
        stat=stat,
    )

    async def work(workspace: "Workspace") -> ExitCode:
        return await _diff([workspace, *(workspace.at(project) for project, _ in projects[1:])], request)

    with _advice_for_revisions(words or ()):
        status = session.run("diff", work, project=projects[0][0])
    raise typer.Exit(status)


@contextmanager
def _advice_for_revisions(words: Sequence[str]) -> Iterator[None]:
    """Advise `--against` if the only word is a revision, which names no prompt."""
    try:
        yield
    except (PromptIdError, PromptNotFoundError) as error:
        from prompt_cli.history.git_directory import ref_names
        from prompt_cli.storage.project import git_directory_around

        git_directory = git_directory_around(Path.cwd())
        refs = [name for name, _ in ref_names(git_directory)] if git_directory else []
        if len(words) == 1 and re.split("[~^]", words[0])[0] in {"HEAD", *refs}:
            error.advise(f"`prompt-cli diff --against {shlex.quote(words[0])}` compares all prompts with a revision")
        raise


class _Sides(NamedTuple):
    """One prompt at two revisions."""

    old: PromptReference
    new: PromptReference


class _Against(NamedTuple):
    """The prompts that differ from a commit, or from its merge base with HEAD; without targets all of them."""

    ref: str
    targets: tuple[str, ...]
    direct: bool
    staged: bool


_Targets: TypeAlias = _Sides | _Against


class _ValueChoice(NamedTuple):
    """The values to render both sides with: an example (by default the first), overridden by assignments."""

    example: str | None
    assignments: tuple[str, ...]


class _DiffRequest(NamedTuple):
    """A request to compare prompts."""

    targets: _Targets
    format: DiffFormat
    values: _ValueChoice | None
    """Values to render both sides with; None to compare the prompts themselves."""
    exit_code: bool
    output: Path | None
    paged: bool
    stat: bool


class _Comparisons(NamedTuple):
    """Comparisons with the workspace of each, and notices for the user."""

    pairs: "Sequence[tuple[PromptComparison, Workspace]]"
    notices: Sequence[str] = ()

    @property
    def named(self) -> Sequence[PromptComparison]:
        """The comparisons with the names of prompts for people in place of ids."""
        return [
            one._replace(id=name_of(one.id), renamed_from=one.renamed_from and name_of(one.renamed_from))
            for one, workspace in self.pairs
            for name_of in [workspace.project.name_of]
        ]


def _parse_targets(
    words: Sequence[str], project: "Project", *, against: str | None, direct: bool, staged: bool
) -> _Targets:
    """Parse ``ID``, ``ID A``, ``ID A B``, ``ID@A``, ``ID@A ID@B``, nothing, or targets with ``--against``.

    Raises:
        PromptManagerError: A word is neither a prompt nor a revision.
        BadParameter: There are too many words.
    """
    if against is not None:
        return _Against(against, tuple(words), direct, staged)
    if direct:
        raise typer.BadParameter("it needs --against REF", param_hint="--direct")
    if not words or (len(words) == 1 and _is_many(words[0], project)):
        return _Against("HEAD", tuple(words), direct=True, staged=staged)
    first, second, third, *more = *words, None, None
    if any(more):
        raise typer.BadParameter(f"unexpected argument {words[3]!r}", param_hint="TO")
    sides = _parse_sides(project, str(first), second, third)
    if not staged:
        return sides
    if sides.new.revision is not Tree.WORKING:
        raise typer.BadParameter("the new side is already named", param_hint="--staged")
    return sides._replace(new=PromptReference(sides.new.id, Tree.INDEX))


def _is_many(word: str, project: "Project") -> bool:
    """Return whether a word is a directory or a pattern, without a revision."""
    name, revision = split_target(word, project.directory)
    return revision is Tree.WORKING and named_id(name, project.directory) is None


def _parse_sides(project: "Project", first: str, second: str | None, third: str | None) -> _Sides:
    prompt = find_prompt(first, project)
    if prompt.revision is not Tree.WORKING:
        if third is not None:
            raise typer.BadParameter(f"unexpected argument {third!r} after {first} {second}", param_hint="TO")
        return _Sides(prompt, find_prompt(second or prompt.id, project))
    old = CommitIsh("HEAD") if second is None else parse_revision(second)
    return _Sides(PromptReference(prompt.id, old), PromptReference(prompt.id, parse_revision(third)))


async def _diff(workspaces: "Sequence[Workspace]", request: _DiffRequest) -> ExitCode:
    compared = await _compare(workspaces, request.targets)
    if request.values is None:
        differs, failed = await _write_comparisons(compared, request)
    else:
        differs, failed = await _write_rendered(compared, request, request.values)
    if failed:
        return ExitCode.UNABLE
    return ExitCode.FAULT if differs and request.exit_code else ExitCode.DONE


async def _compare(workspaces: "Sequence[Workspace]", targets: _Targets) -> _Comparisons:
    if isinstance(targets, _Sides):
        return _Comparisons([(await manager_of(workspaces[0]).diff(*targets), workspaces[0])])
    from prompt_cli.changes.directories import find_change_directories

    changes = await find_change_directories(workspaces, targets.ref, staged=targets.staged, direct=targets.direct)
    pairs: list[tuple[PromptComparison, Workspace]] = []
    for directories in changes:
        for one in directories.workspaces:
            compared = await _compare_in(one, targets)
            pairs += [(comparison, one) for comparison in compared if not directories.is_moved(one, comparison)]
    if not pairs:
        await _check_targets([one for each in changes for one in each.workspaces], targets.targets)
        note(f"no prompt changed against {targets.ref}")
    pairs.sort(key=lambda pair: pair[0].id if pair[1].project.is_alone else pair[0].new.path)
    return _Comparisons(pairs, [notice for one in changes for notice in one.notices])


async def _compare_in(workspace: "Workspace", against: _Against) -> list[PromptComparison]:
    is_named = id_matcher(against.targets, workspace.project.directory)
    return await manager_of(workspace).diff_against(
        against.ref,
        staged=against.staged,
        direct=against.direct,
        wanted=lambda prompt_id: workspace.owns(prompt_id) and is_named(prompt_id),
    )


async def _check_targets(workspaces: "Sequence[Workspace]", targets: Sequence[str]) -> None:
    """Raise an error for a target that names no prompt: a typing error must not look like no change."""
    if not targets:
        return
    ids = [prompt_id for one in workspaces for prompt_id in await one.registry.working_tree.ids()]
    for target in targets:
        require_match(target, ids, workspaces[-1].project.directory)


async def _write_comparisons(compared: _Comparisons, request: _DiffRequest) -> tuple[bool, bool]:
    """Write comparisons; return whether there is a difference, and whether a prompt could not be compared."""
    is_json = request.format is DiffFormat.JSON
    comparisons = [comparison for comparison, _ in compared.pairs] if is_json else compared.named
    await _write(_format_comparisons(comparisons, compared.notices, request), request)
    # The texts of broken files can be compared, those of unreadable ones cannot.
    is_unified = request.format is DiffFormat.UNIFIED
    failed = any(
        one.verdict is Verdict.UNJUDGED and not (is_unified and None not in (one.old.content, one.new.content))
        for one in comparisons
    )
    return any(one.verdict is not Verdict.UNCHANGED for one in comparisons), failed


async def _write_rendered(compared: _Comparisons, request: _DiffRequest, choice: _ValueChoice) -> tuple[bool, bool]:
    """Write rendered comparisons; return whether there is a difference, and whether a side could not be rendered."""
    rendered: list[RenderedComparison] = []
    for one, workspace in compared.pairs:
        sides = await _sides_of(workspace, request.targets, one)
        name = workspace.project.name_of(one.id)
        command = shlex.join(["prompt-cli", "diff", *_target_words(request.targets, name), "--rendered"])
        result = await _render_sides(workspace, sides, one, choice, command)
        rendered.append(result if request.format is DiffFormat.JSON else result._replace(id=name))
    await _write(_format_rendered(rendered, compared.notices, request), request)
    failed, differs = any(one.problem for one in rendered), any(one.differs for one in rendered)
    if not failed and not differs:
        note("the rendered text is the same")
    return differs, failed


async def _sides_of(workspace: "Workspace", targets: _Targets, comparison: PromptComparison) -> _Sides:
    if isinstance(targets, _Sides):
        return targets
    store = workspace.change_store("compare with a commit")
    base = await (store.tip(targets.ref) if targets.direct else store.merge_base(targets.ref))
    new = Tree.INDEX if targets.staged else Tree.WORKING
    old_id = comparison.renamed_from or comparison.id
    old = PromptReference(old_id, CommitIsh(base.commit or targets.ref))
    return _Sides(old, PromptReference(comparison.id, new))


async def _render_sides(
    workspace: "Workspace", sides: _Sides, comparison: PromptComparison, choice: _ValueChoice, command: str
) -> RenderedComparison:
    """Render both sides of a comparison with the same values; help continues the command with options of values."""
    old, new = RenderedSide(comparison.old.label, None), RenderedSide(comparison.new.label, None)
    bound: Sequence[BoundPrompt | None] = ()
    values: JsonObject = {}
    try:
        bound = [await _bind(workspace, sides.old), await _bind(workspace, sides.new)]
        prompts = [one.prompt for one in bound if one]
        _check_assigned_names(prompts, choice)
        values = await _example_values(prompts, choice.example)
        messages = [await _render_messages(one, values, choice) if one else None for one in bound]
    except VariableError as error:
        advice = await _values_help([one for one in bound if one], values, choice, command)
        return RenderedComparison(sides.new.id, old, new, str(error), advice)
    except PromptManagerError as error:
        return RenderedComparison(sides.new.id, old, new, str(error))
    return RenderedComparison(sides.new.id, old._replace(messages=messages[0]), new._replace(messages=messages[1]))


async def _values_help(sides: "Sequence[BoundPrompt]", values: "JsonObject", choice: _ValueChoice, command: str) -> str:
    """Return the help for missing values: the options of sample values, if both sides render with them."""
    specs = {name: spec for one in sides for name, spec in one.prompt.variables.items()}
    passed = {*values, *map(_name, choice.assignments)}
    samples = [f"{name}={_sample(spec)}" for name, spec in specs.items() if spec.required and name not in passed]
    try:
        for one in sides:
            await _render_messages(one, values, choice._replace(assignments=(*choice.assignments, *samples)))
    except PromptManagerError:
        return "pass values with --var NAME=VALUE, or those of an example with --example NAME"
    options = " ".join(f"--var {shlex.quote(one)}" for one in samples)
    if choice.assignments or choice.example:
        return f"pass the other values too, such as {options}"
    return f"pass values, as in `{command} {options}`"


def _sample(spec: "VariableSpec") -> str:
    if spec.enum:
        return str(spec.enum[0])
    return {"integer": "1", "number": "1", "boolean": "true", "array": "[]", "object": "{}"}.get(spec.type, "text")


def _target_words(targets: _Targets, name: str) -> Sequence[str]:
    """Return the words of a command line that compare one prompt as `targets` do."""
    if isinstance(targets, _Sides):
        old, new = targets.old.revision, targets.new.revision
        return [name] if new is Tree.WORKING and str(old) == "HEAD" else [name, str(old), *_revision_words(new)]
    staged = ["--staged"] if targets.staged else []
    if targets.direct and targets.ref == "HEAD":
        return [name, *staged]
    return [name, "--against", targets.ref, *(["--direct"] if targets.direct else []), *staged]


def _revision_words(revision: Revision) -> Sequence[str]:
    return [] if revision is Tree.WORKING else [str(revision)]


async def _bind(workspace: "Workspace", reference: PromptReference) -> "BoundPrompt | None":
    try:
        return await manager_of(workspace).bind(reference.id, version=reference.revision)
    except PromptNotFoundError:
        return None


def _check_assigned_names(prompts: "Sequence[Prompt]", choice: _ValueChoice) -> None:
    names = {name for prompt in prompts for name in prompt.variable_set}
    for assignment in choice.assignments:
        if "=" in assignment and (name := _name(assignment)) not in names:
            raise typer.BadParameter(f"neither side has a variable {name!r}", param_hint="--var")


async def _example_values(prompts: "Sequence[Prompt]", name: str | None) -> "JsonObject":
    """Return the values of the example of both sides; the new side's override the old side's."""
    matching = [one for one in prompts if name is None or any(example.name == name for example in one.examples)]
    values: dict[str, JsonValue] = {}
    for prompt in matching or prompts[-1:]:
        example = name or next((one.name for one in prompt.examples), None)
        values |= await _values(prompt, (), example)
    return values


async def _render_messages(
    bound: "BoundPrompt", values: "JsonObject", choice: _ValueChoice
) -> tuple[RenderedMessage, ...]:
    # A variable that only the other side declares is part of the difference, not an error.
    names = bound.prompt.variable_set
    assignments = [one for one in choice.assignments if "=" not in one or _name(one) in names]
    own_values = {name: value for name, value in values.items() if name in names}
    own_values |= await _values(bound.prompt, assignments, None)
    if not bound.prompt.is_chat:
        return (RenderedMessage("", bound.render(own_values)),)
    return tuple(RenderedMessage(str(one.role), one.text) for one in bound.render_messages(own_values))


async def _values(prompt: "Prompt", assignments: Sequence[str], example: str | None) -> "JsonObject":
    from prompt_cli.cli.values import ValueOptions

    return await ValueOptions(assignments, examples=[example] if example else ()).values_for(prompt)


def _name(assignment: str) -> str:
    return assignment.partition("=")[0]


def _format_comparisons(
    comparisons: Sequence[PromptComparison], notices: Sequence[str], request: _DiffRequest
) -> str | bytes | Sequence[Block]:
    from prompt_cli.reporting.comparison_json import comparisons_json
    from prompt_cli.reporting.comparison_markdown import comparisons_markdown
    from prompt_cli.reporting.comparison_text import comparison_blocks, comparison_lines
    from prompt_cli.reporting.unified import unified_diffs

    match request.format:
        case DiffFormat.UNIFIED:
            return unified_diffs(comparisons)
        case DiffFormat.JSON:
            return to_json(comparisons_json(comparisons, notices))
        case DiffFormat.MARKDOWN:
            return comparisons_markdown(comparisons, notices)
        case DiffFormat.TEXT if isinstance(request.targets, _Sides):
            return [tuple(comparison_lines(comparisons[0]))]
        case DiffFormat.TEXT:
            return [*comparison_blocks(comparisons, stat=request.stat)] if comparisons else []


def _format_rendered(
    comparisons: Sequence[RenderedComparison], notices: Sequence[str], request: _DiffRequest
) -> str | bytes | Sequence[Block]:
    from prompt_cli.reporting.comparison_json import rendered_json
    from prompt_cli.reporting.comparison_markdown import rendered_markdown
    from prompt_cli.reporting.comparison_text import rendered_blocks, rendered_lines
    from prompt_cli.reporting.unified import rendered_diffs

    match request.format:
        case DiffFormat.UNIFIED:
            return rendered_diffs(comparisons)
        case DiffFormat.JSON:
            return to_json(rendered_json(comparisons, notices))
        case DiffFormat.MARKDOWN:
            return rendered_markdown(comparisons, notices)
        case DiffFormat.TEXT if isinstance(request.targets, _Sides):
            return [tuple(rendered_lines(comparisons[0]))]
        case DiffFormat.TEXT:
            return [*rendered_blocks(comparisons)]


async def _write(report: str | bytes | Sequence[Block], request: _DiffRequest) -> None:
    is_screen = request.output is None and is_drawn(sys.stdout)
    if isinstance(report, bytes) and report and is_screen:
        report = [code(report, "diff")]
    if is_screen and not isinstance(report, str | bytes):
        drawing = draw(report)
        if request.paged and sys.stdout.isatty() and drawing.count("\n") >= shutil.get_terminal_size().lines:
            page(drawing)
        else:
            write_drawn(drawing)
        return
    text = report if isinstance(report, str | bytes) else plain_text(report)
    await write_result(encode(text), request.output)
