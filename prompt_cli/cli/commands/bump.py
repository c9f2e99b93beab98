"""The command ``bump``."""

import re
import shlex
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from prompt_cli.cli.completion import complete_ids
from prompt_cli.cli.context import manager_of, session_of
from prompt_cli.cli.options import AsJson, UnknownNameError, against_option, argument
from prompt_cli.cli.output import draw, note, write_drawn, write_error, write_json
from prompt_cli.domain.ids import near_names
from prompt_cli.domain.version import Level, SemanticVersion
from prompt_cli.error_groups import BumpManyError
from prompt_cli.errors import ExitCode, PromptFormatError, PromptManagerError, PromptNotFoundError
from prompt_cli.reporting.terminal import line, one_line, visible

if TYPE_CHECKING:
    from prompt_cli.domain.bump import Bump, BumpOptions
    from prompt_cli.storage.project import Project
    from prompt_cli.workspace import Workspace

_COMMIT_DIGITS = 10
_MAX_SHOWN = 5
_LABEL = re.compile(r"[A-Za-z-][0-9A-Za-z-]*")
_VERSION = re.compile(r"v?[0-9]+\.[^/]*")
_LEVELS = {str(level): level for level in Level if level}


def _complete_words(context: typer.Context, incomplete: str) -> Iterator[str]:
    """Yield ids, and after a first id or --all also levels, that begin with a text."""
    if context.params.get("words") or context.params.get("everything"):
        yield from (level for level in reversed(_LEVELS) if level.startswith(incomplete))
    yield from complete_ids(context, incomplete)


def bump(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        argument(
            "[TARGET]... [LEVEL]",
            "Prompts, then major, minor, patch or a version like 2.0.0 [default: the level the changes need].",
            _complete_words,
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All prompts; with --against, all that changed.")] = False,
    against: Annotated[
        str | None, against_option("Compare with the merge base with REF, not with the commit that set the version.")
    ] = None,
    message: Annotated[
        str | None, typer.Option("--message", "-m", metavar="TEXT", help="Commit, with this message.")
    ] = None,
    commit: Annotated[
        bool, typer.Option("--commit", help="Commit only these files; other staged changes stay staged.")
    ] = False,
    tag: Annotated[bool, typer.Option("--tag", help="Commit, and tag the commit ID@VERSION.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Allow a LEVEL or version lower than the changes need.")
    ] = False,
    pre: Annotated[
        str | None,
        typer.Option("--pre", metavar="LABEL", help="Make it a pre-release: rc for 2.0.0-rc.1.", show_default=False),
    ] = None,
    with_dependents: Annotated[
        bool, typer.Option("--with-dependents", help="Also bump the prompts that include them.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Show the bumps without writing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bump versions to match the changes. Only the version line of each file is edited."""
    from prompt_cli.domain.bump import BumpOptions

    targets, level = _parse_words(words or (), everything=everything)
    if pre is not None and isinstance(level, SemanticVersion):
        raise typer.BadParameter(f"it cannot be combined with the version {level}", param_hint="--pre")
    if pre is not None and not _LABEL.fullmatch(pre):
        raise typer.BadParameter(f"{pre!r} must be letters, digits and -, such as rc", param_hint="--pre")
    session = session_of(context)
    projects = session.find_projects(targets or ())
    ids = [None if targets is None else _find_ids(named, project) for project, named in projects]
    options = BumpOptions(
        level, against, force, commit or tag or message is not None, message, tag, dry_run, with_dependents, pre
    )

    async def work(workspace: "Workspace") -> ExitCode:
        workspaces = [workspace, *(workspace.at(project) for project, _ in projects[1:])]
        return await _bump(list(zip(workspaces, ids, strict=True)), options, as_json=as_json)

    raise typer.Exit(session.run("bump", work, project=projects[0][0], prompt_ids=ids[0]))


def _parse_words(
    words: Sequence[str], *, everything: bool
) -> tuple[tuple[str, ...] | None, Level | SemanticVersion | None]:
    """Return the targets, None for all prompts, and the level or version, None for the level that the changes need.

    A single word is a target, even if it is the name of a level.
    """
    last = words[-1] if words and (everything or len(words) > 1) else ""
    level: Level | SemanticVersion | None = _LEVELS.get(last)
    if _VERSION.fullmatch(last):  # no id has a dot
        level = SemanticVersion.parse(last)
    targets = words[:-1] if level else words
    if everything and targets:
        raise UnknownNameError(f"{targets[0]!r} cannot be combined with --all", "", near_names(targets[-1], _LEVELS))
    if not everything and not targets:
        raise typer.BadParameter("give a prompt id, or --all", param_hint="TARGET")
    return None if everything else tuple(targets), level


def _find_ids(targets: Sequence[str], project: "Project") -> tuple[str, ...]:
    from prompt_cli.checking.targets import find_ids

    try:
        return find_ids(targets, project)
    except PromptNotFoundError as error:
        _suggest_level(error, targets)
        raise


def _suggest_level(error: PromptNotFoundError, words: Sequence[str]) -> None:
    if error.prompt_id in _LEVELS and not error.near:
        targets = [one for one in words if one != error.prompt_id] or ["--all"]
        error.advise(f"a level follows the prompts: `prompt-cli bump {shlex.join(targets)} {error.prompt_id}`")
    elif len(words) > 1 and error.prompt_id == words[-1] and not error.near:
        near = near_names(error.prompt_id, _LEVELS)
        levels = f"the level must be {', '.join(reversed(_LEVELS))} or a version like 2.0.0; {error.help}"
        error.advise(f"did you mean {near[0]!r}?" if near else levels)


async def _bump(
    runs: "Sequence[tuple[Workspace, Sequence[str] | None]]", options: "BumpOptions", *, as_json: bool
) -> ExitCode:
    """Bump prompts, in each directory all or none: in no directory if a plan is refused in one."""
    import asyncio  # help needs no event loop

    everything = runs[0][1] is None
    notices: list[str] = []
    if options.against is not None:
        from prompt_cli.changes.directories import find_change_directories

        changes = await find_change_directories([workspace for workspace, _ in runs], options.against, staged=False)
        ids_by_directory = {workspace.project.directory: ids for workspace, ids in runs}
        runs = [(one, ids_by_directory[one.project.directory]) for each in changes for one in each.current]
        notices = [notice for one in changes for notice in one.notices]
        for former in [former for one in changes for former in one.former] if everything else ():
            note(f"the former directory is not bumped: use `--directory {_shown_directory(former.workspace)}`")
    if runs[1:] and not options.dry_run:
        for workspace, ids in runs:
            await _bump_in(workspace, ids, options._replace(dry_run=True))
    results: list[_Bumps] = []
    try:
        for workspace, ids in runs:
            results.append(await _bump_in(workspace, ids, options))
    except (PromptManagerError, asyncio.CancelledError):
        if results:  # their commits stay
            _report(results, notices, options, only_bumped=everything, as_json=as_json)
        raise
    return _report(results, notices, options, only_bumped=everything, as_json=as_json)


class _Bumps(NamedTuple):
    """The bumps of a directory, and the reasons why other prompts were not checked."""

    workspace: "Workspace"
    bumps: "Sequence[Bump]"
    unchecked: Sequence[str] = ()


def _report(
    results: Sequence[_Bumps], notices: Sequence[str], options: "BumpOptions", *, only_bumped: bool, as_json: bool
) -> ExitCode:
    unchecked = [text for one in results for text in one.unchecked]
    if as_json:
        bumps = [_json(bump) for one in results for bump in one.bumps]
        more = {name: texts for name, texts in (("notices", notices), ("unchecked", unchecked)) if texts}
        write_json({"dry_run": options.dry_run, "prompts": bumps, **more})
    else:
        named = [_with_names(bump, one.workspace) for one in results for bump in one.bumps]
        _print([one for one in named if one.is_bumped] if only_bumped else named, options)
    for text in unchecked:
        write_error(f"could not check {one_line(text)}")
    return ExitCode.UNABLE if unchecked else ExitCode.DONE


async def _bump_in(workspace: "Workspace", ids: Sequence[str] | None, options: "BumpOptions") -> _Bumps:
    """Bump the prompts of one directory; of several, one may be missing."""
    project = workspace.project
    if ids is None and not project.is_alone and not project.directory.is_dir():
        return _Bumps(workspace, (), [f"{_shown_directory(workspace)}: there is no such directory"])
    try:
        with _termination_interrupts():
            return _Bumps(workspace, await manager_of(workspace).bump_many(ids, options))
    except BumpManyError as group:
        errors = [one for one in group.exceptions if isinstance(one, PromptManagerError)]
        return _Bumps(workspace, group.results, [_unchecked(one, project) for one in errors])
    except PromptManagerError as error:
        if isinstance(error, PromptNotFoundError):
            _suggest_level(error, ids or ())
        error.advise(project.help_here(error.help))
        raise


def _with_names(bump: "Bump", workspace: "Workspace") -> "Bump":
    name_of = workspace.project.name_of
    return bump._replace(prompt_id=name_of(bump.prompt_id), dependents=tuple(map(name_of, bump.dependents)))


def _unchecked(error: PromptManagerError, project: "Project") -> str:
    """Write an error in a line, with its help."""
    problems = error.problems if isinstance(error, PromptFormatError) else ()
    message = problems[0].message if problems else error.message
    place = f"{error.location}: " if error.location else ""
    help_ = f" ({project.help_here(error.help)})" if error.help else ""
    return f"{project.name_of(str(error.context['prompt_id']))}: {place}{message}{help_}"


def _shown_directory(workspace: "Workspace") -> str:
    from prompt_cli.storage.scan import from_here

    return from_here(workspace.project.directory)


def _print(bumps: "Sequence[Bump]", options: "BumpOptions") -> None:
    if bumps:
        lines = [line(visible(text)) for one in bumps for text in _lines(one, dry_run=options.dry_run)]
        write_drawn(draw([lines]))
    else:
        note("no bump needed")
    partials = [one for one in bumps if one.dependents]
    for one in partials:
        verbs = ("include", "need") if len(one.dependents) > 1 else ("includes", "needs")
        note(f"{_join_ids(one.dependents)} {verbs[0]} {one.prompt_id} and {verbs[1]} a bump too")
    if partials:
        note(f"  help: `{_dependents_command(partials, options)}`")


@contextmanager
def _termination_interrupts() -> Iterator[None]:
    """Handle SIGTERM like Ctrl-C, so that a file whose commit did not finish gets its old version back."""
    before = signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _lines(bump: "Bump", *, dry_run: bool) -> list[str]:
    if not bump.is_bumped:
        state = f"{bump.old} is not committed yet" if bump.level is None else f"already {bump.old}"
        return [f"{bump.prompt_id}: {state}, no bump needed"]
    versions = f"{bump.prompt_id}: {bump.old} -> {bump.new}"
    if dry_run:
        versions += " (dry run)"
    elif bump.commit:
        versions += f" (commit {bump.commit[:_COMMIT_DIGITS]}{f', tag {bump.tag}' if bump.tag else ''})"
    return [versions, *(f"  {change.level}: {change.message}" for change in bump.changes if change.level)]


def _join_ids(prompt_ids: Sequence[str]) -> str:
    """Name some prompts: ``a``, ``a and b``, ``a, b, c and 7 others``."""
    more = len(prompt_ids) - _MAX_SHOWN
    if more > 1:
        prompt_ids = [*prompt_ids[:_MAX_SHOWN], f"{more} others"]
    return " and ".join([", ".join(prompt_ids[:-1]), prompt_ids[-1]]) if prompt_ids[1:] else prompt_ids[0]


def _dependents_command(bumps: "Sequence[Bump]", options: "BumpOptions") -> str:
    """Return the command that bumps the dependents; a bump that was made needs no level again."""
    words = ["prompt-cli", "bump", *(one.prompt_id for one in bumps)]
    if options.dry_run and options.level:
        words.append(str(options.level))
    if options.against is not None:
        words += ["--against", options.against]
    return shlex.join([*words, "--with-dependents", *(["--commit"] if options.commit else [])])


def _json(bump: "Bump") -> dict[str, object]:
    from prompt_cli.reporting.comparison_json import change_json  # few want JSON

    return {
        "id": bump.prompt_id,
        "path": bump.path,
        "from": str(bump.old),
        "to": str(bump.new),
        "level": None if bump.level is None else str(bump.level),
        "commit": bump.commit,
        "tag": bump.tag,
        "dependents": list(bump.dependents),
        "changes": [change_json(one) for one in bump.changes],
    }
