"""What ``list`` does."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.cli.failure import describe
from prompt_cli.cli.output import note, write_drawn, write_json
from prompt_cli.cli.table import table
from prompt_cli.errors import ExitCode, PromptFormatError, StorageError

if TYPE_CHECKING:
    from prompt_cli.cli.session import Workspace
    from prompt_cli.domain.prompt import Prompt


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

    def takes(self, prompt: Prompt) -> bool:
        """Tell whether a prompt whose id is wanted is."""
        return self.tags <= set(prompt.tags)


async def list_matching(workspace: Workspace, wanted: Filter, *, as_json: bool) -> ExitCode:
    """List prompts; the broken ones are named on standard error, and make the status 1."""
    found: list[tuple[str, Prompt]] = []
    status, seen = ExitCode.DONE, 0
    async for loaded in workspace.manager.registry.load_prompts():
        seen += 1
        if not wanted.takes_id(loaded.id):
            continue
        try:
            prompt = loaded.checked()
        except PromptFormatError as error:
            note(describe(error))
            status = ExitCode.FAULT
            continue
        if wanted.takes(prompt):
            found.append((loaded.path, prompt))
    if not seen:
        raise StorageError(
            f"there are no prompts in {workspace.project.directory}",
            help="`prompt-cli create ID` makes one; --directory names another directory",
        )
    if as_json:
        write_json(_json(found))
    else:
        write_drawn(_table(found))
    if not found and status is ExitCode.DONE:
        note("no prompt matches")
        return ExitCode.UNABLE
    return status


def _json(found: list[tuple[str, Prompt]]) -> dict[str, object]:
    return {
        "prompts": [
            {
                "id": prompt.id,
                "version": str(prompt.version),
                "format": str(prompt.format),
                "description": prompt.description,
                "tags": list(prompt.tags),
                "variables": list(prompt.variables),
                "path": path,
            }
            for path, prompt in found
        ]
    }


def _table(found: list[tuple[str, Prompt]]) -> str:
    rows = [(prompt.id, str(prompt.version), str(prompt.format), prompt.description or "") for _, prompt in found]
    return table(("ID", "VERSION", "FORMAT", "DESCRIPTION"), rows)
