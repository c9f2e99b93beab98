"""What checking gave before: known again by content, never by time.

A prompt's result follows from the bytes of its file and of all it includes, the rules that are chosen, and the program
that runs. The last two are the context; the digests of the files are kept with the result and compared with what the
files hold now.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, NamedTuple

from prompt_cli.checked import CheckedPrompt, text_of
from prompt_cli.checked_json import decoded, encoded
from prompt_cli.domain.identifiers import SUFFIX
from prompt_cli.errors import StorageError
from prompt_cli.keeping import digest_of
from prompt_cli.storage.own import own_identity
from prompt_cli.storage.results import ResultFile
from prompt_cli.storage.tree import PromptTree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from prompt_cli.domain.choice import RuleChoice
    from prompt_cli.storage.discovery import Project

_BATCH = 250
"""How many files are held in memory at once."""


class Known(NamedTuple):
    """What needs no checking.

    Attributes:
        prompts: What was found in each prompt before, by its id.
        texts: The text of those that have findings, by path.
    """

    prompts: Mapping[str, CheckedPrompt]
    texts: Mapping[str, str]


NOTHING = Known({}, {})


class CheckMemory:
    """Results of a project's prompts, for one choice of rules; whatever goes wrong with them costs time alone.

    Args:
        project: The project.
        asked: The rules that the command line chooses.
    """

    def __init__(self, project: Project, asked: RuleChoice) -> None:
        shown = project.shown(project.directory)
        self._prefix = "" if shown == "." else f"{shown}/"
        self._tree = PromptTree(project.directory)
        self._file = ResultFile.of_project(project)
        self._context = _context(project, asked)
        self._results = self._file.load(self._context)

    def __bool__(self) -> bool:
        """Tell whether anything is known."""
        return bool(self._results)

    def known(self, prompt_ids: Sequence[str]) -> Known:
        """Return those prompts whose files, and all these include, are what they were."""
        candidates: dict[str, CheckedPrompt] = {}
        texts: dict[str, str] = {}
        digests: dict[str, str] = {}
        for prompt_id, content in self._read([one for one in prompt_ids if one in self._results]):
            digests[prompt_id] = digest_of(content)
            checked = decoded(self._results[prompt_id], prompt_id, f"{self._prefix}{prompt_id}{SUFFIX}")
            if checked is not None and checked.digests[prompt_id] == digests[prompt_id]:
                candidates[prompt_id] = checked
                if checked.findings:
                    texts[checked.path] = text_of(content)
        included = {one for checked in candidates.values() for one in checked.digests} - digests.keys()
        digests.update((prompt_id, digest_of(content)) for prompt_id, content in self._read(sorted(included)))
        same = {one: checked for one, checked in candidates.items() if checked.digests.items() <= digests.items()}
        return Known(same, texts)

    def keep(self, checked: Mapping[str, CheckedPrompt], existing: Collection[str] | None) -> None:
        """Keep the results of prompts.

        Args:
            checked: What was found in those that had to be checked, by id.
            existing: The ids of all prompts, what is known of others is forgotten; None where nobody looked.
        """
        there = frozenset(self._results if existing is None else existing)
        old = {one: result for one, result in self._results.items() if one in there and one not in checked}
        new = {one: encoded(result, one) for one, result in checked.items() if result.digests}
        if new or len(old) < len(self._results):
            self._file.save(self._context, {**old, **new})

    def _read(self, prompt_ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        for first in range(0, len(prompt_ids), _BATCH):
            try:
                yield from self._tree.read_batch(prompt_ids[first : first + _BATCH])
            except StorageError:
                continue  # whoever checks these says what is wrong with them


def _context(project: Project, asked: RuleChoice) -> str:
    choices = [
        [one.select, one.ignore, dict(one.severity), dict(one.per_path_ignores)]
        for one in (project.settings.choice, asked)
    ]
    places = [str(project.directory), project.shown(project.directory)]
    told = json.dumps([own_identity(), places, choices], sort_keys=True)
    return hashlib.sha256(told.encode("ascii")).hexdigest()
