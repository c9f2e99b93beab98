"""Summaries of prompts, as `list` shows them, cached by content."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from prompt_cli.cache import Cache, digest_of
from prompt_cli.errors import StorageError
from prompt_cli.storage.project import Project
from prompt_cli.storage.scan import PromptDirectory

if TYPE_CHECKING:
    from prompt_cli.domain.prompt import Prompt

_KIND = "summaries"


class PromptSummary(NamedTuple):
    """The part of a prompt that `list` shows."""

    version: str
    format: str
    description: str | None
    tags: tuple[str, ...]
    variables: tuple[str, ...]


def summary_of(prompt: Prompt) -> PromptSummary:
    """Return the summary of a prompt."""
    variables = tuple(prompt.variables)
    return PromptSummary(str(prompt.version), str(prompt.format), prompt.description, tuple(prompt.tags), variables)


class Summarizer:
    """Worker that parses batches of a project's prompts for their summaries."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._directory = PromptDirectory(project.directory)

    def __call__(self, prompt_ids: Sequence[str]) -> Mapping[str, tuple[str, PromptSummary]]:
        """Return the digest and the summary of each file by id, without files that are unreadable or invalid."""
        from prompt_cli.storage.loader import parse_prompt  # cached summaries do not need Pydantic

        try:
            contents = self._directory.read_batch(prompt_ids)
        except StorageError:
            return {}  # the command reads the files again one by one, and reports the error
        loaded = (parse_prompt(content, one, self._project.path_of(one)) for one, content in contents)
        return {one.id: (digest_of(one.content), summary_of(one.prompt)) for one in loaded if one.prompt}


class SummaryCache:
    """The summaries of a project's prompts, valid for files with the same content."""

    def __init__(self, project: Project) -> None:
        self._cache = Cache.in_repository(project.git_directory)
        self._key = str(project.directory)
        data = self._cache.get(_KIND, self._key)
        self._entries: dict[str, Any] = data if isinstance(data, dict) else {}

    def __contains__(self, prompt_id: str) -> bool:
        return prompt_id in self._entries

    def find(self, prompt_id: str, digest: str) -> PromptSummary | None:
        """Return the summary of a prompt whose file has a digest; None on a cache miss."""
        match self._entries.get(prompt_id):
            case [str(cached), str(version), str(form), str() | None as description, list(tags), list(variables)] if (
                cached == digest and all(isinstance(one, str) for one in (*tags, *variables))
            ):
                return PromptSummary(version, form, description, tuple(tags), tuple(variables))
        return None

    def save(self, summaries: Mapping[str, tuple[str, PromptSummary]], existing: Collection[str]) -> None:
        """Cache new summaries, each with the digest of its file, by prompt id; drop those of deleted prompts."""
        ids = frozenset(existing)
        old = {one: entry for one, entry in self._entries.items() if one in ids}
        if summaries or len(old) < len(self._entries):
            self._cache.put(_KIND, self._key, old | {one: [digest, *it] for one, (digest, it) in summaries.items()})
