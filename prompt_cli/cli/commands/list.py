"""The command ``list``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from prompt_cli.cli.completion import complete_ids, complete_tags
from prompt_cli.cli.context import session_of
from prompt_cli.cli.options import AsJson, argument
from prompt_cli.cli.output import write_failure, write_json, write_message, write_table
from prompt_cli.domain.ids import near_names
from prompt_cli.errors import ExitCode, PromptFormatError, StorageError
from prompt_cli.log import log

if TYPE_CHECKING:
    from prompt_cli.storage.project import Project
    from prompt_cli.summary_cache import PromptSummary


def list_prompts(
    context: typer.Context,
    targets: Annotated[
        list[str] | None,
        argument("[TARGET]...", "Ids, files, directories or patterns such as '*triage*'.", complete_ids),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            "--tag", "-t", metavar="TAG", autocompletion=complete_tags, help="Only prompts with this tag; repeatable."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List prompts."""
    session = session_of(context)
    projects = session.find_projects(targets or ())
    tags = frozenset(tag or ())
    raise typer.Exit(session.run("list", lambda _: _list(projects, tags, as_json=as_json), project=projects[0][0]))


class _DirectoryListing(NamedTuple):
    """The prompts of a directory that have all tags, all tags of its prompts, and the exit status."""

    project: Project
    summaries: Mapping[str, PromptSummary]
    tags: Collection[str]
    status: ExitCode


async def _list(projects: Sequence[tuple[Project, Sequence[str]]], tags: frozenset[str], *, as_json: bool) -> ExitCode:
    """List prompts that have all tags; invalid ones are named on standard error, with status 1."""
    listed: list[_DirectoryListing] = []
    for project, targets in projects:
        try:
            listed.append(await _list_directory(project, targets, tags))
        except StorageError as error:
            if len(projects) == 1:
                raise
            write_failure(error)
            listed.append(_DirectoryListing(project, {}, (), error.exit_code))
    rows = [(one.project, prompt_id, summary) for one in listed for prompt_id, summary in one.summaries.items()]
    log("info", "prompts_listed", prompts=len(rows))
    if as_json:
        prompts = [{"id": one, **it._asdict(), "path": project.path_of(one)} for project, one, it in rows]
        write_json({"prompts": prompts})
    else:
        heading = "ID" if projects[0][0].is_alone else "PATH"
        write_table(
            (heading, "VERSION", "FORMAT", "DESCRIPTION"),
            [(project.name_of(one), it.version, it.format, it.description or "") for project, one, it in rows],
        )
    status = max(one.status for one in listed)
    if not rows and status is ExitCode.DONE:
        write_message(f"no prompt matches{_help(tags, {tag for one in listed for tag in one.tags})}")
        return ExitCode.UNABLE
    return status


async def _list_directory(project: Project, targets: Sequence[str], tags: frozenset[str]) -> _DirectoryListing:
    import asyncio

    from prompt_cli.cache import digest_of
    from prompt_cli.checking.targets import require_files, select_files
    from prompt_cli.storage.directory import DirectoryStorage
    from prompt_cli.storage.scan import PromptDirectory
    from prompt_cli.summary_cache import SummaryCache

    storage = DirectoryStorage(project.directory)
    listing = await asyncio.to_thread(PromptDirectory(project.directory).list)
    selected = require_files(select_files(targets, listing, project.directory), project.directory)
    cache = await asyncio.to_thread(SummaryCache, project)
    new = [one for one in selected.ids if one not in cache]
    parsed = await _parse_in_processes(project, new) if new else {}
    summaries = {prompt_id: summary for prompt_id, (_, summary) in parsed.items()}
    status = ExitCode.DONE
    async for prompt_id, content in storage.read_all([one for one in selected.ids if one not in parsed]):
        digest = digest_of(content)
        summary = cache.find(prompt_id, digest)
        if summary is None:
            summary = _parse(content, prompt_id, project)
            if summary is None:
                status = ExitCode.FAULT
                continue
            parsed[prompt_id] = digest, summary
        summaries[prompt_id] = summary
    await asyncio.to_thread(cache.save, parsed, listing.ids)
    all_tags = {tag for summary in summaries.values() for tag in summary.tags}
    matches = {one: summaries[one] for one in selected.ids if one in summaries and tags.issubset(summaries[one].tags)}
    return _DirectoryListing(project, matches, all_tags, status)


async def _parse_in_processes(project: Project, prompt_ids: Sequence[str]) -> dict[str, tuple[str, PromptSummary]]:
    """Return the digests and summaries of valid prompts, by id, as far as other processes parse them."""
    from prompt_cli.concurrency import run_in_processes, split_evenly
    from prompt_cli.summary_cache import Summarizer

    # The first prompt is parsed here: it imports the parsers, whose memory forked processes share.
    parsed = {**Summarizer(project)(prompt_ids[:1])}
    async with aclosing(run_in_processes(partial(Summarizer, project), split_evenly(prompt_ids[1:]))) as results:
        async for result in results:
            parsed.update(result or {})
    return parsed


def _help(tags: Collection[str], existing: Collection[str]) -> str:
    """Return the help for a tag that no prompt has, with a similar one."""
    near = [one for tag in sorted(set(tags) - set(existing)) for one in near_names(tag, existing, most=1)]
    return f"\n  help: did you mean {near[0]!r}?" if near else "\n  help: `prompt-cli list` shows all prompts"


def _parse(content: bytes, prompt_id: str, project: Project) -> PromptSummary | None:
    """Return the summary of a prompt; None if it is invalid, which is noted."""
    from prompt_cli.storage.loader import parse_prompt  # imports Pydantic, which cached summaries do not need
    from prompt_cli.summary_cache import summary_of

    try:
        return summary_of(parse_prompt(content, prompt_id, project.path_of(prompt_id)).checked())
    except PromptFormatError as error:
        write_failure(error)
        return None
