"""What ``diff`` does."""

from __future__ import annotations

import os
import shutil
import sys
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import typer

from prompt_cli.changes.comparison import PromptComparison, Verdict
from prompt_cli.cli.commands.diff import DiffFormat
from prompt_cli.cli.output import note, page, to_json, write_drawn, write_exactly
from prompt_cli.cli.rendered import Labels, render_sides
from prompt_cli.domain.ids import SUFFIX
from prompt_cli.domain.revision import CommitIsh, PromptReference, Tree, parse_reference, parse_revision
from prompt_cli.errors import ExitCode, PromptNotFoundError
from prompt_cli.reporting.comparison_json import comparisons_json, rendered_json
from prompt_cli.reporting.comparison_markdown import (
    comparisons_markdown,
    notices_markdown,
    rendered_markdown,
)
from prompt_cli.reporting.comparison_text import (
    PLAIN,
    TerminalOptions,
    comparison_text,
    comparisons_text,
    heading,
    rendered_text,
)
from prompt_cli.reporting.terminal import Style
from prompt_cli.reporting.unified import coloured, unified_all, unified_rendered
from prompt_cli.storage.streams import write_output

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from prompt_cli.changes.comparison import RenderedComparison
    from prompt_cli.cli.rendered import Values
    from prompt_cli.cli.session import Workspace


class Sides(NamedTuple):
    """A prompt at two revisions."""

    old: PromptReference
    new: PromptReference


class Against(NamedTuple):
    """Every prompt that changed against a commit.

    Attributes:
        ref: The commit.
        patterns: Which prompts; all where there is none.
        direct: Whether with the commit itself, not with where HEAD parted from it.
        staged: Whether the index is compared, not the working tree.
    """

    ref: str
    patterns: tuple[str, ...]
    direct: bool
    staged: bool

    def wants(self, prompt_id: str) -> bool:
        """Tell whether a prompt is to be compared."""
        return not self.patterns or any(_matches(prompt_id, pattern) for pattern in self.patterns)


Targets: TypeAlias = Sides | Against


class DiffRequest(NamedTuple):
    """What to compare, and how to write it.

    Attributes:
        targets: What to compare.
        format: How it is written.
        values: The values to render both sides with; None where the prompts themselves are compared.
        exit_code: Whether a difference is told by the exit code.
        output: The file to write to; standard output where None.
        paged: Whether it may be shown page by page.
    """

    targets: Targets
    format: DiffFormat
    values: Values | None
    exit_code: bool
    output: Path | None
    paged: bool


def targets(words: Sequence[str], *, against: str | None, direct: bool, staged: bool) -> Targets:
    """Read what to compare: ``ID``, ``ID A``, ``ID A B``, ``ID@A``, ``ID@A ID@B``, or patterns with ``--against``.

    Raises:
        PromptIdError: A word is no id, or no revision.
        BadParameter: There are too many words, or too few.
    """
    if against is not None:
        return Against(against, tuple(words), direct, staged)
    if direct:
        raise typer.BadParameter("it says how to compare with a commit: add --against REF", param_hint="--direct")
    if not words:
        raise typer.BadParameter("which prompt? Name one, or a commit with --against REF", param_hint="ID")
    first, second, third, *more = *words, None, None
    if any(more):
        raise typer.BadParameter(f"{words[3]!r} is one too many", param_hint="TO")
    sides = _sides(str(first), second, third)
    if not staged:
        return sides
    if sides.new.revision is not Tree.WORKING:
        raise typer.BadParameter("the new side is named already", param_hint="--staged")
    return sides._replace(new=PromptReference(sides.new.id, Tree.INDEX))


async def show_diff(workspace: Workspace, request: DiffRequest) -> ExitCode:
    """Compare, and write what differs."""
    compared = await _compare(workspace, request.targets)
    found = compared.comparisons
    if isinstance(request.targets, Against) and not found:
        await _check_patterns(compared.workspaces, request.targets.patterns)
        note(f"no prompt changed against {request.targets.ref}")
    if request.values is not None:
        rendered = await _render(request.targets, compared, request.values)
        await _write(_rendered(rendered, compared.notices, request, _look(request)), request)
        failed = any(one.problem for one in rendered)
        differs = any(map(_differs, rendered))
        if not failed and not differs:
            note("a model would read the same")
    else:
        await _write(_written(found, compared.notices, request, _look(request)), request)
        failed = request.format is not DiffFormat.UNIFIED and any(one.verdict is Verdict.UNJUDGED for one in found)
        differs = any(one.verdict is not Verdict.UNCHANGED for one in found)
    if failed:
        return ExitCode.UNABLE
    return ExitCode.FAULT if differs and request.exit_code else ExitCode.DONE


class _Compared(NamedTuple):
    """Compared prompts, the directory of each, and what users must know of these directories."""

    comparisons: Sequence[PromptComparison]
    workspaces: Sequence[Workspace]
    notices: Sequence[str] = ()


async def _compare(workspace: Workspace, wanted: Targets) -> _Compared:
    if isinstance(wanted, Sides):
        return _Compared([await workspace.manager.diff(*wanted)], [workspace])
    from prompt_cli.cli.judged import judged_directories  # few compare against a commit

    judged = await judged_directories(workspace, wanted.ref, staged=wanted.staged, direct=wanted.direct)
    found: list[tuple[PromptComparison, Workspace]] = []
    for one in judged.workspaces:
        compared = await _compare_in(one, wanted)
        found += [(comparison, one) for comparison in compared if not judged.repeats(one, comparison)]
    found.sort(key=lambda pair: pair[0].id)
    workspaces = [workspace for _, workspace in found] or judged.workspaces
    return _Compared([comparison for comparison, _ in found], workspaces, judged.notices)


async def _compare_in(workspace: Workspace, wanted: Against) -> list[PromptComparison]:
    def wants(prompt_id: str) -> bool:
        return workspace.has(prompt_id) and wanted.wants(prompt_id)

    return await workspace.manager.diff_against(wanted.ref, staged=wanted.staged, direct=wanted.direct, wanted=wants)


async def _render(wanted: Targets, compared: _Compared, values: Values) -> list[RenderedComparison]:
    rendered: list[RenderedComparison] = []
    for one, workspace in zip(compared.comparisons, compared.workspaces, strict=False):
        sides = wanted if isinstance(wanted, Sides) else await _sides_against(workspace, wanted, one.id)
        rendered.append(await render_sides(workspace, sides, Labels(one.old.label, one.new.label), values))
    return rendered


async def _sides_against(workspace: Workspace, wanted: Against, prompt_id: str) -> Sides:
    store = workspace.manager.version_store
    base = await (store.tip(wanted.ref) if wanted.direct else store.merge_base(wanted.ref))
    new = Tree.INDEX if wanted.staged else Tree.WORKING
    return Sides(PromptReference(prompt_id, CommitIsh(base.commit or wanted.ref)), PromptReference(prompt_id, new))


def _written(
    found: Sequence[PromptComparison], notices: Sequence[str], request: DiffRequest, look: TerminalOptions
) -> str | bytes:
    match request.format:
        case DiffFormat.UNIFIED:
            difference = unified_all(found)
            return coloured(difference) if look.colour else difference
        case DiffFormat.JSON:
            return to_json(comparisons_json(found, notices))
        case DiffFormat.MARKDOWN:
            return notices_markdown(notices) + comparisons_markdown(found)
        case DiffFormat.TEXT:
            one = isinstance(request.targets, Sides)
            return comparison_text(found[0], look) if one else comparisons_text(found, look) if found else ""


def _rendered(
    found: Sequence[RenderedComparison], notices: Sequence[str], request: DiffRequest, look: TerminalOptions
) -> str | bytes:
    match request.format:
        case DiffFormat.UNIFIED:
            difference = b"".join(map(unified_rendered, found))
            return coloured(difference) if look.colour else difference
        case DiffFormat.JSON:
            prompts = {"prompts": [prompt for one in found for prompt in rendered_json(one)["prompts"]]}
            return to_json({"notices": notices, **prompts} if notices else prompts)
        case DiffFormat.MARKDOWN:
            return notices_markdown(notices) + "\n".join(rendered_markdown(one) for one in found)
        case DiffFormat.TEXT if isinstance(request.targets, Sides):
            return "".join(rendered_text(one, look) for one in found)
        case DiffFormat.TEXT:
            shown = [one for one in found if one.problem or _differs(one)]
            return "\n".join(f"{look.paint(heading(one), Style.TITLE)}\n{rendered_text(one, look)}" for one in shown)


def _differs(comparison: RenderedComparison) -> bool:
    return comparison.old.messages != comparison.new.messages


async def _check_patterns(workspaces: Sequence[Workspace], patterns: Sequence[str]) -> None:
    """See that each pattern means a prompt there is: a typing mistake shall not look like no change."""
    ids = (
        [prompt_id for one in workspaces for prompt_id in await one.manager.registry.storage.ids()] if patterns else []
    )
    for pattern in patterns:
        if not any(_matches(one, pattern) for one in ids):
            raise PromptNotFoundError(pattern)


def _look(request: DiffRequest) -> TerminalOptions:
    if request.output is not None or not sys.stdout.isatty():
        return PLAIN
    return TerminalOptions("NO_COLOR" not in os.environ, shutil.get_terminal_size().columns)


async def _write(text: str | bytes, request: DiffRequest) -> None:
    if request.output is not None:
        await write_output(request.output, text.encode() if isinstance(text, str) else text)
    elif isinstance(text, bytes):
        write_exactly(text)
    elif request.paged and sys.stdout.isatty() and text.count("\n") >= shutil.get_terminal_size().lines:
        page(text)
    else:
        write_drawn(text)


def _sides(first: str, second: str | None, third: str | None) -> Sides:
    prompt = parse_reference(first)
    if prompt.revision is not Tree.WORKING:
        if third is not None:
            raise typer.BadParameter(f"{third!r} is one too many after {first} {second}", param_hint="TO")
        return Sides(prompt, parse_reference(second or prompt.id))
    old = CommitIsh("HEAD") if second is None else parse_revision(second)
    return Sides(PromptReference(prompt.id, old), PromptReference(prompt.id, parse_revision(third)))


def _matches(prompt_id: str, pattern: str) -> bool:
    wanted = pattern.removesuffix(SUFFIX).rstrip("/")
    return prompt_id == wanted or prompt_id.startswith(f"{wanted}/") or fnmatchcase(prompt_id, wanted)
