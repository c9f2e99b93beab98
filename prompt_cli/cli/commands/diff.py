"""The command ``diff``."""

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

from prompt_cli.changes.comparison import (
    PromptComparison,
    RenderedComparison,
    RenderedSide,
    Verdict,
    example_values,
    render_side,
)
from prompt_cli.checking.targets import find_prompt, id_matcher, named_id, require_targets, split_target
from prompt_cli.cli.completion import complete_examples, complete_references, complete_revisions, complete_variables
from prompt_cli.cli.context import manager_of, session_of
from prompt_cli.cli.options import Output, against_option, argument, value_option
from prompt_cli.cli.output import code, draw, encode, is_drawn, note, page, to_json, write_drawn, write_result
from prompt_cli.domain.revision import CommitIsh, PromptReference, Tree, parse_revision
from prompt_cli.errors import ExitCode, PromptIdError, PromptManagerError, PromptNotFoundError, VariableError
from prompt_cli.history.git_directory import ref_names
from prompt_cli.reporting.terminal import Block, plain_text
from prompt_cli.storage.project import git_directory_around

if TYPE_CHECKING:
    from prompt_cli.domain.json_values import JsonObject
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
        argument(
            "[TARGET [FROM] [TO]]",
            "A prompt and two revisions [default: HEAD and the working tree], or ID@A ID@B. Or a directory or "
            "pattern, with --against any targets. Without a target: every changed prompt.",
            _complete_words,
        ),
    ] = None,
    against: Annotated[
        str | None,
        against_option("Compare what changed since the merge base with REF, and the prompts that include it."),
    ] = None,
    direct: Annotated[
        bool, typer.Option("--direct", help="With --against: compare with REF itself, not the merge base.")
    ] = False,
    staged: Annotated[bool, typer.Option("--staged", help="Compare the index instead of the working tree.")] = False,
    output_format: Annotated[
        DiffFormat,
        value_option(
            "--output-format", "FORMAT", "Output format: text, unified, json, or markdown for a pull request."
        ),
    ] = DiffFormat.TEXT,
    as_json: Annotated[bool, typer.Option("--json", help="Same as --output-format json.")] = False,
    rendered: Annotated[
        bool, typer.Option("--rendered", help="Compare the rendered text, by default with the first example.")
    ] = False,
    example: Annotated[
        str | None,
        value_option("--example", "NAME", "With --rendered: use the values of this example.", complete_examples),
    ] = None,
    var: Annotated[
        list[str] | None,
        value_option("--var", "NAME=VALUE", "With --rendered: the value of a variable.", complete_variables),
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
        message = "it cannot be combined with --rendered, --json or --output-format"
        raise typer.BadParameter(message, param_hint="--stat")
    session, words = session_of(context), words or []
    with _advice_for_revisions(words):
        projects = session.find_projects(words if against is not None else words[:1])
        targets = _parse_targets(words, projects[0][0], against=against, direct=direct, staged=staged)
        values = None
        if rendered:
            from prompt_cli.cli.values import split_assignment  # few comparisons are rendered

            values = _ValueChoice(example, tuple(split_assignment(one, "--var") for one in var or ()))
        shown_format = DiffFormat.JSON if as_json else output_format
        request = _DiffRequest(targets, shown_format, values, exit_code, output, paged=not no_pager, stat=stat)

        async def work(workspace: "Workspace") -> ExitCode:
            return await _diff([workspace, *(workspace.at(project) for project, _ in projects[1:])], request)

        raise typer.Exit(session.run("diff", work, project=projects[0][0]))


@contextmanager
def _advice_for_revisions(words: Sequence[str]) -> Iterator[None]:
    """Advise `--against` if the only word is a revision, which names no prompt."""
    try:
        yield
    except (PromptIdError, PromptNotFoundError) as error:
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
    """The values to render both sides with: an example (by default the first), overridden by values as texts."""

    example: str | None
    texts: tuple[tuple[str, str], ...]


class _DiffRequest(NamedTuple):
    targets: _Targets
    format: DiffFormat
    values: _ValueChoice | None  # values to render both sides with; None to compare the prompts themselves
    exit_code: bool
    output: Path | None
    paged: bool
    stat: bool


class _Comparisons(NamedTuple):
    """Comparisons with the workspace of each, and notices for the user."""

    pairs: "Sequence[tuple[PromptComparison, Workspace]]"
    notices: Sequence[str] = ()


def _parse_targets(
    words: Sequence[str], project: "Project", *, against: str | None, direct: bool, staged: bool
) -> _Targets:
    """Parse ``ID``, ``ID A``, ``ID A B``, ``ID@A``, ``ID@A ID@B``, nothing, or targets with ``--against``."""
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
    from prompt_cli.changes.changeset import compare_with
    from prompt_cli.changes.directories import find_change_directories

    ref, names, direct, staged = targets
    changes = await find_change_directories(workspaces, ref, staged=staged, direct=direct)
    pairs: list[tuple[PromptComparison, Workspace]] = []
    for directories in changes:
        for one in directories.workspaces:
            is_named = id_matcher(names, one)
            compared = await compare_with(one, ref, staged=staged, direct=direct, selects=is_named)
            pairs += [(comparison, one) for comparison in compared if not directories.is_moved(one, comparison)]
    if not pairs:
        await require_targets(names, [one for each in changes for one in each.workspaces])
        note(f"no prompt changed against {ref}")
    pairs.sort(key=lambda pair: pair[0].id if pair[1].project.is_alone else pair[0].new.path)
    return _Comparisons(pairs, [notice for one in changes for notice in one.notices])


async def _write_comparisons(compared: _Comparisons, request: _DiffRequest) -> tuple[bool, bool]:
    """Write comparisons; return whether there is a difference, and whether a prompt could not be compared."""
    is_json = request.format is DiffFormat.JSON
    comparisons = [one if is_json else _named(one, workspace) for one, workspace in compared.pairs]
    await _write(_format_comparisons(comparisons, compared.notices, request), request)
    # The texts of broken files can be compared, those of unreadable ones cannot.
    is_unified = request.format is DiffFormat.UNIFIED
    failed = any(
        one.verdict is Verdict.UNJUDGED and not (is_unified and None not in (one.old.content, one.new.content))
        for one in comparisons
    )
    return any(one.verdict is not Verdict.UNCHANGED for one in comparisons), failed


def _named(comparison: PromptComparison, workspace: "Workspace") -> PromptComparison:
    """Return a comparison with the names of prompts for people in place of ids."""
    name_of, old_id = workspace.project.name_of, comparison.renamed_from
    return comparison._replace(id=name_of(comparison.id), renamed_from=old_id and name_of(old_id))


async def _write_rendered(compared: _Comparisons, request: _DiffRequest, choice: _ValueChoice) -> tuple[bool, bool]:
    """Write rendered comparisons; return whether there is a difference, and whether a side could not be rendered."""
    rendered: list[RenderedComparison] = []
    for one, workspace in compared.pairs:
        name = workspace.project.name_of(one.id)
        command = shlex.join(["prompt-cli", "diff", *_target_words(request.targets, name), "--rendered"])
        result = await _render_sides(workspace, await _sides_of(workspace, request.targets, one), one, choice, command)
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
        _check_names(prompts, choice)
        values = example_values(prompts, choice.example)
        messages = [render_side(one, values, choice.texts) if one else None for one in bound]
    except VariableError as error:
        advice = _values_help([one for one in bound if one], values, choice, command)
        return RenderedComparison(sides.new.id, old, new, str(error), advice)
    except PromptManagerError as error:
        return RenderedComparison(sides.new.id, old, new, str(error))
    return RenderedComparison(sides.new.id, old._replace(messages=messages[0]), new._replace(messages=messages[1]))


def _values_help(sides: "Sequence[BoundPrompt]", values: "JsonObject", choice: _ValueChoice, command: str) -> str:
    """Return the help for missing values: the options of sample values, if both sides render with them."""
    specs = {name: spec for one in sides for name, spec in one.prompt.variables.items()}
    passed = {*values, *(name for name, _ in choice.texts)}
    samples = [(name, _sample(spec)) for name, spec in specs.items() if spec.required and name not in passed]
    try:
        for one in sides:
            render_side(one, values, [*choice.texts, *samples])
    except PromptManagerError:
        return "pass values with --var NAME=VALUE, or those of an example with --example NAME"
    options = " ".join(f"--var {shlex.quote(f'{name}={text}')}" for name, text in samples)
    if choice.texts or choice.example:
        return f"pass the other values too, such as {options}"
    return f"pass values, as in `{command} {options}`"


def _sample(spec: "VariableSpec") -> str:
    if spec.enum:
        return str(spec.enum[0])
    return {"integer": "1", "number": "1", "boolean": "true", "array": "[]", "object": "{}"}.get(spec.type, "text")


def _target_words(targets: _Targets, name: str) -> Sequence[str]:
    """Return the words of a command line that compare one prompt as `targets` do."""
    if isinstance(targets, _Sides):
        old, new = str(targets.old.revision), targets.new.revision
        if new is Tree.WORKING:
            return [name] if old == "HEAD" else [name, old]
        return [name, old, str(new)]
    staged = ["--staged"] if targets.staged else []
    if targets.direct and targets.ref == "HEAD":
        return [name, *staged]
    return [name, "--against", targets.ref, *(["--direct"] if targets.direct else []), *staged]


async def _bind(workspace: "Workspace", reference: PromptReference) -> "BoundPrompt | None":
    try:
        return await manager_of(workspace).bind(reference.id, version=reference.revision)
    except PromptNotFoundError:
        return None


def _check_names(prompts: "Sequence[Prompt]", choice: _ValueChoice) -> None:
    """Raise a usage error for a variable or an example that neither side has."""
    from prompt_cli.cli.values import examples_of, values_of_example  # as above

    names = {name for prompt in prompts for name in prompt.variables}
    for name, _ in choice.texts:
        if name not in names:
            raise typer.BadParameter(f"neither side has a variable {name!r}", param_hint="--var")
    if choice.example and prompts and not any(one.name == choice.example for each in prompts for one in each.examples):
        values_of_example(prompts[-1].id, examples_of(prompts[-1]), choice.example)


def _format_comparisons(
    comparisons: Sequence[PromptComparison], notices: Sequence[str], request: _DiffRequest
) -> str | bytes | Sequence[Block]:
    from prompt_cli.reporting import comparison_json, comparison_markdown, comparison_text, unified

    match request.format:
        case DiffFormat.UNIFIED:
            return unified.unified_diffs(comparisons)
        case DiffFormat.JSON:
            return to_json(comparison_json.comparisons_json(comparisons, notices))
        case DiffFormat.MARKDOWN:
            return comparison_markdown.comparisons_markdown(comparisons, notices)
        case DiffFormat.TEXT if isinstance(request.targets, _Sides):
            return [tuple(comparison_text.comparison_lines(comparisons[0]))]
        case DiffFormat.TEXT:
            return [*comparison_text.comparison_blocks(comparisons, stat=request.stat)] if comparisons else []


def _format_rendered(
    comparisons: Sequence[RenderedComparison], notices: Sequence[str], request: _DiffRequest
) -> str | bytes | Sequence[Block]:
    from prompt_cli.reporting import comparison_json, comparison_markdown, comparison_text, unified

    match request.format:
        case DiffFormat.UNIFIED:
            return unified.rendered_diffs(comparisons)
        case DiffFormat.JSON:
            return to_json(comparison_json.rendered_json(comparisons, notices))
        case DiffFormat.MARKDOWN:
            return comparison_markdown.rendered_markdown(comparisons, notices)
        case DiffFormat.TEXT if isinstance(request.targets, _Sides):
            return [tuple(comparison_text.rendered_lines(comparisons[0]))]
        case DiffFormat.TEXT:
            return [*comparison_text.rendered_blocks(comparisons)]


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
