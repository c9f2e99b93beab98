"""The command ``list``."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from prompt_cli.cli.completion import complete_ids, complete_tags
from prompt_cli.cli.context import session_of
from prompt_cli.cli.options import AsJson
from prompt_cli.cli.output import write_failure, write_json, write_message, write_table
from prompt_cli.domain.ids import NO_PROMPTS_HELP, near_names
from prompt_cli.errors import ExitCode, PromptFormatError, StorageError
from prompt_cli.log import log

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from prompt_cli.storage.project import Project
    from prompt_cli.summary_cache import PromptSummary
    from prompt_cli.workspace import Workspace


def list_prompts(
    context: typer.Context,
    pattern: Annotated[
        str | None,
        typer.Argument(
            metavar="[PATTERN]",
            help="Ids, patterns such as 'support/*', or parts of ids.",
            autocompletion=complete_ids,
            show_default=False,
        ),
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
    prompt_filter = _Filter(pattern, frozenset(tag or ()))

    async def work(workspace: Workspace) -> ExitCode:
        return await _list(workspace, prompt_filter, as_json=as_json)

    raise typer.Exit(session_of(context).run("list", work))


class _Filter(NamedTuple):
    """The prompts to list.

    Attributes:
        pattern: A shell pattern, whose ``*`` also matches ``/``, or a part of the id; None matches all.
        tags: Tags that a prompt must have, all of them.
    """

    pattern: str | None
    tags: frozenset[str]

    def matches_id(self, prompt_id: str) -> bool:
        if self.pattern is None:
            return True
        return fnmatchcase(prompt_id, self.pattern) if set(self.pattern) & set("*?[") else self.pattern in prompt_id

    def matches(self, summary: PromptSummary) -> bool:
        return self.tags <= set(summary.tags)


async def _list(workspace: Workspace, prompt_filter: _Filter, *, as_json: bool) -> ExitCode:
    """List prompts; invalid ones are named on standard error, with status 1."""
    import asyncio

    from prompt_cli.cache import digest_of
    from prompt_cli.storage.directory import DirectoryStorage
    from prompt_cli.summary_cache import SummaryCache

    project = workspace.project
    storage = DirectoryStorage(project.directory)
    ids = await storage.ids()
    if not ids:
        raise StorageError(
            f"no prompts in {project.directory}",
            help=NO_PROMPTS_HELP,
        )
    cache = await asyncio.to_thread(SummaryCache, project)
    parsed: dict[str, tuple[str, PromptSummary]] = {}
    matches: dict[str, PromptSummary] = {}
    known_tags: set[str] = set()
    status = ExitCode.DONE
    async for prompt_id, content in storage.read_all(one for one in ids if prompt_filter.matches_id(one)):
        digest = digest_of(content)
        summary = cache.find(prompt_id, digest)
        if summary is None:
            summary = _parse(content, prompt_id, project)
            if summary is None:
                status = ExitCode.FAULT
                continue
            parsed[prompt_id] = digest, summary
        known_tags.update(summary.tags)
        if prompt_filter.matches(summary):
            matches[prompt_id] = summary
    await asyncio.to_thread(cache.save, parsed, ids)
    log("info", "prompts_listed", prompts=len(matches), parsed=len(parsed))
    if as_json:
        write_json(_json(matches, project))
    else:
        rows = [(prompt_id, one.version, one.format, one.description or "") for prompt_id, one in matches.items()]
        write_table(("ID", "VERSION", "FORMAT", "DESCRIPTION"), rows)
    if not matches and status is ExitCode.DONE:
        write_message(f"no prompt matches{_help(prompt_filter, ids, known_tags)}")
        return ExitCode.UNABLE
    return status


def _help(prompt_filter: _Filter, ids: Sequence[str], tags: Collection[str]) -> str:
    """Return the help for a pattern or a tag that no prompt has, with similar ones."""
    directories = {one.rpartition("/")[0] for one in ids} - {""}
    patterns = (*ids, *directories, *(f"{one}/*" for one in directories))
    near = () if tags or prompt_filter.pattern is None else near_names(prompt_filter.pattern, patterns, most=1)
    near = near or tuple(one for tag in prompt_filter.tags - set(tags) for one in near_names(tag, tags, most=1))
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


def _json(summaries: Mapping[str, PromptSummary], project: Project) -> dict[str, object]:
    return {
        "prompts": [
            {
                "id": prompt_id,
                "version": one.version,
                "format": one.format,
                "description": one.description,
                "tags": list(one.tags),
                "variables": list(one.variables),
                "path": project.path_of(prompt_id),
            }
            for prompt_id, one in summaries.items()
        ]
    }
