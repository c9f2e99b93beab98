"""What ``list`` does."""

from __future__ import annotations

import asyncio
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.cache import digest_of
from prompt_cli.cli.failure import describe
from prompt_cli.cli.output import note, write_drawn, write_json
from prompt_cli.cli.table import table
from prompt_cli.errors import ExitCode, PromptFormatError, StorageError
from prompt_cli.storage.directory import DirectoryStorage
from prompt_cli.summary_cache import PromptSummary, SummaryCache, summary_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prompt_cli.cli.session import Workspace
    from prompt_cli.storage.project import Project


class Filter(NamedTuple):
    """Which prompts to list.

    Attributes:
        pattern: A shell pattern, whose ``*`` matches ``/`` too, or a part of the id; all where None.
        tags: Tags a prompt must have, every one.
    """

    pattern: str | None
    tags: frozenset[str]

    def takes_id(self, prompt_id: str) -> bool:
        """Tell whether an id is wanted."""
        if self.pattern is None:
            return True
        return fnmatchcase(prompt_id, self.pattern) if set(self.pattern) & set("*?[") else self.pattern in prompt_id

    def takes(self, summary: PromptSummary) -> bool:
        """Tell whether a prompt whose id is wanted is."""
        return self.tags <= set(summary.tags)


async def list_matching(workspace: Workspace, wanted: Filter, *, as_json: bool) -> ExitCode:
    """List prompts; the broken ones are named on standard error, and make the status 1."""
    project = workspace.project
    storage = DirectoryStorage(project.directory)
    ids = await storage.ids()
    if not ids:
        raise StorageError(
            f"there are no prompts in {project.directory}",
            help="`prompt-cli create ID` makes one; --directory names another directory",
        )
    cache = await asyncio.to_thread(SummaryCache, project)
    new: dict[str, tuple[str, PromptSummary]] = {}
    found: dict[str, PromptSummary] = {}
    status = ExitCode.DONE
    async for prompt_id, content in storage.read_all(one for one in ids if wanted.takes_id(one)):
        digest = digest_of(content)
        summary = cache.find(prompt_id, digest)
        if summary is None:
            try:
                summary = _parsed(content, prompt_id, project)
            except PromptFormatError as error:
                note(describe(error))
                status = ExitCode.FAULT
                continue
            new[prompt_id] = digest, summary
        if wanted.takes(summary):
            found[prompt_id] = summary
    await asyncio.to_thread(cache.save, new, ids)
    if as_json:
        write_json(_json(found, project))
    else:
        write_drawn(_table(found))
    if not found and status is ExitCode.DONE:
        note("no prompt matches")
        return ExitCode.UNABLE
    return status


def _parsed(content: bytes, prompt_id: str, project: Project) -> PromptSummary:
    from prompt_cli.storage.loader import load_prompt  # a listing of cached summaries parses nothing

    return summary_of(load_prompt(content, prompt_id, project.path_of(prompt_id)).checked())


def _json(found: Mapping[str, PromptSummary], project: Project) -> dict[str, object]:
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
            for prompt_id, one in found.items()
        ]
    }


def _table(found: Mapping[str, PromptSummary]) -> str:
    rows = [(prompt_id, one.version, one.format, one.description or "") for prompt_id, one in found.items()]
    return table(("ID", "VERSION", "FORMAT", "DESCRIPTION"), rows)
